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
    /// Opens one in which something else is called, told by its arguments; its process is named on the screen.
    fn asking(name: &str, words: &str) -> Self {
        let call = format!("bash -c 'echo process $$; exec \"$0\" {words}'");
        Self::running(name, 80, &call)
    }

    /// Ends what runs, as a CI does that cancels its job.
    fn terminate(screen: &str) {
        let (_, rest) = screen.split_once("process ").unwrap();
        let id: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(status.success());
    }

    fn open(name: &str, columns: u16) -> Self {
        Self::running(name, columns, "submit r.xml")
    }

    fn running(name: &str, columns: u16, call: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_handin");
        let call = match call.strip_prefix("bash ") {
            Some(rest) => format!("bash {rest} {program}"),
            None => format!("{program} {call}"),
        };
        let sandbox = AzureSandbox::start(shop()).unwrap();
        sandbox.faults().latency(Duration::from_millis(250));
        let desk = Desk::new();
        if !call.contains(" init") {
            let settings = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
            desk.write("handin.toml", settings);
        }
        let tests = [
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), ""),
            ("stray", None, ""),
        ];
        desk.write("r.xml", report(&tests));
        let script = format!(
            "trap : INT\nexport HANDIN_AZURE_URL={} HANDIN_AZURE_TOKEN={}\n{call}\necho \"ended $?\"\nwhile :; do sleep 60; done\n",
            sandbox.url(),
            sandbox.token(),
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
        let mut command = Command::new("tmux");
        // Somebody sits at this terminal, also where a CI runs the test.
        for variable in [
            "CI",
            "GITHUB_ACTIONS",
            "GITLAB_CI",
            "JENKINS_URL",
            "TF_BUILD",
        ] {
            command.env_remove(variable);
        }
        let output = command
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

/// What is on the screen of whoever was asked, once all is over: the exit code and nothing behind it.
fn ended(terminal: &Terminal, code: u8) {
    let after = terminal.wait("ended ");
    assert!(after.contains(&format!("ended {code}\n")), "{after}");
    let flag = terminal.tmux(&["display-message", "-p", "#{cursor_flag}"]);
    assert_eq!(flag.trim(), "1");
}

#[test]
#[ignore = "needs tmux"]
fn ctrl_c_and_sigterm_end_a_question_at_once_and_an_answer_that_comes_later_writes_nothing() {
    let terminal = Terminal::asking("ask-c", "init");
    terminal.wait("Which service?");
    for _ in 0..3 {
        terminal.tmux(&["send-keys", "C-c"]);
    }
    terminal.tmux(&["send-keys", "azure", "Enter", "y", "Enter"]);
    ended(&terminal, 130);
    assert!(!terminal.desk.path("handin.toml").exists());
    let terminal = Terminal::asking("ask-t", "init");
    let screen = terminal.wait("Which service?");
    Terminal::terminate(&screen);
    ended(&terminal, 143);
    assert!(!terminal.desk.path("handin.toml").exists());
}

#[test]
#[ignore = "needs tmux"]
fn an_answer_that_is_none_is_asked_for_again_and_the_limit_ends_the_question() {
    let terminal = Terminal::asking("again", "init --timeout 8s");
    terminal.wait("Which service?");
    terminal.tmux(&["send-keys", "nonsense", "Enter"]);
    terminal.wait("expected one of azure");
    terminal.tmux(&["send-keys", "azure", "Enter"]);
    terminal.wait("Its address?");
    let after = terminal.wait("ended ");
    assert!(
        after.contains("the time limit of the command ran out"),
        "{after}"
    );
    assert!(!terminal.desk.path("handin.toml").exists());
}

#[test]
#[ignore = "needs tmux"]
fn submit_asks_for_what_is_missing_and_goes_on() {
    let call = "bash -c 'rm handin.toml; exec \"$0\" submit'";
    let terminal = Terminal::running("missing", 100, call);
    // Which service it is the environment tells already.
    terminal.wait("named by HANDIN_AZURE_URL");
    for (question, answer) in [
        ("Which project?", "Shop"),
        ("Which plan?", "Regression"),
        ("Which reports?", ""),
    ] {
        terminal.wait(question);
        terminal.tmux(&["send-keys", answer, "Enter"]);
    }
    ended(&terminal, 0);
    assert_eq!(terminal.sandbox.look(|azure| azure.runs().len()), 1);
    assert!(!terminal.desk.path("handin.toml").exists());
}

#[test]
#[ignore = "needs tmux"]
fn what_the_tutorial_says_that_a_terminal_asks_is_asked() {
    let page = include_str!("../../docs/tutorial.md");
    assert!(page.contains("`Write the 3 mappings that are certain? [y/N]`"));
    let call = r#"bash -c 'echo "<testsuite name=\"x\"><testcase classname=\"shop.T\" name=\"valid user\"/></testsuite>" > r.xml; exec "$0" map suggest r.xml'"#;
    let terminal = Terminal::running("suggest", 100, call);
    terminal.wait("Write the mapping that is certain? [y/N]");
    terminal.tmux(&["send-keys", "Enter"]);
    ended(&terminal, 0);
    let settings = std::fs::read_to_string(terminal.desk.path("handin.toml")).unwrap();
    assert!(!settings.contains("[cases"), "{settings}");
}

#[test]
#[ignore = "needs tmux"]
fn a_keyring_that_is_waited_for_is_told_and_can_be_left() {
    let call = r#"bash -c 'unset HANDIN_AZURE_TOKEN; until [ -S bus ]; do sleep 0.1; done; export DBUS_SESSION_BUS_ADDRESS=unix:path=bus; exec "$0" submit r.xml'"#;
    let terminal = Terminal::running("locked", 160, call);
    // It takes whoever comes, and never answers.
    let bus = std::os::unix::net::UnixListener::bind(terminal.desk.path("bus")).unwrap();
    terminal.wait("waiting for the keyring");
    terminal.tmux(&["send-keys", "C-c"]);
    ended(&terminal, 130);
    drop(bus);
}

/// Runs `map suggest` on a test that is certain and one that is not, and answers what is asked, question by question.
fn suggested(name: &str, answers: &[(&str, &str)]) -> Terminal {
    let tests = r#"<testcase classname=\"shop.T\" name=\"valid user\"/><testcase classname=\"shop.T\" name=\"wrong passwrd thing\"/>"#;
    let call = format!(
        r#"bash -c 'echo "<testsuite name=\"x\">{tests}</testsuite>" > r.xml; echo process $$; exec "$0" map suggest r.xml'"#
    );
    let terminal = Terminal::running(name, 100, &call);
    for (question, keys) in answers {
        let screen = terminal.wait(question);
        match *keys {
            "TERM" => Terminal::terminate(&screen),
            keys => drop(
                terminal.tmux(&[&["send-keys"], &*keys.split(' ').collect::<Vec<_>>()].concat()),
            ),
        }
    }
    terminal
}

#[test]
#[ignore = "needs tmux"]
fn what_suggestions_ask_is_left_and_asked_again_and_writes_what_was_answered_alone() {
    let (certain, which, again) = ("is certain? [y/N]", "Which?", "answer a number from 1 to");
    let yes = (certain, "y Enter");
    for (name, answers, code, is_written) in [
        ("s1", &[(certain, "C-c C-c C-c y Enter")][..], 130, false),
        ("s2", &[(certain, "TERM")], 143, false),
        ("s3", &[yes, (which, "C-c")], 130, false),
        ("s4", &[yes, (which, "TERM")], 143, false),
        ("s5", &[(certain, "y C-c")], 130, false),
        (
            "s6",
            &[
                (certain, "maybe Enter"),
                ("answer y or n", "n Enter"),
                (which, "q Enter"),
            ],
            0,
            false,
        ),
        (
            "s7",
            &[(certain, "n Enter"), (which, "99 Enter"), (again, "C-d")],
            0,
            false,
        ),
        ("s8", &[yes, (which, "C-d")], 0, true),
        ("s9", &[yes, (which, "q Enter")], 0, true),
    ] {
        let terminal = suggested(name, answers);
        ended(&terminal, code);
        let settings = std::fs::read_to_string(terminal.desk.path("handin.toml")).unwrap();
        assert_eq!(
            settings.contains("[cases"),
            is_written,
            "{name}: {}",
            terminal.screen()
        );
    }
}

#[test]
#[ignore = "needs tmux"]
fn ctrl_c_and_sigterm_end_the_reading_of_standard_input_at_once() {
    for (signal, code) in [("c", 130), ("t", 143)] {
        let terminal = Terminal::asking(&format!("in-{signal}"), "submit -");
        let screen = terminal.wait("process ");
        // It reads once its name is gone from the screen's last line; a moment is enough.
        std::thread::park_timeout(Duration::from_secs(1));
        if signal == "c" {
            terminal.tmux(&["send-keys", "C-c"]);
        } else {
            Terminal::terminate(&screen);
        }
        ended(&terminal, code);
        assert_eq!(terminal.sandbox.run_count(), 0);
    }
}

#[test]
#[ignore = "needs script, of util-linux"]
fn no_command_colours_anything_where_nobody_wants_colours() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    let tests = [("valid", Some(1001), ""), ("gone", Some(9999), "")];
    desk.write("r.xml", report(&tests));
    let calls = [
        "verify r.xml",
        "submit r.xml",
        "submit nowhere",
        "submit --nonsense",
        "map list r.xml",
        "help submit",
        "doctor",
        "nonsense",
    ];
    let colours = |desk: &Desk, words| on_a_terminal(desk, words).matches("\u{1b}[1").count();
    assert!(colours(&desk, "submit --nonsense") > 0);
    desk.set("NO_COLOR", "1");
    for words in calls {
        assert_eq!(colours(&desk, words), 0, "{words}");
    }
}
