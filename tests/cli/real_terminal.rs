//! A real terminal: what is on the screen while results are handed in, and what is left there afterwards.
//!
//! Needs `tmux`; `.ci/parts/network` installs it and runs these tests.

use std::process::Command;
use std::time::Duration;

use handin_sandbox::azure::AzureSandbox;

use crate::desk::Desk;
use crate::submit::{report, shop};

/// A terminal of some columns in which handin hands a report in, slowly enough to be looked at.
struct Terminal {
    sandbox: AzureSandbox,
    desk: Desk,
    name: String,
}

impl Terminal {
    fn open(name: &str, columns: u16) -> Self {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        sandbox.faults().latency(Duration::from_millis(250));
        let desk = Desk::new();
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
        );
        let tests = [
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), ""),
            ("stray", None, ""),
        ];
        desk.write("r.xml", report(&tests));
        let script = format!(
            "export HANDIN_AZURE_URL={} HANDIN_AZURE_TOKEN={}\n{} submit r.xml\necho \"ended $?\"\nsleep 60\n",
            sandbox.url(),
            sandbox.token(),
            env!("CARGO_BIN_EXE_handin")
        );
        desk.write("script", script);
        let terminal = Self {
            sandbox,
            desk,
            name: format!("handin-{name}-{}", std::process::id()),
        };
        let (width, folder) = (columns.to_string(), terminal.desk.path(""));
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &width,
            "-y",
            "40",
            "-c",
            &folder.display().to_string(),
            "bash script",
        ]);
        terminal
    }

    fn tmux(&self, words: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.name])
            .args(words)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"])
    }

    fn wait(&self, text: &str) -> String {
        // Each look takes some milliseconds.
        for _ in 0..5_000 {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
        }
        panic!("no `{text}` on the screen:\n{}", self.screen());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Returns the lines on which a display of progress stands.
fn moving(screen: &str) -> Vec<&str> {
    let is_spinner = |line: &&str| line.starts_with(|c| ('\u{2800}'..='\u{28ff}').contains(&c));
    screen.lines().filter(is_spinner).collect()
}

#[test]
#[ignore = "needs tmux"]
fn progress_takes_one_line_and_leaves_none() {
    for columns in [120, 80, 40] {
        let terminal = Terminal::open(&columns.to_string(), columns);
        let during = terminal.wait("azure: ");
        assert_eq!(moving(&during).len(), 1, "{columns}:\n{during}");
        for narrower in [columns * 3 / 4, columns * 2] {
            terminal.tmux(&["resize-window", "-x", &narrower.to_string()]);
        }
        let after = terminal.wait("ended 0");
        assert_eq!(moving(&after), Vec::<&str>::new(), "{columns}:\n{after}");
        assert!(
            after.contains("1 test without a case"),
            "{columns}:\n{after}"
        );
        assert!(after.contains("run 1"), "{columns}:\n{after}");
        assert_eq!(
            terminal
                .tmux(&["display-message", "-p", "#{cursor_flag}"])
                .trim(),
            "1"
        );
    }
}

#[test]
#[ignore = "needs tmux"]
fn after_ctrl_c_the_screen_is_clean_and_the_cursor_is_there() {
    let terminal = Terminal::open("stop", 80);
    terminal.wait("azure: ");
    terminal.tmux(&["send-keys", "C-c"]);
    let after = terminal.wait("ended ");
    assert_eq!(moving(&after), Vec::<&str>::new(), "{after}");
    assert!(
        after.contains("ended 130") || after.contains("ended 7") || after.contains("ended 8"),
        "{after}"
    );
    assert!(terminal.sandbox.run_count() <= 1);
    assert_eq!(
        terminal
            .tmux(&["display-message", "-p", "#{cursor_flag}"])
            .trim(),
        "1"
    );
}

/// Runs the program with its output on a terminal, and returns all that it wrote there.
fn on_a_terminal(desk: &Desk, words: &str) -> String {
    let call = format!("{} {words}", env!("CARGO_BIN_EXE_handin"));
    let given = desk.command(&[]);
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &call, "/dev/null"])
        .current_dir(desk.path(""))
        .env_clear()
        .envs(
            given
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs script, of util-linux"]
fn what_has_a_page_can_be_clicked_on_a_terminal_and_nowhere_else() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token())
        .set("FORCE_HYPERLINK", "1");
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n[cases.azure]\n\"old\" = [1003]\n",
    );
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("gone", Some(9999), "")]),
    );
    let base = sandbox.url();
    for (words, text, page) in [
        ("map list r.xml", "1001", "/Shop/_workitems/edit/1001"),
        ("map list r.xml", "1003", "/Shop/_workitems/edit/1003"),
        ("verify r.xml", "9999", "/Shop/_workitems/edit/9999"),
        (
            "verify --coverage r.xml",
            "1002",
            "/Shop/_workitems/edit/1002",
        ),
        ("projects azure", "Shop", "/Shop"),
        (
            "projects azure Shop",
            "Regression",
            "/Shop/_testPlans/define?planId=",
        ),
    ] {
        let told = on_a_terminal(&desk, words);
        let (_, link) = told
            .split_once(&format!("\u{1b}]8;;{base}{page}"))
            .unwrap_or_else(|| panic!("{words}: {told:?}"));
        let (_, link) = link.split_once("\u{1b}\\").unwrap();
        assert!(
            link.starts_with(&format!("{text}\u{1b}]8;;\u{1b}\\")),
            "{words}: {told:?}"
        );
        let words: Vec<&str> = words.split(' ').collect();
        let answer = desk.run(&words);
        assert!(!answer.stdout.contains('\u{1b}'), "{answer:?}");
        assert!(answer.stdout.contains(text), "{answer:?}");
    }
}
