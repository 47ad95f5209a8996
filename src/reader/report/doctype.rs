//! The end of a document type declaration, which is all that is wanted of it: no entity is ever declared, so none is expanded.

/// A declaration that is being passed by, byte for byte.
#[derive(Debug, Default)]
pub(super) struct Doctype {
    brackets: i32,
    quote: Option<u8>,
    comment: bool,
    /// The last four bytes, for the marks of comments.
    recent: u32,
}

impl Doctype {
    /// Looks for the end; returns the index behind it.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.iter().position(|byte| self.ends_with(*byte));
        end.map(|index| index + 1)
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        self.recent = self.recent << 8 | u32::from(byte);
        if self.comment {
            if self.recent & 0x00FF_FFFF == u32::from_be_bytes(*b"\0-->") {
                self.comment = false;
            }
        } else if let Some(open) = self.quote {
            if byte == open {
                self.quote = None;
            }
        } else if self.recent == u32::from_be_bytes(*b"<!--") {
            self.comment = true;
            self.recent = 0;
        } else {
            match byte {
                b'"' | b'\'' => self.quote = Some(byte),
                b'[' => self.brackets += 1,
                b']' => self.brackets -= 1,
                b'>' => return self.brackets <= 0,
                _ => {}
            }
        }
        false
    }
}
