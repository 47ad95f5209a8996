//! The completion scripts in the shells that they are for, which run here: somebody types and presses Tab.
//!
//! Needs bash, zsh, fish and tmux; `.ci/parts/shells` installs them and runs these tests.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::desk::{Answer, Desk};

const SETTINGS: &str = "[azure]\nproject = \"Shop\"\n[profile.staging]\n[profile.stress.azure]\nproject = \"Wide Shop\"\n\
                        [profile.live.qtest]\nproject = \"Other\"\n";

/// How many terminals were opened: each has a name of its own.
static TERMINALS: AtomicUsize = AtomicUsize::new(0);

/// Returns a desk with settings, and the scripts where the shells are told to find them.
fn desk(settings: &str) -> Desk {
    let desk = Desk::new();
    desk.write("handin.toml", settings);
    desk.write("reports/login.xml", "<testsuites/>");
    for (shell, file) in [
        ("bash", "handin.bash"),
        ("zsh", "functions/_handin"),
        ("fish", "handin.fish"),
    ] {
        desk.write(file, desk.run(&["completions", shell]).stdout);
    }
    desk.write(
        "bashrc",
        "PS1='> '\nbind 'set bell-style none'\nsource handin.bash\n",
    );
    desk.write(
        ".zshrc",
        "PS1='> '\nunsetopt beep\nfpath=($PWD/functions $fpath)\nautoload -U compinit\ncompinit -u -D\n",
    );
    desk
}

/// Returns a command that finds the program by its name, and runs where the settings are.
fn in_place(desk: &Desk, program: &str) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_handin")).parent().unwrap();
    let mut command = Command::new(program);
    command
        .current_dir(desk.path(""))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", own.display()))
        .env("HOME", desk.path(""))
        .env("TERM", "xterm")
        .env("LANG", "C.UTF-8");
    command
}

/// A shell in a terminal.
struct Typist<'a> {
    desk: &'a Desk,
    name: String,
}

impl<'a> Typist<'a> {
    fn at(desk: &'a Desk, shell: &[&str]) -> Self {
        let number = TERMINALS.fetch_add(1, Ordering::Relaxed);
        let name = format!("handin-shell-{number}-{}", std::process::id());
        let typist = Self { desk, name };
        let session = [
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "40",
        ];
        typist.tmux(&[&session, shell].concat());
        typist.until(">");
        typist
    }

    fn tmux(&self, words: &[&str]) -> String {
        let mut command = in_place(self.desk, "tmux");
        let output = command.args(["-L", &self.name]).args(words).output();
        String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
    }

    /// Waits until the screen shows a text.
    fn until(&self, text: &str) {
        self.wait(&|screen| screen.contains(text), text);
    }

    fn wait(&self, is_there: &dyn Fn(&str) -> bool, what: &str) {
        for _ in 0..600 {
            if is_there(&self.screen()) {
                return;
            }
            pause();
        }
        panic!("no `{what}` on the screen:\n{}", self.screen());
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Types the start of a line, presses Tab, and expects that the line then goes on with `rest`.
    fn expect(&self, start: &str, rest: &str) {
        self.keys(start, 1);
        // What is typed behind it shows where the line ends.
        self.tmux(&["send-keys", "-l", "."]);
        self.until(&format!("> {start}{rest}."));
        self.clear();
    }

    /// Types the start of a line, presses Tab until words are offered, and expects all of these.
    fn expect_offer(&self, start: &str, offered: &[&str]) {
        self.keys(start, 2);
        for word in offered {
            self.until(word);
        }
        self.clear();
    }

    fn keys(&self, start: &str, tabs: usize) {
        self.tmux(&["send-keys", "-l", start]);
        self.until(format!("> {start}").trim_end());
        for _ in 0..tabs {
            self.tmux(&["send-keys", "Tab"]);
        }
    }

    fn clear(&self) {
        self.tmux(&["send-keys", "C-u"]);
        self.tmux(&["send-keys", "C-l"]);
        self.wait(&|screen| screen.trim() == ">", "empty line");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a terminal says nothing when it has drawn: it is looked at again"
)]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(50));
}

impl Drop for Typist<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Returns what fish offers for the start of a line, without what it says about each word.
fn offered_by_fish(desk: &Desk, start: &str) -> Vec<String> {
    let script = format!("source handin.fish; complete -C \"{start}\"");
    let output = in_place(desk, "fish")
        .args(["--no-config", "-c", &script])
        .output();
    let answer = Answer::of(&output.unwrap());
    assert_eq!(
        (answer.code, answer.stderr.as_str()),
        (Some(0), ""),
        "{start}: {answer:?}"
    );
    let word = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    answer.stdout.lines().map(word).collect()
}

#[test]
#[ignore = "needs zsh and fish"]
fn a_script_is_taken_in_without_a_word() {
    let desk = desk(SETTINGS);
    for words in [
        &[
            "bash",
            "--norc",
            "--noprofile",
            "-c",
            "source handin.bash; complete -p handin >/dev/null",
        ][..],
        &[
            "zsh",
            "-fc",
            "autoload -U compinit; compinit -u -D; source functions/_handin; [ $_comps[handin] = _handin ]",
        ],
        &[
            "fish",
            "--no-config",
            "-c",
            "source handin.fish; complete -c handin | string match -q '*submit*'",
        ],
    ] {
        let output = in_place(&desk, words[0])
            .args(&words[1..])
            .output()
            .unwrap();
        let answer = Answer::of(&output);
        assert_eq!(
            (answer.code, answer.stdout.as_str(), answer.stderr.as_str()),
            (Some(0), "", ""),
            "{words:?}"
        );
    }
}

