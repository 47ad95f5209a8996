//! The marks `[[ATTACHMENT|path]]` that tests write into their output (Jenkins' JUnit Attachments plugin, Playwright, Azure).
//!
//! Outputs may be of any length, and a mark may stand anywhere in them: also where the text around it is no longer kept. Knows
//! texts only, nothing of elements and of files.

/// What begins a mark.
const BEGIN: &str = "[[ATTACHMENT|";
const END: &str = "]]";
/// How long the path of a mark may be.
const PATH: usize = 4096;
/// How long a mark may be.
const MARK: usize = BEGIN.len() + PATH + END.len();
/// How many bytes of marks are let through behind the kept part of one text.
const MARKS: usize = 256 * 1024;

/// Finds the paths in a text that comes piece by piece.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// The path of a mark that has begun in an earlier piece.
    begun: Option<String>,
}

impl Finder {
    /// Gives the path of each mark that ends in this piece.
    pub(super) fn find(&mut self, piece: &str, mut found: impl FnMut(&str)) {
        let Some(mut path) = self.begun.take() else {
            self.find_whole(piece, &mut found);
            return;
        };
        let (head, rest) = piece.split_once(END).unwrap_or((piece, ""));
        path.push_str(head);
        if head.len() < piece.len() {
            found(&path);
            self.find_whole(rest, &mut found);
        } else if path.len() <= PATH {
            self.begun = Some(path);
        }
    }

    fn find_whole(&mut self, text: &str, found: &mut impl FnMut(&str)) {
        if memchr::memmem::find(text.as_bytes(), BEGIN.as_bytes()).is_none() {
            return;
        }
        let mut begun = None;
        for piece in text.split(BEGIN).skip(1) {
            if let Some((path, _)) = piece.split_once(END) {
                begun = None;
                found(path);
            } else {
                begun = Some(piece);
            }
        }
        self.begun = begun.filter(|path| path.len() <= PATH).map(str::to_owned);
    }

    /// Forgets what has begun: the text ends here.
    pub(super) fn end(&mut self) {
        self.begun = None;
    }
}

/// What passes of the part of a long text that is not kept: its marks, and the end of one that may have begun before.
#[derive(Debug)]
pub(super) struct Sieve {
    state: State,
    /// How many bytes of marks may still pass.
    left: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Where the kept part ends, perhaps in the middle of a mark: so many bytes may pass until it ends.
    Begun(usize),
    Inside(usize),
    Outside,
}

impl Default for Sieve {
    fn default() -> Self {
        Self {
            state: State::Begun(MARK),
            left: MARKS,
        }
    }
}

impl Sieve {
    /// Tells whether what comes next is to be dropped.
    pub(super) fn drops(&self) -> bool {
        self.state == State::Outside
    }

    /// Returns how many of these bytes share the lot of the first one, that [`Self::drops`] told before; afterwards it tells
    /// that of the next. `None` when more bytes are needed, unless these are the last.
    pub(super) fn look(&mut self, bytes: &[u8], is_last: bool) -> Option<usize> {
        match self.state {
            State::Outside => self.outside(bytes, is_last),
            State::Begun(room) => {
                let end = bytes
                    .windows(2)
                    .take(room)
                    .position(|pair| matches!(pair, b"]]" | b"[["));
                let length = end.map(|at| {
                    let is_end = bytes.get(at) == Some(&b']');
                    if is_end { at + END.len() } else { at }
                });
                self.pass(bytes, (room, length), is_last, State::Begun)
            }
            State::Inside(room) => {
                let length = memchr::memmem::find(bytes, END.as_bytes()).map(|at| at + END.len());
                self.pass(bytes, (room, length), is_last, State::Inside)
            }
        }
    }

    fn outside(&mut self, bytes: &[u8], is_last: bool) -> Option<usize> {
        if self.left < MARK {
            return Some(bytes.len());
        }
        if let Some(at) = memchr::memmem::find(bytes, BEGIN.as_bytes()) {
            self.state = State::Inside(MARK);
            return Some(at);
        }
        let begun = (1..BEGIN.len())
            .rev()
            .find(|length| bytes.ends_with(BEGIN.as_bytes().get(..*length).unwrap_or_default()))
            .filter(|_| !is_last);
        let length = bytes.len() - begun.unwrap_or(0);
        (length > 0).then_some(length)
    }

    /// Lets bytes pass up to the end of a mark, or as far as there is room for one.
    fn pass(
        &mut self,
        bytes: &[u8],
        (room, length): (usize, Option<usize>),
        is_last: bool,
        go_on: fn(usize) -> State,
    ) -> Option<usize> {
        if let Some(length) = length.filter(|length| *length <= room) {
            self.state = State::Outside;
            self.left = self.left.saturating_sub(length);
            return Some(length);
        }
        if bytes.len() >= room {
            self.state = State::Outside;
            self.left = self.left.saturating_sub(room);
            return Some(super::bound::boundary(bytes, room));
        }
        // The last byte may be the first half of what ends the mark.
        let half =
            usize::from(!is_last && bytes.last().is_some_and(|byte| matches!(byte, b'[' | b']')));
        let length = bytes.len() - half;
        self.state = go_on(room - length);
        self.left = self.left.saturating_sub(length);
        (length > 0).then_some(length)
    }
}

#[cfg(test)]
mod tests;
