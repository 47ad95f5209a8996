//! The formats that are read, a row each: what a document must look like, and what reads it.
//!
//! A format is one file and one row here. `docs/adding-a-format.md` walks through it.

use std::io::Read;

use super::document::Document;
use super::error::ReadError;
use super::sketch::Sketch;
use super::xml::{Root, Xml};
use super::{
    LateProperties, Source, Summary, allure, ctrf, cucumber, gotest, jest, junit, katalon,
    messages, mochawesome, nunit, opentest, playwright, robot, tap, testops, tosca, trx, xunit,
};
use crate::model::TestCase;

/// The bytes of a report.
pub(super) type Bytes<'a> = &'a mut dyn Read;

/// What a reader is given beside the document.
pub(super) struct Input<'a> {
    /// Where the document is from, and what stands beside it.
    pub(super) source: &'a Source,
    /// What an earlier reading found too late.
    pub(super) late: Option<&'a LateProperties>,
    /// Who takes the tests.
    pub(super) visit: &'a mut dyn FnMut(&mut TestCase),
}

/// How a format is recognised and read, by what its documents are made of.
pub(super) enum Reader {
    /// Elements: recognised by the first of them.
    Xml(
        fn(&Root) -> bool,
        fn(Xml<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>,
    ),
    /// Elements: recognised by one that stands further inside, where the first says nothing.
    Inner(
        fn(&str) -> bool,
        fn(Xml<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>,
    ),
    /// JSON, one document or one a line: recognised by the names of its members.
    Json(
        fn(&Sketch) -> bool,
        fn(Document<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>,
    ),
    /// Lines of text: recognised by the first of them.
    Text(
        fn(&str) -> bool,
        fn(Document<Bytes<'_>>, &mut Input<'_>) -> Result<Summary, ReadError>,
    ),
}

macro_rules! formats {
    ($($name:ident: $word:literal, $title:literal, $reader:expr;)*) => {
        /// What a report is, recognised by its content.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format {
            $(#[doc = $title] $name,)*
        }

        impl Format {
            /// Every format, in the order in which they are listed.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the word used in JSON.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Returns the name that its users know.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }

        /// What reads each format.
        pub(super) const READERS: &[(Format, Reader)] = &[$((Format::$name, $reader)),*];
    };
}

formats! {
    Junit: "junit", "JUnit", Reader::Xml(junit::recognises, junit::read);
    Katalon: "katalon", "Katalon Studio", Reader::Xml(katalon::log::recognises, katalon::log::read);
    Trx: "trx", "TRX", Reader::Xml(trx::recognises, trx::read);
    Nunit: "nunit", "NUnit 2 and 3", Reader::Xml(nunit::recognises, nunit::read);
    Xunit: "xunit", "xUnit.net v2", Reader::Xml(xunit::recognises, xunit::read);
    Ctrf: "ctrf", "CTRF", Reader::Json(ctrf::recognises, ctrf::read);
    Allure: "allure", "Allure results", Reader::Json(allure::recognises, allure::read);
    Playwright: "playwright", "Playwright JSON", Reader::Json(playwright::recognises, playwright::read);
    Jest: "jest", "Jest or Vitest JSON", Reader::Json(jest::recognises, jest::read);
    Mochawesome: "mochawesome", "mochawesome", Reader::Json(mochawesome::recognises, mochawesome::read);
    Cucumber: "cucumber", "Cucumber JSON", Reader::Json(cucumber::recognises, cucumber::read);
    CucumberMessages: "cucumber_messages", "Cucumber messages", Reader::Json(messages::recognises, messages::read);
    Testops: "testops", "Katalon's reporters", Reader::Json(testops::recognises, testops::read);
    Go: "go", "`go test -json`", Reader::Json(gotest::recognises, gotest::read);
    Robot: "robot", "Robot Framework", Reader::Xml(robot::recognises, robot::read);
    Tosca: "tosca", "Tosca results", Reader::Inner(tosca::begins, tosca::read);
    OpenTestReporting: "open_test_reporting", "Open Test Reporting", Reader::Xml(opentest::recognises, opentest::read);
    Tap: "tap", "TAP", Reader::Text(tap::recognises, tap::read);
}

/// Returns the names of all formats, as the middle of a sentence has them.
pub(super) fn listed() -> String {
    let titles: Vec<&str> = Format::ALL.iter().map(|format| format.title()).collect();
    match titles.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
