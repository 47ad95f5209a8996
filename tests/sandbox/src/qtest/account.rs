//! Who asks: version, tokens, profile, projects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::model::Project;
use super::render::put;
use super::reply::{Answer, Refusal, number, ok, says, slice};
use super::site::{Site, Token, User};
use crate::http::{Request, Response, pairs};

/// The client that may exchange a refresh token (swagger: `/oauth/token`).
const REFRESH_CLIENT: &str = "qtest-api:";

/// The kinds of objects a profile tells the rights of.
const KINDS: [(&str, &str); 8] = [
    ("module", "modules"),
    ("test_case", "test-cases"),
    ("test_cycle", "test-cycles"),
    ("test_suite", "test-suites"),
    ("test_run", "test-runs"),
    ("release", "releases"),
    ("build", "builds"),
    ("requirement", "requirements"),
];

impl Site {
    /// Returns the account that a request's bearer token belongs to.
    pub(crate) fn caller(&self, request: &Request) -> Result<User, Refusal> {
        let refused = || Refusal::new(401, "Unauthorized");
        let token = self.bearer(request).ok_or_else(refused)?;
        if token.expires.is_some_and(|end| end <= crate::time::now()) {
            return Err(refused());
        }
        self.user(token.user).cloned().ok_or_else(refused)
    }

    fn bearer(&self, request: &Request) -> Option<&Token> {
        let (scheme, value) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        self.tokens.iter().find(|token| token.value == value.trim())
    }

    pub(crate) fn token(&mut self, request: &Request) -> Answer {
        let basic = basic(request)
            .ok_or_else(|| oauth_error(401, "unauthorized", "Full authentication is required"));
        let basic = match basic {
            Ok(basic) => basic,
            Err(response) => return Ok(response),
        };
        // The vendor's Jenkins plugin puts the grant into the query, others into the body.
        let mut form = pairs(&request.text());
        form.extend(request.query.iter().cloned());
        let field = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let user = match field("grant_type").as_str() {
            // The vendor's samples put the site, the user or a constant before the colon: it is not checked.
            "password" => self
                .users
                .iter()
                .find(|user| user.name == field("username") && user.password == field("password"))
                .map(|user| user.id),
            "refresh_token" if basic == REFRESH_CLIENT => self
                .tokens
                .iter()
                .find(|token| token.refresh == field("refresh_token"))
                .map(|token| token.user),
            "refresh_token" => {
                return Ok(oauth_error(401, "unauthorized", "Bad client credentials"));
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
        let token = self.give_token(user);
        ok(&token)
    }

    fn give_token(&mut self, user: u64) -> Value {
        let number = self.clerk.number();
        let life = self
            .options
            .token_life
            .unwrap_or(SignedDuration::from_hours(24 * 7));
        let token = Token {
            value: format!("given-{number}"),
            refresh: format!("refresh-{number}"),
            user,
            expires: crate::time::now().checked_add(life).ok(),
        };
        let value = json!({
            "access_token": token.value,
            "token_type": "bearer",
            "refresh_token": token.refresh,
            "scope": "read+write+trust",
            "agent": "",
            "expires_in": life.as_secs(),
        });
        self.tokens.push(token);
        value
    }

    pub(crate) fn token_status(&self, request: &Request) -> Answer {
        let user = self.caller(request)?;
        let token = self.bearer(request).filter(|token| token.user == user.id);
        let expires = token.and_then(|token| token.expires);
        // A token from the web page does not expire: the service tells a time far away.
        let end = expires.unwrap_or(crate::time::now() + SignedDuration::from_hours(24 * 365 * 10));
        let left = end.as_millisecond() - crate::time::now().as_millisecond();
        ok(&json!({ "expiration": end.as_millisecond(), "validityInMilliseconds": left }))
    }

    pub(crate) fn who(&self, user: &User) -> Answer {
        ok(&json!({
            "links": [],
            "id": user.id,
            "user_name": user.name,
            "first_name": user.first,
            "last_name": user.last,
            "client_id": 2,
            "client_name": "Stand-in",
            "client_site": self.url,
            "client_site_name": "standin",
            "timezone_offset": "GMT",
            "access_admin_page": user.admin,
            "package_type": "Enterprise",
            "applications": [],
        }))
    }

    pub(crate) fn profile(&self, user: &User, project: u64) -> Answer {
        if !self.projects.iter().any(|known| known.id == project) {
            return Err(Refusal::new(404, "Project does not exist"));
        }
        ok(&self.profile_json(user, project))
    }

    fn profile_json(&self, user: &User, project: u64) -> Value {
        let mut profile = json!({ "user_id": user.id, "project_id": project });
        for (name, kind) in KINDS {
            let may = !self
                .options
                .forbidden
                .iter()
                .any(|forbidden| forbidden == kind);
            let mut rights = Map::new();
            for right in ["create", "edit", "delete"] {
                rights.insert(right.to_owned(), json!(may));
            }
            rights.insert("view".to_owned(), json!(true));
            if kind == "test-runs" {
                rights.insert("execute".to_owned(), json!(may));
            }
            if kind == "test-cases" {
                rights.insert("approve".to_owned(), json!(may));
            }
            put(&mut profile, name, Value::Object(rights));
        }
        put(
            &mut profile,
            "project_setting",
            json!({ "manage": user.admin }),
        );
        profile
    }

    /// All projects unless a page is asked for; the total stands in a header.
    pub(crate) fn list_projects(&self, request: &Request, user: &User) -> Answer {
        let size = number(request, "pageSize", 100)?;
        if size == 0 || size > 999 {
            return Err(Refusal::bad("'pageSize' must be from 1 to 999"));
        }
        let mut projects: Vec<_> = self
            .projects
            .iter()
            .map(|project| self.project_json(project, request, user))
            .collect();
        let total = projects.len();
        let mut link = String::new();
        if request.query("page").is_some() || request.query("pageSize").is_some() {
            let page = number(request, "page", 1)?.max(1);
            if page * size < total as u64 {
                link = format!(
                    "<{}/api/v3/projects?page={}&pageSize={size}>; rel=\"next\"",
                    self.url,
                    page + 1
                );
            }
            projects = slice(projects, page, size);
        }
        let response =
            Response::json(200, &json!(projects)).with("X-Item-Total", total.to_string());
        Ok(if link.is_empty() {
            response
        } else {
            response.with("Link", link)
        })
    }

    pub(crate) fn show_project(&self, id: u64, request: &Request, user: &User) -> Answer {
        let project = self
            .projects
            .iter()
            .find(|project| project.id == id)
            .ok_or_else(|| Refusal::new(404, "Project does not exist"))?;
        ok(&self.project_json(project, request, user))
    }

    fn project_json(&self, project: &Project, request: &Request, user: &User) -> Value {
        let mut value = json!({
            "links": [],
            "id": project.id,
            "name": project.name,
            "description": project.description,
            "status_id": 1,
            "start_date": "2026-01-05T00:00:00+00:00",
            "admins": [],
            "sample": false,
            "x_explorer_access_level": 0,
            "date_format": "MM/dd/yyyy",
            "automation": project.automation,
            "template_id": 1,
            "uuid": format!("00000000-0000-4000-8000-{:012}", project.id),
        });
        if says(request, "expand", "userprofile") {
            put(
                &mut value,
                "user_profile",
                self.profile_json(user, project.id),
            );
        }
        value
    }
}

fn oauth_error(status: u16, error: &str, description: &str) -> Response {
    Response::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

/// Returns what a Basic header holds, if it holds a colon.
fn basic(request: &Request) -> Option<String> {
    let (scheme, value) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    text.contains(':').then_some(text)
}
