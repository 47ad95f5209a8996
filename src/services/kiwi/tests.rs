//! Against a real server: `.ci/parts/kiwi` starts one and names it in `HANDIN_TEST_KIWI`.

use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::mapping::{CaseId, CaseSource, MappedCase};
use crate::model::{Failure, Outcome, ServiceName, TestCase, TestSuite};
use crate::plan::{
    Attempt, BuildKey, ContentDigest, Identity, Part, PlanBuilder, RunDetails, SubmissionKey,
};
use crate::secret::Secret;
use crate::services::{Catalog as _, State};
use crate::transport::TransportOptions;

/// A product of its own on the real server.
struct Site {
    url: Url,
    product: String,
}

impl Site {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks where the real server is"
    )]
    fn new(name: &str) -> Self {
        let url = std::env::var("HANDIN_TEST_KIWI").expect("HANDIN_TEST_KIWI names a server");
        let product = format!("{name} {:08x}", fastrand::u32(..));
        let site = Self {
            url: Url::parse(&url).unwrap(),
            product,
        };
        let kiwi = site.kiwi(|_| {});
        // Named as the product is: the tests begin at the same moment, and a classification's name is unique.
        let named = json!([{"name": site.product}]);
        let made: Value = kiwi.raw("Classification.create", named);
        let classification = &made["id"];
        let values = json!([{"name": site.product, "classification": classification}]);
        let _made: Value = kiwi.raw("Product.create", values);
        site
    }

    fn kiwi(&self, change: impl FnOnce(&mut Sharing)) -> Kiwi {
        let login = Login {
            transport: Transport::new(TransportOptions::default()),
            url: self.url.clone(),
            user: "bot".to_owned(),
            password: Secret::password("bot-pass").unwrap(),
            label: Arc::new(crate::transport::Label {
                name: "what the test has".to_owned(),
                advice: String::new(),
                is_none: false,
            }),
        };
        let settings = KiwiSettings {
            product: Some(self.product.clone()),
            plan: Some("Regression".to_owned()),
            create: true,
            settle: std::time::Duration::from_secs(15),
            ..KiwiSettings::default()
        };
        let mut sharing = Sharing::ALONE;
        change(&mut sharing);
        let options = TransportOptions {
            renewal: Some(Arc::new(login)),
            ..TransportOptions::default()
        };
        Kiwi::new(Transport::new(options), self.url.clone(), settings, sharing)
    }

    fn count(&self, method: &'static str, field: &str) -> usize {
        let found: Vec<Value> = self
            .kiwi(|_| {})
            .raw(method, json!([{field: self.product}]));
        found.len()
    }

    fn runs(&self) -> usize {
        self.count("TestRun.filter", "plan__product__name")
    }

    fn cases(&self) -> usize {
        self.count("TestCase.filter", "category__product__name")
    }

    fn executions(&self) -> usize {
        self.count("TestExecution.filter", "run__plan__product__name")
    }
}

impl Kiwi {
    fn raw<T: serde::de::DeserializeOwned>(&self, method: &'static str, parameters: Value) -> T {
        let mut answers = self.client.ask(&[(method, parameters)], method).unwrap();
        serde_json::from_value(answers.remove(0)).unwrap()
    }
}

fn plan(build: &str, part: Part, tests: &[(&str, Outcome, Option<&str>)]) -> SubmissionPlan {
    let mut builder = PlanBuilder::new(ServiceName::Qtest, true);
    for (name, outcome, case) in tests {
        let suite = Arc::new(TestSuite::default());
        let mut test = TestCase::new(suite, *name, outcome.clone());
        test.class_name = Some("shop.Cart".into());
        let cases = case.map(|id| MappedCase {
            id: CaseId(id.to_owned()),
            source: CaseSource::Explicit,
        });
        builder.add(0, &Arc::new(test), cases.into_iter().collect(), &[]);
    }
    let text = format!("{tests:?}");
    let digest = ContentDigest(
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(text)).into(),
    );
    let identity = Identity::new(BuildKey::of_text(build), part, Attempt::Untold, &[digest]);
    let key = SubmissionKey::of(&crate::plan::KeyParts::default());
    let run = RunDetails {
        name: format!("Run {build}"),
        ..RunDetails::default()
    };
    builder.plan((key, identity), Vec::new(), run)
}

