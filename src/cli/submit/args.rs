//! The arguments of `handin submit`.

use std::path::PathBuf;

use clap::Args;

use super::pages::PageArgs;
use super::policies::PolicyArgs;
use super::sharing::SharingArgs;
use super::survey::EachArgs;
use crate::cli::connect::Sharing;
use crate::cli::{examples, values};
use crate::model::ServiceName;
use crate::settings::{Extent, Override, Points};

/// Hand test results in
///
/// Reads the reports, finds the case of every test, looks whether the service already holds exactly this, writes what is
/// missing, and reads the service's own counts back. Running the same command again never hands a result in twice.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = MORE, after_long_help = examples::SUBMIT)]
pub(crate) struct SubmitArgs {
    /// Files, folders, quoted globs, zip archives, or `-`
    ///
    /// `-` is standard input. Without any, `reports` in the settings counts.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,
    /// Hand in to azure, qtest or katalon; repeatable
    ///
    /// Without it, every service that the settings describe.
    #[arg(long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    pub(crate) service: Vec<ServiceName>,
    /// Write nothing; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The test plan, by id or name (Azure)
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// The suite, by id, name or path (Azure)
    ///
    /// Results go to the points below it.
    #[arg(long, value_name = "SUITE")]
    suite: Option<String>,
    /// The configuration of all results, by id or name (Azure)
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    configuration: Option<String>,
    /// What to do when a case has several test points (Azure)
    ///
    /// `one` refuses, `all` gives the result to each of them, `first` takes the one with the lowest id.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Points>(), hide_possible_values = true, hide_short_help = true)]
    points: Option<Points>,
    /// The name of the run; a template
    ///
    /// Such as `{job} on {ci.branch}`.
    #[arg(long, value_name = "TEXT")]
    run_name: Option<String>,
    /// The build that made the results, by id or number
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// For which tests files go along: failed, all, none
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Extent>(), hide_possible_values = true)]
    attach: Option<Extent>,
    /// A further folder from which attachments may be read
    #[arg(long, value_name = "FOLDER", hide_short_help = true)]
    attachments: Option<PathBuf>,
    /// Do not wait until the service has taken in what it was handed (qTest, TestOps)
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
What trouble does to the pipeline: --on-unmapped=fail and seven others.
These, all options and examples: handin submit --help";

impl SubmitArgs {
    /// Returns what this process has to do with others, and how many submissions it makes.
    pub(crate) fn sharing(&self) -> Sharing {
        Sharing {
            bulk: self.each.each,
            ..self.sharing.sharing()
        }
    }

    /// Returns the settings that these flags give.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        fn text<T: ToString>(value: Option<&T>) -> Option<String> {
            value.map(ToString::to_string)
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let fail = self.fail_on_test_failure.then(|| "true".to_owned());
        let flags = [
            ("azure.plan", self.plan.clone(), "--plan"),
            ("azure.suite", self.suite.clone(), "--suite"),
            (
                "azure.configuration",
                self.configuration.clone(),
                "--configuration",
            ),
            ("azure.points", text(self.points.as_ref()), "--points"),
            ("azure.run_name", self.run_name.clone(), "--run-name"),
            ("azure.build", self.build.clone(), "--build"),
            ("attach", text(self.attach.as_ref()), "--attach"),
            ("attachments", path(&self.attachments), "--attachments"),
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
