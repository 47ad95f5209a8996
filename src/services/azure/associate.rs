//! Marking cases as automated, by the name of the test that automates them.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::api::Endpoints;
use super::text::{FIELD_LIMIT, cut, one_line};
use super::wire::WorkItem;
use super::{Azure, lookup, payload};
use crate::journal::Journal;
use crate::mapping::CaseId;
use crate::model::TestCase;
use crate::plan::{KeyParts, SubmissionKey};
use crate::services::ServiceError;
use crate::services::engine::{Write, WriteError, Writer};
use crate::transport::{Delivery, Effect, Problem, TransportError};

/// The name of the write, as the journal has it, without what follows in brackets.
pub const ASSOCIATE: &str = "azure.associate";

const NAME: &str = "Microsoft.VSTS.TCM.AutomatedTestName";
const STORAGE: &str = "Microsoft.VSTS.TCM.AutomatedTestStorage";
const KIND: &str = "Microsoft.VSTS.TCM.AutomatedTestType";
pub(super) const ID: &str = "Microsoft.VSTS.TCM.AutomatedTestId";
const STATUS: &str = "Microsoft.VSTS.TCM.AutomationStatus";

/// A case and the test that automates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The case.
    pub case: CaseId,
    /// The test's name, as a runner knows it.
    pub test: String,
    /// Where the test stands: a file, a suite.
    pub storage: Option<String>,
    /// The id of the test, by which a case that it automates is found.
    pub id: String,
}

impl Association {
    /// Returns the association of a case with a test of a report.
    pub fn of(case: CaseId, test: &TestCase) -> Self {
        let field = |text: &str| cut(&one_line(text), FIELD_LIMIT);
        Self {
            case,
            test: field(&payload::automated_name(test)),
            storage: payload::storage(test).map(|text| field(&text)),
            id: mark_of(test),
        }
    }
}

/// What became of an association.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Associated {
    /// The case.
    pub case: CaseId,
    /// The test's name.
    pub test: String,
    /// How it stands.
    pub state: AssociationState,
    /// The test that the case was associated with before, where that was another one.
    pub before: Option<String>,
    /// Why it could not be done.
    pub message: Option<String>,
}

impl Associated {
    fn may_be_written(&self) -> bool {
        matches!(
            self.state,
            AssociationState::Done | AssociationState::Uncertain
        )
    }
}

/// How an association stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AssociationState {
    /// The case was associated with this test before.
    Known,
    /// It is associated now.
    Done,
    /// The service would do it; nothing was changed.
    Planned,
    /// It cannot be done, or the service refused it; nothing was changed.
    Refused,
    /// No answer came: it may have been done. Doing it again does no harm.
    Uncertain,
}

