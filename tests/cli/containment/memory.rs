//! What a report, an archive, a settings file or a service may cost in memory: each is read in 256 MiB, or refused by name.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::desk::{Answer, Desk};

/// What no command takes, in KiB.
const MOST: u64 = 256 * 1024;

/// Runs a command, and holds its memory to what it may take: looked at again and again, as long as it lives.
fn held(desk: &Desk, arguments: &[&str]) -> Answer {
    let mut child = desk.start(arguments);
    let status = format!("/proc/{}/status", child.id());
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let (mut said, mut told) = (Vec::new(), Vec::new());
        err.read_to_end(&mut told).unwrap();
        out.read_to_end(&mut said).unwrap();
        (said, told)
    });
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        // Until the program is loaded, the memory is that of the process that starts it.
        let own = text.starts_with("Name:\thandin\n").then_some(&text);
        let line = own.and_then(|text| text.lines().find_map(|line| line.strip_prefix("VmHWM:")));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    };
    let (stdout, stderr) = reader.join().unwrap();
    assert!(peak > 1024, "nothing was measured");
    assert!(peak <= MOST, "{arguments:?} took {} MiB", peak / 1024);
    Answer::of(&std::process::Output {
        status: ended,
        stdout,
        stderr,
    })
}

fn repeated(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        text.push_str(&one(index));
        text
    })
}

fn named(one: &str) -> String {
    repeated(240_000, |n| one.replace('#', &n.to_string()))
}

