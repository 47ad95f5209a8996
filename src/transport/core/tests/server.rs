//! A server that does to each connection what it is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

use crate::transport::Clock;

/// What is done to one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Answers with a status, headers and a body.
    Answer(&'static str, &'static str, &'static str),
    /// Answers with these bytes.
    Raw(&'static str),
    /// Closes without reading.
    Close,
    /// Reads the request and closes.
    ReadAndClose,
    /// Reads the request and says nothing.
    Stall,
    /// Announces more than it sends.
    Truncate,
    /// Sends a byte now and then.
    Trickle,
}

/// The server; what it read is kept.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server that does one act per connection, in order.
    pub(super) fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for act in acts {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                let request = if matches!(act, Act::Close) {
                    String::new()
                } else {
                    read_request(&stream)
                };
                log.lock().unwrap().push(request);
                std::thread::spawn(move || perform(act, stream));
            }
        });
        Self { address, seen }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// Returns an address where nothing listens.
    pub(super) fn url_of_a_closed_port(&self, path: &str) -> Url {
        // The listener of a server without acts is gone as soon as its thread has ended.
        while TcpStream::connect(self.address).is_ok() {
            Clock::system().wait(Duration::from_millis(5), &|| false);
        }
        self.url(path)
    }

    /// Returns how many requests came.
    pub(super) fn served(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Returns a request as it came.
    pub(super) fn request(&self, index: usize) -> String {
        self.seen.lock().unwrap()[index].clone()
    }
}

fn read_request(mut stream: &TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&bytes) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_whole(bytes: &[u8]) -> bool {
    // The first byte of a TLS handshake: not a request at all.
    if bytes.first() == Some(&0x16) {
        return true;
    }
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn perform(act: Act, mut stream: TcpStream) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let said = match act {
        Act::Answer(status, headers, body) => format!(
            "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        Act::Raw(text) => text.to_owned(),
        Act::Close | Act::ReadAndClose => return,
        Act::Stall => {
            Clock::system().wait(Duration::from_secs(8), &|| false);
            return;
        }
        Act::Truncate => format!("{head}content-length: 100\r\n\r\n{{\"a\""),
        Act::Trickle => {
            let mut text = format!("{head}content-length: 100\r\n\r\n").into_bytes();
            while stream.write_all(&text).is_ok() {
                Clock::system().wait(Duration::from_millis(100), &|| false);
                text = b" ".to_vec();
            }
            return;
        }
    };
    stream.write_all(said.as_bytes()).ok();
}
