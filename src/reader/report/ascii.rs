//! Whether bytes are printable ASCII, eight at once: most of a report is, and each byte of it is asked about.

/// Tells whether all bytes are between a space and `~`.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    words.iter().all(|word| is_printable_word(*word))
        && rest.iter().all(|byte| matches!(byte, b' '..=b'~'))
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
