//! Which files of a report folder go up, and under which names.

use std::path::{Path, PathBuf};

use super::super::attachments::{collect, has_log};

fn lay(root: &Path, files: &[&str]) {
    for file in files {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), b"x").unwrap();
    }
}

fn names(folders: &[PathBuf]) -> Vec<String> {
    let found = collect(folders).unwrap();
    let mut names: Vec<String> = found
        .files
        .iter()
        .map(|file| format!("{}|{}", file.folder, file.name))
        .collect();
    for (report, recordings) in &found.recordings {
        for file in recordings {
            names.push(format!("{report}: {}|{}", file.folder, file.name));
        }
    }
    names
}

#[test]
fn a_suite_goes_up_as_studio_sends_it_and_names_with_blanks_too() {
    let root = tempfile::tempdir().unwrap();
    let suite = "Reports/20220524_120438/Sprint 1/Login/20220524_120442";
    let files = [
        "execution0.log",
        "execution1.log",
        "execution0.log.lck",
        "execution.properties",
        "execution.uuid",
        "JUnit_Report.xml",
        "testCaseBinding",
        "tsc_id.txt",
        "a shot with blanks.PNG",
        "report.html",
        "notes.txt",
        "videos/run 1.avi",
        "videos/run.webm",
        "requests/main/1.har",
    ];
    let paths: Vec<String> = files.iter().map(|file| format!("{suite}/{file}")).collect();
    lay(
        root.path(),
        &paths.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    insta::assert_snapshot!(names(&[root.path().join(suite)]).join("\n"));
}

#[test]
fn the_collection_that_ran_the_suites_goes_along() {
    let root = tempfile::tempdir().unwrap();
    let run = "Reports/20201009_102323";
    let (one, two) = (
        format!("{run}/A & B/One/20201009_102323"),
        format!("{run}/Two/20201009_102324"),
    );
    let all = format!("{run}/All/20201009_102323");
    lay(
        root.path(),
        &[
            &format!("{one}/execution0.log"),
            &format!("{two}/execution0.log"),
            &format!("{all}/JUnit_Report.xml"),
            &format!("{run}/Other/20201009_102323/x.rp"),
            &format!("{run}/Other/20201009_102323/execution.uuid"),
        ],
    );
    let description = format!(
        "<r><reportLocation>{}</reportLocation></r>",
        one.replace('&', "&amp;")
    );
    let mut file =
        std::fs::File::create(root.path().join(format!("{all}/20201009_102323.rp"))).unwrap();
    std::io::Write::write_all(&mut file, description.as_bytes()).unwrap();
    insta::assert_snapshot!(names(&[root.path().join(one), root.path().join(two)]).join("\n"));
}

#[test]
fn without_a_reports_folder_names_begin_at_what_the_folders_share() {
    let root = tempfile::tempdir().unwrap();
    lay(
        root.path(),
        &["out/a/execution0.log", "out/b/x/execution0.log"],
    );
    let folders = ["out/a", "out/b"].map(|name| root.path().join(name));
    assert_eq!(names(&folders), ["a|execution0.log", "b/x|execution0.log"]);
}

#[test]
fn a_folder_inside_another_goes_up_once() {
    let root = tempfile::tempdir().unwrap();
    lay(
        root.path(),
        &["out/execution0.log", "out/inner/execution0.log"],
    );
    let folders = ["out", "out/inner"].map(|name| root.path().join(name));
    assert_eq!(
        names(&folders),
        ["out|execution0.log", "out/inner|execution0.log"]
    );
}

#[cfg(unix)]
#[test]
fn links_are_left_out_by_name() {
    let root = tempfile::tempdir().unwrap();
    lay(root.path(), &["secret/id.log", "out/execution0.log"]);
    std::os::unix::fs::symlink(
        root.path().join("secret/id.log"),
        root.path().join("out/stolen.log"),
    )
    .unwrap();
    std::os::unix::fs::symlink(root.path().join("secret"), root.path().join("out/more")).unwrap();
    let found = collect(&[root.path().join("out")]).unwrap();
    assert_eq!(found.files.len(), 1);
    assert_eq!(found.warnings.len(), 2);
    assert!(found.warnings[0].contains("more") && found.warnings[1].contains("stolen.log"));
}

#[test]
fn only_a_step_log_makes_a_folder_one_that_testops_imports() {
    let root = tempfile::tempdir().unwrap();
    lay(
        root.path(),
        &[
            "a/execution12.log",
            "b/execution.log.lck",
            "b/JUnit_Report.xml",
            "c/execution_x.log",
        ],
    );
    let has = |name: &str| has_log(&root.path().join(name));
    assert!(has("a") && !has("b") && !has("c") && !has("missing"));
}

#[test]
fn the_root_of_a_repository_is_no_report_folder_and_what_git_keeps_stays_there() {
    let root = tempfile::tempdir().unwrap();
    let files = [
        ".git/hooks/token.json",
        ".git/config",
        "execution0.log",
        "service/account.json",
    ];
    lay(root.path(), &files);
    let only_the_log = |folder: PathBuf| {
        let names = names(&[folder]);
        assert_eq!(names.len(), 1, "{names:?}");
        assert!(names[0].ends_with("|execution0.log"), "{names:?}");
    };
    only_the_log(root.path().to_owned());
    let out = root.path().join("out");
    lay(&out, &["execution0.log", "below/.git/hooks/token.json"]);
    only_the_log(out);
}
