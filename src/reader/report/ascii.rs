//! Whether bytes are printable ASCII, eight at once: most of a report is, and each byte of it is asked about.

/// Returns whether all bytes are between a space and `~`.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    words.iter().all(|word| is_printable_word(*word))
        && rest.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Returns how many bytes of an attribute's value stand for themselves: up to the quote, to a `&` or `<`, or to what is not printable.
pub(super) fn plain(bytes: &[u8], quote: u8) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The lowest bit that is set is that of the first byte that is zero.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, rest) = bytes.as_chunks();
    for (index, bytes) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let odd = word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES);
        let is = |byte: u8| zero(word ^ (ONES * u64::from(byte)));
        let found = (odd | is(quote) | is(b'&') | is(b'<')) & (ONES * 0x80);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let stands =
        |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<') && *byte != quote;
    let stood = rest.iter().take_while(|byte| stands(byte)).count();
    words.len() * 8 + stood
}

/// Tells of eight bytes at once whether all are between a space and `~`.
pub(super) fn is_printable_word(word: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let word = u64::from_ne_bytes(word);
    // The highest bit of a byte is set in the first where it is no ASCII, in the second below a space, in the third for 0x7F. What is
    // carried into the next byte comes from one that is not printable either.
    let odd = word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES);
    odd & (ONES * 0x80) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_for_itself_up_to_the_first_byte_that_does_not() {
        for byte in 0..=u8::MAX {
            let stands = (b' '..=b'~').contains(&byte) && !b"&<\"".contains(&byte);
            for place in 0..19 {
                let mut bytes = [b'a'; 19];
                bytes[place] = byte;
                let expected = if stands { 19 } else { place };
                assert_eq!(plain(&bytes, b'"'), expected, "{byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn every_byte_is_told_alone_and_beside_others() {
        for byte in 0..=u8::MAX {
            let expected = (b' '..=b'~').contains(&byte);
            assert_eq!(is_printable(&[byte]), expected, "{byte:#x} alone");
            for place in 0..11 {
                for other in [b' ', b'~'] {
                    let mut bytes = [other; 11];
                    bytes[place] = byte;
                    assert_eq!(is_printable(&bytes), expected, "{byte:#x} at {place}");
                }
            }
        }
    }
}
