//! What kinds of bytes stand in a text, many at once: each byte of a report is asked about, and nearly all are letters.

/// How many bytes are looked at at once.
const BLOCK: usize = 32;

/// Returns whether all bytes stand for themselves, as parts of a tag: no reference, no angle, no control character, and nothing of what a
/// terminal's colours have become.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    !any(bytes, |byte| {
        let is_control = byte & 0xE0;
        let is_sign = (byte ^ b'&').min(byte ^ b'<').min(byte ^ 0xEF);
        is_control.min(is_sign)
    })
}

/// Tells quickly whether a text may hold characters that have no place in a report.
pub(super) fn is_suspicious(bytes: &[u8]) -> bool {
    // What is not printable, but for the line ends, is rare: it is asked for first.
    let is_rare = |byte: u8| {
        let is_printable = byte.wrapping_sub(b' ').min(0x5F) ^ 0x5F;
        is_printable | u8::from(byte == b'\n')
    };
    let is_it = |byte: u8| {
        let is = |blank| u8::from(byte == blank);
        let is_control = byte & 0xE0 | is(b'\t') | is(b'\n') | is(b'\r');
        let is_other = (byte ^ 0x7F).min(byte ^ 0xC2).min(byte ^ 0xEF);
        is_control.min(is_other)
    };
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let is_block = |block: &[u8; BLOCK]| any_of(block, is_rare) && any_of(block, is_it);
    blocks.iter().any(is_block) || any_of(rest, is_it)
}

/// Returns whether any byte is of a kind.
#[inline]
fn any(bytes: &[u8], of: impl Fn(u8) -> u8 + Copy) -> bool {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    blocks.iter().any(|block| any_of(block, of))
        || match bytes.last_chunk::<BLOCK>() {
            // The last bytes are asked once more rather than one by one.
            Some(last) => !rest.is_empty() && any_of(last, of),
            None => any_of(rest, of),
        }
}

/// What tells the kind gives a zero for it, and does not branch: then one instruction asks many bytes.
#[inline]
fn any_of(bytes: &[u8], of: impl Fn(u8) -> u8) -> bool {
    bytes
        .iter()
        .fold(u8::MAX, |least, byte| of(*byte).min(least))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks about every byte at every place among others.
    fn each(asked: impl Fn(&[u8]) -> bool, expected: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            assert_eq!(asked(&[byte]), expected(byte), "{byte:#x} alone");
            for place in 0..BLOCK * 5 + 3 {
                let mut bytes = [b'a'; BLOCK * 5 + 3];
                bytes[place] = byte;
                assert_eq!(asked(&bytes), expected(byte), "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn every_byte_is_told_alone_and_beside_others() {
        each(is_plain, |byte| byte >= b' ' && !b"&<\xEF".contains(&byte));
        each(is_suspicious, |byte| match byte {
            b'\t' | b'\n' | b'\r' => false,
            0..0x20 | 0x7F | 0xC2 | 0xEF => true,
            _ => false,
        });
    }
}
