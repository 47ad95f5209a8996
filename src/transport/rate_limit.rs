//! How fast a service wants to be asked, heard from any of its answers and kept by all workers together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::HeaderMap;

use super::Clock;

/// The longest wait that a count of what is left leads to.
const LONGEST_QUOTA_WAIT: Duration = Duration::from_secs(30);
/// From so many requests left in a minute, the rest is spread over a minute.
const FEW_REQUESTS: u32 = 10;

/// For how long after a wait that was told of the next ones go without a word: a service that slows down does so on each answer.
const QUIET: Duration = Duration::from_secs(5);

/// The earliest moment of the next request, shared by all workers.
#[derive(Debug)]
pub(super) struct RateLimit {
    clock: Clock,
    gate: Mutex<Gate>,
    /// What is left of a month's requests, as the last answer told it; [`u64::MAX`] where none does.
    month: AtomicU64,
}

#[derive(Debug, Default)]
struct Gate {
    opens: Option<Instant>,
    quiet_until: Option<Instant>,
}

impl RateLimit {
    /// Returns a limit that holds nobody up, by this clock.
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            gate: Mutex::default(),
            month: AtomicU64::new(u64::MAX),
        }
    }

    /// Takes note of what is left of a month's requests (qTest).
    pub(super) fn note_month(&self, headers: &HeaderMap) {
        let left = text(headers, "x-ratelimit-remaining-month");
        if let Some(left) = left.and_then(|text| text.trim().parse().ok()) {
            self.month.store(left, Ordering::Relaxed);
        }
    }

    /// Returns what is left of a month's requests, if the service reports that.
    pub(super) fn left_this_month(&self) -> Option<u64> {
        let left = self.month.load(Ordering::Relaxed);
        (left != u64::MAX).then_some(left)
    }

    /// Lets no request start for the time given; never shortens what was asked before. Tells whether that is news: several
    /// workers that are asked to wait at the same moment are one piece of it.
    pub(super) fn hold(&self, how_long: Duration) -> bool {
        let until = self.clock.now() + how_long;
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        if gate.opens.is_none_or(|earlier| until > earlier) {
            gate.opens = Some(until);
        }
        let is_news = gate.quiet_until.is_none_or(|quiet| until > quiet);
        if is_news {
            gate.quiet_until = Some(until + QUIET);
        }
        is_news
    }

    /// Returns how long the next request has to wait.
    pub(super) fn wait(&self) -> Duration {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        gate.opens.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(self.clock.now())
        })
    }
}

/// How long a service asks to wait, and where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slowdown {
    pub(super) wait: Duration,
    pub(super) reason: String,
}

/// Reads how long to wait from the headers of any answer, also a good one: Azure asks with a 200 (docs: Rate limits).
pub(super) fn slowdown(headers: &HeaderMap, now: SystemTime) -> Option<Slowdown> {
    [
        retry_after(headers, now).map(|wait| Slowdown {
            wait,
            reason: "the service asks to wait (Retry-After)".to_owned(),
        }),
        delayed(headers),
        used_up(headers, now),
        few_left(headers),
    ]
    .into_iter()
    .flatten()
    .filter(|asked| !asked.wait.is_zero())
    .max_by_key(|asked| asked.wait)
}

/// Reads `Retry-After`: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = text(headers, "retry-after")?.trim();
    seconds(text).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        // A date that has just passed asks for nothing.
        Some(date.duration_since(now).unwrap_or_default())
    })
}

/// Azure: `X-RateLimit-Delay` tells by how much the service held this request back.
fn delayed(headers: &HeaderMap) -> Option<Slowdown> {
    let wait = seconds(text(headers, "x-ratelimit-delay")?)?;
    Some(Slowdown {
        wait: wait.min(LONGEST_QUOTA_WAIT),
        reason: "the service delays requests (X-RateLimit-Delay)".to_owned(),
    })
}

