//! Misbehaviour on order: which request is met by which fault.
//!
//! A [`Rule`] says which requests it means and what befalls them; [`Faults`] is the script of rules that a stand-in
//! follows. What a fault does at the socket is in `connection`.

mod befall;
mod json;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::http::Head;
use crate::lock::lock;

pub(crate) use befall::{befall, throttled};

/// What a request means: does it change something?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Only looks.
    Read,
    /// Changes what the service holds.
    Write,
}

/// Whether the service carries the request out when a fault befalls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The fault comes first: nothing is carried out.
    BeforeCommit,
    /// The request is carried out, then the fault befalls the answer.
    AfterCommit,
}

/// What a 429 or another answer says of the time to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// No such header.
    Silent,
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date so many seconds ahead.
    Date(u64),
}

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed without an answer; before the commit the body is not even read.
    Close(When),
    /// Nothing happens for so long; then the connection is closed without an answer.
    Stall(When, Duration),
    /// The request is carried out; the answer promises more bytes than it sends.
    Truncate,
    /// This status with a JSON error instead of the service's answer.
    Status(When, u16, RetryAfter),
    /// 302 to a sign-in page; nothing is carried out.
    SignIn,
    /// This status with a page of HTML instead of the service's answer.
    Html(When, u16),
    /// The answer comes, but only after so long.
    Delay(Duration),
    /// The answer comes as usual, with a `Retry-After` besides.
    Throttle(RetryAfter),
    /// The answer comes as usual; before it leaves, the door shuts, so that whatever connects next is refused for so long.
    ShutDoor(Duration),
}

impl Fault {
    /// The connection is closed before the request was carried out.
    pub const CLOSE_BEFORE_READING: Self = Self::Close(When::BeforeCommit);
    /// The request is carried out, and the connection closed instead of an answer.
    pub const CLOSE_AFTER_COMMIT: Self = Self::Close(When::AfterCommit);

    /// Returns 429 with what it says of the time to wait.
    pub const fn too_many_requests(retry_after: RetryAfter) -> Self {
        Self::Status(When::BeforeCommit, 429, retry_after)
    }

    /// Returns whether the request is carried out before the fault befalls it.
    pub(crate) const fn moment(self) -> When {
        match self {
            Self::Close(when)
            | Self::Stall(when, _)
            | Self::Status(when, _, _)
            | Self::Html(when, _) => when,
            Self::SignIn => When::BeforeCommit,
            Self::Truncate | Self::Delay(_) | Self::Throttle(_) | Self::ShutDoor(_) => {
                When::AfterCommit
            }
        }
    }

    /// Returns a few words that name the fault in a log.
    pub fn label(self) -> String {
        let when = match self.moment() {
            When::BeforeCommit => "before the commit",
            When::AfterCommit => "after the commit",
        };
        match self {
            Self::Close(_) => format!("closed {when}"),
            Self::Stall(_, duration) => format!("stalled {when} for {} ms", duration.as_millis()),
            Self::Truncate => "answer cut short".to_owned(),
            Self::Status(_, status, _) => format!("{status} {when}"),
            Self::SignIn => "302 to a sign-in page".to_owned(),
            Self::Html(_, status) => format!("{status} with HTML {when}"),
            Self::Delay(duration) => format!("delayed by {} ms", duration.as_millis()),
            Self::Throttle(_) => "Retry-After on the answer".to_owned(),
            Self::ShutDoor(duration) => format!(
                "connections refused afterwards for {} ms",
                duration.as_millis()
            ),
        }
    }

    /// Returns a fault that answers with a status such as 500 or 503.
    pub const fn status(when: When, status: u16) -> Self {
        Self::Status(when, status, RetryAfter::Silent)
    }
}

type Predicate = Arc<dyn Fn(&Head) -> bool + Send + Sync>;

/// Which requests a fault befalls.
#[derive(Clone)]
pub struct Rule {
    fault: Fault,
    method: Option<String>,
    path: Option<String>,
    effect: Option<Effect>,
    number: Option<usize>,
    predicate: Option<Predicate>,
    nth: usize,
    times: Option<usize>,
    seen: usize,
}

impl Rule {
    /// Returns a rule that befalls the first request of all; the methods below narrow it down or widen it.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            method: None,
            path: None,
            effect: None,
            number: None,
            predicate: None,
            nth: 1,
            times: Some(1),
            seen: 0,
        }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only paths of this pattern: `*` stands for anything, letter case does not matter.
    #[must_use]
    pub fn path(mut self, pattern: &str) -> Self {
        self.path = Some(pattern.to_owned());
        self
    }

    /// Only requests that write.
    #[must_use]
    pub fn writes(mut self) -> Self {
        self.effect = Some(Effect::Write);
        self
    }

    /// Only requests that read.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.effect = Some(Effect::Read);
        self
    }

    /// Only the request of this number in the stand-in's log, counted from 1.
    #[must_use]
    pub fn number(mut self, number: usize) -> Self {
        self.number = Some(number);
        self
    }

    /// Only requests of which this is true.
    #[must_use]
    pub fn when(mut self, predicate: impl Fn(&Head) -> bool + Send + Sync + 'static) -> Self {
        self.predicate = Some(Arc::new(predicate));
        self
    }

    /// Passes over the requests before the `nth` that matches, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth.max(1);
        self
    }

    /// Befalls so many matching requests in a row; 1 unless told.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Befalls every matching request from the `nth` on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    fn matches(&self, head: &Head, effect: Effect, number: usize) -> bool {
        self.method
            .as_ref()
            .is_none_or(|method| method.eq_ignore_ascii_case(&head.method))
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| fits(pattern, &head.path))
            && self.effect.is_none_or(|wanted| wanted == effect)
            && self.number.is_none_or(|wanted| wanted == number)
            && self
                .predicate
                .as_ref()
                .is_none_or(|predicate| predicate(head))
    }

    /// Counts a request; returns whether the fault befalls it.
    fn meets(&mut self, head: &Head, effect: Effect, number: usize) -> bool {
        if !self.matches(head, effect, number) {
            return false;
        }
        self.seen += 1;
        self.seen >= self.nth && self.times.is_none_or(|times| self.seen < self.nth + times)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("fault", &self.fault)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("effect", &self.effect)
            .field("number", &self.number)
            .field("nth", &self.nth)
            .field("times", &self.times)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// The script of a stand-in's faults. Clones share one script.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Adds a rule. Of several rules that mean one request, the first added counts.
    pub fn add(&self, rule: Rule) {
        lock(&self.rules).push(rule);
    }

    /// Lets a fault befall the nth write from now on, counted from 1.
    pub fn at_write(&self, nth: usize, fault: Fault) {
        self.add(Rule::new(fault).writes().nth(nth));
    }

    /// Delays every answer from now on.
    pub fn latency(&self, duration: Duration) {
        self.add(Rule::new(Fault::Delay(duration)).always());
    }

    /// Forgets all rules.
    pub fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// Returns the fault that befalls a request, and how long it is to be delayed besides.
    pub(crate) fn meet(
        &self,
        head: &Head,
        effect: Effect,
        number: usize,
    ) -> (Option<Fault>, Duration) {
        let mut delay = Duration::ZERO;
        let mut befalls = None;
        for rule in lock(&self.rules).iter_mut() {
            if rule.meets(head, effect, number) {
                if let Fault::Delay(duration) = rule.fault {
                    delay += duration;
                } else {
                    befalls = befalls.or(Some(rule.fault));
                }
            }
        }
        (befalls, delay)
    }
}

/// Returns whether a text fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
