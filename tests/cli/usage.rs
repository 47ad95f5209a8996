//! Wrong usage, of arguments and of settings: told to people on standard error, and with `--json` in a document like every other error.

use serde_json::json;

use crate::desk::Desk;

/// Words, the schema of the document, its message, its hint.
const WRONG: [(&[&str], &str, &str, &str); 7] = [
    (
        &["submit", "--json", "--nonsense"],
        "handin/submit/1",
        "unexpected argument '--nonsense' found",
        "usage: handin submit [OPTIONS] [REPORT]...",
    ),
    (
        &["--json", "verify", "--offlin"],
        "handin/verify/1",
        "unexpected argument '--offlin' found",
        "a similar argument exists: '--offline'",
    ),
    (
        &["projects", "--json"],
        "handin/projects/1",
        "the following required arguments were not provided: <SERVICE>",
        "one of azure, qtest, katalon, kiwi",
    ),
    (
        &["map", "set", "valid", "--json"],
        "handin/map-set/1",
        "the following required arguments were not provided: <CASE>...",
        "usage: handin map set --json <TEST> <CASE>...",
    ),
    (
        &["submit", "--attach", "some", "--json"],
        "handin/submit/1",
        "invalid value 'some' for '--attach <WHICH>' [possible values: failed, all, none]",
        "",
    ),
    (
        &["submitt", "--json"],
        "handin/error/1",
        "unrecognized subcommand 'submitt'",
        "a similar subcommand exists: 'submit'",
    ),
    (
        &["map", "--json"],
        "handin/error/1",
        "'handin map' requires a subcommand but one was not provided [subcommands: list, set, unset, suggest, import, export]",
        "usage: handin map [OPTIONS] <COMMAND>",
    ),
];

#[test]
fn with_json_wrong_usage_is_a_document_as_any_other_error_is() {
    let desk = Desk::new();
    for (words, schema, message, hint) in WRONG {
        let answer = desk.run(words);
        assert_eq!(answer.code, Some(2), "{words:?}");
        let document = answer.json();
        assert_eq!(document["schema"], schema, "{words:?}");
        assert_eq!(document["exit_code"], 2, "{words:?}");
        let error = &document["error"];
        assert_eq!(error["kind"], "usage", "{words:?}");
        assert_eq!(error["message"], message, "{words:?}");
        let hint = if hint.is_empty() {
            json!(null)
        } else {
            json!(hint)
        };
        assert_eq!(error["hint"], hint, "{words:?}");
        assert_eq!(error["causes"], json!([]), "{words:?}");
        assert!(
            answer.stderr.contains("Usage: ") || answer.stderr.contains("--help"),
            "{answer:?}"
        );
    }
}

#[test]
fn without_json_wrong_usage_and_help_leave_standard_output_as_it_was() {
    let desk = Desk::new();
    for words in [
        &["submit", "--nonsense"][..],
        &["submit", "--nonsense", "--", "--json"],
        &["nonsense"],
    ] {
        let answer = desk.run(words);
        assert_eq!(
            (answer.code, answer.stdout.as_str()),
            (Some(2), ""),
            "{words:?}"
        );
        assert!(answer.stderr.starts_with("error: "), "{answer:?}");
    }
    for words in [
        &["submit", "--json", "--help"][..],
        &["--json", "--version"],
    ] {
        let answer = desk.run(words);
        assert_eq!(
            (answer.code, answer.stderr.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
        assert!(answer.stdout.contains("handin"), "{answer:?}");
    }
}

#[test]
fn a_settings_file_cannot_give_orders_to_the_terminal() {
    let desk = Desk::new();
    for text in [
        "\"x\\u001b[2Jy\" = 1\n",
        "[cases.azure]\n\"x\\u001b[2Jy\" = [\"\"]\n",
        "[profile.\"x\\u001b[2Jy\"]\n",
    ] {
        desk.write("handin.toml", text);
        let answer = desk.run(&["--profile", "x[2Jy", "verify", "r.xml"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains("x\u{fffd}[2Jy"), "{answer:?}");
        assert!(!answer.stderr.contains('\u{1b}'), "{answer:?}");
    }
}

#[test]
fn a_profile_that_is_not_there_is_answered_with_those_that_are() {
    let desk = Desk::new();
    desk.write("handin.toml", "[profile.staging]\n[profile.live]\n");
    let answer = desk.run(&["--profile", "production", "verify", "r.xml"]);
    assert!(
        answer.stderr.contains("hint: there is `live`, `staging`"),
        "{answer:?}"
    );
}
