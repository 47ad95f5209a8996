//! The program as people start it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A program that ends with the test, however that goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn serve_tells_how_to_reach_each_stand_in_and_stays() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_handin-sandbox"))
        .args([
            "serve",
            "--azure-port",
            "0",
            "--qtest-port",
            "0",
            "--katalon-port",
            "0",
            "--kiwi-port",
            "0",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let output = child.stdout.take().expect("its output is caught");
    let mut running = Running(child);
    let lines: Vec<String> = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.starts_with("Stop"))
        .collect();
    for service in ["AZURE", "QTEST", "KATALON"] {
        let value = |name: &str| {
            let wanted = format!("  export HANDIN_{service}_{name}=");
            lines
                .iter()
                .find_map(|line| line.strip_prefix(&wanted))
                .map(str::to_owned)
        };
        assert!(
            value("TOKEN").is_some_and(|token| !token.is_empty()),
            "{lines:#?}"
        );
        let url = value("URL").expect("a URL is told");
        let address = url
            .trim_start_matches("http://")
            .split('/')
            .next()
            .expect("a URL has a host")
            .to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{url}");
        let page = get(&address, "/").expect("the page comes");
        assert!(
            page.starts_with("HTTP/1.1 200 OK") && page.contains("<!DOCTYPE html>"),
            "{page}"
        );
        assert!(get(&address, "/__state").is_ok_and(|state| state.contains("application/json")));
    }
    assert!(matches!(running.0.try_wait(), Ok(None)), "it stays up");
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken
        .local_addr()
        .expect("it has an address")
        .port()
        .to_string();
    let ended = Command::new(env!("CARGO_BIN_EXE_handin-sandbox"))
        .args(["serve", "--azure-port", &port])
        .output()
        .expect("the program starts");
    assert!(!ended.status.success());
    assert!(
        String::from_utf8_lossy(&ended.stderr).contains("error: "),
        "{ended:?}"
    );
}
