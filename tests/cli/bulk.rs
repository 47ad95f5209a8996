//! `handin submit --each`: many old reports in one go.

use handin_sandbox::Next;
use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::fault::{Fault, Rule, When};

use crate::desk::{Answer, Desk};

const REPORTS: usize = 24;

/// As many cases as reports, and one that every report touches.
fn world() -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let any = world.configuration("Shop", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1000);
    for number in 0..=REPORTS {
        let case = world.case("Shop", &format!("Case {number}"));
        world.point(suite, case, any);
    }
    world
}

/// Report `number` has case `1000 + number`, and the shared case 1000 which fails in all but the last.
fn archive(desk: &Desk) {
    for number in 1..=REPORTS {
        let element = if number == REPORTS { "" } else { "<failure/>" };
        let property = |case: usize| {
            format!("<properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>")
        };
        let text = format!(
            "<testsuite name=\"s\" timestamp=\"2024-01-{number:02}T10:00:00Z\">\
             <testcase classname=\"a.B\" name=\"own\" time=\"1\">{}</testcase>\
             <testcase classname=\"a.B\" name=\"shared\" time=\"1\">{}{element}</testcase></testsuite>",
            property(1000 + number),
            property(1000),
        );
        // Names in an order that is not that of the times.
        desk.write(&format!("old/{:02}.xml", (number * 7) % 25), text);
    }
}

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    archive(&desk);
    desk
}

fn each(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(
        &[
            &[
                "submit",
                "--each",
                "--json",
                "old",
                "--jobs",
                "8",
                "--timeout",
                "60s",
            ],
            more,
        ]
        .concat(),
    )
}

fn states(answer: &Answer) -> Vec<String> {
    let submissions = answer.json()["submissions"].clone();
    submissions
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["state"].as_str().unwrap().to_owned())
        .collect()
}

/// Each report's own case has its result once; the shared one has all.
fn holds_each_once(sandbox: &AzureSandbox) -> bool {
    sandbox.run_count() == REPORTS
        && sandbox
            .points()
            .values()
            .all(|point| point.outcomes.len() == if point.case == 1000 { REPORTS } else { 1 })
}

#[test]
fn every_report_becomes_a_run_of_its_own_with_its_own_times() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    let answer = each(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(holds_each_once(&sandbox));
    let starts: std::collections::BTreeSet<String> = sandbox.look(|azure| {
        azure
            .runs()
            .values()
            .map(|run| {
                run.fields["startedDate"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    });
    assert_eq!(starts.len(), REPORTS);
    assert!(
        starts.iter().all(|start| start.starts_with("2024-01-")),
        "{starts:?}"
    );
}

#[test]
fn reports_of_the_same_case_go_in_the_order_of_their_times() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    assert_eq!(each(&desk, &[]).code, Some(0));
    let points = sandbox.points();
    let shared = points.values().find(|point| point.case == 1000).unwrap();
    assert_eq!(
        shared.outcome.as_deref(),
        Some("Passed"),
        "the newest report is the last word: {:?}",
        shared.outcomes
    );
}

#[test]
fn a_second_run_over_all_writes_nothing_with_or_without_the_journal() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    assert_eq!(each(&desk, &[]).code, Some(0));
    let first = sandbox.requests().len();
    let writes = || {
        sandbox
            .requests()
            .iter()
            .filter(|exchange| exchange.write.is_some())
            .count()
    };
    let before = writes();
    for _ in 0..2 {
        let asked = sandbox.requests().len();
        let answer = each(&desk, &[]);
        // Runs are listed for all reports together: the points, which no known one needs, are not asked for.
        let again = sandbox.requests().len() - asked;
        assert!(100 * again <= 6 * first, "{again} of {first} requests");
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(states(&answer).iter().all(|state| state == "known"));
        desk.forget_journal();
    }
    assert_eq!(writes(), before);
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    desk.write("old/broken.xml", "<testsuite><testcase name='a'>");
    let answer = each(&desk, &[]);
    assert_eq!(answer.code, Some(8), "{answer:?}");
    assert!(holds_each_once(&sandbox));
    assert!(answer.stderr.contains("broken.xml"), "{}", answer.stderr);
}

#[test]
fn only_reports_of_the_wanted_time_go() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    let answer = each(&desk, &["--since", "2024-01-05", "--until", "2024-01-07"]);
    assert_eq!(
        (answer.code, sandbox.run_count()),
        (Some(0), 3),
        "{answer:?}"
    );
}

