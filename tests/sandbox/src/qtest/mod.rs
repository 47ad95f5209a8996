//! A stand-in of Tricentis qTest Manager.
//!
//! It follows the vendor's swagger of qTest Manager v3 and what clients of the real service were seen to rely on: names are
//! not unique, each list pages in its own way, objects are created with 200 or 201 as the swagger says, batches of logs are
//! queued and carried out later. Where the vendor is silent, [`World`] has a switch.
//!
//! It knows nothing of handin's code.

mod account;
mod batch;
mod behaviour;
mod design;
mod execution;
mod fields;
mod files;
mod logs;
mod model;
mod modules;
mod query;
mod queue;
mod render;
mod reply;
mod route;
mod search;
mod single;
mod site;
#[cfg(test)]
mod tests;
mod view;
mod world;

use std::io;
use std::ops::Deref;

use serde_json::Value;

pub use site::Quirk;
pub use world::{Seed, Unmapped, World};

use crate::pace::Pace;

use crate::fault::Effect;
use crate::http::{Head, Request, Response};
use crate::{Service, Standin};
use reply::Refusal;
use site::Site;

/// The token that every world has.
pub const DEFAULT_TOKEN: &str = "sandbox-qtest-token";

/// The service behind the stand-in.
#[derive(Debug)]
pub struct Qtest {
    site: Site,
    seed: Site,
}

/// A running stand-in of qTest Manager.
#[derive(Debug)]
pub struct QtestSandbox {
    standin: Standin<Qtest>,
    context: String,
}

impl QtestSandbox {
    /// Starts a stand-in on any free port.
    ///
    /// # Errors
    ///
    /// Returns why the port could not be opened.
    pub fn start(world: World) -> io::Result<Self> {
        Self::start_on(world, 0)
    }

    /// Starts a stand-in on a port.
    ///
    /// # Errors
    ///
    /// Returns why the port could not be opened.
    pub fn start_on(world: World, port: u16) -> io::Result<Self> {
        let context = world.site.options.context.clone();
        let service = Qtest::new(world);
        let standin = Standin::start(service, &[("api", port)])?;
        Ok(Self { standin, context })
    }

    /// Returns the site's URL, as a client is given it: with the context path, if there is one.
    pub fn url(&self) -> String {
        format!("{}{}", self.standin.url(), self.context)
    }

    /// Returns the URL of the page that shows a person what is held.
    pub fn page_url(&self) -> String {
        format!("{}/", self.standin.url())
    }

    /// Returns a token that is always good.
    pub fn token(&self) -> &'static str {
        DEFAULT_TOKEN
    }

    /// Loses so many of the next logs of batches without a word; only the totals tell.
    pub fn lose_logs(&self, logs: usize) {
        self.change(|service| service.site.orders.lose_logs = logs);
    }

    /// Lets the next batch fail with a text.
    pub fn fail_next_batch(&self, reason: &str) {
        self.change(|service| service.site.orders.fail_jobs.push(reason.to_owned()));
    }

    /// Passes links over without a word, or heeds them again.
    pub fn ignore_links(&self, ignore: bool) {
        self.change(|service| service.site.orders.ignore_links = ignore);
    }

    /// Takes all links between objects away, as a person might.
    pub fn forget_links(&self) {
        self.change(|service| {
            for project in &mut service.site.projects {
                project.links.clear();
            }
        });
    }

    /// Changes when the search finds what was made or changed.
    pub fn set_search_lag(&self, lag: Pace) {
        self.change(|service| service.site.options.search_lag = lag);
    }

    /// Changes when lists show what was made.
    pub fn set_list_lag(&self, lag: Pace) {
        self.change(|service| service.site.options.list_lag = lag);
    }

    /// Keeps only so many characters of each note.
    pub fn set_note_limit(&self, characters: Option<usize>) {
        self.change(|service| service.site.options.note_limit = characters);
    }

    /// Replaces the automation settings of all projects: which word becomes which execution status, such as 601 for Passed.
    pub fn set_mapping(&self, mapping: &[(&str, u64)]) {
        self.change(|service| {
            for project in &mut service.site.projects {
                project.mapping = mapping
                    .iter()
                    .map(|(name, id)| ((*name).to_owned(), *id))
                    .collect();
            }
        });
    }

    /// Deletes all logs, as a person might; the runs stay.
    pub fn delete_logs(&self) {
        self.change(|service| {
            for project in &mut service.site.projects {
                project.logs.clear();
                for run in project.runs.values_mut() {
                    run.logs.clear();
                }
            }
        });
    }

    /// Changes the notes of all logs, as a person or another tool might.
    pub fn change_notes(&self, change: impl Fn(&str) -> String) {
        self.change(|service| {
            for project in &mut service.site.projects {
                for log in project.logs.values_mut() {
                    log.note = change(&log.note);
                }
            }
        });
    }

    /// Changes when batches are carried out.
    pub fn set_pace(&self, pace: Pace) {
        self.change(|service| service.site.options.pace = pace);
    }

    /// Returns what is held of a kind in all projects, such as `test_logs`, `test_runs`, `test_cases`, `test_cycles`,
    /// `test_suites` or `modules`, as in `/__state`.
    pub fn held(&self, kind: &str) -> Vec<Value> {
        let state = self.state();
        let projects = state.get("projects").and_then(Value::as_array).cloned();
        projects
            .unwrap_or_default()
            .iter()
            .filter_map(|project| project.get(kind).and_then(Value::as_array).cloned())
            .flatten()
            .collect()
    }
}

