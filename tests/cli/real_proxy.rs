//! A real proxy: tinyproxy, with and without a password. Its own log tells what went through it.
//!
//! Needs Debian's `tinyproxy`; `.ci/parts/network` installs it and runs these tests.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use handin_sandbox::azure::AzureSandbox;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

/// A running proxy.
struct Proxy {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Proxy {
    #[expect(
        clippy::disallowed_methods,
        reason = "a file of a test needs no atomic write"
    )]
    fn start(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let log = folder.path().join("log");
        let config = folder.path().join("tinyproxy.conf");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 30\nLogFile \"{}\"\nLogLevel Info\nMaxClients 20\nAllow 127.0.0.1\n{more}\n",
            log.display()
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new("tinyproxy")
            .arg("-d")
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Self {
            child,
            port,
            folder,
        }
    }

    /// Returns how many requests it was asked to pass on.
    fn requests(&self) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines()
            .filter(|line| line.contains("Request ("))
            .count()
    }

    fn url(&self, user: &str) -> String {
        format!("http://{user}127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A desk whose settings name the stand-in by an address that is not one of loopback, which no proxy is ever shown. Linux leads it there.
fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set(
        "HANDIN_AZURE_URL",
        sandbox.url().replace("127.0.0.1", "0.0.0.0"),
    )
    .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nallow_http = true\n",
    );
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk
}

/// Submits with a proxy's address in a variable and more arguments.
fn submit(sandbox: &AzureSandbox, set: &[(&str, &str)], more: &[&str]) -> Answer {
    let mut desk = desk(sandbox);
    for (name, value) in set {
        desk.set(name, *value);
    }
    desk.run(&[&["submit", "r.xml", "-vvv"], more].concat())
}

#[test]
#[ignore = "needs tinyproxy"]
fn requests_go_through_the_proxy_that_the_environment_or_the_command_line_names() {
    let proxy = Proxy::start("");
    let url = proxy.url("");
    for (set, more) in [
        (vec![("HTTP_PROXY", url.as_str())], vec![]),
        (vec![("http_proxy", url.as_str())], vec![]),
        (
            vec![("ALL_PROXY", url.trim_start_matches("http://"))],
            vec![],
        ),
        (vec![], vec!["--proxy", url.as_str()]),
        (vec![("HANDIN_PROXY", url.as_str())], vec![]),
    ] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let before = proxy.requests();
        let answer = submit(&sandbox, &set, &more);
        assert_eq!(answer.code, Some(0), "{set:?} {answer:?}");
        assert!(proxy.requests() > before, "{set:?} {more:?}");
    }
}

#[test]
#[ignore = "needs tinyproxy"]
fn hosts_that_need_no_proxy_are_reached_directly() {
    let proxy = Proxy::start("");
    let url = proxy.url("");
    for list in ["*", "0.0.0.0", "0.0.0.0/8", "x.example,0.0.0.0"] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let set = [("HTTP_PROXY", url.as_str()), ("NO_PROXY", list)];
        let answer = submit(&sandbox, &set, &[]);
        assert_eq!(answer.code, Some(0), "{list} {answer:?}");
        assert_eq!(proxy.requests(), 0, "{list}");
    }
}

#[test]
#[ignore = "needs tinyproxy"]
fn this_machine_is_reached_directly_whatever_names_a_proxy() {
    let proxy = Proxy::start("");
    let url = proxy.url("");
    for (set, more) in [
        (vec![("HTTP_PROXY", url.as_str())], vec![]),
        (vec![], vec!["--proxy", url.as_str()]),
    ] {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let mut set = set;
        let own = sandbox.url();
        set.push(("HANDIN_AZURE_URL", &own));
        let answer = submit(&sandbox, &set, &more);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(proxy.requests(), 0, "{more:?}");
    }
}

#[test]
#[ignore = "needs tinyproxy"]
fn the_password_of_a_proxy_is_given_along_and_never_shown() {
    let proxy = Proxy::start("BasicAuth ann marked-pw");
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let with = proxy.url("ann:marked-pw@");
    let answer = submit(&sandbox, &[("HTTP_PROXY", &with)], &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(proxy.requests() > 0);
    for mark in ["marked-pw", "YW5uOm1hcmtlZC1wd"] {
        assert!(!format!("{answer:?}").contains(mark), "{answer:?}");
    }

    let sandbox = AzureSandbox::start(shop()).unwrap();
    let answer = submit(&sandbox, &[("HTTP_PROXY", &proxy.url(""))], &[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(answer.stderr.contains("proxy"), "{answer:?}");
    assert!(sandbox.requests().is_empty());

    let wrong = proxy.url("ann:marked-wrong@");
    let answer = submit(&sandbox, &[("HTTP_PROXY", &wrong)], &[]);
    // tinyproxy 1.11 answers a wrong password with the status of the service itself, 401.
    assert!(matches!(answer.code, Some(4 | 6)), "{answer:?}");
    assert!(!answer.stderr.contains("marked-wrong"), "{answer:?}");
}

#[test]
#[ignore = "needs tinyproxy"]
fn a_proxy_that_is_not_there_is_named() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let url = format!("http://ann:marked-pw@127.0.0.1:{}", free_port());
    let answer = submit(&sandbox, &[("HTTP_PROXY", &url)], &[]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    let named = url.replace("ann:marked-pw@", "");
    assert!(answer.stderr.contains(&named), "{answer:?}");
    assert!(!answer.stderr.contains("marked-pw"), "{answer:?}");
    assert!(sandbox.requests().is_empty());
}
