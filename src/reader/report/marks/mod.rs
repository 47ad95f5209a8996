//! The marks `[[ATTACHMENT|path]]` that tests write into their output (Jenkins' JUnit Attachments plugin, Playwright, Azure).
//!
//! Outputs may be of any length, and a mark may stand anywhere in them: also where the text around it is no longer kept. Knows
//! texts only, nothing of elements and of files.

use std::sync::LazyLock;

use memchr::memmem;

/// What begins a mark.
const BEGIN: &str = "[[ATTACHMENT|";
const END: &str = "]]";
/// How long the path of a mark may be.
const PATH: usize = 4096;
/// How long a mark may be.
const MARK: usize = BEGIN.len() + PATH + END.len();

static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(BEGIN));

/// Finds the paths in a text that comes piece by piece.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// What has begun like a mark at the end of an earlier piece.
    begun: String,
}

impl Finder {
    /// Gives the path of each mark that ends in this piece.
    pub(super) fn find(&mut self, piece: &str, found: impl FnMut(&str)) {
        if self.begun.is_empty() {
            piece
                .get(find_whole(piece, found)..)
                .unwrap_or_default()
                .clone_into(&mut self.begun);
            return;
        }
        self.begun.push_str(piece);
        let begun = find_whole(&self.begun, found);
        self.begun.drain(..begun);
    }

    /// Forgets what has begun: the text ends here.
    pub(super) fn end(&mut self) {
        self.begun.clear();
    }
}

/// Gives the path of each whole mark; returns where one begins that may end in a later piece.
fn find_whole(text: &str, mut found: impl FnMut(&str)) -> usize {
    let mut begins = FINDER.find_iter(text.as_bytes()).peekable();
    let mut open = None;
    while let Some(begin) = begins.next() {
        let next = begins.peek().copied().unwrap_or(text.len());
        let mark = text.get(begin + BEGIN.len()..next).unwrap_or_default();
        let end = memmem::find(mark.as_bytes(), END.as_bytes());
        open = Some(begin).filter(|_| end.is_none());
        if let Some(path) = end.and_then(|end| mark.get(..end)) {
            found(path);
        }
    }
    open.filter(|open| text.len() - open <= MARK)
        .unwrap_or_else(|| begun(text))
}

/// Returns where the first bytes of a mark stand at the end of a text.
fn begun(text: &str) -> usize {
    let begins = |length: &usize| {
        let begin = BEGIN.get(..*length).unwrap_or_default();
        text.ends_with(begin)
    };
    text.len() - (1..BEGIN.len()).rev().find(begins).unwrap_or(0)
}

#[cfg(test)]
mod tests;
