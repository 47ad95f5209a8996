//! A real Secret Service: gnome-keyring on a bus of its own, read back with `secret-tool`, which knows nothing of handin.
//!
//! Needs Debian's `gnome-keyring`, `libsecret-tools`, `dbus` and `tmux`; `.ci/parts/network` installs them and runs these tests.

use std::process::Command;
use std::time::{Duration, Instant};

use handin_sandbox::azure::AzureSandbox;

use crate::desk::Desk;
use crate::submit::{report, shop};

/// A new home with an unlocked keyring; then what the test does there, in Bash. `handin` is the program under test.
const SESSION: &str = r#"
export XDG_DATA_HOME=$HOME/data XDG_RUNTIME_DIR=$HOME/run XDG_CONFIG_HOME=$HOME/cfg XDG_CACHE_HOME=$HOME/cache
mkdir -p $HOME/data/keyrings $HOME/run $HOME/cfg && chmod 700 $HOME/run
exec dbus-run-session -- bash -c '
printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 90
gdbus wait --session --timeout 10 org.freedesktop.secrets || exit 91
eval "$1"' _ "$1"
"#;

/// A machine with a keyring and an organisation of Azure on loopback.
struct Machine {
    sandbox: AzureSandbox,
    desk: Desk,
}

/// What a script in the session answered.
struct Said {
    code: Option<i32>,
    text: String,
    took: Duration,
}

impl Machine {
    fn new() -> Self {
        let desk = Desk::new();
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
        );
        desk.write("r.xml", report(&[("valid", Some(1001), "")]));
        Self {
            sandbox: AzureSandbox::start(shop()).unwrap(),
            desk,
        }
    }

    /// Runs a script in a session with an unlocked keyring.
    fn session(&self, script: &str) -> Said {
        self.bash(SESSION, script)
    }

    #[expect(clippy::disallowed_methods, reason = "the test measures time")]
    fn bash(&self, session: &str, script: &str) -> Said {
        let program = env!("CARGO_BIN_EXE_handin");
        let script = format!("handin() {{ {program} \"$@\"; }}; {script}");
        let start = Instant::now();
        let output = Command::new("bash")
            .args(["-c", session, "_", &script])
            .current_dir(self.desk.path(""))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.desk.path(""))
            .env("PROGRAM", program)
            .env("URL", self.sandbox.url())
            .env("TOKEN", self.sandbox.token())
            .env("ENTRY", self.entry())
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        Said {
            code: output.status.code(),
            text: stdout + &String::from_utf8_lossy(&output.stderr),
            took: start.elapsed(),
        }
    }

    /// The name of the entry, which users may look for in their own tools.
    fn entry(&self) -> String {
        format!("azure:{}:default", self.sandbox.url())
    }
}

