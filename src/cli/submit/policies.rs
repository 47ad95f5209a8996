//! The flags that say what trouble does to the pipeline.

use clap::Args;

use crate::cli::missing::MissingArgs;
use crate::cli::values;
use crate::settings::{Choice as _, Override, Reaction};

/// What trouble does to the pipeline.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Policies")]
pub(super) struct PolicyArgs {
    /// What to do when no report is found
    #[arg(long = "on-no-reports", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    no_reports: Option<Reaction>,
    /// What to do when the reports hold no test
    #[arg(long = "on-empty", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    empty: Option<Reaction>,
    /// What to do with a report that cannot be read
    #[arg(long = "on-unreadable", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    unreadable: Option<Reaction>,
    /// What to do with a test that is not mapped to a test case
    #[arg(long = "on-unmapped", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    unmapped: Option<Reaction>,
    /// What to do with a result that fits several places
    #[arg(long = "on-ambiguous", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    ambiguous: Option<Reaction>,
    #[command(flatten)]
    missing: MissingArgs,
    /// What to do with a report that is older than the build
    #[arg(long = "on-stale", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    stale: Option<Reaction>,
    /// What to do when there is no credential
    #[arg(long = "on-no-credential", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    no_credential: Option<Reaction>,
    /// What to do when submitting fails
    #[arg(long = "on-upload-error", value_name = "REACTION", value_parser = values::choice::<Reaction>(), hide_short_help = true)]
    upload_error: Option<Reaction>,
}

impl PolicyArgs {
    /// Returns the settings that these flags give.
    pub(super) fn overrides(&self) -> impl Iterator<Item = Override> {
        let own = [
            ("policy.on_no_reports", self.no_reports, "--on-no-reports"),
            ("policy.on_empty", self.empty, "--on-empty"),
            ("policy.on_unreadable", self.unreadable, "--on-unreadable"),
            ("policy.on_unmapped", self.unmapped, "--on-unmapped"),
            ("policy.on_ambiguous", self.ambiguous, "--on-ambiguous"),
            ("policy.on_stale", self.stale, "--on-stale"),
            (
                "policy.on_no_credential",
                self.no_credential,
                "--on-no-credential",
            ),
            (
                "policy.on_upload_error",
                self.upload_error,
                "--on-upload-error",
            ),
        ];
        let own = own.into_iter().filter_map(|(path, reaction, flag)| {
            Some(Override::flag(path, reaction?.word(), flag))
        });
        own.chain(self.missing.overrides())
    }
}
