//! A listening port that can be shut, so that connections are truly refused, and opened again.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::lock::lock;

/// How often and how long opening a port again is tried.
const REOPEN_TRIES: u32 = 200;
const REOPEN_PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Open,
    Shut(Duration),
    End,
}

#[derive(Debug)]
struct Inside {
    wish: Wish,
    open: bool,
    streams: HashMap<usize, TcpStream>,
    next: usize,
}

/// One port of a stand-in.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Gate {
    /// Opens a port of the loopback interface; port 0 stands for any that is free.
    pub(crate) fn open(name: &str, port: u16) -> io::Result<(Self, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let inside = Inside {
            wish: Wish::Open,
            open: true,
            streams: HashMap::new(),
            next: 0,
        };
        let gate = Self {
            name: name.to_owned(),
            address: listener.local_addr()?,
            inside: Mutex::new(inside),
            changed: Condvar::new(),
        };
        Ok((gate, listener))
    }

    /// Accepts connections until the end; `serve` is given each of them and its number.
    pub(crate) fn run(&self, listener: TcpListener, mut serve: impl FnMut(usize, TcpStream)) {
        let mut listener = Some(listener);
        loop {
            // The end may have come while the port was shut, when nobody could be woken.
            if lock(&self.inside).wish == Wish::End {
                break;
            }
            let accepted = listener.as_ref().map(TcpListener::accept);
            let wish = lock(&self.inside).wish;
            match (wish, accepted) {
                (Wish::End, _) | (Wish::Open, None) => break,
                (Wish::Shut(duration), _) => {
                    drop(listener.take());
                    self.stay_shut(duration);
                    listener = self.reopen();
                }
                (Wish::Open, Some(Ok((stream, _)))) => {
                    if let Some(number) = self.enter(&stream) {
                        serve(number, stream);
                    }
                }
                (Wish::Open, Some(Err(_))) => {}
            }
        }
        drop(listener);
        let mut inside = lock(&self.inside);
        inside.open = false;
        self.changed.notify_all();
    }

    /// Refuses connections for so long, from the moment this returns, and ends all connections but one.
    pub(crate) fn shut(&self, duration: Duration, all_but: Option<usize>) {
        let mut inside = lock(&self.inside);
        if inside.wish != Wish::Open || !inside.open {
            return;
        }
        inside.wish = Wish::Shut(duration);
        for (_, stream) in inside
            .streams
            .iter()
            .filter(|(number, _)| Some(**number) != all_but)
        {
            drop(stream.shutdown(Shutdown::Both));
        }
        drop(inside);
        self.wake();
        let inside = lock(&self.inside);
        drop(
            self.changed
                .wait_while(inside, |inside| inside.open && inside.wish != Wish::End),
        );
    }

    /// Opens the port again if it is shut, and returns when it is open.
    pub(crate) fn open_again(&self) {
        let mut inside = lock(&self.inside);
        if matches!(inside.wish, Wish::Shut(_)) {
            inside.wish = Wish::Open;
            self.changed.notify_all();
            drop(
                self.changed
                    .wait_while(inside, |inside| !inside.open && inside.wish != Wish::End),
            );
        }
    }

    /// Ends the port and all its connections.
    pub(crate) fn end(&self) {
        let mut inside = lock(&self.inside);
        inside.wish = Wish::End;
        for stream in inside.streams.values() {
            drop(stream.shutdown(Shutdown::Both));
        }
        self.changed.notify_all();
        drop(inside);
        self.wake();
    }

    /// Forgets a connection that has ended.
    pub(crate) fn leave(&self, number: usize) {
        if let Some(stream) = lock(&self.inside).streams.remove(&number) {
            drop(stream.shutdown(Shutdown::Both));
        }
        self.changed.notify_all();
    }

    /// Waits until all connections have ended, at most for so long.
    pub(crate) fn wait_until_empty(&self, at_most: Duration) {
        let inside = lock(&self.inside);
        drop(
            self.changed
                .wait_timeout_while(inside, at_most, |inside| !inside.streams.is_empty()),
        );
    }

    /// Waits for so long; returns false when the port has come to its end.
    pub(crate) fn wait(&self, duration: Duration) -> bool {
        let inside = lock(&self.inside);
        let (inside, _) = self
            .changed
            .wait_timeout_while(inside, duration, |inside| inside.wish != Wish::End)
            .unwrap_or_else(PoisonError::into_inner);
        inside.wish != Wish::End
    }

    fn enter(&self, stream: &TcpStream) -> Option<usize> {
        let copy = stream.try_clone().ok()?;
        let mut inside = lock(&self.inside);
        inside.next += 1;
        let number = inside.next;
        inside.streams.insert(number, copy);
        Some(number)
    }

    fn stay_shut(&self, duration: Duration) {
        let mut inside = lock(&self.inside);
        inside.open = false;
        self.changed.notify_all();
        drop(self.changed.wait_timeout_while(inside, duration, |inside| {
            matches!(inside.wish, Wish::Shut(_))
        }));
    }

    fn reopen(&self) -> Option<TcpListener> {
        for _ in 0..REOPEN_TRIES {
            if let Ok(listener) = TcpListener::bind(self.address) {
                let mut inside = lock(&self.inside);
                inside.open = true;
                if inside.wish != Wish::End {
                    inside.wish = Wish::Open;
                }
                self.changed.notify_all();
                return Some(listener);
            }
            if !self.wait(REOPEN_PAUSE) {
                return None;
            }
        }
        None
    }

    /// Makes the accepting thread look at what is wished for.
    fn wake(&self) {
        drop(TcpStream::connect_timeout(
            &self.address,
            Duration::from_secs(1),
        ));
    }
}
