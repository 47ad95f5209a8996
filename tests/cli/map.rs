//! `handin map`: which case each test is.

use handin_sandbox::azure::AzureSandbox;

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

const SETTINGS: &str = "\
# the shop
reports = [\"out/*.xml\"]

[azure]
project = \"Shop\"   # by hand
plan = \"Regression\"

[cases.azure] # what each test is
\"shop.LoginTest > valid user\" = 1001 # the first
\"shop.LoginTest > gone\" = 1001
";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("handin.toml", SETTINGS);
    desk.write(
        "out/r.xml",
        report(&[
            ("valid user", None, ""),
            ("wrong password", Some(1002), ""),
            ("basket", None, ""),
            ("basket is empty", None, ""),
        ]),
    );
    desk
}

fn settings(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("handin.toml")).unwrap()
}

fn done(answer: Answer) -> Answer {
    assert_eq!(answer.code, Some(0), "{answer:?}");
    answer
}

#[test]
fn list_tells_what_each_test_is_and_how_that_is_known() {
    let answer = done(desk().run(&["map", "list"]));
    assert_eq!(
        answer.stdout,
        "azure  shop.LoginTest › valid user  →  1001  (settings)\n\
         azure  shop.LoginTest › wrong password  →  1002  (property `TestCaseId`)\n\
         azure  shop.LoginTest › basket  →  no case\n\
         azure  shop.LoginTest › basket is empty  →  no case\n\
         azure  shop.LoginTest › gone  →  1001  (handin.toml:10, in no report)\n"
    );
    assert!(
        answer
            .stderr
            .contains("2 tests mapped, 2 tests without a case"),
        "{}",
        answer.stderr
    );
}

#[test]
fn list_can_be_narrowed_down() {
    let desk = desk();
    let lines = |flag| done(desk.run(&["map", "list", flag])).stdout;
    assert_eq!(lines("--unmapped").lines().count(), 2);
    assert!(lines("--stale").contains("› gone"));
    assert_eq!(lines("--stale").lines().count(), 1);
    assert_eq!(
        lines("--duplicates"),
        "azure  1001  ←  shop.LoginTest › valid user\nazure  1001  ←  shop.LoginTest › gone\n"
    );
}

