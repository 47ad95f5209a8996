//! Where a token goes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use super::{Checkout, PLAN};
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
    let mut desk = Desk::new();
    desk.set("AZURE_DEVOPS_EXT_PAT", "marked-token");
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.write(
        "handin.toml",
        PLAN.replace("[azure]\n", &format!("[azure]\nurl = \"{url}\"\n")),
    );
    desk
}

#[test]
fn a_listener_on_this_machine_gets_no_token_of_the_environment() {
    let listener = Listener::start();
    for host in ["127.0.0.1", "localhost", "127.8.8.8"] {
        let url = format!("http://{host}:{}/acme", listener.port);
        let desk = desk(&url);
        for command in [
            &["submit", "r.xml"][..],
            &["verify", "r.xml"],
            &["projects", "azure"],
        ] {
            let answer = desk.run(command);
            assert_eq!(answer.code, Some(4), "{host}: {answer:?}");
        }
        desk.write("token", "marked-token");
        let answer = desk.run(&["submit", "r.xml", "--token-file", "token"]);
        assert_eq!(answer.code, Some(4), "{host}: {answer:?}");
        assert_eq!(listener.loot(), "", "{host}");
    }
    let url = format!("http://127.0.0.1:{}/acme", listener.port);
    let desk = desk(&url);
    let flag = format!("azure.url={url}");
    desk.run(&["submit", "r.xml", "--set", &flag]);
    assert!(
        listener
            .loot()
            .to_lowercase()
            .contains("authorization: basic"),
        "a flag names it"
    );
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
    let listener = Listener::start();
    let proxy = format!("http://127.0.0.1:{}", listener.port);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HANDIN_PROXY"] {
        let mut checkout = Checkout::new();
        checkout
            .desk
            .write("r.xml", report(&[("valid", Some(1001), "")]));
        checkout.desk.set(name, &proxy);
        let answer = checkout.desk.run(&["submit", "r.xml"]);
        assert_eq!(answer.code, Some(0), "{name}: {answer:?}");
        assert_eq!(listener.loot(), "", "{name}");
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

/// A service that answers every request with the same bytes.
fn answering(answer: Vec<u8>) -> Checkout {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/acme", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            std::thread::spawn(move || {
                let mut buffer = [0; 8192];
                if stream.read(&mut buffer).unwrap_or(0) > 0 {
                    stream.write_all(&answer).ok();
                }
            });
        }
    });
    let mut checkout = Checkout::new();
    checkout
        .desk
        .set("HANDIN_AZURE_URL", url)
        .set("HANDIN_AZURE_TOKEN", TOKEN);
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    checkout
}

const TOKEN: &str = "marked-0123456789abcdefghijklmnopqrstuvwxyz-marked";
/// `Basic` of no user and the token.
const ENCODED: &str = "Om1hcmtlZC0wMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXotbWFya2Vk";

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: one line an echo")]
fn a_token_that_a_service_echoes_is_in_nothing_that_is_written() {
    let json = "content-type: application/json\r\n";
    let long = format!("\"{}{TOKEN}\"", "x".repeat(370));
    for (what, answer) in [
        (
            "content type",
            answer("200 OK", &format!("content-type: text/{TOKEN}\r\n"), "x"),
        ),
        (
            "trace",
            answer(
                "400 No",
                &format!("{json}x-vss-e2eid: {}{TOKEN}\r\n", "x".repeat(70)),
                "{}",
            ),
        ),
        (
            "message",
            answer(
                "400 No",
                json,
                &format!("{{\"message\":\"{}{TOKEN}\"}}", "y".repeat(470)),
            ),
        ),
        (
            "encoded",
            answer("403 No", json, &format!("{{\"message\":\"{ENCODED}\"}}")),
        ),
        (
            "page",
            answer(
                "500 No",
                "content-type: text/html\r\n",
                &format!("<title>{TOKEN}</title>"),
            ),
        ),
        (
            "name",
            answer(
                "200 OK",
                json,
                &format!("{{\"value\":[{{\"id\":\"1\",\"name\":\"{TOKEN}\"}}],\"count\":1}}"),
            ),
        ),
        (
            "shape",
            answer("200 OK", json, &format!("{{\"value\":\"{TOKEN}\"}}")),
        ),
        (
            "shape in a list",
            answer("200 OK", json, &format!("{{\"value\":[{long}]}}")),
        ),
        (
            "redirect",
            answer(
                "302 Go",
                &format!("location: https://x.example/{TOKEN}\r\n"),
                "",
            ),
        ),
    ] {
        let checkout = answering(answer);
        for command in [
            &["submit", "r.xml", "-vvv"][..],
            &["projects", "azure", "-vvv"],
            &["projects", "azure", "--json", "-vvv"],
            &["verify", "r.xml", "--json", "-vvv"],
            &["submit", "r.xml", "--summary", "p.html", "-vvv"],
        ] {
            let more = [command, &["--timeout", "3s"]].concat();
            let answer = checkout.desk.run(&more);
            let page = std::fs::read_to_string(checkout.desk.path("p.html")).unwrap_or_default();
            let said = format!("{}{}{page}", answer.stdout, answer.stderr);
            for part in [&TOKEN[..12], &TOKEN[20..34], &ENCODED[..16]] {
                assert!(!said.contains(part), "{what} {command:?}: {said}");
            }
        }
    }
}

#[test]
fn an_answer_that_is_larger_than_any_honest_one_is_refused_by_name() {
    let body = format!("{{\"value\":[{}]}}", vec!["1"; 20 * 1024 * 1024].join(","));
    let checkout = answering(answer(
        "200 OK",
        "content-type: application/json\r\n",
        &body,
    ));
    let answer = checkout
        .desk
        .run(&["projects", "azure", "--timeout", "60s"]);
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
