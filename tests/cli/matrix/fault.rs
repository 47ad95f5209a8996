//! The faults, and how each strikes.

use std::sync::mpsc;
use std::time::Duration;

use handin_sandbox::Next;
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};

use super::Row;
use super::scene::Stage;

/// What befalls a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MatrixFault {
    /// The connection is refused for a while.
    Refused,
    /// The program is killed at that moment.
    Killed(When),
    /// The stand-in misbehaves, this often.
    Socket(Fault, usize),
}

impl MatrixFault {
    /// Tells whether it is one of those after which calls differ most: nobody knows what became of the write.
    pub(super) fn is_telling(self) -> bool {
        matches!(
            self,
            Self::Killed(_)
                | Self::Socket(
                    Fault::CLOSE_AFTER_COMMIT | Fault::Stall(When::AfterCommit, _),
                    _
                )
        )
    }
}

/// Longer than the whole command may take.
const STALL: Duration = Duration::from_secs(20);
/// The limit of a command whose write is stalled: it does nothing but wait for its end.
const STALLED: &str = "3s";
/// More often than anything is tried.
const EVERY_TIME: usize = 100;

pub(super) const FAULTS: [MatrixFault; 20] = {
    use MatrixFault::{Killed, Refused, Socket};
    use When::{AfterCommit, BeforeCommit};
    [
        Refused,
        Killed(BeforeCommit),
        Killed(AfterCommit),
        Socket(Fault::CLOSE_BEFORE_READING, 1),
        Socket(Fault::CLOSE_BEFORE_READING, EVERY_TIME),
        Socket(Fault::CLOSE_AFTER_COMMIT, 1),
        Socket(Fault::Stall(BeforeCommit, STALL), 1),
        Socket(Fault::Stall(AfterCommit, STALL), 1),
        Socket(Fault::Truncate, 1),
        Socket(Fault::too_many_requests(RetryAfter::Seconds(1)), 1),
        Socket(Fault::too_many_requests(RetryAfter::Date(1)), 1),
        Socket(Fault::too_many_requests(RetryAfter::Silent), 1),
        Socket(Fault::status(BeforeCommit, 500), 1),
        Socket(Fault::status(AfterCommit, 500), 1),
        Socket(Fault::status(BeforeCommit, 503), EVERY_TIME),
        Socket(Fault::status(AfterCommit, 503), 1),
        Socket(Fault::SignIn, 1),
        Socket(Fault::Html(BeforeCommit, 200), 1),
        Socket(Fault::Html(AfterCommit, 200), 1),
        Socket(Fault::Throttle(RetryAfter::Seconds(1)), 1),
    ]
};

/// Makes the first call under the row's fault. Returns the exit code; `None` when it was killed.
pub(super) fn strike(stage: &dyn Stage, row: Row) -> Option<i32> {
    match row.fault {
        MatrixFault::Refused => {
            stage.refuse_request(row.request, Duration::from_millis(400));
            stage.desk().run(&stage.arguments()).code
        }
        MatrixFault::Killed(when) => kill(stage, row.write, when),
        MatrixFault::Socket(fault, times) => {
            stage.add(Rule::new(fault).writes().nth(row.write).times(times));
            let arguments = if matches!(fault, Fault::Stall(..)) {
                stage.within(STALLED)
            } else {
                stage.arguments()
            };
            stage.desk().run(&arguments).code
        }
    }
}

/// Kills the program in the middle of a write: the stand-in waits until it is dead.
fn kill(stage: &dyn Stage, write: usize, moment: When) -> Option<i32> {
    let (reached, at_moment) = mpsc::channel();
    let (dead, is_dead) = mpsc::channel::<()>();
    let is_dead = std::sync::Mutex::new(is_dead);
    stage.hook(Box::new(move |it| {
        if it.write != Some(write) || it.when != moment {
            return Next::GoOn;
        }
        if reached.send(()).is_ok() {
            let _ = is_dead
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(10));
        }
        Next::Close
    }));
    let mut child = stage.desk().start(&stage.arguments());
    let struck = at_moment.recv_timeout(Duration::from_secs(20)).is_ok();
    if struck {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    drop(dead);
    // Windows knows no signals: a killed program has the exit code 1.
    status.code().filter(|_| !(cfg!(windows) && struck))
}
