use std::fs;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::TestKey;

/// Loads settings from this text of a settings file.
fn load_with(
    text: &str,
    selection: &Selection<'_>,
    environment: &Environment,
) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(FILE_NAME), text);
    Settings::load(selection, folder.path(), environment)
}

fn load(text: &str) -> Result<Settings, SettingsError> {
    load_with(text, &Selection::default(), &Environment::default())
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = fs::File::create(path).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
}

/// Returns the only problem, with its hint.
fn problem(text: &str) -> (String, String) {
    let error = load(text).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    (
        error.problems[0].to_string(),
        error.problems[0].hint.clone().unwrap_or_default(),
    )
}

fn set(argument: &str) -> Override {
    Override::set(argument).unwrap()
}

const EXAMPLE: &str = r#"
reports = ["target/**/TEST-*.xml"]

[azure]
url = "https://dev.azure.com/acme"
project = "Shop"
plan = 12
points = "all"

[azure.outcomes]
errored = "error"

[[azure.configurations]]
when = { browser = "Chrome*", os = "Windows*" }
use = "Windows 10 + Chrome"

[qtest]
url = "https://acme.qtestnet.com"
[qtest.statuses]
skipped = "SKIPPED"

[policy]
on_unmapped = "fail"

[cases]
patterns = ['\bTC-(\d+)\b']

[cases.azure]
"shop.LoginTest > valid user" = [1234, "1235", 1234]
[cases.qtest]
"shop.LoginTest › valid user" = "tc-17"

[profile.staging.azure]
url = "https://dev.azure.com/acme-staging"
[profile.staging.cases.azure]
"shop.LoginTest › valid user" = 9
"#;

#[test]
fn a_whole_file_is_read() {
    let settings = load(EXAMPLE).unwrap();
    assert_eq!(settings.services, [ServiceName::Azure, ServiceName::Qtest]);
    assert_eq!(settings.reports, ["target/**/TEST-*.xml"]);
    assert_eq!(settings.sections.azure.plans, ["12"]);
    assert_eq!(
        settings.sections.azure.points,
        crate::services::azure::PointChoice::All
    );
    assert_eq!(settings.sections.azure.outcomes.errored, "Error");
    assert_eq!(settings.sections.azure.outcomes.incomplete, "Aborted");
    assert_eq!(
        settings.sections.azure.configurations[0].when["os"],
        "Windows*"
    );
    assert_eq!(settings.sections.qtest.statuses.skipped, "SKIPPED");
    assert_eq!(settings.policy.on_unmapped, Reaction::Fail);
    let azure = settings.cases.of(ServiceName::Azure).unwrap();
    assert_eq!(
        azure.explicit[0].test,
        TestKey::typed("shop.LoginTest › valid user")
    );
    assert_eq!(azure.explicit[0].line, Some(29));
    let ids: Vec<&str> = azure.explicit[0]
        .cases
        .iter()
        .map(|id| id.0.as_str())
        .collect();
    assert_eq!(ids, ["1234", "1235"]);
    let qtest = settings.cases.of(ServiceName::Qtest).unwrap();
    assert_eq!(qtest.explicit[0].cases[0].0, "TC-17");
}

#[test]
fn without_a_file_the_defaults_count() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let settings = Settings::load(
        &Selection::default(),
        folder.path(),
        &Environment::default(),
    )
    .unwrap();
    assert_eq!(settings.file, None);
    assert!(settings.services.is_empty());
    assert_eq!(settings.jobs, 4);
    assert_eq!(settings.timeout, Duration::from_mins(30));
    assert_eq!(settings.attach, Extent::Failed);
    assert_eq!(settings.sections.azure.attach, Extent::Failed);
    assert_eq!(
        settings.sections.azure.points,
        crate::services::azure::PointChoice::One
    );
    assert_eq!(settings.policy.on_stale, Reaction::Warn);
    assert_eq!(settings.sections.qtest.cycle.to_string(), "{submission}");
    assert_eq!(
        settings.journal,
        folder.path().join(".handin/journal.jsonl")
    );
    let katalon = settings.sections.katalon.address.unwrap();
    assert_eq!(katalon.url.as_str(), "https://testops.katalon.io/");
    assert_eq!(katalon.origin, Origin::Default);
}

