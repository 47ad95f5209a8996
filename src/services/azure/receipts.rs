//! One receipt of the runs of several test plans.

use super::new_cases::Wanted;
use super::plan::RunPlan;
use super::submission::place;
use crate::services::{Receipt, SendError, State};

/// What became of each test plan's part, joined.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    joined: Option<Receipt>,
    /// What of it is nowhere yet.
    missing: Vec<String>,
    /// Whether something was written before.
    wrote: bool,
}

impl Receipts {
    /// Notes how a first round ended, whose results are read again in the second.
    pub(super) fn began(&mut self, state: State) {
        self.wrote |= state != State::Known;
    }

    pub(super) fn add(&mut self, mut receipt: Receipt) {
        if self.wrote && receipt.state == State::Known {
            receipt.state = State::Done;
        }
        self.joined = Some(match self.joined.take() {
            Some(known) => joined(known, receipt),
            None => receipt,
        });
    }

    /// Notes a test plan that has nothing of the submission yet.
    pub(super) fn lacks(&mut self, run: &RunPlan) {
        self.missing.extend(run.results.iter().map(place));
    }

    /// Notes a test that has no case yet.
    pub(super) fn lacks_case(&mut self, wanted: &Wanted) {
        self.missing
            .push(format!("a test case for `{}`", wanted.test));
    }

    /// Returns all of it; nothing where there was nothing.
    pub(super) fn joined(self) -> Option<Receipt> {
        self.joined
    }

    /// Returns the receipt of what is there, if anything is.
    pub(super) fn found(self) -> Option<Receipt> {
        let mut receipt = self.joined?;
        if !self.missing.is_empty() {
            receipt.state = worse(receipt.state, State::Partial);
            receipt.repeat = true;
            receipt.missing.extend(self.missing);
        }
        Some(receipt)
    }

    /// Ends with an error, which the rest of the test plans were not reached for.
    pub(super) fn ended<'a>(
        mut self,
        mut error: SendError,
        rest: impl Iterator<Item = &'a RunPlan>,
    ) -> SendError {
        rest.for_each(|run| self.lacks(run));
        if self.wrote && error.receipt.state == State::Refused {
            error.receipt.state = State::Partial;
        }
        let missing = std::mem::take(&mut self.missing);
        if let Some(known) = self.joined {
            *error.receipt = joined(known, *error.receipt);
        }
        error.receipt.missing.extend(missing);
        error
    }
}

fn joined(mut one: Receipt, other: Receipt) -> Receipt {
    let is_whole = |receipt: &Receipt| {
        matches!(
            receipt.state,
            State::Done | State::Accepted | State::Known | State::Planned
        )
    };
    one.repeat = match (is_whole(&one), is_whole(&other)) {
        (true, _) => other.repeat,
        (false, true) => one.repeat,
        (false, false) => one.repeat && other.repeat,
    };
    one.state = worse(one.state, other.state);
    one.ids.extend(other.ids);
    one.url = one.url.or(other.url);
    for (outcome, count) in other.counts {
        *one.counts.entry(outcome).or_default() += count;
    }
    for warning in other.warnings {
        if !one.warnings.contains(&warning) {
            one.warnings.push(warning);
        }
    }
    one.missing.extend(other.missing);
    one.different.extend(other.different);
    one
}

/// Returns how both stand together.
fn worse(one: State, other: State) -> State {
    let both = [one, other];
    if both.contains(&State::Uncertain) {
        return State::Uncertain;
    }
    if both == [State::Refused; 2] {
        return State::Refused;
    }
    if both.contains(&State::Partial) || both.contains(&State::Refused) {
        return State::Partial;
    }
    let order = [State::Done, State::Accepted, State::Known];
    let first = order.into_iter().find(|state| both.contains(state));
    first.unwrap_or(State::Planned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_submission_stand_as_the_worst_of_them() {
        let table = [
            (State::Done, State::Known, State::Done),
            (State::Known, State::Known, State::Known),
            (State::Known, State::Refused, State::Partial),
            (State::Refused, State::Refused, State::Refused),
            (State::Done, State::Partial, State::Partial),
            (State::Partial, State::Uncertain, State::Uncertain),
            (State::Refused, State::Uncertain, State::Uncertain),
        ];
        for (one, other, both) in table {
            assert_eq!(worse(one, other), both, "{one:?} {other:?}");
            assert_eq!(worse(other, one), both, "{other:?} {one:?}");
        }
    }
}
