//! The last step of what is written piece by piece: no secret leaves, in however many pieces it comes.

use std::io::{self, Write};

use crate::secret::without_secrets;

/// How much is kept back at most until a line ends.
const LONGEST: usize = 256 * 1024;
/// How much of a line without an end is kept back: more than any secret has.
const TAIL: usize = 16 * 1024;

/// Passes on what it is given, line by line, without secrets.
pub(super) struct Edge<'a> {
    out: &'a mut dyn Write,
    kept: Vec<u8>,
}

impl<'a> Edge<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            kept: Vec::new(),
        }
    }

    /// Passes on what is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let length = self.kept.len();
        self.pass(length)
    }

    /// Passes on so much of what is kept, which has been without secrets since.
    fn pass(&mut self, length: usize) -> io::Result<()> {
        let clean = match std::str::from_utf8(&self.kept) {
            Ok(text) => without_secrets(text).into_owned(),
            // Nothing here writes anything but text, and a character may be in two pieces only at the end of all.
            Err(_) if length < self.kept.len() => return Ok(()),
            Err(_) => without_secrets(&String::from_utf8_lossy(&self.kept)).into_owned(),
        };
        let kept_back = self.kept.len() - length;
        let mut cut = clean.len().saturating_sub(kept_back);
        while !clean.is_char_boundary(cut) {
            cut -= 1;
        }
        let (ripe, rest) = clean.split_at(cut);
        self.out.write_all(ripe.as_bytes())?;
        self.kept = rest.as_bytes().to_vec();
        Ok(())
    }
}

impl Write for Edge<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.kept.extend_from_slice(bytes);
        if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
            // No secret holds the end of a line.
            let length = self.kept.len() - bytes.len() + end + 1;
            self.pass(length)?;
        } else if self.kept.len() > LONGEST {
            let length = self.kept.len() - TAIL;
            self.pass(length)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn no_secret_leaves_in_however_many_pieces_it_comes() {
        let token = "marked-secret-of-the-edge";
        Secret::hide(token);
        let text = format!("{{\"a\": \"{token}\",\n\"b\": \"grün{token}{token}\"}}");
        for size in 1..text.len() {
            let mut out = Vec::new();
            let mut edge = Edge::new(&mut out);
            for piece in text.as_bytes().chunks(size) {
                edge.write_all(piece).unwrap();
            }
            edge.finish().unwrap();
            let written = String::from_utf8(out).unwrap();
            assert_eq!(written, "{\"a\": \"***\",\n\"b\": \"grün******\"}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_whole_and_passes_no_secret() {
        let token = "marked-secret-of-the-long-edge";
        Secret::hide(token);
        let mut out = Vec::new();
        let mut edge = Edge::new(&mut out);
        for _ in 0..10_000 {
            edge.write_all(b"0123456789ab").unwrap();
            edge.write_all(token.as_bytes()).unwrap();
        }
        assert!(edge.kept.len() < 2 * LONGEST);
        edge.finish().unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(!written.contains("marked-secret"));
        assert_eq!(written.len(), 10_000 * 15);
    }
}