#[test]
fn every_default_can_be_read_as_what_its_key_holds() {
    let defaults = crate::keys::defaults(keys::keys());
    for key in keys::keys().filter(|key| key.default.is_some()) {
        assert!(defaults.contains_key(key.path), "{}", key.path);
    }
}

#[test]
fn flags_beat_the_environment_which_beats_the_profile_which_beats_the_file() {
    let url = |settings: &Settings| {
        settings
            .sections
            .azure
            .address
            .as_ref()
            .unwrap()
            .url
            .to_string()
    };
    let none = Environment::default();
    let mut selection = Selection::default();
    assert_eq!(
        url(&load_with(EXAMPLE, &selection, &none).unwrap()),
        "https://dev.azure.com/acme"
    );
    selection.profile = Some("staging");
    assert_eq!(
        url(&load_with(EXAMPLE, &selection, &none).unwrap()),
        "https://dev.azure.com/acme-staging"
    );
    let environment = Environment::of([("HANDIN_AZURE_URL", "https://dev.azure.com/from-ci")]);
    let settings = load_with(EXAMPLE, &selection, &environment).unwrap();
    assert_eq!(url(&settings), "https://dev.azure.com/from-ci");
    assert_eq!(
        settings.sections.azure.address.unwrap().origin,
        Origin::Environment("HANDIN_AZURE_URL")
    );
    selection.overrides = vec![set("azure.url=https://dev.azure.com/flag")];
    assert_eq!(
        url(&load_with(EXAMPLE, &selection, &environment).unwrap()),
        "https://dev.azure.com/flag"
    );
}

#[test]
fn a_profile_replaces_single_mappings() {
    let selection = Selection {
        profile: Some("staging"),
        ..Selection::default()
    };
    let settings = load_with(EXAMPLE, &selection, &Environment::default()).unwrap();
    let azure = settings.cases.of(ServiceName::Azure).unwrap();
    assert_eq!(azure.explicit.len(), 1);
    assert_eq!(azure.explicit[0].cases[0].0, "9");
}

