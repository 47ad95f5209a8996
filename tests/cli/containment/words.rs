//! What comes from outside, where people, terminals and the CI read it.

use super::{Checkout, PLAN};
use crate::desk::Desk;

#[test]
fn a_usage_error_gives_no_orders_to_the_ci_or_the_terminal() {
    let desk = Desk::new();
    for words in [
        &["submit", "--nonsense=\n::error::marked"][..],
        &["submit", "--points", "\n::set-output name=a::marked"],
        &["nonsense\r\n::error::marked"],
        &[
            "submit",
            "--attach",
            "##vso[task.complete result=Succeeded]marked",
        ],
        &["submit", "--policy\u{1b}]0;marked\u{7}"],
        &["submit", "--x\u{9b}2J\u{202e}marked"],
        &["submit", "--timeout", "\n##teamcity[marked]", "r.xml"],
        &["submit", "--set", "\n::error::marked", "r.xml"],
        &["submit", "\n::error::marked"],
    ] {
        for more in [&[][..], &["--json"]] {
            let answer = desk.run(&[words, more].concat());
            assert_ne!(answer.code, Some(0), "{words:?}");
            let said = format!("{}\n{}", answer.stdout, answer.stderr);
            for line in said.lines() {
                assert!(!line.trim_start().starts_with("::"), "{words:?}: {line}");
                assert!(
                    !line.contains("##vso[") && !line.contains("##teamcity["),
                    "{line}"
                );
            }
            for c in ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\r'] {
                assert!(!said.contains(c), "{words:?}: {said:?}");
            }
        }
    }
}

#[test]
fn an_export_holds_no_formula_and_is_read_back_as_it_was() {
    let checkout = Checkout::new();
    let keys = [
        "=cmd|' /C calc'!A0 › x",
        "+1 › x",
        "-1 › x",
        "@SUM(1) › x",
        "'=1 › x",
        "plain › x",
    ];
    let mappings: String = keys
        .iter()
        .map(|key| format!("\"{key}\" = 1001\n"))
        .collect();
    let settings = format!("{PLAN}[cases.azure]\n{mappings}");
    checkout.desk.write("handin.toml", &settings);
    let exported = checkout.desk.run(&["map", "export"]);
    assert_eq!(exported.code, Some(0), "{exported:?}");
    for line in exported.stdout.lines() {
        for cell in line.split(',') {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{line}");
        }
    }
    checkout.desk.write("all.csv", &exported.stdout);
    checkout.desk.write("handin.toml", PLAN);
    let imported = checkout.desk.run(&["map", "import", "csv", "all.csv"]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let again = checkout.desk.run(&["map", "export", "--json"]);
    for key in keys {
        let held = serde_json::to_string(key).unwrap();
        assert!(again.stdout.contains(&held), "{key}: {}", again.stdout);
    }
}
