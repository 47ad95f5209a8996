//! What is wrong with this machine, and not with the service: a disk that is full, a stream that nobody reads, a journal that cannot be
//! written, locked, understood. Each is told by its own message, what was submitted is told truly, and nothing is waited for beyond the limit.

use std::fmt::Write as _;

use handin_sandbox::azure::AzureSandbox;

use crate::desk::{Answer, Desk};
use crate::matrix::scene::{Holding, PATIENT, Scene, judge};
use crate::matrix::{azure, katalon, qtest};
use crate::submit::{report, shop};

/// How large a file may become, in the blocks of 512 bytes that `ulimit` counts.
const BLOCKS: usize = 128;

fn checkout() -> (AzureSandbox, Desk) {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("wrong", Some(1002), "")]),
    );
    (sandbox, desk)
}

/// Leaves room for so many bytes in the journal, where no file may become larger than [`BLOCKS`].
fn leave_room(desk: &Desk, room: usize) {
    let line = r#"{"v":1,"at":"2026-11-01T10:00:00Z","key":"handin-0123456789abcdef01234567","write":"azure.create_run[run]","stage":"done"}"#;
    let length = BLOCKS * 512 - room;
    let text = format!("{line}\n{}\n", "-".repeat(length - line.len() - 2));
    assert_eq!(text.len(), length);
    desk.write(".handin/journal.jsonl", text);
}

/// Fills the disk up in every line of the journal. Returns the exit codes.
fn fill_up(scene: &Scene) -> Vec<i32> {
    let rehearsal = (scene.set)();
    let answer = rehearsal.desk().run(&rehearsal.arguments());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let kept = std::fs::read(rehearsal.desk().path(".handin/journal.jsonl")).unwrap();
    let ends = kept.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let rooms: Vec<usize> = [0]
        .into_iter()
        .chain(ends.map(|(end, _)| end + 41))
        .collect();
    // Each waits for a while, so all are tried at once.
    std::thread::scope(|threads| {
        let tried: Vec<_> = rooms
            .into_iter()
            .map(|room| threads.spawn(move || with_room(scene, room)))
            .collect();
        tried.into_iter().map(|code| code.join().unwrap()).collect()
    })
}

