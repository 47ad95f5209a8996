//! Agreeing on one of several objects: the same rule for every kind, so that all processes come to the same end.

use super::{Kind, Step};

/// One of several objects where one was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its id: lower ones were made earlier.
    pub id: u64,
    /// Whether it has been brought to its end: such a one counts before older ones that were not.
    pub is_complete: bool,
    /// Whether this call may take it back: it made it, or it is a mark of ours that nobody tends; and it holds nobody else's work.
    pub may_retract: bool,
    /// Whether results of this submission stand in it: where it stays beside another, they stand twice.
    pub holds_results: bool,
}

/// Several objects where one was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivals<K> {
    /// The item that they all stand for.
    pub item: String,
    /// What they are, for people: "runs of this submission".
    pub what: String,
    /// The kind of write that retracts one; its item is the id.
    pub retract: K,
    /// All of them.
    pub candidates: Vec<Candidate>,
}

impl<K: Kind> Rivals<K> {
    /// Returns the one that counts: the oldest, unless another was brought to its end.
    pub fn winner(&self) -> Option<u64> {
        let oldest =
            |candidates: &mut dyn Iterator<Item = &Candidate>| candidates.map(|it| it.id).min();
        oldest(&mut self.candidates.iter().filter(|it| it.is_complete))
            .or_else(|| oldest(&mut self.candidates.iter()))
    }

    /// Returns the steps that take back what lost and is ours to take back.
    pub(super) fn retractions(&self) -> Vec<Step<K>> {
        let winner = self.winner();
        let losers = self.candidates.iter().filter(|it| Some(it.id) != winner);
        losers
            .filter(|it| it.may_retract)
            .map(|it| Step::one(self.retract, it.id.to_string()))
            .collect()
    }

    /// Returns whether results stand in what lost and stays.
    pub(super) fn stand_twice(&self) -> bool {
        let winner = self.winner();
        let mut losers = self.candidates.iter().filter(|it| Some(it.id) != winner);
        losers.any(|it| it.holds_results && !it.may_retract)
    }

    /// Names what lost and stays.
    pub(super) fn remaining(&self) -> Option<String> {
        let stays = self.candidates.iter().filter(|it| !it.may_retract);
        besides(&self.what, self.winner()?, stays.map(|it| it.id))
    }
}

/// Names what is there besides the one that is used.
pub fn besides(what: &str, used: u64, all: impl Iterator<Item = u64>) -> Option<String> {
    let others = all.filter(|id| *id != used).map(|id| id.to_string());
    let others = others.collect::<Vec<_>>().join(", ");
    (!others.is_empty()).then(|| {
        format!("there is more than one of the {what}: {used} is used; also there, and not taken back: {others}")
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Made;
    use super::*;

    fn rivals(candidates: &[(u64, bool, bool)]) -> Rivals<Made> {
        Rivals {
            item: "run".to_owned(),
            what: "runs".to_owned(),
            retract: Made::Retract,
            candidates: candidates
                .iter()
                .map(|(id, is_complete, may_retract)| Candidate {
                    id: *id,
                    is_complete: *is_complete,
                    may_retract: *may_retract,
                    holds_results: false,
                })
                .collect(),
        }
    }

    #[test]
    fn the_oldest_counts_unless_another_was_brought_to_its_end() {
        assert_eq!(
            rivals(&[(9, false, true), (7, false, false)]).winner(),
            Some(7)
        );
        assert_eq!(
            rivals(&[(9, true, true), (7, false, false)]).winner(),
            Some(9)
        );
    }

    #[test]
    fn only_what_is_ours_is_taken_back_and_the_rest_is_named() {
        let three = rivals(&[(7, false, true), (8, false, true), (9, false, false)]);
        assert_eq!(three.retractions(), [Step::one(Made::Retract, "8")]);
        let told = three.remaining().unwrap();
        assert!(
            told.contains("7 is used") && told.ends_with(": 9"),
            "{told}"
        );
    }
}
