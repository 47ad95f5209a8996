//! What makes two submissions the same: target, build and part; and the mark that says so at a service.
//!
//! A *build* is what the CI says of a run, without the attempt. A *part* is what one command hands to it: a shard, or some reports.
//! An *attempt* is no part of the name: it orders what was said of the same part. The [`Mark`] carries all of it, and stands first
//! in whatever text it is written to.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{ContentDigest, SubmissionKey};
use crate::model::TestKey;

/// Names a build: the same on every machine, for every service and every part.
///
/// Printed as `handin-` and 24 hexadecimal digits, and taken back as it is with `--key`. The first sixteen digits say which run of
/// which pipeline, the last eight which stage and job, where several processes share a submission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildKey(String);

impl BuildKey {
    const PREFIX: &'static str = "handin-";
    const DIGITS: usize = 24;
    /// How many digits say which run of which pipeline it is.
    pub const OF_RUN: usize = 16;

    /// Returns the key of a CI's build: its run, and for shared submissions what tells the stage and the job.
    pub fn of_run(run: &str, job: &str) -> Self {
        Self::made(&digits(&["run", run], Self::OF_RUN), job)
    }

    /// Returns the key of a text that a person gave. A text that is a key, or a mark, is taken as it is.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim();
        Self::read(text)
            .or_else(|| Mark::parse(text).map(|mark| mark.key.build))
            .unwrap_or_else(|| Self::made(&digits(&["key", text], Self::OF_RUN), ""))
    }

    /// Returns the key of reports that no build is known of. Neither their order nor a report given twice matters.
    pub fn of_reports(reports: &[ContentDigest]) -> Self {
        Self::made(
            &digits(&["reports", &content(reports).hex(64)], Self::OF_RUN),
            "",
        )
    }

    /// Returns the key of a further submission of the same thing: the same number gives the same key, on any machine.
    #[must_use]
    pub fn again(&self, number: u32) -> Self {
        let run = ["again", &self.0, &number.to_string()];
        Self::made(&digits(&run, Self::OF_RUN), "")
    }

    fn made(run: &str, job: &str) -> Self {
        let job = digits(&["job", job], Self::DIGITS - Self::OF_RUN);
        Self(format!("{}{run}{job}", Self::PREFIX))
    }

    /// Reads a key back; `None` if it is not a key.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?;
        (digits.len() == Self::DIGITS && is_hex(digits)).then(|| Self(text.to_owned()))
    }

    /// Returns whether both name the same run of the same pipeline, whatever the stage and the job.
    pub fn is_of_same_run(&self, other: &Self) -> bool {
        let run = |key: &Self| {
            key.0
                .get(..Self::PREFIX.len() + Self::OF_RUN)
                .map(ToOwned::to_owned)
        };
        run(self) == run(other)
    }

    /// Returns the key as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digits(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).unwrap_or_default()
    }
}

impl fmt::Display for BuildKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Names a submission: a build at a target. The target is told by the ids that the service gave, never by the words of the settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// The build.
    pub build: BuildKey,
    target: String,
}

impl TargetKey {
    const DIGITS: usize = 8;

    /// Returns the key of a build at the target that these ids tell, such as the project and the plan.
    pub fn new(build: BuildKey, ids: &[&str]) -> Self {
        let target = digits(ids, Self::DIGITS);
        Self { build, target }
    }

    /// Returns whether both name the same run of the same pipeline at the same target, whatever the stage and the job.
    pub fn is_of_same_run(&self, other: &Self) -> bool {
        self.target == other.target && self.build.is_of_same_run(&other.build)
    }
}

/// What one command hands to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// All of it: the reports tell it from other submissions of the build.
    Whole,
    /// One of several shards, from 1.
    Shard {
        /// Which.
        index: u32,
        /// Of how many.
        count: u32,
    },
    /// Some reports that join the build's open submission (`--open`, `--close`).
    Open,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => formatter.write_str("w"),
            Self::Shard { index, count } => write!(formatter, "s{index}of{count}"),
            Self::Open => formatter.write_str("o"),
        }
    }
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        if let Some(shard) = text.strip_prefix('s') {
            let (index, count) = shard.split_once("of")?;
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            return Some(Self::Shard { index, count });
        }
        match text {
            "w" => Some(Self::Whole),
            "o" => Some(Self::Open),
            _ => None,
        }
    }
}

/// Which of several runs of the same tests in one build: grows when the CI runs a job again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Attempt {
    /// Nobody says.
    #[default]
    Untold,
    /// The CI counts them.
    Number(u64),
    /// The reports say when their tests began, in milliseconds since 1970.
    Began(i64),
}

