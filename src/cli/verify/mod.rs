//! `handin verify`.

mod offline;

use clap::Args;

use super::{Context, ExitStatus, Failure};

/// Check that the reports can be handed in, without writing anything
///
/// With `--offline` nothing is asked of any service: the reports are read and counted, and no settings are needed.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The reports: files, folders, quoted globs, zip archives, or `-` for standard input
    #[arg(value_name = "REPORT")]
    reports: Vec<String>,
    /// Only read the reports; ask no service
    #[arg(long)]
    offline: bool,
    /// List every test, with its outcome
    #[arg(long)]
    cases: bool,
}

pub(super) fn run(context: &Context, args: &VerifyArgs) -> Result<ExitStatus, Failure> {
    if args.offline {
        return offline::run(context, args);
    }
    Err(Failure::new(
        ExitStatus::Usage,
        "only `verify --offline` is there yet; nothing was asked of any service",
    )
    .hint("add `--offline`"))
}
