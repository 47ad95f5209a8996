//! One connection: requests come, faults befall them, answers go.

use std::io::{self, BufReader};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::control;
use crate::exchange::Exchange;
use crate::fault::{Effect, Fault, When, befall, throttled};
use crate::gate::Gate;
use crate::http::{Head, OutputOptions, Request, Response, read_body, read_head};
use crate::lock::lock;
use crate::service::Service;
use crate::standin::{Moment, Next, Shared};

/// A connection as the door hands it over.
pub(crate) struct Link {
    pub(crate) number: usize,
    pub(crate) stream: TcpStream,
    /// The control pages are on the main door only.
    pub(crate) main: bool,
}

/// Serves a connection on a thread of its own.
pub(crate) fn spawn<S: Service>(shared: &Arc<Shared<S>>, gate: &Arc<Gate>, link: Link) {
    let (shared, inner) = (Arc::clone(shared), Arc::clone(gate));
    let number = link.number;
    let serve = move || {
        // An error here means that the client is gone, which is its right.
        drop(serve(&shared, &inner, &link));
        drop(link);
        inner.leave(number);
    };
    if std::thread::Builder::new()
        .name("connection".to_owned())
        .spawn(serve)
        .is_err()
    {
        gate.leave(number);
    }
}

/// Whether the connection may carry another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Stay,
    Leave,
}

fn serve<S: Service>(shared: &Shared<S>, gate: &Gate, link: &Link) -> io::Result<()> {
    link.stream.set_nodelay(true)?;
    let mut from = BufReader::new(link.stream.try_clone()?);
    while let Some(mut head) = read_head(&mut from)? {
        head.door.clone_from(&gate.name);
        let wants_close = head
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let mut turn = Turn {
            shared,
            gate,
            link,
            from: &mut from,
        };
        let then = if link.main && control::is_control(&head) {
            turn.control(head)?
        } else {
            turn.take(head)?
        };
        if wants_close || then == Then::Leave {
            break;
        }
    }
    Ok(())
}

/// One request's turn on a connection.
struct Turn<'a, S> {
    shared: &'a Shared<S>,
    gate: &'a Gate,
    link: &'a Link,
    from: &'a mut BufReader<TcpStream>,
}

impl<S: Service> Turn<'_, S> {
    fn control(&mut self, head: Head) -> io::Result<Then> {
        let body = read_body(&head, self.from, &mut &self.link.stream)?;
        let headers_only = head.method == "HEAD";
        let response = control::answer(self.shared, &Request { head, body });
        response.write(
            &mut &self.link.stream,
            OutputOptions {
                headers_only,
                ..OutputOptions::default()
            },
        )?;
        Ok(Then::Stay)
    }

    fn take(&mut self, head: Head) -> io::Result<Then> {
        let in_flight = self.shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.shared.peak.fetch_max(in_flight, Ordering::SeqCst);
        let effect = lock(&self.shared.service).effect(&head);
        let mut exchange = Exchange {
            in_flight,
            ..Exchange::new(&head, effect)
        };
        exchange = lock(&self.shared.log).open(exchange);
        let then = self.carry_out(head, &mut exchange);
        self.shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        lock(&self.shared.log).update(&exchange);
        then
    }

    fn carry_out(&mut self, head: Head, exchange: &mut Exchange) -> io::Result<Then> {
        let (fault, delay) = self
            .shared
            .faults
            .meet(&head, exchange.effect, exchange.number);
        exchange.fault = fault;
        if fault == Some(Fault::CLOSE_BEFORE_READING) {
            return Ok(Then::Leave);
        }
        let body = read_body(&head, self.from, &mut &self.link.stream)?;
        exchange.received = body.len();
        let request = Request { head, body };
        if !self.gate.wait(delay)
            || self.hook(exchange, When::BeforeCommit, &request) == Next::Close
        {
            return Ok(Then::Leave);
        }
        let Some(mut response) = self.answer(&request, exchange, fault) else {
            return Ok(Then::Leave);
        };
        if self.hook(exchange, When::AfterCommit, &request) == Next::Close {
            return Ok(Then::Leave);
        }
        let mut manner = OutputOptions {
            headers_only: request.method == "HEAD",
            ..OutputOptions::default()
        };
        match fault {
            Some(Fault::Truncate) => {
                manner = OutputOptions {
                    truncated: true,
                    last: true,
                    ..manner
                }
            }
            Some(Fault::Throttle(retry_after)) => response = throttled(response, retry_after),
            Some(Fault::ShutDoor(duration)) => {
                self.gate.shut(duration, Some(self.link.number));
                manner.last = true;
            }
            _ => {}
        }
        exchange.status = Some(response.status);
        exchange.sent = response.body.len();
        // The log tells of the answer before the client can act on it.
        lock(&self.shared.log).update(exchange);
        response.write(&mut &self.link.stream, manner)?;
        Ok(if manner.last { Then::Leave } else { Then::Stay })
    }

    /// Carries the request out unless a fault prevents it; `None` when the client gets no answer.
    fn answer(
        &self,
        request: &Request,
        exchange: &mut Exchange,
        fault: Option<Fault>,
    ) -> Option<Response> {
        let service = &self.shared.service;
        let carry_out = || {
            let response = lock(service).answer(request);
            exchange.committed = exchange.effect == Effect::Write && response.is_success();
            lock(&self.shared.log).update(exchange);
            response
        };
        let sign_in = format!("http://{}/_signin", self.gate.address);
        let answer = befall(fault, &sign_in, carry_out, |status, message| {
            lock(service).error(status, message)
        });
        if let Some(Fault::Stall(_, duration)) = fault {
            self.gate.wait(duration);
        }
        answer
    }

    fn hook(&self, exchange: &Exchange, when: When, request: &Request) -> Next {
        let hook = lock(&self.shared.hook).clone();
        let moment = Moment {
            number: exchange.number,
            write: exchange.write,
            when,
            head: &request.head,
        };
        hook.map_or(Next::GoOn, |hook| hook(&moment))
    }
}
