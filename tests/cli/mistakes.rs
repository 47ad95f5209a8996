//! What people type and set by mistake: each is answered in plain words with where it is wrong, what was not done, and what to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::katalon::KatalonSandbox;
use handin_sandbox::qtest::QtestSandbox;

use crate::desk::{Answer, Desk};
use crate::help::{called, quoted, unknown_flags};
use crate::submit::{report, shop};

/// A desk with a report of one test whose case there is, and of one that has none.
fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write("handin.toml", SETTINGS);
    desk.write(
        "r.xml",
        report(&[("valid", Some(1001), ""), ("stray", None, "")]),
    );
    desk
}

const SETTINGS: &str =
    "reports = [\"r.xml\"]\n[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";

/// Does something wrong: the answer says so, and names no flag that the command does not have.
fn mistake(desk: &Desk, arguments: &[&str], (code, sentences): (i32, &[&str])) {
    let answer = desk.run(arguments);
    says(&answer, code, sentences);
    let (command, _) = called(arguments);
    for quoted in quoted(&answer.stderr).filter(|quoted| quoted.starts_with("--")) {
        let flags = unknown_flags(&command, quoted);
        assert_eq!(flags, [""; 0], "`{quoted}`: {arguments:?}: {answer:?}");
    }
}

/// Holds an answer against its code and the end of what it says: the sentence, and what to do next.
fn says(answer: &Answer, code: i32, sentences: &[&str]) {
    assert_eq!(answer.code, Some(code), "{answer:?}");
    for sentence in sentences {
        assert!(answer.stderr.contains(sentence), "{sentence}: {answer:?}");
    }
}

#[test]
fn an_argument_that_is_wrong_is_named_with_what_is_right() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let cases: [(&[&str], i32, &[&str]); 16] = [
        (
            &["submit", "out/*.xml"],
            3,
            &[
                "no report was found: nothing matches `out/*.xml`",
                "hint: run the tests first",
            ],
        ),
        (
            &["map", "list", "out.xml"],
            3,
            &["no report was found: `out.xml` does not exist"],
        ),
        (
            &["submit", "handin.toml"],
            5,
            &[
                "1 report cannot be read; nothing was written",
                "hint: fix or exclude what is named",
            ],
        ),
        (
            &["submit", "--jobs", "many"],
            2,
            &["`--jobs`: `jobs` cannot be `many`, expected a whole number from 1 to 16"],
        ),
        (
            &["submit", "--jobs=0"],
            2,
            &["expected a whole number from 1 to 16"],
        ),
        (
            &["submit", "--timeout", "soon"],
            2,
            &["expected a duration such as \"90s\" or \"30m\""],
        ),
        (
            &["submit", "--run", "1", "--plan", "Regression"],
            2,
            &["'--run <ID>' cannot be used with '--plan <PLAN>'"],
        ),
        (
            &["submit", "--plan", "Smoke"],
            5,
            &["there is no test plan `Smoke`", "it has: `Regression`"],
        ),
        (
            &["submit", "--suite", "Nowhere"],
            5,
            &[
                "has no suite `Nowhere`",
                "`handin projects azure Shop 100` shows the suites",
            ],
        ),
        (
            &["submit", "--url", "dev.azure.com/acme"],
            2,
            &[
                "`--url`: `azure.url` is not a URL: it does not begin with https://",
                "hint: write it with https://",
            ],
        ),
        (
            &["submit", "--url", "https://dev.azure.com:99999/acme"],
            2,
            &["its port is not a number up to 65535"],
        ),
        (
            &["submit", "--url", "https://"],
            2,
            &["is not a URL: it names no host"],
        ),
        (
            &["projects", "azure", "Shop", "Nightly", "--use"],
            2,
            &[
                "there is no `Nightly`; nothing was written",
                "hint: there is `Regression`",
            ],
        ),
        (
            &[
                "login",
                "qtest",
                "--device",
                "--url",
                "https://acme.qtestnet.com",
            ],
            2,
            &[
                "qTest has no device login; nothing was stored",
                "`handin login qtest`",
            ],
        ),
        (
            &["login", "qtest", "--device"],
            2,
            &["qTest has no device login; nothing was stored"],
        ),
        (
            &["login", "kiwi", "--url", "https://tcms.example"],
            2,
            &["Kiwi TCMS has no tokens", "`handin login kiwi --user NAME`"],
        ),
    ];
    for (arguments, code, sentences) in cases {
        mistake(&desk, arguments, (code, sentences));
    }
    assert!(sandbox.look(|azure| azure.runs().is_empty()));
}

