//! What of a folder or an archive is read: XML as it is found, everything else by its content, and not beside XML of the same run.
//!
//! Runners often write their results twice, as XML and in a format of their own. Whoever names a folder means its results once.

use super::discover::Note;
use super::{Format, Source, allure, recognise};

/// What ends the name of a file that a folder offers as a report.
const XML: [&str; 2] = ["xml", "trx"];
const OTHERS: [&str; 4] = ["json", "ndjson", "jsonl", "tap"];
/// A folder of other people's files.
const FOREIGN: &str = "node_modules/";

/// What a folder or an archive offers, in the order of names.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub(super) xml: Vec<Source>,
    pub(super) others: Vec<Source>,
}

/// What a file may be, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Xml,
    Other,
    /// A file of a folder of Allure's results.
    Part,
    None,
}

/// Returns what a file may be, by its path, written with `/`.
pub(super) fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is = |known: &&str| ending.eq_ignore_ascii_case(known);
    if XML.iter().any(&is) {
        Kind::Xml
    } else if allure::is_part(name) {
        Kind::Part
    } else if OTHERS.iter().any(is) && !path.contains(FOREIGN) {
        Kind::Other
    } else {
        Kind::None
    }
}

/// Puts the names of the files of a folder of Allure's results in order; `None` where there is no result among them.
pub(super) fn parts(mut names: Vec<String>) -> Option<Vec<String>> {
    names.sort_by_cached_key(|name| (!name.ends_with(allure::RESULT), name.clone()));
    let first = names.first()?;
    first.ends_with(allure::RESULT).then_some(names)
}

impl Offer {
    /// Returns the sources to read, and notes what is not read.
    pub(super) fn choose(self, notes: &mut Vec<Note>) -> Vec<Source> {
        let mut chosen = self.xml;
        let mut others: Vec<(Source, Format)> = Vec::new();
        for source in self.others {
            match recognise::peek(&source) {
                Ok(format) => others.push((source, format)),
                Err(error) => {
                    let what = error.foreign().map_or(error.message.as_str(), |what| what);
                    // Folders are full of JSON that nobody takes for a report.
                    if what != super::foreign::OTHER_JSON {
                        notes.push(Note {
                            path: source.display().to_owned(),
                            message: format!("skipped: this is {what}"),
                        });
                    }
                }
            }
        }
        let is_beside_xml =
            !others.is_empty() && chosen.iter().any(|xml| recognise::peek(xml).is_ok());
        let first = others.first().map(|(_, format)| *format);
        for (source, format) in others {
            if let Some(first) = first.filter(|first| *first != format && !is_beside_xml) {
                notes.push(Note {
                    path: source.display().to_owned(),
                    message: format!(
                        "this is {}, beside {}: if both are of the same run, name only one of them",
                        format.title(),
                        first.title()
                    ),
                });
            }
            if is_beside_xml {
                notes.push(Note {
                    path: source.display().to_owned(),
                    message: format!(
                        "skipped: this is {}, and there are XML reports that may be of the same run; name it to have it read too",
                        format.title()
                    ),
                });
            } else {
                chosen.push(source);
            }
        }
        chosen
    }
}
