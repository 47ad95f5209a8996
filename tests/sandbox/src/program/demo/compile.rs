//! Building the real handin with cargo, and asking cargo where it put it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Builds handin and returns the path of the program.
pub(super) fn handin() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The cargo that built this program is there more surely than any on the path.
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package",
            "handin",
            "--bin",
            "handin",
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