#[test]
fn without_a_keyring_nothing_can_be_stored_or_removed_and_the_variables_of_the_service_are_named() {
    let desk = Desk::new();
    for (service, variables, what) in [
        ("azure", "`HANDIN_AZURE_TOKEN`", "token"),
        ("qtest", "`HANDIN_QTEST_TOKEN`", "token"),
        ("katalon", "`HANDIN_KATALON_TOKEN`", "token"),
        (
            "kiwi",
            "`HANDIN_KIWI_USER` and `HANDIN_KIWI_PASSWORD`",
            "password",
        ),
    ] {
        let url = "https://tests.example/acme";
        let answer = desk.run(&["login", service, "--remove", "--url", url]);
        let (no, unset) = (
            format!("error: no {what} can be removed: there is no keyring here"),
            format!("handin uses what {variables} says, so unset that"),
        );
        says(&answer, 1, &[&no, &unset]);
        let mut arguments = vec!["login", service, "--url", url];
        if service == "kiwi" {
            arguments.extend(["--user", "bot"]);
        }
        let (no, set) = (
            format!("error: the {what} cannot be stored: there is no keyring here"),
            format!("hint: set {variables} in the environment instead"),
        );
        says(&desk.run(&arguments), 1, &[&no, &set]);
    }
}

#[test]
fn only_what_is_missing_of_a_credential_is_named() {
    let mut desk = Desk::new();
    desk.set("HANDIN_KIWI_URL", "http://127.0.0.1:9")
        .set("HANDIN_KIWI_PASSWORD", "bot-pass");
    let arguments = ["projects", "kiwi"];
    let answer = desk.run(&arguments);
    says(&answer, 4, &["`HANDIN_KIWI_USER` is not set, and"]);
    assert!(
        !answer.stderr.contains("`HANDIN_KIWI_PASSWORD` is not"),
        "{answer:?}"
    );
    let mut desk = Desk::new();
    desk.set("HANDIN_QTEST_URL", "http://127.0.0.1:9")
        .set("HANDIN_QTEST_TOKEN", "$(QTEST_TOKEN)");
    let arguments = ["projects", "qtest"];
    let secret = "`HANDIN_QTEST_TOKEN` still reads `$(…)`: the pipeline has no such secret";
    says(&desk.run(&arguments), 4, &[secret]);
    let unread = ["projects", "qtest", "--token-file", "nowhere"];
    says(
        &desk.run(&unread),
        2,
        &[
            "the token file `nowhere` cannot be read",
            "hint: name a file",
        ],
    );
}

#[test]
fn a_proxy_that_is_none_is_told_in_plain_words() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    for (proxy, why) in [
        ("http://", "it names no host"),
        ("http://proxy:99999", "its port is not a number up to 65535"),
        ("http://a b", "its host cannot be one"),
    ] {
        let mut desk = desk(&sandbox);
        desk.set("HTTPS_PROXY", proxy);
        let answer = desk.run(&["submit"]);
        let message = format!("`HTTPS_PROXY` is not the address of a proxy: {why}");
        says(&answer, 2, &[&message, "hint: nothing was sent"]);
    }
}

