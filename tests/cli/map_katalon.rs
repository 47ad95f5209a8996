//! `handin map import katalon`: what a project of Katalon Studio knows of the services.

use crate::desk::{Answer, Desk};

const PRJ: &str = "p/Shop.prj";
const QTEST: &str = "p/settings/internal/com.kms.katalon.integration.qtest.properties";
const AZURE: &str = "p/settings/external/com.kms.katalon.integration.azure.properties";
const TESTOPS: &str = "p/settings/internal/com.kms.katalon.integration.analytics.properties";

fn settings(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("handin.toml")).unwrap_or_default()
}

/// An entity with what it says of one product.
fn entity(product: &str, entries: &[(&str, &str)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"))
        .collect();
    format!(
        "<Entity><integratedEntity><productName>{product}</productName><properties>{entries}</properties></integratedEntity></Entity>"
    )
}

fn qtest_case(desk: &Desk, path: &str, pid: &str) {
    desk.write(
        &format!("p/Test Cases/{path}.tc"),
        entity("qTest", &[("id", "9"), ("pid", pid)]),
    );
}

fn import(desk: &Desk, more: &[&str]) -> Answer {
    desk.run(&[&["map", "import", "katalon", "p"], more].concat())
}

fn done(answer: Answer) -> Answer {
    assert_eq!(answer.code, Some(0), "{answer:?}");
    answer
}

#[test]
fn the_entry_that_maps_test_cases_decides_the_project() {
    let desk = Desk::new();
    // As in a public project: six entries, two of which map test cases to one project.
    let entries = [
        (
            "0",
            "{'testSuiteFolderMappeds':[],'name':'Sample','testCaseFolderMappeds':[],'id':81182}",
        ),
        (
            "1",
            "{'testSuiteFolderMappeds':[],'name':'Clone','testCaseFolderMappeds':['Test Cases'],'id':84737}",
        ),
        (
            "2",
            "{'testSuiteFolderMappeds':['Test Suites'],'name':'Alpha','testCaseFolderMappeds':['Test Cases'],'id':84737}",
        ),
        (
            "10",
            "{'testSuiteFolderMappeds':['Test Suites/M'],'name':'Mentors','testCaseFolderMappeds':[],'id':87127}",
        ),
    ];
    desk.write(PRJ, entity("qTest", &entries));
    qtest_case(&desk, "Login/Valid", "TC-258");
    done(import(&desk, &[]));
    let text = settings(&desk);
    assert!(text.contains("[qtest]\nproject = 84737\n"), "{text}");
    assert!(
        text.contains("\"Test Cases/Login/Valid\" = \"TC-258\"\n"),
        "{text}"
    );
}

#[test]
fn of_several_projects_none_is_guessed() {
    let desk = Desk::new();
    let entries = [
        (
            "0",
            "{'name':'Web','testCaseFolderMappeds':['Test Cases/Web'],'id':1}",
        ),
        (
            "1",
            "{'name':'API','testCaseFolderMappeds':['Test Cases/API'],'id':2}",
        ),
    ];
    desk.write(PRJ, entity("qTest", &entries));
    qtest_case(&desk, "Web/A", "TC-1");
    qtest_case(&desk, "API/B", "TC-2");
    let asked = import(&desk, &[]);
    assert_eq!(asked.code, Some(2), "{asked:?}");
    for part in [
        "2 projects on qTest",
        "1  Web  (Test Cases/Web)",
        "--qtest-project",
        "nothing was changed",
    ] {
        assert!(asked.stderr.contains(part), "{part}: {asked:?}");
    }
    assert_eq!(settings(&desk), "");
    let wrong = import(&desk, &["--qtest-project", "3"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let answer = done(import(&desk, &["--qtest-project", "API"]));
    let text = settings(&desk);
    assert!(
        text.contains("project = 2\n") && text.contains("Test Cases/API/B"),
        "{text}"
    );
    assert!(!text.contains("Test Cases/Web/A"), "{text}");
    assert!(
        answer.stderr.contains("the cases of 1 test were skipped"),
        "{answer:?}"
    );
    // The settings say it now: nothing needs to be asked again, and another project's cases do not come in.
    done(import(&desk, &[]));
    assert!(!settings(&desk).contains("Test Cases/Web/A"));
}

#[test]
fn without_a_project_that_maps_test_cases_no_foreign_case_comes_in() {
    let desk = Desk::new();
    let entries = [(
        "0",
        "{'name':'Sample','testCaseFolderMappeds':[],'id':81182}",
    )];
    desk.write(PRJ, entity("qTest", &entries));
    desk.write(QTEST, "executionStatusMapping=PASSED - PASS\n");
    qtest_case(&desk, "Login", "TC-258");
    let answer = done(import(&desk, &[]));
    let text = settings(&desk);
    assert!(
        !text.contains("81182") && !text.contains("TC-258"),
        "{text}"
    );
    assert!(
        answer.stderr.contains("the cases of 1 test were skipped"),
        "{answer:?}"
    );
    desk.write("handin.toml", "[qtest]\nproject = 5\n");
    desk.write(
        PRJ,
        entity(
            "qTest",
            &[(
                "0",
                "{'name':'Shop','testCaseFolderMappeds':['Test Cases'],'id':7}",
            )],
        ),
    );
    let answer = done(import(&desk, &[]));
    assert!(!settings(&desk).contains("TC-258"), "{}", settings(&desk));
    assert!(
        answer.stderr.contains("maps no test cases to it"),
        "{answer:?}"
    );
}

#[test]
fn an_integration_that_is_switched_off_is_named_and_left_out() {
    let desk = Desk::new();
    desk.write(
        TESTOPS,
        "analytics.integration.enable=false\nanalytics.project=\"{\\\\\"id\\\\\"\\: 19}\"\n",
    );
    desk.write(AZURE, "enableIntegration=false\nserverUrl=\"https\\://dev.azure.com/acme\"\nintegratedProject=\"{\\\\\"name\\\\\"\\:\\\\\"Shop\\\\\"}\"\n");
    desk.write(
        QTEST,
        "enableIntegration=true\nserverUrl=\"https\\://acme.qtestnet.com\"\n",
    );
    desk.write(
        "p/Test Cases/A.tc",
        entity("Azure", &[("azure.testcase.ids", "21")]),
    );
    let answer = done(import(&desk, &[]));
    let text = settings(&desk);
    assert!(text.contains("https://acme.qtestnet.com"), "{text}");
    assert!(
        !text.contains("azure") && !text.contains("katalon"),
        "{text}"
    );
    for part in [
        "Katalon TestOps: the integration is switched off",
        "Azure DevOps Test Plans: the integration is switched off in Katalon Studio; its settings and the cases of 1 test were skipped",
    ] {
        assert!(answer.stderr.contains(part), "{part}: {answer:?}");
    }
    desk.write(QTEST, "enableIntegration=false\n");
    let nothing = import(&desk, &[]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert!(nothing.stderr.contains("cases of 1 test"), "{nothing:?}");
}

#[test]
fn what_has_no_place_in_the_settings_is_named() {
    let desk = Desk::new();
    desk.write(
        QTEST,
        "enableIntegration=true\nautoSubmitResult=false\nsubmitResultToLatestVersion=true\nsendAttachments=SEND_IF_FAILS\nreportFormat=HTML, PDF\n",
    );
    desk.write(
        AZURE,
        "serverUrl=\"https\\://dev.azure.com/acme\"\nsubmitOptions.buildDefinitionId=4\nsubmitOptions.definitionId=5\nsubmitOptions.releaseDefinitionId=6\n\
         submitOptions.attachFileTypes=\"[\\\\\"PNG\\\\\"]\"\nsubmitOptions.autoSubmitTestRun=false\n\
         testConfigurationMappings=\"[{\\\\\"os\\\\\"\\:\\\\\"--Any--\\\\\",\\\\\"platform\\\\\"\\:\\\\\"--Any--\\\\\",\\\\\"azureTestConfigurationId\\\\\"\\:1},{\\\\\"os\\\\\"\\:\\\\\"--Any--\\\\\",\\\\\"platform\\\\\"\\:\\\\\"Chrome\\\\\",\\\\\"azureTestConfigurationId\\\\\"\\:2}]\"\n",
    );
    let suite = "{&quot;parent&quot;:{&quot;parentName&quot;:&quot;Sprint 8&quot;,&quot;name&quot;:&quot;API&quot;,&quot;id&quot;:1,&quot;type&quot;:4},&quot;default&quot;:true,&quot;name&quot;:&quot;Smoke&quot;,&quot;pid&quot;:&quot;TS-4&quot;,&quot;id&quot;:2}";
    let old = suite
        .replace("true", "false")
        .replace("Sprint 8", "Sprint 7");
    desk.write(
        "p/Test Suites/Smoke.ts",
        entity("qTest", &[("0", &old), ("1", suite)]),
    );
    let answer = done(import(&desk, &["--json"]));
    let text = settings(&desk);
    assert!(text.contains("[qtest]\nattach = \"failed\"\n"), "{text}");
    assert!(text.contains("configuration = 1\n"), "{text}");
    assert!(
        text.contains("when = { browser = \"Chrome*\" }\nuse = \"2\"\n"),
        "{text}"
    );
    let notes = answer.json()["notes"].to_string();
    for part in [
        "buildDefinitionId` (4)",
        "definitionId` (5)",
        "releaseDefinitionId` (6)",
        "attachFileTypes` (PNG)",
        "autoSubmitTestRun",
        "autoSubmitResult",
        "submitResultToLatestVersion",
        "reportFormat` (HTML, PDF)",
        "no test plan",
        "`Test Suites/Smoke` is mapped to suite `Sprint 8 / API / TS-4 Smoke`",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    assert!(!notes.contains("Sprint 7"), "{notes}");
}
