//! What would keep the program for ever.

use std::io::Write as _;
use std::time::Duration;

use super::{Checkout, link, pipe, timed};
use crate::submit::report;

/// Long enough to come to what is waited for.
const LIMIT: &str = "500ms";
/// With that limit all is over after this, however busy the machine.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn folders_that_link_to_each_other_have_an_end() {
    let checkout = Checkout::new();
    let packages = 40;
    for number in 0..packages {
        checkout
            .desk
            .write(&format!("node_modules/p{number}/node_modules/keep"), "");
        checkout.desk.write(
            &format!("node_modules/p{number}/r.xml"),
            report(&[("valid", Some(1001), "")]),
        );
    }
    for number in 0..packages {
        for other in 0..packages {
            let name = format!("node_modules/p{number}/node_modules/p{other}");
            let target = checkout.desk.path(&format!("node_modules/p{other}"));
            link(&target, &checkout.desk.path(&name));
        }
    }
    for pattern in [
        "**/r.xml",
        "node_modules/**/*.xml",
        "**/node_modules/**/r.xml",
        ".",
    ] {
        let (answer, took) = timed(
            &checkout.desk,
            &["verify", "--offline", pattern, "--json", "--timeout", "60s"],
        );
        assert_eq!(answer.code, Some(0), "{pattern}: {answer:?}");
        assert_eq!(answer.json()["totals"]["tests"], 40, "{pattern}");
        assert!(took < Duration::from_secs(30), "{pattern}: {took:?}");
    }
}

#[test]
fn a_pipe_that_nobody_writes_to_is_not_waited_for_beyond_the_limit() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    for name in ["p.xml", "p.zip", "pipe", "p.toml"] {
        pipe(&checkout.desk.path(name));
    }
    for arguments in [
        &["submit", "p.xml"][..],
        &["submit", "p.zip"],
        &["verify", "--offline", "p.xml"],
        &["submit", "r.xml", "--token-file", "pipe"],
        &["submit", "r.xml", "--ca-file", "pipe"],
        &["submit", "r.xml", "--settings", "p.toml"],
        &["map", "import", "csv", "pipe", "--service", "azure"],
        &["map", "suggest", "r.xml", "--titles", "pipe"],
        &["submit", "r.xml", "--journal", "pipe"],
    ] {
        let more = [arguments, &["--timeout", LIMIT]].concat();
        let (answer, took) = timed(&checkout.desk, &more);
        assert!(
            matches!(answer.code, Some(1..=6)),
            "{arguments:?}: {answer:?}"
        );
        assert!(took < SOON, "{arguments:?}: {took:?}");
    }
    assert_eq!(checkout.sandbox.run_count(), 0);
}

#[test]
fn a_pipe_in_the_place_of_a_file_of_the_sign_in_is_not_waited_for_beyond_the_limit() {
    for (step, variable) in [
        ("federation", "HANDIN_OIDC_TOKEN_FILE"),
        ("federation", "AZURE_FEDERATED_TOKEN_FILE"),
        ("service-principal", "AZURE_CLIENT_CERTIFICATE_PATH"),
    ] {
        let mut checkout = Checkout::new();
        let path = checkout.desk.path("pipe");
        pipe(&path);
        checkout
            .desk
            .set("HANDIN_AZURE_TOKEN", "")
            .set("HANDIN_AZURE_AUTH", step)
            .set("AZURE_TENANT_ID", "acme")
            .set("AZURE_CLIENT_ID", "handin")
            .set(variable, path.display().to_string());
        let (answer, took) = timed(&checkout.desk, &["projects", "azure", "--timeout", LIMIT]);
        assert!(matches!(answer.code, Some(1..=6)), "{variable}: {answer:?}");
        assert!(took < SOON, "{variable}: {took:?}");
    }
}

#[test]
fn a_pipe_that_takes_the_place_of_the_systems_certificates_is_not_waited_for_beyond_the_limit() {
    let mut checkout = Checkout::new();
    let (job, late) = (
        checkout.desk.path("job"),
        checkout.desk.write("certs.pem", "none yet"),
    );
    pipe(&job);
    checkout
        .desk
        .set("SSL_CERT_FILE", late.display().to_string())
        .set("HANDIN_AZURE_TOKEN", "")
        .set("HANDIN_AZURE_AUTH", "federation")
        .set("AZURE_AUTHORITY_HOST", checkout.sandbox.url())
        .set("AZURE_TENANT_ID", "acme")
        .set("AZURE_CLIENT_ID", "handin")
        .set("HANDIN_OIDC_TOKEN_FILE", job.display().to_string());
    let child = checkout
        .desk
        .start(&["projects", "azure", "--timeout", "5s"]);
    let start = super::now();
    // It reads the job's token once it has looked at the certificates.
    let mut writer = std::fs::File::options().write(true).open(job).unwrap();
    std::fs::remove_file(&late).unwrap();
    pipe(&late);
    writer.write_all(b"e30.e30.job").unwrap();
    drop(writer);
    let answer = crate::desk::Answer::of(&child.wait_with_output().unwrap());
    assert!(super::since(start) < SOON, "{answer:?}");
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(answer.stderr.contains("--timeout"), "{answer:?}");
}

