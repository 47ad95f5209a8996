//! The command line: one file a subcommand, each an `Args` struct whose docs are its help, and one function.

mod completions;
mod connect;
mod context;
mod deferred;
mod doctor;
mod examples;
pub mod exit;
pub mod failure;
mod global;
mod help;
mod init;
mod limit;
mod login;
mod map;
mod missing;
mod network;
mod pipeline;
mod place;
mod projects;
mod question;
mod reading;
mod signin;
mod submit;
pub mod surroundings;
mod usage;
mod values;
mod verify;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use context::Context;
use deferred::Deferred;
pub use exit::ExitStatus;
pub use failure::Failure;
pub use global::GlobalArgs;
pub use limit::Limit;

use self::surroundings::{StandIns, Surroundings};
use crate::secret;
use crate::transport::{Interrupt, Signal};
use crate::ui::{Ui, log_to_stderr};

/// Submit test results, exactly once
#[derive(Debug, Parser)]
#[command(
    name = "handin",
    long_about = values::titles(
        "Submit test results, exactly once\n\nhandin reads the reports that a test run left behind (JUnit, Katalon Studio, TRX, Allure, Playwright and more) and submits them to ",
        ". Running the same command again is safe: it looks first, and writes only what is missing."
    ),
    bin_name = "handin",
    version,
    propagate_version = true,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_long_help = examples::APP
)]
pub struct App {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the first handin.toml of a project
    Init(Deferred<init::InitArgs>),
    /// Store a token in the keyring of this system, after checking it
    Login(Deferred<login::LoginArgs>),
    /// Submit test results
    Submit(Box<Deferred<submit::SubmitArgs>>),
    /// Check that the reports can be submitted, without writing anything
    Verify(Deferred<verify::VerifyArgs>),
    /// List the projects that the account can see, and what they contain
    Projects(Deferred<projects::ProjectsArgs>),
    /// Check settings, credentials and services
    Doctor(Deferred<doctor::DoctorArgs>),
    /// Map tests to test cases
    Map(Deferred<map::MapArgs>),
    /// Print the completion script of a shell
    Completions(Deferred<completions::CompletionsArgs>),
    /// Show help for a command, or for exit-codes, environment, settings
    Help(Deferred<help::HelpArgs>),
}

impl Command {
    /// Returns the name of the command in its JSON document.
    fn word(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Login(_) => "login",
            Self::Submit(_) => "submit",
            Self::Verify(_) => "verify",
            Self::Projects(_) => "projects",
            Self::Doctor(_) => "doctor",
            Self::Map(args) => args.word(),
            Self::Completions(_) => "completions",
            Self::Help(_) => "help",
        }
    }
}

/// Runs the program with these arguments, the first of which is its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(text) = usage::known_answer(&arguments, usage::is_plain) {
        return usage::answer(text);
    }
    secret::keep_in_memory();
    run_in(Surroundings::of_process(), arguments)
}

/// Runs the program in surroundings that need not be this machine.
pub fn run_in(
    surroundings: Surroundings,
    arguments: impl IntoIterator<Item = OsString>,
) -> ExitStatus {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(status) = completions::names::answer(&arguments) {
        return status;
    }
    let colored = global::wants_color(&surroundings.environment);
    let matches = match app_for(&arguments).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage::told(error, &arguments, colored),
    };
    let app = match App::from_arg_matches(&matches) {
        Ok(app) => app,
        Err(error) => return usage::told(error, &arguments, colored),
    };
    let context = context(surroundings, app.global);
    log_to_stderr(context.global.verbose);
    match dispatch(&context, &app.command) {
        Ok(status) => status,
        // Nobody reads the data any more: there is nothing to tell, and nobody to tell it to.
        Err(failure) if failure.status == ExitStatus::Done => failure.status,
        Err(failure) => report(
            &context.ui,
            app.command.word(),
            &interrupted(failure, &context.interrupt),
        ),
    }
}

/// Returns the parser for these arguments. A lone flag belongs to no command, so the common options need not be copied to each.
fn app_for(arguments: &[OsString]) -> clap::Command {
    let app = App::command();
    match arguments {
        [_, flag] if flag.as_encoded_bytes().starts_with(b"-") => {
            app.mut_args(|argument| argument.global(false))
        }
        _ => app,
    }
}

fn context(surroundings: Surroundings, global: GlobalArgs) -> Context {
    let options = global.output_options(&surroundings.environment);
    let ui = match surroundings.streams {
        Some((out, err)) => Ui::of_streams(options, out, err),
        None => Ui::of_process(options),
    };
    Context {
        ui: Arc::new(ui),
        limit: Limit::new(&global, &surroundings.environment, &surroundings.clock),
        global,
        environment: surroundings.environment,
        interrupt: surroundings.interrupt,
        clock: surroundings.clock,
        random: surroundings.random,
        witness: OnceLock::new(),
        stand_ins: StandIns {
            wire: surroundings.wire,
            journals: surroundings.journals,
            locks: surroundings.locks,
        },
    }
}

/// Sets the exit code of the signal that ended a command before its first write.
fn interrupted(failure: Failure, interrupt: &Interrupt) -> Failure {
    match (failure.status, interrupt.signal()) {
        (ExitStatus::Interrupted | ExitStatus::Refused, Some(Signal::Terminate)) => Failure {
            status: ExitStatus::Terminated,
            ..failure
        },
        (ExitStatus::Refused, Some(Signal::Interrupt)) => Failure {
            status: ExitStatus::Interrupted,
            ..failure
        },
        _ => failure,
    }
}

fn dispatch(context: &Context, command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::Init(args) => init::run(context, args),
        Command::Login(args) => login::run(context, args),
        Command::Submit(args) => submit::run(context, args),
        Command::Verify(args) => verify::run(context, args),
        Command::Projects(args) => projects::run(context, args),
        Command::Doctor(args) => doctor::run(context, args),
        Command::Map(args) => map::run(context, args),
        Command::Completions(args) => completions::run(context, args),
        Command::Help(args) => help::run(context, args),
    }
}

/// Shows a failure: the sentence, what led to it, and the next step.
fn report(ui: &Ui, command: &str, failure: &Failure) -> ExitStatus {
    failure.show(ui);
    if ui.is_json() {
        // A closed pipe cannot be told anything either.
        drop(ui.json(&usage::error_document(command, failure)));
    }
    failure.status
}

impl From<std::io::Error> for Failure {
    /// A stream of ours that cannot be written: nobody reads the data any more, which is no failure of the command.
    fn from(error: std::io::Error) -> Self {
        let status = if error.kind() == std::io::ErrorKind::BrokenPipe {
            ExitStatus::Done
        } else {
            ExitStatus::Failed
        };
        Self::new(status, format!("the output could not be written: {error}"))
            .hint("make room where it goes to, and run the command again")
    }
}
