//! The cases of a service by title and by automated name.

use std::collections::HashMap;

use super::CaseId;
use crate::model::TestCase;

/// Finds cases by their title, or by the test that the service knows to automate them. A name that several cases share finds
/// none: nobody guesses.
#[derive(Debug, Clone, Default)]
pub struct TitleIndex {
    titles: HashMap<String, Found>,
    automated: HashMap<String, Found>,
}

#[derive(Debug, Clone)]
enum Found {
    One(CaseId),
    Several,
}

impl TitleIndex {
    /// Takes a case in.
    pub fn add(&mut self, id: &CaseId, title: &str, automated_name: Option<&str>) {
        insert(&mut self.titles, title, id);
        if let Some(name) = automated_name {
            insert(&mut self.automated, name, id);
        }
    }

    pub(super) fn titled(&self, case: &TestCase) -> Option<&CaseId> {
        only(&self.titles, &case.name)
    }

    pub(super) fn automated_by(&self, case: &TestCase) -> Option<&CaseId> {
        let class = case.class_name.as_deref().unwrap_or_default();
        [".", "#", "::"]
            .iter()
            .find_map(|separator| {
                only(&self.automated, &format!("{class}{separator}{}", case.name))
            })
            .or_else(|| only(&self.automated, case.key().as_str()))
    }
}

fn insert(index: &mut HashMap<String, Found>, name: &str, id: &CaseId) {
    let name = folded(name);
    if name.is_empty() {
        return;
    }
    index
        .entry(name)
        .and_modify(|found| {
            if !matches!(found, Found::One(known) if known == id) {
                *found = Found::Several;
            }
        })
        .or_insert_with(|| Found::One(id.clone()));
}

fn only<'a>(index: &'a HashMap<String, Found>, name: &str) -> Option<&'a CaseId> {
    match index.get(&folded(name))? {
        Found::One(id) => Some(id),
        Found::Several => None,
    }
}

/// White space does not count, letter case does.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
