//! Which class a test belongs to: `<TestDefinitions>`.

use std::collections::HashMap;

use crate::report::Source;
use crate::report::xml::{Node, Xml};

/// How many classes and tests are remembered; beyond, tests keep their full name.
const MOST: usize = 4_000_000;

/// The classes of the tests of a document, each name kept once.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    classes: Vec<String>,
    /// The class of each test, by the test's id.
    tests: HashMap<u128, u32>,
    rows: bool,
}

impl Definitions {
    /// Reads the definitions of a document; what cannot be read is for the pass that reads the results to tell.
    pub(super) fn collect(source: &Source) -> Self {
        let mut definitions = Self::default();
        if let Some(mut xml) = source.open().ok().and_then(|bytes| Xml::new(bytes).ok()) {
            let mut known = HashMap::new();
            let mut test = None;
            while let Ok(node) = xml.next() {
                match node {
                    Node::End => break,
                    Node::Open(tag) => match tag.name() {
                        "UnitTest" => test = tag.get("id").as_deref().and_then(number),
                        "TestMethod" => {
                            let class = tag.text("className").unwrap_or_default();
                            definitions.add(&mut known, test.take(), &class);
                        }
                        "InnerResults" => definitions.rows = true,
                        _ => {}
                    },
                    Node::Close | Node::Text(_) => {}
                }
            }
        }
        definitions
    }

    /// Returns the class of a test.
    pub(super) fn class(&self, id: &str) -> Option<&str> {
        let class = self.tests.get(&number(id)?)?;
        self.classes
            .get(usize::try_from(*class).ok()?)
            .map(String::as_str)
    }

    /// Tells whether there are data-driven tests, whose rows stand inside them.
    pub(super) fn has_rows(&self) -> bool {
        self.rows
    }

    fn add(&mut self, known: &mut HashMap<String, u32>, test: Option<u128>, class: &str) {
        // `Shop.LoginTests, Shop.Tests, Version=1.0.0.0`: the assembly is no part of the name.
        let class = class.split(',').next().unwrap_or_default().trim();
        let Some(test) = test.filter(|_| !class.is_empty() && self.tests.len() < MOST) else {
            return;
        };
        let index = if let Some(index) = known.get(class) {
            *index
        } else {
            let Ok(index) = u32::try_from(self.classes.len()) else {
                return;
            };
            self.classes.push(class.to_owned());
            known.insert(class.to_owned(), index);
            index
        };
        self.tests.insert(test, index);
    }
}

/// Returns the number that an identifier is, whatever stands between its digits.
fn number(id: &str) -> Option<u128> {
    let digits: String = id
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(33)
        .collect();
    (digits.len() == 32)
        .then(|| u128::from_str_radix(&digits, 16).ok())
        .flatten()
}
