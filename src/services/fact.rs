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
    /// For which submissions that is.
    pub matters: Matters,
    /// How a service is asked.
    pub probe: Probe,
    /// What handin does where it is otherwise.
    pub otherwise: &'static str,
    /// The setting that adapts handin where it is otherwise.
    pub setting: Option<&'static str>,
}

impl Fact {
    /// Returns whether something rests on it with settings of which these are changed. What a probe found out, and the settings say, is
    /// not assumed any more.
    pub fn is_in_use(&self, changed: &[&str]) -> bool {
        let is_changed = |path: &str| changed.contains(&path);
        let matters = match self.matters {
            Matters::Always => true,
            Matters::With(path) => is_changed(path),
            Matters::Without(path) => !is_changed(path),
            Matters::ToNone => false,
        };
        matters && !self.found_out().is_some_and(is_changed)
    }

    /// Returns the setting that says what a probe found out.
    fn found_out(&self) -> Option<&'static str> {
        let (path, _) = self.setting?.split_once(" = ")?;
        path.contains(".facts.").then_some(path)
    }

    /// Returns its name among those of its service.
    pub fn name(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(_, name)| name)
    }

    /// Returns the setting as it stands in a file: the section has a heading there already.
    pub fn in_file(&self) -> Option<String> {
        let (section, line) = self.setting?.split_once('.')?;
        Some(format!("`{line}` below `[{section}]`"))
    }
}

/// For which submissions something matters that is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matters {
    /// For any: as far as the settings tell.
    Always,
    /// Only where this is set, and not to what it is without a word.
    With(&'static str),
    /// Only where it is not.
    Without(&'static str),
    /// For none: nothing is lost, doubled or told wrongly where it is otherwise.
    ToNone,
}

/// How a service is asked whether something is as it is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// By `handin doctor --probe`: in these words.
    By(&'static str),
    /// Not: for this reason.
    Not(&'static str),
}

/// Returns the facts that are assumed about a service.
pub fn facts(service: ServiceName) -> &'static [Fact] {
    super::Sections::default().of(service).row().facts
}

/// Returns the page of the documentation that lists them.
pub fn page() -> String {
    let mut page = PAGE.to_owned();
    for service in ServiceName::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n| assumption | handin assumes | it matters for | tested by `doctor --probe` | if it is wrong |\n|---|---|---|---|---|\n",
            service.title()
        );
        for fact in facts(service) {
            let probe = match fact.probe {
                Probe::By(how) => how.to_owned(),
                Probe::Not(why) => format!("no: {why}"),
            };
            let matters = match fact.matters {
                Matters::Always => String::new(),
                Matters::With(path) => format!("; only with `{path}`"),
                Matters::Without(path) => format!("; not with `{path}`"),
                Matters::ToNone => "; no submission depends on it".to_owned(),
            };
            let setting = fact.in_file().map(|text| format!("; {text}"));
            let _ = writeln!(
                page,
                "| `{}` | {} | {}{matters} | {probe} | {}{} |",
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

handin was written from the documentation of the services, their published API descriptions, and the source code of existing clients. What these do not say, handin
has to assume. This page lists every assumption; it is generated from the code. It also says what happens if an assumption is wrong: handin must then say so, and must never lose or
double a result silently.

`handin doctor` lists the assumptions that matter with your settings, and [tests them on a service](doctor.md) on request. The [mock servers](adding-a-service.md#3-its-mock-server)
behave as the documents say and share no code with handin; where the documents are silent, most of their behaviour can be changed by an option. None of this replaces a
real account. If a real service behaves differently, that is a bug; please report it.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_in_use_where_the_settings_have_what_rests_on_it() {
        let keys: Vec<&str> = crate::services::keys().map(|key| key.path).collect();
        let mut by_settings = 0;
        for fact in ServiceName::ALL.into_iter().flat_map(facts) {
            let is_in_use = |changed: &[&str]| fact.is_in_use(changed);
            if let Some(path) = fact.found_out() {
                assert!(keys.contains(&path), "{fact:?}");
                assert!(!is_in_use(&[path]), "{fact:?}");
                by_settings += 1;
            }
            match fact.matters {
                Matters::Always => assert!(is_in_use(&[]), "{fact:?}"),
                Matters::ToNone => assert!(!is_in_use(&[]), "{fact:?}"),
                Matters::With(path) | Matters::Without(path) => {
                    assert!(keys.contains(&path), "{fact:?}");
                    let is_off = fact.matters == Matters::Without(path);
                    assert_eq!([is_in_use(&[]), is_in_use(&[path])], [is_off, !is_off]);
                    by_settings += 1;
                }
            }
        }
        assert!(by_settings > 10, "{by_settings}");
    }

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
