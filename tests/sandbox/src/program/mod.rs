//! The command line of the stand-ins.

mod demo;
mod local;
mod replay;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use handin_sandbox::console;

/// Mock servers of Azure DevOps Test Plans, qTest, Katalon TestOps and Kiwi TCMS, on loopback only
#[derive(Debug, Parser)]
#[command(name = "handin-sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the mock servers, with pages to look at
    Serve(serve::ServeArgs),
    /// Take the tour: submit sample reports with handin, and show what the services now hold
    Demo(demo::DemoArgs),
    /// Replay the answers of a service that `handin doctor --record` wrote down
    Replay(replay::ReplayArgs),
}

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
