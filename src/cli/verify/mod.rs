//! `handin verify`.

mod offline;
mod online;

use clap::Args;

use super::pipeline::CiArgs;
use super::{Context, ExitStatus, Failure, examples, values};
use crate::model::ServiceName;

/// Check that the reports can be handed in, without writing anything
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
    #[arg(long)]
    offline: bool,
    /// Ask azure, qtest or katalon; repeatable
    ///
    /// Without it, every service that the settings describe.
    #[arg(long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true, conflicts_with = "offline")]
    service: Vec<ServiceName>,
    /// Tell which cases on the service no test covers
    #[arg(long, conflicts_with = "offline")]
    coverage: bool,
    /// List every test, with its outcome (with `--offline`)
    #[arg(long, requires = "offline")]
    cases: bool,
    #[command(flatten)]
    ci: CiArgs,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<ExitStatus, Failure> {
    if args.offline {
        offline::run(context, args)
    } else {
        online::run(context, args)
    }
}
