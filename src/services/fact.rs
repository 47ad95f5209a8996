//! What handin assumes of a service, because nothing that can be read says it: one list a service, in `<name>/facts.rs`.

use std::fmt::Write as _;

use crate::model::ServiceName;

/// Something that is assumed of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Its name, such as `azure.precreates`.
    pub id: &'static str,
    /// What is assumed, in a sentence.
    pub expected: &'static str,
    /// What depends on it.
    pub used: &'static str,
    /// How a service is asked.
    pub probe: Probe,
    /// What handin does where it is otherwise.
    pub otherwise: &'static str,
    /// The setting that adapts handin where it is otherwise.
    pub setting: Option<&'static str>,
}

impl Fact {
    /// Returns the setting as it stands in a file: the section has a heading there already.
    pub fn in_file(&self) -> Option<String> {
        let (section, line) = self.setting?.split_once('.')?;
        Some(format!("`{line}` below `[{section}]`"))
    }
}

/// How a service is asked whether something is as it is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// By `handin doctor --probe`: in these words.
    By(&'static str),
    /// Not: for this reason.
    Not(&'static str),
}

/// Returns what is assumed of a service.
pub fn facts(service: ServiceName) -> &'static [Fact] {
    super::Sections::default().of(service).facts()
}

/// Returns the page of the documentation that lists them.
pub fn page() -> String {
    let mut page = PAGE.to_owned();
    for service in ServiceName::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n| fact | handin assumes | it matters for | asked by `doctor` | where it is otherwise |\n|---|---|---|---|---|\n",
            service.title()
        );
        for fact in facts(service) {
            let probe = match fact.probe {
                Probe::By(how) => how.to_owned(),
                Probe::Not(why) => format!("no: {why}"),
            };
            let setting = fact.in_file().map(|text| format!("; {text}"));
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {probe} | {}{} |",
                fact.id,
                fact.expected,
                fact.used,
                fact.otherwise,
                setting.unwrap_or_default()
            );
        }
    }
    page
}

const PAGE: &str = "\
# What is inferred

handin was written from the services' documentation, their published API descriptions and the sources of clients that work with them. Where these are
silent it had to assume. What it assumes is one list in the code, and this page is made of it. What happens where an assumption is wrong is told too:
handin must then say so, and never lose or double a result in silence.

`handin doctor` shows what is assumed of the services in use, and [asks a service](doctor.md) where it is told to. The [stand-ins](adding-a-service.md#3-its-stand-in)
behave as the documents say, and share no code with handin; much of what the documents leave open they can be told to do otherwise. None of this replaces a
real account: what is seen there and differs is a bug, and a report of it is welcome.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_is_named_once_after_its_service_and_says_all_there_is_to_say() {
        let mut seen = std::collections::BTreeSet::new();
        for service in ServiceName::ALL {
            assert!(!facts(service).is_empty(), "{service}");
            for fact in facts(service) {
                let (of, name) = fact.id.split_once('.').unwrap();
                assert_eq!(of, service.word(), "{fact:?}");
                assert!(!name.is_empty() && seen.insert(fact.id), "{fact:?}");
                let (Probe::By(how) | Probe::Not(how)) = fact.probe;
                for text in [fact.expected, fact.used, fact.otherwise, how] {
                    assert!(text.len() > 5 && !text.contains('|'), "{fact:?}");
                }
            }
        }
    }
}
