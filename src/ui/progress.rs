//! Progress on standard error: a bar for a person, a line a stage for a log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{
    HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike,
};

use super::screen::Screen;
use super::{Ui, sanitized};
use crate::services::Progress;

/// Below this many columns there is room for words and numbers only. No line may be longer than the screen is wide: a bar that takes two
/// lines is counted wrongly, and what stands above it is cleared with it.
const NARROW: u16 = 76;

/// Shows how far things are.
#[derive(Debug)]
pub struct Bar<'a> {
    ui: &'a Ui,
    shown: bool,
    /// What all stages are about, where that is not everything.
    about: Option<&'static str>,
    current: Mutex<Option<ProgressBar>>,
}

impl<'a> Bar<'a> {
    pub(super) fn new(ui: &'a Ui, shown: bool) -> Self {
        Self {
            ui,
            shown,
            about: None,
            current: Mutex::new(None),
        }
    }

    /// Sets what all stages are about, such as a service.
    #[must_use]
    pub fn of(mut self, about: &'static str) -> Self {
        self.about = Some(about);
        self
    }

    /// Ends what this bar shows.
    fn end(&self) {
        if let Some(own) = self.current().take() {
            own.finish_and_clear();
            self.ui.shown().take_if(|it| it.is_finished());
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Bar<'_> {
    fn stage(&self, name: &str, total: u64) {
        let name = sentence(&sanitized(name));
        let name = match self.about {
            Some(about) => format!("{about}: {name}"),
            None => name,
        };
        if !self.shown {
            self.ui.status(&line(&name, total));
            return;
        }
        // First the old one goes, whoever showed it: two that draw at once leave lines behind.
        if let Some(old) = self.ui.shown().take() {
            old.finish_and_clear();
        }
        let screen = Screen::new();
        let width = TermLike::width(&screen);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen), 10);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        bar.set_style(style(total, width));
        bar.set_message(name);
        bar.enable_steady_tick(Duration::from_millis(120));
        *self.ui.shown() = Some(bar.clone());
        *self.current() = Some(bar);
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = &*self.current() {
            bar.inc(steps);
        }
    }

    fn note(&self, text: &str) {
        self.ui.status(text);
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns the line of a stage for a log.
fn line(name: &str, total: u64) -> String {
    if total == 0 {
        name.to_owned()
    } else {
        format!("{name} ({total})")
    }
}

/// Returns a text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn style(total: u64, width: u16) -> ProgressStyle {
    let template = match (total, width) {
        (0, _) => "{spinner} {wide_msg} {done}{since}",
        (_, ..NARROW) => "{spinner} {human_pos}/{human_len}{rest} {wide_msg}",
        (_, NARROW..) => "{spinner} {msg} {wide_bar} {human_pos}/{human_len}{rate}{rest}",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("done", done)
        .with_key("since", since)
        .with_key("rate", rate)
        .with_key("rest", rest)
        .progress_chars("━╸ ")
}

/// Writes how many are done, where it is not known how many there are.
fn done(state: &ProgressState, line: &mut dyn std::fmt::Write) {
    if state.pos() > 0 {
        // Writing to a line cannot fail.
        let _ = write!(line, "{}", HumanCount(state.pos()));
        rate(state, line);
        let _ = line.write_str(" ");
    }
}

/// Writes how long it has been going on, once that is worth knowing.
fn since(state: &ProgressState, line: &mut dyn std::fmt::Write) {
    let seconds = state.elapsed().as_secs();
    if seconds >= 2 {
        let _ = write!(line, "{seconds} s");
    }
}

/// Writes how many are done in a second.
fn rate(state: &ProgressState, line: &mut dyn std::fmt::Write) {
    let per_second = state.per_sec();
    if state.pos() > 0 && per_second.is_finite() {
        let digits = usize::from(per_second < 10.0);
        let _ = write!(line, ", {per_second:.digits$}/s");
    }
}

/// Writes how long it will take, as far as one can tell.
fn rest(state: &ProgressState, line: &mut dyn std::fmt::Write) {
    let text = match (state.pos(), state.eta().as_secs()) {
        (0, _) => String::new(),
        (_, seconds @ 0..60) => format!(", {seconds} s left"),
        (_, seconds @ 60..3600) => format!(", {} min left", seconds.div_ceil(60)),
        (_, seconds) => format!(", {} h {} min left", seconds / 3600, seconds % 3600 / 60),
    };
    let _ = line.write_str(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_a_line_with_a_capital_and_the_count() {
        assert_eq!(
            line(&sentence("submitting results"), 12),
            "Submitting results (12)"
        );
        assert_eq!(line(&sentence("confirming"), 0), "Confirming");
        assert_eq!(sentence(""), "");
    }
}