#[test]
fn what_to_do_next_is_said_once_and_never_what_was_just_done() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let verified = desk.run(&["verify"]);
    let all = format!("{}{}", verified.stdout, verified.stderr);
    assert_eq!(all.matches("`handin map suggest`").count(), 1, "{all}");
    says(&verified, 5, &["hint: map them with `handin map suggest`"]);
    desk.write("r.xml", report(&[("zzz", None, "")]));
    let suggested = desk.run(&["map", "suggest"]);
    says(
        &suggested,
        0,
        &[
            "no suggestions: 1 test without a match",
            "hint: map them with `handin map set TEST CASE`",
        ],
    );
    assert!(!suggested.stderr.contains("map suggest"), "{suggested:?}");
    says(
        &desk.run(&["submit"]),
        5,
        &["the only test has no case there; nothing was written"],
    );
}

#[test]
fn before_anything_is_written_one_line_names_server_project_and_place() {
    let azure = AzureSandbox::start(shop()).unwrap();
    let qtest = QtestSandbox::start(handin_sandbox::qtest::World::demo()).unwrap();
    let katalon = KatalonSandbox::start(handin_sandbox::katalon::World::demo()).unwrap();
    let kiwi = handin_sandbox::kiwi::start(0).unwrap();
    let mut desk = desk(&azure);
    desk.set("HANDIN_QTEST_URL", qtest.url())
        .set("HANDIN_QTEST_TOKEN", qtest.token())
        .set("HANDIN_KATALON_URL", katalon.url())
        .set("HANDIN_KATALON_TOKEN", katalon.token())
        .set("HANDIN_KIWI_URL", kiwi.url())
        .set("HANDIN_KIWI_USER", "bot")
        .set("HANDIN_KIWI_PASSWORD", "bot-pass");
    for (settings, place) in [
        (
            "[azure]\nproject = \"Shop\"\nplan = 100\n",
            "→ acme / Shop / Regression\n",
        ),
        (
            "[qtest]\nproject = 1002\nmodule = 1005\n",
            "→ 127.0.0.1 / Shop / login / Default\n",
        ),
        ("[katalon]\nproject = 4004\n", "→ 127.0.0.1 / Shop\n"),
        (
            "[kiwi]\nproduct = \"Shop\"\nplan = \"Nightly\"\ncreate = true\n",
            "→ 127.0.0.1 / Shop / Nightly\n",
        ),
    ] {
        desk.write("handin.toml", settings);
        if !settings.contains("azure") {
            desk.write("r.xml", report(&[("valid", None, "")]));
        }
        let answer = desk.run(&["submit", "r.xml"]);
        says(&answer, 0, &[place]);
    }
}

#[test]
fn a_choice_that_was_written_down_leads_to_the_next_step_of_that_service() {
    let azure = AzureSandbox::start(shop()).unwrap();
    let qtest = QtestSandbox::start(handin_sandbox::qtest::World::demo()).unwrap();
    let kiwi = handin_sandbox::kiwi::start(0).unwrap();
    let mut desk = desk(&azure);
    desk.set("HANDIN_QTEST_URL", qtest.url())
        .set("HANDIN_QTEST_TOKEN", qtest.token())
        .set("HANDIN_KIWI_URL", kiwi.url())
        .set("HANDIN_KIWI_USER", "bot")
        .set("HANDIN_KIWI_PASSWORD", "bot-pass");
    for (words, next) in [
        (
            &["projects", "qtest", "Shop", "--use"][..],
            "hint: `handin map suggest --service qtest` suggests a test case for each test; or set `qtest.module`",
        ),
        (
            &["projects", "qtest", "Shop", "Automated", "--use"],
            "then `handin submit --dry-run`: it shows what would be created",
        ),
        (
            &["projects", "kiwi", "Shop", "--use"],
            "`plan` is still missing: `handin projects kiwi Shop` lists what there is, `handin projects kiwi Shop PLAN --use` keeps one; with `kiwi.create = true` handin creates the plan that `kiwi.plan` names",
        ),
    ] {
        desk.write("handin.toml", "reports = [\"r.xml\"]\n");
        says(&desk.run(words), 0, &[next]);
    }
}

/// Answers every request with 404, and returns the address.
pub(crate) fn nothing_there() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let _head: Vec<_> = lines
                .take_while(|it| it.as_ref().is_ok_and(|it| !it.is_empty()))
                .collect();
            let answer = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            // Whoever has gone away needs none.
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    format!("http://{address}/acme")
}