#[test]
fn killed_in_the_middle_it_resumes_and_hands_in_each_once() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    let (reached, half) = std::sync::mpsc::channel();
    let reached = std::sync::Mutex::new(reached);
    sandbox.on_request(move |moment| {
        if moment.write == Some(40) {
            let _ = reached.lock().unwrap().send(());
        }
        Next::GoOn
    });
    let mut child = desk.start(&["submit", "--each", "old", "--jobs", "8"]);
    half.recv_timeout(std::time::Duration::from_secs(30))
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.on_request(|_| Next::GoOn);
    let mut code = each(&desk, &[]).code;
    if code != Some(0) {
        code = each(&desk, &[]).code;
    }
    assert_eq!(code, Some(0));
    assert!(holds_each_once(&sandbox), "{:?}", sandbox.points());
}

#[test]
fn a_lost_answer_in_the_middle_doubles_nothing() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    for nth in [5, 20, 50] {
        sandbox.faults().add(
            Rule::new(Fault::Close(When::AfterCommit))
                .writes()
                .nth(nth)
                .times(1),
        );
    }
    let first = each(&desk, &[]);
    let code = if first.code == Some(0) {
        first.code
    } else {
        each(&desk, &[]).code
    };
    assert_eq!(code, Some(0), "{first:?}");
    assert!(holds_each_once(&sandbox), "{:?}", sandbox.points());
}

#[test]
fn copies_of_a_report_become_one_run_without_a_journal_too() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    for number in 0..6 {
        let text = std::fs::read_to_string(desk.path("old/07.xml")).unwrap();
        desk.write(&format!("old/copy-{number}.xml"), text);
    }
    desk.write("folder", "where the journal cannot be");
    let answer = each(&desk, &["--journal", "folder/journal.jsonl"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(holds_each_once(&sandbox), "{:?}", sandbox.points());
}

#[test]
fn a_report_that_there_was_no_time_to_read_is_not_taken_for_a_broken_one() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    let test = "<testcase classname=\"a.B\" name=\"own\" time=\"1\"/>".repeat(400_000);
    desk.write(
        "long/r.xml",
        format!("<testsuite name=\"s\">{test}</testsuite>"),
    );
    let answer = desk.run(&[
        "submit",
        "--each",
        "--on-unreadable=warn",
        "--timeout=600ms",
        "long",
    ]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(!answer.stderr.contains("cannot be read"), "{answer:?}");
}

#[test]
fn what_is_no_report_or_cannot_be_read_is_named_and_counted() {
    let sandbox = AzureSandbox::start(world()).unwrap();
    let desk = desk(&sandbox);
    desk.write("old/page.xml", "<html><body>502</body></html>");
    desk.write("old/torn.xml", "<testsuite name=\"s\"><testcase");
    let submit = ["submit", "--each", "--on-unreadable"];
    let answer = desk.run(&[&submit[..], &["warn", "old/*.xml"]].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for line in [
        "old/page.xml: skipped: this is an HTML page\n",
        "warning: old/torn.xml: it cannot be read: ",
        &format!(
            "{} reports with {} tests: {REPORTS} new, 1 skipped",
            REPORTS + 1,
            REPORTS * 2
        ),
    ] {
        let all = format!("{}{}", answer.stdout, answer.stderr);
        assert!(all.contains(line), "{line}: {answer:?}");
    }
    let quiet = desk.run(&[&submit[..], &["ignore", "old/*.xml"]].concat());
    assert!(!quiet.stderr.contains("torn.xml"), "{quiet:?}");
}
