//! From what is known to how a submission stands: one table.

use crate::services::State;

/// What is known of a submission at its end, from what was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that are independent of each other"
)]
pub struct Facts {
    /// How many of the things that shall stand there do stand there, as they were sent.
    pub stands: u64,
    /// Whether this call wrote any of it. The engine says so.
    pub wrote: bool,
    /// What may have been written and could not be confirmed, by name. The engine adds the writes without an answer.
    pub unconfirmed: Vec<String>,
    /// What is not there, by name, and comes with the same command.
    pub missing: Vec<String>,
    /// What is not there, by name and with the reason, and does not come by repeating the command.
    pub refused: Vec<String>,
    /// What stands there otherwise than it was sent, by name, with both outcomes.
    pub different: Vec<String>,
    /// Whether the service took it, and nobody waited for what becomes of it (`--no-wait`).
    pub accepted: bool,
    /// Whether what is missing is certain not to be there, and not only not shown yet.
    pub is_certain: bool,
    /// Whether the service took what was written in this call, and made nothing of it.
    pub is_void: bool,
    /// What is worth knowing and is no failure.
    pub warnings: Vec<String>,
}

impl Facts {
    /// Returns how the submission stands.
    pub fn state(&self) -> State {
        let is_whole =
            self.missing.is_empty() && self.refused.is_empty() && self.different.is_empty();
        let is_something = self.stands > 0 || self.wrote || !self.different.is_empty();
        match (self.unconfirmed.is_empty(), is_whole, is_something) {
            (false, _, _) => State::Uncertain,
            (true, false, true) => State::Partial,
            (true, false, false) => State::Refused,
            (true, true, _) if self.accepted => State::Accepted,
            (true, true, _) if self.wrote => State::Done,
            (true, true, _) => State::Known,
        }
    }

    /// Returns whether the same command, run again, completes it.
    pub fn completes_by_repeating(&self) -> bool {
        let is_open = !self.unconfirmed.is_empty() || !self.missing.is_empty();
        is_open && self.refused.is_empty() && self.different.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_submission_stands_follows_from_what_is_known() {
        let texts = |count: usize| vec!["x".to_owned(); count];
        let facts = |stands, wrote, [unconfirmed, missing, refused, different]: [usize; 4]| Facts {
            stands,
            wrote,
            unconfirmed: texts(unconfirmed),
            missing: texts(missing),
            refused: texts(refused),
            different: texts(different),
            ..Facts::default()
        };
        // What stands there, whether this call wrote; unconfirmed, missing, refused, different; how it stands, whether repeating helps.
        let table = [
            (2, false, [0, 0, 0, 0], State::Known, false),
            (2, true, [0, 0, 0, 0], State::Done, false),
            (0, false, [0, 0, 0, 0], State::Known, false),
            (0, false, [0, 2, 0, 0], State::Refused, true),
            (0, false, [0, 0, 2, 0], State::Refused, false),
            (1, false, [0, 1, 0, 0], State::Partial, true),
            (0, true, [0, 1, 0, 0], State::Partial, true),
            (1, true, [0, 1, 1, 0], State::Partial, false),
            (1, true, [0, 0, 0, 1], State::Partial, false),
            (0, false, [0, 0, 0, 1], State::Partial, false),
            (0, false, [1, 0, 0, 0], State::Uncertain, true),
            (1, true, [1, 1, 0, 0], State::Uncertain, true),
            (1, true, [1, 0, 0, 1], State::Uncertain, false),
        ];
        for (stands, wrote, texts, state, repeat) in table {
            let facts = facts(stands, wrote, texts);
            assert_eq!(
                (facts.state(), facts.completes_by_repeating()),
                (state, repeat),
                "{facts:?}"
            );
        }
        let accepted = Facts {
            accepted: true,
            wrote: true,
            ..Facts::default()
        };
        assert_eq!(accepted.state(), State::Accepted);
    }
}
