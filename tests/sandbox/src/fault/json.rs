//! Rules as JSON, for stand-ins that are told over HTTP how to misbehave.
//!
//! ```json
//! {"fault": "close", "when": "after", "method": "POST", "path": "*/test/runs", "nth": 1, "times": 1}
//! ```

use std::time::Duration;

use serde::Deserialize;

use super::{Effect, Fault, RetryAfter, Rule, When};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    fault: Kind,
    #[serde(default)]
    when: WhenText,
    status: Option<u16>,
    milliseconds: Option<u64>,
    retry_after: Option<u64>,
    retry_after_date: Option<u64>,
    method: Option<String>,
    path: Option<String>,
    effect: Option<EffectText>,
    number: Option<usize>,
    nth: Option<usize>,
    /// 0 stands for every time.
    times: Option<usize>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Close,
    Stall,
    Truncate,
    Status,
    SignIn,
    Html,
    Delay,
    Throttle,
    ShutDoor,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WhenText {
    #[default]
    Before,
    After,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EffectText {
    Read,
    Write,
}

impl Rule {
    /// Reads a rule from JSON.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the text.
    pub fn from_json(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<RuleText>(text).map(Self::from)
    }
}

impl From<RuleText> for Rule {
    fn from(text: RuleText) -> Self {
        let mut rule = Self::new(text.fault());
        rule.method = text.method;
        rule.path = text.path;
        rule.number = text.number;
        rule.effect = text.effect.map(|effect| match effect {
            EffectText::Read => Effect::Read,
            EffectText::Write => Effect::Write,
        });
        rule.nth = text.nth.unwrap_or(1).max(1);
        rule.times = match text.times {
            None => Some(1),
            Some(0) => None,
            Some(times) => Some(times),
        };
        rule
    }
}

impl RuleText {
    fn fault(&self) -> Fault {
        let when = match self.when {
            WhenText::Before => When::BeforeCommit,
            WhenText::After => When::AfterCommit,
        };
        let duration = Duration::from_millis(self.milliseconds.unwrap_or(1000));
        match self.fault {
            Kind::Close => Fault::Close(when),
            Kind::Stall => Fault::Stall(when, duration),
            Kind::Truncate => Fault::Truncate,
            Kind::Status => Fault::Status(when, self.status.unwrap_or(503), self.retry_after()),
            Kind::SignIn => Fault::SignIn,
            Kind::Html => Fault::Html(when, self.status.unwrap_or(200)),
            Kind::Delay => Fault::Delay(duration),
            Kind::Throttle => Fault::Throttle(self.retry_after()),
            Kind::ShutDoor => Fault::ShutDoor(duration),
        }
    }

    fn retry_after(&self) -> RetryAfter {
        match (self.retry_after, self.retry_after_date) {
            (Some(seconds), _) => RetryAfter::Seconds(seconds),
            (None, Some(seconds)) => RetryAfter::Date(seconds),
            (None, None) => RetryAfter::Silent,
        }
    }
}
