//! What is known of Azure DevOps Test Plans without asking it.

use url::Url;

use super::{
    Address as AzureAddress, Azure, AzureSettings, AzureTarget, HEADERS, Release, Shard, Volume,
    authorization, release_uri,
};
use crate::ci::Provider;
use crate::credentials::{Credential, Vendor};
use crate::keys::{Address, Extent};
use crate::model::ServiceName;
use crate::services::{
    AuthSettings, Call, First, FirstCase, FirstPlace, NodeKind, Pages, Picked, Row, Section,
    Service, SignIn, Subject, Templates,
};
use crate::transport::{Authorization, Transport};

static ROW: Row = Row {
    name: ServiceName::Azure,
    vendor: Vendor {
        word: "azure",
        title: "Azure DevOps",
        token_variables: &[
            "HANDIN_AZURE_TOKEN",
            "AZURE_DEVOPS_EXT_PAT",
            "SYSTEM_ACCESSTOKEN",
        ],
        user_variables: None,
        url_variable: "HANDIN_AZURE_URL",
        other_url_variables: &["SYSTEM_COLLECTIONURI"],
        token_page: (
            "/_usersSettings/tokens",
            "with the scopes Test Management read & write, Work Items read, Project and Team read",
        ),
        hosts: &["dev.azure.com", ".visualstudio.com"],
    },
    example_url: "https://dev.azure.com/acme",
    facts: super::FACTS,
    first: First {
        project: "project",
        place: Some(FirstPlace::PLAN),
        case: Some(FirstCase {
            pattern: r"\bTC-?(\d+)\b",
            id: "1234",
        }),
    },
    picked: &[
        Picked::name(NodeKind::Project, "azure.project"),
        Picked::id(NodeKind::Plan, "azure.plan"),
        Picked::id(NodeKind::Suite, "azure.suite"),
        Picked::name(NodeKind::Configuration, "azure.configuration"),
    ],
    steps: &[NodeKind::Project, NodeKind::Plan],
    page_of,
    how_to_make_cases: Some("set `azure.create = true` to have handin create them"),
    sign_in: SignIn::Token,
};

impl AzureSettings {
    /// Returns where results go, as the settings and the command say.
    pub fn target(&self, url: Url, call: &Call) -> AzureTarget {
        let sharing = call.sharing;
        let project = self.project.clone().or_else(|| call.ci.project.clone());
        AzureTarget {
            project: project.unwrap_or_default(),
            release: self.release_of(call),
            jobs: call.jobs,
            volume: if sharing.bulk {
                Volume::Many
            } else {
                Volume::One
            },
            shared: sharing.shared,
            completes: sharing.completes,
            shard: sharing.shard.map(|(index, count)| Shard { index, count }),
            ..AzureTarget::of(self.clone(), url)
        }
    }

    /// Returns the release of the run: the one that the settings name, else that of the pipeline. Old reports are of no pipeline.
    fn release_of(&self, call: &Call) -> Option<Release> {
        if let Some(release) = &self.release {
            return Some(Release {
                uri: release_uri(release),
                environment_uri: None,
                project: None,
            });
        }
        let uri = call.ci.release_uri.clone();
        Some(Release {
            uri: uri.filter(|_| !call.sharing.bulk)?,
            environment_uri: call.ci.release_environment_uri.clone(),
            project: call.ci.project.clone(),
        })
    }
}

impl Section for AzureSettings {
    fn row(&self) -> &'static Row {
        &ROW
    }

    fn auth(&self) -> Option<&AuthSettings> {
        Some(&self.auth)
    }

    fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn unsaid(&self) -> Option<&'static str> {
        let is_said = !self.plans.is_empty() || !self.plan_rules.is_empty();
        (!is_said && self.run.is_none()).then_some("plan")
    }

    /// A project may stand in the address or come from the pipeline, and mappings can be looked up without a plan.
    fn missing(&self) -> Option<&'static str> {
        None
    }

    fn attach(&self) -> Extent {
        self.attach
    }

    fn open(&self, transport: Transport, url: Url, call: &Call) -> Box<dyn Service> {
        Box::new(Azure::new(transport, self.target(url, call)))
    }

    fn pages(&self) -> Option<Pages> {
        let address = AzureAddress::read(&self.address.as_ref()?.url, self.project());
        let project = self.project.as_ref().or(address.project.as_ref());
        Some(Pages::of(
            address.base,
            project.map(String::as_str),
            page_of,
        ))
    }

    fn templates(&self) -> Templates<'_> {
        Templates {
            name: self.run_name.as_deref(),
            comment: self.comment.as_deref(),
            build: self.build.as_deref(),
            tags: &self.tags,
            ..Templates::NONE
        }
    }

    fn makes_cases(&self) -> bool {
        self.create
    }

    fn knows_builds_of(&self) -> Option<Provider> {
        Some(Provider::Azure)
    }

    fn shows_the_last_only(&self) -> bool {
        true
    }

    fn home(&self, url: &Url) -> Url {
        AzureAddress::read(url, self.project()).base
    }

    fn annex(&self, home: &Url) -> Option<Url> {
        AzureAddress::releases(home)
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &HEADERS
    }

    fn authorization(&self, credential: &Credential) -> Authorization {
        authorization(credential.token.clone())
    }
}

/// Docs: Work Items – Get, `_links.html`; Navigate test plans.
fn page_of(pages: &Pages, subject: Subject<'_>) -> Option<String> {
    let define = || pages.at(&[pages.project.as_deref()?, "_testPlans", "define"]);
    let id = subject.id;
    match subject.kind {
        NodeKind::Case => pages.at(&[pages.project.as_deref()?, "_workitems", "edit", id]),
        NodeKind::Project => pages.at(&[subject.name]),
        NodeKind::Plan => Some(format!("{}?planId={id}", define()?)),
        NodeKind::Suite => {
            let plan = pages.plan.as_deref()?;
            Some(format!("{}?planId={plan}&suiteId={id}", define()?))
        }
        NodeKind::Organization
        | NodeKind::Team
        | NodeKind::Configuration
        | NodeKind::Release
        | NodeKind::Cycle
        | NodeKind::Module
        | NodeKind::Run
        | NodeKind::Result => None,
    }
}
