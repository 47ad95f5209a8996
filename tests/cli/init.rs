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
    std::fs::remove_file(desk.path("handin.toml")).unwrap();
    let answer = desk.run(&["init", "--service", "qtest"]);
    let next = "handin projects qtest PROJECT MODULE --use";
    assert!(answer.stderr.contains(next), "{answer:?}");
}
