//! What the account can see, and the one thing that can be made there: a project.

use super::super::{Account, Catalog, Node, NodeKind, RemoteCase, ServiceError};
use super::Katalon;
use super::client::Directory;
use super::wire::{Id, Named, Organization, Project, Team, User};
use crate::mapping::CaseId;
use crate::services::engine::write_alone;
use crate::transport::{Delivery, TransportError};

impl Catalog for Katalon {
    fn account(&self) -> Result<Account, ServiceError> {
        let me = self.directory().me()?;
        Ok(Account {
            name: name_of(&me),
            facts: facts(&me),
            login: me.email,
        })
    }

    /// Lists organisations with their teams and their projects; below an organisation its teams, below a team its projects, below a project its
    /// releases. An organisation may be left out of the path.
    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError> {
        let directory = self.directory();
        let me = directory.me()?;
        let teams = directory.teams(&me)?;
        match path {
            [] => Ok(roots(&me, &teams, &directory.projects(None)?)),
            [first, rest @ ..] => {
                if let Some(organization) = organization(&me, &teams, first) {
                    let teams: Vec<Team> = teams
                        .into_iter()
                        .filter(|team| team.organization() == Some(&organization.id))
                        .collect();
                    return match rest {
                        [] => Ok(teams.iter().map(team_node).collect()),
                        [team, rest @ ..] => below_team(directory, &teams, team, rest),
                    };
                }
                below_team(directory, &teams, first, rest)
            }
        }
    }

    /// TestOps makes its cases from what it is handed in: there is nothing to map, and nothing to look up.
    fn cases(&self, _ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
        Ok(Vec::new())
    }

    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError> {
        Ok(Vec::new())
    }
}

impl Katalon {
    /// Makes a project in a team, where the account's role allows it, and returns it. A project of this name that is there
    /// already is returned as it is.
    ///
    /// # Errors
    ///
    /// When the team is not known, or the service refuses.
    pub fn create_project(&self, team: &str, name: &str) -> Result<Node, ServiceError> {
        let directory = self.directory();
        let team = directory.team(self.target.organization.as_deref(), team)?;
        let there = || -> Result<Option<Node>, TransportError> {
            let projects = directory.projects(Some(&team.id))?;
            let same = projects
                .iter()
                .find(|project| project.name.as_deref() == Some(name));
            Ok(same.map(project_node))
        };
        if let Some(node) = there()? {
            return Ok(Node {
                note: Some("was there already".to_owned()),
                ..node
            });
        }
        let request = self.server.create_project(&team.id, name);
        let answer = write_alone(&self.transport, "katalon.project", request);
        match answer.and_then(|response| response.json()) {
            Ok(project) => Ok(project_node(&project)),
            // Only looking tells whether it was made; where that does not work either, nobody knows.
            Err(error) if error.delivery == Delivery::Unknown => {
                there().ok().flatten().ok_or(error.into())
            }
            Err(error) if error.status() == Some(403) => Err(ServiceError::setting(format!(
                "the account may not make projects in team `{}`",
                team.name.as_deref().unwrap_or(&team.id.0)
            ))
            .hint(format!(
                "its role there is {}; an owner or administrator of the team can make `{name}`",
                team.role.as_deref().unwrap_or("not known")
            ))),
            Err(error) => Err(error.into()),
        }
    }
}

fn name_of(me: &User) -> String {
    let parts = [me.first_name.as_deref(), me.last_name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    me.full_name
        .clone()
        .filter(|name| !name.is_empty())
        .or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
        .or_else(|| me.email.clone())
        .unwrap_or_else(|| "an account without a name".to_owned())
}

fn facts(me: &User) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for organization in &me.organizations {
        facts.push(("organisation".to_owned(), described(organization)));
    }
    for team in &me.teams {
        let name = team.name.as_deref().unwrap_or(&team.id.0);
        let role = team.role.as_deref().map(str::to_lowercase);
        let role = role.map(|role| format!(" ({role})")).unwrap_or_default();
        facts.push(("team".to_owned(), format!("{name}{role}")));
    }
    facts
}

fn described(organization: &Organization) -> String {
    let mut text = organization
        .name
        .clone()
        .unwrap_or_else(|| organization.id.0.clone());
    if let Some(role) = &organization.role {
        text = format!("{text} ({})", role.to_lowercase());
    }
    if let (Some(used), Some(quota)) = (organization.used, organization.quota) {
        text = format!("{text}, {used} of {quota} test results used");
    }
    if let Some(expiry) = &organization.expiry {
        text = format!("{text}, subscribed until {expiry}");
    }
    text
}

