//! A plan that TestOps can take.

use super::super::{Checked, Preview, PreviewLine, ServiceError, counted};
use super::client::TargetProject;
use super::parts::{Form, Part};
use super::target::KatalonTarget;
use super::wire::Id;
use super::{Katalon, Settled, payload};
use crate::plan::{PlanProblem, ProblemKind, SubmissionKey, SubmissionPlan};
use crate::transport::{Problem, TransportError};

/// A submission with everything looked up that handing it in needs.
#[derive(Debug)]
pub struct KatalonPlan {
    pub(super) plan: SubmissionPlan,
    pub(super) settled: Settled,
    pub(super) parts: Vec<Part>,
    extras: Vec<String>,
}

impl KatalonPlan {
    pub(super) fn new(
        plan: SubmissionPlan,
        settled: Settled,
        parts: Vec<Part>,
        target: &KatalonTarget,
    ) -> Self {
        Self {
            extras: extras(target, &parts),
            plan,
            settled,
            parts,
        }
    }

    pub(super) fn project(&self) -> &Id {
        &self.settled.place.project
    }
}

impl Checked for KatalonPlan {
    fn key(&self) -> &SubmissionKey {
        &self.plan.key
    }

    fn problems(&self) -> &[PlanProblem] {
        &self.settled.problems
    }

    fn place_names(&self) -> Vec<String> {
        vec![self.settled.place.name.clone()]
    }

    fn preview(&self) -> Preview {
        let place = &self.settled.place;
        let mut writes: Vec<String> = Vec::new();
        for part in &self.parts {
            writes.push(format!(
                "submit {} to project `{}` as an execution (batch `{}`)",
                part.words(),
                place.name,
                part.batch
            ));
        }
        writes.extend(self.extras.iter().cloned());
        let results = self.plan.packed.iter().map(|one| PreviewLine {
            test: one.test.to_string(),
            place: place.name.clone(),
            outcome: payload::status(Some(one.case.outcome.verdict())).to_owned(),
        });
        Preview {
            writes,
            results: results.collect(),
            requests: Some(self.parts.iter().map(Part::requests).sum::<u64>() + ALWAYS),
        }
    }
}

/// What finding the project takes, and following what was handed in.
const ALWAYS: u64 = 12;

impl Part {
    /// Returns about how many requests it takes: each file, addresses for them, and the call that hands them in.
    fn requests(&self) -> u64 {
        let files = self.count();
        (files + files.div_ceil(super::upload::CHUNK) + 1) as u64
    }

    /// Describes it.
    pub(super) fn words(&self) -> String {
        let tests = counted(self.tally.tests, "test");
        let reports = counted(self.reports.len() as u64, "report");
        let files = self.size().map(|(count, bytes)| {
            let megabytes = bytes.div_ceil(100_000);
            let files = counted(count as u64, "file");
            format!(", {files}, {}.{} MB", megabytes / 10, megabytes % 10)
        });
        let files = files.unwrap_or_default();
        match self.form {
            Form::Folders => format!("{tests} of {reports} from Katalon Studio{files}"),
            Form::Results => format!("{tests} of {reports}"),
        }
    }
}

/// Describes what is written beside the results.
fn extras(target: &KatalonTarget, parts: &[Part]) -> Vec<String> {
    let mut extras = Vec::new();
    if let Some(release) = &target.release {
        extras.push(format!("link it to release `{release}`"));
    }
    if let Some(build) = &target.link_build {
        extras.push(format!("link it to build `{build}`"));
    }
    if !target.tags.is_empty() && !parts.is_empty() {
        extras.push(format!("tag it `{}`", target.tags.join("`, `")));
    }
    if target.push_to_xray {
        extras.push("have TestOps push the results to Xray".to_owned());
    }
    extras
}

impl Katalon {
    /// Returns the problems that prevent submitting to a place.
    pub(super) fn obstacles(
        &self,
        place: &TargetProject,
    ) -> Result<Vec<PlanProblem>, ServiceError> {
        let mut problems = Vec::new();
        if place.archived {
            problems.push(
                PlanProblem::new(
                    ProblemKind::NotReady,
                    format!("project `{}` is archived", place.name),
                )
                .hint("make it active again on TestOps, or name another in `katalon.project`"),
            );
        }
        let request = self.server.upload_url(&place.project);
        if let Err(error) = self.transport.send(request) {
            problems.push(refusal(place, error)?);
        }
        Ok(problems)
    }
}

/// Explains why an account may not upload.
fn refusal(place: &TargetProject, error: TransportError) -> Result<PlanProblem, ServiceError> {
    let Problem::Status {
        status, message, ..
    } = &error.problem
    else {
        return Err(error.into());
    };
    let said = message.to_lowercase();
    let about_plan = *status == 402
        || ["quota", "licen", "subscription", "plan"]
            .iter()
            .any(|word| said.contains(word));
    let hint = match *status {
        402 | 403 if about_plan => {
            "the organisation's plan does not allow it: its quota of test results or its licences are used up"
        }
        403 => {
            "the account needs a role in the project's team; an organisation may also admit known IP addresses only"
        }
        404 => "the project is gone, or the account cannot see it",
        _ => return Err(error.into()),
    };
    Ok(PlanProblem::new(
        ProblemKind::NotReady,
        format!(
            "TestOps does not let this account upload to `{}`: {error}",
            place.name
        ),
    )
    .hint(hint))
}
