//! The arguments of `handin submit`.

use std::path::PathBuf;

use clap::Args;

use super::policies::PolicyArgs;
use super::sharing::SharingArgs;
use super::survey::EachArgs;
use crate::cli::connect::Sharing;
use crate::model::ServiceName;
use crate::settings::{Extent, Override, Points};

/// Hand test results in
///
/// Reads the reports, finds the case of every test, looks whether the service already holds exactly this, writes what is
/// missing, and reads the service's own counts back. Running the same command again never hands a result in twice.
#[derive(Debug, Clone, Default, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct SubmitArgs {
    /// The reports: files, folders, quoted globs, zip archives, or `-` for standard input
    ///
    /// Without any, `reports` in the settings counts.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,
    /// Hand in to this service; may be given several times
    ///
    /// Without it, every service that the settings describe.
    #[arg(long, value_name = "SERVICE", value_parser = service_named)]
    pub(crate) service: Vec<ServiceName>,
    /// Do everything but write; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The test plan, by id or name (Azure)
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// The suite below which results go, by id, name or path (Azure)
    #[arg(long, value_name = "SUITE")]
    suite: Option<String>,
    /// The configuration of all results, by id or name (Azure)
    #[arg(long, value_name = "NAME")]
    configuration: Option<String>,
    /// What to do when a case has several test points: one (refuse), all, first (Azure)
    #[arg(long, value_name = "WHICH")]
    points: Option<Points>,
    /// The name of the run, with words such as `{ci.branch}`
    #[arg(long, value_name = "TEXT")]
    run_name: Option<String>,
    /// The build that made the results, by id or number
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// For which tests files go along: failed, all, none
    #[arg(long, value_name = "WHICH")]
    attach: Option<Extent>,
    /// A further folder from which attachments may be read
    #[arg(long, value_name = "FOLDER")]
    attachments: Option<PathBuf>,
    /// Do not wait until the service has taken in what it was handed (qTest, TestOps)
    #[arg(long)]
    pub(super) no_wait: bool,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
    /// Keep the journal in this file
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Exit with 10 when a test failed
    #[arg(long)]
    fail_on_test_failure: bool,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    policies: PolicyArgs,
}

const EXAMPLES: &str = "\
Examples:
  # After the tests, in a pipeline; the token is in HANDIN_AZURE_TOKEN
  handin submit --service azure 'out/**/*.xml'

  # What would be written?
  handin submit --dry-run --plan Regression out/

  # One report to every service that the settings describe
  handin submit report.xml";

/// Reads the name of a service.
pub(crate) fn service_named(word: &str) -> Result<ServiceName, String> {
    let known = ServiceName::ALL.map(ServiceName::word);
    ServiceName::ALL
        .into_iter()
        .find(|service| service.word() == word)
        .ok_or_else(|| format!("expected one of {}", known.join(", ")))
}

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
        flags.chain(self.policies.overrides()).collect()
    }
}
