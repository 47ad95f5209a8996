//! Who asks, and what there is for them: tokens, the profile, organisations, teams, projects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::importer::Status;
use super::reply::{Answer, Pageable, Refusal, body, loose, ok, text};
use super::site::{Organization, Project, Quirk, Site, Team, Token, User, put};
use super::world::Role;
use crate::http::{Request, Response, pairs};

/// The clients that may exchange a password for a token.
const CLIENTS: [&str; 2] = ["kit_uploader:kit_uploader", "kit:kit"];

impl Site {
    /// Returns the account of a request: an API key with an empty user, an e-mail with key or password, or a token.
    pub(crate) fn caller(&self, request: &Request) -> Result<User, Refusal> {
        let refused = || {
            Refusal::new(
                401,
                "Full authentication is required to access this resource",
            )
        };
        let header = request.header("authorization").ok_or_else(refused)?;
        let (scheme, value) = header.split_once(' ').ok_or_else(refused)?;
        let user = if scheme.eq_ignore_ascii_case("bearer") {
            let token = self.tokens.iter().find(|token| token.value == value.trim());
            token.and_then(|token| self.user(token.user))
        } else if scheme.eq_ignore_ascii_case("basic") && !self.has(Quirk::OauthOnly) {
            let pair = decode(value).ok_or_else(refused)?;
            let (name, secret) = pair.split_once(':').ok_or_else(refused)?;
            self.account(name, secret)
        } else {
            None
        };
        user.cloned().ok_or_else(refused)
    }

    fn account(&self, name: &str, secret: &str) -> Option<&User> {
        self.users.iter().find(|user| {
            let by_key = user.key == secret && (name.is_empty() || user.email == name);
            by_key || (user.email == name && user.password == secret)
        })
    }

