//! What is told of a submission beside its log: pages, and what a CI is given.

use std::fmt::Write as _;

use handin::settings::env::variables;
use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::fault::{Fault, Rule, When};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

const EVIL: &str = "&lt;script&gt;x&lt;/script&gt; ##vso[task.complete] @octocat `a` ##[error]b";
const FAILURE: &str = "<failure message=\"expected 403, was 200 for hunter2\">&#10;::set-output name=a::b&#10;##vso[task.complete]&#10;at LoginTest</failure>";

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "handin.toml",
        "redact = ['hunter\\d']\n[azure]\nproject = \"Shop\"\nplan = \"Regression\"\nsettle = \"1s\"\n",
    );
    desk.write(
        "r.xml",
        report(&[
            ("valid", Some(1001), ""),
            ("wrong", Some(1002), FAILURE),
            (EVIL, None, FAILURE),
        ]),
    );
    desk
}

fn text(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.path(name)).unwrap_or_default()
}

fn submit(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["submit", "r.xml"], more].concat())
}

#[test]
fn a_page_tells_what_was_read_what_failed_and_what_stands_where() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let answer = submit(&desk, &["--summary", "new/p.md", "--summary", "p.html"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for page in [text(&desk, "new/p.md"), text(&desk, "p.html")] {
        for part in [
            "3 tests: 1 passed, 2 failed",
            "shop.LoginTest › wrong",
            "expected 403, was 200 for [redacted]",
            "1 test without a case</summary>",
            "/_TestManagement/Runs?runId=",
            "xit code 0",
        ] {
            assert!(page.contains(part), "{part}:\n{page}");
        }
        assert!(!page.contains("hunter2"), "{page}");
    }
}

#[test]
fn no_text_of_a_report_is_more_than_a_text_on_a_page() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    submit(&desk, &["--summary", "p.md", "--summary", "p.html"]);
    assert!(!text(&desk, "p.html").contains("<script"));
    assert!(text(&desk, "p.html").contains("&#60;script&#62;x"));
    let page = text(&desk, "p.md");
    assert!(
        page.contains("`` shop.LoginTest") || page.contains("``shop.LoginTest"),
        "{page}"
    );
    assert_eq!(commands(&page), Vec::<&str>::new());
}

/// Returns the lines that a CI would take for commands.
fn commands(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| {
            let line = line.trim_start();
            line.starts_with("::") || line.contains("##vso[") || line.contains("##[")
        })
        .collect()
}

#[test]
fn no_line_of_the_log_is_a_command_that_a_report_made() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("GITHUB_ACTIONS", "true")
        .set("HANDIN_CI_OUTPUT", "none");
    desk.write(
        "r.xml",
        report(&[("::error::x", None, FAILURE), (EVIL, Some(1001), FAILURE)]),
    );
    for words in [
        vec!["submit", "r.xml", "--dry-run", "-vvv"],
        vec!["submit", "r.xml", "-vvv"],
        vec!["submit", "r.xml", "--json", "--again"],
        vec!["submit", "r.xml", "--each", "--json"],
        vec!["verify", "r.xml"],
        vec!["verify", "r.xml", "--json"],
        vec!["verify", "--offline", "r.xml", "--cases"],
        vec!["verify", "--offline", "r.xml", "--cases", "--json"],
        vec!["map", "list", "r.xml"],
        vec!["map", "list", "r.xml", "--json"],
    ] {
        let answer = desk.run(&words);
        assert_eq!(commands(&answer.stdout), Vec::<&str>::new(), "{words:?}");
        assert_eq!(commands(&answer.stderr), Vec::<&str>::new(), "{words:?}");
        // In JSON the name is whole all the same.
        if words.contains(&"--cases") && words.contains(&"--json") {
            assert!(
                answer.json().to_string().contains("##vso["),
                "{words:?} lost a name"
            );
        }
    }
}

