//! The policies for what was read: decided before anything is written.

use super::SubmitArgs;
use crate::cli::reading::ParsedReports;
use crate::cli::{Context, ExitStatus, Failure};
use crate::settings::{Reaction, Settings};
use crate::ui::sanitized;

/// Applies the policies for what was read. A text means that the command is over: it says why.
pub(super) fn acceptable(
    context: &Context,
    args: &SubmitArgs,
    settings: &Settings,
    parsed: &mut ParsedReports,
) -> Result<Option<&'static str>, Failure> {
    for line in &parsed.notes {
        context.ui.status(&sanitized(line));
    }
    for line in &parsed.warnings {
        context.ui.warning(&sanitized(line));
    }
    let unreadable = unreadable(context, settings.policy.on_unreadable, parsed).err();
    let stale = stale(context, settings.policy.on_stale, parsed).err();
    if let Some(failure) = [unreadable, stale]
        .into_iter()
        .flatten()
        .reduce(Failure::and)
    {
        return Err(failure);
    }
    if parsed.tally.tests > 0 || args.sharing.close {
        return Ok(None);
    }
    let message = "no test is in what was read";
    match settings.policy.on_empty {
        Reaction::Fail => Err(Failure::new(
            ExitStatus::NothingToSubmit,
            format!("{message}; nothing was written"),
        )
        .hint("did the tests run? `--on-empty warn` takes such reports as done")),
        Reaction::Warn | Reaction::Ignore => Ok(Some(message)),
    }
}

fn unreadable(
    context: &Context,
    reaction: Reaction,
    parsed: &ParsedReports,
) -> Result<(), Failure> {
    let lines = parsed
        .unreadable
        .iter()
        .map(|(path, why)| format!("{}: {}", sanitized(path), sanitized(why)));
    if parsed.unreadable.is_empty() {
        return Ok(());
    }
    match reaction {
        Reaction::Fail => {
            let count = crate::ui::counted(parsed.unreadable.len() as u64, "report");
            let failure = Failure::new(
                ExitStatus::Unverified,
                format!("{count} cannot be read; nothing was written"),
            );
            Err(lines
                .fold(failure, Failure::cause)
                .hint("fix or exclude what is named, or skip it with `--on-unreadable warn`"))
        }
        Reaction::Warn => {
            lines.for_each(|line| context.ui.warning(&format!("{line}; it is skipped")));
            Ok(())
        }
        Reaction::Ignore => Ok(()),
    }
}

/// Returns when the build began, where the CI tells.
pub(super) fn began(context: &Context) -> Option<jiff::Timestamp> {
    let text = context.ci().started?;
    text.replacen(' ', "T", 1).replace("T+", "+").parse().ok()
}

/// A report that is older than the build was left behind by another one.
fn stale(context: &Context, reaction: Reaction, parsed: &mut ParsedReports) -> Result<(), Failure> {
    let (Some(began), Some(ended)) = (began(context), parsed.finished) else {
        return Ok(());
    };
    if ended >= began {
        return Ok(());
    }
    let message = format!(
        "the tests ended at {ended}, before this build began at {began}: were the reports left behind by another build?"
    );
    match reaction {
        Reaction::Fail => Err(Failure::new(
            ExitStatus::Unverified,
            format!("{message} Nothing was written"),
        )),
        Reaction::Warn => {
            context.ui.warning(&message);
            parsed.warnings.push(message);
            Ok(())
        }
        Reaction::Ignore => {
            parsed.warnings.push(message);
            Ok(())
        }
    }
}
