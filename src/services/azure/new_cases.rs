//! Test cases for tests that have none: made once, and found again by the id of the test that automates them.
//!
//! Azure keeps with a case which test automates it. The id of that test is the case's mark: it says the same on every machine and in every
//! build, so that the test has the same case for ever.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::api::WORK_ITEMS_PER_CALL;
use super::associate::{Association, automation};
use super::ground::Ground;
use super::text::{FIELD_LIMIT, cut, one_line};
use super::wire::{Category, WorkItem, WorkItemReference};
use super::{Azure, lookup};
use crate::mapping::CaseId;
use crate::model::TestCase;
use crate::plan::SubmissionKey;
use crate::services::engine::{
    self, Backend, Candidate, Facts, JournalView, Kind, Limit, Refusal, Rivals, Rule, Standing,
    Step,
};
use crate::services::{Receipt, ServiceError, State};
use crate::transport::{Response, Transport, TransportError, WriteRequest};

/// So many cases are added to a suite by one call.
const ADDED: usize = 100;

/// What new cases get, beside what their tests say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFields {
    /// The area path.
    pub area: Option<String>,
    /// The iteration path.
    pub iteration: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Further fields, as `Reference.Name=value`.
    pub fields: Vec<String>,
}

impl CaseFields {
    /// Returns the further fields by their reference names.
    ///
    /// # Errors
    ///
    /// When one of them is not written as that.
    pub(super) fn named(&self) -> Result<Vec<(&str, &str)>, ServiceError> {
        let fields = self.fields.iter().map(|text| {
            let named = text.split_once('=');
            let named = named.filter(|(name, _)| !name.trim().is_empty());
            let (name, value) = named.ok_or_else(|| {
                ServiceError::setting(format!(
                    "`azure.new_cases.fields` has `{text}`, expected `Reference.Name=value`; nothing was written"
                ))
            })?;
            Ok((name.trim(), value.trim()))
        });
        fields.collect()
    }
}

/// A case that is to be made, or to be added to the suite where results go.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The id of the test that automates it.
    pub(super) mark: String,
    /// The test, for people.
    pub(super) test: String,
    title: String,
    automation: Association,
    /// The case, where it is there and lacks a test point.
    pub(super) case: Option<u64>,
    pub(super) ground: Arc<Ground>,
    /// Azure's word for how the test ended.
    pub(super) outcome: String,
}

impl Wanted {
    pub(super) fn of(test: &TestCase, ground: Arc<Ground>, outcome: String) -> Self {
        let automation = Association::of(CaseId(String::new()), test);
        let (key, name) = (test.key(), one_line(&test.name));
        let title = if name.is_empty() { key.as_str() } else { &name };
        Self {
            mark: automation.id.clone(),
            test: key.as_str().to_owned(),
            title: cut(title, FIELD_LIMIT),
            automation,
            case: None,
            ground,
            outcome,
        }
    }

    /// Returns the suite to which the case is added.
    pub(super) fn suite(&self) -> u64 {
        self.ground.suites.first().copied().unwrap_or_default()
    }

    /// Returns the document that makes the case. Azure: a title is wanted, everything else has a default (docs: Work Items – Create).
    fn document(&self, more: &CaseFields) -> Value {
        let field = |name: &str, value: &str| json!({"op": "add", "path": format!("/fields/{name}"), "value": value});
        let mut operations = vec![field("System.Title", &self.title)];
        let paths = [
            ("System.AreaPath", &more.area),
            ("System.IterationPath", &more.iteration),
        ];
        operations.extend(
            paths
                .into_iter()
                .filter_map(|(name, path)| Some(field(name, path.as_deref()?))),
        );
        if !more.tags.is_empty() {
            operations.push(field("System.Tags", &more.tags.join("; ")));
        }
        let fields = more.named().unwrap_or_default().into_iter();
        operations.extend(fields.map(|(name, value)| field(name, value)));
        operations.extend(automation(&self.automation));
        Value::Array(operations)
    }
}