#[test]
fn a_submission_that_ends_badly_leaves_its_page_too() {
    let cases: [(&str, Option<i32>, &str); 4] = [
        ("unreadable", Some(5), "unverified"),
        ("refused", Some(6), "refused"),
        ("lost", Some(7), "uncertain"),
        ("half", Some(8), "partial"),
    ];
    for (how, code, word) in cases {
        let sandbox = AzureSandbox::start(shop()).unwrap();
        let mut desk = desk(&sandbox);
        let mut reports = vec!["r.xml"];
        match how {
            "unreadable" => {
                desk.write("broken.xml", "<testsuite><testcase name='a'>");
                reports.push("broken.xml");
            }
            "refused" => {
                desk.set("HANDIN_AZURE_URL", "http://127.0.0.1:9/acme");
            }
            "lost" => {
                desk.settle("1s");
                sandbox
                    .faults()
                    .add(Rule::new(Fault::CLOSE_BEFORE_READING).writes().always());
            }
            _ => sandbox
                .faults()
                .at_write(2, Fault::Html(When::BeforeCommit, 400)),
        }
        let mut words = vec!["submit", "--summary", "p.md", "--timeout", "5s"];
        words.extend(&reports);
        let answer = desk.run(&words);
        assert_eq!(answer.code, code, "{how}: {answer:?}");
        let page = text(&desk, "p.md");
        assert!(
            page.starts_with(&format!("## handin: {word}\n")),
            "{how}:\n{page}"
        );
        assert!(
            page.contains(&format!("(exit code {})", code.unwrap())),
            "{how}:\n{page}"
        );
        assert!(page.contains("**Error:**"), "{how}:\n{page}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_told_and_changes_nothing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("file", "no folder");
    let answer = submit(&desk, &["--summary", "file/p.md"]);
    assert_eq!(
        (answer.code, sandbox.run_count()),
        (Some(0), 1),
        "{answer:?}"
    );
    assert!(
        answer
            .stderr
            .contains("the summary `file/p.md` could not be written"),
        "{answer:?}"
    );
}

#[test]
fn a_page_of_another_kind_is_refused_before_anything_is_written() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let answer = submit(&desk, &["--summary", "p.pdf"]);
    assert_eq!(
        (answer.code, sandbox.run_count()),
        (Some(2), 0),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("`.md` or `.html`"), "{answer:?}");
}

#[test]
fn ten_thousand_failures_make_a_page_that_names_two_hundred() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let mut suite = "<testsuite name='s'>".to_owned();
    for number in 0..10_000 {
        let long = "x".repeat(3_000);
        write!(
            suite,
            "<testcase classname='a.B' name='n{number}'><failure message='{long}'/></testcase>"
        )
        .unwrap();
    }
    suite += "<testcase classname='a.B' name='valid'><properties><property name='TestCaseId' value='1001'/></properties></testcase>";
    desk.write("r.xml", suite + "</testsuite>");
    let answer = submit(&desk, &["--summary", "p.md", "--summary", "p.html"]);
    assert_eq!(answer.code, Some(0), "{}", answer.stdout);
    let (markdown, html) = (text(&desk, "p.md"), text(&desk, "p.html"));
    assert!(html.contains("and 9800 more"));
    assert!(markdown.len() < 300_000, "{}", markdown.len());
    assert!(html.len() < 1_000_000, "{}", html.len());
    assert!(markdown.contains("Tests that did not pass (10000)"));
}

#[test]
fn of_many_submissions_a_page_tells_how_many_became_what() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for number in 0..60 {
        let text = report(&[("valid", Some(1001), "")]).replace("0.5", &format!("0.{number}"));
        desk.write(&format!("old/{number}.xml"), text);
    }
    desk.write("old/broken.xml", "<testsuite><testcase name='a'>");
    let each = ["submit", "--each", "old", "--summary", "p.md"];
    assert_eq!(desk.run(&each).code, Some(8));
    let page = text(&desk, "p.md");
    for part in [
        "- 60 new",
        "- 1 failed",
        "report `old/broken.xml`",
        "60 tests: 60 passed",
    ] {
        assert!(page.contains(part), "{part}:\n{page}");
    }
    assert_eq!(
        page.matches("submitted and confirmed").count(),
        50,
        "{page}"
    );
}

