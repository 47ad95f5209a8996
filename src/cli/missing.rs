//! What to do with tests whose case is not there, or not where results go.

use clap::Args;

use super::values;
use crate::model::ServiceName;
use crate::plan::ProblemKind;
use crate::services::Sections;
use crate::settings::{Choice as _, Override, Policy, Reaction};

/// What to do with tests whose case is not there.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct MissingArgs {
    /// What to do with a test case that does not exist
    #[arg(long = "on-missing-case", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    missing_case: Option<Reaction>,
    /// What to do with a test case that is not in the plan or suite (Azure)
    ///
    /// It is in another plan or suite, does not have the configuration, or its test names a plan or suite that does not exist.
    #[arg(long = "on-missing-point", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    missing_point: Option<Reaction>,
}

impl MissingArgs {
    /// Returns the settings that these flags give.
    pub(super) fn overrides(&self) -> impl Iterator<Item = Override> {
        let flags = [
            (
                "policy.on_missing_case",
                self.missing_case,
                "--on-missing-case",
            ),
            (
                "policy.on_missing_point",
                self.missing_point,
                "--on-missing-point",
            ),
        ];
        flags
            .into_iter()
            .filter_map(|(path, reaction, flag)| Some(Override::flag(path, reaction?.word(), flag)))
    }
}

/// Returns the reaction to a test whose case is missing, and its flag; `None` for problems of other kinds.
pub(super) fn reaction(policy: &Policy, kind: ProblemKind) -> Option<(Reaction, &'static str)> {
    match kind {
        ProblemKind::MissingCase | ProblemKind::NotATestCase => {
            Some((policy.on_missing_case, "--on-missing-case"))
        }
        ProblemKind::NotInPlan => Some((policy.on_missing_point, "--on-missing-point")),
        ProblemKind::Unmapped
        | ProblemKind::Ambiguous
        | ProblemKind::NotReady
        | ProblemKind::Setting
        | ProblemKind::Vanished
        | ProblemKind::NotChecked => None,
    }
}

/// Describes how to map tests to cases, or have cases created.
pub(super) fn how_to_map(service: ServiceName) -> String {
    told(service, "`handin map suggest` or `handin map set`")
}

/// Describes the same if titles were already compared without a match.
pub(super) fn how_to_map_by_hand(service: ServiceName) -> String {
    told(service, "`handin map set TEST CASE`")
}

fn told(service: ServiceName, commands: &str) -> String {
    let by_hand =
        format!("map them with {commands}, or name the case in the report (property `TestCaseId`)");
    // Where no setting has cases created, the service does so unasked.
    match Sections::default().of(service).row().how_to_make_cases {
        Some(how) => format!("{by_hand}; or {how}"),
        None => format!(
            "{} makes its test cases by itself: nothing has to be mapped",
            service.title()
        ),
    }
}