#[test]
fn what_is_not_found_leads_to_the_list_of_its_own_service() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_URL", nothing_there());
    let commands: [&[&str]; 6] = [
        &["doctor"],
        &[
            "doctor",
            "--probe",
            "azure",
            "--into",
            "Regression",
            "--yes",
        ],
        &["map", "suggest", "--service", "azure"],
        &["map", "list", "--associate"],
        &["verify"],
        &["submit"],
    ];
    for arguments in commands {
        let answer = desk.run(arguments);
        let said = answer.stdout + &answer.stderr;
        for words in ["HTTP 404", "`handin projects azure`"] {
            assert!(said.contains(words), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_service_in_the_place_of_a_report_is_told_with_its_flag_and_nothing_is_asked() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    mistake(
        &desk,
        &["submit", "azure", "r.xml"],
        (
            2,
            &[
                "`azure` is not a report; nothing was written",
                "hint: a service is named by `--service azure`",
            ],
        ),
    );
    desk.write("azure", report(&[("valid", Some(1001), "")]));
    let answer = desk.run(&["submit", "azure"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

#[test]
fn a_token_that_was_typed_is_not_repeated() {
    let desk = Desk::new();
    for arguments in [
        &["login", "azure", "topsecret"][..],
        &["login", "topsecret"],
        &["login", "topsecret", "--json"],
    ] {
        let answer = desk.run(arguments);
        says(&answer, 2, &["a token is never an argument"]);
        let all = format!("{}{}", answer.stdout, answer.stderr);
        assert!(!all.contains("topsecret"), "{all}");
    }
}

#[test]
fn what_quotes_do_is_said_where_it_went_wrong() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    mistake(
        &desk,
        &["submit", "~/out/*.xml"],
        (
            3,
            &[
                "nothing matches `~/out/*.xml`; nothing was written",
                "hint: in quotes `~` is not",
            ],
        ),
    );
    desk.write("handin.toml", "[cases]\npatterns = [\"(\\d+)\"]\n");
    mistake(
        &desk,
        &["verify"],
        (
            2,
            &[
                "handin.toml:2:16: missing escaped value",
                "hint: in single quotes a backslash stands for itself",
            ],
        ),
    );
}

#[test]
fn the_last_lines_of_a_step_say_that_nothing_was_written_and_how_it_gets_its_token() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    for (service, ci, way) in [
        (
            "azure",
            "TF_BUILD",
            "`SYSTEM_ACCESSTOKEN: $(System.AccessToken)` below its `env`",
        ),
        (
            "azure",
            "GITHUB_ACTIONS",
            "map `HANDIN_AZURE_TOKEN` below the `env` of this step",
        ),
        (
            "qtest",
            "TF_BUILD",
            "map `HANDIN_QTEST_TOKEN` below the `env` of this step",
        ),
        (
            "kiwi",
            "GITLAB_CI",
            "add `HANDIN_KIWI_USER` and `HANDIN_KIWI_PASSWORD` to the CI/CD variables",
        ),
        (
            "qtest",
            "JENKINS_URL",
            "bind `HANDIN_QTEST_TOKEN` around this step",
        ),
    ] {
        let mut desk = desk(&sandbox);
        desk.set("HANDIN_AZURE_TOKEN", "").set(ci, "true");
        let url = format!("http://127.0.0.1:9/{service}");
        let place = ["--project", "Shop", "--plan", "Regression"];
        let place = if service == "qtest" {
            &place[..2]
        } else {
            &place
        };
        let submit = ["submit", "--service", service, "--url", &url];
        let answer = desk.run(&[&submit, place].concat());
        says(
            &answer,
            4,
            &[
                "there is no keyring here; nothing was written\n",
                "hint: ",
                way,
            ],
        );
    }
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_URL", "http://127.0.0.1:9/acme");
    let down = desk.run(&["submit"]);
    let last = [
        "; nothing was written\nhint: check the address",
        "run the same command later",
    ];
    says(&down, 6, &last);
}

#[test]
fn a_report_behind_a_flag_that_takes_a_name_is_not_swallowed() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    for flag in ["--run-name", "--build", "--plan", "--key"] {
        let answer = desk.run(&["submit", flag, "r.xml"]);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        let told = format!("invalid value 'r.xml' for '{flag} ");
        assert!(answer.stderr.contains(&told), "{answer:?}");
        assert!(answer.stderr.contains("a report was named"), "{answer:?}");
    }
    assert_eq!(sandbox.run_count(), 0);
    let answer = desk.run(&["submit", "--run-name", "r.xml of today"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

#[test]
fn a_place_that_is_not_there_is_named_before_any_test_is_mapped() {
    let azure = AzureSandbox::start(shop()).unwrap();
    let kiwi = handin_sandbox::kiwi::start(0).unwrap();
    let mut desk = desk(&azure);
    desk.set("HANDIN_KIWI_URL", kiwi.url())
        .set("HANDIN_KIWI_USER", "bot")
        .set("HANDIN_KIWI_PASSWORD", "bot-pass");
    desk.write("r.xml", report(&[("stray", None, "")]));
    for (place, message, hint) in [
        (
            &["--service", "azure", "--plan", "Nightly"][..],
            "there is no test plan `Nightly` in the project `Shop`",
            "hint: it has: `Regression`",
        ),
        (
            &[
                "--service",
                "kiwi",
                "--project",
                "Shop",
                "--plan",
                "Nightly",
            ],
            "there is no test plan `Nightly` in the product `Shop`",
            "hint: `handin projects kiwi Shop` lists the plans",
        ),
    ] {
        let answer = desk.run(&[&["verify"], place].concat());
        says(
            &answer,
            5,
            &["settings that do not fit (1), without a case (1)", hint],
        );
        assert!(answer.stdout.contains(message), "{answer:?}");
    }
    desk.set("HANDIN_AZURE_TOKEN", "wrong");
    says(
        &desk.run(&["verify"]),
        4,
        &["rejected: the token in `HANDIN_AZURE_TOKEN`"],
    );
}

#[test]
fn a_token_that_was_rejected_is_renewed_where_it_came_from() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", "wrong");
    let hint =
        "hint: the token may have expired: create a new one, and set `HANDIN_AZURE_TOKEN` to it";
    let answer = desk.run(&["submit"]);
    says(&answer, 4, &[hint]);
    assert!(!answer.stderr.contains("handin login"), "{answer:?}");
    desk.set("GITLAB_CI", "true");
    let hint = "put it into the secret that `HANDIN_AZURE_TOKEN` is set from";
    says(&desk.run(&["submit"]), 4, &[hint]);
    let file = desk.write("token", "wrong");
    let file = file.to_str().unwrap();
    says(
        &desk.run(&["submit", "--token-file", file]),
        4,
        &[&format!("create a new one, and write it to `{file}`")],
    );
}

#[test]
fn a_place_is_listed_with_the_names_that_are_known() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    says(
        &desk.run(&["submit", "--suite", "Webb"]),
        5,
        &["hint: `handin projects azure Shop 100` shows the suites"],
    );
    says(
        &desk.run(&["submit", "--configuration", "Amiga"]),
        5,
        &["hint: `handin projects azure Shop` lists the configurations"],
    );
}

#[test]
fn no_command_names_a_flag_of_another_where_a_secret_is_missing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    desk.set("HANDIN_AZURE_TOKEN", "")
        .set("GITHUB_ACTIONS", "true");
    let why = "pull requests of forks get no secrets";
    let flag = format!("{why} (`--on-no-credential warn`)");
    says(&desk.run(&["submit"]), 4, &[&flag]);
    for (arguments, code) in [
        (&["verify"][..], 4),
        (&["projects", "azure"], 4),
        (&["submit", "--on-no-credential", "warn"], 0),
    ] {
        let answer = desk.run(arguments);
        says(&answer, code, &[why]);
        assert!(!answer.stderr.contains(&flag), "{answer:?}");
    }
}
