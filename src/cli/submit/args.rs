//! The arguments of `handin submit`.

use std::path::PathBuf;

use clap::Args;

use super::ordering::EachArgs;
use super::pages::PageArgs;
use super::policies::PolicyArgs;
use super::sharing::SharingArgs;
use crate::cli::place::{PlaceArgs, RunArgs, ServiceFlags};
use crate::cli::{examples, values};
use crate::model::ServiceName;
use crate::services::Sharing;
use crate::settings::{Extent, Override, Tries};

/// Submit test results
///
/// Reads the reports, maps each test to a test case, looks for what the service already holds, writes what is missing, and reads
/// it back to confirm it. Running the same command again never submits a result twice.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = MORE, after_long_help = examples::SUBMIT)]
pub(crate) struct SubmitArgs {
    /// Files, folders, quoted globs, zip archives, or `-`
    ///
    /// `-` is standard input. Default: `reports` in the settings.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,
    #[arg(help = values::services("Submit to ", "; repeatable"), long_help = values::services("Submit to ", "; repeatable\n\nDefault: every service in the settings."), long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    pub(crate) service: Vec<ServiceName>,
    /// Write nothing; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Upload the attachments of these tests: failed, all, none
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Extent>(), hide_possible_values = true)]
    attach: Option<Extent>,
    /// A further folder from which attachments may be read
    #[arg(long, value_name = "FOLDER", hide_short_help = true)]
    attachments: Option<PathBuf>,
    /// Which of several attempts of one test counts: worst, last
    ///
    /// Default: the last, if the report marks attempts as such. `last` also treats tests of the same name in one report as attempts.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Tries>(), hide_possible_values = true, hide_short_help = true)]
    retries: Option<Tries>,
    /// Do not wait for the import to finish (qTest, TestOps)
    #[arg(long, hide_short_help = true)]
    pub(super) no_wait: bool,
    /// Keep the journal in this file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    journal: Option<PathBuf>,
    /// Exit with 10 when a test failed
    #[arg(long)]
    fail_on_test_failure: bool,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    policies: PolicyArgs,
}

/// What the short help leaves out.
const MORE: &str = "\
Policies: --on-unmapped=fail and nine others.
For these, all options and examples: handin submit --help";

impl SubmitArgs {
    /// Returns how this process shares a submission with others, and how many submissions it makes.
    pub(crate) fn sharing(&self) -> Sharing {
        Sharing {
            bulk: self.each.each,
            ..self.sharing.sharing()
        }
    }

    /// Returns the flags that are settings of single services.
    pub(crate) fn service_flags(&self) -> ServiceFlags {
        let mut flags = self.place.given();
        flags.extend(self.run.given());
        ServiceFlags::of(flags)
    }

    /// Returns the settings that these flags give, beside those of single services.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        fn text<T: ToString>(value: Option<&T>) -> Option<String> {
            value.map(ToString::to_string)
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let fail = self.fail_on_test_failure.then(|| "true".to_owned());
        let flags = [
            ("attach", text(self.attach.as_ref()), "--attach"),
            ("attachments", path(&self.attachments), "--attachments"),
            ("retries", text(self.retries.as_ref()), "--retries"),
            ("journal", path(&self.journal), "--journal"),
            ("fail_on_test_failure", fail, "--fail-on-test-failure"),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(path, text, flag)| Some(Override::flag(path, &text?, flag)));
        flags
            .chain(self.policies.overrides())
            .chain(self.page.overrides())
            .collect()
    }
}