#[test]
fn an_unknown_profile_names_the_nearest() {
    let selection = Selection {
        profile: Some("stagign"),
        ..Selection::default()
    };
    let error = load_with(EXAMPLE, &selection, &Environment::default()).unwrap_err();
    assert_eq!(
        error.problems[0].hint.as_deref(),
        Some("did you mean `staging`?")
    );
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_known_one() {
    assert_eq!(
        problem("[azure]\nprojct = \"Shop\"\n"),
        (
            "handin.toml:2:1: unknown key `azure.projct`".to_owned(),
            "did you mean `azure.project`?".to_owned()
        )
    );
    assert_eq!(problem("[azur]\nurl = \"x\"\n").1, "did you mean `azure`?");
    assert_eq!(
        problem("on_unmapped = \"fail\"\n").1,
        "did you mean `policy.on_unmapped`?"
    );
}

#[test]
fn a_value_of_the_wrong_kind_names_its_place_and_what_is_expected() {
    assert_eq!(
        problem("jobs = 4\n[azure]\n  points = 'most'\n").0,
        "handin.toml:3:12: `points` cannot be `most`, expected one of `one`, `all`, `first`"
    );
    assert_eq!(
        problem("jobs = 99\n").0,
        "handin.toml:1:8: `jobs` cannot be `99`, expected a whole number from 1 to 16"
    );
    assert_eq!(
        problem("azure = 1\n").0,
        "handin.toml:1:9: `azure` cannot be `1`, expected a table of settings"
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let error = load("joobs = 4\nattach = 3\n[azure]\nurl = 4\n").unwrap_err();
    assert_eq!(error.problems.len(), 3);
}

#[test]
fn a_key_that_is_set_twice_is_named_with_both_lines() {
    for (text, line, key, first) in [
        ("reports = []\n\nreports = []\n", 3, "reports", "1"),
        ("[azure]\nplan = 1\n\n[qtest]\n[azure]\n", 5, "azure", "1"),
        (
            "[azure]\nplan = 1\n[azure.auth]\nuse = []\nuse = []\n",
            5,
            "use",
            "4",
        ),
        (
            "[[azure.plans]]\nuse = 'a'\n[[azure.plans]]\nuse = 'b'\nuse = 'c'\n",
            5,
            "use",
            "4",
        ),
        (
            "[cases.azure]\n'a > b' = 1\n'c' = 2\n'a > b' = 3\n",
            4,
            "'a > b'",
            "2",
        ),
        ("azure.plan = 1\nazure.plan = 2\n", 2, "plan", "1"),
    ] {
        let (message, hint) = problem(text);
        let expected = format!("`{key}` is set twice, first on line {first}");
        assert!(message.ends_with(&expected), "{text}: {message}");
        assert!(
            message.starts_with(&format!("handin.toml:{line}:")),
            "{message}"
        );
        assert_eq!(hint, "remove one of the two, or make them one");
    }
    // Within a value only the place of the second is known.
    let (message, _) = problem("[azure]\noutcomes = { errored = 'a', errored = 'b' }\n");
    assert_eq!(message, "handin.toml:2:29: `errored` is set twice");
}

#[test]
fn a_syntax_error_has_its_place() {
    let (message, _) = problem("reports = [\n\"a\"\nü = 1\n");
    assert!(message.starts_with("handin.toml:3:1: "), "{message}");
}

#[test]
fn a_key_without_a_value_is_named() {
    for text in [
        "[azure]\nplan = \nproject = 'a'\n",
        "[azure]\nplan =\n",
        "[azure]\nplan = # later\n",
        "[azure]\nplan =",
    ] {
        let (message, _) = problem(text);
        assert!(message.starts_with("handin.toml:2:"), "{text}: {message}");
        assert!(
            message.ends_with(": `plan` has no value"),
            "{text}: {message}"
        );
    }
    let (message, _) = problem("[azure]\nplan = Regression\n");
    assert!(!message.contains("has no value"), "{message}");
}

#[test]
fn secrets_are_refused_and_never_shown() {
    let pat = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";
    let new_pat = format!("{}AZDO4x9Q", "A1b2C3d4E5F6".repeat(7).split_at(76).0);
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
    for line in [
        "token = \"x\"".to_owned(),
        "password = \"hunter2hunter2\"".to_owned(),
        "api-key = \"hunter2\"".to_owned(),
        format!("comment = \"{pat}\""),
        format!("comment = \"{new_pat}\""),
        format!("run_name = \"{jwt}\""),
        format!("tags = [\"a\", \"Bearer {jwt}\"]"),
        "url = \"https://me:hunter2hunter2@dev.azure.com/acme\"".to_owned(),
    ] {
        let (message, hint) = problem(&format!("[azure]\n{line}\n"));
        assert!(message.starts_with("handin.toml:2:"), "{message}");
        assert!(message.contains("holds a secret"), "{line}: {message}");
        assert!(hint.contains("handin login azure"), "{hint}");
        for secret in [pat, new_pat.as_str(), jwt, "hunter2"] {
            assert!(!message.contains(secret) && !hint.contains(secret));
        }
    }
}

#[test]
fn ordinary_names_are_no_secrets() {
    load("[azure]\nproject = \"6f1e2c44-3f0a-4a52-8a43-77f2e9d3a001\"\nplan = \"Regression of the whole shop with all its baskets\"\n").unwrap();
}

#[test]
fn plain_http_needs_a_switch_and_warns() {
    let (message, hint) = problem("[azure]\nurl = \"http://tfs.acme.example/tfs\"\n");
    assert!(message.contains("plain http"), "{message}");
    assert!(hint.contains("azure.allow_http = true"), "{hint}");
    let settings =
        load("[azure]\nurl = \"http://tfs.acme.example/tfs\"\nallow_http = true\n").unwrap();
    assert_eq!(settings.warnings.len(), 1);
    for url in [
        "http://127.0.0.1:8080/",
        "http://localhost:1",
        "http://[::1]:2/x",
    ] {
        let settings = load(&format!("[azure]\nurl = \"{url}\"\n")).unwrap();
        assert!(settings.warnings.is_empty());
    }
    for (url, why) in [
        ("ftp://acme.example", "begins with `ftp:`, expected https"),
        (
            "dev.azure.com/acme",
            "is not a URL: it does not begin with https://",
        ),
        ("https://", "is not a URL: it names no host"),
        (
            "https://acme.example:99999",
            "is not a URL: its port is not a number up to 65535",
        ),
        ("https://a b/", "is not a URL: its host cannot be one"),
    ] {
        let (message, hint) = problem(&format!("[azure]\nurl = \"{url}\"\n"));
        assert_eq!(message, format!("handin.toml:2:7: `azure.url` {why}"));
        assert!(hint.starts_with("write it with https://"), "{hint}");
    }
}

#[test]
fn a_set_flag_reaches_any_setting() {
    let selection = Selection {
        overrides: vec![
            set("azure.points=all"),
            set("azure.plan=Regression = nightly"),
            set("jobs=8"),
            set("timeout=90s"),
            set("cases.patterns=['\\bTC-(\\d+)\\b', '\\bCASE-(\\d+)\\b']"),
            set("azure.tags=nightly, really"),
            set("katalon.push_to_xray=true"),
        ],
        ..Selection::default()
    };
    let settings = load_with("", &selection, &Environment::default()).unwrap();
    assert_eq!(
        settings.sections.azure.points,
        crate::services::azure::PointChoice::All
    );
    assert_eq!(settings.sections.azure.plans, ["Regression = nightly"]);
    assert_eq!(settings.jobs, 8);
    assert_eq!(settings.timeout, Duration::from_secs(90));
    assert_eq!(settings.sections.azure.tags, ["nightly, really"]);
    assert!(settings.sections.katalon.push_to_xray);
    assert_eq!(
        settings
            .cases
            .of(ServiceName::Azure)
            .unwrap()
            .patterns
            .len(),
        2
    );
    assert_eq!(
        settings.services,
        [ServiceName::Azure, ServiceName::Katalon]
    );
}

#[test]
fn a_wrong_set_flag_is_told_as_such() {
    for (argument, expected) in [
        ("azure.pionts=all", "unknown key"),
        ("azure.points=most", "expected one of `one`"),
        ("cases.azure.x=1", "unknown key"),
    ] {
        let selection = Selection {
            overrides: vec![set(argument)],
            ..Selection::default()
        };
        let error = load_with("", &selection, &Environment::default()).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("`--set "), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(error.problems[0].hint.is_some() || expected.starts_with("expected"));
    }
    Override::set("azure.points").unwrap_err();
}

#[test]
fn the_nearest_file_upwards_counts_up_to_the_root_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let outer = folder.path().join(FILE_NAME);
    write(&outer, "");
    let deep = folder.path().join("repository/module/src");
    fs::create_dir_all(&deep).unwrap();
    let none = Environment::default();
    let found = |deep: &Path| {
        let file = settings_file(None, deep, &none).unwrap();
        file.map(|file| fs::canonicalize(file).unwrap())
    };
    let folder = fs::canonicalize(folder.path()).unwrap();
    let outer = fs::canonicalize(outer).unwrap();
    assert_eq!(found(&deep), Some(outer));
    fs::create_dir(folder.join("repository/.git")).unwrap();
    assert_eq!(found(&deep), None);
    let inner = folder.join("repository").join(FILE_NAME);
    write(&inner, "");
    assert_eq!(found(&deep), Some(inner));
}

#[test]
fn a_file_that_is_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let named = Environment::of([(env::SETTINGS, "no.toml")]);
    let error = settings_file(None, folder.path(), &named).unwrap_err();
    assert!(error.message.contains("`HANDIN_SETTINGS`"), "{error}");
    write(&folder.path().join("other.toml"), "");
    let found = settings_file(Some(Path::new("other.toml")), folder.path(), &named).unwrap();
    assert_eq!(found, Some(folder.path().join("other.toml")));
}

