//! What is to be handed in: decided before anything is written, and without asking anybody.
//!
//! Pure: reports and mapping in, a [`SubmissionPlan`] or [`PlanProblem`]s out. Whether the service can take it is the service's
//! to check.

mod build;
mod identity;
mod key;
mod packed;
mod problem;
mod submission;
mod template;

pub use build::{Checkpoint, PlanBuilder, TimeKeeper};
pub use identity::{Attempt, BuildKey, Identity, Mark, Part, Relation, TargetKey};
pub use key::{ContentDigest, KeyParts, SubmissionKey};
pub use packed::{Packed, PackedCase, Unpacked};
pub use problem::{PlanProblem, ProblemKind};
pub use submission::{
    Build, PackedFolder, Pipeline, PipelineLevel, PlannedFile, PlannedReport, PlannedResult,
    RunDetails, SubmissionPlan, Unmapped,
};
pub use template::{Template, TemplateError, WORDS};
