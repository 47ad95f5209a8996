//! A running stand-in: its doors, its service, its script of faults and its log.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::connection;
use crate::exchange::{Exchange, Log};
use crate::fault::{Fault, Faults, Rule, When};
use crate::gate::Gate;
use crate::http::Head;
use crate::lock::lock;
use crate::service::Service;

/// What becomes of a request after a hook has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on as usual.
    GoOn,
    /// Close the connection; before the commit this means that the request is not carried out.
    Close,
}

/// A moment in a request's life at which a hook is called.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The request's number in the log, counted from 1.
    pub number: usize,
    /// Its number among the writes, counted from 1; `None` for a read.
    pub write: Option<usize>,
    /// Before it is carried out, or after that and before the answer is sent.
    pub when: When,
    /// The request line and headers.
    pub head: &'a Head,
}

pub(crate) type Hook = Arc<dyn Fn(&Moment<'_>) -> Next + Send + Sync>;

/// All that the threads of a stand-in share.
pub(crate) struct Shared<S> {
    pub(crate) service: Mutex<S>,
    pub(crate) faults: Faults,
    pub(crate) log: Mutex<Log>,
    pub(crate) hook: Mutex<Option<Hook>>,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) peak: AtomicUsize,
}

impl<S: Service> Shared<S> {
    pub(crate) fn reset(&self) {
        lock(&self.service).reset();
        self.faults.clear();
        lock(&self.log).clear();
        self.peak.store(0, Ordering::SeqCst);
    }
}

/// A stand-in that listens on the loopback interface until it is dropped.
pub struct Standin<S> {
    shared: Arc<Shared<S>>,
    gates: Vec<Arc<Gate>>,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Service> Standin<S> {
    /// Opens one port for each door, given by name and number (0 for any that is free), and starts to answer.
    ///
    /// # Errors
    ///
    /// Returns why a port could not be opened.
    pub fn start(mut service: S, doors: &[(&str, u16)]) -> io::Result<Self> {
        let opened = doors
            .iter()
            .map(|(name, port)| Gate::open(name, *port))
            .collect::<io::Result<Vec<_>>>()?;
        let urls: Vec<_> = opened
            .iter()
            .map(|(gate, _)| (gate.name.clone(), url(gate)))
            .collect();
        service.opened(&urls);
        let shared = Arc::new(Shared {
            service: Mutex::new(service),
            faults: Faults::default(),
            log: Mutex::default(),
            hook: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        });
        let (mut gates, mut threads) = (Vec::new(), Vec::new());
        for (index, (gate, listener)) in opened.into_iter().enumerate() {
            let gate = Arc::new(gate);
            let (shared, inner) = (Arc::clone(&shared), Arc::clone(&gate));
            let accept = move || {
                inner.run(listener, |number, stream| {
                    connection::spawn(
                        &shared,
                        &inner,
                        connection::Link {
                            number,
                            stream,
                            main: index == 0,
                        },
                    );
                });
            };
            threads.push(
                std::thread::Builder::new()
                    .name(format!("door {}", gate.name))
                    .spawn(accept)?,
            );
            gates.push(gate);
        }
        Ok(Self {
            shared,
            gates,
            threads,
        })
    }

    /// Returns the first door's URL, without a slash at the end.
    pub fn url(&self) -> String {
        self.gates.first().map(|gate| url(gate)).unwrap_or_default()
    }

    /// Returns a door's URL, without a slash at the end.
    pub fn url_of(&self, door: &str) -> Option<String> {
        self.gates
            .iter()
            .find(|gate| gate.name == door)
            .map(|gate| url(gate))
    }

    /// Looks at what the service holds.
    pub fn look<T>(&self, look: impl FnOnce(&S) -> T) -> T {
        look(&lock(&self.shared.service))
    }

    /// Changes what the service holds, behind the client's back.
    pub fn change<T>(&self, change: impl FnOnce(&mut S) -> T) -> T {
        change(&mut lock(&self.shared.service))
    }

    /// Returns all that the service holds as JSON.
    pub fn state(&self) -> Value {
        self.look(Service::state)
    }

    /// Returns the script of faults, which may be changed at any time.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Returns what was asked so far.
    pub fn requests(&self) -> Vec<Exchange> {
        lock(&self.shared.log).entries()
    }

    /// Returns how many requests were under way at once, at most.
    pub fn peak_in_flight(&self) -> usize {
        self.shared.peak.load(Ordering::SeqCst)
    }

    /// Calls a function before each request is carried out, and after that before it is answered.
    pub fn on_request(&self, hook: impl Fn(&Moment<'_>) -> Next + Send + Sync + 'static) {
        *lock(&self.shared.hook) = Some(Arc::new(hook));
    }

    /// Refuses connections at all doors for so long, and ends the connections there are.
    pub fn refuse_for(&self, duration: Duration) {
        for gate in &self.gates {
            gate.shut(duration, None);
        }
    }

    /// Refuses the connection of the request with this number in the log, and all others for so long.
    ///
    /// A refused connection carries no request to match on, so the number must be known: from the log of a run without
    /// faults. The door shuts when the request before it has been carried out.
    pub fn refuse_request(&self, number: usize, duration: Duration) {
        if number <= lock(&self.shared.log).entries().len() + 1 {
            self.refuse_for(duration);
        } else {
            self.faults()
                .add(Rule::new(Fault::ShutDoor(duration)).number(number - 1));
        }
    }

    /// Accepts connections again where they are refused.
    pub fn accept_again(&self) {
        for gate in &self.gates {
            gate.open_again();
        }
    }

    /// Forgets the log, so that requests are numbered from 1 again; what was handed in stays.
    pub fn forget_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// Forgets what was handed in, the log and the faults; what was seeded stays.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl<S> Drop for Standin<S> {
    fn drop(&mut self) {
        for gate in &self.gates {
            gate.end();
        }
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
        for gate in &self.gates {
            gate.wait_until_empty(Duration::from_secs(5));
        }
    }
}

impl<S> fmt::Debug for Standin<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standin")
            .field("gates", &self.gates)
            .finish_non_exhaustive()
    }
}

fn url(gate: &Gate) -> String {
    format!("http://{}", gate.address)
}
