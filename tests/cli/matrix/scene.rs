//! What the matrix needs to know of a service.

use handin_sandbox::fault::Rule;
use handin_sandbox::{Moment, Next};
use std::time::Duration;

use crate::desk::Desk;

/// A submission to one service, set anew for each row.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) set: fn() -> Box<dyn Stage>,
}

/// The limit of a call that nothing befalls: it comes to its end however busy the machine is.
pub(crate) const PATIENT: &str = "60s";

/// A hook of the stand-in.
pub(crate) type Hook = Box<dyn Fn(&Moment<'_>) -> Next + Send + Sync>;

/// A stand-in with a submission in front of it.
pub(crate) trait Stage {
    fn desk(&self) -> &Desk;
    /// The arguments of the call.
    fn arguments(&self) -> Vec<&str>;
    /// The same, with another limit of time.
    fn within<'a>(&'a self, limit: &'a str) -> Vec<&'a str> {
        let mut arguments = self.arguments();
        let name = arguments.iter().position(|one| *one == "--timeout");
        arguments[name.unwrap() + 1] = limit;
        arguments
    }
    /// Whether the call, once it has come to its end, begins another submission: what has come to its end the journal knows.
    fn begins_anew(&self) -> bool {
        false
    }
    /// How many writes the stand-in has seen.
    fn writes(&self) -> usize;
    /// How many writes the stand-in has carried out, without those that nothing comes of by themselves.
    fn committed(&self) -> usize;
    /// Writes that are the same as another in all but the file: one of a kind is broken in every way.
    fn alike(&self) -> &'static [usize] {
        &[]
    }
    /// The number, in the log, of the write with this number among the writes.
    fn number_of(&self, write: usize) -> usize;
    fn add(&self, rule: Rule);
    fn hook(&self, hook: Hook);
    fn refuse_request(&self, number: usize, duration: Duration);
    /// Takes all faults away.
    fn heal(&self);
    /// Looks at what the stand-in holds of the submission.
    fn holds(&self) -> Holding;
}

/// What a stand-in holds of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holding {
    /// Nothing at all.
    Nothing,
    /// Something, not everything, nothing twice.
    Part,
    /// Everything, each thing once.
    All,
    /// Something stands there twice, or is wrong.
    Wrong(String),
}

/// Holds an exit code against what stands there.
pub(crate) fn judge(code: Option<i32>, holding: &Holding) -> Result<(), String> {
    match (code, holding) {
        (_, Holding::Wrong(what)) => Err(format!("exit {code:?} and {what}")),
        // Killed, it had no chance to say anything; 7 says that it does not know.
        (None | Some(7), _)
        | (Some(0), Holding::All)
        | (Some(4..=6), Holding::Nothing)
        | (Some(8), Holding::Part | Holding::All) => Ok(()),
        (code, holding) => Err(format!("exit {code:?} while the service holds {holding:?}")),
    }
}
