//! Files that go along to Azure.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what is missing by panicking"
)]

use handin_sandbox::fault::{Fault, Rule, When};

use crate::azure::{FAILURE, Scene, outcomes, warnings};
use crate::submit::{report, shop};

/// A failed test with two files of the same name, and one that is too large.
fn with_files(scene: &Scene) {
    scene.desk.write("a/shot.png", "one");
    scene.desk.write("b/shot.png", "two");
    let large = scene.desk.write("video.mp4", "");
    let file = std::fs::File::options().write(true).open(large).unwrap();
    file.set_len(75 * 1024 * 1024 + 1).unwrap();
    let output = "<system-out>[[ATTACHMENT|a/shot.png]]\n[[ATTACHMENT|b/shot.png]]\n[[ATTACHMENT|video.mp4]]</system-out>";
    scene.desk.write(
        "r.xml",
        report(&[("wrong", Some(1002), &format!("{FAILURE}{output}"))]),
    );
}

fn file_names(scene: &Scene) -> Vec<String> {
    let results = scene.results();
    let files = results
        .iter()
        .flat_map(|it| it["attachments"].as_array().unwrap().clone());
    let mut names: Vec<String> = files
        .map(|file| file["file_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn files_of_one_name_stay_apart_and_one_too_large_is_a_warning() {
    let scene = Scene::of(shop(), "");
    with_files(&scene);
    let submission = scene.done(&[]);
    assert_eq!(file_names(&scene), ["shot (2).png", "shot.png"]);
    assert!(
        warnings(&submission).contains("`video.mp4`"),
        "{submission}"
    );
}

#[test]
fn an_upload_that_fails_is_named_and_made_up_for_later() {
    let scene = Scene::of(shop(), "");
    with_files(&scene);
    let fails = Fault::status(When::BeforeCommit, 500);
    let rule = Rule::new(fails)
        .writes()
        .path("/acme/Shop/_apis/test/Runs/*/Results/*/attachments");
    scene.sandbox.faults().add(rule.nth(2).always());
    let answer = scene.submit(&[]);
    // Nobody knows of a 500 whether the file was taken.
    assert_eq!(answer.code, Some(7), "{answer:?}");
    assert!(answer.stderr.contains("shot"), "{}", answer.stderr);
    assert_eq!(scene.outcomes(), outcomes(&[(1002, "Failed")]));
    scene.sandbox.faults().clear();
    for state in ["done", "known"] {
        scene.desk.forget_journal();
        assert_eq!(scene.done(&[])["state"], state);
        assert_eq!(file_names(&scene), ["shot (2).png", "shot.png"]);
    }
}

#[test]
fn a_file_that_the_service_refuses_is_tried_again_by_the_same_command() {
    let scene = Scene::of(shop(), "");
    with_files(&scene);
    for status in [400, 415] {
        let refuses = Rule::new(Fault::status(When::BeforeCommit, status))
            .writes()
            .path("/acme/Shop/_apis/test/Runs/*/Results/*/attachments");
        scene.sandbox.faults().add(refuses.always());
        let answer = scene.submit(&[]);
        assert_eq!(answer.code, Some(8), "{answer:?}");
        assert!(answer.stderr.contains("`shot.png`"), "{}", answer.stderr);
        scene.sandbox.faults().clear();
    }
    assert_eq!(scene.done(&[])["state"], "done");
    assert_eq!(file_names(&scene), ["shot (2).png", "shot.png"]);
    assert_eq!(scene.outcomes(), outcomes(&[(1002, "Failed")]));
}

#[test]
fn a_file_that_is_too_large_for_the_service_is_a_warning() {
    let scene = Scene::of(shop(), "");
    with_files(&scene);
    let refuses = Fault::status(When::BeforeCommit, 413);
    let rule = Rule::new(refuses)
        .writes()
        .path("/acme/Shop/_apis/test/Runs/*/Results/*/attachments");
    scene.sandbox.faults().add(rule.always());
    let submission = scene.done(&[]);
    assert!(
        warnings(&submission).contains("`shot.png` is skipped"),
        "{submission}"
    );
}

#[test]
fn files_of_a_report_in_an_archive_come_out_of_it() {
    let scene = Scene::of(shop(), "");
    with_files(&scene);
    let archive = scene.desk.write("all.zip", "");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(archive).unwrap());
    for name in ["r.xml", "a/shot.png", "b/shot.png"] {
        let bytes = std::fs::read(scene.desk.path(name)).unwrap();
        zip.start_file(
            format!("run/{name}"),
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    zip.finish().unwrap();
    let answer = scene.desk.run(&["submit", "--json", "all.zip"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert_eq!(file_names(&scene), ["shot (2).png", "shot.png"]);
    assert!(
        answer.stderr.contains("attachment `video.mp4` not found"),
        "{answer:?}"
    );
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_report() {
    for words in [&["submit"][..], &["submit", "--each"], &["verify"]] {
        let scene = Scene::of(shop(), "");
        with_files(&scene);
        std::fs::remove_file(scene.desk.path("b/shot.png")).unwrap();
        let answer = scene.desk.run(&[words, &["--json", "r.xml"]].concat());
        let document = answer.json();
        let warnings = document["reports"][0]["warnings"].as_array().unwrap();
        let missing: Vec<_> = warnings
            .iter()
            .filter(|it| {
                it["message"]
                    .as_str()
                    .unwrap()
                    .contains("attachment `b/shot.png` not found")
            })
            .collect();
        assert_eq!(missing.len(), 1, "{words:?}: {document:#}");
        assert!(
            missing[0]["line"].as_u64().is_some(),
            "{words:?}: {document:#}"
        );
    }
}

/// A test that Surefire tried twice: each try left a file, and so did the last.
fn with_tries(scene: &Scene, last: &str) {
    for name in ["first", "second", "third"] {
        scene.desk.write(&format!("{name}/shot.png"), name);
    }
    let of_try = |kind: &str, file: &str| {
        format!(
            "<{kind} message='no'><stackTrace>at</stackTrace><system-out>[[ATTACHMENT|{file}/shot.png]]</system-out></{kind}>"
        )
    };
    let kind = if last.is_empty() {
        "flakyFailure"
    } else {
        "rerunFailure"
    };
    let tries = of_try(kind, "first") + &of_try(kind, "second");
    let output = "<system-out>[[ATTACHMENT|third/shot.png]]</system-out>";
    scene.desk.write(
        "r.xml",
        report(&[("tried", Some(1002), &format!("{last}{tries}{output}"))]),
    );
}

/// Returns the files of the one result: name, and the try at which it hangs.
fn files_of_tries(scene: &Scene) -> Vec<(String, Option<u64>)> {
    let results = scene.results();
    let files = results
        .iter()
        .flat_map(|it| it["attachments"].as_array().unwrap().clone());
    let mut files: Vec<(String, Option<u64>)> = files
        .map(|file| {
            let name = file["file_name"].as_str().unwrap().to_owned();
            (name, file["sub_result"].as_u64())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn files_of_a_try_that_failed_hang_at_its_sub_result() {
    let scene = Scene::of(shop(), "");
    with_tries(&scene, FAILURE);
    let submission = scene.done(&[]);
    let expected = [
        ("shot (2).png", Some(1)),
        ("shot (3).png", Some(2)),
        ("shot.png", None),
    ];
    let expected = expected.map(|(name, at)| (name.to_owned(), at));
    assert_eq!(files_of_tries(&scene), expected, "{submission}");
    // They are found where they hang, and attached once.
    scene.desk.forget_journal();
    assert_eq!(scene.done(&[])["state"], "known");
    assert_eq!(files_of_tries(&scene), expected);
}

#[test]
fn of_a_test_that_passed_in_the_end_the_files_of_the_tries_that_failed_go_along() {
    let scene = Scene::of(shop(), "");
    with_tries(&scene, "");
    scene.done(&[]);
    assert_eq!(scene.outcomes(), outcomes(&[(1002, "Passed")]));
    let expected = [("shot (2).png", Some(2)), ("shot.png", Some(1))];
    assert_eq!(
        files_of_tries(&scene),
        expected.map(|(name, at)| (name.to_owned(), at))
    );
    let scene = Scene::of(shop(), "attach = \"none\"");
    with_tries(&scene, "");
    scene.done(&[]);
    assert_eq!(files_of_tries(&scene), []);
}

#[test]
fn a_service_that_takes_no_files_at_sub_results_gets_them_at_the_result() {
    let scene = Scene::of(shop(), "");
    with_tries(&scene, FAILURE);
    let refuses = Rule::new(Fault::status(When::BeforeCommit, 400))
        .writes()
        .path("/acme/Shop/_apis/test/Runs/*/Results/*/attachments");
    // The first file is the result's own, the second that of a try.
    scene.sandbox.faults().add(refuses.nth(2));
    let submission = scene.done(&["--jobs", "1"]);
    let at: Vec<Option<u64>> = files_of_tries(&scene).into_iter().map(|it| it.1).collect();
    assert_eq!(at, [None; 3]);
    assert!(
        warnings(&submission).contains("takes no files at sub-results"),
        "{submission}"
    );
}

#[test]
fn a_file_of_a_try_whose_answer_is_lost_is_looked_for_there() {
    let scene = Scene::of(shop(), "");
    with_tries(&scene, FAILURE);
    let lost = Rule::new(Fault::status(When::AfterCommit, 500))
        .writes()
        .path("/acme/Shop/_apis/test/Runs/*/Results/*/attachments");
    scene.sandbox.faults().add(lost.nth(2));
    scene.submit(&["--jobs", "1"]);
    assert_eq!(scene.submit(&["--jobs", "1"]).code, Some(0));
    assert_eq!(files_of_tries(&scene).len(), 3);
}
