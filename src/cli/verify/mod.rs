//! `handin verify`.

mod offline;
mod online;

use clap::Args;

use super::missing::MissingArgs;
use super::pipeline::CiArgs;
use super::place::{PlaceArgs, RunArgs, ServiceFlags};
use super::{Context, ExitStatus, Failure, examples, values};
use crate::model::ServiceName;
use crate::settings::{Override, Settings, Tries};

/// Check that the reports can be submitted, without writing anything
///
/// Checks that the reports are readable, that every test is mapped, and that every mapped test case exists and can take a result.
/// With `--offline` no service is asked and no settings are needed: the reports are read and counted.
#[derive(Debug, Args)]
#[command(after_long_help = examples::VERIFY)]
pub(super) struct VerifyArgs {
    /// The reports: files, folders, quoted globs, zip archives, or `-` for standard input
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// Only read the reports; ask no service
    ///
    /// With `--service`, whatever needs only the settings and the reports is checked too, such as unmapped tests. This needs no
    /// credential, so it can check pull requests from forks.
    #[arg(long)]
    offline: bool,
    #[arg(help = values::services("Check for ", "; repeatable"), long_help = values::services("Check for ", "; repeatable\n\nDefault: every service in the settings."), long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    service: Vec<ServiceName>,
    /// List the test cases on the service that no test covers
    #[arg(long, conflicts_with = "offline")]
    coverage: bool,
    /// List every test, with its outcome (with `--offline`)
    #[arg(long, requires = "offline", conflicts_with = "service")]
    cases: bool,
    /// Which of several attempts of one test counts: worst, last
    ///
    /// Default: the last, if the report marks attempts as such. `last` also treats tests of the same name in one report as attempts.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Tries>(), hide_possible_values = true)]
    retries: Option<Tries>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    missing: MissingArgs,
    #[command(flatten)]
    ci: CiArgs,
}

impl VerifyArgs {
    /// Reads the settings, with what the flags say.
    fn settings(&self, context: &Context) -> Result<Settings, Failure> {
        let retries = self.retries.map(|retries| retries.to_string());
        let retries = retries.map(|text| Override::flag("retries", &text, "--retries"));
        let own = self.missing.overrides().chain(self.ci.setting());
        let mut given = self.place.given();
        given.extend(self.run.given());
        let (flags, own) = (ServiceFlags::of(given), own.chain(retries).collect());
        if self.offline {
            flags.settings(context, &self.service, own)
        } else {
            flags.settings_or_ask(context, &self.service, own)
        }
    }
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<ExitStatus, Failure> {
    if args.offline && args.service.is_empty() {
        offline::run(context, args)
    } else {
        online::run(context, args)
    }
}