/// Finds the cases that these tests automate, the oldest first. Reads only.
pub(super) fn find(
    azure: &Azure,
    marks: &[&str],
) -> Result<HashMap<String, Vec<u64>>, TransportError> {
    let chunks: Vec<&[&str]> = marks.chunks(WORK_ITEMS_PER_CALL).collect();
    let answers = engine::each(azure.workers(), &chunks, |chunk| {
        let found: QueryAnswer = azure
            .client
            .get(|endpoints| endpoints.cases_automated_by(chunk))?;
        Ok::<_, TransportError>(found.work_items)
    })?;
    let ids: Vec<u64> = answers
        .into_iter()
        .flatten()
        .map(|item| item.id.0)
        .collect();
    let items = lookup::work_items(azure, &ids)?;
    Ok(by_mark(items, &marks.iter().copied().collect()))
}

/// The answer to a query of work items.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryAnswer {
    work_items: Vec<WorkItemReference>,
}

fn by_mark(items: Vec<WorkItem>, marks: &HashSet<&str>) -> HashMap<String, Vec<u64>> {
    let mut found: HashMap<String, Vec<u64>> = HashMap::new();
    for item in items {
        // Some processes write ids in capitals, or in braces.
        let mark = item.field(super::associate::ID).unwrap_or_default();
        let mark = mark.trim_matches(['{', '}']).to_lowercase();
        if marks.contains(mark.as_str()) {
            found.entry(mark).or_default().push(item.id.0);
        }
    }
    for cases in found.values_mut() {
        cases.sort_unstable();
        cases.dedup();
    }
    found
}

/// A kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Create,
    /// Adds cases to a suite, which gives them test points. Azure refuses a case that is in it already.
    Add,
    Delete,
}

impl Kind for Change {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "azure.create_case",
            Self::Add => "azure.add_cases",
            Self::Delete => "azure.delete_case",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Create => Rule::Create,
            Self::Add => Rule::Append,
            Self::Delete => Rule::Set,
        }
    }
}

/// The cases that tests lack, on their way.
#[derive(Debug)]
pub(super) struct NewCases<'a> {
    azure: &'a Azure,
    wanted: &'a [Wanted],
    fields: CaseFields,
    /// By mark, the oldest first.
    found: HashMap<String, Vec<u64>>,
    /// The marks of the cases that have a test point where results go.
    placed: HashSet<String>,
    /// The name of the work item type: it is translated.
    kind: String,
    /// What this call made, by mark.
    made: BTreeMap<u64, String>,
    /// What an earlier call of this machine made, by the journal's word.
    noted: Vec<u64>,
}

impl<'a> NewCases<'a> {
    pub(super) fn new(azure: &'a Azure, wanted: &'a [Wanted]) -> Self {
        Self {
            azure,
            wanted,
            fields: azure.target.new_cases.clone(),
            found: HashMap::new(),
            placed: HashSet::new(),
            kind: String::new(),
            made: BTreeMap::new(),
            noted: Vec::new(),
        }
    }

    /// Returns the case of each test, by its mark.
    pub(super) fn cases(&self) -> HashMap<String, u64> {
        let wanted = self.wanted.iter();
        wanted
            .filter_map(|wanted| Some((wanted.mark.clone(), self.case(&wanted.mark)?)))
            .collect()
    }

    fn case(&self, mark: &str) -> Option<u64> {
        self.found.get(mark)?.first().copied()
    }

