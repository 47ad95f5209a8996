//! What is known of Katalon TestOps without asking it.

use url::Url;

use super::{Katalon, KatalonSettings, KatalonTarget, authorization, exchange};
use crate::credentials::{Credential, Scheme, Source, Vendor};
use crate::keys::{Address, Extent};
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::{
    Call, Exchanged, First, NodeKind, Pages, Picked, Row, Section, Service, ServiceError, SignIn,
    Subject, Templates,
};
use crate::transport::{Authorization, Transport};

static ROW: Row = Row {
    name: ServiceName::Katalon,
    vendor: Vendor {
        word: "katalon",
        title: "Katalon TestOps",
        token_variables: &["HANDIN_KATALON_TOKEN", "TESTOPS_API_KEY", "KATALON_API_KEY"],
        user_variables: None,
        url_variable: "HANDIN_KATALON_URL",
        other_url_variables: &["TESTOPS_SERVER_URL"],
        token_page: (
            "",
            "under User settings → API keys; it can do what its user can",
        ),
        hosts: &[".katalon.io", ".katalon.com"],
    },
    example_url: "https://testops.katalon.io",
    facts: super::FACTS,
    first: First {
        project: "project",
        place: None,
        case: None,
    },
    picked: &[
        Picked::id(NodeKind::Organization, "katalon.organization"),
        Picked::id(NodeKind::Team, "katalon.team"),
        Picked::id(NodeKind::Project, "katalon.project"),
    ],
    steps: &[NodeKind::Organization, NodeKind::Team, NodeKind::Project],
    page_of,
    how_to_make_cases: None,
    sign_in: SignIn::TokenOrPassword,
};

impl Section for KatalonSettings {
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
        let defaults = KatalonTarget::of(self.clone(), url, project);
        let target = KatalonTarget {
            // Looking for what a lost answer left behind must not take all the time there is.
            grace: defaults.grace.min(call.timeout / 4),
            jobs: call.jobs,
            lenient: call.lenient,
            zone: call.zone.clone(),
            ..defaults
        };
        Box::new(Katalon::new(transport, target))
    }

    fn templates(&self) -> Templates<'_> {
        Templates {
            number: Some(&self.build),
            build_url: Some(&self.build_url),
            tags: &self.tags,
            ..Templates::NONE
        }
    }

    fn packs(&self) -> bool {
        true
    }

    fn makes_cases(&self) -> bool {
        true
    }

    fn authorization(&self, credential: &Credential) -> Authorization {
        authorization(credential.token.clone())
    }

    fn exchange(
        &self,
        transport: &Transport,
        url: &Url,
        user: &str,
        password: &Secret,
    ) -> Result<Option<Exchanged>, ServiceError> {
        let answer = exchange(transport, url, user, password)?;
        let credential = Credential {
            token: answer.token,
            scheme: Scheme::Bearer,
            source: Source::Typed,
        };
        let holds = answer.expires_in;
        Ok(Some(Exchanged {
            credential,
            kept: None,
            holds,
        }))
    }
}

/// Docs: Executions, `webUrl`.
fn page_of(pages: &Pages, subject: Subject<'_>) -> Option<String> {
    (subject.kind == NodeKind::Project)
        .then(|| pages.at(&["team", pages.team.as_deref()?, "project", subject.id]))
        .flatten()
}
