//! Where a token goes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use super::Checkout;
use super::silence::{SERVICES, Service};
use crate::desk::Desk;
use crate::submit::report;

/// A listener that the tests of a pull request left running: it keeps what it is sent.
struct Listener {
    port: u16,
    loot: Arc<Mutex<String>>,
}

impl Listener {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let loot: Arc<Mutex<String>> = Arc::default();
        let sack = Arc::clone(&loot);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 8192];
                let length = stream.read(&mut buffer).unwrap_or(0);
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                sack.lock().unwrap().push_str(&text);
                let answer = b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).ok();
            }
        });
        Self { port, loot }
    }

    fn loot(&self) -> String {
        self.loot.lock().unwrap().clone()
    }
}

fn desk(url: &str) -> Desk {
    committed(SERVICES[0], url)
}

/// A checkout whose settings file names an address, and an environment that has the credential of its service.
fn committed((word, settings, credential): Service, url: &str) -> Desk {
    let mut desk = Desk::new();
    for (name, value) in credential {
        desk.set(name, *value);
    }
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.write(
        "handin.toml",
        format!("[{word}]\nurl = \"{url}\"\n{settings}"),
    );
    desk
}

#[test]
fn a_listener_on_this_machine_gets_no_token_of_the_environment() {
    for service in SERVICES {
        let listener = Listener::start();
        let word = service.0;
        for host in ["127.0.0.1", "localhost", "127.8.8.8"] {
            let url = format!("http://{host}:{}/acme", listener.port);
            let desk = committed(service, &url);
            desk.write("token", "marked-token");
            for command in [
                &["submit", "r.xml"][..],
                &["projects", word],
                &["submit", "r.xml", "--token-file", "token"],
                &["doctor", "--service", word],
            ] {
                let answer = desk.run(command);
                let is_refused = answer.code == Some(4) || command[0] == "doctor";
                assert!(is_refused, "{url} {command:?}: {answer:?}");
                let why = "is not sent to `";
                let is_said = answer.stdout.contains(why) || answer.stderr.contains(why);
                assert!(is_said, "{url} {command:?}: {answer:?}");
                assert_eq!(listener.loot(), "", "{url} {command:?}");
            }
        }
        let url = format!("http://127.0.0.1:{}/acme", listener.port);
        let desk = committed(service, &url);
        desk.run(&["projects", word, "--set", &format!("{word}.url={url}")]);
        assert_ne!(listener.loot(), "", "{word}: a flag names it");
    }
}

#[test]
fn what_is_below_localhost_is_not_this_machine() {
    let listener = Listener::start();
    let url = format!("http://evil.localhost:{}/acme", listener.port);
    let mut desk = desk(&url);
    desk.set("HANDIN_AZURE_URL", &url);
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("plain http"), "{answer:?}");
    assert_eq!(listener.loot(), "");
}

#[test]
fn what_is_for_this_machine_never_reaches_a_proxy() {
    let (proxy, service) = (Listener::start(), Listener::start());
    for (word, settings, credential) in SERVICES {
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HANDIN_PROXY"] {
            let mut desk = committed((word, settings, credential), "https://unused.example");
            desk.set(name, format!("http://127.0.0.1:{}", proxy.port));
            let url = format!("http://127.0.0.1:{}/acme", service.port);
            desk.set(&format!("HANDIN_{}_URL", word.to_uppercase()), url);
            let before = service.loot().len();
            let answer = desk.run(&["projects", word, "--timeout", "9s"]);
            assert!(service.loot().len() > before, "{word} {name}: {answer:?}");
            assert_eq!(proxy.loot(), "", "{word} {name}");
        }
    }
}

#[test]
fn a_token_file_that_others_may_read_is_warned_of() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let file = checkout.desk.write("token", checkout.sandbox.token());
    for (mode, is_warned) in [
        (0o644, true),
        (0o640, true),
        (0o604, true),
        (0o600, false),
        (0o400, false),
    ] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let answer = checkout
            .desk
            .run(&["verify", "r.xml", "--token-file", "token"]);
        assert_eq!(
            answer.stderr.contains("may be read by others"),
            is_warned,
            "{mode:o} {answer:?}"
        );
    }
}

/// A service that answers every request with the same bytes; one that gives out sessions may let everybody in before.
fn answering(service: Service, answer: Vec<u8>, lets_in: bool) -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/acme", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            std::thread::spawn(move || {
                let asked = asked(&mut stream);
                let session = self::answer("200 OK", JSON, SESSION);
                let is_login = lets_in && asked.contains("Auth.login");
                let answer = if is_login { session } else { answer };
                if !asked.is_empty() {
                    stream.write_all(&answer).ok();
                }
            });
        }
    });
    let mut desk = committed(service, "https://unused.example");
    desk.set(&format!("HANDIN_{}_URL", service.0.to_uppercase()), url);
    for (name, value) in service.2 {
        desk.set(name, value.replace("marked-token", TOKEN));
    }
    desk
}

/// Returns a whole request.
fn asked(stream: &mut std::net::TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 8192]);
    loop {
        let length = stream.read(&mut buffer).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        let small = text.to_ascii_lowercase();
        let expected = small.split("content-length: ").nth(1).and_then(|rest| {
            let digits = rest.split("\r\n").next()?;
            digits.parse::<usize>().ok()
        });
        let body = small.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if length == 0 || body.is_some_and(|body| body >= expected.unwrap_or(0)) {
            return text;
        }
    }
}

