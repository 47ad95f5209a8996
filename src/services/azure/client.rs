//! The exchange with one organisation: versions and pages.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::api::Endpoints;
use super::scope;
use super::version::{Generation, Negotiated, Versions};
use super::wire::{List, ResourceLocation};
use crate::services::engine::{Write, WriteError, Writer};
use crate::transport::{
    Clock, ListSize, Problem, Request, Response, Transport, TransportError, WriteRequest,
};

/// Azure: the token of the next page comes in a header.
const CONTINUATION: &str = "x-ms-continuationtoken";

/// Talks to one organisation or collection.
#[derive(Debug)]
pub(super) struct Client {
    transport: Transport,
    base: Url,
    project: String,
    versions: Negotiated,
    /// What the service's clock showed, and when that was.
    heard: Arc<Mutex<Option<(Timestamp, Instant)>>>,
}

/// An answer may be this old when it is heard. Whoever says less than that was late was on the way; whoever says more goes by another clock.
const SLOW: SignedDuration = SignedDuration::from_mins(30);

impl Client {
    pub(super) fn new(transport: Transport, base: Url, project: String) -> Self {
        Self {
            transport,
            base,
            project,
            versions: Negotiated::newest(),
            heard: Arc::default(),
        }
    }

    /// Returns the exchange with another project of the same organisation.
    pub(super) fn within(&self, project: &str) -> Self {
        Self {
            transport: self.transport.clone(),
            base: self.base.clone(),
            project: project.to_owned(),
            versions: self.versions.clone(),
            heard: Arc::clone(&self.heard),
        }
    }

    /// Returns the same exchange, which refuses every write.
    #[cfg(test)]
    pub(super) fn read_only(&self) -> Self {
        Self {
            transport: self.transport.read_only(),
            ..self.within(&self.project)
        }
    }

    /// Returns the generation of the server, as far as it is known: before the first answer it is the newest.
    pub(super) fn generation(&self) -> Generation {
        self.versions.current().generation
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// Sends what `make` makes for the server's generation; where the server refuses the version, asks it which it has, once.
    ///
    /// Safe for writes too: a request refused for its version was not carried out.
    pub(super) fn exchange(
        &self,
        make: impl Fn(&Endpoints) -> Request,
    ) -> Result<Response, TransportError> {
        match self.send(make(&self.endpoints())) {
            Err(error) if is_about_the_version(&error) && self.renegotiate()? => {
                self.send(make(&self.endpoints()))
            }
            answer => answer,
        }
    }

    /// Sends a write that is recorded; where the server refuses the version, asks it which it has, once.
    pub(super) fn write(
        &self,
        writer: &Writer<'_>,
        write: Write<'_>,
        make: impl Fn(&Endpoints) -> WriteRequest,
    ) -> Result<(), WriteError> {
        let once = || {
            let request = make(&self.endpoints());
            let scope = scope::needed(&request);
            let answer = writer.perform(write, request, |answer| {
                self.hear(answer);
                Ok(((), Value::Null))
            });
            answer.map_err(|error| match (error, scope) {
                (WriteError::Transport(error), Some(scope)) => {
                    WriteError::Transport(scope::told(error, scope))
                }
                (error, _) => error,
            })
        };
        match once() {
            Err(WriteError::Transport(error))
                if is_about_the_version(&error)
                    && self.renegotiate().map_err(WriteError::Transport)? =>
            {
                once()
            }
            answer => answer,
        }
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Returns the clock of this machine.
    pub(super) fn clock(&self) -> &Clock {
        self.transport.clock()
    }

    /// Returns the time by the service's clock, as its answers told it; by that of this machine before it has said any.
    ///
    /// A machine's own clock may be days off, and may jump: what was heard is carried on by one that never does.
    pub(super) fn now(&self) -> Timestamp {
        self.heard_now().unwrap_or_else(|| self.clock().timestamp())
    }

    /// Returns the time by the service's clock, where it has said it.
    pub(super) fn heard_now(&self) -> Option<Timestamp> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (date, at) = (*heard)?;
        date.checked_add(self.clock().since(at)).ok()
    }

    /// Records the server's clock from `Date`. A slow answer gives it too early, so the later time counts.
    fn hear(&self, response: &Response) {
        let date = response.header("date").and_then(read_date);
        let known = self.heard_now();
        let is_late = |date: &Timestamp| {
            known.is_some_and(|known| known > *date && known.duration_since(*date) < SLOW)
        };
        if let Some(date) = date.filter(|date| !is_late(date)) {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            *heard = Some((date, self.clock().now()));
        }
    }

    /// Sends a request. A refusal for want of rights names the scope that the token needs.
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        let scope = scope::needed(&request);
        let answer = self
            .transport
            .send(request)
            .inspect(|response| self.hear(response));
        answer.map_err(|error| match scope {
            Some(scope) => scope::told(error, scope),
            None => error,
        })
    }

