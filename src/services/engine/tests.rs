//! A small service in memory, and the engine's promises held against it.
use super::*;
/// What the small service can be asked to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Retract,
}
impl Kind for Made {
    fn word(self) -> &'static str {
        "small.retract"
    }
    fn rule(self) -> Rule {
        Rule::Set
    }
}
