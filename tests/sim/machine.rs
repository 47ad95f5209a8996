//! What a process of a round has instead of a machine: a clock, a wire, a journal.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use handin::cli::surroundings::{JournalOpener, LockOpener, Surroundings};
use handin::journal::{Guard, JournalFile, Locks};
use handin::settings::Environment;
use handin::transport::{
    Answer, Body, Clock, Delivery, Fault, Outgoing, Problem, Random, SimulatedTime, Wire,
};
use handin_sandbox::Seen;
use handin_sandbox::http::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::sim::{Heard, Sim};
use crate::world::Call;

/// A process as the program sees its surroundings.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) sim: Arc<Sim>,
    pub(crate) me: usize,
}

/// What a process says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut paper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paper.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Place {
    /// Returns the surroundings of the process, and what it writes to.
    pub(crate) fn surroundings(
        &self,
        environment: Environment,
        seed: u64,
    ) -> (Surroundings, Paper, Paper) {
        let (out, err) = (Paper::default(), Paper::default());
        let place = self.clone();
        let journals: JournalOpener = Arc::new(move |_: &Path| {
            Ok(Box::new(Disk {
                place: place.clone(),
                at: 0,
            }))
        });
        let place = self.clone();
        let locks: LockOpener = Arc::new(move |_: &Path| {
            if place.sim.has_locks(place.me) {
                Ok(Box::new(LockTable(place.clone())))
            } else {
                Err(io::ErrorKind::Unsupported.into())
            }
        });
        let surroundings = Surroundings {
            environment,
            clock: Clock::simulated(Arc::new(self.clone())),
            random: Random::seeded(seed),
            interrupt: self.sim.interrupt(self.me),
            wire: Some(Arc::new(self.clone())),
            journals: Some(journals),
            locks: Some(locks),
            streams: Some((Box::new(out.clone()), Box::new(err.clone()))),
        };
        (surroundings, out, err)
    }
}

impl SimulatedTime for Place {
    fn now(&self) -> Instant {
        self.sim.now()
    }

    fn wall(&self) -> SystemTime {
        self.sim.wall(self.me).into()
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        self.sim.zone(self.me)
    }

    fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool) {
        if !stop() && !how_long.is_zero() {
            self.sim.wait(self.me, how_long);
        }
    }

    fn together(&self, workers: usize, work: &(dyn Fn() + Sync)) {
        self.sim.together(self.me, workers, work);
    }

    fn step_aside(&self) {
        self.sim.step_aside(self.me);
    }
}

impl Wire for Place {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        let request = outgoing.request;
        let body = body(&request.body)
            .map_err(|error| Fault::new(Problem::Setup(error.to_string()), Delivery::NotSent))?;
        let mut headers: Vec<(String, String)> = outgoing
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        headers.push(("content-length".to_owned(), body.len().to_string()));
        let call = Call {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers,
            body,
        };
        let unanswered = |problem| Err(Fault::unanswered(request.effect(), problem));
        let cut = || Problem::Cut("the connection was closed".to_owned());
        match self.sim.exchange(self.me, call, outgoing.limit) {
            Heard::TimedOut | Heard::Seen(Seen::Silence(_)) => unanswered(Problem::TimedOut),
            Heard::Seen(Seen::Refused) => Err(Fault::new(
                Problem::Connect("connection refused".to_owned()),
                Delivery::NotSent,
            )),
            Heard::Seen(Seen::Closed) => unanswered(cut()),
            Heard::Seen(Seen::Answer(response)) => Ok(answer(response, Ok)),
            Heard::Seen(Seen::CutShort(response)) => Ok(answer(response, |_| {
                Err(Fault::unanswered(request.effect(), cut()))
            })),
        }
    }
}

fn body(body: &Body) -> io::Result<Vec<u8>> {
    match body {
        Body::None => Ok(Vec::new()),
        Body::Bytes(bytes) => Ok(bytes.clone()),
        Body::Stream { open, length } => {
            let mut bytes = Vec::new();
            open()?.take(*length).read_to_end(&mut bytes)?;
            Ok(bytes)
        }
    }
}

fn answer(response: Response, body: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Fault>) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            headers.append(name, value);
        }
    }
    Answer {
        status: response.status,
        headers,
        body: body(response.body),
    }
}

/// The journal's file on the disk of a simulated machine.
struct Disk {
    place: Place,
    at: usize,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Disk").finish_non_exhaustive()
    }
}

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.at;
        let read = self.place.sim.journal(self.place.me, |bytes| {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            length
        });
        self.at += read;
        Ok(read)
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.place.sim.append(self.place.me, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.place.sim.journal(self.place.me, |bytes| bytes.len());
        let at = match to {
            SeekFrom::Start(at) => i64::try_from(at).ok(),
            SeekFrom::End(by) => i64::try_from(length).ok().map(|length| length + by),
            SeekFrom::Current(by) => i64::try_from(self.at).ok().map(|at| at + by),
        };
        let at = at.and_then(|at| usize::try_from(at).ok());
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}

impl JournalFile for Disk {
    fn lock(&mut self) -> io::Result<()> {
        self.place.sim.lock_journal(self.place.me)
    }

    fn unlock(&mut self) -> io::Result<()> {
        self.place.sim.unlock_journal(self.place.me);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The locks beside the journal of a simulated machine.
struct LockTable(Place);

impl std::fmt::Debug for LockTable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LockTable").finish_non_exhaustive()
    }
}

impl Locks for LockTable {
    fn try_take(&self, name: &str) -> io::Result<Option<Guard>> {
        let Place { sim, me } = &self.0;
        let is_ours = sim.try_lock_submission(*me, name);
        Ok(is_ours.then(|| {
            Box::new(Held {
                place: self.0.clone(),
                name: name.to_owned(),
            }) as Guard
        }))
    }
}

/// A lock that is given back, whatever becomes of its holder.
struct Held {
    place: Place,
    name: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.place.sim.unlock_submission(self.place.me, &self.name);
    }
}