impl Deref for QtestSandbox {
    type Target = Standin<Qtest>;

    fn deref(&self) -> &Self::Target {
        &self.standin
    }
}

impl Qtest {
    fn try_answer(&mut self, request: &Request) -> Result<Response, Refusal> {
        let options = &self.site.options;
        if options.has(Quirk::WithoutApi) {
            return Err(Refusal::new(402, "Your edition does not include the API"));
        }
        if options
            .body_limit
            .is_some_and(|limit| request.body.len() > limit)
        {
            return Err(Refusal::new(413, "Request Entity Too Large"));
        }
        let context: Vec<_> = options
            .context
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let parts = request.parts();
        let parts = parts.get(context.len()..).filter(|_| {
            parts
                .iter()
                .zip(&context)
                .all(|(part, wanted)| part == wanted)
        });
        let parts = parts.ok_or_else(|| Refusal::new(404, "Not Found"))?;
        self.site.route(parts, request)
    }

    /// Returns how many requests are left in the time that the quota counts; this one is counted.
    fn spend(&mut self) -> Option<Result<u32, Refusal>> {
        match self.site.options.month.as_mut() {
            Some(0) => return Some(Err(Refusal::new(429, "The monthly quota is used up"))),
            Some(left) => *left -= 1,
            None => {}
        }
        let Some((limit, within)) = self.site.options.quota else {
            return self.site.options.month.map(|_| Ok(1000));
        };
        let start = crate::time::now() - jiff::SignedDuration::try_from(within).unwrap_or_default();
        self.site.spent.retain(|time| *time > start);
        let spent = u32::try_from(self.site.spent.len()).unwrap_or(u32::MAX);
        Some(if spent >= limit {
            Err(Refusal::new(429, "Too many requests"))
        } else {
            self.site.spent.push(crate::time::now());
            Ok(limit - spent - 1)
        })
    }
}

/// Adds what the service says of its quota.
fn with_quota(response: Response, left: u32, month: Option<u32>) -> Response {
    response
        .with("x-ratelimit-remaining-minute", left.to_string())
        .with(
            "x-ratelimit-remaining-month",
            month.unwrap_or(100_000).to_string(),
        )
}

impl Qtest {
    /// Returns a service that holds this world.
    pub fn new(world: World) -> Self {
        Self {
            site: world.site.clone(),
            seed: world.site,
        }
    }
}

impl Service for Qtest {
    fn name(&self) -> &'static str {
        "qTest Manager"
    }

    fn opened(&mut self, doors: &[(String, String)]) {
        let door = doors
            .first()
            .map(|(_, url)| url.clone())
            .unwrap_or_default();
        for site in [&mut self.site, &mut self.seed] {
            site.url = format!("{door}{}", site.options.context);
        }
    }

    /// The search and the exchange of a password for a token only look.
    fn effect(&self, head: &Head) -> Effect {
        let parts = head.parts();
        match (head.method.as_str(), parts.as_slice()) {
            ("GET" | "HEAD" | "OPTIONS", _)
            | ("POST", [.., "projects", _, "search"] | [.., "oauth", "token"]) => Effect::Read,
            _ => Effect::Write,
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        let left = self.spend();
        if let Some(Err(refusal)) = left {
            return with_quota(refusal.response(), 0, self.site.options.month);
        }
        self.site.clerk.tick += 1;
        self.site.work();
        let response = self
            .try_answer(request)
            .unwrap_or_else(|refusal| refusal.response());
        if self.site.options.pace == Pace::AtOnce {
            self.site.work();
        }
        match left {
            Some(Ok(left)) => with_quota(response, left, self.site.options.month),
            _ => response,
        }
    }

    fn error(&self, status: u16, message: &str) -> Response {
        let response = Refusal::new(status, message).response();
        if status == 429 {
            with_quota(response, 0, self.site.options.month)
        } else {
            response
        }
    }

    fn behave(&mut self, wishes: &Value) -> Result<(), String> {
        behaviour::apply(&mut self.site, wishes)
    }

    fn state(&self) -> Value {
        self.site.state()
    }

    fn page(&self) -> String {
        self.site.page()
    }

    fn reset(&mut self) {
        self.site = self.seed.clone();
    }
}