fn roots(me: &User, teams: &[Team], projects: &[Project]) -> Vec<Node> {
    let with_projects = |team: &Team| Node {
        children: projects
            .iter()
            .filter(|project| project.team() == Some(&team.id))
            .map(project_node)
            .collect(),
        ..team_node(team)
    };
    let mut nodes: Vec<Node> = organizations(me, teams)
        .into_iter()
        .map(|organization| Node {
            kind: NodeKind::Organization,
            name: organization.name.clone().unwrap_or_default(),
            note: organization.role.as_deref().map(str::to_lowercase),
            children: teams
                .iter()
                .filter(|team| team.organization() == Some(&organization.id))
                .map(with_projects)
                .collect(),
            id: organization.id.0,
        })
        .collect();
    let homeless = teams.iter().filter(|team| team.organization().is_none());
    nodes.extend(homeless.map(with_projects));
    nodes
}

/// Returns the organisations that the account names, and those that only its teams do.
fn organizations(me: &User, teams: &[Team]) -> Vec<Organization> {
    let mut all = me.organizations.clone();
    for organization in teams.iter().filter_map(|team| team.organization.as_ref()) {
        if !all.iter().any(|known| known.id == organization.id) {
            all.push(organization.clone());
        }
    }
    all
}

fn organization(me: &User, teams: &[Team], wanted: &str) -> Option<Organization> {
    // A team of that very id or name is meant rather than an organisation: teams are what people name.
    if teams
        .iter()
        .any(|team| is(&team.id, team.name.as_deref(), wanted))
    {
        return None;
    }
    organizations(me, teams)
        .into_iter()
        .find(|one| is(&one.id, one.name.as_deref(), wanted))
}

fn below_team(
    directory: Directory<'_>,
    teams: &[Team],
    wanted: &str,
    rest: &[String],
) -> Result<Vec<Node>, ServiceError> {
    let team = teams
        .iter()
        .find(|team| is(&team.id, team.name.as_deref(), wanted));
    let Some(team) = team else {
        return below_project(directory, wanted);
    };
    let projects = directory.projects(Some(&team.id))?;
    let Some(wanted) = rest.first() else {
        return Ok(projects.iter().map(project_node).collect());
    };
    let project = projects
        .iter()
        .find(|project| is(&project.id, project.name.as_deref(), wanted))
        .ok_or_else(|| {
            let team = team.name.as_deref().unwrap_or(&team.id.0);
            ServiceError::setting(format!("team `{team}` has no project `{wanted}`"))
        })?;
    let releases = directory.releases(&project.id)?;
    Ok(releases.iter().map(release_node).collect())
}

/// Returns what is below a project that is named without its team, as `--use` takes it.
fn below_project(directory: Directory<'_>, wanted: &str) -> Result<Vec<Node>, ServiceError> {
    let mut projects = directory.projects(None)?;
    projects.retain(|project| is(&project.id, project.name.as_deref(), wanted));
    match projects.as_slice() {
        [project] => {
            let releases = directory.releases(&project.id)?;
            Ok(releases.iter().map(release_node).collect())
        }
        [_, _, ..] => Err(ServiceError::setting(format!(
            "{} projects are called `{wanted}`",
            projects.len()
        ))
        .hint("name the team before it, or the project's id")),
        [] => Err(ServiceError::setting(format!(
            "there is no organisation, team or project `{wanted}`"
        ))
        .hint("`handin projects katalon` lists what the account can see")),
    }
}

fn is(id: &Id, name: Option<&str>, wanted: &str) -> bool {
    id.0 == wanted || name == Some(wanted)
}

fn team_node(team: &Team) -> Node {
    Node {
        kind: NodeKind::Team,
        id: team.id.0.clone(),
        name: team.name.clone().unwrap_or_default(),
        note: team.role.as_deref().map(str::to_lowercase),
        children: Vec::new(),
    }
}

fn project_node(project: &Project) -> Node {
    let archived = project.status.as_deref() == Some("ARCHIVE");
    Node {
        kind: NodeKind::Project,
        id: project.id.0.clone(),
        name: project.name.clone().unwrap_or_default(),
        note: archived.then(|| "archived".to_owned()),
        children: Vec::new(),
    }
}

fn release_node(release: &Named) -> Node {
    Node {
        kind: NodeKind::Release,
        id: release.id.0.clone(),
        name: release.name.clone().unwrap_or_default(),
        note: None,
        children: Vec::new(),
    }
}
