//! A test, put together piece by piece.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::error::Warnings;
use super::text::Text;
use super::time;
use super::xml::Tag;
use crate::model::{
    Attachment, Attempt, Failure, Moment, Outcome, Property, TestCase, TestStep, TestSuite, Verdict,
};

/// How many of each a test may have.
pub(super) const MOST: usize = 1000;

/// A test being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) class_name: Option<Arc<str>>,
    /// The class that version 0.1.0 took, where that was another one.
    pub(super) former_class: Option<String>,
    pub(super) file: Option<String>,
    pub(super) name: String,
    pub(super) verdict: Option<Verdict>,
    pub(super) duration: Option<Duration>,
    pub(super) started: Option<Moment>,
    pub(super) failure: Failure,
    /// Why it was left out.
    pub(super) reason: Option<String>,
    pub(super) iteration: Option<u32>,
    pub(super) output: Text,
    pub(super) error_output: Text,
    pub(super) properties: Vec<Property>,
    pub(super) attachments: Vec<Attachment>,
    /// Tries before the last one, in order.
    pub(super) earlier: Vec<Attempt>,
    pub(super) steps: Vec<TestStep>,
    pub(super) description: Option<String>,
    /// Whether the report calls it flaky without listing the attempts.
    pub(super) called_flaky: bool,
    /// What a row of a data-driven test ran with.
    pub(super) parameters: Vec<Property>,
}

impl Draft {
    /// Takes what an attribute or element says went wrong; a second one is kept beside the first.
    pub(super) fn message(&mut self, text: Option<String>) {
        add(&mut self.failure.message, text);
    }

    pub(super) fn details(&mut self, text: Option<String>) {
        add(&mut self.failure.details, text);
    }

    pub(super) fn property(&mut self, name: &str, value: String) {
        if self.properties.len() < MOST {
            let name = name.to_owned();
            self.properties.push(Property { name, value });
        }
    }

    /// Takes a tag, such as `@smoke`. One that names a value, such as `@TestCaseId:1234` or `@TmsLink-12`, is a property of that name too.
    pub(super) fn tag(&mut self, tag: &str) {
        let tag = tag.trim();
        let tag = tag.strip_prefix('@').unwrap_or(tag);
        if tag.is_empty() {
            return;
        }
        if let Some((name, value)) = named_value(tag) {
            self.property(name, value.to_owned());
        }
        self.property("tag", tag.to_owned());
    }

    /// Takes a try before the last one.
    pub(super) fn attempt(&mut self, attempt: Attempt) {
        if self.earlier.len() < MOST {
            self.earlier.push(attempt);
        }
    }

    /// Takes the whole of the try before, with those before it.
    pub(super) fn tried_before(&mut self, before: Self) {
        let last = Attempt {
            outcome: outcome(before.verdict.unwrap_or(Verdict::Passed), before.failure),
            duration: before.duration,
            started: before.started,
            attachments: before.attachments,
        };
        for attempt in before.earlier.into_iter().chain([last]) {
            self.attempt(attempt);
        }
    }

    pub(super) fn attach(&mut self, path: Option<String>) {
        if let Some(path) = path.filter(|path| path.len() <= 4096 && self.attachments.len() < MOST)
        {
            self.attachments.push(Attachment {
                path: PathBuf::from(path.trim()),
                description: None,
            });
        }
    }

    pub(super) fn describe(&mut self, description: Option<String>) {
        if let Some(attachment) = self.attachments.last_mut() {
            attachment.description = description;
        }
    }

    pub(super) fn finish(mut self, suite: Arc<TestSuite>) -> TestCase {
        let failure = self.failure;
        let verdict = self.verdict.unwrap_or(Verdict::Passed);
        let outcome = match verdict {
            Verdict::Skipped => Outcome::Skipped {
                reason: self.reason.or(failure.message),
            },
            Verdict::Passed | Verdict::Failed | Verdict::Errored | Verdict::Incomplete => {
                outcome(verdict, failure)
            }
        };
        TestCase {
            class_name: self.class_name.filter(|name| !name.is_empty()),
            former_class: self.former_class,
            file: self.file,
            duration: self.duration,
            started: self.started,
            properties: self.properties,
            attachments: self.attachments,
            description: self.description,
            called_flaky: self.called_flaky,
            parameters: self.parameters,
            earlier: self.earlier,
            steps: self.steps,
            iteration: self.iteration,
            output: self.output.take(),
            error_output: self.error_output.take(),
            line: self.line,
            ..TestCase::new(suite, self.name, outcome)
        }
    }
}

/// Returns the outcome that a verdict and what went wrong make.
pub(super) fn outcome(verdict: Verdict, failure: Failure) -> Outcome {
    match verdict {
        Verdict::Passed => Outcome::Passed,
        Verdict::Failed => Outcome::Failed(failure),
        Verdict::Errored => Outcome::Errored(failure),
        Verdict::Skipped => Outcome::Skipped {
            reason: failure.message,
        },
        Verdict::Incomplete => Outcome::Incomplete,
    }
}

/// Takes `name:value`, `name=value` and `name-12` apart.
fn named_value(tag: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    };
    let split = tag.split_once([':', '=']).or_else(|| {
        let (name, number) = tag.rsplit_once('-')?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some((name, number))
    });
    let (name, value) = split?;
    let value = value.trim().trim_matches('"');
    (is_name(name) && !value.is_empty() && !value.starts_with([':', '/'])).then_some((name, value))
}

fn add(target: &mut Option<String>, text: Option<String>) {
    let Some(text) = text else {
        return;
    };
    match target {
        Some(present) if present.len() < super::text::KEPT => {
            present.push('\n');
            present.push_str(&text);
        }
        Some(_) => {}
        None => *target = Some(text),
    }
}

/// Returns an attribute as a bounded text; `None` where it is missing or blank.
pub(super) fn text(tag: &Tag<'_>, name: &str) -> Option<String> {
    tag.text(name).filter(|text| !text.trim().is_empty())
}

/// Returns an attribute as a number; `None` where it is none.
pub(super) fn count(tag: &Tag<'_>, name: &str) -> Option<u64> {
    tag.get(name)?.trim().parse().ok()
}

/// Returns an attribute as a duration, or warns.
pub(super) fn duration(tag: &Tag<'_>, name: &str, warnings: &mut Warnings) -> Option<Duration> {
    let text = tag.get(name)?;
    time::duration(&text).unwrap_or_else(|()| {
        warnings.add(Some(tag.line), unreadable("duration", &text));
        None
    })
}

/// Returns an attribute as a point in time, or warns.
pub(super) fn moment(tag: &Tag<'_>, name: &str, warnings: &mut Warnings) -> Option<Moment> {
    let text = tag.get(name)?;
    time::moment(&text).unwrap_or_else(|()| {
        warnings.add(Some(tag.line), unreadable("time", &text));
        None
    })
}

/// Returns a warning that a value was left out.
pub(super) fn unreadable(what: &str, text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!("the {what} `{shown}` cannot be read and is skipped")
}