#[test]
fn a_pipe_beside_a_report_or_under_a_wildcard_is_passed_by() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("out/r.xml", report(&[("valid", Some(1001), "")]));
    for name in [
        "execution0.log",
        "execution.properties",
        "testCaseBinding",
        "p.xml",
        "p.zip",
        "attached.png",
    ] {
        pipe(&checkout.desk.path(&format!("out/{name}")));
    }
    checkout.naming("out/r.xml", &["attached.png"]);
    for argument in ["out", "out/*", "out/r.xml", "**/*"] {
        let (answer, took) = timed(
            &checkout.desk,
            &[
                "submit",
                argument,
                "--again",
                "--attach",
                "all",
                "--timeout",
                "60s",
            ],
        );
        assert_eq!(answer.code, Some(0), "{argument}: {answer:?}");
        assert!(took < SOON, "{argument}: {took:?}");
    }
}

#[test]
fn a_pipe_that_is_named_is_read() {
    let checkout = Checkout::new();
    pipe(&checkout.desk.path("p.xml"));
    let writer = checkout.desk.path("p.xml");
    let thread = std::thread::spawn(move || {
        let mut pipe = std::fs::File::options().write(true).open(writer).unwrap();
        pipe.write_all(report(&[("valid", Some(1001), "")]).as_bytes())
            .unwrap();
    });
    let answer = checkout.desk.run(&["submit", "p.xml"]);
    thread.join().unwrap();
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(checkout.sandbox.run_count(), 1);
}

#[test]
fn a_lock_that_somebody_else_holds_is_not_waited_for_beyond_the_limit() {
    let checkout = Checkout::new();
    checkout
        .desk
        .write("r.xml", report(&[("valid", Some(1001), "")]));
    let journal = checkout.desk.write(".handin/journal.jsonl", "");
    let settings = checkout.desk.path("handin.toml");
    for (held, arguments) in [
        (journal, &["submit", "r.xml"][..]),
        (
            settings,
            &["map", "set", "a › b", "1001", "--service", "azure"],
        ),
    ] {
        let file = std::fs::File::open(&held).unwrap();
        file.lock().unwrap();
        let more = [arguments, &["--timeout", LIMIT]].concat();
        let (answer, took) = timed(&checkout.desk, &more);
        assert!(
            matches!(answer.code, Some(1..=6)),
            "{arguments:?}: {answer:?}"
        );
        assert!(answer.stderr.contains("--timeout"), "{answer:?}");
        assert!(took < SOON, "{arguments:?}: {took:?}");
    }
    assert_eq!(checkout.sandbox.run_count(), 0);
}

#[test]
fn a_report_of_nothing_but_holes_ends_with_the_limit() {
    let checkout = Checkout::new();
    let file = std::fs::File::create(checkout.desk.path("r.xml")).unwrap();
    file.set_len(1 << 42).unwrap();
    let mut begun = std::fs::File::options()
        .write(true)
        .open(checkout.desk.path("r.xml"))
        .unwrap();
    begun
        .write_all(b"<testsuite><testcase name=\"a\"><system-out>")
        .unwrap();
    for arguments in [&["verify", "--offline", "r.xml"][..], &["submit", "r.xml"]] {
        let more = [arguments, &["--timeout", LIMIT]].concat();
        let (answer, took) = timed(&checkout.desk, &more);
        assert!(matches!(answer.code, Some(1..=6)), "{answer:?}");
        assert!(took < SOON, "{arguments:?}: {took:?}");
    }
    assert_eq!(checkout.sandbox.run_count(), 0);
}

#[test]
fn standard_input_that_never_ends_ends_with_the_limit() {
    let checkout = Checkout::new();
    let mut child = checkout
        .desk
        .command(&["submit", "-", "--timeout", LIMIT])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let kept = child.stdin.take();
    let start = super::now();
    let status = child.wait().unwrap();
    assert!(super::since(start) < SOON);
    assert_eq!(status.code(), Some(6));
    drop(kept);
    let mut child = checkout
        .desk
        .command(&["login", "azure", "--token-stdin", "--timeout", LIMIT])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let kept = child.stdin.take();
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(1..=6)), "{status:?}");
    drop(kept);
}

#[test]
fn a_pipe_in_the_place_of_the_systems_certificates_is_refused_by_name() {
    for (name, file) in [
        ("SSL_CERT_FILE", "certs"),
        ("SSL_CERT_DIR", "certs/one.pem"),
    ] {
        let mut checkout = Checkout::new();
        let path = checkout.desk.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        pipe(&path);
        let named = checkout.desk.path("certs").display().to_string();
        checkout.desk.set(name, named);
        let (answer, took) = timed(&checkout.desk, &["projects", "azure", "--timeout", "10s"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains(name), "{answer:?}");
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
}