/// Azure: nothing remains until the moment that `X-RateLimit-Reset` names, in seconds since 1970.
fn used_up(headers: &HeaderMap, now: SystemTime) -> Option<Slowdown> {
    let remaining: f64 = text(headers, "x-ratelimit-remaining")?
        .trim()
        .parse()
        .ok()?;
    if remaining > 0.0 {
        return None;
    }
    let reset = seconds(text(headers, "x-ratelimit-reset")?)?;
    let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Slowdown {
        wait: reset.saturating_sub(since_1970).min(LONGEST_QUOTA_WAIT),
        reason: "the quota of the service is used up (X-RateLimit-Remaining)".to_owned(),
    })
}

/// qTest: what is left of a minute's requests; when few, they are spread over a minute.
fn few_left(headers: &HeaderMap) -> Option<Slowdown> {
    let left: u32 = text(headers, "x-ratelimit-remaining-minute")?
        .trim()
        .parse()
        .ok()?;
    (left <= FEW_REQUESTS).then(|| Slowdown {
        wait: (Duration::from_mins(1) / (left + 1)).min(LONGEST_QUOTA_WAIT),
        reason: format!("requests left in this minute: {left} (x-ratelimit-remaining-minute)"),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Reads seconds, whole or with a fraction; anything out of range is no limit.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()))
            .collect();
        slowdown(&headers, now).map(|asked| asked.wait.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(asked(&[("retry-after", "7")]), Some(7));
        assert_eq!(asked(&[("retry-after", "0")]), None);
        let date = "Thu, 01 Jan 1970 00:17:00 GMT";
        assert_eq!(asked(&[("retry-after", date)]), Some(20));
        let past = "Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(asked(&[("retry-after", past)]), None);
        for nonsense in ["soon", "-3", "NaN", "1e400", ""] {
            assert_eq!(asked(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }

    #[test]
    fn azure_tells_of_its_quota_before_it_refuses() {
        assert_eq!(asked(&[("x-ratelimit-delay", "2.5")]), Some(2));
        let used_up = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1012"),
        ];
        assert_eq!(asked(&used_up), Some(12));
        let far = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "9999"),
        ];
        assert_eq!(asked(&far), Some(30));
        let left = [
            ("x-ratelimit-remaining", "50"),
            ("x-ratelimit-reset", "1012"),
        ];
        assert_eq!(asked(&left), None);
    }

    #[test]
    fn qtest_tells_what_is_left_of_the_minute() {
        assert_eq!(asked(&[("x-ratelimit-remaining-minute", "200")]), None);
        assert_eq!(asked(&[("x-ratelimit-remaining-minute", "9")]), Some(6));
        assert_eq!(asked(&[("x-ratelimit-remaining-minute", "0")]), Some(30));
    }

    #[test]
    fn what_is_left_of_the_month_is_what_the_last_answer_told() {
        let rate_limit = RateLimit::new(Clock::system());
        assert_eq!(rate_limit.left_this_month(), None);
        for (told, known) in [("812", 812), ("a few", 812), ("0", 0)] {
            let headers = [("x-ratelimit-remaining-month", told)];
            rate_limit.note_month(
                &headers
                    .iter()
                    .map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()))
                    .collect(),
            );
            assert_eq!(rate_limit.left_this_month(), Some(known));
        }
    }

    #[test]
    fn a_later_wish_never_shortens_an_earlier_one() {
        let rate_limit = RateLimit::new(Clock::system());
        assert!(rate_limit.hold(Duration::from_mins(1)));
        assert!(!rate_limit.hold(Duration::from_secs(1)));
        assert!(rate_limit.wait() > Duration::from_secs(50));
    }

    #[test]
    fn a_wait_of_several_workers_is_news_once_and_a_longer_one_is_news_again() {
        let rate_limit = RateLimit::new(Clock::system());
        let asked = |seconds| rate_limit.hold(Duration::from_secs(seconds));
        assert_eq!(
            [asked(3), asked(3), asked(4), asked(30)],
            [true, false, false, true]
        );
        assert!(rate_limit.wait() > Duration::from_secs(25));
    }
}
