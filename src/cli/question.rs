//! Questions to the person at the keyboard. Ctrl-C, SIGTERM and the time limit end them at once, and an answer that is none is asked
//! for again.

use std::io;

use super::{Context, ExitStatus, Failure};
use crate::files::{self, Stop};
use crate::model::ServiceName;
use crate::ui::sanitized;

/// What somebody answered who was to choose one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one, counted from 0.
    This(usize),
    /// None of them.
    Nothing,
    /// No more questions.
    End,
}

impl Context {
    /// Asks for yes or no; no answer is no.
    ///
    /// # Errors
    ///
    /// When it is time to stop, or the input cannot be read.
    pub(super) fn confirm(&self, question: &str) -> Result<bool, Failure> {
        let understand = |answer: &str| match answer.to_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "" | "n" | "no" => Ok(false),
            _ => Err("answer y or n".to_owned()),
        };
        self.ask(&format!("{question} [y/N]"), understand)
            .map(Option::unwrap_or_default)
    }

    /// Asks for one of so many; `question` says what no answer means.
    ///
    /// # Errors
    ///
    /// As [`Self::confirm`].
    pub(super) fn choose(&self, question: &str, count: usize) -> Result<Choice, Failure> {
        let answer = self.ask(question, |answer| match (answer, answer.parse::<usize>()) {
            ("", _) => Ok(Choice::Nothing),
            ("q" | "Q", _) => Ok(Choice::End),
            (_, Ok(number)) if (1..=count).contains(&number) => Ok(Choice::This(number - 1)),
            _ => Err(format!("answer a number from 1 to {count}")),
        })?;
        Ok(answer.unwrap_or(Choice::End))
    }

    /// Asks for a text, until it is understood; an empty answer takes the suggestion.
    ///
    /// # Errors
    ///
    /// As [`Self::confirm`]; and when the input ends without an answer.
    pub(super) fn text<T>(
        &self,
        question: &str,
        suggestion: Option<&str>,
        understand: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let shown = suggestion
            .filter(|text| !text.is_empty())
            .map(|text| format!(" [{}]", sanitized(text)));
        let question = format!("{question}{}", shown.unwrap_or_default());
        let answer = self.ask(&question, |answer| {
            let answer = Some(answer).filter(|answer| !answer.is_empty());
            answer.or(suggestion).map(&understand).transpose()
        })?;
        answer.ok_or_else(|| {
            Failure::new(
                ExitStatus::Interrupted,
                "the question was not answered; nothing was written",
            )
        })
    }

    /// Asks for a service, until one is named; an empty answer takes the suggestion.
    ///
    /// # Errors
    ///
    /// As [`Self::text`].
    pub(super) fn which_service(
        &self,
        suggestion: Option<ServiceName>,
    ) -> Result<Option<ServiceName>, Failure> {
        let words = ServiceName::ALL.map(ServiceName::word).join(", ");
        let question = format!("Which service? ({words})");
        let suggestion = suggestion.map_or("", ServiceName::word);
        self.text(&question, Some(suggestion), str::parse::<ServiceName>)
    }

    /// Asks until the answer is one; nothing at the end of the input.
    fn ask<T>(
        &self,
        question: &str,
        understand: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        self.heed_signals();
        let mut input = files::standard_input(&self.patience()).map_err(unread)?;
        loop {
            self.ui.question(question);
            let line = match input.line() {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    self.ui.question(&error.to_string());
                    continue;
                }
                line => line.map_err(unread)?,
            };
            let Some(line) = line else {
                return Ok(None);
            };
            match understand(line.trim()) {
                Ok(answer) => return Ok(Some(answer)),
                Err(why) => self.ui.question(&why),
            }
        }
    }
}

/// Returns the error for an answer that could not be read.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
pub(super) fn unread(error: io::Error) -> Failure {
    match Stop::of(&error) {
        Some(stop) => stop.into(),
        None => Failure::new(
            ExitStatus::Failed,
            format!("the answer could not be read: {error}; nothing was written"),
        ),
    }
}