#[test]
fn properties_and_distinct_tests_by_the_hundred_thousand_are_read() {
    let desk = Desk::new();
    let properties = repeated(500_000, |n| {
        format!("<property name='property-{n}' value='value {n}'/>")
    });
    let properties = format!("<properties>{properties}</properties>");
    let case = "<testcase classname='a' name='b'/>";
    let tests = repeated(300_000, |n| {
        format!("<testcase classname='com.example.shop.Class{n}' name='test of the number {n}'/>")
    });
    for (inside, count) in [
        (format!("{properties}{case}"), 1),
        (format!("{case}{properties}"), 1),
        (tests, 300_000),
    ] {
        desk.write("r.xml", format!("<testsuite name='s'>{inside}</testsuite>"));
        let answer = held(&desk, &["verify", "--offline", "r.xml"]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        assert!(answer.stdout.contains(&count.to_string()), "{answer:?}");
    }
}

/// Writes an archive of so many empty entries, as large ones are written: with 64 bits.
fn archive(desk: &Desk, entries: u32) {
    let mut bytes = Vec::new();
    let mut list = Vec::new();
    for number in 0..entries {
        let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let name = format!("f{number:07}");
        bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0");
        bytes.extend(name.as_bytes());
        list.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0");
        list.extend([0; 10]);
        list.extend(start);
        list.extend(name.as_bytes());
    }
    let start = (bytes.len() as u64).to_le_bytes();
    let end = ((bytes.len() + list.len()) as u64).to_le_bytes();
    let (length, count) = (
        (list.len() as u64).to_le_bytes(),
        u64::from(entries).to_le_bytes(),
    );
    bytes.extend(list);
    bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    for part in [count, count, length, start] {
        bytes.extend(part);
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end);
    bytes.extend(
        b"\x01\0\0\0PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
    );
    desk.write("all.zip", bytes);
}

#[test]
fn an_archive_of_millions_of_entries_is_refused_before_they_are_parsed() {
    let desk = Desk::new();
    archive(&desk, 3_000_000);
    let answer = held(&desk, &["verify", "--offline", "all.zip"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("3000000 entries"), "{answer:?}");
}

#[test]
fn settings_of_any_size_and_shape_are_read_or_refused_by_name() {
    let desk = Desk::new();
    let many = |head: &str, one: &str, tail: &str| format!("{head}{}{tail}", one.repeat(400_000));
    for (text, expected) in [
        ("# a comment\n".repeat(4_500_000), "more than 8 MiB"),
        (
            format!("a{} = 1", ".a".repeat(4_000_000)),
            "lines, keys and values",
        ),
        (
            format!("a = {}", "[".repeat(4_000_000)),
            "lines, keys and values",
        ),
        ("#\n".repeat(4_000_000), "lines, keys and values"),
        (many("a", ".a", " = 1"), "recursion"),
        (many("reports = [", "\"\",", "]"), "is the most"),
        (named("a#=1\n"), "not all problems are listed"),
        (named("[a#]\n"), "not all problems are listed"),
        (
            format!("[cases.azure]\n{}", named("a#=\"x\"\n")),
            "not all problems are listed",
        ),
        (many("redact = [", "\"\\\\w\",", "]"), "is the most"),
        (
            "redact = ['(a{1,1000}){1,1000}']".to_owned(),
            "no regular expression",
        ),
    ] {
        desk.write("handin.toml", &text);
        let answer = held(&desk, &["map", "export"]);
        let start: String = text.chars().take(30).collect();
        assert_eq!(answer.code, Some(2), "{start}: {}", answer.stderr);
        assert!(
            answer.stderr.contains(expected),
            "{start}: {}",
            answer.stderr
        );
    }
}

#[test]
fn hundreds_of_thousands_of_mappings_are_read_and_written() {
    let desk = Desk::new();
    let mappings = named("\"com.example.shop.Class# › t\" = 7\n");
    for (text, service) in [
        (
            format!("[cases.azure]\n{}", &mappings[..7_000_000]),
            "azure",
        ),
        (
            format!(
                "cases.azure = {{{}}}",
                named("\"a#\"=1,").trim_end_matches(',')
            ),
            "azure",
        ),
    ] {
        let whole = text
            .rsplit_once('\n')
            .map_or(text.as_str(), |(whole, _)| whole);
        let mut file = String::new();
        writeln!(file, "{whole}").unwrap();
        desk.write("handin.toml", file);
        let answer = held(&desk, &["map", "set", "a › b", "7", "--service", service]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    }
}

/// Starts a service whose answers are made of their number: headers, and the body. Returns its address.
fn answering(make: impl Fn(usize) -> (String, String) + Send + Sync + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (make, count) = (Arc::new(make), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (make, count) = (Arc::clone(&make), Arc::clone(&count));
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|count| count > 0) {
                    let (headers, body) = make(count.fetch_add(1, Ordering::SeqCst));
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
                        body.len()
                    );
                    let sent = stream.write_all(head.as_bytes());
                    if sent
                        .and_then(|()| stream.write_all(body.as_bytes()))
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    format!("http://127.0.0.1:{port}/acme")
}

#[test]
fn a_list_whose_pages_never_end_is_refused_by_name() {
    let padding = "x".repeat(31 * 1024 * 1024);
    for (service, page) in [
        (
            "azure",
            "{\"value\":[{\"id\":\"#\",\"name\":\"P\"}],\"padding\":\"",
        ),
        (
            "katalon",
            "{\"content\":[{\"id\":#,\"name\":\"P\"}],\"last\":false,\"padding\":\"",
        ),
    ] {
        let padding = padding.clone();
        let url = answering(move |number| {
            let next = format!("x-ms-continuationtoken: {number}\r\n");
            let page = page.replace('#', &number.to_string());
            (next, page + &padding + "\"}")
        });
        let mut desk = Desk::new();
        desk.set(&format!("HANDIN_{}_URL", service.to_uppercase()), url)
            .set(&format!("HANDIN_{}_TOKEN", service.to_uppercase()), "token");
        let answer = held(&desk, &["projects", service, "--timeout", "100s"]);
        assert_eq!(answer.code, Some(6), "{answer:?}");
        assert!(
            answer.stderr.contains("more than 256 MiB together"),
            "{answer:?}"
        );
    }
}

#[test]
fn a_list_of_ever_more_short_entries_is_refused_by_name() {
    let page = format!(
        "{{\"value\":[{}{{\"id\":1}}]}}",
        "{\"id\":1},".repeat(240_000)
    );
    let url = answering(move |number| {
        let next = format!("x-ms-continuationtoken: {number}\r\n");
        (next, page.clone())
    });
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", url)
        .set("HANDIN_AZURE_TOKEN", "token");
    let answer = held(&desk, &["projects", "azure", "Shop", "--timeout", "100s"]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(
        answer.stderr.contains("more than 128 MiB together"),
        "{answer:?}"
    );
}

#[test]
fn an_answer_of_any_size_and_shape_is_refused_by_name() {
    for (body, expected) in [
        ("[0,".repeat(90_000_000), "larger than 32 MiB"),
        (
            format!("{{\"value\":[{}0]}}", "0,".repeat(16_000_000)),
            "values, the most",
        ),
        (
            format!("{{\"value\":[{}0]}}", "[],".repeat(10_000_000)),
            "values, the most",
        ),
    ] {
        let url = answering(move |_| (String::new(), body.clone()));
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", url)
            .set("HANDIN_AZURE_TOKEN", "token");
        desk.write(
            "handin.toml",
            "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
        );
        let answer = held(&desk, &["projects", "azure", "-vvv", "--timeout", "60s"]);
        assert_ne!(answer.code, Some(0), "{answer:?}");
        assert!(
            answer.stderr.contains(expected),
            "{}",
            answer.stderr.chars().take(900).collect::<String>()
        );
    }
}