#[test]
fn a_mapping_that_is_none_names_its_place() {
    let (message, hint) = problem("[cases.azure]\nshop.Login = 5\n");
    assert!(
        message.starts_with("handin.toml:2:1: the mapping of `shop`"),
        "{message}"
    );
    assert!(hint.contains("quotes"), "{hint}");
    let (message, _) = problem("[cases.azure]\n\"a\" = \"C5\"\n");
    assert!(
        message.contains("names `C5`, which is not a work item id"),
        "{message}"
    );
    let (message, _) = problem("[cases.azure]\n\"a\" = []\n");
    assert!(message.contains("names no case"), "{message}");
    let (message, _) = problem("[cases.azure]\n\"a > b\" = 1\n\"a › b\" = 2\n");
    assert!(
        message.starts_with("handin.toml:3:1: `a › b` is mapped twice"),
        "{message}"
    );
}

#[test]
fn patterns_are_checked_when_they_are_read() {
    let (message, hint) = problem("[cases]\npatterns = ['\\[([\\d,\\s]+)\\]']\n");
    assert!(
        message.starts_with("handin.toml:2:12: the pattern"),
        "{message}"
    );
    assert!(hint.contains("cases.loose_patterns"), "{hint}");
    load("[cases]\nloose_patterns = true\npatterns = ['\\[([\\d,\\s]+)\\]']\n").unwrap();
}

