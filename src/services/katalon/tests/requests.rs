//! Each endpoint's request, as a value.

use std::fmt::Write as _;

use url::Url;

use super::super::api::Server;
use super::super::wire::{Id, UploadBatchFile};
use super::target;
use crate::files::KnownFile;
use crate::secret::Secret;
use crate::transport::{Body, Request};

fn server() -> Server {
    Server::new(&target().url)
}

fn id(text: &str) -> Id {
    Id(text.to_owned())
}

fn files() -> Vec<UploadBatchFile> {
    let file = |name: &str, end| UploadBatchFile {
        folder_path: "20200101_101010/Smoke suite/20200101_101011".to_owned(),
        file_name: name.to_owned(),
        uploaded_path: format!("store/{}", name.len()),
        end,
    };
    vec![
        file("execution0.log", false),
        file("JUnit_Report.xml", true),
    ]
}

/// Shows a request as it would go out, without sending it.
#[expect(
    clippy::use_debug,
    reason = "the variants' own names say what they are"
)]
fn shown(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    let _ = writeln!(
        text,
        "{:?}, {}, {:?}, answer: {:?}",
        request.effect(),
        if request.authorized {
            "with our credential"
        } else {
            "without our credential"
        },
        request.repeat,
        request.expect,
    );
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    match &request.body {
        Body::None => {}
        Body::Bytes(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
        Body::Stream { length, .. } => {
            let _ = write!(text, "a stream of {length} bytes");
        }
    }
    text
}

#[test]
fn requests_that_read() {
    let (server, project) = (server(), id("101"));
    let all = [
        server.me(),
        server.teams(0),
        server.projects(None, 1),
        server.projects(Some(&id("11")), 0),
        server.project("101"),
        server.upload_url(&project),
        server.upload_urls(&project, 50),
        server.executions_of(&project, "handin-1-2"),
        server.execution_numbered(&project, "42"),
        server.search("Release", &project, 0),
        server.token("ada@acme.example", &Secret::password("p ß").unwrap()),
    ];
    let all: Vec<String> = all.iter().map(shown).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn requests_that_hand_in() {
    let (server, project, tags) = (server(), id("101"), vec!["nightly".to_owned()]);
    let files = files();
    let place = (&project, "handin-1-2");
    let store = Url::parse("https://store.example/a1?sig=abc").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("execution0.log");
    std::io::Write::write_all(&mut std::fs::File::create(&log).unwrap(), &[0; 12]).unwrap();
    let log = KnownFile::at(log).unwrap();
    let all = [
        Server::put(store, "execution0.log", log),
        server.hand_in_folders(place, &files, &[], false),
        server.hand_in_folders(place, &files, &tags, true),
        server.hand_in_results(&project, "handin-1-2", &files),
    ];
    let all: Vec<String> = all.iter().map(|it| shown(it)).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn requests_that_come_after() {
    let (server, execution, project) = (server(), id("9001"), id("101"));
    let all = [
        server.link_release(&execution, &project, &id("5")),
        server.link_build(&execution, &id("6")),
        server.tag(&execution, &project, "nightly"),
        server.push_to_xray(&execution),
        server.create_project(&id("11"), "New shop"),
    ];
    let all: Vec<String> = all.iter().map(|it| shown(it)).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn the_store_gets_neither_our_credential_nor_a_json_demand() {
    let url = Url::parse("https://store.example/a1").unwrap();
    let request = Server::put(url, "a.png", KnownFile::unseen("a.png"));
    assert!(!request.authorized);
    assert_eq!(request.expect, crate::transport::Expect::Anything);
}