fn failed() -> Outcome {
    Outcome::Failed(Failure {
        message: Some("expected 1, was 2".to_owned()),
        ..Failure::default()
    })
}

fn submit(kiwi: &Kiwi, plan: SubmissionPlan) -> Receipt {
    let checked = kiwi.check(plan).unwrap();
    kiwi.send(
        &checked,
        &crate::journal::Journal::absent(),
        &crate::services::Silent,
    )
    .unwrap()
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn what_is_submitted_twice_stands_there_once() {
    let site = Site::new("twice");
    let kiwi = site.kiwi(|_| {});
    assert_eq!(kiwi.account().unwrap().name, "bot");
    let tests = [("adds", Outcome::Passed, None), ("removes", failed(), None)];
    let first = submit(&kiwi, plan("b1", Part::Whole, &tests));
    assert_eq!(first.state, State::Done, "{first:?}");
    assert_eq!(first.counts.get("FAILED"), Some(&1), "{first:?}");
    let second = submit(&kiwi, plan("b1", Part::Whole, &tests));
    assert_eq!(second.state, State::Known, "{second:?}");
    assert_eq!((site.runs(), site.executions(), site.cases()), (1, 2, 2));
    let other = submit(&kiwi, plan("b2", Part::Whole, &tests));
    assert_eq!(other.state, State::Done, "{other:?}");
    assert_eq!((site.runs(), site.executions(), site.cases()), (2, 4, 2));
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn processes_at_the_same_moment_leave_one_of_each() {
    let site = Site::new("twins");
    let tests = [("adds", Outcome::Passed, None), ("removes", failed(), None)];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| submit(&site.kiwi(|_| {}), plan("b1", Part::Whole, &tests)));
        }
    });
    assert_eq!((site.runs(), site.executions(), site.cases()), (1, 2, 2));
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn four_shards_share_one_run_and_the_last_ends_it() {
    let site = Site::new("shards");
    std::thread::scope(|scope| {
        for index in 1..=4 {
            let site = &site;
            scope.spawn(move || {
                let kiwi = site.kiwi(|sharing| {
                    sharing.shared = true;
                    sharing.shard = Some((index, 4));
                });
                let name = format!("test {index}");
                let part = Part::Shard { index, count: 4 };
                submit(&kiwi, plan("b1", part, &[(&name, Outcome::Passed, None)]))
            });
        }
    });
    assert_eq!((site.runs(), site.executions(), site.cases()), (1, 4, 4));
    let runs: Vec<Value> = site.kiwi(|_| {}).raw(
        "TestRun.filter",
        json!([{"plan__product__name": site.product}]),
    );
    assert!(!runs[0]["stop_date"].is_null(), "{runs:?}");
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn submissions_that_meet_make_each_case_and_the_plan_once() {
    let site = Site::new("meet");
    let tests = [("adds", Outcome::Passed, None), ("removes", failed(), None)];
    std::thread::scope(|scope| {
        for build in ["b1", "b2", "b3"] {
            let (site, tests) = (&site, &tests);
            scope.spawn(move || submit(&site.kiwi(|_| {}), plan(build, Part::Whole, tests)));
        }
    });
    assert_eq!((site.runs(), site.executions(), site.cases()), (3, 6, 2));
    let plans: Vec<Value> = site.kiwi(|_| {}).raw(
        "TestPlan.filter",
        json!([{"product__name": site.product, "is_active": true}]),
    );
    assert_eq!(plans.len(), 1, "{plans:?}");
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn what_a_person_corrected_is_told_and_stays() {
    let site = Site::new("person");
    let kiwi = site.kiwi(|_| {});
    let tests = [("removes", failed(), None)];
    submit(&kiwi, plan("b1", Part::Whole, &tests));
    let of_product = json!([{"run__plan__product__name": site.product}]);
    let executions: Vec<Value> = kiwi.raw("TestExecution.filter", of_product.clone());
    let statuses: Vec<Value> = kiwi.raw("TestExecutionStatus.filter", json!([{"name": "WAIVED"}]));
    let _updated: Value = kiwi.raw(
        "TestExecution.update",
        json!([executions[0]["id"], {"status": statuses[0]["id"]}]),
    );
    let again = submit(&kiwi, plan("b1", Part::Whole, &tests));
    assert_eq!(again.state, State::Partial, "{again:?}");
    assert!(
        !again.repeat && again.different[0].contains("WAIVED"),
        "{again:?}"
    );
    let executions: Vec<Value> = kiwi.raw("TestExecution.filter", of_product);
    assert_eq!(executions[0]["status__name"], "WAIVED");
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn a_session_that_ends_in_the_middle_is_renewed() {
    let site = Site::new("session");
    let kiwi = site.kiwi(|_| {});
    kiwi.account().unwrap();
    let checked = kiwi
        .check(plan("b1", Part::Whole, &[("adds", Outcome::Passed, None)]))
        .unwrap();
    let _gone: Value = kiwi.raw("Auth.logout", json!([]));
    let journal = crate::journal::Journal::absent();
    let receipt = kiwi
        .send(&checked, &journal, &crate::services::Silent)
        .unwrap();
    assert_eq!(receipt.state, State::Done, "{receipt:?}");
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn plans_that_are_made_at_this_moment_are_not_several_to_choose_from() {
    let site = Site::new("moment");
    let kiwi = site.kiwi(|_| {});
    let tests = [("adds", Outcome::Passed, None)];
    submit(&kiwi, plan("b1", Part::Whole, &tests));
    let plans = |kiwi: &Kiwi| -> Vec<Value> {
        let all = json!([{"product__name": site.product}]);
        kiwi.raw("TestPlan.filter", all)
    };
    let mut twin = plans(&kiwi).remove(0);
    for text in ["Made by handin", "Made by somebody"] {
        twin = json!({
            "name": twin["name"], "product": twin["product"], "product_version": twin["product_version"],
            "type": twin["type"], "text": text, "is_active": true,
        });
        let _made: Value = kiwi.raw("TestPlan.create", json!([twin]));
        let checked = kiwi.check(plan("b2", Part::Whole, &tests));
        assert_eq!(checked.is_ok(), text == "Made by handin", "{checked:?}");
    }
}

#[test]
#[ignore = "a real Kiwi TCMS: .ci/parts/kiwi"]
fn of_two_cases_that_were_made_for_a_test_the_one_that_was_run_stays() {
    let site = Site::new("run");
    let kiwi = site.kiwi(|_| {});
    let tests = [("adds", Outcome::Passed, None)];
    submit(&kiwi, plan("b1", Part::Whole, &tests));
    let cases = |kiwi: &Kiwi| -> Vec<Value> {
        let all = json!([{"category__product__name": site.product}]);
        kiwi.raw("TestCase.filter", all)
    };
    // As if the older one had shown late.
    let one = cases(&kiwi).remove(0);
    let twin = json!([{
        "summary": "late", "notes": one["notes"], "product": kiwi.client.product(&site.product).unwrap()["id"],
        "category": one["category"], "priority": one["priority"], "case_status": one["case_status"],
    }]);
    let made: Value = kiwi.raw("TestCase.create", twin);
    let of_run = json!([{"run__plan__product__name": site.product}]);
    let executions: Vec<Value> = kiwi.raw("TestExecution.filter", of_run);
    let moved = json!([executions[0]["id"], {"case": made["id"]}]);
    let _moved: Value = kiwi.raw("TestExecution.update", moved);
    // The other one is put into the plan, and nothing more.
    let again = submit(&kiwi, plan("b1", Part::Whole, &tests));
    assert_eq!(site.executions(), 1, "{again:?}");
    let last = submit(&kiwi, plan("b1", Part::Whole, &tests));
    assert_eq!(
        (site.executions(), last.state),
        (1, State::Known),
        "{last:?}"
    );
}
