//! `handin completions`, and what its scripts ask for while somebody types.

pub(super) mod names;
mod scripts;

use clap::Args;
use clap_complete::Shell;

use super::{Context, ExitStatus, Failure, examples};

/// Print the completion script of a shell
///
/// In bash, zsh and fish it also completes the profiles and projects that the settings file names. It never asks a service.
#[derive(Debug, Args)]
#[command(after_long_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: &Context, args: &CompletionsArgs) -> Result<ExitStatus, Failure> {
    context.ui.data(&scripts::script(args.shell))?;
    Ok(ExitStatus::Done)
}
