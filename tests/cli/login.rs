//! `handin login`, and where a token may come from and go to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use handin_sandbox::azure::AzureSandbox;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

const PLAN: &str = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";

/// A session bus that accepts every connection and never says a word. Counts them.
pub(crate) struct MuteBus {
    folder: tempfile::TempDir,
    asked: Arc<AtomicUsize>,
}

impl MuteBus {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("bus")).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                kept.push(stream);
            }
        });
        Self { folder, asked }
    }

    /// Returns how often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }
}

/// Runs a command with something on standard input, and tells how long it took.
pub(crate) fn fed(desk: &Desk, arguments: &[&str], input: &str) -> (Answer, Duration) {
    let start = now();
    let mut child = desk
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it read anything.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let answer = Answer {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    (answer, since(start))
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn since(start: Instant) -> Duration {
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn now() -> Instant {
    Instant::now()
}

fn login(desk: &Desk, sandbox: &AzureSandbox) -> (Answer, Duration) {
    let arguments = ["login", "azure", "--token-stdin", "--url", &sandbox.url()];
    fed(desk, &arguments, sandbox.token())
}

fn demo() -> AzureSandbox {
    AzureSandbox::start(shop()).unwrap()
}

fn assert_names_the_variable(answer: &Answer, took: Duration) {
    assert!(answer.stderr.contains("HANDIN_AZURE_TOKEN"), "{answer:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn without_a_bus_a_login_names_the_variable_to_set_and_sends_nothing() {
    let sandbox = demo();
    let (answer, took) = login(&Desk::new(), &sandbox);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert_names_the_variable(&answer, took);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_bus_that_never_answers_is_given_up_after_three_seconds() {
    let sandbox = demo();
    let bus = MuteBus::start();
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let (answer, took) = login(&desk, &sandbox);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert_names_the_variable(&answer, took);

    desk.set("HANDIN_AZURE_URL", sandbox.url());
    desk.write("handin.toml", PLAN);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    let (answer, took) = fed(&desk, &["submit", "r.xml"], "");
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert_names_the_variable(&answer, took);
    assert_eq!(bus.asked.load(Ordering::SeqCst), 2);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_limit_of_the_command_ends_the_wait_for_a_keyring_too() {
    let sandbox = demo();
    let bus = MuteBus::start();
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .set("HANDIN_AZURE_URL", sandbox.url());
    for arguments in [
        &["login", "azure", "--token-stdin"][..],
        &["projects", "azure"],
    ] {
        let more = [arguments, &["--timeout", "300ms"]].concat();
        let (answer, took) = fed(&desk, &more, "x");
        assert_eq!(answer.code, Some(6), "{arguments:?}: {answer:?}");
        assert!(answer.stderr.contains("--timeout"), "{answer:?}");
        assert!(took < Duration::from_secs(2), "{arguments:?}: {took:?}");
    }
    assert!(sandbox.requests().is_empty());
}

/// Writes the list of logins, as `login` keeps it.
fn logged_in(desk: &Desk, addresses: &[&str]) {
    let logins: Vec<serde_json::Value> = addresses
        .iter()
        .map(|url| serde_json::json!({ "service": "azure", "url": url, "profile": "default", "account": "Ann" }))
        .collect();
    let list = serde_json::json!({ "version": 1, "logins": logins });
    desk.write(".local/share/handin/logins.json", list.to_string());
}

#[test]
fn the_address_of_the_only_login_counts_where_nothing_names_one_and_is_said() {
    let sandbox = demo();
    let mut desk = Desk::new();
    let projects = |desk: &Desk| desk.run(&["projects", "azure"]);
    logged_in(&desk, &[&sandbox.url()]);
    let answer = projects(&desk);
    let said = format!("taken to be at {}", sandbox.url());
    assert!(answer.stderr.contains(&said), "{answer:?}");
    // It is nothing that vouches for a token of the environment.
    desk.set("HANDIN_AZURE_TOKEN", sandbox.token());
    let answer = projects(&desk);
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(answer.stderr.contains("HANDIN_AZURE_URL="), "{answer:?}");
    assert!(sandbox.requests().is_empty());
    // What is named counts, and nothing is said of the other.
    desk.write(
        "handin.toml",
        "[azure]\nurl = \"https://evil.example/acme\"\n",
    );
    let answer = projects(&desk);
    assert!(answer.stderr.contains("evil.example"), "{answer:?}");
    assert!(!answer.stderr.contains("taken to be"), "{answer:?}");
    assert!(sandbox.requests().is_empty());
    // A second one, or one that would have to be allowed first, is no answer.
    desk.write("handin.toml", "");
    for addresses in [
        &[&*sandbox.url(), "https://dev.azure.com/acme"][..],
        &["http://tfs.acme.example/tfs/Main"],
        &["nonsense"],
    ] {
        logged_in(&desk, addresses);
        let answer = projects(&desk);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(
            answer.stderr.contains("handin login azure --url"),
            "{answer:?}"
        );
    }
    desk.write(".local/share/handin/logins.json", "{ nonsense");
    assert_eq!(projects(&desk).code, Some(2));
}

#[test]
fn the_keyring_is_not_touched_when_the_environment_has_the_token() {
    let sandbox = demo();
    let bus = MuteBus::start();
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write("handin.toml", PLAN);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.run(&["submit", "--dry-run", "r.xml"]);
    assert!(!sandbox.requests().is_empty());
    let answer = desk.run(&["login", "azure"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("HANDIN_AZURE_TOKEN"), "{answer:?}");
    assert_eq!(bus.asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_token_file_comes_before_the_environment() {
    let sandbox = demo();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", "wrong");
    desk.write("handin.toml", PLAN);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    assert_eq!(desk.run(&["submit", "--dry-run", "r.xml"]).code, Some(4));
    desk.write("token", format!("{}\n", sandbox.token()));
    let answer = desk.run(&["submit", "--dry-run", "r.xml", "--token-file", "token"]);
    assert_ne!(answer.code, Some(4), "{answer:?}");
}

#[test]
fn a_token_file_is_not_shown_to_several_services() {
    let sandbox = demo();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_KATALON_URL", sandbox.url());
    desk.write("handin.toml", format!("{PLAN}[katalon]\nproject = \"1\"\n"));
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.write("token", sandbox.token());
    let answer = desk.run(&["submit", "r.xml", "--token-file", "token"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("azure, katalon"), "{answer:?}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn a_list_tells_that_the_environment_has_the_token() {
    let mut desk = Desk::new();
    desk.set("QTEST_API_TOKEN", "marked-token");
    let answer = desk.run(&["login", "--list", "--json"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let line = &answer.json()["logins"][0];
    assert_eq!(line["service"], "qtest");
    assert_eq!(line["source"], "environment (`QTEST_API_TOKEN`)");
    assert_eq!(line["active"], true);
    assert!(!answer.stdout.contains("marked"), "{answer:?}");
}

#[test]
fn a_token_never_stands_in_an_argument() {
    for flag in ["--token=x", "--password=x", "--pat=x"] {
        let answer = Desk::new().run(&["login", "azure", flag]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
    }
}

/// Something that takes whatever is sent to it, and keeps it.
struct Thief {
    port: u16,
    loot: Arc<Mutex<String>>,
}

impl Thief {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let loot = Arc::new(Mutex::new(String::new()));
        let sack = Arc::clone(&loot);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 8192];
                let length = stream.read(&mut buffer).unwrap_or(0);
                let text =
                    String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
                sack.lock().unwrap().push_str(&text);
                stream
                    .write_all(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
                    .ok();
            }
        });
        Self { port, loot }
    }

    fn loot(&self) -> String {
        self.loot.lock().unwrap().clone()
    }
}

/// The thief is the machine's proxy, and so gets every request that leaves for any address.
fn robbed(thief: &Thief) -> Desk {
    let mut desk = Desk::new();
    desk.set("http_proxy", format!("http://127.0.0.1:{}", thief.port))
        .set("AZURE_DEVOPS_EXT_PAT", "marked-token");
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.write(
        "handin.toml",
        "[azure]\nurl = \"http://evil.example/acme\"\nallow_http = true\nproject = \"Shop\"\nplan = \"R\"\n",
    );
    desk
}

#[test]
fn a_hostile_settings_file_cannot_send_the_token_of_the_environment_away() {
    let thief = Thief::start();
    let desk = robbed(&thief);
    for command in ["submit", "verify"] {
        let answer = desk.run(&[command, "r.xml"]);
        assert_ne!(answer.code, Some(0), "{answer:?}");
        assert_eq!(thief.loot(), "", "nothing at all was sent");
    }
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(answer.stderr.contains("HANDIN_AZURE_URL="), "{answer:?}");
}

#[test]
fn the_owner_can_say_in_the_environment_that_the_address_is_theirs() {
    let thief = Thief::start();
    let mut desk = robbed(&thief);
    desk.set("HANDIN_AZURE_URL", "http://evil.example/acme");
    desk.run(&["submit", "r.xml"]);
    assert!(thief.loot().contains("http://evil.example/acme"));
    assert!(thief.loot().to_lowercase().contains("authorization: basic"));
}

#[test]
fn a_hostile_settings_file_cannot_choose_the_proxy_or_whom_to_trust() {
    let thief = Thief::start();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_TOKEN", "marked-token")
        .set("HANDIN_AZURE_URL", "http://127.0.0.1:9/acme");
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    for line in [
        format!("proxy = \"http://127.0.0.1:{}\"\n", thief.port),
        "ca_file = \"evil.pem\"\n".to_owned(),
    ] {
        desk.write("handin.toml", format!("{line}{PLAN}"));
        let answer = desk.run(&["submit", "r.xml"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
    }
    assert_eq!(thief.loot(), "");
}

#[test]
fn a_malformed_proxy_is_no_direct_connection() {
    let sandbox = demo();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token())
        .set("HTTP_PROXY", "http://ann:marked-pw@proxy:port");
    desk.write("handin.toml", PLAN);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    let answer = desk.run(&["submit", "-vvv", "r.xml"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("HTTP_PROXY"), "{answer:?}");
    assert!(!answer.stderr.contains("marked-pw"), "{answer:?}");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn an_image_without_certificates_works_and_says_so() {
    let sandbox = demo();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token())
        .set("SSL_CERT_FILE", "/nonexistent")
        .set("SSL_CERT_DIR", "/nonexistent");
    desk.write("handin.toml", PLAN);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    let answer = desk.run(&["submit", "--dry-run", "r.xml"]);
    assert!(answer.stderr.contains("ca-certificates"), "{answer:?}");
    assert!(!sandbox.requests().is_empty());
}

#[test]
fn the_address_can_come_from_a_katalon_project() {
    let desk = Desk::new();
    desk.write(
        "studio/settings/internal/com.kms.katalon.integration.analytics.properties",
        "analytics.onpremise.enable=true\nanalytics.onpremise.server=\"http\\://testops.acme.example\"\n",
    );
    let answer = desk.run(&["login", "katalon", "--from", "studio", "--token-stdin"]);
    // Plain http away from this machine is refused: so the address was read, and checked like any other.
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("`--from`: `katalon.url` is plain http"),
        "{}",
        answer.stderr
    );
    let none = desk.run(&["login", "azure", "--from", "studio", "--token-stdin"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(
        none.stderr.contains("names no address of Azure DevOps"),
        "{}",
        none.stderr
    );
}
