//! What a project says of qTest: several projects there may be named, and only those count that map test cases.

use std::path::Path;

use serde_json::Value;

use super::entity::integrations;
use super::{
    Asker, Studio, add_cases, address, entities, extent, outcome_word, put, read_bounded, scalar,
};
use crate::cli::map::import_export::Imported;
use crate::cli::map::properties::Properties;
use crate::cli::question::Choice;
use crate::cli::{ExitStatus, Failure};
use crate::model::ServiceName;
use crate::ui::{counted, sanitized};

/// A project on qTest.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Project {
    id: String,
    name: String,
    /// The folders of test cases that are mapped to it; `None` where the entry does not say.
    folders: Option<Vec<String>>,
}

/// Which project on qTest the cases are of.
enum Decision {
    /// This one, and of it the cases below these folders.
    One(Project),
    /// The project file names none that maps test cases.
    None,
    /// The settings name another.
    Other(String),
}

/// Takes settings and cases.
///
/// # Errors
///
/// When test cases are mapped to several projects, and nobody says which is meant.
pub(super) fn read(
    asker: &Asker<'_>,
    studio: &Studio,
    properties: &Properties,
    imported: &mut Imported,
) -> Result<(), Failure> {
    let projects = projects(&studio.folder, imported);
    let decision = decide(asker, projects)?;
    settings(properties, imported);
    cases(studio, decision, imported);
    suites(&studio.folder, imported);
    Ok(())
}

fn settings(properties: &Properties, imported: &mut Imported) {
    put(imported, "qtest.url", address(properties, "serverUrl"));
    // "PASSED - PASS, FAILED - FAIL, …"
    let statuses = properties
        .text("executionStatusMapping")
        .unwrap_or_default();
    for pair in statuses.split(',') {
        let Some((status, word)) = pair.split_once(" - ") else {
            continue;
        };
        if let Some(outcome) = outcome_word(status.trim()) {
            put(
                imported,
                &format!("qtest.statuses.{outcome}"),
                Some(word.trim().to_owned()),
            );
        }
    }
    if let Some(when) = properties.raw("sendAttachments") {
        put(imported, "qtest.attach", Some(extent(when).to_owned()));
    }
    let mut note = |text: String| imported.notes.push(text);
    if let Some(types) = properties.text("reportFormat") {
        note(format!(
            "qTest: `reportFormat` ({types}) was skipped: what the report names is uploaded, whatever its type"
        ));
    }
    if properties.is("submitResultToLatestVersion", "true") {
        note("qTest: `submitResultToLatestVersion` was skipped: handin logs the approved version of a case".to_owned());
    }
    if properties.is("autoSubmitResult", "false") {
        note("qTest: Katalon Studio does not submit by itself (`autoSubmitResult`); handin submits when it is called".to_owned());
    }
}

/// Reads the projects that the `.prj` file names, in a text that is JSON but for its single quotes.
fn projects(folder: &Path, imported: &mut Imported) -> Vec<Project> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "prj"))
        .collect();
    files.sort_unstable();
    let entities = files
        .iter()
        .filter_map(|path| read_bounded(path))
        .flat_map(|bytes| integrations(&bytes))
        .filter(|entity| entity.product == "qTest");
    let mut projects: Vec<Project> = Vec::new();
    for entity in entities {
        let mut numbered: Vec<(u32, &String)> = entity
            .entries
            .iter()
            .filter_map(|(key, text)| Some((key.parse().ok()?, text)))
            .collect();
        numbered.sort_unstable();
        for (number, text) in numbered {
            match project(text) {
                Some(project) => join(&mut projects, project),
                None => imported.notes.push(format!(
                    "qTest: entry {number} of the project file cannot be read; skipped"
                )),
            }
        }
    }
    projects
}

