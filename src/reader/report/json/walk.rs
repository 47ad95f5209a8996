//! Goes from member to member.

use super::parse::Text;
use super::tree::{Json, Wanted};
use crate::report::error::ReadError;

/// How deep what is entered may nest, such as suites in suites.
const DEPTH: usize = 200;

/// What is done with a member or an element.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) enum Next<P> {
    /// Its own members or elements are asked about, one after the other.
    Enter(P),
    /// It is taken as a tree with the members that are wanted.
    Take(&'static Wanted),
    /// It means nothing here.
    Pass,
}

/// What a reader does with the members of its format.
pub(in crate::report) trait Walker {
    /// Where the reader stands; the default is the outermost value.
    type Place: Copy + Default;

    /// Decides what to do with a member of an object.
    fn member(&mut self, at: Self::Place, name: &str) -> Next<Self::Place>;

    /// Decides what to do with the next element of a list, which begins on this line.
    fn element(&mut self, at: Self::Place, line: u64) -> Next<Self::Place>;

    /// Takes a value: a member of this name, or an element, whose name is empty.
    fn take(&mut self, at: Self::Place, name: &str, value: Json);

    /// Takes the end of what was entered.
    fn leave(&mut self, at: Self::Place);
}

/// Goes through a document.
pub(super) fn walk<W: Walker>(text: &mut Text<'_>, walker: &mut W) -> Result<(), ReadError> {
    enter(text, walker, W::Place::default())
}

/// Goes through something that is entered.
fn enter<W: Walker>(text: &mut Text<'_>, walker: &mut W, at: W::Place) -> Result<(), ReadError> {
    let mut first = true;
    if text.depth() == DEPTH {
        text.leave_out();
        text.pass()?;
        walker.leave(at);
        return Ok(());
    }
    match text.peek()? {
        b'{' => {
            text.open();
            while text.member(&mut first)? {
                match walker.member(at, text.name()) {
                    Next::Pass => text.pass()?,
                    Next::Enter(at) => enter(text, walker, at)?,
                    Next::Take(wanted) => {
                        let name = text.name().to_owned();
                        let value = wanted.read(text)?;
                        walker.take(at, &name, value);
                    }
                }
            }
        }
        b'[' => {
            text.open();
            while text.element(&mut first)? {
                match walker.element(at, text.line()) {
                    Next::Pass => text.pass()?,
                    Next::Enter(at) => enter(text, walker, at)?,
                    Next::Take(wanted) => {
                        let value = wanted.read(text)?;
                        walker.take(at, "", value);
                    }
                }
            }
        }
        _ => text.pass()?,
    }
    walker.leave(at);
    Ok(())
}