impl Attempt {
    /// Returns the attempt of a CI's number, else of the start of the reports.
    pub fn new(number: Option<u64>, began: Option<Timestamp>) -> Self {
        match (number, began) {
            (Some(number), _) => Self::Number(number),
            (None, Some(began)) => Self::Began(began.as_millisecond()),
            (None, None) => Self::Untold,
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_at_checked(1)? {
            ("u", "") => Some(Self::Untold),
            ("a", number) => number.parse().ok().map(Self::Number),
            ("t", moment) => moment.parse().ok().map(Self::Began),
            _ => None,
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untold => formatter.write_str("u"),
            Self::Number(number) => write!(formatter, "a{number}"),
            Self::Began(moment) => write!(formatter, "t{}", moment.max(&0)),
        }
    }
}

/// All that names what one command hands in, as far as it is known before the service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The build.
    pub build: BuildKey,
    /// The part.
    pub part: Part,
    /// The attempt.
    pub attempt: Attempt,
    content: String,
    tests: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self::new(BuildKey::of_reports(&[]), Part::Whole, Attempt::Untold, &[])
    }
}

impl Identity {
    const CONTENT: usize = 12;
    const TESTS: usize = 6;

    /// Returns the identity of these reports.
    pub fn new(build: BuildKey, part: Part, attempt: Attempt, reports: &[ContentDigest]) -> Self {
        Self {
            build,
            part,
            attempt,
            content: content(reports).hex(Self::CONTENT),
            tests: digits(&[], Self::TESTS),
        }
    }

    /// Sets which tests the reports hold: that shows whether the same tests ran again.
    #[must_use]
    pub fn of_tests<'a>(self, tests: impl Iterator<Item = &'a TestKey>) -> Self {
        self.of_names(tests.map(TestKey::as_str))
    }

    /// As [`Self::of_tests`], by their names.
    #[must_use]
    pub(super) fn of_names<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        self.tests = digits(&names, Self::TESTS);
        self
    }

    /// Returns the mark of this at a target, told by the ids that the service gave.
    pub fn mark(&self, target: &[&str]) -> Mark {
        Mark {
            key: TargetKey::new(self.build.clone(), target),
            part: self.part,
            attempt: self.attempt,
            content: self.content.clone(),
            tests: self.tests.clone(),
            item: None,
        }
    }
}

/// The text that handin puts first into what it makes at a service, so that it finds it again: on any machine, without a journal.
///
/// Written as `handin2-<build>-<target>-<part>-<attempt>-<content>-<tests>`, with `.<item>` behind it where it marks one of many
/// objects. At most 125 characters, none of which a service, HTML or a search language minds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The submission.
    pub key: TargetKey,
    /// The part.
    pub part: Part,
    /// The attempt.
    pub attempt: Attempt,
    content: String,
    tests: String,
    /// Which of the submission's objects it marks: letters and digits.
    pub item: Option<String>,
}

/// How something that stands at a service relates to what is to be submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same part with the same content.
    Same,
    /// The same part as an earlier attempt left it: ours overwrites or supersedes it.
    Earlier,
    /// The same part as a later attempt left it: ours is out of date.
    Later,
    /// The same part and attempt with other tests: two things under one name.
    Clash,
    /// Another part of the same submission.
    OtherPart,
    /// Another submission.
    Other,
}

impl Mark {
    /// The version that is written.
    pub const VERSION: u32 = 2;
    /// The text that every mark begins with; the digits of the build follow.
    pub const PREFIX: &'static str = "handin2-";
    const LONGEST_ITEM: usize = 24;

    /// Returns the mark of one of the submission's objects. What is no letter or digit is left out.
    #[must_use]
    pub fn of_item(&self, item: &str) -> Self {
        let item = item.chars().filter(char::is_ascii_alphanumeric);
        Self {
            item: Some(item.take(Self::LONGEST_ITEM).collect()),
            ..self.clone()
        }
    }

    /// Returns the mark without its item.
    #[must_use]
    pub fn of_part(&self) -> Self {
        Self {
            item: None,
            ..self.clone()
        }
    }

    /// Returns the key of the submission in the journal and for locks. All parts of a shared submission
    /// have it in common.
    pub fn journal_key(&self) -> SubmissionKey {
        let TargetKey { build, target } = &self.key;
        SubmissionKey::named(match self.part {
            Part::Whole => format!("{build}-{target}-{}", self.content),
            Part::Shard { .. } | Part::Open => format!("{build}-{target}"),
        })
    }

