//! A place to run the program in: an empty folder, an empty environment, no keyring, one certificate.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// All that the machine trusts: the hundred and more certificates of a system take longer to parse than all else of a call.
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/one-certificate.pem");

/// A folder in which the program runs as if there were nothing else on the machine.
#[derive(Debug)]
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a call of the program left behind.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The search for settings ends at the root of a repository.
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        Self {
            folder,
            variables: Vec::new(),
        }
    }

    /// Sets a variable of the environment; there are no others but those that keep the machine's own out.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that it needs.
    #[expect(
        clippy::disallowed_methods,
        reason = "a file of a test needs no atomic write"
    )]
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Sets how long Azure's runs may take to turn up.
    pub(crate) fn settle(&self, length: &str) {
        let text = std::fs::read_to_string(self.path("handin.toml")).unwrap();
        let text = text.replace("settle = \"1s\"", &format!("settle = \"{length}\""));
        self.write("handin.toml", text);
    }

    pub(crate) fn forget_journal(&self) {
        // It may never have been there.
        drop(std::fs::remove_dir_all(self.path(".handin")));
    }

    /// Returns the journal's lines.
    pub(crate) fn journal(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.path(".handin/journal.jsonl")).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_handin"), arguments)
    }

    /// Runs the program out of a script of the shell, which calls it as `"$0" "$@"`.
    #[cfg(unix)]
    pub(crate) fn run_in_shell(&self, script: &str, arguments: &[&str]) -> Answer {
        let before = ["-c", script, env!("CARGO_BIN_EXE_handin")];
        let mut command = self.program("sh", &[&before, arguments].concat());
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        Answer::of(&command.output().unwrap())
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("SSL_CERT_FILE", CERTIFICATE)
            .env("TZ", "UTC")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(&self.command(arguments).output().unwrap())
    }

    /// Starts the program; what it writes is kept until it is waited for.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Answer {
    /// Returns what a call left behind that was waited for.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Returns the JSON document on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
