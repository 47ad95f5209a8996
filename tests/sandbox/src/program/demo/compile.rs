//! Which handin the tour runs: the one beside this program, or in a checkout the one that cargo builds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use handin_sandbox::console::say;
use serde_json::Value;

/// Returns the program. `cargo run` names the cargo that it is: then the sources are at hand, and may be newer than what was built.
pub(super) fn handin(named: Option<&Path>) -> Result<PathBuf> {
    match (named, cargo()) {
        // The tour runs it in a folder of its own.
        (Some(program), _) => std::path::absolute(program)
            .with_context(|| format!("no program: `{}`", program.display())),
        (None, Some(cargo)) => build(&cargo),
        (None, None) => beside(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tour asks whether cargo started it"
)]
fn cargo() -> Option<PathBuf> {
    std::env::var_os("CARGO").map(PathBuf::from)
}

/// Returns the program that was installed together with this one.
fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program's own folder is not known")?;
    let program = own.with_file_name(format!("handin{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    bail!(
        "there is no `{}`; name the program with `--handin PATH`",
        program.display()
    )
}

/// Builds handin and returns its path. The tour keeps no token: it goes without the keyring, which takes a fifth of the compiling.
fn build(cargo: &Path) -> Result<PathBuf> {
    say("Building handin ...");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new(cargo)
        .args([
            "build",
            "--package",
            "handin",
            "--bin",
            "handin",
            "--no-default-features",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    if !built.status.success() {
        bail!("cargo build ended with {}", built.status);
    }
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    messages
        .lines()
        .rev()
        .find_map(program)
        .context("cargo did not say where it put handin")
}

/// Returns the program that a line of cargo's messages tells of.
fn program(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let named = message.pointer("/target/name").and_then(Value::as_str) == Some("handin");
    message
        .get("executable")
        .and_then(Value::as_str)
        .filter(|_| named)
        .map(PathBuf::from)
}
