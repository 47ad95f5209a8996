//! The report of a collection repeats what the reports of its suites hold: the same tests must not count twice.

use std::collections::HashSet;

use super::REPORT;
use crate::report::xml::{Node, Xml};
use crate::report::{Note, Source};

/// How many suites a collection is searched for.
const SUITES: usize = 1000;

/// Leaves out what Studio's Cucumber keyword writes into the folder of a report: the report has those tests already.
pub(in crate::report) fn without_cucumber(sources: &mut Vec<Source>, notes: &mut Vec<Note>) {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let reports = sources.iter().filter(|source| source.is_named(REPORT));
    let folders: HashSet<String> = reports.map(|source| folder(source.display())).collect();
    if folders.is_empty() {
        return;
    }
    sources.retain(|source| {
        let (path, name) = match source.display().rsplit_once('/') {
            Some((path, name)) => (path, name),
            None => ("", source.display()),
        };
        let is_cucumber = matches!(
            name,
            "cucumber.xml" | "cucumber.json" | "k-cucumber.json" | "cucumber.ndjson"
        );
        let mut around = std::iter::successors(Some(path), |path| {
            path.rsplit_once('/').map(|(outer, _)| outer)
        });
        let is_part = is_cucumber && around.any(|folder| folders.contains(folder));
        if is_part {
            notes.push(Note {
                path: source.display().to_owned(),
                message: String::from(
                    "skipped, so that no test is counted twice: it is part of the Katalon report in its folder",
                ),
            });
        }
        !is_part
    });
}

/// Leaves out reports of collections whose suites are all there too, or the suites where some are missing.
pub(in crate::report) fn without_repeats(sources: &mut Vec<Source>, notes: &mut Vec<Note>) {
    let candidates: Vec<usize> = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| source.is_named(REPORT))
        .map(|(index, _)| index)
        .collect();
    if candidates.len() < 2 {
        return;
    }
    let reports: Vec<(usize, Vec<Suite>)> = candidates
        .into_iter()
        .filter_map(|index| Some((index, suites(sources.get(index)?)?)))
        .collect();
    let mut repeats = HashSet::new();
    for (collection, inside) in reports.iter().filter(|(_, suites)| suites.len() > 1) {
        let parts: Vec<usize> = reports
            .iter()
            .filter(|(index, suites)| {
                index != collection
                    && matches!(suites.as_slice(), [suite] if inside.contains(suite))
            })
            .map(|(index, _)| *index)
            .collect();
        if parts.len() >= inside.len() {
            repeats.insert(*collection);
            note(
                notes,
                sources.get(*collection),
                "a collection, whose suites are all there with reports of their own",
            );
        } else {
            for part in parts {
                repeats.insert(part);
                note(
                    notes,
                    sources.get(part),
                    "a suite, which the report of its collection holds too",
                );
            }
        }
    }
    let mut index = 0;
    sources.retain(|_| {
        index += 1;
        !repeats.contains(&(index - 1))
    });
}

fn note(notes: &mut Vec<Note>, source: Option<&Source>, what: &str) {
    if let Some(source) = source {
        notes.push(Note {
            path: source.display().to_owned(),
            message: format!(
                "skipped, so that no test is counted twice: this is the report of {what}"
            ),
        });
    }
}

/// What tells a run of a suite from all others.
#[derive(Debug, PartialEq, Eq)]
struct Suite {
    id: String,
    timestamp: String,
}

/// Returns the outermost suites of a Katalon report; `None` for anything else.
fn suites(source: &Source) -> Option<Vec<Suite>> {
    let mut xml = Xml::new(source.open().ok()?).ok()?;
    let mut found = Vec::new();
    while found.len() < SUITES {
        match xml.next().ok()? {
            Node::Open(tag) if tag.name() == "testsuite" => {
                let text = |name| tag.get(name).unwrap_or_default().into_owned();
                let id = text("id");
                if !id.starts_with("Test Suites/") {
                    return None;
                }
                found.push(Suite {
                    id,
                    timestamp: text("timestamp"),
                });
            }
            Node::End => break,
            Node::Open(_) | Node::Close | Node::Text(_) => {}
        }
    }
    Some(found)
}
