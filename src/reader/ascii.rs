//! What kinds of bytes stand in a text, many at once: each byte of a report is asked about, and nearly all are letters.
//!
//! Eight bytes are one number here. What is told of them is the highest bit of each byte, exact up to the first that is set: what is
//! carried into a byte comes from one that is set already.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHEST: u64 = ONES * 0x80;

/// How many bytes are asked about together.
const BLOCK: usize = 32;
/// The same, of a whole document.
const BLOCKS: usize = 4 * BLOCK;

/// Marks the bytes that equal this one.
const fn is(word: u64, byte: u8) -> u64 {
    let zero = word ^ (ONES * byte as u64);
    zero.wrapping_sub(ONES) & !zero
}

/// Marks the bytes of ASCII below this one.
const fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(ONES * byte as u64) & !word
}

/// Returns how many bytes lie before the first that is told of: 8 where none is.
const fn before(told: u64) -> usize {
    ((told & HIGHEST).trailing_zeros() / 8) as usize
}

/// Returns how many bytes stand before this one, among the next few; nothing where it is not among them.
#[inline]
pub(crate) fn until(bytes: &[u8], byte: u8) -> Option<usize> {
    let (words, _) = bytes.as_chunks();
    let mut words = words.iter().take(FEW);
    let mut passed = 0;
    loop {
        let count = before(is(u64::from_le_bytes(*words.next()?), byte));
        passed += count;
        if count < 8 {
            return Some(passed);
        }
    }
}

/// How many times eight bytes are looked at one by one: most values are no longer.
const FEW: usize = 5;

/// Marks the bytes at which a name in a tag may end: blanks, quotes, `=` and `>`, and some that are beside them in ASCII.
const fn ends_name(word: u64) -> u64 {
    below(word, b'(') | is(word & (ONES * 0xFC), b'<')
}

/// Returns how many bytes stand before the first at which a name in a tag may end, and the first of them as a number; nothing where the
/// bytes end too soon to tell.
#[inline]
pub(crate) fn name(bytes: &[u8]) -> Option<(usize, u64)> {
    let first = u64::from_le_bytes(*bytes.first_chunk()?);
    let mut length = before(ends_name(first));
    if length < 8 {
        return Some((length, first & !(u64::MAX << (8 * length))));
    }
    loop {
        let next = bytes.get(length..)?.first_chunk()?;
        let more = before(ends_name(u64::from_le_bytes(*next)));
        length += more;
        if more < 8 {
            return Some((length, first));
        }
    }
}

/// Returns whether anything is told of any byte.
#[inline]
fn any(bytes: &[u8], tells: impl Fn(u64) -> u64) -> bool {
    let of = |word: &[u8; 8]| tells(u64::from_le_bytes(*word)) & HIGHEST != 0;
    let (words, rest) = bytes.as_chunks();
    if words.iter().any(of) {
        return true;
    }
    // The last bytes are asked once more rather than one by one.
    let last = bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut last = [b'a'; 8];
        last.iter_mut()
            .zip(rest)
            .for_each(|(place, byte)| *place = *byte);
        last
    });
    of(&last)
}

/// Returns whether a byte is among these.
#[inline]
pub(crate) fn has(bytes: &[u8], byte: u8) -> bool {
    any(bytes, |word| is(word, byte))
}

/// Returns whether all bytes stand for themselves, as parts of a tag: no reference, no angle, no control character, and nothing of what a
/// terminal's colours have become.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    // The least of what is zero for a byte that does not. Nothing branches: then one instruction asks many bytes.
    let of = |byte: u8| {
        (byte & 0xE0)
            .min(byte ^ b'&')
            .min(byte ^ b'<')
            .min(byte ^ 0xEF)
    };
    let is_block = |block: &[u8; BLOCK]| {
        block
            .iter()
            .fold(u8::MAX, |least, byte| of(*byte).min(least))
            > 0
    };
    let (blocks, rest) = bytes.as_chunks();
    blocks.iter().all(is_block)
        && match bytes.last_chunk() {
            Some(last) => is_block(last),
            None => !any(rest, |word| {
                below(word, b' ') | is(word, b'&') | is(word, b'<') | is(word, 0xEF)
            }),
        }
}

/// Returns whether these bytes are one word of ASCII, in which nothing could be part of a path or an address, as most names are.
pub(crate) fn is_word(bytes: &[u8]) -> bool {
    !any(bytes, |word| {
        let is_path = is(word, b'/') | is(word, b'\\') | is(word, b':');
        let is_address = is(word, b'@') | is(word, b'{');
        below(word, b'!') | word | word.wrapping_add(ONES) | is_path | is_address
    })
}

/// Returns quickly whether a text may hold characters that have no place in a report.
pub(crate) fn is_suspicious(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<BLOCKS>();
    let is_rare = |block: &[u8; BLOCKS]| {
        let is_usual = |byte: u8| {
            let is_printable = byte.wrapping_sub(b' ').min(0x5F) ^ 0x5F;
            is_printable | u8::from(byte == b'\n') | u8::from(byte == b'\t')
        };
        block
            .iter()
            .fold(u8::MAX, |least, byte| is_usual(*byte).min(least))
            == 0
    };
    let mut rare = blocks.iter().filter(|block| is_rare(block));
    let is_rest_rare = any(rest, |word| {
        below(word, b' ') | word | word.wrapping_add(ONES)
    });
    rare.any(|block| block.iter().copied().any(may_begin_unwanted))
        || is_rest_rare && rest.iter().copied().any(may_begin_unwanted)
}

fn may_begin_unwanted(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | b'\r' => false,
        0..0x20 | 0x7F | 0xC2 | 0xEF => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks about every byte at every place among others.
    fn each(asked: impl Fn(&[u8]) -> bool, expected: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            assert_eq!(asked(&[byte]), expected(byte), "{byte:#x} alone");
            for place in 0..BLOCKS * 2 + 3 {
                let mut bytes = [b'a'; BLOCKS * 2 + 3];
                bytes[place] = byte;
                assert_eq!(asked(&bytes), expected(byte), "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn a_name_ends_with_the_first_byte_that_is_no_part_of_one() {
        for byte in 0..=u8::MAX {
            let is_part = byte >= b'(' && !b"<=>?".contains(&byte);
            for place in 0..20 {
                let mut bytes = [b'n'; 40];
                bytes[place] = byte;
                bytes[30] = b'=';
                let (length, key) = name(&bytes).unwrap();
                let expected = if is_part { 30 } else { place };
                assert_eq!(length, expected, "{byte:#x} at {place}");
                let mut begin = [0; 8];
                let kept = expected.min(8);
                begin[..kept].copy_from_slice(&bytes[..kept]);
                assert_eq!(key, u64::from_le_bytes(begin), "{byte:#x} at {place}");
                if byte != b'n' {
                    assert_eq!(
                        until(&bytes, byte),
                        Some(place).map(|at| if byte == b'=' { at.min(30) } else { at })
                    );
                }
            }
        }
        assert_eq!(name(b"no end"), None);
        assert_eq!(until(&[b'a'; 100], b'"'), None);
    }

    #[test]
    fn every_byte_is_told_alone_and_beside_others() {
        each(is_plain, |byte| byte >= b' ' && !b"&<\xEF".contains(&byte));
        each(is_word, |byte| {
            byte.is_ascii_graphic() && !b"/\\:@{".contains(&byte)
        });
        each(is_suspicious, |byte| match byte {
            b'\t' | b'\n' | b'\r' => false,
            0..0x20 | 0x7F | 0xC2 | 0xEF => true,
            _ => false,
        });
    }
}
