//! Organisations, teams, projects, releases and builds: listed to the last page, found by id or exact name.

use serde::de::DeserializeOwned;

use super::super::ServiceError;
use super::api::Server;
use super::target::KatalonTarget;
use super::wire::{Id, Named, Page, Project, Team, User};
use crate::transport::{ListSize, Request, Transport, TransportError};

/// More pages than this no list has.
const MOST_PAGES: u64 = 10_000;

/// Where results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetProject {
    pub(super) project: Id,
    pub(super) name: String,
    pub(super) team: Option<Id>,
    pub(super) archived: bool,
}

/// Looks names up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directory<'a> {
    pub(super) transport: &'a Transport,
    pub(super) server: &'a Server,
}

impl Directory<'_> {
    pub(super) fn me(&self) -> Result<User, TransportError> {
        self.transport.send(self.server.me())?.json()
    }

    /// Lists the teams of an account. Organisations and teams come with the account; the list of teams is asked for where they
    /// do not.
    pub(super) fn teams(&self, me: &User) -> Result<Vec<Team>, TransportError> {
        if me.teams.is_empty() {
            self.pages(|page| self.server.teams(page))
        } else {
            Ok(me.teams.clone())
        }
    }

    pub(super) fn projects(&self, team: Option<&Id>) -> Result<Vec<Project>, TransportError> {
        self.pages(|page| self.server.projects(team, page))
    }

    pub(super) fn releases(&self, project: &Id) -> Result<Vec<Named>, TransportError> {
        self.pages(|page| self.server.search("Release", project, page))
    }

    /// Returns the place that a target names.
    pub(super) fn place(&self, target: &KatalonTarget) -> Result<TargetProject, ServiceError> {
        if let Some(project) = self.project_by_id(&target.project)? {
            return Ok(place(project));
        }
        let (team, projects) = self.candidates(target)?;
        let named = called(
            &projects,
            |project| project.name.as_deref(),
            &target.project,
        );
        let mut named = named.into_iter();
        match (named.next(), named.next()) {
            (Some(project), None) => Ok(place(project.clone())),
            (Some(_), Some(_)) => Err(ServiceError::setting(format!(
                "{} a project `{}` several times",
                if team.is_some() {
                    "the team has"
                } else {
                    "teams have"
                },
                target.project
            ))
            .hint("name the team in `katalon.team`, or give the project's id")),
            (None, _) => Err(missing(
                "project",
                &target.project,
                projects
                    .iter()
                    .filter_map(|project| project.name.as_deref()),
            )
            .hint("`handin projects katalon` lists what the account can see")),
        }
    }

    /// Returns the projects that a target's name may mean, and their team where it is named.
    fn candidates(
        &self,
        target: &KatalonTarget,
    ) -> Result<(Option<Id>, Vec<Project>), ServiceError> {
        let organization = target.organization.as_deref();
        if let Some(team) = &target.team {
            let team = self.team(organization, team)?.id;
            let projects = self.projects(Some(&team))?;
            return Ok((Some(team), projects));
        }
        let mut projects = self.projects(None)?;
        if let Some(organization) = organization {
            let teams = self.teams_of(Some(organization))?;
            projects.retain(|one| teams.iter().any(|team| Some(&team.id) == one.team()));
        }
        Ok((None, projects))
    }

    /// Returns the teams of an organisation, or all.
    fn teams_of(&self, organization: Option<&str>) -> Result<Vec<Team>, TransportError> {
        let me = self.me()?;
        let mut teams = self.teams(&me)?;
        if let Some(wanted) = organization {
            let named = me.organizations.iter();
            let own = teams.iter().filter_map(|team| team.organization.as_ref());
            let ids: Vec<Id> = named
                .chain(own)
                .filter(|one| one.id.0 == wanted || one.name.as_deref() == Some(wanted))
                .map(|one| one.id.clone())
                .collect();
            teams.retain(|team| team.organization().is_some_and(|id| ids.contains(id)));
        }
        Ok(teams)
    }

    /// Returns the team of this id or name.
    pub(super) fn team(
        &self,
        organization: Option<&str>,
        wanted: &str,
    ) -> Result<Team, ServiceError> {
        let teams = self.teams_of(organization)?;
        let found = teams.iter().find(|team| team.id.0 == wanted).or_else(|| {
            let named = called(&teams, |team| team.name.as_deref(), wanted);
            named.first().copied()
        });
        found.cloned().ok_or_else(|| {
            let names = teams.iter().filter_map(|team| team.name.as_deref());
            missing("team", wanted, names)
        })
    }

    /// Returns the id of the release that a setting names.
    pub(super) fn release(&self, project: &Id, wanted: &str) -> Result<Id, ServiceError> {
        self.named("Release", project, wanted)
    }

    /// Returns the id of the build that a setting names.
    pub(super) fn build(&self, project: &Id, wanted: &str) -> Result<Id, ServiceError> {
        self.named("Build", project, wanted)
    }

    fn named(&self, kind: &str, project: &Id, wanted: &str) -> Result<Id, ServiceError> {
        if is_number(wanted) {
            return Ok(Id(wanted.to_owned()));
        }
        let all: Vec<Named> = self.pages(|page| self.server.search(kind, project, page))?;
        all.iter()
            .find(|one| one.name.as_deref() == Some(wanted))
            .map(|one| one.id.clone())
            .ok_or_else(|| {
                let names = all.iter().filter_map(|one| one.name.as_deref());
                missing(&kind.to_lowercase(), wanted, names)
            })
    }

    fn project_by_id(&self, wanted: &str) -> Result<Option<Project>, TransportError> {
        if !is_number(wanted) {
            return Ok(None);
        }
        match self.transport.send(self.server.project(wanted)) {
            Ok(response) => response.json().map(Some),
            // It may be a name after all.
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn pages<T: DeserializeOwned>(
        &self,
        request: impl Fn(u64) -> Request,
    ) -> Result<Vec<T>, TransportError> {
        let mut all = Vec::new();
        let mut size = ListSize::default();
        for number in 0..MOST_PAGES {
            let response = self.transport.send(request(number))?;
            let page = size.read(&response, |page: &Page<T>| &page.content)?;
            let goes_on = page.goes_on(number);
            all.extend(page.content);
            if !goes_on {
                break;
            }
        }
        Ok(all)
    }
}

fn place(project: Project) -> TargetProject {
    TargetProject {
        team: project.team().cloned(),
        archived: project.status.as_deref() == Some("ARCHIVE"),
        name: project.name.unwrap_or_default(),
        project: project.id,
    }
}

/// Returns those of this very name; where there is none, those whose name is written in other cases.
fn called<'a, T>(all: &'a [T], name: impl Fn(&T) -> Option<&str>, wanted: &str) -> Vec<&'a T> {
    let exact: Vec<&T> = all.iter().filter(|one| name(one) == Some(wanted)).collect();
    if !exact.is_empty() {
        return exact;
    }
    let wanted = wanted.to_lowercase();
    let is_same = |one: &&T| name(one).is_some_and(|name| name.to_lowercase() == wanted);
    all.iter().filter(is_same).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn missing<'a>(kind: &str, wanted: &str, known: impl Iterator<Item = &'a str>) -> ServiceError {
    const SHOWN: usize = 10;
    let mut known: Vec<&str> = known.collect();
    known.sort_by_cached_key(|name| {
        strsim::damerau_levenshtein(&name.to_lowercase(), &wanted.to_lowercase())
    });
    let names: Vec<String> = known
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    let text = if names.is_empty() {
        format!("TestOps shows no {kind} to this account; `{wanted}` was asked for")
    } else {
        format!(
            "there is no {kind} `{wanted}`; there is {}",
            names.join(", ")
        )
    };
    ServiceError::setting(text)
}
