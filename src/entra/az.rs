//! The Azure CLI: whoever is signed in there.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::failed::{self, Failed};
use super::token::{Token, from_now, number, purpose};
use super::{Lookup, RESOURCE, Ways};
use crate::files::Stop;
use crate::secret::Secret;
use crate::transport::{Delivery, Problem, TransportError};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// More than it answers.
const LONGEST: u64 = 256 * 1024;

pub(super) const TITLE: &str = "`az`";
const REQUEST: &str = "az account get-access-token";

/// Finds the program: only in the folders of `PATH` that are named from the root, or a repository could bring its own.
pub(super) fn find(environment: Lookup<'_>) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &["az.cmd", "az.exe"]
    } else {
        &["az"]
    };
    let path = environment("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "accessToken")]
    access_token: String,
    #[serde(default)]
    expires_on: Value,
}

pub(super) fn obtain(ways: &Ways, program: &Path, tenant: Option<&str>) -> Result<Token, Failed> {
    let failed = |message: String, hint: &str| {
        Failed::from(failed::none(
            &purpose(TITLE),
            REQUEST,
            message,
            Some(hint.to_owned()),
        ))
    };
    let mut command = Command::new(program);
    command.args([
        "account",
        "get-access-token",
        "--resource",
        RESOURCE,
        "--output",
        "json",
    ]);
    if let Some(tenant) = tenant {
        command.args(["--tenant", tenant]);
    }
    let (output, complaint) = run(command, ways)?;
    match serde_json::from_slice::<Answer>(&output) {
        Ok(answer) => {
            let access = Secret::token(&answer.access_token).map_err(|error| {
                failed(error.to_string(), "is it signed in? `az login` does that")
            })?;
            Ok(Token {
                access,
                holds: number(&answer.expires_on).map(|until| from_now(until, ways.clock())),
                refresh: None,
            })
        }
        Err(_) if complaint.is_empty() => Err(failed(
            "it gave out no token, and said nothing".to_owned(),
            "is it signed in? `az login` does that",
        )),
        Err(_) => Err(failed(
            format!("it gave out no token: {complaint}"),
            "is it signed in? `az login` does that",
        )),
    }
}

/// Runs it, and returns what it wrote and the last thing it complained of.
fn run(mut command: Command, ways: &Ways) -> Result<(Vec<u8>, String), Failed> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .spawn()
        .map_err(|error| Failed::NotHere(format!("`az` cannot be run: {error}")))?;
    let output = drained(child.stdout.take());
    let complaint = drained(child.stderr.take());
    let clock = ways.clock();
    let (interrupt, patience) = (&ways.options.interrupt, ways.options.patience());
    let begin = clock.now();
    while !matches!(child.try_wait(), Ok(Some(_))) {
        let stop = patience.stop();
        if stop.is_some() || clock.since(begin) >= PATIENCE {
            end(&mut child);
            return Err(stop.map_or_else(hangs, stopped).into());
        }
        interrupt.wait(clock, Duration::from_millis(20));
    }
    // A helper that it left behind may hold the pipe open.
    let read = |from: &Receiver<Vec<u8>>| {
        from.recv_timeout(Duration::from_millis(500))
            .unwrap_or_default()
    };
    let complaint = String::from_utf8_lossy(&read(&complaint)).into_owned();
    let last = complaint
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty());
    let last = last
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(300);
    Ok((read(&output), last.collect()))
}

fn hangs() -> TransportError {
    let message = format!(
        "it has not answered for {} seconds and was ended",
        PATIENCE.as_secs()
    );
    let hint = "run `az account get-access-token` by itself to see why, or sign in another way (docs/credentials.md)";
    failed::none(&purpose(TITLE), REQUEST, message, Some(hint.to_owned()))
}

fn stopped(stop: Stop) -> TransportError {
    TransportError {
        delivery: Delivery::NotSent,
        problem: match stop {
            Stop::Deadline => Problem::Deadline,
            Stop::Interrupted => Problem::Interrupted,
        },
        ..failed::none(&purpose(TITLE), REQUEST, "", None)
    }
}

/// Reads a stream to its end, where its hanging hurts nobody.
fn drained(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let read = move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // What was read until it broke is all there is.
            stream.take(LONGEST).read_to_end(&mut bytes).ok();
        }
        sender.send(bytes).ok();
    };
    // Without a thread nothing was said.
    std::thread::Builder::new()
        .name("az".to_owned())
        .spawn(read)
        .ok();
    receiver
}

/// Ends it and whatever it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
    child.kill().ok();
    child.wait().ok();
}