#[test]
fn list_as_json_holds_everything() {
    let service = done(desk().run(&["map", "list", "--json"])).json()["services"][0].clone();
    assert_eq!(service["service"], "azure");
    assert_eq!(service["mapped"][0]["line"], 9);
    assert_eq!(service["unmapped"].as_array().unwrap().len(), 2);
    assert_eq!(service["stale"][0]["cases"][0], "1001");
    assert_eq!(
        service["duplicates"][0]["tests"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn list_tells_what_looks_like_an_id_and_is_none() {
    let desk = desk();
    desk.write(
        "out/r.xml",
        "<testsuite><testcase name=\"a\"><properties><property name=\"test_id\" value=\"C5\"/></properties></testcase></testsuite>",
    );
    let answer = done(desk.run(&["map", "list"]));
    assert!(
        answer
            .stderr
            .contains("`C5` in property `test_id` is not a test case"),
        "{}",
        answer.stderr
    );
}

#[test]
fn set_writes_one_line_and_leaves_the_rest_alone() {
    let desk = desk();
    done(desk.run(&["map", "set", "shop.LoginTest > basket", "1003", "1004"]));
    assert_eq!(
        settings(&desk),
        format!("{SETTINGS}\"shop.LoginTest › basket\" = [1003, 1004]\n")
    );
    done(desk.run(&["map", "set", "valid user", "1003"]));
    assert!(
        settings(&desk).contains("\"shop.LoginTest > valid user\" = 1003 # the first\n"),
        "{}",
        settings(&desk)
    );
}

#[test]
fn set_asks_which_test_is_meant() {
    let desk = desk();
    let several = desk.run(&["map", "set", "user", "1"]);
    assert_eq!(
        several.code,
        Some(0),
        "only one test contains it: {several:?}"
    );
    let several = desk.run(&["map", "set", "LoginTest", "1"]);
    assert_eq!(several.code, Some(2));
    assert!(
        several.stderr.contains("fits 4 tests"),
        "{}",
        several.stderr
    );
    let unknown = desk.run(&["map", "set", "shop.LoginTest > baskt", "1"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown
            .stderr
            .contains("did you mean `shop.LoginTest › basket`?"),
        "{}",
        unknown.stderr
    );
    done(desk.run(&["map", "set", "--new", "shop.LoginTest > baskt", "1"]));
}

#[test]
fn set_maps_all_rows_of_a_test_where_that_is_said() {
    let desk = desk();
    let several = ["map", "set", "login", "1003"];
    let refused = desk.run(&several);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("`--all`"), "{refused:?}");
    let answer = done(desk.run(&[&several[..], &["--all"]].concat()));
    assert_eq!(answer.stderr.matches("mapped `").count(), 4, "{answer:?}");
    assert!(settings(&desk).contains("basket is empty\" = 1003"));
    let unset = desk.run(&["map", "unset", "login"]);
    assert_eq!(unset.code, Some(2), "{unset:?}");
    assert!(!unset.stderr.contains("--all"), "{unset:?}");
}

#[test]
fn set_refuses_what_is_no_case() {
    let desk = desk();
    let answer = desk.run(&["map", "set", "shop.LoginTest > basket", "C5"]);
    assert_eq!(answer.code, Some(2));
    assert_eq!(settings(&desk), SETTINGS);
}

#[test]
fn unset_takes_the_line_away() {
    let desk = desk();
    done(desk.run(&["map", "unset", "shop.LoginTest › gone"]));
    assert_eq!(
        settings(&desk),
        SETTINGS.replace("\"shop.LoginTest > gone\" = 1001\n", "")
    );
    let again = desk.run(&["map", "unset", "shop.LoginTest › gone"]);
    assert_eq!(again.code, Some(2));
}

#[test]
fn the_service_has_to_be_named_when_there_are_several() {
    let desk = desk();
    desk.write("handin.toml", format!("{SETTINGS}[qtest]\nproject = 1\n"));
    let answer = desk.run(&["map", "set", "shop.LoginTest > basket", "7"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.stderr.contains("--service"), "{}", answer.stderr);
    done(desk.run(&[
        "map",
        "set",
        "shop.LoginTest > basket",
        "tc-7",
        "--service",
        "qtest",
    ]));
    assert!(
        settings(&desk).contains("[cases.qtest]\n\"shop.LoginTest › basket\" = \"TC-7\"\n"),
        "{}",
        settings(&desk)
    );
}

#[test]
fn suggest_applies_what_is_unambiguous_and_nothing_else() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "out/r.xml",
        report(&[
            ("shows everywhere", None, ""),
            ("wrong password", None, ""),
            ("right password", None, ""),
        ]),
    );
    let shown = done(desk.run(&["map", "suggest"]));
    assert_eq!(settings(&desk), SETTINGS);
    assert!(shown.stderr.contains("`--apply`"), "{}", shown.stderr);
    let answer = done(desk.run(&["map", "suggest", "--apply", "--json"])).json();
    let applied: Vec<&str> = answer["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|pair| pair["applied"] == true)
        .map(|pair| pair["test"].as_str().unwrap())
        .collect();
    assert_eq!(applied, ["shop.LoginTest › wrong password"]);
    assert_eq!(
        settings(&desk),
        format!("{SETTINGS}\"shop.LoginTest › wrong password\" = 1002\n")
    );
}

#[test]
fn suggest_takes_the_titles_from_a_file() {
    let desk = desk();
    desk.write(
        "titles.csv",
        "id,title\n2001,Basket is empty\n2002,Basket is full\n",
    );
    done(desk.run(&["map", "suggest", "--titles", "titles.csv", "--apply"]));
    assert_eq!(
        settings(&desk),
        format!("{SETTINGS}\"shop.LoginTest › basket is empty\" = 2001\n")
    );
}

#[test]
fn csv_goes_out_and_comes_in_again() {
    let desk = desk();
    let csv = done(desk.run(&["map", "export"])).stdout;
    assert_eq!(
        csv,
        "service,test,case\nazure,shop.LoginTest › valid user,1001\nazure,shop.LoginTest › gone,1001\n"
    );
    desk.write(
        "m.csv",
        "case;service;test\n".replace(';', ",")
            + "5,azure,a > b\n6,azure,a > b\n\"TC-7, TC-8\",qtest,\"c, d\"\n",
    );
    done(desk.run(&["map", "import", "csv", "m.csv", "--dry-run"]));
    assert_eq!(settings(&desk), SETTINGS);
    done(desk.run(&["map", "import", "csv", "m.csv"]));
    let text = settings(&desk);
    assert!(text.contains("\"a › b\" = [5, 6]\n"), "{text}");
    assert!(
        text.contains("[cases.qtest]\n\"c, d\" = [\"TC-7\", \"TC-8\"]\n"),
        "{text}"
    );
}

#[test]
fn csv_that_is_wrong_changes_nothing() {
    let desk = desk();
    desk.write("m.csv", "a,5\nb,x\n");
    let answer = desk.run(&["map", "import", "csv", "m.csv"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.stderr.contains("line 2"), "{}", answer.stderr);
    assert_eq!(settings(&desk), SETTINGS);
}

#[test]
fn a_katalon_project_is_imported_without_its_secrets() {
    let desk = Desk::new();
    desk.write("p/settings/internal/com.kms.katalon.integration.analytics.properties",
        "analytics.authentication.token=\"hunter2\"\nanalytics.onpremise.enable=false\nanalytics.team=\"{\\\\n  \\\\\"id\\\\\"\\: 14,\\\\n \\\\\"name\\\\\"\\: \\\\\"QA\\\\\"\\\\n}\"\n\
         analytics.project=\"{\\\\\"id\\\\\"\\: 19, \\\\\"name\\\\\"\\: \\\\\"Shop\\\\\"}\"\n");
    desk.write("p/settings/external/com.kms.katalon.integration.azure.properties",
        "serverUrl=\"https\\://dev.azure.com/acme\"\ntoken=\"hunter2\"\nintegratedProject=\"{\\\\\"id\\\\\"\\:\\\\\"x\\\\\",\\\\\"name\\\\\"\\:\\\\\"Shop\\\\\"}\"\n\
         submitOptions.testPlan=\"{\\\\\"id\\\\\"\\:7,\\\\\"name\\\\\"\\:\\\\\"Regression\\\\\"}\"\nsubmitOptions.enableSubmitMultiTestPoints=true\n\
         executionStatusMappings=\"[{\\\\\"katalonStatus\\\\\"\\:\\\\\"ERROR\\\\\",\\\\\"azureStatus\\\\\"\\:\\\\\"Error\\\\\"}]\"\n\
         testConfigurationMappings=\"[{\\\\\"os\\\\\"\\:\\\\\"Windows\\\\\",\\\\\"platform\\\\\"\\:\\\\\"Chrome\\\\\",\\\\\"azureTestConfigurationId\\\\\"\\:3}]\"\n");
    desk.write("p/settings/internal/com.kms.katalon.integration.qtest.properties",
        "serverUrl=QWxhZGRpbg\\=\\=\npassword=\"hunter2\"\nexecutionStatusMapping=PASSED - PASS, FAILED - FAIL, INCOMPLETE - SKIP, ERROR - FAIL, SKIPPED - SKIP\n");
    let entity = |product: &str, key: &str, value: &str| {
        format!(
            "<TestCaseEntity><integratedEntity><productName>{product}</productName><properties><entry><key>id</key><value>9</value></entry><entry><key>{key}</key><value>{value}</value></entry></properties><type>TESTCASE</type></integratedEntity></TestCaseEntity>"
        )
    };
    desk.write(
        "p/Test Cases/Login/A &amp; B.tc",
        entity("Azure", "azure.testcase.ids", "21,23, 24"),
    );
    desk.write("p/Test Cases/Valid.tc", entity("qTest", "pid", "TC-258"));
    desk.write(
        "p/Shop.prj",
        entity("qTest", "0", "{'name':'x','id':84737}"),
    );
    done(desk.run(&["map", "import", "katalon", "p"]));
    let text = settings(&desk);
    assert!(
        !text.contains("hunter2") && !text.contains("QWxh"),
        "{text}"
    );
    for part in [
        "[katalon]\nteam = 14\nproject = 19\n",
        "[azure]\nurl = \"https://dev.azure.com/acme\"\nproject = \"Shop\"\nplan = 7\npoints = \"all\"\n",
        "[azure.outcomes]\nerrored = \"Error\"\n",
        "[[azure.configurations]]\nwhen = { os = \"Windows*\", browser = \"Chrome*\" }\nuse = \"3\"\n",
        "incomplete = \"SKIP\"\n",
        "project = 84737\n",
        "\"Test Cases/Login/A &amp; B\" = [21, 23, 24]\n",
        "[cases.qtest]\n\"Test Cases/Valid\" = \"TC-258\"\n",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
    // What was written is read again, and the test of a Katalon report is found by it.
    desk.write("r.xml", "<testsuites name=\"s\"><testsuite name=\"s\"><testcase name=\"Test Cases/Valid\" classname=\"Test Cases/Valid\"/></testsuite></testsuites>");
    let listed = done(desk.run(&["map", "list", "r.xml", "--service", "qtest"]));
    assert!(
        listed
            .stdout
            .starts_with("qtest  Test Cases/Valid  →  TC-258"),
        "{}",
        listed.stdout
    );
}

#[test]
fn suggest_offers_the_case_of_a_test_that_is_in_no_report_and_leaves_it_to_a_person() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    let settings_of = |test: &str| {
        let text = "reports = [\"out/*.xml\"]\n[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n[cases.azure]\n";
        format!("{text}\"shop.LoginTest > {test}\" = 1002\n")
    };
    let before = settings_of("password that is wrong");
    desk.write("handin.toml", &before);
    desk.write("out/r.xml", report(&[("wrong password", None, "")]));
    let answer = done(desk.run(&["map", "suggest", "--apply"]));
    let line = "? shop.LoginTest › wrong password  →  1002 Wrong password  (so far of `shop.LoginTest › password that is wrong`, which is in no report)";
    assert!(answer.stdout.contains(line), "{}", answer.stdout);
    let next = "hint: those with `?` are for you to judge: `handin map set TEST CASE`";
    assert!(answer.stderr.contains(next), "{}", answer.stderr);
    assert_eq!(settings(&desk), before);
}

#[test]
fn set_says_what_it_replaces_and_which_word_comes_first() {
    let desk = desk();
    let answer = done(desk.run(&["map", "set", "shop.LoginTest > valid user", "1003"]));
    assert!(
        answer.stderr.contains("`handin.toml`; before: 1001\n"),
        "{}",
        answer.stderr
    );
    let answer = done(desk.run(&["map", "set", "shop.LoginTest > valid user", "1003"]));
    assert!(!answer.stderr.contains("before"), "{}", answer.stderr);
    let swapped = desk.run(&["map", "set", "1003", "basket is empty"]);
    assert_eq!(swapped.code, Some(2), "{swapped:?}");
    let hint = "hint: the test comes first: `handin map set TEST CASE`";
    assert!(swapped.stderr.contains(hint), "{swapped:?}");
}

#[test]
fn the_rows_of_a_parametrized_test_are_suggested_together() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk.write(
        "titles.csv",
        "id,title\n2001,Order is paid by card\n2002,Parcel goes abroad\n",
    );
    let rows = |values: &[&str]| -> String {
        let names: Vec<String> = values
            .iter()
            .map(|it| format!("order is paid by card[{it}]"))
            .collect();
        let tests: Vec<_> = names.iter().map(|name| (name.as_str(), None, "")).collect();
        report(&tests)
    };
    desk.write("out/r.xml", rows(&["visa", "master", "amex"]));
    let shown = done(desk.run(&["map", "suggest", "--titles", "titles.csv"]));
    let line = "? shop.LoginTest › order is paid by card[visa] and 2 other rows  →  2001 Order is paid by card";
    assert!(shown.stdout.contains(line), "{shown:?}");
    let next = "`handin map set TEST CASE` writes one, with `--all` for all rows of a test";
    assert!(shown.stderr.contains(next), "{shown:?}");
    assert!(
        shown.stderr.contains("0 tests without a match"),
        "{shown:?}"
    );
    let json = done(desk.run(&["map", "suggest", "--titles", "titles.csv", "--json"])).json();
    assert_eq!(json["suggestions"].as_array().unwrap().len(), 3, "{json}");
    // A case that names the values of one row is that row's.
    desk.write("titles.csv", "id,title\n2001,Order is paid by visa card\n");
    let shown = done(desk.run(&["map", "suggest", "--titles", "titles.csv"]));
    assert!(!shown.stdout.contains("other row"), "{shown:?}");
    assert!(shown.stdout.contains("card[visa]"), "{shown:?}");
}
