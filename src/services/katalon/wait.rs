//! After handing in: waits for the import, and tells how a part stands by what the service counts.

use super::super::{ServiceError, State};
use super::confirm::{self, Comparison, Pauses};
use super::ledger::{HAND_IN, Ledger, Standing};
use super::lookup::Sight;
use super::parts::Part;
use super::send::Sending;
use super::wire::{Execution, Stage, UploadBatch};
use crate::transport::TransportError;

const UNWAITED: &str = "not waited for the import: whether all results arrived is not known";

impl Sending<'_> {
    /// Follows what a part produced to its end, and tells how it stands.
    pub(super) fn confirm(
        &mut self,
        part: &Part,
        ledger: &Ledger<'_>,
        answers: &[UploadBatch],
    ) -> Result<(), ServiceError> {
        let web_url = answers.iter().find_map(|answer| answer.web_url.clone());
        let web_url = web_url.or_else(|| page_of(ledger));
        self.receipt.url = self.receipt.url.take().or(web_url.clone());
        let waits = self.katalon.target.wait.is_some();
        if !waits && !self.has_followers(part) {
            self.receipt.warnings.push(UNWAITED.to_owned());
            return Ok(());
        }
        self.progress.stage("importing", 0);
        let Some(executions) = self.watch(part, web_url.as_deref())? else {
            return Ok(());
        };
        self.katalon
            .note(&mut self.receipt, &self.plan.settled.place, &executions);
        if waits {
            self.judge(part, &executions)?;
        } else {
            self.receipt.warnings.push(UNWAITED.to_owned());
        }
        self.follow_up(part, ledger, &executions)
    }

    /// Waits until the executions of a part are there and at their end, and all results in them.
    fn watch(
        &mut self,
        part: &Part,
        web_url: Option<&str>,
    ) -> Result<Option<Vec<Execution>>, ServiceError> {
        let katalon = self.katalon;
        let (target, transport) = (&katalon.target, &katalon.transport);
        let mut pauses = Pauses::new(transport, target.poll, target.wait.unwrap_or(target.grace));
        let mut late = Pauses::new(transport, target.poll, target.grace);
        loop {
            let found = match katalon.look(self.plan.project(), part)? {
                Sight::Executions(found) => found,
                Sight::Nothing => match self.by_page(web_url)? {
                    Some(execution) => vec![execution],
                    None if pauses.pause(transport)? => continue,
                    None => {
                        self.uncertain("TestOps took the files and shows no execution of them yet");
                        return Ok(None);
                    }
                },
                Sight::Blind(reason) => {
                    let Some(execution) = self.by_page(web_url)? else {
                        self.uncertain(&format!(
                            "TestOps took the files, and cannot be asked what became of them ({reason})"
                        ));
                        return Ok(None);
                    };
                    vec![execution]
                }
            };
            if target.wait.is_none() {
                return Ok(Some(found));
            }
            let ended = found
                .into_iter()
                .map(|one| confirm::follow(transport, &katalon.server, one, &mut pauses))
                .collect::<Result<Vec<_>, _>>()?;
            // Several executions of one batch need not show at the same time.
            let fewer = ended.iter().all(|one| one.stage() == Stage::Finished)
                && matches!(confirm::compare(part.tally, &ended), Comparison::Fewer(_));
            if !(fewer && late.pause(transport)?) {
                return Ok(Some(ended));
            }
        }
    }

    /// Returns the execution whose page the service named, for servers that cannot be asked by batch.
    fn by_page(&self, web_url: Option<&str>) -> Result<Option<Execution>, TransportError> {
        let order = web_url
            .and_then(|url| url.split_once("/executions/"))
            .map(|(_, rest)| {
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
            })
            .filter(|order| !order.is_empty());
        match order {
            Some(order) => self.katalon.lookup(self.plan.project()).numbered(&order),
            None => Ok(None),
        }
    }

    /// Tells how a part stands, from what its import came to.
    fn judge(&mut self, part: &Part, executions: &[Execution]) -> Result<(), ServiceError> {
        if executions.iter().any(|one| one.stage() == Stage::Working) {
            self.uncertain("TestOps had not finished its import when the wait was over");
            return Ok(());
        }
        if executions.iter().any(|one| one.stage() == Stage::Broken) {
            self.uncertain("TestOps gave up its import: the page of the execution says why");
            return Ok(());
        }
        match confirm::compare(part.tally, executions) {
            Comparison::Same => Ok(()),
            Comparison::Unknown => {
                self.uncertain("TestOps gives no counts of what it imported");
                Ok(())
            }
            Comparison::Different(figures) => {
                self.uncertain(&figures);
                Ok(())
            }
            Comparison::Fewer(figures) => {
                self.receipt.missing.push(figures);
                self.raise(State::Partial);
                Ok(())
            }
        }
    }
}

/// Returns the page of an execution that an earlier attempt was told of.
fn page_of(ledger: &Ledger<'_>) -> Option<String> {
    match ledger.standing(HAND_IN, "") {
        Standing::Done(record) => Some(record.detail.get("page")?.as_str()?.to_owned()),
        Standing::Untouched | Standing::Open(_) => None,
    }
}
