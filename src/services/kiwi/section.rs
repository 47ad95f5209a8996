//! What is known of Kiwi TCMS without asking it.

use std::sync::Arc;

use url::Url;

use super::{Kiwi, KiwiSettings, Login};
use crate::credentials::{Credential, CredentialError, Vendor};
use crate::keys::{Address, Extent};
use crate::model::ServiceName;
use crate::services::{
    Call, First, FirstCase, FirstPlace, NodeKind, Pages, Picked, Row, Section, Service, SignIn,
    Subject, Templates,
};
use crate::transport::{Authorization, Label, Renewal, Transport, TransportOptions};

static ROW: Row = Row {
    name: ServiceName::Kiwi,
    vendor: Vendor {
        word: "kiwi",
        title: "Kiwi TCMS",
        token_variables: &["HANDIN_KIWI_PASSWORD"],
        user_variables: Some(("HANDIN_KIWI_USER", "HANDIN_KIWI_PASSWORD")),
        url_variable: "HANDIN_KIWI_URL",
        other_url_variables: &[],
        token_page: ("", ""),
        hosts: &[],
    },
    example_url: "https://tcms.example",
    facts: super::FACTS,
    first: First {
        project: "product",
        place: Some(FirstPlace {
            made: Some("with `kiwi.create = true` handin creates the plan that `kiwi.plan` names"),
            ..FirstPlace::PLAN
        }),
        case: Some(FirstCase {
            pattern: r"\b(TC-\d+)\b",
            id: "12",
        }),
    },
    picked: &[
        Picked::name(NodeKind::Project, "kiwi.product"),
        Picked::id(NodeKind::Plan, "kiwi.plan"),
    ],
    steps: &[NodeKind::Project, NodeKind::Plan],
    page_of,
    how_to_make_cases: Some("set `kiwi.create = true` to have handin create them"),
    sign_in: SignIn::Password,
};

impl Section for KiwiSettings {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    fn project(&self) -> Option<&str> {
        self.product.as_deref()
    }

    fn unsaid(&self) -> Option<&'static str> {
        let plan = self.plan.is_none().then_some("plan");
        if self.product.is_none() {
            Some("product")
        } else {
            plan
        }
    }

    fn attach(&self) -> Extent {
        self.attach
    }

    fn open(&self, transport: Transport, url: Url, call: &Call) -> Box<dyn Service> {
        Box::new(Kiwi::new(transport, url, self.clone(), call.sharing))
    }

    fn templates(&self) -> Templates<'_> {
        Templates {
            name: self.run_name.as_deref(),
            number: self.build.as_deref(),
            ..Templates::NONE
        }
    }

    fn makes_cases(&self) -> bool {
        self.create
    }

    /// Never sent: a session is signed in for. It says what must not be shown.
    fn authorization(&self, credential: &Credential) -> Authorization {
        match credential.user() {
            Some((user, password)) => Authorization::Basic { user, password },
            None => Authorization::Bearer(credential.token.clone()),
        }
    }

    fn session(
        &self,
        network: &TransportOptions,
        url: &Url,
        credential: &Credential,
    ) -> Result<Option<Arc<dyn Renewal>>, CredentialError> {
        let Some((user, password)) = credential.user() else {
            return Err(CredentialError::NoUser {
                vendor: &ROW.vendor,
                from: credential.source.clone(),
            });
        };
        let label = Label {
            name: format!(
                "the user's name and the password {} (step `{}`)",
                credential.source,
                credential.source.step()
            ),
            advice: "check both: they are those of the sign-in page of Kiwi TCMS".to_owned(),
            is_none: false,
        };
        Ok(Some(Arc::new(Login {
            label: Arc::new(label),
            transport: Transport::new(network.clone()),
            url: url.clone(),
            user,
            password,
        })))
    }
}

/// Seen on Kiwi TCMS 12.4.
fn page_of(pages: &Pages, subject: Subject<'_>) -> Option<String> {
    let words = [(NodeKind::Plan, "plan"), (NodeKind::Case, "case")];
    let (_, word) = words.iter().find(|(kind, _)| *kind == subject.kind)?;
    pages.at(&[word, subject.id, ""])
}
