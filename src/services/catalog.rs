//! What can be looked up. Nothing here can write.

use serde::Serialize;

use super::ServiceError;
use crate::mapping::CaseId;
use crate::model::ServiceName;

/// Looks things up on a service.
pub trait Catalog {
    /// Returns the account of the credential, which also proves that it works.
    fn account(&self) -> Result<Account, ServiceError>;

    /// Lists what is below a place: projects at the root, then whatever the service has (plans, suites, cycles, teams, …).
    ///
    /// Each part of `path` is an id or an exact name.
    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError>;

    /// Looks cases up by id. One that does not exist, or cannot be seen, is left out of the answer.
    fn cases(&self, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError>;

    /// Lists every case that results could go to, for titles and coverage: those of the plan, the project or the module that
    /// the settings name.
    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError>;
}

/// Returns the command that lists what is below a place, as a shell takes it: `handin projects azure 'Web shop' 100`.
pub fn listing(service: ServiceName, path: &[&str]) -> String {
    let is_bare = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let parts = path.iter().map(|part| {
        if !part.is_empty() && part.chars().all(is_bare) {
            format!(" {part}")
        } else {
            format!(" '{}'", part.replace('\'', r"'\''"))
        }
    });
    format!("handin projects {service}{}", parts.collect::<String>())
}

/// Who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The name that people know.
    pub name: String,
    /// Another name, such as an e-mail address.
    pub login: Option<String>,
    /// Facts worth showing, such as the organisations, the token's validity, the server's version.
    pub facts: Vec<(String, String)>,
}

/// Something in the tree of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its id on the service.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A short remark: a state, a type, a date.
    pub note: Option<String>,
    /// What is below it, where the service gave that along.
    pub children: Vec<Node>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// An organisation.
    Organization,
    /// A team.
    Team,
    /// A project.
    Project,
    /// A test plan.
    Plan,
    /// A test suite.
    Suite,
    /// A test configuration.
    Configuration,
    /// A release.
    Release,
    /// A test cycle.
    Cycle,
    /// A module of test cases.
    Module,
    /// A test case.
    Case,
    /// A run of the past.
    Run,
    /// A result of a run.
    Result,
}

/// A case as the service has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemoteCase {
    /// Its id, as a mapping writes it.
    pub id: CaseId,
    /// Its title.
    pub title: String,
    /// Where it stands, as people would write the path.
    pub place: Option<String>,
    /// The name of the automated test that the service already knows for it.
    pub automated_name: Option<String>,
    /// Its state, where the service has states.
    pub state: Option<String>,
    /// Whether it is a test case at all.
    pub is_test_case: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_lists_quotes_what_a_shell_would_take_apart() {
        let of = |path: &[&str]| listing(ServiceName::Azure, path);
        assert_eq!(of(&[]), "handin projects azure");
        assert_eq!(of(&["Shop", "100"]), "handin projects azure Shop 100");
        assert_eq!(of(&["Web shop"]), "handin projects azure 'Web shop'");
        assert_eq!(of(&["Web/Shop"]), "handin projects azure 'Web/Shop'");
        assert_eq!(of(&["Bob's"]), r"handin projects azure 'Bob'\''s'");
    }
}
