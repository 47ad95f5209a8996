//! Progress on standard error: a bar for a person, a line a stage for a log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Ui, plain};
use crate::services::Progress;

/// Shows how far things are.
#[derive(Debug)]
pub struct Bar<'a> {
    ui: &'a Ui,
    shown: bool,
    current: Mutex<Option<ProgressBar>>,
}

impl<'a> Bar<'a> {
    pub(super) fn new(ui: &'a Ui, shown: bool) -> Self {
        Self {
            ui,
            shown,
            current: Mutex::new(None),
        }
    }

    fn replace(&self, next: Option<ProgressBar>) {
        let mut bar = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = bar.take() {
            old.finish_and_clear();
        }
        *bar = next;
    }
}

impl Progress for Bar<'_> {
    fn stage(&self, name: &str, total: u64) {
        if !self.shown {
            self.ui.status(&plain(name));
            return;
        }
        let bar =
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        let template = if total == 0 {
            "{spinner} {msg} {elapsed}"
        } else {
            "{spinner} {msg} {wide_bar} {human_pos}/{human_len} {per_sec:.0} {eta}"
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_message(plain(name));
        bar.enable_steady_tick(Duration::from_millis(120));
        self.replace(Some(bar));
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(steps);
        }
    }

    fn note(&self, text: &str) {
        let bar = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*bar {
            Some(bar) => bar.suspend(|| self.ui.status(text)),
            None => self.ui.status(text),
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.replace(None);
    }
}
