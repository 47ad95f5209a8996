//! The names that a settings file holds, for a shell that completes a command line: read leniently, and never an error.
//!
//! The file was written by somebody else and is read while somebody types. So a file that is large is not read, one that is broken
//! gives nothing, and a name that a shell would not take as it stands is not offered.

use std::path::Path;

use toml_edit::{Document, Item, TableLike};

use crate::files;
use crate::model::ServiceName;

/// A file that is larger is not worth the wait. Thousands of mappings fit.
const LARGEST: u64 = 4 << 20;

/// So many names at most: nobody looks through more.
const MOST: usize = 200;

/// The names that a settings file holds, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// The profiles.
    pub profiles: Vec<String>,
    /// The projects, each with the service that it is on.
    pub projects: Vec<(ServiceName, String)>,
}

impl KnownNames {
    /// Reads the names of a settings file. One that cannot be read has none.
    pub fn read(path: &Path) -> Self {
        read(path).map_or_else(Self::default, |text| Self::of(&text))
    }

    /// Returns the names in the text of a settings file.
    pub fn of(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut names = Self::default();
        let Ok(document) = Document::parse(text) else {
            return names;
        };
        let root: &dyn TableLike = document.as_table();
        names.add_projects(root);
        if let Some(profiles) = root.get("profile").and_then(Item::as_table_like) {
            for (name, item) in profiles.iter() {
                add(&mut names.profiles, name.to_owned(), name);
                if let Some(table) = item.as_table_like() {
                    names.add_projects(table);
                }
            }
        }
        names
    }

    fn add_projects(&mut self, table: &dyn TableLike) {
        for service in ServiceName::ALL {
            let section = table.get(service.word()).and_then(Item::as_table_like);
            let project = section.and_then(|section| section.get("project")?.as_str());
            if let Some(project) = project {
                add(&mut self.projects, (service, project.to_owned()), project);
            }
        }
    }
}

fn add<T: PartialEq>(known: &mut Vec<T>, entry: T, name: &str) {
    if known.len() < MOST && is_plain(name) && !known.contains(&entry) {
        known.push(entry);
    }
}

/// Returns whether a shell takes a name as it stands, or with its blanks quoted, and a terminal shows it as it is.
fn is_plain(name: &str) -> bool {
    let takes = |c: char| c.is_alphanumeric() || " -_.+@,".contains(c);
    !name.is_empty()
        && name.len() <= 100
        && name.trim() == name
        && !name.starts_with('-')
        && name.chars().all(takes)
}

fn read(path: &Path) -> Option<String> {
    let text = String::from_utf8(files::read(path, LARGEST).ok()?).ok()?;
    super::bounded(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_and_projects_are_named_once_in_the_order_of_the_file() {
        let text = "[azure]\nproject = \"Shop\"\n[profile.staging.azure]\nproject = \"Shop Web\"\n\
                    [profile.live]\nazure.project = \"Shop\"\nqtest.project = \"Shop\"\n";
        let names = KnownNames::of(text);
        assert_eq!(names.profiles, ["staging", "live"]);
        let projects = [
            (ServiceName::Azure, "Shop".to_owned()),
            (ServiceName::Azure, "Shop Web".to_owned()),
            (ServiceName::Qtest, "Shop".to_owned()),
        ];
        assert_eq!(names.projects, projects);
    }

    #[test]
    fn a_name_that_a_shell_or_a_terminal_would_not_take_as_it_stands_is_not_offered() {
        for name in [
            "$(touch x)",
            "a;b",
            "a\\u001b[2J",
            "a\\nb",
            "a\\u202eb",
            "--set",
            "*",
            "a'b",
            " a",
            "",
        ] {
            let text = format!("[profile.\"{name}\"]\n[azure]\nproject = \"{name}\"\n");
            let parsed = text.parse::<toml_edit::DocumentMut>();
            assert!(parsed.is_ok(), "{name}");
            assert_eq!(KnownNames::of(&text), KnownNames::default(), "{name}");
        }
    }

    #[test]
    fn what_is_no_settings_file_names_nothing() {
        for text in [
            "[profile",
            "profile = 1",
            "profile = [1]",
            "azure = 2",
            "\0",
        ] {
            assert_eq!(KnownNames::of(text), KnownNames::default(), "{text}");
        }
        assert_eq!(
            KnownNames::read(Path::new("no such file")),
            KnownNames::default()
        );
    }
}
