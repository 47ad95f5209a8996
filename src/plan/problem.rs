//! Why something cannot be handed in as it stands.

use serde::Serialize;

use crate::mapping::CaseId;
use crate::model::TestKey;

/// What kind of obstacle it is. Policies and the exit code go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// No case is known for a test.
    Unmapped,
    /// The mapped case does not exist, or cannot be seen.
    MissingCase,
    /// The mapped item exists and is not a test case.
    NotATestCase,
    /// The case is not where the results go: not in the plan, not in the configuration.
    NotInPlan,
    /// Several places could take the result.
    Ambiguous,
    /// The service's own switches or fields do not allow it.
    NotReady,
    /// A setting does not fit what the service has.
    Setting,
    /// A mapped test that no report has.
    Vanished,
    /// What could not be checked without writing.
    NotChecked,
}

impl ProblemKind {
    /// Returns whether this says only what could not be looked at, rather than what is wrong.
    pub fn is_notice(self) -> bool {
        matches!(self, Self::NotChecked)
    }
}

/// An obstacle, with what a person needs to remove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanProblem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// The test, where it is about one.
    pub test: Option<TestKey>,
    /// The case, where it is about one.
    pub case: Option<CaseId>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl PlanProblem {
    /// Returns a problem that is about no single test.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            test: None,
            case: None,
            message: message.into(),
            hint: None,
        }
    }

    /// Returns whether it is about the submission as a whole: the project, the plan, a setting.
    pub fn is_about_all(&self) -> bool {
        self.test.is_none() && self.case.is_none()
    }

    /// Names the test.
    #[must_use]
    pub fn test(mut self, test: &TestKey) -> Self {
        self.test = Some(test.clone());
        self
    }

    /// Names the case.
    #[must_use]
    pub fn case(mut self, case: &CaseId) -> Self {
        self.case = Some(case.clone());
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
