//! The tree of a site, for `handin projects`: projects; below one its releases, cycles, suites and modules; below a module its cases.

use super::api::Parent;
use super::client::{Client, ProjectClient};
use super::wire::{Case, Cycle, Module, Project, Release, Suite};
use crate::services::{Node, NodeKind, ServiceError};

/// Lists what is below a place.
pub(super) fn children(client: &Client, path: &[String]) -> Result<Vec<Node>, ServiceError> {
    let Some((project, rest)) = path.split_first() else {
        return Ok(client.projects()?.iter().map(of_project).collect());
    };
    let project = project_named(client, project)?;
    let project = ProjectClient::new(client.clone(), project.id);
    let mut nodes = of_root(&project)?;
    for part in rest {
        nodes = below(&project, &nodes, part)?;
    }
    Ok(nodes)
}

/// Returns the project with this id or exact name.
pub(super) fn project_named(client: &Client, wanted: &str) -> Result<Project, ServiceError> {
    if !wanted.is_empty() && wanted.chars().all(|c| c.is_ascii_digit()) {
        let id = wanted.parse().map_err(|_| missing_project(wanted))?;
        return match ProjectClient::new(client.clone(), id).itself() {
            Ok(project) => Ok(project),
            Err(error) if matches!(error.status(), Some(400 | 403 | 404)) => {
                Err(missing_project(wanted))
            }
            Err(error) => Err(error.into()),
        };
    }
    let mut named: Vec<Project> = client
        .projects()?
        .into_iter()
        .filter(|project| project.name == wanted)
        .collect();
    let found = named.pop().ok_or_else(|| missing_project(wanted))?;
    if !named.is_empty() {
        return Err(
            ServiceError::setting(format!("several projects are called `{wanted}`"))
                .hint("put the project's id into `qtest.project`"),
        );
    }
    if found.automation.is_none() {
        return Ok(ProjectClient::new(client.clone(), found.id).itself()?);
    }
    Ok(found)
}

fn missing_project(wanted: &str) -> ServiceError {
    ServiceError::setting(format!(
        "there is no project `{wanted}`, or this account does not belong to it"
    ))
    .hint("`handin projects qtest` lists the projects of the account")
}

fn of_root(project: &ProjectClient) -> Result<Vec<Node>, ServiceError> {
    let mut nodes: Vec<Node> = project.releases()?.iter().map(of_release).collect();
    nodes.extend(in_container(project, Parent::Root)?);
    nodes.extend(project.modules(None)?.iter().map(of_module));
    Ok(nodes)
}

fn in_container(project: &ProjectClient, parent: Parent) -> Result<Vec<Node>, ServiceError> {
    let mut nodes: Vec<Node> = project.cycles(parent)?.iter().map(of_cycle).collect();
    nodes.extend(project.suites(parent)?.iter().map(of_suite));
    Ok(nodes)
}

fn below(project: &ProjectClient, nodes: &[Node], part: &str) -> Result<Vec<Node>, ServiceError> {
    let named =
        |node: &&Node| node.id == part || node.name == part || node.note.as_deref() == Some(part);
    let Some(node) = nodes.iter().find(named) else {
        return Err(ServiceError::setting(format!("there is no `{part}` here"))
            .hint("each part of the path is an id or an exact name"));
    };
    let id = node.id.parse().unwrap_or_default();
    match node.kind {
        NodeKind::Release => in_container(project, Parent::Release(id)),
        NodeKind::Cycle => in_container(project, Parent::Cycle(id)),
        NodeKind::Module => {
            let cases = project.cases_in(id)?;
            let modules = node.children.iter().cloned();
            Ok(modules.chain(cases.iter().map(of_case)).collect())
        }
        NodeKind::Suite
        | NodeKind::Organization
        | NodeKind::Team
        | NodeKind::Project
        | NodeKind::Plan
        | NodeKind::Configuration
        | NodeKind::Case
        | NodeKind::Result
        | NodeKind::Run => Ok(node.children.clone()),
    }
}

fn node(
    kind: NodeKind,
    (id, name): (u64, &str),
    note: Option<String>,
    children: Vec<Node>,
) -> Node {
    Node {
        kind,
        id: id.to_string(),
        name: name.to_owned(),
        note,
        children,
    }
}

fn of_project(project: &Project) -> Node {
    let note = match project.automation {
        Some(true) => Some("automation on".to_owned()),
        Some(false) => Some("automation off".to_owned()),
        None => None,
    };
    node(
        NodeKind::Project,
        (project.id, &project.name),
        note,
        Vec::new(),
    )
}

fn of_release(release: &Release) -> Node {
    node(
        NodeKind::Release,
        (release.id, &release.name),
        release.pid.clone(),
        Vec::new(),
    )
}

fn of_cycle(cycle: &Cycle) -> Node {
    let below = cycle
        .cycles
        .iter()
        .map(of_cycle)
        .chain(cycle.suites.iter().map(of_suite))
        .collect();
    node(
        NodeKind::Cycle,
        (cycle.id, &cycle.name),
        cycle.pid.clone(),
        below,
    )
}

fn of_suite(suite: &Suite) -> Node {
    node(
        NodeKind::Suite,
        (suite.id, &suite.name),
        suite.pid.clone(),
        Vec::new(),
    )
}

fn of_case(case: &Case) -> Node {
    node(
        NodeKind::Case,
        (case.id, &case.name),
        case.pid.clone(),
        Vec::new(),
    )
}

fn of_module(module: &Module) -> Node {
    node(
        NodeKind::Module,
        (module.id, &module.name),
        module.pid.clone(),
        module.children.iter().map(of_module).collect(),
    )
}
