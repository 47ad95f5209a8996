//! The cases of a service by title and by automated name.

use std::collections::HashMap;

use super::CaseId;
use crate::model::TestCase;

/// Finds cases by their title, or by the test that the service knows to automate them. A name that several cases share finds
/// none: nobody guesses.
#[derive(Debug, Clone, Default)]
pub struct TitleIndex {
    titles: HashMap<String, CasesOfTitle>,
    automated: HashMap<String, CasesOfTitle>,
}

#[derive(Debug, Clone)]
enum CasesOfTitle {
    One(CaseId),
    Several(Vec<CaseId>),
}

impl TitleIndex {
    /// Takes a case in.
    pub fn add(&mut self, id: &CaseId, title: &str, automated_name: Option<&str>) {
        insert(&mut self.titles, title, id);
        if let Some(name) = automated_name {
            insert(&mut self.automated, name, id);
        }
    }

    /// Returns the cases with the test's name as their title.
    pub(super) fn titled(&self, case: &TestCase) -> &[CaseId] {
        named(&self.titles, &case.name)
    }

    /// Returns the cases that the service knows to be automated by the test.
    pub(super) fn automated_by(&self, case: &TestCase) -> &[CaseId] {
        let class = case.class_name.as_deref().unwrap_or_default();
        let joined = [".", "#", "::"].map(|separator| format!("{class}{separator}{}", case.name));
        let names = joined.iter().map(String::as_str);
        names
            .map(|name| named(&self.automated, name))
            .find(|cases| !cases.is_empty())
            .unwrap_or_else(|| named(&self.automated, case.key().as_str()))
    }
}

fn insert(index: &mut HashMap<String, CasesOfTitle>, name: &str, id: &CaseId) {
    let name = folded(name);
    if name.is_empty() {
        return;
    }
    index
        .entry(name)
        .and_modify(|found| found.add(id))
        .or_insert_with(|| CasesOfTitle::One(id.clone()));
}

impl CasesOfTitle {
    fn add(&mut self, id: &CaseId) {
        match self {
            Self::One(known) if known == id => {}
            Self::One(known) => *self = Self::Several(vec![known.clone(), id.clone()]),
            Self::Several(known) if known.contains(id) => {}
            Self::Several(known) => known.push(id.clone()),
        }
    }

    fn cases(&self) -> &[CaseId] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Several(ids) => ids,
        }
    }
}

fn named<'a>(index: &'a HashMap<String, CasesOfTitle>, name: &str) -> &'a [CaseId] {
    index
        .get(&folded(name))
        .map(CasesOfTitle::cases)
        .unwrap_or_default()
}

/// White space does not count, letter case does.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
