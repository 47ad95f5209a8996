//! What the readers of the .NET formats share: they walk a document from element to element, hand over each test when it is
//! complete, and compare the report's own counter with what was counted.

use std::io::Read;
use std::sync::Arc;

use super::draft::Draft;
use super::error::{ReadError, Warnings};
use super::sum::Sum;
use super::text::Text;
use super::xml::{Node, Tag, Xml};
use super::{Format, Summary};
use crate::model::{TestCase, TestSuite};

/// What a reader does with the elements of its format.
pub(super) trait Walker {
    /// Takes the beginning of an element.
    fn open(&mut self, tag: &Tag<'_>);

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
            }
            Node::Close => walker.close(),
            Node::Text(text) => walker.text().push(&text),
            Node::End => return Ok(()),
        }
    }
}

/// Where tests are handed over, and what is known of them all.
pub(super) struct Handover<'v> {
    visit: &'v mut dyn FnMut(TestCase),
    pub(super) sum: Sum,
    /// How many tests the report says it has.
    pub(super) declared: Option<u64>,
    pub(super) warnings: Warnings,
}

impl<'v> Handover<'v> {
    pub(super) fn new(visit: &'v mut dyn FnMut(TestCase)) -> Self {
        Self {
            visit,
            sum: Sum::default(),
            declared: None,
            warnings: Warnings::default(),
        }
    }

    /// Hands over a test that is complete.
    pub(super) fn test(&mut self, draft: Draft, suite: Arc<TestSuite>) {
        let case = draft.finish(suite);
        self.sum.count(&case);
        (self.visit)(case);
    }

    /// Ends with the document.
    pub(super) fn finish<R: Read>(mut self, format: Format, xml: Xml<R>) -> Summary {
        self.sum.compare(self.declared, &mut self.warnings);
        let ending = xml.finish(&mut self.warnings);
        self.sum.finish(format, self.warnings, ending.digest)
    }
}
