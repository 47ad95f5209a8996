//! Which CI is spoken to: the one that the environment shows, unless the settings name another.

use std::path::PathBuf;

use clap::Args;

use super::{Context, values};
use crate::ci::{Ci, Provider};
use crate::settings::{CiOutput, Override, Settings, env};
use crate::ui::pipeline::Pipeline;

/// What a CI is told.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CiArgs {
    /// Write outputs, a summary and annotations for this CI
    ///
    /// `auto` detects the CI, `none` writes none of them. GitLab and Jenkins have nothing of the kind, so they only show the usual text.
    #[arg(long, value_name = "CI", value_parser = values::choice::<CiOutput>(), hide_short_help = true)]
    ci_output: Option<CiOutput>,
}

impl CiArgs {
    /// Returns the setting that the flag gives.
    pub(super) fn setting(&self) -> Option<Override> {
        let choice = self.ci_output?.to_string();
        Some(Override::flag("ci_output", &choice, "--ci-output"))
    }
}

/// Returns the CI to speak to.
pub(super) fn pipeline(context: &Context, settings: &Settings) -> Pipeline {
    let provider = match settings.ci_output {
        CiOutput::Auto => context.ci().provider,
        CiOutput::GitHub => Some(Provider::GitHub),
        CiOutput::Azure => Some(Provider::Azure),
        CiOutput::None | CiOutput::GitLab | CiOutput::Jenkins => None,
    };
    let file = |name| context.environment.get(name).map(PathBuf::from);
    match provider {
        Some(Provider::GitHub) => Pipeline::GitHub {
            outputs: file(env::GITHUB_OUTPUT),
            summary: file(env::GITHUB_STEP_SUMMARY),
        },
        Some(Provider::Azure) => Pipeline::Azure {
            folder: file(env::AGENT_TEMPDIRECTORY).unwrap_or_else(std::env::temp_dir),
        },
        Some(
            Provider::GitLab
            | Provider::Jenkins
            | Provider::CircleCi
            | Provider::Bitbucket
            | Provider::TeamCity
            | Provider::Buildkite
            | Provider::Travis
            | Provider::AppVeyor,
        )
        | None => Pipeline::Plain,
    }
}

/// Returns the data of the CI about its build, each with a word for people.
pub(super) fn facts(ci: &Ci) -> Vec<(&'static str, String)> {
    Ci::WORDS
        .into_iter()
        .filter(|word| !matches!(*word, "url" | "build_id"))
        .filter_map(|word| Some((word, ci.word(word)?.to_owned())))
        .collect()
}