const JSON: &str = "content-type: application/json\r\n";
const TOKEN: &str = "marked-0123456789abcdefghijklmnopqrstuvwxyz-marked";
/// `Basic` of no user and the token.
const ENCODED: &str = "Om1hcmtlZC0wMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXotbWFya2Vk";
/// What Kiwi TCMS answers to a login.
const SESSION: &str =
    r#"[{"jsonrpc": "2.0", "id": 1, "result": "session-of-somebody-0123456789"}]"#;

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Where a service may say a secret back: in each place, before what is cut there.
fn echoes() -> Vec<(&'static str, Vec<u8>)> {
    let said = format!("{TOKEN} {ENCODED} session-of-somebody-0123456789");
    let behind = |length: usize| format!("{} {said}", "y".repeat(length));
    let json = |status: &str, body: &str| answer(status, JSON, body);
    let typed = |kind: &str, body: &str| {
        let headers = format!("content-type: text/{kind}\r\n");
        answer("200 OK", &headers, body)
    };
    let named = |text: &str| {
        format!(
            "{{\"value\":[{{\"id\":\"1\",\"name\":\"{text}\"}}],\"content\":[{{\"id\":1,\"name\":\"{text}\"}}],\"count\":1}}"
        )
    };
    let complaint = |text: &str| {
        format!(
            "[{{\"id\":1,\"error\":{{\"code\":-32603,\"message\":\"{text}\"}}}}, {{\"id\":2,\"result\":[{{\"id\":\"{text}\"}}]}}]"
        )
    };
    let trace = format!("{JSON}x-vss-e2eid: {}{TOKEN}\r\n", "x".repeat(70));
    let quota = format!("{JSON}x-ratelimit-resource: {}{TOKEN}\r\n", "x".repeat(70));
    let page = format!("<title>{}</title>", behind(470));
    let location = format!("location: https://x.example/{TOKEN}\r\n");
    vec![
        ("content type", typed(TOKEN, "x")),
        ("trace", answer("400 No", &trace, "{}")),
        ("quota", answer("200 OK", &quota, "{}")),
        (
            "message",
            json("400 No", &format!("{{\"message\":\"{}\"}}", behind(470))),
        ),
        (
            "encoded",
            json("403 No", &format!("{{\"message\":\"{ENCODED}\"}}")),
        ),
        ("page", typed("html", &page)),
        ("name", json("200 OK", &named(&said))),
        ("a long name", json("200 OK", &named(&behind(380)))),
        ("a complaint", json("200 OK", &complaint(&behind(270)))),
        (
            "shape",
            json("200 OK", &format!("{{\"value\":\"{said}\"}}")),
        ),
        (
            "shape in a list",
            json("200 OK", &format!("{{\"value\":[\"{}\"]}}", behind(370))),
        ),
        ("a text", json("200 OK", &format!("\"{}\"", behind(15_900)))),
        ("redirect", answer("302 Go", &location, "")),
    ]
}

fn nothing_is_said_back(service: Service) {
    for (what, answer) in echoes() {
        for lets_in in [true, false] {
            if !lets_in && service.0 != "kiwi" {
                continue;
            }
            let desk = answering(service, answer.clone(), lets_in);
            for command in [
                &["projects", service.0][..],
                &["projects", service.0, "--json"],
                &["submit", "r.xml", "--summary", "p.html"],
                &["doctor", "--service", service.0],
            ] {
                let more = [command, &["-vvv", "--timeout", "3s"]].concat();
                let answer = desk.run(&more);
                let page = std::fs::read_to_string(desk.path("p.html")).unwrap_or_default();
                let said = format!("{}{}{page}", answer.stdout, answer.stderr);
                let other = match (service.0, lets_in) {
                    ("kiwi", true) => "somebody-0123",
                    ("azure" | "katalon", _) => &ENCODED[..16],
                    _ => TOKEN,
                };
                for part in [&TOKEN[..12], &TOKEN[20..34], other] {
                    assert!(!said.contains(part), "{what} {command:?}: {said}");
                }
            }
        }
    }
}

#[test]
fn a_token_that_a_service_echoes_is_in_nothing_that_is_written() {
    std::thread::scope(|scope| {
        for service in SERVICES {
            scope.spawn(move || nothing_is_said_back(service));
        }
    });
}

#[test]
fn an_answer_that_is_larger_than_any_honest_one_is_refused_by_name() {
    let body = format!("{{\"value\":[{}]}}", vec!["1"; 20 * 1024 * 1024].join(","));
    let desk = answering(SERVICES[0], answer("200 OK", JSON, &body), true);
    let answer = desk.run(&["projects", "azure", "--timeout", "60s"]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(answer.stderr.contains("larger than 32 MiB"), "{answer:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_core_dump_holds_no_token_because_there_is_none() {
    let checkout = Checkout::new();
    let mut child = checkout
        .desk
        .command(&["submit", "-", "--timeout", "60s"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let place = format!("/proc/{}/limits", child.id());
    let limit = || {
        let limits = std::fs::read_to_string(&place).unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        line.unwrap()
            .split_whitespace()
            .skip(4)
            .take(2)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let start = super::now();
    while limit() != "0 0" && super::since(start) < std::time::Duration::from_secs(20) {
        std::thread::yield_now();
    }
    let seen = limit();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(seen, "0 0");
}
