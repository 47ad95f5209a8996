//! What is known of qTest without asking it.

use url::Url;

use super::settings::FingerprintStyle;
use super::{Limits, Qtest, QtestSettings, QtestTarget, exchange};
use crate::ci::Ci;
use crate::credentials::{Credential, Scheme, Source, Vendor};
use crate::keys::{Address, Extent};
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::{
    Call, Exchanged, First, FirstCase, FirstPlace, NodeKind, Pages, Picked, Row, Section, Service,
    ServiceError, SignIn, Subject,
};
use crate::transport::Transport;

static ROW: Row = Row {
    name: ServiceName::Qtest,
    vendor: Vendor {
        word: "qtest",
        title: "qTest",
        token_variables: &["HANDIN_QTEST_TOKEN", "QTEST_API_TOKEN"],
        user_variables: None,
        url_variable: "HANDIN_QTEST_URL",
        other_url_variables: &[],
        token_page: (
            "",
            "under Download qTest Resources → API & SDK; it can do what its user can",
        ),
        hosts: &[".qtestnet.com"],
    },
    example_url: "https://acme.qtestnet.com",
    facts: super::FACTS,
    first: First {
        project: "project",
        place: Some(FirstPlace {
            key: "module",
            question: "Below which module may test cases be created? (empty: create none)",
            example: "Automated",
            note: "test cases are created below it; without it only mapped tests are submitted",
            made: None,
        }),
        case: Some(FirstCase {
            pattern: r"\b(TC-\d+)\b",
            id: "\"TC-17\"",
        }),
    },
    picked: &[
        Picked::id(NodeKind::Project, "qtest.project"),
        Picked::id(NodeKind::Release, "qtest.release"),
        Picked::name(NodeKind::Cycle, "qtest.cycle"),
        Picked::name(NodeKind::Suite, "qtest.suite"),
        Picked::id(NodeKind::Module, "qtest.module"),
    ],
    steps: &[NodeKind::Project],
    page_of,
    how_to_make_cases: Some("set `qtest.module` to have handin create them below that module"),
    sign_in: SignIn::TokenOrPassword,
};

/// A log has no name of its own, and its texts differ from test to test: the target holds their templates.
impl Section for QtestSettings {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn unsaid(&self) -> Option<&'static str> {
        self.project.is_none().then_some("project")
    }

    fn attach(&self) -> Extent {
        self.attach
    }

    fn open(&self, transport: Transport, url: Url, call: &Call) -> Box<dyn Service> {
        let project = self.project.clone().unwrap_or_default();
        let word = |name: &&str| Some((format!("ci.{name}"), call.ci.word(name)?.to_owned()));
        let target = QtestTarget {
            words: Ci::WORDS.iter().filter_map(word).collect(),
            limits: Limits {
                jobs: call.jobs,
                ..Limits::default()
            },
            ..QtestTarget::of(self.clone(), url, project)
        };
        Box::new(Qtest::new(target, transport))
    }

    fn makes_cases(&self) -> bool {
        self.module.is_some()
    }

    fn tells_apart_by(&self) -> Option<&str> {
        if let FingerprintStyle::Property(name) = &self.fingerprint {
            Some(name)
        } else {
            None
        }
    }

    fn exchange(
        &self,
        transport: &Transport,
        url: &Url,
        user: &str,
        password: &Secret,
    ) -> Result<Option<Exchanged>, ServiceError> {
        let credential = Credential {
            token: exchange(transport, url, user, password)?,
            scheme: Scheme::Usual,
            source: Source::Typed,
        };
        let holds = None;
        Ok(Some(Exchanged {
            credential,
            kept: None,
            holds,
        }))
    }
}

/// Docs: API specification, `web_url`. A case's page needs its internal id, which a mapping does not have.
fn page_of(pages: &Pages, subject: Subject<'_>) -> Option<String> {
    (subject.kind == NodeKind::Project)
        .then(|| pages.at(&["p", subject.id, "portal", "project"]))
        .flatten()
}