    /// Asks for one document.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        make: impl Fn(&Endpoints) -> Request,
    ) -> Result<T, TransportError> {
        self.exchange(make)?.json()
    }

    /// Asks for a page of a list.
    pub(super) fn counted<T: DeserializeOwned>(
        &self,
        size: &mut ListSize,
        make: impl Fn(&Endpoints) -> Request,
    ) -> Result<List<T>, TransportError> {
        size.read(&self.exchange(make)?, |page: &List<T>| &page.value)
    }

    /// Asks for a list, all its pages.
    pub(super) fn pages<T: DeserializeOwned>(
        &self,
        make: impl Fn(&Endpoints, Option<&str>) -> Request,
    ) -> Result<Vec<T>, TransportError> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        let mut size = ListSize::default();
        loop {
            let (page, next) = self.page(&make, token.as_deref(), &mut size)?;
            all.extend(page);
            match next {
                Some(next) => token = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// Asks for one page of a list. Also returns the token of the next, where there is one.
    pub(super) fn page<T: DeserializeOwned>(
        &self,
        make: impl Fn(&Endpoints, Option<&str>) -> Request,
        token: Option<&str>,
        size: &mut ListSize,
    ) -> Result<(Vec<T>, Option<String>), TransportError> {
        let response = self.exchange(|endpoints| make(endpoints, token))?;
        let page = size.read(&response, |page: &List<T>| &page.value)?.value;
        let next = response
            .header(CONTINUATION)
            .filter(|next| !next.is_empty() && token != Some(*next));
        Ok((page, next.map(str::to_owned)))
    }

    /// Returns the endpoints, in the versions that the server is known to take.
    pub(super) fn endpoints(&self) -> Endpoints {
        Endpoints {
            base: self.base.clone(),
            project: self.project.clone(),
            versions: self.versions.current(),
        }
    }

    /// Asks the server for its versions. Tells whether another one than before is in use now.
    fn renegotiate(&self) -> Result<bool, TransportError> {
        let mut locations: Vec<ResourceLocation> = Vec::new();
        for area in ["test", "testplan"] {
            let list: List<ResourceLocation> =
                self.send(self.endpoints().resources(area))?.json()?;
            locations.extend(list.value);
        }
        Ok(Versions::described(&locations).is_some_and(|versions| self.versions.settle(versions)))
    }
}

fn read_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// Azure: a version that the server does not have, or has as a preview only, is refused with 400 and one of these names.
fn is_about_the_version(error: &TransportError) -> bool {
    let Problem::Status {
        status: 400,
        code,
        message,
        ..
    } = &error.problem
    else {
        return false;
    };
    let code = code.as_deref().unwrap_or_default();
    [
        "VssVersionOutOfRange",
        "VssInvalidPreviewVersion",
        "VssVersionNotSpecified",
    ]
    .iter()
    .any(|name| code.contains(name))
        || message.contains("-preview flag must be supplied")
        || message.contains("api-version")
}
