//! `handin verify`.

mod offline;
mod online;

use clap::Args;

use super::missing::MissingArgs;
use super::pipeline::CiArgs;
use super::place::{PlaceArgs, ServiceFlags};
use super::{Context, ExitStatus, Failure, examples, values};
use crate::model::ServiceName;
use crate::settings::{Override, Settings, Tries};

/// Check that the reports can be submitted, without writing anything
///
/// Are the reports readable, is every test mapped, does every mapped case exist, is it a test case, is it where results can go?
/// With `--offline` nothing is asked of any service: the reports are read and counted, and no settings are needed.
#[derive(Debug, Args)]
#[command(after_long_help = examples::VERIFY)]
pub(super) struct VerifyArgs {
    /// The reports: files, folders, quoted globs, zip archives, or `-` for standard input
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// Only read the reports; ask no service
    ///
    /// With `--service`, what the settings and the reports alone can tell is checked too, such as tests without a case: no
    /// credential is needed, so pull requests from forks can be checked.
    #[arg(long)]
    offline: bool,
    #[arg(help = values::services("Check for ", "; repeatable"), long_help = values::services("Check for ", "; repeatable\n\nWithout it, every service that the settings describe."), long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    service: Vec<ServiceName>,
    /// List the cases on the service that no test covers
    #[arg(long, conflicts_with = "offline")]
    coverage: bool,
    /// List every test, with its outcome (with `--offline`)
    #[arg(long, requires = "offline", conflicts_with = "service")]
    cases: bool,
    /// Which of several attempts of one test counts: worst, last
    ///
    /// Without it the last, where a report marks them as tries. `last` also takes tests of one name in one report for tries of one test.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Tries>(), hide_possible_values = true)]
    retries: Option<Tries>,
    #[command(flatten)]
    place: PlaceArgs,
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
        let (flags, own) = (
            ServiceFlags::of(self.place.given()),
            own.chain(retries).collect(),
        );
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
