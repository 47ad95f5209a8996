//! Azure DevOps Test Plans: the cloud, and Server from 2019.
//!
//! A planned run is created with its test points; the service makes one result a point, and handin sets them by id to absolute
//! values. So only creating the run could write twice, and it is looked for by the submission's key first.

mod address;
mod api;
mod associate;
mod attachments;
mod catalog;
mod client;
mod facts;
mod fold;
mod ground;
mod history;
mod hold;
mod iterations;
mod link;
mod lookup;
mod marks;
mod missing;
mod new_cases;
mod observe;
mod payload;
mod places;
mod plan;
mod points;
mod probe;
mod receipts;
mod runs;
mod scope;
mod section;
mod settings;
mod submission;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod version;
mod wire;
mod write;

pub use address::Address;
pub use associate::{ASSOCIATE, Associated, Association, AssociationState};
pub use facts::FACTS;
pub use history::{ResultSummary, RunSummary};
pub use new_cases::CaseFields;
pub use plan::AzurePlan;
pub use settings::{AzureSettings, PointChoice};
pub(in crate::services) use settings::{KEYS, VARIABLES};
pub use target::{AzureTarget, Release, Shard, Volume, release_uri};
pub use write::WRITES;

use self::client::Client;
use self::new_cases::NewCases;
use self::plan::RunPlan;
use self::receipts::Receipts;
use self::runs::Memory;
use self::submission::Submission;
use super::engine::{self, Engine};
use super::{Receipt, SendError, ServiceError, State, Submitter};
use crate::plan::{Part, PlanProblem, SubmissionPlan};
use crate::secret::Secret;
use crate::transport::{Authorization, Clock, Problem, Transport};

/// Headers of every request. Azure: without this one a refused token is answered with a sign-in page instead of a 401.
pub const HEADERS: [(&str, &str); 1] = [("x-tfs-fedauthredirect", "Suppress")];

/// Azure DevOps Test Plans.
#[derive(Debug)]
pub struct Azure {
    client: Client,
    target: AzureTarget,
    memory: Memory,
}

impl Azure {
    /// Returns the service. Nothing is sent before something is asked for.
    pub fn new(transport: Transport, target: AzureTarget) -> Self {
        let (base, project) = target.place();
        Self {
            memory: Memory::new(transport.clock()),
            client: Client::new(transport, base, project),
            target,
        }
    }
}

impl Azure {
    /// Returns the same service, looking at another project of the organisation.
    #[must_use]
    pub fn within(&self, project: &str) -> Self {
        let mut target = self.target.clone();
        if !project.eq_ignore_ascii_case(self.client.project()) {
            // What the settings choose, they choose in their own project.
            target.plans.clear();
            target.suites.clear();
        }
        project.clone_into(&mut target.project);
        Self {
            client: self.client.within(project),
            target,
            memory: Memory::new(self.client.clock()),
        }
    }

    /// Returns how many requests may be under way at once, and the clock by which they wait.
    fn workers(&self) -> (&Clock, usize) {
        (self.client.clock(), self.target.jobs)
    }
}

/// Returns how a token is presented: a personal access token as a password, a token of Entra as a bearer.
///
/// Azure's own clients tell them apart by their looks: 52 characters, or 84 with `AZDO` before the last four, is a personal
/// access token. A pipeline's job token is taken in either form.
pub fn authorization(token: Secret) -> Authorization {
    if is_of_entra(&token) {
        Authorization::Bearer(token)
    } else {
        Authorization::Basic {
            user: String::new(),
            password: token,
        }
    }
}

/// Returns whether a token is one of Entra, by its looks.
pub fn is_of_entra(token: &Secret) -> bool {
    token.expose().split('.').count() == 3 && token.expose().starts_with("eyJ")
}

impl Submitter for Azure {
    type Plan = AzurePlan;

    fn identity(&self) -> String {
        self.target.identity()
    }

    fn check(&self, plan: SubmissionPlan) -> Result<AzurePlan, ServiceError> {
        plan::check(self, plan)
    }

