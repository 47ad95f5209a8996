//! Plain JUnit files: one call a file, the last of which ends the batch.
//!
//! No call tells later which files a batch has. So a file whose answer was lost is not announced again; once the batch is
//! imported, its counts say whether it was taken, and what was not goes in as a batch of its own.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::{ServiceError, State};
use super::confirm;
use super::folder::Found;
use super::ledger::{JUNIT_FILE, Ledger, Standing};
use super::lookup::Sight;
use super::parallel;
use super::parts::{Form, Part};
use super::send::Sending;
use super::wire::{Execution, UploadBatchFile};
use crate::journal::Stage;
use crate::model::Tally;
use crate::transport::Delivery;

impl Sending<'_> {
    /// Hands in all files but the last, and returns those whose answer was lost. `taken` tells of any that may be there, whatever
    /// comes after.
    pub(super) fn announce(
        &self,
        part: &Part,
        ledger: &Ledger<'_>,
        rows: &[UploadBatchFile],
        taken: &AtomicBool,
    ) -> Result<Vec<usize>, ServiceError> {
        let others: Vec<(usize, &UploadBatchFile)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.end)
            .collect();
        let jobs = self.katalon.target.jobs;
        let lost = parallel::each(&others, jobs, |(index, row)| {
            let about = index.to_string();
            // Open: it may have been taken. The counts will tell.
            if ledger.standing(JUNIT_FILE, &about) != Standing::Untouched {
                return Ok(None);
            }
            let sent = ledger.write(JUNIT_FILE, &about, || {
                let response = self.katalon.transport.send(self.junit_call(part, row))?;
                if !response.body.trim_ascii().is_empty() {
                    response.json::<serde_json::Value>()?;
                }
                Ok(((), serde_json::Value::Null))
            });
            let is_nowhere = matches!(&sent, Err(ServiceError::Transport(error)) if error.delivery != Delivery::Unknown)
                || matches!(
                    &sent,
                    Err(ServiceError::Setting { .. } | ServiceError::Declined { .. })
                );
            taken.fetch_or(!is_nowhere, Ordering::Relaxed);
            match sent {
                Err(ServiceError::Transport(error))
                    if error.delivery == Delivery::Unknown && !super::is_end(&error) =>
                {
                    Ok(Some(*index))
                }
                other => other.map(|()| None),
            }
        })?;
        Ok(lost.into_iter().flatten().collect())
    }

    /// Hands in what the counts show to be missing, where it is known which files that are; else tells what is missing.
    pub(super) fn complete(
        &mut self,
        part: &Part,
        ledger: &Ledger<'_>,
        executions: &[Execution],
        figures: String,
    ) -> Result<(), ServiceError> {
        let files = if was_begun(part, ledger) {
            doubtful(part, ledger)
        } else {
            self.lost.clone()
        };
        let follower = self.follower(part, files);
        let theirs = confirm::tally(executions).map_or(0, |tally| tally.tests);
        if !follower.reports.is_empty() && theirs + follower.tally.tests == part.tally.tests {
            return self.part(&follower);
        }
        if part.form == Form::Junit && follower.reports.is_empty() {
            // Completed by an earlier attempt whose journal is not here.
            if let Sight::Executions(more) = self.katalon.look(self.plan.project(), &follower)? {
                let all: Vec<Execution> = executions.iter().chain(&more).cloned().collect();
                if confirm::compare(part.form, part.tally, &all) == confirm::Comparison::Same {
                    self.katalon
                        .note(&mut self.receipt, &self.plan.settled.place, &more);
                    return Ok(());
                }
            }
        }
        self.receipt.missing.push(figures);
        self.raise(State::Partial);
        Ok(())
    }

    /// Returns the part that holds these files of another.
    fn follower(&self, part: &Part, files: Vec<usize>) -> Part {
        let mut found = Found::default();
        let mut tally = Tally::default();
        let mut reports = Vec::new();
        for index in files {
            found.files.extend(part.found.files.get(index).cloned());
            if let Some(report) = part.reports.get(index) {
                reports.push(*report);
                let report = self.plan.plan.reports.get(*report);
                tally += report.map(|report| report.tally).unwrap_or_default();
            }
        }
        Part {
            form: part.form,
            batch: format!("{}-2", part.batch),
            suffix: format!("{}-2", part.suffix),
            reports,
            tally,
            found,
        }
    }
}

/// Returns the part under another name: what was begun under the first and never ended is never imported (Katalon's clients
/// all send the end last, and runs that never got it stay without results).
pub(super) fn anew(part: &Part) -> Part {
    Part {
        form: part.form,
        batch: format!("{}-r", part.batch),
        suffix: format!("{}-r", part.suffix),
        reports: part.reports.clone(),
        tally: part.tally,
        found: part.found.clone(),
    }
}

/// Records that the counts showed every file to be there.
pub(super) fn settle_files(part: &Part, ledger: &Ledger<'_>) -> Result<(), ServiceError> {
    for about in doubtful(part, ledger) {
        ledger.settle(JUNIT_FILE, &about.to_string(), Stage::Done)?;
    }
    Ok(())
}

/// Tells whether the journal knows of files of this part.
pub(super) fn was_begun(part: &Part, ledger: &Ledger<'_>) -> bool {
    (0..part.reports.len())
        .any(|index| ledger.standing(JUNIT_FILE, &index.to_string()) != Standing::Untouched)
}

/// Returns the files of which the journal does not know that they were taken.
fn doubtful(part: &Part, ledger: &Ledger<'_>) -> Vec<usize> {
    if part.form != Form::Junit || !was_begun(part, ledger) {
        return Vec::new();
    }
    let all_but_last = 0..part.reports.len().saturating_sub(1);
    all_but_last
        .filter(|index| {
            let standing = ledger.standing(JUNIT_FILE, &index.to_string());
            !matches!(standing, Standing::Done(_))
        })
        .collect()
}
