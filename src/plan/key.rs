//! The name by which a submission is found again.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 digest of a report's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest(pub [u8; 32]);

impl ContentDigest {
    /// Returns its first hexadecimal digits, at most 64.
    pub fn hex(self, count: usize) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.truncate(count);
        text
    }
}

/// Names one submission in the journal; and, as [`SubmissionKey::of`] makes it, as handin 0.1.0 named it: the same reports for the
/// same target, told by the words of the settings, from the same CI build. What 0.1.0 made is found by that.
///
/// The former name is written as `handin-` and 24 hexadecimal digits: 96 bits, so that two
/// submissions never meet by accident, and short enough for a comment or a description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubmissionKey(String);

/// What a [`SubmissionKey`] is made of.
#[derive(Debug, Clone, Default)]
pub struct KeyParts<'a> {
    /// The service and the place on it: everything that decides where results land.
    pub target: &'a str,
    /// The CI build (its run, not its attempt), or the text given with `--key`; empty outside CI.
    pub build: &'a str,
    /// The reports; left out when several shards share one submission.
    pub reports: &'a [ContentDigest],
}

impl SubmissionKey {
    const PREFIX: &'static str = "handin-";

    /// Returns the key made of these parts. The order of the reports does not matter, nor does a report given twice.
    pub fn of(parts: &KeyParts<'_>) -> Self {
        let mut reports = parts.reports.to_vec();
        reports.sort_unstable();
        reports.dedup();
        let mut hasher = Sha256::new();
        for text in ["1", parts.target, parts.build, ""] {
            update(&mut hasher, text);
        }
        for report in &reports {
            hasher.update(report.0);
        }
        Self::read_from(hasher)
    }

    /// Returns the key of writes that belong to no submission: all that is known of them is where they go.
    pub fn of_target(target: &str) -> Self {
        Self::of(&KeyParts {
            target,
            ..KeyParts::default()
        })
    }

    /// Returns the key of a further attempt at the same submission: the same number gives the same key, on any machine.
    #[must_use]
    pub fn again(&self, number: u32) -> Self {
        let mut hasher = Sha256::new();
        for text in ["again", &self.0, &number.to_string()] {
            update(&mut hasher, text);
        }
        Self::read_from(hasher)
    }

    fn read_from(hasher: Sha256) -> Self {
        let digest = ContentDigest(hasher.finalize().into());
        Self(format!("{}{}", Self::PREFIX, digest.hex(24)))
    }

    /// Returns the key of a name that was made elsewhere: see [`super::TargetKey`].
    pub(super) fn named(name: String) -> Self {
        Self(name)
    }

    /// Reads a key back; `None` if it is not a key.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?;
        let is_key = digits.len() == 24
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        is_key.then(|| Self(text.to_owned()))
    }

    /// Returns whether it is of a submission to the same target: [`super::Mark::journal_key`] says to which.
    pub fn shares_target_with(&self, other: &Self) -> bool {
        let target = |key: &Self| key.0.split('-').nth(2).map(str::to_owned);
        target(self).is_some_and(|own| target(other) == Some(own))
    }

    /// Returns the text that is stamped.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn update(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

impl fmt::Display for SubmissionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(target: &str, build: &str, reports: &[u8]) -> SubmissionKey {
        let reports: Vec<ContentDigest> = reports
            .iter()
            .map(|byte| ContentDigest([*byte; 32]))
            .collect();
        SubmissionKey::of(&KeyParts {
            target,
            build,
            reports: &reports,
        })
    }

    #[test]
    fn the_order_of_the_reports_does_not_matter() {
        assert_eq!(key("t", "b", &[1, 2]), key("t", "b", &[2, 1, 2]));
    }

    #[test]
    fn each_further_attempt_has_a_key_of_its_own_that_stays_the_same() {
        let plain = key("t", "b", &[1]);
        assert_eq!(plain.again(2), key("t", "b", &[1]).again(2));
        let keys = [
            plain.clone(),
            plain.again(2),
            plain.again(3),
            key("t", "c", &[1]).again(2),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(
            SubmissionKey::read(plain.again(2).as_str()),
            Some(plain.again(2))
        );
    }

    #[test]
    fn another_target_build_or_report_is_another_submission() {
        let keys = [
            key("t", "b", &[1]),
            key("t", "c", &[1]),
            key("u", "b", &[1]),
            key("t", "b", &[2]),
            key("tb", "", &[1]),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}
