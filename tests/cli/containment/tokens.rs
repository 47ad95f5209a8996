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