#[test]
fn a_service_may_have_case_rules_of_its_own() {
    let settings = load(
        "[cases]\nproperties = [\"a\"]\ntitle = true\n[azure.cases]\nproperties = []\ntitle = false\n",
    )
    .unwrap();
    let azure = settings.cases.of(ServiceName::Azure).unwrap();
    let qtest = settings.cases.of(ServiceName::Qtest).unwrap();
    assert!(azure.properties.is_empty() && !azure.title);
    assert_eq!(qtest.properties, ["a"]);
    assert!(qtest.title);
}

#[test]
fn each_outcome_needs_a_status_of_qtest() {
    let (message, _) = problem("[qtest.statuses]\nskipped = \"\"\n");
    assert!(
        message.contains("`qtest.statuses.skipped` is empty"),
        "{message}"
    );
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let environment = Environment::of([("HANDIN_AZURE_URL", " "), ("NO_COLOR", "")]);
    assert_eq!(environment.get("HANDIN_AZURE_URL"), None);
    assert!(environment.has("NO_COLOR"));
}

#[test]
fn the_environment_never_shows_its_values() {
    let environment = Environment::of([("HANDIN_AZURE_TOKEN", "hunter2")]);
    assert!(!format!("{environment:?}").contains("hunter2"));
}

#[test]
fn a_committed_file_cannot_say_how_the_network_is_reached() {
    for text in [
        "proxy = \"http://evil.example:3128\"\n",
        "ca_file = \"evil.pem\"\n",
        "no_proxy = \"*\"\n",
        "[profile.x]\nproxy = \"http://evil.example:3128\"\n",
    ] {
        let (message, hint) = problem(text);
        assert!(message.contains("matter of the machine"), "{message}");
        assert!(hint.contains("HANDIN_"), "{hint}");
    }
}

#[test]
fn every_variable_that_sets_something_sets_a_known_key() {
    for variable in env::variables() {
        assert!(
            variable
                .sets
                .is_none_or(|path| schema::find(path).is_some())
        );
    }
}

#[test]
fn the_page_of_the_environment_is_current() {
    assert_current("docs/environment.md", &env::page());
}

#[test]
fn the_page_of_the_settings_is_current() {
    assert_current("docs/settings.md", &page());
}

/// Compares a generated page with the committed one; `UPDATE=1` writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "whether to rewrite the page is said to the test, not to the program"
)]
fn assert_current(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        write(&path, generated);
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{name} is stale: run the tests with UPDATE=1"
    );
}