    fn wanted(&self, mark: &str) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.mark == mark)
    }

    /// Looks which cases there are: by a query, and by the ids that are known, which a query may not show yet.
    fn read_cases(&mut self) -> Result<(), ServiceError> {
        let marks: Vec<&str> = self.wanted.iter().map(|it| it.mark.as_str()).collect();
        let mut found = find(self.azure, &marks)?;
        let listed: HashSet<u64> = found.values().flatten().copied().collect();
        let mut unlisted: Vec<u64> = self.noted.iter().chain(self.made.keys()).copied().collect();
        unlisted.extend(self.wanted.iter().filter_map(|wanted| wanted.case));
        unlisted.retain(|id| !listed.contains(id));
        unlisted.sort_unstable();
        unlisted.dedup();
        let items = lookup::work_items(self.azure, &unlisted)?;
        for (mark, ids) in by_mark(items, &marks.into_iter().collect()) {
            let all = found.entry(mark).or_default();
            all.extend(ids);
            all.sort_unstable();
        }
        self.found = found;
        Ok(())
    }

    /// Looks which of the cases have a test point where results go.
    fn read_points(&mut self) -> Result<(), ServiceError> {
        let mut by_ground: BTreeMap<(u64, u64), Vec<&Wanted>> = BTreeMap::new();
        for wanted in self.wanted {
            let place = (wanted.ground.plan.id.0, wanted.suite());
            by_ground.entry(place).or_default().push(wanted);
        }
        let mut placed = HashSet::new();
        for of_ground in by_ground.into_values() {
            let ids: Vec<u64> = of_ground
                .iter()
                .flat_map(|wanted| self.found.get(&wanted.mark).into_iter().flatten().copied())
                .collect();
            let Some(first) = of_ground.first().filter(|_| !ids.is_empty()) else {
                continue;
            };
            let points = first.ground.anew().points(self.azure, &ids)?;
            for wanted in of_ground {
                let mut cases = self.found.get(&wanted.mark).into_iter().flatten();
                let place = cases.find(|case| !points.of(**case).is_empty()).copied();
                if let Some(case) = place {
                    let clock = self.azure.client.clock();
                    wanted.ground.learn(clock, case, points.of(case));
                    // One that results go to already counts before an older one.
                    if let Some(all) = self.found.get_mut(&wanted.mark) {
                        all.sort_unstable_by_key(|id| (*id != case, *id));
                    }
                    placed.insert(wanted.mark.clone());
                }
            }
        }
        self.placed = placed;
        Ok(())
    }

    /// Returns whether this machine made a case.
    fn is_ours(&self, case: u64) -> bool {
        self.made.contains_key(&case) || self.noted.contains(&case)
    }

    /// Returns the case that each item stands for.
    fn ids(&self, items: &[String]) -> Vec<u64> {
        items.iter().filter_map(|mark| self.case(mark)).collect()
    }
}