fn project(text: &str) -> Option<Project> {
    let value: Value = serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&double_quoted(text)))
        .ok()?;
    let folders = value.get("testCaseFolderMappeds").map(|folders| {
        let folders = folders.as_array().into_iter().flatten();
        folders
            .filter_map(|folder| Some(folder.as_str()?.trim_matches('/').to_owned()))
            .collect()
    });
    Some(Project {
        id: scalar(&value, "id")?,
        name: scalar(&value, "name").unwrap_or_default(),
        folders,
    })
}

/// Several entries may be of one project: its folders are those of all.
fn join(projects: &mut Vec<Project>, project: Project) {
    match projects.iter_mut().find(|known| known.id == project.id) {
        Some(known) => match (&mut known.folders, project.folders) {
            (Some(folders), Some(more)) => folders.extend(more),
            (folders, more) => *folders = folders.take().or(more),
        },
        None => projects.push(project),
    }
}

/// Writes the quotes of a text in JSON's way. One inside of a name has letters on both sides, or blanks.
fn double_quoted(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut quoted = String::with_capacity(text.len());
    for (index, character) in characters.iter().enumerate() {
        match character {
            '\'' => {
                let (before, from) = characters.split_at(index);
                let is_structure =
                    is_next(before.iter().rev(), "{[,:") || is_next(from.iter().skip(1), "}],:");
                quoted.push(if is_structure { '"' } else { '\'' });
            }
            '"' => quoted.push_str("\\\""),
            other => quoted.push(*other),
        }
    }
    quoted
}

/// Returns whether the next sign that is no blank is one of these, or there is none.
fn is_next<'a>(mut signs: impl Iterator<Item = &'a char>, wanted: &str) -> bool {
    let next = signs.find(|sign| !sign.is_whitespace());
    next.is_none_or(|sign| wanted.contains(*sign))
}

/// Decides which project is meant: the only one that maps test cases, else the one that is named.
fn decide(asker: &Asker<'_>, all: Vec<Project>) -> Result<Decision, Failure> {
    let named = asker.qtest_project;
    let set = asker.settings.sections.qtest.project.as_deref();
    let is = |project: &Project, wanted: &str| project.id == wanted || project.name == wanted;
    let mapping: Vec<Project> = all
        .into_iter()
        .filter(|project| {
            project
                .folders
                .as_ref()
                .is_none_or(|folders| !folders.is_empty())
        })
        .collect();
    if let Some(wanted) = named.or(set) {
        let found = mapping.iter().find(|project| is(project, wanted));
        return match found {
            Some(project) => Ok(Decision::One(project.clone())),
            None if mapping.is_empty() => Ok(Decision::None),
            None if named.is_some() => Err(unclear(
                &mapping,
                &format!("test cases are mapped to no project `{wanted}` on qTest"),
            )),
            None => Ok(Decision::Other(wanted.to_owned())),
        };
    }
    match mapping.as_slice() {
        [] => Ok(Decision::None),
        [only] => Ok(Decision::One(only.clone())),
        several => ask(asker, several).map(Decision::One),
    }
}

fn ask(asker: &Asker<'_>, projects: &[Project]) -> Result<Project, Failure> {
    let message = format!(
        "test cases are mapped to {} projects on qTest",
        projects.len()
    );
    let ui = &asker.context.ui;
    if !asker.context.is_interactive() || ui.is_json() {
        return Err(unclear(projects, &message));
    }
    ui.status(&format!("{message}:"));
    for (number, project) in projects.iter().enumerate() {
        ui.status(&format!("{:>3}) {}", number + 1, words(project)));
    }
    let question = "Whose cases are to be taken? [number, Enter for none]";
    match asker.context.choose(question, projects.len())? {
        Choice::This(index) => projects.get(index).cloned(),
        Choice::Nothing | Choice::End => None,
    }
    .ok_or_else(|| unclear(projects, &message))
}

fn unclear(projects: &[Project], message: &str) -> Failure {
    let failure = Failure::new(ExitStatus::Usage, format!("{message}; nothing was changed"));
    projects
        .iter()
        .fold(failure, |failure, project| failure.cause(words(project)))
        .hint("say whose cases are to be taken with `--qtest-project ID`")
}

