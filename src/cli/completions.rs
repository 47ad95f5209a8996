//! `handin completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{App, Context, ExitStatus, Failure, examples};

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_long_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(context: &Context, args: &CompletionsArgs) -> Result<ExitStatus, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut App::command(), "handin", &mut script);
    context.ui.data(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Done)
}
