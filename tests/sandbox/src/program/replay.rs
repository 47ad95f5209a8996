//! `replay`: a recording as a service, until it is stopped; or where two recordings differ.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use handin_sandbox::Standin;
use handin_sandbox::console::say;
use handin_sandbox::replay::{Recording, Replay, differences, read};

/// No recording is larger.
const LARGEST: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// What `handin doctor --record` wrote
    file: PathBuf,
    /// Port to answer at; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Do not serve it: list where this recording of a mock server differs from the service
    #[arg(long, value_name = "FILE", conflicts_with = "port")]
    against: Option<PathBuf>,
}

pub(super) fn run(arguments: &ReplayArgs) -> Result<()> {
    let recording = load(&arguments.file)?;
    if let Some(standin) = &arguments.against {
        return compare(&recording, &load(standin)?);
    }
    let replay = Replay::new(recording);
    let (base, into) = (replay.base(), replay.place());
    let standin = Standin::start(replay, &[("api", arguments.port)])
        .with_context(|| format!("port {} cannot be opened", arguments.port))?;
    say(&format!(
        "The recording answers at {}{base}; any token will do.",
        standin.url()
    ));
    if let Some(into) = into {
        say(&format!("A probe is played again with --into '{into}'."));
    }
    say(&format!(
        "What was not asked for yet, and what it lacks: {}/__state",
        standin.url()
    ));
    loop {
        std::thread::park();
    }
}

fn compare(service: &Recording, standin: &Recording) -> Result<()> {
    let lines = differences(service, standin);
    for line in &lines {
        say(line);
    }
    if lines.is_empty() {
        say("the mock server answers as the service did");
        return Ok(());
    }
    bail!(
        "answers of the mock server that differ from the service's: {}",
        lines.len()
    )
}

fn load(path: &Path) -> Result<Recording> {
    let shown = path.display();
    let size = std::fs::metadata(path)
        .with_context(|| format!("`{shown}` cannot be read"))?
        .len();
    if size > LARGEST {
        bail!("`{shown}` is larger than any recording");
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{shown}` cannot be read"))?;
    read(&text).map_err(|error| anyhow!("`{shown}`: {error}"))
}