    pub(crate) fn token(&mut self, request: &Request) -> Answer {
        let client = request
            .header("authorization")
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, value)| decode(value));
        if !client.is_some_and(|client| CLIENTS.contains(&client.as_str())) {
            return Ok(oauth_error(401, "unauthorized", "Bad client credentials"));
        }
        let form = pairs(&request.text());
        let field = |name: &str| {
            let found = form.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let user = match field("grant_type").as_str() {
            "password" => self
                .account(&field("username"), &field("password"))
                .map(|user| user.id),
            "refresh_token" => {
                let refresh = field("refresh_token");
                let token = self.tokens.iter().find(|token| token.refresh == refresh);
                token.map(|token| token.user)
            }
            _ => {
                return Ok(oauth_error(
                    400,
                    "unsupported_grant_type",
                    "Unsupported grant type",
                ));
            }
        };
        let Some(user) = user else {
            return Ok(oauth_error(400, "invalid_grant", "Bad credentials"));
        };
        let number = self.number();
        let token = Token {
            value: format!("katalon-access-{number}"),
            refresh: format!("katalon-refresh-{number}"),
            user,
        };
        let answer = json!({
            "access_token": token.value, "token_type": "bearer", "refresh_token": token.refresh,
            "expires_in": 43_199, "scope": "read write",
        });
        self.tokens.push(token);
        ok(&answer)
    }

    pub(crate) fn me(&self, user: &User) -> Answer {
        ok(&json!({
            "id": user.id,
            "email": user.email,
            "firstName": "Terry",
            "lastName": "Tester",
            "fullName": "Terry Tester",
            "systemRole": "USER",
            "businessUser": true,
            "samlSSO": false,
            "organizations": self.organizations.iter().map(organization_json).collect::<Vec<_>>(),
            "teams": self.teams.iter().map(|team| self.team_json(team)).collect::<Vec<_>>(),
            "projects": self.projects.iter().map(|project| self.project_json(project)).collect::<Vec<_>>(),
        }))
    }

    pub(crate) fn show_organization(&self, id: u64) -> Answer {
        let found = self
            .organizations
            .iter()
            .find(|organization| organization.id == id);
        ok(&organization_json(
            found.ok_or_else(|| Refusal::gone("Organization"))?,
        ))
    }

    pub(crate) fn list_teams(&self, request: &Request) -> Answer {
        let teams = self.teams.iter().map(|team| self.team_json(team)).collect();
        ok(&Pageable::read(request)?.page(teams))
    }

    pub(crate) fn show_team(&self, id: u64) -> Answer {
        ok(&self.team_json(self.team(id).ok_or_else(|| Refusal::gone("Team"))?))
    }

    pub(crate) fn list_projects(&self, request: &Request) -> Answer {
        let team = super::reply::number_or(request, "teamId", 0)?;
        let projects = self
            .projects
            .iter()
            .filter(|project| team == 0 || project.team == team);
        let projects = projects.map(|project| self.project_json(project)).collect();
        ok(&Pageable::read(request)?.page(projects))
    }

    pub(crate) fn platform_projects(&self) -> Answer {
        let projects = self.projects.iter().map(|project| {
            let mut value = self.project_json(project);
            let organization = self.team(project.team).map(|team| team.organization);
            put(&mut value, "organizationId", json!(organization));
            put(&mut value, "gitRepositories", json!([]));
            value
        });
        ok(&projects.collect())
    }

    pub(crate) fn show_project(&self, id: u64) -> Answer {
        ok(&self.project_json(self.project(id).ok_or_else(|| Refusal::gone("Project"))?))
    }

    pub(crate) fn create_project(&mut self, request: &Request) -> Answer {
        let body = body(request)?;
        let name = text(&body, "name").filter(|name| !name.trim().is_empty());
        let name = name
            .ok_or_else(|| Refusal::bad("name must not be empty"))?
            .to_owned();
        let team = loose(&body, "teamId").ok_or_else(|| Refusal::bad("teamId must not be null"))?;
        let role = self.team(team).ok_or_else(|| Refusal::gone("Team"))?.role;
        if role == Role::User {
            return Err(Refusal::new(403, "Access is denied"));
        }
        let project = Project {
            id: self.number(),
            name,
            team,
            archived: false,
            orders: 0,
        };
        let answer = self.project_json(&project);
        self.projects.push(project);
        ok(&answer)
    }

    pub(crate) fn team_json(&self, team: &Team) -> Value {
        let organization = self
            .organizations
            .iter()
            .find(|it| it.id == team.organization);
        let mut value = json!({ "id": team.id, "name": team.name, "role": team.role.label(), "organizationId": team.organization });
        if let Some(organization) = organization {
            put(&mut value, "organization", organization_json(organization));
        }
        value
    }

    pub(crate) fn project_json(&self, project: &Project) -> Value {
        let mut value = json!({
            "id": project.id,
            "name": project.name,
            "teamId": project.team,
            "timezone": "UTC",
            "status": if project.archived { "ARCHIVE" } else { "ACTIVE" },
        });
        if let Some(team) = self.team(project.team) {
            put(&mut value, "team", self.team_json(team));
        }
        value
    }

    /// Returns a project that takes uploads; refuses those that do not.
    pub(crate) fn open_project(&self, id: u64) -> Result<&Project, Refusal> {
        // A project that one may not see and one that is not there look alike.
        let project = self
            .project(id)
            .ok_or_else(|| Refusal::new(403, "Access is denied"))?;
        if project.archived {
            return Err(Refusal::new(403, "The project has been archived"));
        }
        if let Some((status, message)) = &self.options.refuse_uploads {
            return Err(Refusal::new(*status, message));
        }
        if self.options.quota.is_some_and(|quota| self.used() >= quota) {
            return Err(Refusal::new(
                403,
                "You have exceeded your quota of test results",
            ));
        }
        Ok(project)
    }

    fn used(&self) -> usize {
        let results = self
            .executions
            .values()
            .flat_map(|execution| &execution.import.results);
        results
            .filter(|result| result.status != Status::Skipped)
            .count()
    }
}

fn organization_json(organization: &Organization) -> Value {
    json!({ "id": organization.id, "name": organization.name, "role": "ADMIN", "testOpsFeature": "TESTOPS_ENTERPRISE", "tier": "ENTERPRISE" })
}

fn oauth_error(status: u16, error: &str, description: &str) -> Response {
    Response::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

fn decode(value: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
}
