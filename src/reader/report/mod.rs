//! Reports: from files to the neutral model.
//!
//! Finds reports ([`discover`]), tells by their content what they are, and reads them in constant memory: inside is a pull reader,
//! outside a visitor that is handed one test after the other. Whatever a report holds, it is never trusted: any bytes give a
//! report or a [`ReadError`] with a place. Knows no service, and none of the settings.

use std::time::Duration;

use crate::model::{Moment, Tally, TestCase};
use attempts::{Digests, Stage};
use digest::Digest;

mod allure;
mod archive;
mod assembly;
pub mod attachments;
mod attempts;
mod attributes;
mod beside;
mod collector;
mod ctrf;
mod cucumber;
mod decode;
mod digest;
mod discover;
mod doctype;
mod document;
mod draft;
mod encoding;
mod error;
mod foreign;
mod formats;
mod gotest;
mod groups;

mod jest;
mod json;
mod junit;
mod katalon;
mod keys;
mod late;
mod lines;
mod listing;
mod location;
mod marks;
mod messages;
mod mochawesome;
mod numbers;
mod nunit;
mod oddities;
mod offer;
mod opentest;
mod parallel;
mod path;
mod place;
mod playwright;
mod recognise;
mod reference;
mod reruns;
mod robot;
mod scan;

mod sketch;
mod source;

mod step;
mod tap;
mod testops;
mod text;
mod time;
mod tosca;
mod trx;
mod walk;
mod wildcard;
mod words;
mod xml;
mod xunit;

pub use attempts::Retries;
pub use beside::{ArchiveFolder, Beside};
pub use discover::{DiscoverError, Found, Note, discover};
pub use error::{ReadError, ReadErrorKind, Warning};
pub use formats::Format;
pub use katalon::{Bundle, bundles};
pub use keys::Keys;
pub use late::LateProperties;
pub use parallel::{each_ordered, read_all};
pub use source::Source;

/// What a report says as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// What it is.
    pub format: Format,
    /// Its own name, such as `<testsuites name>`.
    pub name: Option<String>,
    /// How many groups of tests it has, nested ones too.
    pub suites: u64,
    /// How its tests ended.
    pub tally: Tally,
    /// How many attempts its tests took, reruns included.
    pub attempts: u64,
    /// How long its tests took together; where none says so, what its suites or the whole say.
    pub duration: Option<Duration>,
    /// When the first of its suites or tests began.
    pub started: Option<Moment>,
    /// Properties of suites that came too late for their tests: [`read`] again with them where they matter.
    pub late: LateProperties,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// The SHA-256 digest of its bytes; zeros from [`look`].
    pub digest: [u8; 32],
    /// The keys of its tests, for [`Keys`] to compare with those of other reports.
    keys: Digests,
}

/// Reads a report and shows each of its tests to `visit`, in the order of the report: it may [`TestCase::take`] what it keeps.
///
/// An error may come after tests have been handed over, for example when the report turns out to be cut off: what was visited
/// then is nothing to rely on.
pub fn read(source: &Source, visit: &mut dyn FnMut(&mut TestCase)) -> Result<Summary, ReadError> {
    read_once(source, (Digest::Made, None), visit)
}

/// Reads a report once more: suites have the properties that came too late the first time.
pub fn read_again(
    source: &Source,
    late: &LateProperties,
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    read_once(source, (Digest::Made, Some(late)), visit)
}

/// Reads a report as [`read`] does, for somebody who only looks: without the digest, whose bytes are zero.
pub fn look(source: &Source, visit: &mut dyn FnMut(&mut TestCase)) -> Result<Summary, ReadError> {
    read_once(source, (Digest::Left, None), visit)
}

/// Looks at a report once more, as [`read_again`] reads it.
pub fn look_again(
    source: &Source,
    late: &LateProperties,
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    read_once(source, (Digest::Left, Some(late)), visit)
}

fn read_once(
    source: &Source,
    how: (Digest, Option<&LateProperties>),
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    let bytes = source.open().map_err(|error| ReadError::io(&error))?;
    let mut stage = Stage::new(source)?;
    let mut summary = recognise::read(bytes, source, how, &mut |case| stage.take(case, visit))?;
    stage.finish(&mut summary);
    Ok(summary)
}

/// Reads the tests of a report as it lists them.
fn read_plainly(
    source: &Source,
    visit: &mut dyn FnMut(&mut TestCase),
) -> Result<Summary, ReadError> {
    let bytes = source.open().map_err(|error| ReadError::io(&error))?;
    recognise::read(bytes, source, (Digest::Left, None), visit)
}

#[cfg(test)]
mod tests;
