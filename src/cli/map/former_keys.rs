//! Mappings that were written with the keys of version 0.1.0.

use crate::mapping::{CaseId, CaseMap, CaseRules, ExplicitMapping, ServiceRules};
use crate::model::{ServiceName, TestKey};
use crate::report::{Source, read};

/// Reports, and the key that the readers of version 0.1.0 gave the test in each. It read JUnit, Katalon's folders, TRX, NUnit 3 and
/// xUnit.net v2: no mapping was ever written with its keys for another format.
const OF_FIRST_VERSION: [(&str, &str); 17] = [
    (
        r#"<testsuites><testsuite name="s"><testcase classname="/home/runner/work/shop/shop/test/cart.spec.ts:12:3" name="adds"/></testsuite></testsuites>"#,
        "/home/runner/work/shop/shop/test/cart.spec.ts:12:3 › adds",
    ),
    (
        r#"<testsuites><testsuite name="CartTest" package="com.shop"><testcase classname="CartTest" name="adds"/></testsuite></testsuites>"#,
        "CartTest › adds",
    ),
    (
        r#"<testsuites><testsuite name="outer"><testsuite name="inner"><testcase classname="test" name="adds"/></testsuite></testsuite></testsuites>"#,
        "test › adds",
    ),
    (
        r#"<testsuites><testsuite name="s"><testcase classname="Cart" file="src/cart/cart.test.ts" name="adds"/></testsuite></testsuites>"#,
        "Cart › adds",
    ),
    (
        r#"<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="adds"/></testsuite></testsuite></testsuites>"#,
        "inner › adds",
    ),
    (
        r#"<testsuites><testsuite name="Cart" file="/home/runner/work/shop/shop/test/cart.js"><testcase classname="cart adds" name="cart adds"/></testsuite></testsuites>"#,
        "cart adds",
    ),
    (
        r#"<testsuites><testsuite name="com.shop.CartTest"><testcase classname="The cart" name="adds"/></testsuite></testsuites>"#,
        "The cart › adds",
    ),
    (
        r#"<testsuites name="Test Suites/A"><testsuite name="Test Suites/A" id="Test Suites/A"><properties><property name="katalonVersion" value="9.0"/></properties><testcase classname="Test Cases/Pay" name="Test Cases/Pay" status="PASSED"/></testsuite></testsuites>"#,
        "Test Cases/Pay",
    ),
    (
        r#"<testsuites><testsuite name="com.shop.CartTest"><testcase classname="CartTest" name="adds"/></testsuite></testsuites>"#,
        "CartTest › adds",
    ),
    (
        r#"<testsuites><testsuite name="shop.cart"><testcase classname="CartTests" name="adds"/></testsuite></testsuites>"#,
        "CartTests › adds",
    ),
    (
        r#"<testsuites><testsuite name="test/cart.test.js"><testcase classname=" adds" name=" adds"/></testsuite></testsuites>"#,
        "adds",
    ),
    (
        r#"<testsuite name="Chrome 120.0"><testcase classname="Chrome_120_0_0_0_(Linux_x86_64).Cart" name="adds"/></testsuite>"#,
        "Chrome_120_0_0_0_(Linux_x86_64).Cart › adds",
    ),
    (
        r#"<testsuite name="shop/cart.feature"><testcase classname="shop.cart" name="[2.1:24] adds"/></testsuite>"#,
        "shop.cart › [2.1:24] adds",
    ),
    (
        r#"<test-run id="0" testcasecount="1" result="Passed" total="1" passed="1" failed="0"><test-suite type="TestFixture" name="LoginTests" fullname="Shop.LoginTests"><test-case name="SignsIn" fullname="Shop.LoginTests.SignsIn" result="Passed"/></test-suite></test-run>"#,
        "LoginTests › SignsIn",
    ),
    (
        r#"<test-run id="0" testcasecount="1" result="Passed" total="1" passed="1" failed="0"><test-suite type="TestFixture" name="LoginTests(&quot;Chrome&quot;)" fullname="Shop.LoginTests(&quot;Chrome&quot;)" classname="Shop.LoginTests"><test-case name="SignsIn" fullname="Shop.LoginTests(&quot;Chrome&quot;).SignsIn" classname="Shop.LoginTests" result="Passed"/></test-suite></test-run>"#,
        "Shop.LoginTests › SignsIn",
    ),
    (
        r#"<TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results><UnitTestResult testId="aaaaaaaa-0000-0000-0000-000000000001" testName="Shop.Calc(1,2).Adds" outcome="Passed"/></Results><TestDefinitions><UnitTest name="Adds" id="aaaaaaaa-0000-0000-0000-000000000001"><TestMethod className="Shop.Calc(1,2), Shop.Tests" name="Adds"/></UnitTest></TestDefinitions></TestRun>"#,
        "Shop.Calc(1 › Shop.Calc(1,2).Adds",
    ),
    (
        r#"<assemblies><assembly name="/home/vsts/work/1/s/Shop.Tests.dll" test-framework="xUnit" total="1" passed="1" failed="0" skipped="0"><collection name="c"><test name="Shop.CartTests.Adds(path: &quot;/home/vsts/work/1/s/a.txt&quot;)" type="Shop.CartTests" method="Adds" result="Pass"/></collection></assembly></assemblies>"#,
        "Shop.CartTests › Adds(path: \"/home/vsts/work/1/s/a.txt\")",
    ),
];

#[test]
fn the_keys_that_the_first_version_gave_are_found_with_a_notice() {
    let mut renamed = 0;
    for (report, former) in OF_FIRST_VERSION {
        let mut cases = Vec::new();
        let source = Source::in_memory("report.xml", report.as_bytes());
        read(&source, &mut |case| cases.push(case.take())).unwrap();
        let [case] = &cases[..] else {
            panic!("one test: {report}");
        };
        let rules = ServiceRules {
            explicit: vec![ExplicitMapping {
                test: TestKey::typed(former),
                cases: vec![CaseId("7".to_owned())],
                line: Some(1),
            }],
            use_explicit: true,
            ..ServiceRules::default()
        };
        let mut all = CaseRules::default();
        all.set(ServiceName::Azure, rules);
        let map = CaseMap::new(&all, ServiceName::Azure);
        let found = map.cases_of(case);
        assert_eq!(found.len(), 1, "`{former}` is `{}` now", case.key());
        let notice = map.renamed_notice();
        assert_eq!(notice.is_some(), case.key().as_str() != former, "{former}");
        renamed += u32::from(notice.is_some_and(|notice| notice.contains(former)));
    }
    assert!(renamed >= 13, "{renamed}");
}
