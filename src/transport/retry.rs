//! Whether a request is sent again, and when: decisions about values, without a clock or a socket.
//!
//! Reads are repeated after anything that may pass. A write is repeated only when nothing can have been written: no connection
//! came about, or the service answered that it has too much to do. A write that says why repeating it is harmless counts as a
//! read here.

use std::time::Duration;

use super::{Delivery, Effect, Problem, Random, Repeat, Request, RetryPolicy, TransportError};

/// What was used up of the attempts.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) faults: u32,
    pub(super) throttled: u32,
}

impl Spent {
    /// Returns the number of attempts made.
    pub(super) fn attempts(&self) -> u32 {
        self.faults + self.throttled
    }

    /// Counts a failed attempt and returns how long to wait before the next, or none when this was the last.
    pub(super) fn next(
        &mut self,
        policy: &RetryPolicy,
        random: &Random,
        request: &Request,
        error: &TransportError,
    ) -> Option<Duration> {
        let throttled = matches!(error.problem, Problem::Status { status: 429, .. });
        let (count, limit) = if throttled {
            (&mut self.throttled, policy.throttled_tries)
        } else {
            (&mut self.faults, policy.tries)
        };
        *count += 1;
        let (count, spent) = (*count, *count >= limit);
        if spent || !may_repeat(request, error) {
            return None;
        }
        let asked = asked(error);
        if asked.is_some_and(|wait| wait > policy.patience) {
            return None;
        }
        Some(jittered(policy, random, count).max(asked.unwrap_or_default()))
    }
}

/// Returns whether sending the request again is safe and could help.
fn may_repeat(request: &Request, error: &TransportError) -> bool {
    let safe = match (request.effect, request.repeat) {
        (Effect::Read, _) | (Effect::Write, Repeat::Harmless(_)) => true,
        (Effect::Write, Repeat::Never) => match error.delivery {
            // Nothing left this machine.
            Delivery::NotSent => true,
            // Too much to do: refused before anything was looked at. No other refusal gets better by itself.
            Delivery::Refused => matches!(error.problem, Problem::Status { status: 429, .. }),
            Delivery::Unknown => false,
        },
    };
    safe && may_pass(&error.problem)
}

/// Returns whether the problem may be gone the next time.
fn may_pass(problem: &Problem) -> bool {
    match problem {
        Problem::Connect(_) | Problem::Cut(_) | Problem::TimedOut => true,
        Problem::Status { status, .. } => {
            // 501 and 505 say what the server is, not how it is.
            matches!(status, 408 | 425 | 429) || (*status >= 500 && !matches!(status, 501 | 505))
        }
        Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::Credential(_)
        | Problem::ReadOnly
        | Problem::Setup(_) => false,
    }
}

fn asked(error: &TransportError) -> Option<Duration> {
    match &error.problem {
        Problem::Status { retry_after, .. } => *retry_after,
        Problem::Connect(_)
        | Problem::Certificate(_)
        | Problem::Proxy(_)
        | Problem::Cut(_)
        | Problem::TimedOut
        | Problem::SignIn
        | Problem::NotJson { .. }
        | Problem::Shape(_)
        | Problem::Deadline
        | Problem::Interrupted
        | Problem::Credential(_)
        | Problem::ReadOnly
        | Problem::Setup(_) => None,
    }
}

/// Returns a wait between nothing and a bound that doubles with each failure, so that many clients do not come back at once.
fn jittered(policy: &RetryPolicy, random: &Random, failures: u32) -> Duration {
    bound(policy, failures).mul_f64(random.fraction())
}

fn bound(policy: &RetryPolicy, failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    policy.base.saturating_mul(doubled).min(policy.cap)
}
