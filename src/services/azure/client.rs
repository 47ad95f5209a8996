//! The exchange with one organisation: versions and pages.

use serde::de::DeserializeOwned;
use url::Url;

use super::endpoint::Endpoints;
use super::version::{Generation, Negotiated};
use super::wire::{List, ResourceLocation};
use crate::transport::{Problem, Request, Response, Transport, TransportError};

/// Azure: the token of the next page comes in a header.
const CONTINUATION: &str = "x-ms-continuationtoken";

/// Talks to one organisation or collection.
#[derive(Debug)]
pub(super) struct Client {
    transport: Transport,
    base: Url,
    project: String,
    generation: Negotiated,
}

impl Client {
    pub(super) fn new(transport: Transport, base: Url, project: String) -> Self {
        Self {
            transport,
            base,
            project,
            generation: Negotiated::newest(),
        }
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
        let first = self.transport.send(make(&self.endpoints()));
        match first {
            Err(error) if is_about_the_version(&error) && self.renegotiate()? => {
                self.transport.send(make(&self.endpoints()))
            }
            answer => answer,
        }
    }

    /// Asks for one document.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        make: impl Fn(&Endpoints) -> Request,
    ) -> Result<T, TransportError> {
        self.exchange(make)?.json()
    }

    /// Asks for a list, all its pages.
    pub(super) fn pages<T: DeserializeOwned>(
        &self,
        make: impl Fn(&Endpoints, Option<&str>) -> Request,
    ) -> Result<Vec<T>, TransportError> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let response = self.exchange(|endpoints| make(endpoints, token.as_deref()))?;
            all.extend(response.json::<List<T>>()?.value);
            match response.header(CONTINUATION) {
                Some(next) if !next.is_empty() && token.as_deref() != Some(next) => {
                    token = Some(next.to_owned());
                }
                Some(_) | None => return Ok(all),
            }
        }
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints {
            base: self.base.clone(),
            project: self.project.clone(),
            generation: self.generation.current(),
        }
    }

    /// Asks the server for its versions. Tells whether another one than before is in use now.
    fn renegotiate(&self) -> Result<bool, TransportError> {
        let before = self.generation.current();
        let list: List<ResourceLocation> =
            self.transport.send(self.endpoints().resources())?.json()?;
        match Generation::from_resources(&list.value) {
            Some(generation) if generation < before => {
                self.generation.settle(generation);
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }
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
