//! Services and givers of tokens that take what is sent and never answer, or never end: `--timeout` holds for every command.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::timed;
use crate::desk::Desk;
use crate::submit::report;

/// The limit of each command.
const LIMIT: &str = "1s";
/// After this it is over, however busy the machine; it is less than any limit of the network's own.
const SOON: Duration = Duration::from_secs(12);
/// How often something drips.
const DRIP: Duration = Duration::from_millis(100);

/// How somebody keeps others waiting.
#[derive(Debug, Clone, Copy)]
enum OutputOptions {
    /// Nothing is ever answered.
    Silent,
    /// One byte of the head after the other.
    HeadDrips,
    /// A good head; one byte of the body after the other.
    BodyDrips,
}

const MANNERS: [OutputOptions; 3] = [
    OutputOptions::Silent,
    OutputOptions::HeadDrips,
    OutputOptions::BodyDrips,
];

impl OutputOptions {
    /// Returns the address of one who is like this.
    fn start(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || self.keep_waiting(stream));
            }
        });
        format!("http://{address}")
    }

    #[expect(clippy::disallowed_methods, reason = "a stand-in takes its time")]
    fn keep_waiting(self, mut stream: TcpStream) {
        let head: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
        match self {
            Self::Silent => {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).is_ok_and(|length| length > 0) {}
            }
            Self::HeadDrips => {
                for byte in b"HTTP/1.1 200 OK\r\nx: "
                    .iter()
                    .chain(std::iter::repeat(&b'x'))
                {
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                    std::thread::sleep(DRIP);
                }
            }
            Self::BodyDrips => {
                stream.write_all(head).ok();
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(DRIP);
                }
            }
        }
    }
}

/// What each service needs to be asked at all: its word, its settings, its credential.
pub(super) type Service = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

pub(super) const SERVICES: [Service; 4] = [
    (
        "azure",
        "project = \"Shop\"\nplan = \"Regression\"\n",
        &[("HANDIN_AZURE_TOKEN", "marked-token")],
    ),
    (
        "qtest",
        "project = 1\nmodule = 2\n",
        &[("HANDIN_QTEST_TOKEN", "marked-token")],
    ),
    (
        "katalon",
        "team = 1\nproject = 2\n",
        &[("HANDIN_KATALON_TOKEN", "marked-token")],
    ),
    (
        "kiwi",
        "product = \"Shop\"\nplan = \"Regression\"\n",
        &[
            ("HANDIN_KIWI_USER", "kim"),
            ("HANDIN_KIWI_PASSWORD", "marked-token"),
        ],
    ),
];

fn desk((word, settings, credential): Service, url: &str) -> Desk {
    let mut desk = Desk::new();
    desk.set(&format!("HANDIN_{}_URL", word.to_uppercase()), url);
    for (name, value) in credential {
        desk.set(name, *value);
    }
    desk.write("handin.toml", format!("[{word}]\n{settings}"));
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk
}

/// Runs a command that has to ask somebody, and holds it to its limit.
fn held(desk: &Desk, arguments: &[&str], manner: OutputOptions) {
    let more = [arguments, &["--timeout", LIMIT]].concat();
    let (answer, took) = timed(desk, &more);
    let what = format!("{arguments:?} {manner:?}");
    assert!(took < SOON, "{what}: {took:?}: {answer:?}");
    assert!(
        matches!(answer.code, Some(1..=8)),
        "{what}: {took:?}: {answer:?}"
    );
    for text in [&answer.stdout, &answer.stderr] {
        assert!(!text.contains("marked-token"), "{what}: {answer:?}");
    }
}

/// Every command that asks a service.
fn commands(service: &'static str) -> Vec<Vec<&'static str>> {
    let mut commands = vec![
        vec!["projects", service],
        vec!["projects", service, "--use"],
        vec!["verify", "r.xml"],
        vec!["verify", "r.xml", "--coverage"],
        vec!["submit", "r.xml"],
        vec!["submit", "r.xml", "--json"],
        vec!["submit", "r.xml", "--dry-run"],
        vec!["submit", "r.xml", "--each"],
        vec!["submit", "r.xml", "--key", "k", "--shard", "1/2"],
        vec!["map", "suggest", "r.xml", "--service", service],
        vec!["map", "list", "r.xml", "--associate"],
        vec!["doctor", "--service", service],
        vec!["doctor", "--probe", service, "--into", "P", "--yes"],
    ];
    if service == "katalon" {
        // It is sent results, and asked for little else.
        let is_asked = |word: &str| ["projects", "submit", "doctor"].contains(&word);
        commands.retain(|words| is_asked(words[0]) && !words.contains(&"--dry-run"));
        commands.push(vec!["projects", service, "1", "--create", "New"]);
    }
    commands
}

fn every_command_ends(service: Service) {
    std::thread::scope(|scope| {
        for manner in MANNERS {
            scope.spawn(move || {
                let desk = desk(service, &manner.start());
                for arguments in commands(service.0) {
                    held(&desk, &arguments, manner);
                }
            });
        }
    });
}

#[test]
fn the_limit_holds_for_every_command_that_asks_azure() {
    every_command_ends(SERVICES[0]);
}

#[test]
fn the_limit_holds_for_every_command_that_asks_qtest() {
    every_command_ends(SERVICES[1]);
}

#[test]
fn the_limit_holds_for_every_command_that_asks_testops() {
    every_command_ends(SERVICES[2]);
}

#[test]
fn the_limit_holds_for_every_command_that_asks_kiwi() {
    every_command_ends(SERVICES[3]);
}

#[test]
fn the_limit_holds_for_every_step_that_gets_a_token() {
    std::thread::scope(|scope| {
        for manner in MANNERS {
            scope.spawn(move || {
                let url = manner.start();
                for (step, variables) in [
                    ("service-principal", &["AZURE_CLIENT_SECRET"][..]),
                    ("federation", &["HANDIN_OIDC_TOKEN"]),
                    ("federation", &["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]),
                    ("managed-identity", &[]),
                    ("managed-identity", &["IDENTITY_HEADER"]),
                ] {
                    let mut desk = desk(SERVICES[0], &url);
                    desk.set("HANDIN_AZURE_TOKEN", "")
                        .set("HANDIN_AZURE_AUTH", step)
                        .set("AZURE_AUTHORITY_HOST", &url)
                        .set("AZURE_POD_IDENTITY_AUTHORITY_HOST", &url)
                        .set("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{url}/token?x=1"))
                        .set("AZURE_TENANT_ID", "acme")
                        .set("AZURE_CLIENT_ID", "handin");
                    for variable in variables {
                        desk.set(variable, "marked-token");
                        if *variable == "IDENTITY_HEADER" {
                            desk.set("IDENTITY_ENDPOINT", format!("{url}/msi/token"));
                        }
                    }
                    held(&desk, &["projects", "azure"], manner);
                    held(&desk, &["submit", "r.xml"], manner);
                }
            });
        }
    });
}
