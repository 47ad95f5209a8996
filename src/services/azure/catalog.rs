//! What can be looked up on Azure.

use std::collections::HashSet;

use super::api::Endpoints;
use super::wire::{Configuration, ConnectionData, Plan, Project, Suite, SuiteCase};
use super::{Azure, lookup};
use crate::mapping::CaseId;
use crate::services::{Account, Catalog, Node, NodeKind, RemoteCase, ServiceError};

impl Catalog for Azure {
    fn account(&self) -> Result<Account, ServiceError> {
        lookup::has_organisation(self)?;
        let connection: ConnectionData = self.client.get(Endpoints::connection_data)?;
        // Azure: on a public project anonymous callers are answered too. Listing projects proves the rest.
        let projects: Vec<Project> = self.client.pages(Endpoints::projects)?;
        let user = connection.authenticated_user;
        let login = user
            .properties
            .as_ref()
            .and_then(|properties| properties.pointer("/Account/$value"));
        let login = login.and_then(serde_json::Value::as_str).map(str::to_owned);
        let mut facts = vec![("projects".to_owned(), projects.len().to_string())];
        facts.extend(
            connection
                .deployment_type
                .map(|kind| ("deployment".to_owned(), kind)),
        );
        Ok(Account {
            name: user.provider_display_name.unwrap_or(user.id),
            login,
            facts,
        })
    }

    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError> {
        lookup::has_organisation(self)?;
        match path {
            [] => projects(self),
            [project] => plans_and_configurations(&self.within(project)),
            [project, plan] => suites_of(&self.within(project), plan),
            [project, plan, suite, ..] => cases_of_suite(&self.within(project), plan, suite),
        }
    }

    fn cases(&self, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
        lookup::cases(self, ids)
    }

    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError> {
        lookup::has_organisation(self)?;
        let mut all = Vec::new();
        for (plan, suites) in lookup::places(self)? {
            for suite in suites {
                all.extend(cases_below(self, plan.id.0, suite)?);
            }
        }
        let mut seen = HashSet::new();
        all.retain(|case| seen.insert(case.id.clone()));
        Ok(all)
    }
}

fn projects(azure: &Azure) -> Result<Vec<Node>, ServiceError> {
    let projects: Vec<Project> = azure.client.pages(Endpoints::projects)?;
    Ok(projects
        .into_iter()
        .map(|project| node(NodeKind::Project, project.id, project.name, project.state))
        .collect())
}

/// Lists the plans of a project, then its configurations.
fn plans_and_configurations(azure: &Azure) -> Result<Vec<Node>, ServiceError> {
    let plans = lookup::plans(azure)?
        .into_iter()
        .map(|plan: Plan| node(NodeKind::Plan, plan.id.0.to_string(), plan.name, plan.state));
    let configurations: Vec<Configuration> = azure.client.pages(Endpoints::configurations)?;
    let configurations = configurations.into_iter().map(configuration_node);
    Ok(plans.chain(configurations).collect())
}

fn configuration_node(configuration: Configuration) -> Node {
    let inactive = configuration
        .state
        .filter(|state| state.eq_ignore_ascii_case("inactive"));
    let default = configuration.is_default.then(|| "default".to_owned());
    let values = configuration
        .values
        .iter()
        .map(|value| format!("{} = {}", value.name, value.value));
    let notes: Vec<String> = default.into_iter().chain(inactive).chain(values).collect();
    node(
        NodeKind::Configuration,
        configuration.id.0.to_string(),
        configuration.name,
        (!notes.is_empty()).then(|| notes.join(", ")),
    )
}

fn suites_of(azure: &Azure, plan: &str) -> Result<Vec<Node>, ServiceError> {
    let plan = lookup::plan_named(azure, plan)?;
    Ok(lookup::suites(azure, plan.id.0)?
        .into_iter()
        .map(suite_node)
        .collect())
}

fn suite_node(suite: Suite) -> Node {
    let children = suite.children.into_iter().map(suite_node).collect();
    Node {
        children,
        ..node(
            NodeKind::Suite,
            suite.id.0.to_string(),
            suite.name,
            suite.kind,
        )
    }
}

fn cases_of_suite(azure: &Azure, plan: &str, suite: &str) -> Result<Vec<Node>, ServiceError> {
    let plan = lookup::plan_named(azure, plan)?;
    let suite = lookup::suite_named(azure, &plan, suite)?;
    let cases = cases_below(azure, plan.id.0, suite)?;
    Ok(cases
        .into_iter()
        .map(|case| node(NodeKind::Case, case.id.0, case.title, case.automated_name))
        .collect())
}

/// Lists the cases of a suite and of those below it; a case in several suites once.
fn cases_below(azure: &Azure, plan: u64, suite: u64) -> Result<Vec<RemoteCase>, ServiceError> {
    let cases = lookup::suite_cases(azure, plan, suite)?;
    Ok(cases.into_iter().map(remote_case).collect())
}

fn remote_case(case: SuiteCase) -> RemoteCase {
    let item = case.work_item;
    RemoteCase {
        id: CaseId(item.id.0.to_string()),
        title: item
            .field("System.Title")
            .unwrap_or_else(|| item.name.clone()),
        place: case.test_suite.map(|suite| suite.name),
        automated_name: item.field("Microsoft.VSTS.TCM.AutomatedTestName"),
        state: item.field("System.State"),
        is_test_case: true,
    }
}

fn node(kind: NodeKind, id: String, name: String, note: Option<String>) -> Node {
    Node {
        kind,
        id,
        name,
        note,
        children: Vec::new(),
    }
}
