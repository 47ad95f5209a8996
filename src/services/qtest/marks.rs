//! Markers that identify handin's own objects: in descriptions of containers and cases, and in the notes of logs.
//!
//! A mark is plain ASCII without a character that HTML or qTest's search language minds.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::plan::{Mark, SubmissionKey};

/// What a marked container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    Module,
    Cycle,
    Suite,
}

impl Marked {
    fn word(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Cycle => "cycle",
            Self::Suite => "suite",
        }
    }
}

/// Returns the mark of a container: the same parts give the same mark on any machine.
pub(super) fn container(kind: Marked, parts: &[&str]) -> String {
    format!("handin:2:{}:{}", kind.word(), short_digest(parts))
}

/// Returns the mark as 0.1.0 wrote it.
pub(super) fn former_container(kind: Marked, parts: &[&str]) -> String {
    format!("handin:{}:{}", kind.word(), short_digest(parts))
}

/// Returns whether a text holds any mark of a container.
pub(super) fn is_marked(text: Option<&str>, kind: Marked) -> bool {
    let word = kind.word();
    text.is_some_and(|text| {
        text.contains(&format!("handin:2:{word}:")) || text.contains(&format!("handin:{word}:"))
    })
}

/// Returns the marks in a text.
pub(super) fn all_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("handin:").map(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':'));
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    })
}

/// Returns twelve hexadecimal digits that stand for these texts.
pub(super) fn short_digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hexadecimal(&hasher.finalize(), 6)
}

/// Returns all of a text's digest, in hexadecimal digits.
pub(super) fn full_digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()), 32)
}

fn hexadecimal(bytes: &[u8], count: usize) -> String {
    bytes.iter().take(count).fold(String::new(), |mut text, b| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// Names one result on one run, whatever the submission: place and case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(String);

impl Slot {
    /// Returns the slot of a case in a suite of a cycle.
    pub(super) fn of(cycle: &str, suite: &str, subject: &str) -> Self {
        Self(short_digest(&[cycle, suite, subject]))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the tag in the note of a log: the submission's key, a dot, the slot.
    pub(super) fn tag(&self, key: &SubmissionKey) -> String {
        format!("{key}.{}", self.0)
    }

    /// Reads the slot out of a note that a submission wrote; `None` for a note of somebody else.
    pub(super) fn in_note(note: &str, key: &SubmissionKey) -> Option<Self> {
        let (_, rest) = note.split_once(&format!("{key}."))?;
        Self::leading(rest)
    }

    /// Reads the slots of every submission out of a note.
    pub(super) fn in_any_note(note: &str) -> Option<Self> {
        if let Some(item) = Mark::first_in(note).and_then(|mark| mark.item) {
            return Self::leading(&item);
        }
        let (_, rest) = note.rsplit_once("handin-")?;
        let (_, rest) = rest.split_once('.')?;
        Self::leading(rest)
    }

    fn leading(rest: &str) -> Option<Self> {
        let digits: String = rest.chars().take(12).collect();
        (digits.len() == 12 && digits.chars().all(|c| c.is_ascii_hexdigit()))
            .then_some(Self(digits))
    }
}

/// What handin writes at the end of the description of a case that it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CaseMark {
    /// The version that the content was written for: it is to be approved as this one.
    pub(super) version: u32,
    /// The digest of name and description.
    pub(super) text: String,
    /// The digest of the steps; `-` where the report has none.
    pub(super) steps: String,
}

impl CaseMark {
    const PREFIX: &'static str = "handin:case:v";

    /// Returns the mark as it is written.
    pub(super) fn written(&self) -> String {
        format!(
            "{}{}:{}:{}",
            Self::PREFIX,
            self.version,
            self.text,
            self.steps
        )
    }

    /// Reads the mark out of a description; `None` for a case that a person wrote.
    pub(super) fn read(description: &str) -> Option<Self> {
        let (_, rest) = description.rsplit_once(Self::PREFIX)?;
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-'))
            .unwrap_or(rest.len());
        let mut parts = rest.get(..end)?.splitn(3, ':');
        Some(Self {
            version: parts.next()?.parse().ok()?,
            text: parts.next()?.to_owned(),
            steps: parts.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::KeyParts;

    fn key(target: &str) -> SubmissionKey {
        SubmissionKey::of(&KeyParts {
            target,
            ..KeyParts::default()
        })
    }

    #[test]
    fn a_slot_is_found_in_the_note_that_it_was_written_to_and_in_no_other() {
        let slot = Slot::of("Nightly", "Chrome", "shop.Login#ok");
        let note = format!("<p>boom &lt;x&gt;</p>{}</p>", slot.tag(&key("a")));
        assert_eq!(Slot::in_note(&note, &key("a")), Some(slot.clone()));
        assert_eq!(Slot::in_note(&note, &key("b")), None);
        assert_eq!(Slot::in_any_note(&note), Some(slot));
    }

    #[test]
    fn a_mark_survives_the_html_around_it() {
        let mark = CaseMark {
            version: 3,
            text: "0123456789ab".to_owned(),
            steps: "-".to_owned(),
        };
        let description = format!("<p>x</p>\n<p>{}</p>", mark.written());
        assert_eq!(CaseMark::read(&description), Some(mark));
        assert_eq!(CaseMark::read("<p>written by Ann</p>"), None);
    }

    #[test]
    fn other_parts_give_another_mark() {
        assert_ne!(
            container(Marked::Module, &["a", "bc"]),
            container(Marked::Module, &["ab", "c"])
        );
    }
}
