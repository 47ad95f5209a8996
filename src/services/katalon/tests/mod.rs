//! Tests without a socket: requests and answers as values, the choice of files, the documents, the counts.

mod answers;
mod counts;
mod documents;
mod folders;
mod requests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::KatalonTarget;
use crate::files::KnownFile;
use crate::model::{Moment, Outcome, ServiceName, Tally, TestCase, TestSuite};
use crate::plan::{
    ContentDigest, KeyParts, Packed, PlannedReport, RunDetails, SubmissionKey, SubmissionPlan,
};

pub(super) fn target() -> KatalonTarget {
    KatalonTarget::new(
        Url::parse("https://testops.acme.example/prefix/").unwrap(),
        "Shop",
    )
}

pub(super) fn suite(name: &str, started: Option<&str>) -> Arc<TestSuite> {
    Arc::new(TestSuite {
        name: name.to_owned(),
        started: started.map(|text| Moment::Absolute(text.parse().unwrap())),
        ..TestSuite::default()
    })
}

pub(super) fn case(suite: &Arc<TestSuite>, name: &str, outcome: Outcome) -> TestCase {
    TestCase {
        class_name: Some("shop.CartTest".into()),
        duration: Some(Duration::from_millis(1500)),
        line: 1,
        ..TestCase::new(Arc::clone(suite), name.to_owned(), outcome)
    }
}

pub(super) fn report(format: &'static str, file: Option<PathBuf>) -> PlannedReport {
    PlannedReport {
        path: "out/TEST-cart.xml".to_owned(),
        folder: file
            .as_ref()
            .and_then(|file| file.parent())
            .map(std::path::Path::to_owned),
        file: file
            .map(|file| KnownFile::at(&file).unwrap_or_else(|_not_there| KnownFile::unseen(file))),
        packed: None,
        format,
        digest: ContentDigest([7; 32]),
        tally: Tally::default(),
    }
}

pub(super) fn plan(reports: Vec<PlannedReport>, cases: &[TestCase]) -> SubmissionPlan {
    let mut packed = Packed::default();
    for case in cases {
        packed.push(0, case, 0);
    }
    SubmissionPlan {
        packed: Arc::new(packed),
        key: SubmissionKey::of(&KeyParts {
            target: "katalon",
            ..KeyParts::default()
        }),
        identity: crate::plan::Identity::default(),
        service: ServiceName::Katalon,
        reports,
        tally: cases.iter().map(|case| case.outcome.verdict()).collect(),
        results: Vec::new(),
        unmapped: Vec::new(),
        run: RunDetails::default(),
    }
}
