//! A stand-in that is asked in process: no socket, no thread, one request after the other, and every fault that the socket has.

use std::time::Duration;

use crate::fault::{Effect, Fault, befall, throttled};
use crate::http::{Head, Request, Response};
use crate::service::Service;

/// A service with its doors, asked by calling it.
#[derive(Debug)]
pub struct InProcess<S> {
    service: S,
    /// The name and the URL of each door.
    doors: Vec<(String, String)>,
}

/// What a client sees of its request.
#[derive(Debug, Clone)]
pub enum Seen {
    /// This answer.
    Answer(Response),
    /// The beginning of this answer, and then the end of the connection.
    CutShort(Response),
    /// The end of the connection.
    Closed,
    /// Nothing, for so long.
    Silence(Duration),
    /// No connection.
    Refused,
}

impl<S: Service> InProcess<S> {
    /// Opens a service at these doors, given by name and URL without a slash at the end.
    pub fn new(mut service: S, doors: &[(&str, &str)]) -> Self {
        let doors: Vec<(String, String)> = doors
            .iter()
            .map(|(name, url)| ((*name).to_owned(), (*url).to_owned()))
            .collect();
        service.opened(&doors);
        Self { service, doors }
    }

    /// Returns whether a request changes something.
    pub fn effect(&self, method: &str, url: &str) -> Effect {
        self.service.effect(&self.head(method, url, Vec::new()))
    }

    /// Asks for something while a fault befalls the request.
    pub fn ask(
        &mut self,
        (method, url): (&str, &str),
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        fault: Option<Fault>,
    ) -> Seen {
        let head = self.head(method, url, headers);
        if head.door.is_empty() {
            return Seen::Refused;
        }
        let door = self.doors.iter().find(|(name, _)| *name == head.door);
        let door = door.map(|(_, url)| url.clone()).unwrap_or_default();
        let sign_in = format!("{door}/_signin");
        let request = Request { head, body };
        let service = std::cell::RefCell::new(&mut self.service);
        let answer = befall(
            fault,
            &sign_in,
            || service.borrow_mut().answer(&request),
            |status, message| service.borrow().error(status, message),
        );
        match (answer, fault) {
            (None, Some(Fault::Stall(_, duration))) => Seen::Silence(duration),
            (None, _) => Seen::Closed,
            (Some(response), Some(Fault::Truncate)) => Seen::CutShort(response),
            (Some(response), Some(Fault::Throttle(retry_after))) => {
                Seen::Answer(throttled(response, retry_after))
            }
            (Some(response), _) => Seen::Answer(response),
        }
    }

    /// Returns the service, to look at what it holds.
    pub fn service(&self) -> &S {
        &self.service
    }

    /// Returns the service, to change it behind the client's back.
    pub fn service_mut(&mut self) -> &mut S {
        &mut self.service
    }

    fn head(&self, method: &str, url: &str, headers: Vec<(String, String)>) -> Head {
        let door = self.doors.iter().find(|(_, door)| {
            url.strip_prefix(door.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        });
        let door = door.map(|(name, _)| name.clone()).unwrap_or_default();
        Head {
            door,
            ..Head::new(method, url, headers)
        }
    }
}