    fn carry_out(&self, plan: &AzurePlan, engine: &Engine<'_>) -> Result<Receipt, SendError> {
        let mut all = Receipts::default();
        let with_cases;
        let plan = if plan.new_cases.is_empty() {
            plan
        } else {
            with_cases = self.make_cases(plan, engine, &mut all)?;
            &with_cases
        };
        // A part says that it was handed in once it was, to all test plans: whoever reads that may complete the run of any.
        let is_shard = |run: &&RunPlan| matches!(run.mark.part, Part::Shard { .. });
        let filled = plan.runs.iter().filter(is_shard);
        let filled: Vec<&RunPlan> = filled.filter(|run| !run.results.is_empty()).collect();
        if let [_, _, ..] = filled.as_slice() {
            let mut first = Receipts::default();
            for (index, run) in filled.iter().enumerate() {
                let mut submission = Submission::new(self, run, &plan.runs);
                submission.marks_later = true;
                match engine::carry_out(&mut submission, engine) {
                    Ok(receipt) => {
                        all.began(receipt.state);
                        first.add(receipt);
                    }
                    Err(error) => {
                        let rest = filled.iter().skip(index + 1).copied();
                        return Err(self.explained(run, first.ended(error, rest)));
                    }
                }
            }
        }
        let mut without = Vec::new();
        for (index, run) in plan.runs.iter().enumerate() {
            let mut submission = Submission::new(self, run, &plan.runs);
            match engine::carry_out(&mut submission, engine) {
                // The run of this plan was never opened, or is not one of this submission.
                Ok(_)
                    if run.only_closes && submission.main().is_none() && run.is_one_of_several => {}
                Ok(receipt) => {
                    all.add(receipt);
                    let is_without = is_shard(&run) && submission.main().is_none();
                    without.extend(Some(run).filter(|_| is_without && run.is_one_of_several));
                }
                Err(error) => {
                    let rest = plan.runs.iter().skip(index + 1);
                    let error = self.explained(run, all.ended(error, rest));
                    return Err(error);
                }
            }
        }
        // Who made a run there since may not have seen that this part was handed in: one of both completes it.
        for run in without {
            let mut submission = Submission::new(self, run, &plan.runs);
            match engine::carry_out(&mut submission, engine) {
                Ok(receipt) => all.add(receipt),
                Err(error) => {
                    let rest = std::iter::empty();
                    return Err(self.explained(run, all.ended(error, rest)));
                }
            }
        }
        all.joined()
            .ok_or_else(|| SendError::before_writing(ServiceError::nothing_to_close()))
    }

    fn look(&self, plan: &AzurePlan, engine: &Engine<'_>) -> Result<Option<Receipt>, ServiceError> {
        let mut all = Receipts::default();
        plan.new_cases
            .iter()
            .for_each(|wanted| all.lacks_case(wanted));
        for run in &plan.runs {
            match engine::look(&mut Submission::new(self, run, &plan.runs), engine)? {
                Some(receipt) => all.add(receipt),
                None => all.lacks(run),
            }
        }
        Ok(all.found())
    }
}

impl Azure {
    /// Makes the test cases that tests lack, and returns the plan with their test points.
    fn make_cases(
        &self,
        plan: &AzurePlan,
        engine: &Engine<'_>,
        all: &mut Receipts,
    ) -> Result<AzurePlan, SendError> {
        let mut cases = NewCases::new(self, &plan.new_cases);
        let receipt = engine::carry_out(&mut cases, engine).map_err(|mut error| {
            if let ServiceError::Transport(cause) = error.cause {
                error.cause = scope::told(cause, scope::CASES_WRITE).into();
            }
            error
        })?;
        let known = cases.cases();
        let stopped = |receipt: Receipt, cause: ServiceError| SendError {
            receipt: Box::new(receipt),
            cause,
        };
        if !matches!(receipt.state, State::Done | State::Known) {
            let message = "not every test without a case has one now; no result was submitted";
            return Err(stopped(receipt, ServiceError::declined(message)));
        }
        let mut partial = receipt.clone();
        partial.state = State::Partial;
        let made = match plan.with_cases(self, &known) {
            Ok(made) => made,
            Err(cause) => return Err(stopped(partial, cause)),
        };
        let is_new =
            |problem: &&PlanProblem| !problem.kind.is_notice() && !plan.problems.contains(problem);
        if let Some(problem) = made.problems.iter().find(is_new) {
            let cause = ServiceError::setting(problem.message.clone());
            let cause = match &problem.hint {
                Some(hint) => cause.hint(hint),
                None => cause,
            };
            return Err(stopped(partial, cause));
        }
        all.add(receipt);
        Ok(made)
    }

    /// Names the scope that a refused write needs, and says what a build is where the service does not know the one that is named.
    fn explained(&self, plan: &RunPlan, mut error: SendError) -> SendError {
        let ServiceError::Transport(cause) = error.cause else {
            return error;
        };
        let is_told = cause.to_string().contains("vso.");
        let mut cause = if is_told {
            cause
        } else {
            scope::told(cause, scope::TEST_WRITE)
        };
        if let Problem::Status {
            status: 404,
            message,
            ..
        } = &cause.problem
            && let Some(hint) = link::absent(plan, message, self.client.project())
        {
            error.cause = ServiceError::declined(cause.to_string()).hint(hint);
            return error;
        }
        if let Problem::Status {
            status: 400..=499,
            message,
            ..
        } = &mut cause.problem
            && message.to_lowercase().contains("automation status")
        {
            message.push_str(" Mark the cases as automated with `handin map list --associate --apply`, or set `azure.run_type`");
        }
        error.cause = cause.into();
        error
    }
}
