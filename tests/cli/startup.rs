//! What a command does before it has to: nothing. No network client is built, and no keyring opened, before one is needed.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::desk::Desk;
use crate::login::MuteBus;
use crate::submit::report;

/// A port that counts who connects.
struct Port {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Port {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, asked }
    }
}

/// What asks no service.
const OFFLINE: [&[&str]; 12] = [
    &["--version"],
    &["--help"],
    &["submit", "-h"],
    &["help", "settings"],
    &["completions", "bash"],
    &["__names", "profiles", "--", "handin", "submit"],
    &["__names", "projects", "--", "handin", "projects", "azure"],
    &["verify", "--offline", "r.xml"],
    &["verify", "--offline", "--json", "--cases", "r.xml"],
    &["map", "list", "r.xml"],
    &["map", "set", "valid", "1001", "--new"],
    &["map", "export"],
];

/// A desk on which whatever is asked is counted: the keyring, the service, the proxy. No client can be built on it either: the
/// certificates that it would have to trust are not there.
fn desk(bus: &MuteBus, port: &Port) -> Desk {
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .set("HANDIN_AZURE_URL", format!("http://{}/acme", port.address))
        .set("HANDIN_CA_FILE", "nowhere.pem")
        .set("HTTPS_PROXY", format!("http://{}", port.address));
    let target = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
    desk.write("handin.toml", target);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk
}

#[test]
fn what_asks_no_service_opens_neither_the_network_nor_the_keyring() {
    let (bus, port) = (MuteBus::start(), Port::open());
    let desk = desk(&bus, &port);
    for words in OFFLINE {
        let answer = desk.run(words);
        assert_eq!(answer.code, Some(0), "{words:?}: {answer:?}");
    }
    assert_eq!(bus.asked(), 0);
    assert_eq!(port.asked.load(Ordering::SeqCst), 0);
    // The same desk counts a command that needs the keyring, and one that needs a client.
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(4));
    assert!(bus.asked() > 0);
    let mut known = desk;
    known.set("HANDIN_AZURE_TOKEN", "a".repeat(52));
    let answer = known.run(&["verify", "r.xml"]);
    assert!(answer.stderr.contains("nowhere.pem"), "{answer:?}");
}
