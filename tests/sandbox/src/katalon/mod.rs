//! A stand-in of Katalon TestOps.
//!
//! It follows the vendor's API documents and what the vendor's own clients do: files go to a storage on another port, are
//! then reported to a batch, and become an execution when the batch ends. Nothing is de-duplicated. The importer reads what
//! was uploaded, so that counts are those of the files. Where the vendor is silent, [`World`] has a switch.
//!
//! It knows nothing of handin's code.

mod account;
mod catalog;
mod execution;
mod importer;
mod reply;
mod reports;
mod route;
mod search;
mod site;
mod storage;
#[cfg(test)]
mod tests;
mod view;
mod world;

use std::io;
use std::ops::Deref;

use jiff::Timestamp;
use serde_json::Value;

pub use site::Quirk;
pub use world::{Role, StorageAt, World};

use crate::fault::Effect;
use crate::http::{Head, Request, Response};
use crate::pace::Pace;
use crate::{Service, Standin};
use reply::Refusal;
use site::Site;

/// The API key that every world has.
pub const DEFAULT_TOKEN: &str = "sandbox-katalon-token";
/// The e-mail address of the account that every world has.
pub const DEFAULT_EMAIL: &str = "tester@example.com";
/// The password of that account.
pub const DEFAULT_PASSWORD: &str = "correct horse";

/// The service behind the stand-in.
#[derive(Debug)]
pub struct Katalon {
    site: Site,
    seed: Site,
}

/// A server of Katalon TestOps on loopback, until it is dropped.
#[derive(Debug)]
pub struct KatalonSandbox {
    standin: Standin<Katalon>,
}

impl KatalonSandbox {
    /// Starts a server on any free ports.
    ///
    /// # Errors
    ///
    /// Returns why no port could be opened.
    pub fn start(world: World) -> io::Result<Self> {
        Self::start_on(world, 0, 0)
    }

    /// Starts a server on two ports: that of the API, and that of the storage.
    ///
    /// # Errors
    ///
    /// Returns why a port could not be opened.
    pub fn start_on(world: World, port: u16, storage: u16) -> io::Result<Self> {
        let service = Katalon::new(world);
        let doors = [("api", port), ("storage", storage)];
        let standin = Standin::start(service, &doors)?;
        Ok(Self { standin })
    }

    /// Returns the URL of the page that shows a person what is held.
    pub fn page_url(&self) -> String {
        format!("{}/", self.standin.url())
    }

    /// Returns an API key that is always good.
    pub fn token(&self) -> &'static str {
        DEFAULT_TOKEN
    }

    /// Returns the executions with their results, as in `/__state`.
    pub fn executions(&self) -> Vec<Value> {
        let state = self.state();
        let executions = state.get("executions").and_then(Value::as_array);
        executions.cloned().unwrap_or_default()
    }

    /// Lets all upload URLs expire that were given out so far.
    pub fn expire_upload_urls(&self) {
        self.change(|service| {
            for upload in service.site.uploads.values_mut() {
                upload.expires = Timestamp::UNIX_EPOCH;
            }
        });
    }

    /// Holds twice what another server holds: as if two processes had handed it in at the same moment.
    pub fn hold_twice(&self, other: &Self) {
        let (mut batches, mut executions) = (Vec::new(), Vec::new());
        other.change(|service| {
            batches.clone_from(&service.site.batches);
            executions.extend(service.site.executions.values().cloned());
        });
        self.change(|service| {
            for _ in 0..2 {
                for (batch, execution) in batches.iter().zip(&executions) {
                    service.site.hold(batch.clone(), execution.clone());
                }
            }
        });
    }

    /// Gives what was handed in another name, and no session: as if it had been handed in under that.
    pub fn rename_batches(&self, name: &str) {
        self.change(|service| {
            for batch in &mut service.site.batches {
                name.clone_into(&mut batch.name);
            }
            for execution in service.site.executions.values_mut() {
                execution.import.session = None;
            }
        });
    }

    /// Deletes all executions, as a person may.
    pub fn delete_executions(&self) {
        self.change(|service| {
            service.site.executions.clear();
            service.site.batches.clear();
        });
    }

    /// Changes when the files of a batch are imported.
    pub fn set_pace(&self, pace: Pace) {
        self.change(|service| service.site.options.pace = pace);
    }
}

impl Deref for KatalonSandbox {
    type Target = Standin<Katalon>;

    fn deref(&self) -> &Self::Target {
        &self.standin
    }
}

impl Katalon {
    /// Returns a service that holds this world.
    pub fn new(world: World) -> Self {
        Self {
            site: world.site.clone(),
            seed: world.site,
        }
    }
}

impl Service for Katalon {
    fn name(&self) -> &'static str {
        "Katalon TestOps"
    }

    fn opened(&mut self, doors: &[(String, String)]) {
        let url = |wanted: &str| {
            let door = doors.iter().find(|(name, _)| name == wanted);
            door.map(|(_, url)| url.clone()).unwrap_or_default()
        };
        for site in [&mut self.site, &mut self.seed] {
            site.url = url("api");
            site.storage_url = url("storage");
        }
    }

    /// The search and the exchange of a password for a token only look.
    fn effect(&self, head: &Head) -> Effect {
        let parts = head.parts();
        match (head.method.as_str(), parts.as_slice()) {
            ("GET" | "HEAD" | "OPTIONS", _)
            | ("POST", ["api", "v1", "search"] | ["oauth", "token"]) => Effect::Read,
            _ => Effect::Write,
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        if storage::is_storage(request) {
            return self.site.store(request);
        }
        self.site.tick += 1;
        self.site.work();
        let answer = self.site.route(request);
        answer.unwrap_or_else(|refusal| refusal.response())
    }

    fn error(&self, status: u16, message: &str) -> Response {
        Refusal::new(status, message).response()
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
