//! Where something stands in a document: line and column.

/// A place in the document, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    /// The beginning of a document.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Returns the place behind these characters.
    pub(super) fn after(self, text: &str) -> Self {
        let lines = newlines(text);
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self {
            line: self.line + lines,
            column: last.chars().count() as u64 + if lines > 0 { 1 } else { self.column },
        }
    }
}

/// Counts the lines that end in a text.
pub(super) fn newlines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// The line of one place after the other: every byte is looked at once.
#[derive(Debug)]
pub(super) struct Lines {
    line: u64,
    /// How far the lines of the present text have been counted.
    upto: usize,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { line: 1, upto: 0 }
    }

    /// Returns the line at an index of the text, which is not before the last one asked for.
    #[inline]
    pub(super) fn at(&mut self, text: &str, index: usize) -> u64 {
        if self.upto < index {
            self.line += newlines(text.get(self.upto..index).unwrap_or_default());
            self.upto = index;
        }
        self.line
    }

    /// Takes note of how many lines end between two indexes, where that is known already.
    #[inline]
    pub(super) fn pass(&mut self, from: usize, to: usize, lines: u64) {
        if self.upto == from {
            self.line += lines;
            self.upto = to;
        }
    }

    /// Takes note that the text before `index` is gone.
    pub(super) fn forget(&mut self, text: &str, index: usize) {
        self.at(text, index);
        self.upto -= index;
    }

    /// Returns the place of an index, which is that of the last line asked for, in a text that begins at another place.
    pub(super) fn place(&self, begin: Place, text: &str, index: usize) -> Place {
        let before = text.get(..index).unwrap_or_default();
        let last = memchr::memrchr(b'\n', before.as_bytes()).map(|at| at + 1);
        let column = before.get(last.unwrap_or(0)..).unwrap_or_default();
        let from = if last.is_some() { 1 } else { begin.column };
        Place {
            line: self.line,
            column: column.chars().count() as u64 + from,
        }
    }

    /// Takes note of lines that were left out of the text.
    pub(super) fn skip(&mut self, lines: u64) {
        self.line += lines;
    }
}