#[test]
#[ignore = "needs gnome-keyring and secret-tool"]
fn what_login_stores_another_program_reads_and_submit_uses() {
    let machine = Machine::new();
    let said = machine.session(
        r#"printf "$TOKEN\n" | handin login azure --url "$URL" --token-stdin || exit 1
        [ "$(secret-tool lookup service handin username "$ENTRY")" = "$TOKEN" ] || exit 2
        handin login --list --json --url "$URL" 2>/dev/null | grep -q "$URL" || exit 3
        handin submit r.xml --set "azure.url=$URL" || exit 4
        handin login azure --remove || exit 5
        secret-tool lookup service handin username "$ENTRY" && exit 6
        handin submit r.xml --set "azure.url=$URL" --again; [ $? = 4 ] || exit 7"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert_eq!(machine.sandbox.run_count(), 1);
    assert!(
        !said.text.contains(machine.sandbox.token()),
        "{}",
        said.text
    );
}

#[test]
#[ignore = "needs gnome-keyring and secret-tool"]
fn what_another_program_stores_handin_uses_for_that_address_only() {
    let machine = Machine::new();
    let said = machine.session(
        r#"printf "$TOKEN" | secret-tool store --label=x service handin username "$ENTRY" || exit 1
        handin submit r.xml --set "azure.url=$URL" || exit 2
        handin submit r.xml --set "azure.url=${URL}x"; [ $? = 4 ] || exit 3"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    let asked = machine.sandbox.requests();
    assert!(asked.iter().all(|it| !it.path.contains("acmex")));
}

#[test]
#[ignore = "needs gnome-keyring and secret-tool"]
fn a_locked_keyring_with_nobody_to_unlock_it_names_the_variable() {
    let machine = Machine::new();
    let said = machine.session(
        r#"printf "$TOKEN" | secret-tool store --label=x service handin username "$ENTRY" || exit 1
        # It locks, then crashes (0.20.5); the lock holds.
        secret-tool lock --collection=login >/dev/null 2>&1
        within() { timeout 5 "$PROGRAM" "$@"; }
        within submit r.xml --set "azure.url=$URL"; [ $? = 4 ] || exit 2
        printf "$TOKEN" | within login azure --url "$URL" --token-stdin; [ $? = 1 ] || exit 3"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("HANDIN_AZURE_TOKEN"), "{}", said.text);
    assert!(machine.sandbox.requests().is_empty());
}

#[test]
#[ignore = "needs dbus-run-session"]
fn a_bus_without_a_secret_service_names_the_variable() {
    let machine = Machine::new();
    let config = machine.desk.write(
        "bus.conf",
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
    );
    let session = format!(
        "exec dbus-run-session --config-file={} -- bash -c 'eval \"$1\"' _ \"$1\"",
        config.display()
    );
    let said = machine.bash(
        &session,
        r#"printf "$TOKEN" | handin login azure --url "$URL" --token-stdin; [ $? = 1 ] || exit 1"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("HANDIN_AZURE_TOKEN"), "{}", said.text);
    assert!(said.took < Duration::from_secs(6), "{:?}", said.took);
}

#[test]
#[ignore = "needs gnome-keyring, secret-tool and tmux"]
fn the_prompt_shows_nothing_of_what_is_typed() {
    let machine = Machine::new();
    let said = machine.session(
        r#"t() { tmux -L handin -f /dev/null "$@"; }
        t new-session -d -x 120 -y 24 "$PROGRAM login azure --url $URL; echo ended \$?; sleep 60"
        for try in $(seq 100); do t capture-pane -p | grep -q "Token of" && break; sleep 0.1; done
        t send-keys -l "$TOKEN"; sleep 0.5; t capture-pane -p; t send-keys Enter
        for try in $(seq 100); do t capture-pane -p | grep -q "ended" && break; sleep 0.1; done
        t capture-pane -p; t kill-server
        [ "$(secret-tool lookup service handin username "$ENTRY")" = "$TOKEN" ] || exit 2"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("Token of Azure DevOps"), "{}", said.text);
    assert!(said.text.contains("ended 0"), "{}", said.text);
    assert!(
        !said.text.contains(machine.sandbox.token()),
        "{}",
        said.text
    );
}

#[test]
#[ignore = "needs gnome-keyring and secret-tool"]
fn a_login_is_enough_to_know_where_the_service_is() {
    let machine = Machine::new();
    let said = machine.session(
        r#"printf "$TOKEN" | handin login azure --url "$URL" --token-stdin || exit 1
        handin projects azure || exit 2
        handin submit r.xml || exit 3
        handin login --list | grep -q "$URL .* keyring" || exit 4"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("taken to be at"), "{}", said.text);
    assert_eq!(machine.sandbox.run_count(), 1);
}

#[test]
#[ignore = "needs gnome-keyring, secret-tool and tmux"]
fn the_first_command_in_a_terminal_offers_to_store_a_token_and_goes_on() {
    let machine = Machine::new();
    let said = machine.session(
        r#"export HANDIN_AZURE_URL=$URL
        t() { tmux -L handin3 -f /dev/null "$@"; }
        # A server that is ending may still take the next session, and end with it.
        run() { t kill-server; for try in $(seq 50); do t new-session -d -x 150 -y 40 "$PROGRAM submit r.xml; echo ended \$?; sleep 60" && return; sleep 0.1; done; }
        seen() { for try in $(seq 200); do t capture-pane -p | grep -q "$1" && return; sleep 0.1; done; t capture-pane -p; t kill-server; exit 9; }
        run; seen "store one now"; t send-keys n Enter; seen "ended 4"
        run; seen "store one now"; t send-keys y Enter
        seen "_usersSettings/tokens"; seen "Token of"; t send-keys -l "wrong"; t send-keys Enter; seen "ended 4"
        secret-tool lookup service handin username "$ENTRY" && exit 2
        run; seen "store one now"; t send-keys y Enter
        seen "Token of"; t send-keys -l "$TOKEN"; t send-keys Enter; seen "ended 0"
        t capture-pane -p; t kill-server
        [ "$(secret-tool lookup service handin username "$ENTRY")" = "$TOKEN" ] || exit 3"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("Signed in to"), "{}", said.text);
    assert!(
        !said.text.contains(machine.sandbox.token()),
        "{}",
        said.text
    );
    assert_eq!(machine.sandbox.run_count(), 1);
}

#[test]
#[ignore = "needs gnome-keyring, secret-tool and tmux"]
fn the_prompt_can_be_left_and_asks_again_for_what_is_no_token() {
    let machine = Machine::new();
    let said = machine.session(
        r#"t() { tmux -L handin4 -f /dev/null "$@"; }
        seen() { for try in $(seq 200); do t capture-pane -p -S - | grep -q "$1" && return; sleep 0.1; done; t capture-pane -p -S -; t kill-server; exit 9; }
        # What was typed is shown again, once it is over.
        run() { t kill-server; for try in $(seq 50); do t new-session -d -x 150 -y 40 "bash -c 'echo process \$\$; exec $PROGRAM login azure --url $URL $1'; echo ended \$?; stty -a | grep -o ' echo '; sleep 60" && break; sleep 0.1; done; seen "Token of"; }
        over() { seen "ended $1"; seen "^ echo"; secret-tool lookup service handin username "$ENTRY" && exit 2; true; }
        run; t send-keys -l "part of it"; t send-keys C-c; over 130
        run; kill -TERM $(t capture-pane -p | sed -n "s/^process //p"); over 143
        run; t send-keys C-d; over 130
        run "--timeout 2s"; over 6
        run; t send-keys Enter; seen "the token is empty"; t send-keys -l "two words"; t send-keys Enter; seen "contains blanks"; t send-keys C-c; over 130
        run; t send-keys Enter; seen "the token is empty"; t send-keys -l "$TOKEN"; t send-keys Enter; seen "ended 0"
        t kill-server; [ "$(secret-tool lookup service handin username "$ENTRY")" = "$TOKEN" ] || exit 3"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
}

#[test]
#[ignore = "needs gnome-keyring, secret-tool and tmux"]
fn ctrl_c_at_the_prompt_stores_nothing() {
    let machine = Machine::new();
    let said = machine.session(
        r#"t() { tmux -L handin2 -f /dev/null "$@"; }
        t new-session -d -x 120 -y 24 "bash"
        t send-keys "$PROGRAM login azure --url $URL; echo ended \$?" Enter
        for try in $(seq 100); do t capture-pane -p | grep -q "Token of" && break; sleep 0.1; done
        t send-keys C-c
        for try in $(seq 50); do t capture-pane -p | grep -q "^ended" && break; sleep 0.1; done
        t capture-pane -p; t kill-server
        secret-tool lookup service handin username "$ENTRY" && exit 2; exit 0"#,
    );
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(machine.sandbox.requests().is_empty());
}

#[test]
#[ignore = "needs gnome-keyring and secret-tool"]
fn a_server_that_never_answers_is_given_up_in_time_and_nothing_is_stored() {
    let machine = Machine::new();
    // What is not accepted waits in the queue of the system, and is never answered.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/acme", silent.local_addr().unwrap());
    let script = r#"for service in azure qtest katalon kiwi; do
            [ $service = kiwi ] && user="--user bot" || user=
            printf "$TOKEN" | timeout 10 "$PROGRAM" login $service --url SILENT --token-stdin $user --timeout 2s
            [ $? = 6 ] || exit 1
        done
        secret-tool search --all service handin 2>&1 | grep -q secret && exit 2; exit 0"#;
    let said = machine.session(&script.replace("SILENT", &url));
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert_eq!(
        said.text.matches("nothing was stored").count(),
        4,
        "{}",
        said.text
    );
}
