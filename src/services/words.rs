//! What is said of a test beside its outcome, in the words of its report.

use crate::model::Outcome;

/// Describes how a test ended.
pub(super) fn said(outcome: &Outcome, limit: usize) -> String {
    match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Incomplete => "The test was begun and never ended.".to_owned(),
        Outcome::Skipped { reason } => reason.clone().unwrap_or_default(),
        Outcome::Failed(failure) | Outcome::Errored(failure) => {
            let mut lines = Vec::new();
            for one in std::iter::once(failure).chain(&failure.also) {
                let head = match (one.kind.as_deref(), one.message.as_deref()) {
                    (Some(kind), Some(message)) if !message.contains(kind) => {
                        format!("{kind}: {message}")
                    }
                    (_, Some(message)) => message.to_owned(),
                    (Some(kind), None) => kind.to_owned(),
                    (None, None) => String::new(),
                };
                let details = one.details.clone().unwrap_or_default();
                if !details.contains(&head) || head.is_empty() {
                    lines.push(head);
                }
                lines.push(details);
            }
            lines.retain(|line| !line.trim().is_empty());
            bounded(lines.join("\n").trim(), limit)
        }
    }
}

/// Shortens a text to `limit` characters, with a mark where something was cut.
pub(super) fn bounded(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit).collect();
    format!("{kept}… ({} characters cut)", count - limit)
}
