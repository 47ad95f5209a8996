//! Every policy, each way: as a flag, as a setting, and without either.
//!
//! Whatever a policy says, `--json` tells the fact; only `ignore` keeps standard error still.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};
use serde_json::Value;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

/// Trouble, and what becomes of it.
struct Row {
    /// The setting below `[policy]`.
    policy: &'static str,
    /// What happens without it.
    default: &'static str,
    /// The exit code with `fail`.
    code: i32,
    /// Whether results are written with `warn` and `ignore`.
    written: bool,
    /// A piece of the text that tells the fact.
    fact: &'static str,
    /// Where the JSON document tells it with `warn` and `ignore`.
    place: &'static str,
    /// What the command is given.
    reports: &'static [&'static str],
}

const ROWS: [Row; 10] = [
    Row {
        policy: "on_no_reports",
        default: "fail",
        code: 3,
        written: false,
        fact: "no report was found",
        place: "/warnings",
        reports: &["nowhere/*.xml"],
    },
    Row {
        policy: "on_empty",
        default: "fail",
        code: 3,
        written: false,
        fact: "no test is in what was read",
        place: "/warnings",
        reports: &["empty.xml"],
    },
    Row {
        policy: "on_unreadable",
        default: "fail",
        code: 5,
        written: true,
        fact: "ends before its last element",
        place: "/reports/1/error",
        reports: &["good.xml", "torn.xml"],
    },
    Row {
        policy: "on_unmapped",
        default: "warn",
        code: 5,
        written: true,
        fact: "shop.LoginTest › stray",
        place: "/submissions/0/unmapped",
        reports: &["good.xml", "stray.xml"],
    },
    Row {
        policy: "on_ambiguous",
        default: "fail",
        code: 5,
        written: true,
        fact: "shop.LoginTest › both",
        place: "/submissions/0/problems",
        reports: &["good.xml", "ambiguous.xml"],
    },
    Row {
        policy: "on_missing_case",
        default: "fail",
        code: 5,
        written: true,
        fact: "shop.LoginTest › gone",
        place: "/submissions/0/problems",
        reports: &["good.xml", "gone.xml"],
    },
    Row {
        policy: "on_missing_point",
        default: "fail",
        code: 5,
        written: true,
        fact: "shop.LoginTest › elsewhere",
        place: "/submissions/0/problems",
        reports: &["good.xml", "elsewhere.xml"],
    },
    Row {
        policy: "on_stale",
        default: "warn",
        code: 5,
        written: true,
        fact: "before this build began",
        place: "/warnings",
        reports: &["good.xml"],
    },
    Row {
        policy: "on_no_credential",
        default: "fail",
        code: 4,
        written: false,
        fact: "Azure DevOps",
        place: "/submissions/0/error/message",
        reports: &["good.xml"],
    },
    Row {
        policy: "on_upload_error",
        default: "fail",
        code: 6,
        written: false,
        fact: "403",
        place: "/submissions/0/error/message",
        reports: &["good.xml"],
    },
];

/// How a policy is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    /// As a flag, which beats a setting that says otherwise.
    Flag,
    /// In `[policy]`.
    Setting,
    /// Not at all.
    Nowhere,
}

/// What a row left behind.
struct Left {
    answer: Answer,
    runs: usize,
    writes: usize,
}

