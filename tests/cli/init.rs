//! `handin init`: the first settings file.

use crate::desk::Desk;
use crate::submit::report;

fn settings(desk: &Desk) -> toml_edit::DocumentMut {
    let text = std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    text.parse()
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn without_a_terminal_the_missing_flag_is_named_and_nothing_is_written() {
    let desk = Desk::new();
    let answer = desk.run(&["init"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer.stderr.contains("name it with `--service` (azure"),
        "{answer:?}"
    );
    assert!(!desk.path("handin.toml").exists());
}

#[test]
fn what_flags_name_is_written_and_read_again() {
    let desk = Desk::new();
    desk.write(
        "out/TEST-shop.CartTest.xml",
        report(&[("adds", Some(1001), "")]),
    );
    let project = "Shop \"north\"\n[azure]";
    let answer = desk.run(&[
        "init",
        "--service",
        "azure",
        "--url",
        "https://dev.azure.com/acme",
        "--project",
        project,
        "--plan",
        "Regression",
    ]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let written = settings(&desk);
    assert_eq!(
        written["azure"]["url"].as_str(),
        Some("https://dev.azure.com/acme")
    );
    assert_eq!(written["azure"]["project"].as_str(), Some(project));
    assert_eq!(written["azure"]["plan"].as_str(), Some("Regression"));
    assert_eq!(written["reports"][0].as_str(), Some("out/TEST-*.xml"));
    assert!(answer.stderr.contains("handin login azure"), "{answer:?}");
    let verified = desk.run(&["verify", "--offline", "--json"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(verified.json()["totals"]["tests"], 1);
}

#[test]
fn every_service_gets_a_file_that_can_be_used() {
    for service in ["azure", "qtest", "katalon", "kiwi"] {
        let desk = Desk::new();
        desk.write("junit.xml", report(&[("adds", None, "")]));
        let answer = desk.run(&["init", "--service", service, "--json"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(answer.json()["service"], service);
        let verified = desk.run(&["verify", "--offline"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }
}

#[test]
fn a_file_that_exists_is_not_touched_nor_is_a_link_followed() {
    let desk = Desk::new();
    desk.write("handin.toml", "reports = []\n");
    let answer = desk.run(&["init", "--service", "azure"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert_eq!(
        std::fs::read_to_string(desk.path("handin.toml")).unwrap(),
        "reports = []\n"
    );
    #[cfg(unix)]
    {
        let desk = Desk::new();
        std::os::unix::fs::symlink(desk.path("elsewhere"), desk.path("handin.toml")).unwrap();
        assert_eq!(desk.run(&["init", "--service", "azure"]).code, Some(2));
        assert!(!desk.path("elsewhere").exists());
    }
}

#[test]
fn the_repository_on_azure_and_the_frameworks_are_recognised() {
    let desk = Desk::new();
    desk.write(
        ".git/config",
        "[remote \"origin\"]\n\turl = https://acme@dev.azure.com/acme/My%20Shop/_git/web\n",
    );
    desk.write("pom.xml", "<project/>");
    let answer = desk.run(&["init"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let written = settings(&desk);
    assert_eq!(
        written["azure"]["url"].as_str(),
        Some("https://dev.azure.com/acme")
    );
    assert_eq!(written["azure"]["project"].as_str(), Some("My Shop"));
    assert_eq!(
        written["reports"][0].as_str(),
        Some("**/target/*-reports/TEST-*.xml")
    );
    assert!(answer.stderr.contains("mvn verify"), "{answer:?}");
}

#[test]
fn a_pipeline_is_written_where_there_is_none() {
    let desk = Desk::new();
    let arguments = ["init", "--service", "azure", "--pipeline", "gitlab"];
    let answer = desk.run(&arguments);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let written = std::fs::read_to_string(desk.path(".gitlab-ci.yml")).unwrap();
    assert!(written.contains("handin submit"), "{written}");

    std::fs::remove_file(desk.path("handin.toml")).unwrap();
    desk.write(".gitlab-ci.yml", "own: {}\n");
    let answer = desk.run(&arguments);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("was not changed"), "{answer:?}");
    assert_eq!(
        std::fs::read_to_string(desk.path(".gitlab-ci.yml")).unwrap(),
        "own: {}\n"
    );
}

#[test]
fn the_pipeline_has_the_service_the_secret_the_address_and_the_command_of_the_project() {
    let files = [
        ("github", ".github/workflows/handin.yml"),
        ("azure", "azure-pipelines.yml"),
        ("gitlab", ".gitlab-ci.yml"),
        ("jenkins", "Jenkinsfile"),
    ];
    for (service, secret, url) in [
        ("qtest", "HANDIN_QTEST_TOKEN", "https://qtest.acme.example/"),
        (
            "katalon",
            "HANDIN_KATALON_TOKEN",
            "https://testops.acme.example/",
        ),
        ("kiwi", "HANDIN_KIWI_PASSWORD", "https://kiwi.acme.example/"),
        (
            "azure",
            "HANDIN_AZURE_TOKEN",
            "https://tfs.acme.example/tfs/Main",
        ),
    ] {
        for (kind, file) in files {
            let desk = Desk::new();
            desk.write("pom.xml", "<project/>");
            let answer = desk.run(&[
                "init",
                "--service",
                service,
                "--url",
                url,
                "--project",
                "Shop",
                "--pipeline",
                kind,
            ]);
            assert_eq!(answer.code, Some(0), "{answer:?}");
            let text = std::fs::read_to_string(desk.path(file)).unwrap();
            assert!(
                !text.contains("run-tests") && !text.contains("out/"),
                "{text}"
            );
            assert!(!text.contains("--service"), "{text}");
            assert!(text.contains("handin submit"), "{text}");
            assert!(text.contains("mvn verify"), "{text}");
            if (service, kind) == ("azure", "azure") {
                // The pipeline's own token, for its own collection.
                assert!(text.contains("SYSTEM_ACCESSTOKEN"), "{text}");
                continue;
            }
            assert!(text.contains(secret) && text.contains(url), "{text}");
            assert_eq!(
                text.contains("AZURE_TOKEN") || text.contains("SYSTEM_ACCESSTOKEN"),
                service == "azure",
                "{text}"
            );
            assert!(answer.stderr.contains("submit --dry-run"), "{answer:?}");
            // What is not known is asked for by a name that says what it is.
            assert!(
                !text.contains("OWNER") && !answer.stderr.contains("OWNER"),
                "{text}"
            );
        }
    }
}

#[test]
fn pytest_is_known_by_its_tests_alone() {
    let desk = Desk::new();
    desk.write("tests/unit/test_cart.py", "def test_adds(): pass\n");
    let answer = desk.run(&["init", "--service", "azure"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let advice = "pytest: `pytest --junit-xml=junit.xml` writes the report";
    assert!(answer.stderr.contains(advice), "{answer:?}");
    assert_eq!(settings(&desk)["reports"][0].as_str(), Some("junit.xml"));
}

#[test]
fn what_no_other_command_would_take_is_not_written() {
    let desk = Desk::new();
    for (arguments, why) in [
        (
            &["--service", "azure", "--url", "dev.azure.com/acme"][..],
            "`--url`: `dev.azure.com/acme` is not a URL: it does not begin with https://; nothing was written",
        ),
        (
            &["--service", "kiwi", "--url", "ftp://tcms.example"],
            "begins with `ftp:`, expected https; nothing was written",
        ),
        (
            &["--service", "azure", "--module", "Automated"],
            "`--module` means nothing for Azure DevOps Test Plans; nothing was written",
        ),
        (
            &["--service", "katalon", "--plan", "Regression"],
            "`--plan` means nothing for Katalon TestOps; nothing was written",
        ),
    ] {
        let answer = desk.run(&[&["init"], arguments].concat());
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains(why), "{answer:?}");
        assert!(!desk.path("handin.toml").exists());
    }
    let answer = desk.run(&["init", "--service", "qtest", "--project", "Shop"]);
    let next = "handin projects qtest Shop MODULE --use";
    assert!(!answer.stderr.contains(next), "{answer:?}");
    for (service, next) in [
        ("qtest", "handin projects qtest PROJECT MODULE --use"),
        ("kiwi", "handin projects kiwi PRODUCT PLAN --use"),
    ] {
        let desk = Desk::new();
        let answer = desk.run(&["init", "--service", service]);
        assert!(answer.stderr.contains(next), "{answer:?}");
    }
}

/// Writes a pipeline beside what is there, and returns what it says of the tests.
fn pipeline_of(desk: &Desk, more: &[&str]) -> String {
    let init = ["init", "--service", "azure", "--pipeline", "gitlab"];
    let answer = desk.run(&[&init, more].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    std::fs::read_to_string(desk.path(".gitlab-ci.yml")).unwrap()
}

#[test]
fn the_tests_of_the_pipeline_write_the_reports_that_the_settings_name() {
    let pytest = ("tests/test_cart.py", "def test_adds(): pass\n");
    let jest = ("package.json", "{\"devDependencies\": {\"jest\": \"1\"}}");
    let jest_junit = (
        "package.json",
        "{\"devDependencies\": {\"jest\": \"1\", \"jest-junit\": \"1\"}}",
    );
    for (sign, found, command) in [
        (pytest, None, "pytest --junit-xml=junit.xml "),
        (
            pytest,
            Some("out/pytest.xml"),
            "pytest --junit-xml=out/pytest.xml ",
        ),
        (pytest, Some("out dir/pytest.xml"), "./run-tests "),
        (jest, None, "npx jest --json --outputFile=report.json "),
        (jest, Some("junit.xml"), "./run-tests "),
        (
            jest_junit,
            Some("reports/junit.xml"),
            "JEST_JUNIT_OUTPUT_FILE=reports/junit.xml npx jest --reporters=default --reporters=jest-junit ",
        ),
        (
            ("pom.xml", "<project/>"),
            Some("target/surefire-reports/TEST-a.xml"),
            "mvn verify ",
        ),
    ] {
        let desk = Desk::new();
        desk.write(sign.0, sign.1);
        if let Some(found) = found {
            desk.write(found, report(&[("adds", None, "")]));
        }
        let text = pipeline_of(&desk, &[]);
        assert!(
            text.contains(&format!("code=0; {command}||")),
            "{found:?}: {text}"
        );
    }
    let desk = Desk::new();
    desk.write(pytest.0, pytest.1);
    let text = pipeline_of(&desk, &["--reports", "a.xml", "--reports", "b.xml"]);
    assert!(text.contains("./run-tests"), "{text}");
}

#[test]
fn the_pipeline_installs_what_the_tests_need_where_the_folder_tells() {
    let desk = Desk::new();
    desk.write("package.json", "{\"devDependencies\": {\"jest\": \"1\"}}");
    desk.write("package-lock.json", "{}");
    let text = pipeline_of(&desk, &[]);
    assert!(text.contains("image: node:"), "{text}");
    assert!(text.contains("code=0; npm ci && npx jest "), "{text}");
    let desk = Desk::new();
    desk.write("requirements.txt", "pytest\n");
    let text = pipeline_of(&desk, &[]);
    assert!(text.contains("image: python:"), "{text}");
    assert!(
        text.contains("pip install -r requirements.txt && pytest "),
        "{text}"
    );
    let desk = Desk::new();
    desk.write("test_a.py", "");
    let answer = desk.run(&["init", "--service", "azure", "--pipeline", "github"]);
    let install = "before the tests, install what they need";
    assert!(answer.stderr.contains(install), "{answer:?}");
}

#[test]
fn settings_that_are_there_get_a_pipeline_and_stay_as_they_are() {
    let settings =
        "reports = [\"out/a.xml\"]\n[qtest]\nurl = \"https://qtest.acme.example/\"\nproject = 1\n";
    let desk = Desk::new();
    desk.write("handin.toml", settings);
    desk.write("test_a.py", "");
    let arguments = ["init", "--pipeline", "gitlab"];
    let answer = desk.run(&arguments);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!answer.stderr.contains("wrote `handin.toml`"), "{answer:?}");
    let text = std::fs::read_to_string(desk.path(".gitlab-ci.yml")).unwrap();
    for part in [
        "pytest --junit-xml=out/a.xml",
        "handin submit --summary",
        "HANDIN_QTEST_URL: \"https://qtest.acme.example/\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let kept = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(kept("handin.toml"), settings);

    let again = desk.run(&arguments);
    assert_eq!(again.code, Some(2), "{again:?}");
    let why = "`.gitlab-ci.yml` already exists; nothing was written";
    assert!(again.stderr.contains(why), "{again:?}");
    let other = desk.run(&["init", "--pipeline", "jenkins", "--project", "Shop"]);
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(!desk.path("Jenkinsfile").exists());

    let two = format!("{settings}[kiwi]\nurl = \"https://tcms.acme.example/\"\n");
    desk.write("handin.toml", &two);
    let which = desk.run(&["init", "--pipeline", "jenkins"]);
    assert_eq!(which.code, Some(2), "{which:?}");
    assert!(which.stderr.contains("with `--service`"), "{which:?}");
    let named = desk.run(&["init", "--pipeline", "jenkins", "--service", "kiwi"]);
    assert_eq!(named.code, Some(0), "{named:?}");
    assert!(kept("Jenkinsfile").contains("handin submit --service kiwi "));
}

#[test]
fn a_report_that_is_there_is_not_asked_for_and_what_can_be_created_is_said() {
    let desk = Desk::new();
    desk.write("package.json", r#"{"devDependencies":{"jest":"30"}}"#);
    let run_the_tests = "run the tests so that they write a report";
    let kiwi = ["init", "--service", "kiwi", "--url", "https://tcms.example"];
    let before = desk.run(&kiwi);
    assert!(before.stderr.contains(run_the_tests), "{before:?}");
    assert!(
        before
            .stderr
            .contains("with `kiwi.create = true` handin creates the plan that `kiwi.plan` names"),
        "{before:?}"
    );
    let text = std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    assert!(text.contains("\n# create = true  # "), "{text}");
    std::fs::remove_file(desk.path("handin.toml")).unwrap();
    desk.write("report.json", "{}");
    let after = desk.run(&kiwi);
    assert!(!after.stderr.contains(run_the_tests), "{after:?}");
}
