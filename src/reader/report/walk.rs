//! What the readers of XML formats share: they walk a document from element to element.

use std::io::Read;

use super::error::ReadError;
use super::text::Text;
use super::xml::{Node, Tag, Xml};

/// What a reader does with the elements of its format.
pub(super) trait Walker {
    /// Takes the beginning of an element.
    fn open(&mut self, tag: &Tag<'_>);

    /// Returns whether the element that was just taken is passed by with all that stands in it: for a walk through a document that is
    /// walked through once more, since nobody asks whether what is passed by is well-formed.
    fn passes(&self) -> bool {
        false
    }

    /// Takes the end of the innermost element.
    fn close(&mut self);

    /// Returns where the text of the innermost element goes.
    fn text(&mut self) -> &mut Text;
}

/// Goes through a document to its end.
pub(super) fn walk<R: Read>(walker: &mut impl Walker, xml: &mut Xml<R>) -> Result<(), ReadError> {
    loop {
        match xml.next()? {
            Node::Open(tag) => {
                walker.text().clear();
                walker.open(&tag);
                if walker.passes() {
                    xml.pass_element()?;
                    walker.close();
                }
            }
            Node::Close => walker.close(),
            Node::Text(text) => walker.text().push(&text),
            Node::End => return Ok(()),
        }
    }
}