#[test]
fn a_log_gets_a_line_a_stage_and_no_control_character() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("FORCE_HYPERLINK", "1");
    let answer = submit(&desk, &[]);
    let lines: Vec<&str> = answer
        .stderr
        .lines()
        .filter(|line| line.starts_with("azure: "))
        .collect();
    assert!(
        lines.contains(&"azure: Submitting results (2)"),
        "{answer:?}"
    );
    let mut once = lines.clone();
    once.dedup();
    assert_eq!(lines, once);
    for text in [&answer.stdout, &answer.stderr] {
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
    }
}

/// The outputs, by name.
fn outputs(desk: &Desk) -> std::collections::BTreeMap<String, String> {
    text(desk, "outputs")
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn github_is_given_outputs_a_summary_and_annotations() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let here = |name: &str| desk.path(name).display().to_string();
    let (file, summary) = (here("outputs"), here("step.md"));
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_OUTPUT", file)
        .set("GITHUB_STEP_SUMMARY", summary);
    desk.write("step.md", "what another program said\n");
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let given = outputs(&desk);
    for (name, value) in [
        ("exit_code", "0"),
        ("exit_name", "done"),
        ("state", "done"),
        ("tests", "3"),
        ("failed", "2"),
        ("unmapped", "1"),
    ] {
        assert_eq!(given[name], value, "{given:?}");
    }
    assert!(
        given["url"].contains("runId=1") && given["url"] == given["azure_run_url"],
        "{given:?}"
    );
    assert!(!given["key"].is_empty());
    let page = text(&desk, "step.md");
    assert!(
        page.starts_with("what another program said\n## handin: done\n"),
        "{page}"
    );
    let expected = [
        "::error file=r.xml,line=3::shop.LoginTest › wrong failed%0Aexpected 403, was 200 for [redacted]",
        "::warning::Azure DevOps Test Plans: no case for shop.LoginTest › <script>",
    ];
    for line in expected {
        assert!(
            answer.stderr.lines().any(|it| it.starts_with(line)),
            "{line}\n{}",
            answer.stderr
        );
    }
    assert_eq!(commands(&answer.stderr).len(), 3, "{}", answer.stderr);
}

#[test]
fn azure_pipelines_takes_variables_a_summary_and_issues() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let folder = desk.path("temp");
    std::fs::create_dir(&folder).unwrap();
    desk.set("TF_BUILD", "True")
        .set("AGENT_TEMPDIRECTORY", folder.display().to_string());
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let lines: Vec<&str> = answer.stderr.lines().collect();
    assert!(
        lines.contains(&"##vso[task.setvariable variable=exit_code;isOutput=true]0"),
        "{lines:?}"
    );
    let upload = lines
        .iter()
        .find_map(|line| line.strip_prefix("##vso[task.uploadsummary]"));
    let page = std::fs::read_to_string(upload.unwrap()).unwrap();
    assert!(page.starts_with("## handin: done\n"), "{page}");
    let issues = lines
        .iter()
        .filter(|line| line.starts_with("##vso[task.logissue type="))
        .count();
    assert_eq!(issues, 3, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| !line.contains("##vso[task.complete]")),
        "{lines:?}"
    );
}

#[test]
fn a_flaky_test_is_annotated_with_what_was_wrong_at_first() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let flaky = "<flakyFailure message=\"expected 403, was 200\">&#10;::set-output name=a::b</flakyFailure>";
    desk.write("r.xml", report(&[("valid", Some(1001), flaky)]));
    let folder = desk.path("temp");
    std::fs::create_dir(&folder).unwrap();
    desk.set("GITHUB_ACTIONS", "true");
    let github = desk.run(&["submit", "r.xml"]);
    let told = "::warning file=r.xml,line=2::shop.LoginTest › valid is flaky: it failed at first and passed when it was tried again%0Aexpected 403, was 200";
    assert_eq!(github.code, Some(0), "{github:?}");
    assert_eq!(commands(&github.stderr), [told], "{github:?}");
    desk.set("GITHUB_ACTIONS", "")
        .set("TF_BUILD", "True")
        .set("AGENT_TEMPDIRECTORY", folder.display().to_string());
    let azure = desk.run(&["submit", "--again", "r.xml"]);
    let told = "##vso[task.logissue type=warning;sourcepath=r.xml;linenumber=2]shop.LoginTest › valid is flaky";
    let mut lines = azure.stderr.lines();
    assert!(lines.any(|line| line.starts_with(told)), "{azure:?}");
}