fn run(row: &Row, reaction: &str, given: Given) -> Left {
    let mut world = shop();
    let elsewhere = world.case("Shop", "In no plan");
    let sandbox = AzureSandbox::start(world).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url());
    if row.policy != "on_no_credential" {
        desk.set("HANDIN_AZURE_TOKEN", sandbox.token());
    }
    if row.policy == "on_stale" {
        desk.set("GITLAB_CI", "true")
            .set("CI_PIPELINE_CREATED_AT", "2026-11-21T00:00:00Z");
    }
    if row.policy == "on_upload_error" {
        sandbox.faults().add(
            Rule::new(Fault::status(When::BeforeCommit, 403))
                .writes()
                .always(),
        );
    }
    let otherwise = if reaction == "fail" { "ignore" } else { "fail" };
    let setting = match given {
        Given::Flag => format!("[policy]\n{} = \"{otherwise}\"\n", row.policy),
        Given::Setting => format!("[policy]\n{} = \"{reaction}\"\n", row.policy),
        Given::Nowhere => String::new(),
    };
    let target = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
    desk.write("handin.toml", format!("{target}{setting}"));
    desk.write("good.xml", report(&[("valid", Some(1001), "")]));
    desk.write("empty.xml", "<testsuite name=\"empty\"/>");
    desk.write("torn.xml", "<testsuite><testcase name=\"a\">");
    desk.write("stray.xml", report(&[("stray", None, "")]));
    desk.write("ambiguous.xml", report(&[("both", Some(1004), "")]));
    desk.write("gone.xml", report(&[("gone", Some(99_999), "")]));
    let elsewhere = u32::try_from(elsewhere).unwrap();
    desk.write(
        "elsewhere.xml",
        report(&[("elsewhere", Some(elsewhere), "")]),
    );
    let flag = format!("--{}={reaction}", row.policy.replace('_', "-"));
    let mut arguments = vec!["submit", "--json"];
    if given == Given::Flag {
        arguments.push(&flag);
    }
    arguments.extend(row.reports);
    let answer = desk.run(&arguments);
    let requests = sandbox.requests();
    Left {
        answer,
        runs: sandbox.run_count(),
        writes: requests.iter().filter(|it| it.write.is_some()).count(),
    }
}

fn holds(document: &Value, place: &str, fact: &str) -> bool {
    document
        .pointer(place)
        .is_some_and(|value| value.to_string().contains(fact))
}

/// Holds what a row left behind against what it should have; returns what is wrong.
fn judge(row: &Row, reaction: &str, left: &Left) -> Vec<String> {
    let fails = reaction == "fail";
    let document = left.answer.json();
    let code = if fails { row.code } else { 0 };
    let told = if fails {
        document.to_string().contains(row.fact)
    } else {
        holds(&document, row.place, row.fact)
    };
    // What is refused on the service's side has been tried.
    let untouched = left.writes == 0 || row.policy == "on_upload_error";
    [
        (left.answer.code == Some(code), "the exit code"),
        (
            document["exit_code"] == code,
            "the exit code in the document",
        ),
        (told, "the fact in the document"),
        (
            left.answer.stderr.contains(row.fact) == (reaction != "ignore"),
            "the fact on standard error",
        ),
        (left.runs == usize::from(!fails && row.written), "the runs"),
        ((!fails && row.written) || untouched, "the writes"),
    ]
    .into_iter()
    .filter(|(right, _)| !right)
    .map(|(_, what)| format!("{} = {reaction}: {what}: {:#?}", row.policy, left.answer))
    .collect()
}

#[test]
fn every_policy_does_what_it_says_as_a_flag_and_as_a_setting() {
    let mut wrong = Vec::new();
    for row in &ROWS {
        for reaction in ["fail", "warn", "ignore"] {
            for given in [Given::Flag, Given::Setting] {
                wrong.extend(judge(row, reaction, &run(row, reaction, given)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_a_word_every_policy_has_its_documented_default() {
    let settings = std::fs::read_to_string("docs/settings.md").unwrap();
    for row in &ROWS {
        let left = run(row, row.default, Given::Nowhere);
        let wrong = judge(row, row.default, &left);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let line = settings
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", row.policy)))
            .unwrap();
        assert!(line.contains(&format!("| `{}` |", row.default)), "{line}");
    }
    let rows = settings.lines().filter(|line| line.starts_with("| `on_"));
    assert_eq!(rows.count(), ROWS.len(), "a policy has no row in this test");
}