fn words(project: &Project) -> String {
    let folders = project.folders.as_deref().unwrap_or_default();
    sanitized(&format!(
        "{}  {}  ({})",
        project.id,
        project.name,
        folders.join(", ")
    ))
}

/// Takes the cases of the project, and names how many are of others.
fn cases(studio: &Studio, decision: Decision, imported: &mut Imported) {
    let mapped = || {
        studio
            .mapped("qTest")
            .filter_map(|(test, integration)| Some((test, integration.entries.get("pid")?)))
    };
    let all = mapped().count() as u64;
    let tests = counted(all, "test");
    let project = match decision {
        Decision::One(project) => project,
        Decision::None if all == 0 => return,
        Decision::None => {
            imported.notes.push(format!("qTest: the project file names no project to which test cases are mapped; the cases of {tests} were skipped"));
            return;
        }
        Decision::Other(set) => {
            imported.notes.push(format!("qTest: the settings name project `{set}`, and Katalon Studio maps no test cases to it; the cases of {tests} were skipped"));
            return;
        }
    };
    put(imported, "qtest.project", Some(project.id.clone()));
    let mut foreign = 0;
    for (test, ids) in mapped() {
        if project.has(test) {
            add_cases(ServiceName::Qtest, test, ids, imported);
        } else {
            foreign += 1;
        }
    }
    if foreign > 0 {
        imported.notes.push(format!(
            "qTest: the cases of {} were skipped: they are in no folder that is mapped to project {}",
            counted(foreign, "test"),
            words(&project)
        ));
    }
}

impl Project {
    /// Returns whether a test is in a folder that is mapped to this project.
    fn has(&self, test: &str) -> bool {
        self.folders.as_ref().is_none_or(|folders| {
            folders.iter().any(|folder| {
                let rest = test.strip_prefix(folder.as_str());
                rest.is_some_and(|rest| rest.starts_with('/'))
            })
        })
    }
}

/// Names the test suites that are mapped: handin finds or makes suites by name.
fn suites(folder: &Path, imported: &mut Imported) {
    for suite in entities(folder, "Test Suites", "ts") {
        let own = suite.integrations.iter();
        let places: Vec<String> = own
            .filter(|integration| integration.product == "qTest")
            .flat_map(|integration| integration.entries.values())
            .filter_map(|text| serde_json::from_str(text).ok())
            .filter(|value: &Value| value.get("default") == Some(&Value::Bool(true)))
            .map(|value| place(&value))
            .collect();
        if !places.is_empty() {
            imported.notes.push(format!(
                "qTest: `{}` is mapped to {}; skipped: handin puts results where `qtest.release`, `qtest.cycle` and `qtest.suite` say",
                suite.id,
                places.join(", ")
            ));
        }
    }
}

/// Describes where a suite is on qTest.
fn place(value: &Value) -> String {
    let text = |value: &Value, key: &str| scalar(value, key);
    let parent = value.get("parent");
    let above = parent.and_then(|parent| text(parent, "parentName"));
    let parent = parent.and_then(|parent| text(parent, "name"));
    let own = text(value, "pid").into_iter().chain(text(value, "name"));
    let path: Vec<String> = above
        .into_iter()
        .chain(parent)
        .chain([own.collect::<Vec<_>>().join(" ")])
        .collect();
    format!("suite `{}`", path.join(" / "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_quotes_become_double_ones_and_those_inside_of_a_name_stay() {
        let read = project(
            "{'testCaseFolderMappeds':['Test Cases', 'Test Cases/Men's'],'name':'Men's \"shop\"','id':7}",
        );
        assert_eq!(
            read,
            Some(Project {
                id: "7".to_owned(),
                name: "Men's \"shop\"".to_owned(),
                folders: Some(vec!["Test Cases".to_owned(), "Test Cases/Men's".to_owned()]),
            })
        );
    }
}