    /// Reads a text that is a mark and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (mark, rest) = Self::leading(text)?;
        rest.is_empty().then_some(mark)
    }

    /// Returns the marks in a text, in their order. What was cut off in the middle of one is none.
    pub fn parse_all(text: &str) -> Vec<Self> {
        let starts = text.match_indices(Self::PREFIX).map(|(start, _)| start);
        let marks = starts.filter_map(|start| Self::leading(text.get(start..)?));
        marks.map(|(mark, _)| mark).collect()
    }

    /// Returns the first mark in a text.
    pub fn first_in(text: &str) -> Option<Self> {
        Self::parse_all(text).into_iter().next()
    }

    fn leading(text: &str) -> Option<(Self, &str)> {
        let rest = text.strip_prefix(Self::PREFIX)?;
        let mut fields = rest.splitn(6, '-');
        let mut next = || fields.next();
        let build = next()?;
        let target = next()?;
        let part = Part::read(next()?)?;
        let attempt = Attempt::read(next()?)?;
        let (content, last) = (next()?, next()?);
        let (tests, rest) = last.split_at_checked(Identity::TESTS)?;
        let is_whole = |field: &str, length| field.len() == length && is_hex(field);
        let is_mark = is_whole(build, BuildKey::DIGITS)
            && is_whole(target, TargetKey::DIGITS)
            && is_whole(content, Identity::CONTENT)
            && is_whole(tests, Identity::TESTS);
        if !is_mark {
            return None;
        }
        let (item, rest) = item(rest);
        let key = TargetKey {
            build: BuildKey(format!("{}{build}", BuildKey::PREFIX)),
            target: target.to_owned(),
        };
        let mark = Self {
            key,
            part,
            attempt,
            content: content.to_owned(),
            tests: tests.to_owned(),
            item,
        };
        Some((mark, rest))
    }

    /// Returns how the bearer of this mark relates to what `ours` is to submit.
    pub fn relation_to(&self, ours: &Self) -> Relation {
        let same_content = self.content == ours.content;
        if self.key != ours.key {
            return Relation::Other;
        }
        match (self.part, ours.part) {
            (
                Part::Shard { index, count },
                Part::Shard {
                    index: our,
                    count: of,
                },
            ) => {
                match (index == our, count == of, same_content) {
                    (true, true, true) => Relation::Same,
                    (true, true, false) => self.other_content(ours),
                    // The tests were dealt out anew: which of them stand there twice cannot be told by name.
                    (_, false, _) if self.attempt == ours.attempt => Relation::Clash,
                    _ => Relation::OtherPart,
                }
            }
            (Part::Whole, Part::Whole) | (Part::Open, Part::Open) if same_content => Relation::Same,
            (Part::Whole, Part::Whole) => Relation::Other,
            _ => Relation::OtherPart,
        }
    }

    fn other_content(&self, ours: &Self) -> Relation {
        match self.attempt.cmp(&ours.attempt) {
            Ordering::Less => Relation::Earlier,
            Ordering::Greater => Relation::Later,
            // A step that was repeated inside its job ran the same tests.
            Ordering::Equal if self.tests == ours.tests => Relation::Earlier,
            Ordering::Equal => Relation::Clash,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}-{}-{}-{}-{}-{}",
            Self::PREFIX,
            self.key.build.digits(),
            self.key.target,
            self.part,
            self.attempt,
            self.content,
            self.tests
        )?;
        match &self.item {
            Some(item) => write!(formatter, ".{item}"),
            None => Ok(()),
        }
    }
}

/// Splits the item off that may follow a mark.
fn item(text: &str) -> (Option<String>, &str) {
    let Some(rest) = text.strip_prefix('.') else {
        return (None, text);
    };
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    match rest.split_at_checked(end) {
        Some((item, rest)) if !item.is_empty() => (Some(item.to_owned()), rest),
        // The full stop of a sentence.
        _ => (None, text),
    }
}

/// Returns one digest of some reports. Neither their order nor a report given twice matters.
fn content(reports: &[ContentDigest]) -> ContentDigest {
    if let [one] = reports {
        return *one;
    }
    let mut reports = reports.to_vec();
    reports.sort_unstable();
    reports.dedup();
    if let [one] = reports.as_slice() {
        return *one;
    }
    let mut hasher = Sha256::new();
    for report in &reports {
        hasher.update(report.0);
    }
    ContentDigest(hasher.finalize().into())
}