impl Backend for NewCases<'_> {
    type Kind = Change;

    /// One for the project: two submissions want the same case for the same test.
    fn key(&self) -> SubmissionKey {
        let client = &self.azure.client;
        let project = client.project().to_lowercase();
        SubmissionKey::of_target(&format!("azure {} {project} cases", client.base()))
    }

    fn transport(&self) -> &Transport {
        self.azure.client.transport()
    }

    fn settle(&self) -> Duration {
        self.azure.target.settle
    }

    fn jobs(&self, kind: Change) -> usize {
        match kind {
            Change::Create => self.azure.target.jobs,
            Change::Add | Change::Delete => 1,
        }
    }

    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError> {
        let marks: HashSet<&str> = self.wanted.iter().map(|it| it.mark.as_str()).collect();
        let noted =
            known
                .all(Change::Create.word())
                .filter_map(|(item, standing)| match standing {
                    Standing::Done(_, detail) if marks.contains(item) => {
                        detail.get("case")?.as_u64()
                    }
                    Standing::Done(..)
                    | Standing::Untouched
                    | Standing::Open(_)
                    | Standing::Abandoned => None,
                });
        self.noted = noted.collect();
        self.read_cases()?;
        if self.found.len() < self.wanted.len() && self.kind.is_empty() {
            let category: Category = self
                .azure
                .client
                .get(super::api::Endpoints::case_category)?;
            self.kind = category.usual();
        }
        self.read_points()
    }

    fn missing(&self) -> Vec<Step<Change>> {
        let new = self
            .wanted
            .iter()
            .filter(|wanted| self.case(&wanted.mark).is_none());
        let steps: Vec<Step<Change>> = new
            .map(|wanted| Step::one(Change::Create, wanted.mark.clone()))
            .collect();
        if !steps.is_empty() {
            return steps;
        }
        let mut by_suite: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
        for wanted in self.wanted {
            if !self.placed.contains(&wanted.mark) {
                let suite = (wanted.ground.plan.id.0, wanted.suite());
                by_suite.entry(suite).or_default().push(wanted.mark.clone());
            }
        }
        let lists = by_suite.into_values();
        lists.map(|marks| Step::many(Change::Add, marks)).collect()
    }

    fn limit(&self, kind: Change) -> Limit {
        match kind {
            Change::Add => Limit {
                count: ADDED,
                ..Limit::default()
            },
            Change::Create | Change::Delete => Limit::default(),
        }
    }

    fn request(&self, step: &Step<Change>) -> Result<WriteRequest, ServiceError> {
        let endpoints = self.azure.client.endpoints();
        let gone = || ServiceError::local(format!("nothing is known of {}", step.item()));
        Ok(match step.kind {
            Change::Create => {
                let wanted = self.wanted(step.item()).ok_or_else(gone)?;
                endpoints.create_case(&self.kind, &wanted.document(&self.fields))
            }
            Change::Add => {
                let wanted = self.wanted(step.item()).ok_or_else(gone)?;
                let place = (wanted.ground.plan.id.0, wanted.suite());
                endpoints.add_cases(place, wanted.ground.configuration, &self.ids(&step.items))
            }
            Change::Delete => endpoints.delete_case(step.item().parse().unwrap_or_default()),
        })
    }

    fn accept(&mut self, step: &Step<Change>, answer: &Response) -> Result<Value, TransportError> {
        match step.kind {
            Change::Create => {
                let item: WorkItem = answer.json()?;
                let (id, mark) = (item.id.0, step.item().to_owned());
                self.made.insert(id, mark.clone());
                self.found.entry(mark).or_default().push(id);
                Ok(json!({"case": id}))
            }
            Change::Add => {
                self.placed.extend(step.items.iter().cloned());
                Ok(Value::Null)
            }
            Change::Delete => Ok(Value::Null),
        }
    }

    /// A suite takes a case once: another process may have added it meanwhile.
    fn refused(&mut self, step: &Step<Change>, _error: &TransportError) -> Refusal {
        if step.kind != Change::Add {
            return Refusal::Stops;
        }
        let is_read = self.read_points().is_ok();
        if is_read && step.items.iter().any(|mark| self.placed.contains(mark)) {
            Refusal::IsNoted
        } else {
            Refusal::Stops
        }
    }

    fn observe_rivals(&mut self, _kinds: &[Change]) -> Result<(), ServiceError> {
        self.read_cases()
    }

    fn rivals(&self) -> Vec<Rivals<Change>> {
        let several = self
            .wanted
            .iter()
            .filter_map(|wanted| Some((wanted, self.found.get(&wanted.mark)?)))
            .filter(|(_, cases)| cases.len() > 1);
        several
            .map(|(wanted, cases)| Rivals {
                item: wanted.mark.clone(),
                what: format!("test cases for `{}`", wanted.test),
                retract: Change::Delete,
                candidates: cases
                    .iter()
                    .map(|case| {
                        let is_first = cases.first() == Some(case);
                        let is_complete = is_first && self.placed.contains(&wanted.mark);
                        Candidate {
                            id: *case,
                            is_complete,
                            may_retract: self.is_ours(*case) && !is_complete,
                            holds_results: false,
                        }
                    })
                    .collect(),
            })
            .collect()
    }

    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Change>> {
        self.found.insert(item.to_owned(), vec![winner]);
        Vec::new()
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for wanted in self.wanted {
            match (self.case(&wanted.mark), self.placed.contains(&wanted.mark)) {
                (Some(_), true) => facts.stands += 1,
                (Some(case), false) => facts
                    .missing
                    .push(format!("a test point for case {case} of `{}`", wanted.test)),
                (None, _) => facts
                    .missing
                    .push(format!("a test case for `{}`", wanted.test)),
            }
        }
        facts
    }

    fn receipt(&self) -> Receipt {
        let mut receipt = Receipt::new(State::Known);
        let ids: BTreeSet<u64> = self
            .made
            .iter()
            .filter(|(id, mark)| self.case(mark.as_str()) == Some(**id))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            receipt.note("case", &id);
        }
        receipt
    }

    fn stage(&self, kind: Change) -> Option<&'static str> {
        match kind {
            Change::Create => Some("Creating test cases"),
            Change::Add => Some("Adding test cases to their suite"),
            Change::Delete => None,
        }
    }

    fn title(&self, kind: Change, item: &str) -> String {
        let test = self.wanted(item).map_or(item, |wanted| &wanted.test);
        match kind {
            Change::Create => format!("a test case for `{test}`"),
            Change::Add => format!("a test point for `{test}`"),
            Change::Delete => format!("case {item}"),
        }
    }
}