impl Azure {
    /// Marks cases as automated. With [`Effect::Read`] the service is only asked whether it would take the change.
    ///
    /// Doing it again changes nothing. A case given with several tests is refused: Azure keeps one test for a case.
    ///
    /// # Errors
    ///
    /// When the service cannot be asked at all, or the credential is refused. What happened to each case is in the answer.
    pub fn associate(
        &self,
        associations: &[Association],
        effect: Effect,
        journal: &Journal,
    ) -> Result<Vec<Associated>, ServiceError> {
        let ids: Vec<CaseId> = associations.iter().map(|one| one.case.clone()).collect();
        let kinds = lookup::cases(self, &ids)?;
        let is_case: HashMap<&CaseId, bool> = kinds
            .iter()
            .map(|case| (&case.id, case.is_test_case))
            .collect();
        let mut numbers: Vec<u64> = ids.iter().filter_map(lookup::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let items = lookup::work_items(self, &numbers)?;
        let items: HashMap<u64, &WorkItem> = items.iter().map(|item| (item.id.0, item)).collect();
        let mut answers = Vec::with_capacity(associations.len());
        for one in associations {
            let number = lookup::number(&one.case);
            let item = number.and_then(|number| items.get(&number).copied());
            let known = CaseId(number.unwrap_or_default().to_string());
            let answer = match (item, is_case.get(&known)) {
                _ if tests_of(associations, &one.case) > 1 => {
                    refused(one, "several tests are mapped to it, and Azure keeps one")
                }
                (Some(item), Some(true)) => match self.associate_one(one, item, effect, journal) {
                    Ok(answer) => answer,
                    Err(error) => return ended(answers, associations, error),
                },
                (Some(_), _) => refused(one, "it is not a test case"),
                (None, _) => refused(one, "it does not exist, or this account may not see it"),
            };
            answers.push(answer);
        }
        Ok(answers)
    }

    fn associate_one(
        &self,
        one: &Association,
        item: &WorkItem,
        effect: Effect,
        journal: &Journal,
    ) -> Result<Associated, ServiceError> {
        let before = item.field(NAME).filter(|name| !name.is_empty());
        let automated = item.field(STATUS) == Some("Automated");
        let mut answer = Associated {
            case: one.case.clone(),
            test: one.test.clone(),
            state: AssociationState::Known,
            before: before.filter(|name| *name != one.test).map(str::to_owned),
            message: None,
        };
        if automated && before == Some(one.test.as_str()) {
            return Ok(answer);
        }
        match self.patch(one, item.id.0, effect, journal) {
            Ok(()) if effect == Effect::Read => answer.state = AssociationState::Planned,
            Ok(()) => answer.state = AssociationState::Done,
            Err(WriteError::Journal(error)) => return Err(error.into()),
            Err(WriteError::Transport(error)) if ends_all(&error) => return Err(error.into()),
            Err(WriteError::Transport(error)) => {
                answer.state = match error.delivery {
                    Delivery::Unknown => AssociationState::Uncertain,
                    Delivery::NotSent | Delivery::Refused => AssociationState::Refused,
                };
                answer.message = Some(error.reason());
            }
        }
        Ok(answer)
    }

    fn patch(
        &self,
        one: &Association,
        id: u64,
        effect: Effect,
        journal: &Journal,
    ) -> Result<(), WriteError> {
        let patch = patch(one);
        if effect == Effect::Read {
            let request = |endpoints: &Endpoints| endpoints.try_work_item(id, &patch);
            let answer = self.client.exchange(request);
            return answer.map(drop).map_err(WriteError::Transport);
        }
        let request = |endpoints: &Endpoints| endpoints.patch_work_item(id, &patch);
        let key = SubmissionKey::of(&KeyParts {
            target: &format!("{} associate", self.target.identity()),
            build: &one.test,
            ..KeyParts::default()
        });
        let items = [id.to_string()];
        let write = Write {
            word: ASSOCIATE,
            items: &items,
        };
        let writer = Writer::new(journal, &key, self.client.transport());
        self.client.write(&writer, write, request)
    }
}

/// Ends with the error where nothing can have been written before it; else tells what came of each case.
fn ended(
    mut answers: Vec<Associated>,
    associations: &[Association],
    error: ServiceError,
) -> Result<Vec<Associated>, ServiceError> {
    if !answers.iter().any(Associated::may_be_written) {
        return Err(error);
    }
    let reached = answers.len();
    let rest = associations.get(reached..).unwrap_or_default();
    answers.extend(
        rest.iter()
            .map(|one| refused(one, &format!("not done: {error}"))),
    );
    let unknown =
        matches!(error, ServiceError::Transport(error) if error.delivery == Delivery::Unknown);
    if let (true, Some(answer)) = (unknown, answers.get_mut(reached)) {
        answer.state = AssociationState::Uncertain;
    }
    Ok(answers)
}

/// Returns whether there is no use in going on with the next case.
fn ends_all(error: &TransportError) -> bool {
    error.is_authentication()
        || matches!(
            error.problem,
            Problem::Status { status: 403, .. }
                | Problem::Credential(_)
                | Problem::ReadOnly
                | Problem::Interrupted
                | Problem::Deadline
                | Problem::Connect(_)
        )
}

fn tests_of(associations: &[Association], case: &CaseId) -> usize {
    let mut tests: Vec<&str> = associations
        .iter()
        .filter(|one| one.case == *case)
        .map(|one| one.test.as_str())
        .collect();
    tests.sort_unstable();
    tests.dedup();
    tests.len()
}

fn refused(one: &Association, why: &str) -> Associated {
    Associated {
        case: one.case.clone(),
        test: one.test.clone(),
        state: AssociationState::Refused,
        before: None,
        message: Some(format!("case {}: {why}", one.case)),
    }
}

/// Azure: the status alone may be refused by the rules of the process, so all fields go together (docs: Work Items – Update).
fn patch(one: &Association) -> Value {
    Value::Array(automation(one))
}

/// Returns the operations that say of a case which test automates it.
pub(super) fn automation(one: &Association) -> Vec<Value> {
    let field = |name: &str, value: &str| json!({"op": "add", "path": format!("/fields/{name}"), "value": value});
    let storage = one.storage.as_deref().map(|text| field(STORAGE, text));
    let operations = [field(NAME, &one.test)].into_iter().chain(storage).chain([
        field(KIND, "JUnit"),
        field(ID, &one.id),
        field(STATUS, "Automated"),
    ]);
    operations.collect()
}

/// Returns the id of the test, by which a case that it automates is found.
pub(super) fn mark_of(test: &TestCase) -> String {
    guid(&payload::automated_name(test))
}

/// Returns an id that is the same for the same test, on any machine.
fn guid(test: &str) -> String {
    let digest = Sha256::digest(test.as_bytes());
    let mut id = String::new();
    for (index, byte) in digest.iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        // Writing to a `String` cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_test_is_a_guid_that_stays_the_same() {
        let id = guid("shop.LoginTest.valid user");
        assert_eq!(id, guid("shop.LoginTest.valid user"));
        assert_ne!(id, guid("shop.LoginTest.wrong user"));
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }

    #[test]
    fn the_status_goes_with_the_name_that_justifies_it() {
        let one = Association {
            case: CaseId("7".to_owned()),
            test: "shop.LoginTest.valid user".to_owned(),
            storage: None,
            id: guid("shop.LoginTest.valid user"),
        };
        let patch = patch(&one);
        let paths: Vec<&str> = patch
            .as_array()
            .unwrap()
            .iter()
            .map(|operation| operation["path"].as_str().unwrap())
            .collect();
        assert_eq!(
            paths,
            [NAME, KIND, ID, STATUS].map(|name| format!("/fields/{name}"))
        );
    }
}