#[test]
fn another_ci_or_none_gets_the_text_that_people_read() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("TF_BUILD", "True");
    for choice in ["none", "gitlab", "jenkins"] {
        let answer = submit(&desk, &["--ci-output", choice]);
        assert_eq!(commands(&answer.stderr), Vec::<&str>::new(), "{answer:?}");
    }
    let github = submit(&desk, &["--ci-output", "github"]);
    assert!(github.stderr.contains("::error file="), "{github:?}");
}

#[test]
fn an_output_that_cannot_be_written_is_a_warning_and_the_summary_is_written_all_the_same() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let summary = desk.path("step.md");
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_OUTPUT", "/nonexistent/outputs")
        .set("GITHUB_STEP_SUMMARY", summary.display().to_string());
    let answer = submit(&desk, &[]);
    assert_eq!(
        (answer.code, sandbox.run_count()),
        (Some(0), 1),
        "{answer:?}"
    );
    let text = "warning: the outputs of this step could not be written: ";
    assert!(answer.stderr.contains(text), "{answer:?}");
    assert!(!answer.stderr.contains("the summary of this step"));
    assert!(
        std::fs::read_to_string(&summary)
            .unwrap()
            .contains("handin")
    );
    desk.set("GITHUB_STEP_SUMMARY", "/nonexistent/summary");
    let answer = submit(&desk, &[]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let text = "warning: the summary of this step could not be written: ";
    assert!(answer.stderr.contains(text), "{answer:?}");
}

/// Azure Pipelines gives the outputs of a step named `handin` to later steps as `HANDIN_<OUTPUT>`.
#[test]
fn no_output_of_a_step_named_handin_is_a_setting_of_the_next() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let file = desk.path("outputs").display().to_string();
    desk.set("GITHUB_ACTIONS", "true")
        .set("GITHUB_OUTPUT", file);
    submit(&desk, &[]);
    let given = outputs(&desk);
    assert!(given.len() > 10, "{given:?}");
    for name in given.keys() {
        let variable = format!("HANDIN_{}", name.to_uppercase());
        assert!(variables().all(|it| it.name != variable), "{variable}");
    }
}

#[test]
fn a_failure_is_annotated_where_the_report_says_it_is_in_the_sources() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let pytest = "<failure message=\"assert 1 == 2\">src/cart.py:3: \ntests/test_cart.py:12: AssertionError</failure>";
    desk.write(
        "r.xml",
        report(&[("wrong", Some(1002), pytest)])
            .replace("shop.LoginTest", "tests.test_cart.TestCart"),
    );
    desk.set("GITHUB_ACTIONS", "true");
    let told = |place: &str| {
        let answer = submit(&desk, &["--again"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let line = format!(
            "::error file={place}::tests.test_cart.TestCart › wrong failed%0Aassert 1 == 2"
        );
        assert_eq!(commands(&answer.stderr), [line], "{answer:?}");
    };
    told("r.xml,line=2");
    desk.write("src/cart.py", "");
    told("src/cart.py,line=3");
    desk.write("tests/test_cart.py", "");
    told("tests/test_cart.py,line=12");
}

#[test]
fn what_was_left_out_for_want_of_a_token_is_a_warning_of_the_build() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    desk.set("GITHUB_ACTIONS", "true")
        .set("HANDIN_AZURE_TOKEN", "");
    let warned = submit(&desk, &["--on-no-credential", "warn"]);
    assert_eq!(warned.code, Some(0), "{warned:?}");
    let told = "::warning::Azure DevOps Test Plans: no credential for Azure DevOps at ";
    let lines = commands(&warned.stderr);
    assert!(lines.len() == 1 && lines[0].starts_with(told), "{warned:?}");
    let ignored = submit(&desk, &["--on-no-credential", "ignore"]);
    assert!(commands(&ignored.stderr).is_empty(), "{ignored:?}");
}
