use std::sync::Arc;

use super::*;
use crate::model::{Outcome, Property, ServiceName, TestCase, TestKey, TestSuite};

fn test(class: &str, name: &str, properties: &[(&str, &str)]) -> TestCase {
    TestCase {
        class_name: Some(class.into()),
        properties: properties
            .iter()
            .map(|(name, value)| Property {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        line: 1,
        ..TestCase::new(
            Arc::new(TestSuite::default()),
            name.to_owned(),
            Outcome::Passed,
        )
    }
}

fn pattern(text: &str) -> CasePattern {
    CasePattern::new(text, Tolerance::Strict).unwrap()
}

fn rules() -> ServiceRules {
    ServiceRules {
        explicit: vec![ExplicitMapping {
            test: TestKey::typed("shop.Login › valid TC-3"),
            cases: vec![CaseId("1".to_owned()), CaseId("7".to_owned())],
            line: Some(4),
        }],
        use_explicit: true,
        properties: vec!["TestCaseId".to_owned(), "test_id".to_owned()],
        patterns: vec![pattern(r"\bTC-(\d+)\b")],
        title: true,
        automated_name: true,
    }
}

fn titles() -> TitleIndex {
    let mut titles = TitleIndex::default();
    titles.add(&CaseId("40".to_owned()), "Pays by  card", None);
    titles.add(&CaseId("41".to_owned()), "Twice", None);
    titles.add(&CaseId("42".to_owned()), "Twice", None);
    titles.add(&CaseId("43".to_owned()), "Other", Some("shop.Pay.by card"));
    titles
}

fn found(service: ServiceName, rules: &ServiceRules, case: &TestCase) -> Vec<String> {
    let mut all = CaseRules::default();
    all.set(service, rules.clone());
    let map = CaseMap::new(&all, service).titles(titles());
    map.cases_of(case)
        .into_iter()
        .map(|mapped| mapped.id.0)
        .collect()
}

fn on_azure(rules: &ServiceRules, case: &TestCase) -> Vec<String> {
    found(ServiceName::Azure, rules, case)
}

#[test]
fn the_sources_are_asked_in_their_order_and_each_can_be_switched_off() {
    let case = test("shop.Login", "valid TC-3", &[("TestCaseId", "2")]);
    let mut rules = rules();
    assert_eq!(on_azure(&rules, &case), ["1", "7"]);
    rules.use_explicit = false;
    assert_eq!(on_azure(&rules, &case), ["2"]);
    rules.properties.clear();
    assert_eq!(on_azure(&rules, &case), ["3"]);
    rules.patterns.clear();
    assert!(on_azure(&rules, &case).is_empty());
}

#[test]
fn a_property_may_hold_several_ids() {
    let case = test("c", "n", &[("testcaseid", "12, TC-13;#14 12")]);
    assert_eq!(on_azure(&rules(), &case), ["12", "13", "14"]);
    let case = test("c", "n", &[("test_id", "5"), ("test_id", "6")]);
    assert_eq!(on_azure(&rules(), &case), ["5", "6"]);
}

#[test]
fn an_id_in_a_tag_may_be_written_as_in_a_name_and_other_tags_say_nothing() {
    let mut rules = rules();
    rules.properties = vec!["tag".to_owned(), "TestCase".to_owned()];
    rules.patterns = vec![CasePattern::new(r"\[([\d,\s]+)\]", Tolerance::Loose).unwrap()];
    let tags = [("tag", "smoke"), ("tag", "[12]"), ("tag", "@[12, 13]")];
    assert_eq!(on_azure(&rules, &test("c", "n", &tags)), ["12", "13"]);
    let mut all = CaseRules::default();
    all.set(ServiceName::Azure, rules);
    let map = CaseMap::new(&all, ServiceName::Azure);
    assert_eq!(map.look(&test("c", "n", &tags)).1, []);
    let typed = [("TestCase", "[14]"), ("TestCase", "15, abc")];
    let (cases, ignored) = map.look(&test("c", "n", &typed));
    assert_eq!(cases.len(), 2);
    let texts: Vec<&str> = ignored.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["abc"]);
}

#[test]
fn a_property_of_the_suite_does_not_map_its_tests() {
    let mut case = test("c", "n", &[]);
    case.suite = Arc::new(TestSuite {
        properties: vec![Property {
            name: "test_id".to_owned(),
            value: "5".to_owned(),
        }],
        ..TestSuite::default()
    });
    assert!(on_azure(&rules(), &case).is_empty());
}

#[test]
fn what_looks_like_an_id_and_is_none_is_told() {
    let mut all = CaseRules::default();
    all.set(ServiceName::Azure, rules());
    let map = CaseMap::new(&all, ServiceName::Azure);
    let case = test("c", "n", &[("test_id", "C123, 4")]);
    let (found, ignored) = map.look(&case);
    assert_eq!(found.len(), 1);
    assert_eq!(ignored[0].text, "C123");
    assert_eq!(
        ignored[0].source,
        CaseSource::Property("test_id".to_owned())
    );
}

#[test]
fn a_name_may_hold_several_ids() {
    let case = test("c", "TC-5 and TC-6 pay", &[]);
    assert_eq!(on_azure(&rules(), &case), ["5", "6"]);
    assert_eq!(found(ServiceName::Qtest, &rules(), &case), ["TC-5", "TC-6"]);
}

#[test]
fn a_bare_number_on_qtest_is_the_id_of_its_addresses() {
    let case = test("c", "n", &[("test_id", "8437261, tc-017")]);
    assert_eq!(
        found(ServiceName::Qtest, &rules(), &case),
        ["8437261", "TC-17"]
    );
}

#[test]
fn a_title_counts_when_it_is_exact_and_the_only_one() {
    let rules = rules();
    assert_eq!(on_azure(&rules, &test("c", "Pays by card", &[])), ["40"]);
    assert!(on_azure(&rules, &test("c", "pays by card", &[])).is_empty());
    assert!(on_azure(&rules, &test("c", "Twice", &[])).is_empty());
    assert_eq!(on_azure(&rules, &test("shop.Pay", "by card", &[])), ["43"]);
    let off = ServiceRules {
        title: false,
        automated_name: false,
        ..rules
    };
    assert!(on_azure(&off, &test("c", "Pays by card", &[])).is_empty());
    assert!(on_azure(&off, &test("shop.Pay", "by card", &[])).is_empty());
}

#[test]
fn numbers_that_are_no_ids_map_nothing() {
    for name in [
        "c99 complex",
        "middle C4",
        "test_c17_std",
        "[1,2,3] vector",
        "ISO-8859-1",
        "RFC-3339",
        "SHA-256",
        "CVE-2024-1234",
        "ETC-5",
        "xTC-5",
        "TC-5x",
        "retries 1001 times then stops",
    ] {
        assert!(
            on_azure(&rules(), &test("c", name, &[])).is_empty(),
            "{name}"
        );
    }
}

#[test]
fn patterns_that_match_accidental_numbers_are_refused() {
    for text in [
        r"(\d+)",
        r"\b(\d+)\b",
        r"[Cc](\d+)",
        r"\bC(\d+)\b",
        r"\[([\d,\s]+)\]",
        r"([A-Z]+-\d+)",
        r"^(\d+)_",
        r"#(\d+)",
        r"\((\d+)\)",
        r"_c(\d+)_",
    ] {
        let error = CasePattern::new(text, Tolerance::Strict).unwrap_err();
        assert!(matches!(error, PatternError::Accidental { .. }), "{text}");
        CasePattern::new(text, Tolerance::Loose).unwrap();
    }
}

#[test]
fn patterns_with_a_mark_are_taken() {
    for text in [
        r"\bTC-(\d+)\b",
        r"TC_(\d+)",
        r"@tc:(\d+)",
        r"@\[(\d+(?:,\s*\d+)*)\]",
        r"\(Qase ID: ([\d,]+)\)",
        r"\bPRJ-(\d{3,})\b",
    ] {
        pattern(text);
    }
}

#[test]
fn patterns_that_cannot_work_are_refused() {
    let refused = |text| CasePattern::new(text, Tolerance::Loose).unwrap_err();
    assert!(matches!(refused("TC-(\\d+"), PatternError::Syntax(_)));
    assert_eq!(refused(r"TC-\d+"), PatternError::NoGroup);
    assert_eq!(refused(r"(\d*)"), PatternError::Empty);
    assert_eq!(refused(r"-(\d*)"), PatternError::Empty);
}

#[test]
fn ids_are_read_as_people_write_them() {
    let azure = |text| CaseId::parse(ServiceName::Azure, text).map(|id| id.0);
    for text in ["1234", "#1234", "AB#1234", "ab#1234", "TC-1234", " 01234 "] {
        assert_eq!(azure(text), Ok("1234".to_owned()), "{text}");
    }
    for text in ["", "0", "-1", "1.5", "x1", "C1", "99999999999", "１２"] {
        let error = azure(text).unwrap_err().to_string();
        assert!(error.contains("not a work item id"), "{text}: {error}");
    }
}

#[test]
fn a_mapping_with_the_key_of_version_0_1_0_is_still_found_and_told_of() {
    let mut case = test("test", "works", &[]);
    case.suite = Arc::new(TestSuite {
        name: "cart".to_owned(),
        ..TestSuite::default()
    });
    assert_eq!(case.key().as_str(), "cart › works");
    let rules = ServiceRules {
        explicit: vec![ExplicitMapping {
            test: TestKey::typed("test › works"),
            cases: vec![CaseId("7".to_owned())],
            line: None,
        }],
        use_explicit: true,
        ..ServiceRules::default()
    };
    let mut all = CaseRules::default();
    all.set(ServiceName::Azure, rules);
    let map = CaseMap::new(&all, ServiceName::Azure);
    assert_eq!(map.renamed_notice(), None);
    let cases = map.cases_of(&case);
    assert_eq!(cases[0].id, CaseId("7".to_owned()));
    let notice = map.renamed_notice().unwrap();
    assert!(
        notice.contains("`test › works`") && notice.contains("`cart › works`"),
        "{notice}"
    );
}
