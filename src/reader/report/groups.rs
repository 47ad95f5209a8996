//! Suites in suites, as Playwright and mochawesome nest them: each has a title and a file, which may stand behind what it holds.

use std::sync::Arc;

use super::Source;
use super::json::{Heads, Json};
use crate::model::TestSuite;

/// The members by which a suite is known.
const KNOWN_BY: [&str; 2] = ["title", "file"];

/// The suites that are open, the outermost first.
pub(super) struct Groups {
    open: Vec<Group>,
    /// How many suites have begun.
    begun: usize,
    /// How many of them hold tests, themselves or in suites inside them.
    pub(super) count: u64,
    heads: Heads,
}

#[derive(Debug, Default)]
struct Group {
    /// How many suites of the document began before it.
    number: usize,
    title: String,
    file: Option<String>,
    /// How much of [`KNOWN_BY`] was told.
    told: usize,
    made: Option<Arc<TestSuite>>,
}

impl Groups {
    /// Begins with a document whose suites are listed in `lists`, wherever these stand, and say who they are in `head`.
    pub(super) fn new(
        source: &Source,
        lists: &'static [&'static str],
        head: &'static [&'static str],
    ) -> Self {
        Self {
            open: Vec::new(),
            begun: 0,
            count: 0,
            heads: Heads::new(source, lists, head),
        }
    }

    pub(super) fn begin(&mut self) {
        self.open.push(Group {
            number: self.begun,
            ..Group::default()
        });
        self.begun += 1;
    }

    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Takes a member of the innermost suite; `file` makes a path of its value.
    pub(super) fn say(&mut self, name: &str, value: &Json, file: impl FnOnce(&str) -> String) {
        let Some(group) = self.open.last_mut() else {
            return;
        };
        group.told += usize::from(KNOWN_BY.contains(&name));
        let Some(text) = value.text() else {
            return;
        };
        if name == "title" {
            text.clone_into(&mut group.title);
        } else if name == "file" || group.file.is_none() {
            group.file = Some(file(text));
        }
    }

    /// Returns what the innermost suite says of itself behind what it holds.
    pub(super) fn behind(&mut self) -> Json {
        let group = self.open.last_mut();
        match group.filter(|group| group.told < KNOWN_BY.len()) {
            Some(group) => {
                group.told = KNOWN_BY.len();
                self.heads.take(group.number)
            }
            None => Json::Null,
        }
    }

    /// Returns the titles of the suites, the outermost first; blank ones too.
    pub(super) fn titles(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(|group| group.title.as_str())
    }

    /// Returns whether the outermost suite is one of a file.
    pub(super) fn is_of_file(&self) -> bool {
        self.open.first().is_some_and(|group| group.file.is_some())
    }

    /// Returns the suite that the tests stand in now.
    pub(super) fn suite(&mut self) -> Arc<TestSuite> {
        let mut parent: Option<Arc<TestSuite>> = None;
        for group in &mut self.open {
            let count = &mut self.count;
            let made = group.made.get_or_insert_with(|| {
                *count += 1;
                let inherited = parent.as_ref().and_then(|parent| parent.file.clone());
                Arc::new(TestSuite {
                    name: group.title.clone(),
                    parent: parent.clone(),
                    file: group.file.clone().or(inherited),
                    ..TestSuite::default()
                })
            });
            parent = Some(Arc::clone(made));
        }
        parent.unwrap_or_default()
    }
}