/// Returns hexadecimal digits that stand for these texts.
fn digits(texts: &[&str], count: usize) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    ContentDigest(hasher.finalize().into()).hex(count)
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(byte: u8) -> ContentDigest {
        ContentDigest([byte; 32])
    }

    fn identity(part: Part, attempt: u64, content: u8) -> Identity {
        let build = BuildKey::of_run("github 7", "test");
        Identity::new(build, part, Attempt::Number(attempt), &[report(content)])
    }

    fn mark(part: Part, attempt: u64, content: u8) -> Mark {
        identity(part, attempt, content).mark(&["project 1", "plan 2"])
    }

    const SECOND: Part = Part::Shard { index: 2, count: 4 };

    #[test]
    fn a_printed_key_is_taken_as_it_is_and_a_mark_gives_the_key_of_its_build() {
        let key = BuildKey::of_run("github 7", "");
        assert_eq!(BuildKey::of_text(&format!(" {key} ")), key);
        let build = identity(SECOND, 1, 1).build;
        assert_eq!(BuildKey::of_text(&mark(SECOND, 1, 1).to_string()), build);
        assert_ne!(BuildKey::of_text("nightly"), BuildKey::of_text("nightly 2"));
        assert_eq!(key.as_str().len(), "handin-".len() + 24);
    }

    #[test]
    fn jobs_of_one_run_have_keys_of_their_own_and_are_still_of_one_run() {
        let (a, b) = (
            BuildKey::of_run("github 7", "qa"),
            BuildKey::of_run("github 7", "prod"),
        );
        assert_ne!(a, b);
        assert!(a.is_of_same_run(&b));
        assert!(!a.is_of_same_run(&BuildKey::of_run("github 8", "qa")));
    }

    #[test]
    fn the_order_of_the_reports_does_not_matter_nor_one_that_is_given_twice() {
        let key = |reports: &[u8]| {
            let reports: Vec<_> = reports.iter().map(|byte| report(*byte)).collect();
            BuildKey::of_reports(&reports)
        };
        assert_eq!(key(&[1, 2]), key(&[2, 1, 2]));
        assert_eq!(key(&[1]), key(&[1, 1]));
        assert_ne!(key(&[1]), key(&[1, 2]));
    }

    #[test]
    fn each_further_submission_of_the_same_has_a_key_of_its_own_that_stays() {
        let key = BuildKey::of_run("github 7", "");
        assert_eq!(key.again(2), key.clone().again(2));
        assert_ne!(key.again(2), key.again(3));
        assert_eq!(BuildKey::read(key.again(2).as_str()), Some(key.again(2)));
    }

    #[test]
    fn a_mark_is_read_back_from_any_text_around_it() {
        for part in [Part::Whole, SECOND, Part::Open] {
            let plain = mark(part, 3, 1);
            let item = plain.of_item("0123-ab/cd");
            assert_eq!(item.item.as_deref(), Some("0123abcd"));
            let text = format!("<p>{plain}. boom {item}</p>handin-0123456789abcdef01234567");
            assert_eq!(Mark::parse_all(&text), [plain.clone(), item.clone()]);
            assert_eq!(Mark::parse(&item.to_string()), Some(item));
        }
        let began = Attempt::new(None, "2026-03-01T08:00:02Z".parse().ok());
        let text = Identity {
            attempt: began,
            ..identity(SECOND, 1, 1)
        }
        .mark(&["1"])
        .to_string();
        assert_eq!(Mark::parse(&text).map(|mark| mark.attempt), Some(began));
    }

    #[test]
    fn a_mark_that_was_cut_off_is_none() {
        let text = mark(SECOND, 3, 1).to_string();
        for end in 0..text.len() {
            assert_eq!(Mark::first_in(text.get(..end).unwrap()), None, "{end}");
        }
        assert!(
            text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            "{text}"
        );
    }

    #[test]
    fn the_same_shard_again_is_an_update_and_another_one_joins() {
        let ours = mark(SECOND, 2, 1);
        let relation = |there: &Mark| there.relation_to(&ours);
        assert_eq!(relation(&mark(SECOND, 1, 1)), Relation::Same);
        assert_eq!(relation(&mark(SECOND, 1, 9)), Relation::Earlier);
        assert_eq!(relation(&mark(SECOND, 3, 9)), Relation::Later);
        assert_eq!(
            relation(&mark(Part::Shard { index: 3, count: 4 }, 2, 9)),
            Relation::OtherPart
        );
        assert_eq!(
            relation(&mark(Part::Shard { index: 3, count: 5 }, 2, 9)),
            Relation::Clash
        );
    }

    #[test]
    fn the_same_shard_and_attempt_with_other_tests_is_a_clash_and_with_the_same_tests_a_repetition()
    {
        let of = |content, test: &str| {
            let tests = [TestKey::typed(test)];
            identity(SECOND, 1, content)
                .of_tests(tests.iter())
                .mark(&["1"])
        };
        assert_eq!(of(1, "a").relation_to(&of(2, "b")), Relation::Clash);
        assert_eq!(of(1, "a").relation_to(&of(2, "a")), Relation::Earlier);
    }

    #[test]
    fn other_reports_are_another_submission_unless_they_join_an_open_one() {
        assert_eq!(
            mark(Part::Whole, 1, 1).relation_to(&mark(Part::Whole, 1, 2)),
            Relation::Other
        );
        assert_eq!(
            mark(Part::Open, 1, 1).relation_to(&mark(Part::Open, 1, 2)),
            Relation::OtherPart
        );
        let elsewhere = identity(Part::Whole, 1, 1).mark(&["project 1", "plan 3"]);
        assert_eq!(
            elsewhere.relation_to(&mark(Part::Whole, 1, 1)),
            Relation::Other
        );
    }
}