/// Submits with so much room for the journal, and again with enough. Returns the exit code of the first call.
fn with_room(scene: &Scene, room: usize) -> i32 {
    let stage = (scene.set)();
    let what = format!("{}, room for {room} bytes", scene.name);
    leave_room(stage.desk(), room);
    let script = format!("ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    let answer = stage.desk().run_in_shell(&script, &stage.within(PATIENT));
    let holding = stage.holds();
    if (answer.code, &holding) != (Some(1), &Holding::Nothing) {
        let judged = judge(answer.code, &holding);
        judged.unwrap_or_else(|lie| panic!("{what}: {lie}\n{answer:?}"));
    }
    if answer.code != Some(0) {
        let way_out = "make room where it is kept, or name another file with `--journal`; then run the same command again";
        assert!(answer.stderr.contains(way_out), "{what}: {answer:?}");
    }
    let again = stage.desk().run(&stage.within(PATIENT));
    let whole = (again.code, stage.holds());
    assert_eq!(whole, (Some(0), Holding::All), "{what}: {again:?}");
    answer.code.unwrap()
}

#[test]
fn a_disk_that_fills_up_in_any_line_of_the_journal_is_told_truly_and_loses_nothing() {
    for scene in [&azure::SCENES[0], &qtest::SCENES[0], &katalon::SCENES[0]] {
        let codes = fill_up(scene);
        println!("{}: {codes:?}", scene.name);
        assert_eq!(codes.first(), Some(&1), "{}: {codes:?}", scene.name);
        assert_eq!(codes.last(), Some(&0), "{}: {codes:?}", scene.name);
        // TestOps takes what is uploaded all at once: nothing stands there in part.
        let is_all_at_once = scene.name.starts_with("katalon");
        assert!(
            is_all_at_once || codes.contains(&8),
            "{}: {codes:?}",
            scene.name
        );
    }
}

#[test]
fn an_outcome_that_cannot_be_kept_is_a_warning_and_changes_nothing_that_is_told() {
    let (sandbox, desk) = checkout();
    assert_eq!(
        desk.run(&["submit", "r.xml", "--key", "first"]).code,
        Some(0)
    );
    let kept = std::fs::read_to_string(desk.path(".handin/journal.jsonl")).unwrap();
    let last = kept.lines().next_back().unwrap().len();
    leave_room(&desk, kept.len() - last / 2);
    let script = format!("ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    let answer = desk.run_in_shell(&script, &["submit", "r.xml", "--key", "other", "--json"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let submission = &answer.json()["submissions"][0];
    assert_eq!(submission["state"], "done", "{answer:?}");
    let told = "the journal is incomplete: it could not be written; the submission is not affected";
    assert!(
        submission["warnings"].to_string().contains(told),
        "{answer:?}"
    );
    assert!(answer.stderr.contains(told), "{answer:?}");
    assert_eq!(sandbox.run_count(), 2);
}

/// The same on a disk that is really full, where this machine lets one be made.
#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_nothing_is_written_anywhere_and_the_message_says_why() {
    let (sandbox, desk) = checkout();
    std::fs::create_dir(desk.path("disk")).unwrap();
    let script = "unshare -rm true 2>/dev/null || exit 77
        exec unshare -rm sh -c 'mount -t tmpfs -o size=8k none disk && mkdir disk/j && : > disk/j/journal.jsonl && : > disk/j/journal.lock \\
            && (dd if=/dev/zero of=disk/full bs=1k count=64 2>/dev/null; exec \"$0\" \"$@\")' \"$0\" \"$@\"";
    let answer = desk.run_in_shell(
        script,
        &["submit", "r.xml", "--journal", "disk/j/journal.jsonl"],
    );
    if answer.code == Some(77) {
        println!("not tried: no file system can be mounted here");
        return;
    }
    assert_eq!(answer.code, Some(1), "{answer:?}");
    for text in [
        "No space left",
        "nothing is sent that is not recorded",
        "make room where it is kept",
    ] {
        assert!(answer.stderr.contains(text), "{text}: {answer:?}");
    }
    assert_eq!(sandbox.run_count(), 0);
    // And where a summary has no room, that is all there is to say.
    let answer = desk.run_in_shell(script, &["submit", "r.xml", "--summary", "disk/p.md"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer.stderr.contains("the submission is not affected"),
        "{answer:?}"
    );
    assert_eq!(sandbox.run_count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_has_no_room_does_not_hide_what_was_submitted() {
    let (sandbox, desk) = checkout();
    let full = "exec \"$0\" \"$@\" > /dev/full";
    let each = ["submit", "r.xml", "--each", "--key", "each"];
    for (arguments, stands) in [
        (&["submit", "r.xml"][..], "submitted and confirmed, run 1"),
        (&["submit", "r.xml"], "already submitted"),
        (
            &["submit", "r.xml", "--json", "--key", "json"],
            "submitted and confirmed, run 2",
        ),
        (&each, "1 new"),
        (&[&each[..], &["--json"]].concat(), "1 known"),
        (
            &["submit", "r.xml", "--dry-run", "--key", "dry"],
            "nothing was written",
        ),
    ] {
        let answer = desk.run_in_shell(full, arguments);
        assert_eq!(answer.code, Some(1), "{arguments:?}: {answer:?}");
        for text in [
            "the output could not be written: No space left",
            stands,
            "submits nothing twice",
        ] {
            assert!(
                answer.stderr.contains(text),
                "{arguments:?}: {text}: {answer:?}"
            );
        }
    }
    assert_eq!(sandbox.run_count(), 3);
    // The page says what happened to the results.
    let answer = desk.run_in_shell(full, &["submit", "r.xml", "--summary", "p.md"]);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    let page = std::fs::read_to_string(desk.path("p.md")).unwrap();
    assert!(page.contains("Already submitted, nothing to do."), "{page}");
    // A worse end keeps its own code.
    let tests = [("valid", Some(1001), ""), ("none", None, "")];
    desk.write("r.xml", report(&tests));
    let answer = desk.run_in_shell(full, &["submit", "r.xml", "--on-unmapped", "fail"]);
    assert_eq!(answer.code, Some(5), "{answer:?}");
    // What does not submit says it too.
    for arguments in [
        &["verify", "r.xml"][..],
        &["projects", "azure"],
        &["doctor"],
    ] {
        let answer = desk.run_in_shell(full, arguments);
        assert!(
            answer.stderr.contains("the output could not be written"),
            "{arguments:?}: {answer:?}"
        );
        assert_ne!(answer.code, Some(0), "{arguments:?}: {answer:?}");
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure_of_the_submission() {
    let (sandbox, desk) = checkout();
    let gone = "{ sleep 1; \"$0\" \"$@\"; echo \"code $?\" >&2; } | true";
    let answer = desk.run_in_shell(gone, &["submit", "r.xml"]);
    assert!(answer.stderr.contains("code 0"), "{answer:?}");
    let told = "warning: nobody reads the output any more; Azure DevOps Test Plans: submitted and confirmed, run 1";
    assert!(answer.stderr.contains(told), "{answer:?}");
    let answer = desk.run_in_shell(gone, &["projects", "azure"]);
    assert!(
        answer.stderr.contains("code 0") && !answer.stderr.contains("error"),
        "{answer:?}"
    );
    // A stream that is closed from the beginning takes nothing, and misses nothing.
    for closed in [">&-", "2>&-", ">&- 2>&-"] {
        let script = format!("exec \"$0\" \"$@\" {closed}");
        let answer = desk.run_in_shell(&script, &["submit", "r.xml"]);
        assert_eq!(answer.code, Some(0), "{closed}: {answer:?}");
    }
    // Nor does anybody see what standard error has no room for.
    #[cfg(target_os = "linux")]
    assert_eq!(
        desk.run_in_shell(
            "exec \"$0\" \"$@\" 2> /dev/full",
            &["submit", "r.xml", "--key", "k"]
        )
        .code,
        Some(0)
    );
    assert!(sandbox.run_count() >= 1);
}

#[test]
fn a_summary_that_has_no_room_is_a_warning() {
    let (sandbox, desk) = checkout();
    let names: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
    let tests: Vec<(&str, Option<u32>, &str)> = names
        .iter()
        .map(|name| (name.as_str(), None, "<failure message=\"no\"/>"))
        .chain([("valid", Some(1001), "")])
        .collect();
    desk.write("r.xml", report(&tests));
    let script = "ulimit -f 4; exec \"$0\" \"$@\"";
    let more = ["--on-unmapped", "warn", "--summary", "p.md"];
    let answer = desk.run_in_shell(script, &[&["submit", "r.xml"][..], &more].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("the summary `p.md` could not be written"),
        "{answer:?}"
    );
    assert!(
        answer.stderr.contains("the submission is not affected"),
        "{answer:?}"
    );
    let left: Vec<_> = std::fs::read_dir(desk.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".handin-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(sandbox.run_count(), 1);
}

#[test]
fn no_room_for_temporary_files_is_told_before_the_first_write_or_beside_what_was_submitted() {
    let (sandbox, mut desk) = checkout();
    let arguments = ["submit", "--each", "--json", "r.xml"];
    // A report of which much is to be told.
    let mut long = report(&[("valid", Some(1001), "")]).replace("</testsuite>", "");
    for n in 0..200 {
        writeln!(
            long,
            "<testcase classname=\"shop.LoginTest\" name=\"a test without a case, number {n}\"/>"
        )
        .unwrap();
    }
    desk.write("r.xml", long + "</testsuite>");
    let all = [&arguments[..], &["--on-unmapped", "ignore"]].concat();
    let answer = desk.run_in_shell("ulimit -f 4; exec \"$0\" \"$@\"", &all);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    let document = answer.json();
    assert_eq!(
        (&document["exit_code"], &document["error"]["kind"]),
        (&1.into(), &"failed".into())
    );
    assert!(document.get("submissions").is_none(), "{document}");
    for text in [
        "cannot be kept for the document",
        "submitting continues",
        "1 new",
    ] {
        assert!(answer.stderr.contains(text), "{text}: {answer:?}");
    }
    assert_eq!(sandbox.run_count(), 1);
    desk.set("TMPDIR", "/nonexistent");
    let answer = desk.run(&[&all[..], &["--key", "other"]].concat());
    assert_eq!(answer.code, Some(1), "{answer:?}");
    for text in [
        "no temporary file can be made",
        "nothing was written",
        "TMPDIR",
    ] {
        assert!(answer.stderr.contains(text), "{text}: {answer:?}");
    }
    assert_eq!(sandbox.run_count(), 1);
}

#[test]
fn a_journal_that_can_be_read_and_not_written_is_heeded() {
    let (sandbox, desk) = checkout();
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    let before = desk.journal();
    // Whom nothing is forbidden becomes somebody else.
    let script = "chmod 444 .handin/journal.jsonl .handin/journal.lock; chmod 555 .handin
        [ \"$(id -u)\" != 0 ] && exec \"$0\" \"$@\"
        command -v setpriv >/dev/null || exit 77
        chmod a+rx . .; exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$0\" \"$@\"";
    let read_only = |arguments: &[&str]| desk.run_in_shell(script, arguments);
    let again = read_only(&["submit", "r.xml"]);
    if again.code == Some(77) {
        println!("not tried: nobody here is forbidden anything");
        return;
    }
    let told = |answer: &Answer| {
        answer
            .stderr
            .contains("is read-only: it is read, and nothing is added to it")
    };
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        told(&again) && again.stdout.contains("already submitted"),
        "{again:?}"
    );
    let new = read_only(&["submit", "r.xml", "--key", "new"]);
    assert_eq!(new.code, Some(0), "{new:?}");
    assert!(
        told(&new) && new.stdout.contains("submitted and confirmed"),
        "{new:?}"
    );
    assert_eq!((sandbox.run_count(), desk.journal()), (2, before));
    Answer::of(
        &std::process::Command::new("chmod")
            .args(["-R", "u+w"])
            .arg(desk.path(".handin"))
            .output()
            .unwrap(),
    );
}

#[test]
fn a_journal_of_a_later_version_is_named_and_not_misread() {
    let (sandbox, desk) = checkout();
    assert_eq!(desk.run(&["submit", "r.xml"]).code, Some(0));
    let path = desk.path(".handin/journal.jsonl");
    let later = std::fs::read_to_string(&path).unwrap();
    let later = later
        .replace("\"v\":1", "\"v\":2")
        .replace("\"write\"", "\"act\"");
    desk.write(".handin/journal.jsonl", &later);
    let answer = desk.run(&["submit", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stdout.contains("already submitted"), "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("holds lines of a later version of handin"),
        "{answer:?}"
    );
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept.starts_with(&later), "{kept}");
    assert_eq!(sandbox.run_count(), 1);
}
