//! `demo`: the tour. It runs the real handin in a folder of its own, and holds the stand-ins to what they should
//! then hold.
//!
//! Each service is a [`Chapter`]: its section of the settings, its steps, and what must be true at the end.

mod azure;
mod compile;
mod folder;
mod katalon;
mod qtest;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use handin_sandbox::console::say;

use self::folder::Folder;
use super::local::Local;

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// The handin to run; without it the one beside this program, or in a checkout a fresh build
    #[arg(long, value_name = "PATH")]
    handin: Option<PathBuf>,
}

/// One service's part of the tour.
struct Chapter {
    /// The stand-in.
    local: Box<dyn Tour>,
    /// The sections of `handin.toml` for it.
    settings: &'static str,
    /// What is run, in order.
    steps: Vec<Step>,
}

/// A command of the tour.
struct Step {
    /// What it is for.
    why: &'static str,
    /// The arguments of handin.
    arguments: Vec<&'static str>,
}

/// Returns a command that must end with exit code 0.
fn step(why: &'static str, arguments: &[&'static str]) -> Step {
    Step {
        why,
        arguments: arguments.to_vec(),
    }
}

/// What the tour asks of a stand-in.
trait Tour: Local {
    /// Returns what it now holds, line by line.
    fn holds(&self) -> Vec<String>;

    /// Refuses when it does not hold what it should at the end.
    fn check(&self) -> Result<()>;
}

/// Gives the tour; an error says which step went wrong.
pub(super) fn run(arguments: &DemoArgs) -> Result<()> {
    let program = compile::handin(arguments.handin.as_deref())?;
    let chapters = [azure::chapter()?, qtest::chapter()?, katalon::chapter()?];
    let settings: String = chapters.iter().map(|chapter| chapter.settings).collect();
    let folder = Folder::new(&settings)?;
    say("");
    say(&format!(
        "The tour works in {}, which has these files:",
        folder.path().display()
    ));
    for (name, text) in folder.files() {
        say(&format!("\n--- {name}\n{}", text.trim_end()));
    }
    for chapter in &chapters {
        walk(chapter, &program, folder.path())?;
    }
    say("\nThe tour is over. To look around by yourself:");
    say("  handin-sandbox serve        (from the sources: cargo run -p handin-sandbox -- serve)");
    Ok(())
}

/// Returns arguments as one types them, so that no shell takes the stars for itself.
fn line(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|text| {
        if text.contains(['*', ' ']) {
            format!("'{text}'")
        } else {
            (*text).to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn walk(chapter: &Chapter, program: &Path, folder: &Path) -> Result<()> {
    let local = chapter.local.as_ref();
    say(&format!("\n=== {}\n", local.name()));
    for (name, value) in local.environment() {
        say(&format!("$ export {name}={value}"));
    }
    for step in &chapter.steps {
        say(&format!(
            "\n# {}\n$ handin {}",
            step.why,
            line(&step.arguments)
        ));
        let ended = command(program, folder, local)
            .args(&step.arguments)
            .status()
            .with_context(|| format!("{} could not be started", program.display()))?;
        if !ended.success() {
            bail!("`handin {}` ended with {ended}", line(&step.arguments));
        }
    }
    say(&format!("\n# What {} now holds", local.name()));
    for line in local.holds() {
        say(&line);
    }
    local
        .check()
        .with_context(|| format!("{} does not hold what it should", local.name()))
}

/// Returns the command with an environment of its own, so that nothing of this machine's gets between.
fn command(program: &Path, folder: &Path, local: &dyn Tour) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .envs(kept())
        .env("HOME", folder)
        .envs(local.environment());
    command
}

/// Windows opens no socket without knowing where it is installed.
#[expect(
    clippy::disallowed_methods,
    reason = "the tour starts another program and hands on what that needs to run at all"
)]
fn kept() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    ["PATH", "SystemRoot", "TERM", "COLUMNS", "NO_COLOR"]
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
}