#[test]
#[ignore = "needs tmux"]
fn bash_completes_commands_flags_files_and_what_the_settings_name() {
    let desk = desk(SETTINGS);
    let bash = Typist::at(&desk, &["bash", "--noprofile", "--rcfile", "bashrc", "-i"]);
    bash.expect("handin sub", "mit ");
    bash.expect("handin submit --dry", "-run ");
    bash.expect("handin submit reports/l", "ogin.xml ");
    bash.expect("handin submit --service ka", "talon ");
    bash.expect("handin submit --profile l", "ive ");
    bash.expect("handin submit --profile=l", "ive ");
    bash.expect("handin --profile l", "ive ");
    bash.expect("handin projects ki", "wi ");
    bash.expect("handin projects azure W", "ide\\ Shop ");
    bash.expect("handin projects azure Wide\\ S", "hop ");
    bash.expect("handin projects qtest ", "Other ");
    bash.expect_offer("handin submit --profile st", &["staging", "stress"]);
}

#[test]
#[ignore = "needs zsh and tmux"]
fn zsh_completes_commands_flags_files_and_what_the_settings_name() {
    let desk = desk(SETTINGS);
    let zsh = Typist::at(&desk, &["zsh", "-i"]);
    zsh.expect("handin sub", "mit ");
    zsh.expect("handin submit --dry", "-run ");
    zsh.expect("handin submit reports/l", "ogin.xml ");
    zsh.expect("handin submit --service ka", "talon ");
    zsh.expect("handin submit --profile l", "ive ");
    zsh.expect("handin submit --profile=l", "ive ");
    zsh.expect("handin --profile l", "ive ");
    zsh.expect("handin projects ki", "wi ");
    zsh.expect("handin projects azure W", "ide\\ Shop ");
    zsh.expect("handin projects qtest ", "Other ");
    zsh.expect_offer("handin submit --profile st", &["staging", "stress"]);
}

#[test]
#[ignore = "needs fish"]
fn fish_completes_commands_flags_files_and_what_the_settings_name() {
    let desk = desk(SETTINGS);
    for (start, offered) in [
        ("handin sub", &["submit"][..]),
        ("handin submit --dry", &["--dry-run"]),
        ("handin submit reports/l", &["reports/login.xml"]),
        ("handin submit --service k", &["katalon", "kiwi"]),
        ("handin submit --profile ", &["staging", "stress", "live"]),
        ("handin submit --profile=l", &["--profile=live"]),
        ("handin --profile l", &["live"]),
        ("handin login ", &["azure", "qtest", "katalon", "kiwi"]),
        ("handin projects ", &["azure", "qtest", "katalon", "kiwi"]),
        ("handin projects azure ", &["Shop", "Wide Shop"]),
        ("handin completions f", &["fish"]),
    ] {
        let mut found = offered_by_fish(&desk, start);
        let mut offered = offered.to_vec();
        found.sort_unstable();
        offered.sort_unstable();
        assert_eq!(found, offered, "{start}");
    }
}

#[test]
#[ignore = "needs zsh, fish and tmux"]
fn the_settings_file_that_is_named_before_counts() {
    let desk = desk(SETTINGS);
    desk.write("ci/other.toml", "[profile.nightly]\n");
    let bash = Typist::at(&desk, &["bash", "--noprofile", "--rcfile", "bashrc", "-i"]);
    bash.expect(
        "handin --settings ci/other.toml submit --profile ",
        "nightly ",
    );
    bash.expect(
        "handin --settings=ci/other.toml submit --profile ",
        "nightly ",
    );
    let zsh = Typist::at(&desk, &["zsh", "-i"]);
    zsh.expect(
        "handin --settings ci/other.toml submit --profile ",
        "nightly ",
    );
    zsh.expect(
        "handin submit --settings=ci/other.toml --profile ",
        "nightly ",
    );
    let start = "handin --settings ci/other.toml submit --profile ";
    assert_eq!(offered_by_fish(&desk, start), ["nightly"]);
}

#[test]
#[ignore = "needs zsh, fish and tmux"]
fn a_hostile_settings_file_gives_no_orders_and_no_noise() {
    let hostile = "[profile.\"$(touch hacked)\"]\n[profile.\"`touch hacked`\"]\n[profile.\"a\\u001b[2Jb\"]\n[profile.\"x;touch hacked\"]\n\
                   [profile.\"*\"]\n[profile.fine]\n";
    for (settings, rest) in [(hostile, "fine "), ("[profile", ""), ("\u{0}", "")] {
        let desk = desk(settings);
        let bash = Typist::at(&desk, &["bash", "--noprofile", "--rcfile", "bashrc", "-i"]);
        let zsh = Typist::at(&desk, &["zsh", "-i"]);
        for shell in [bash, zsh] {
            shell.expect("handin submit --profile ", rest);
            shell.keys("handin submit --profile ", 1);
            shell.tmux(&["send-keys", "-l", "."]);
            let line = format!("> handin submit --profile {rest}.");
            shell.wait(&|screen| screen.trim() == line, "that line alone");
        }
        let offered: Vec<&str> = rest.split_whitespace().collect();
        assert_eq!(offered_by_fish(&desk, "handin submit --profile "), offered);
        assert!(!desk.path("hacked").exists());
    }
}
