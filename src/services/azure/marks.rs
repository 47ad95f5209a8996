//! How a run says which submission it is, and which part of it stands there.
//!
//! The mark stands first in the run's comment. For one release the name that handin 0.1.0 gave the submission follows it, and as a tag
//! beside it, so that half-upgraded shards meet. Then comes what was handed in, in numbers, and then what people want to say.

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::text::{COMMENT_LIMIT, cut};
use super::wire::{Run, Tag};
use crate::plan::{ContentDigest, Mark, Part, Relation, SubmissionKey, SubmissionPlan};

/// What the number of the call that made a run follows.
const MAKER: &str = "by-";

/// Marks a run whose attachments did not all arrive.
const UNATTACHED: &str = "(attachments are missing)";

/// What was handed in, in numbers: enough to tell later, from a list of runs alone, whether all of it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) results: u64,
    pub(super) passed: u64,
    /// A digest of which cases the tests were mapped to.
    pub(super) cases: String,
}

impl Summary {
    /// Returns the digest of which cases the tests are mapped to.
    pub(super) fn of_cases(plan: &SubmissionPlan) -> String {
        let pairs = plan.results.iter().flat_map(|result| {
            let cases = result.cases.iter();
            cases.map(|case| (result.test.as_str(), case.0.as_str()))
        });
        let mut mapped: Vec<(&str, &str)> = pairs.collect();
        mapped.sort_unstable();
        mapped.dedup();
        let mut hasher = Sha256::new();
        for (test, case) in mapped {
            hasher.update(test.as_bytes());
            hasher.update([0]);
            hasher.update(case.as_bytes());
            hasher.update([0]);
        }
        ContentDigest(hasher.finalize().into()).hex(8)
    }

    /// Reads it back from the comment of a run.
    pub(super) fn read(comment: &str) -> Option<Self> {
        let line = comment.lines().find(|line| line.contains(" results, "))?;
        let (results, rest) = line.split_once(" results, ")?;
        let (passed, rest) = rest.split_once(" passed, cases ")?;
        Some(Self {
            results: results.parse().ok()?,
            passed: passed.parse().ok()?,
            cases: rest.split_whitespace().next()?.to_owned(),
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} results, {} passed, cases {}",
            self.results, self.passed, self.cases
        )
    }
}

/// Returns the comment of a run: its marks first, then what people want to say.
pub(super) fn comment(
    (mark, former, maker): (&Mark, &SubmissionKey, &str),
    summary: Option<&Summary>,
    text: Option<&str>,
    attachments_missing: bool,
) -> String {
    let mut head = format!("{mark} {former}");
    if !maker.is_empty() {
        head = format!("{head} {MAKER}{maker}");
    }
    if attachments_missing {
        head = format!("{head} {UNATTACHED}");
    }
    if let Some(summary) = summary {
        head = format!("{head}\n{summary}");
    }
    match text {
        Some(text) if !text.is_empty() => {
            format!("{head}\n{}", cut(text, COMMENT_LIMIT - head.len() - 1))
        }
        Some(_) | None => head,
    }
}

/// Returns the number of the call that made a run, where the run says it.
pub(super) fn maker(run: &Run) -> Option<&str> {
    let mut words = run.comment.as_deref()?.lines().next()?.split_whitespace();
    words.find_map(|word| word.strip_prefix(MAKER))
}

/// Azure: a tag is alphanumeric and shorter than 30 characters (docs: Runs – Create).
pub(super) fn tag(former: &SubmissionKey) -> Tag {
    Tag {
        name: former.as_str().replace("handin-", "hi"),
    }
}

/// What a run is to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The submission's run.
    Main,
    /// A run beside it, for what the submission's run did not take any more.
    Beside,
    /// A run beside it, which a later attempt of the same part made.
    LaterBeside,
    /// None of its own.
    Stranger,
    /// The list does not show what would tell.
    Untold,
}

/// Returns the role of a run for the submission that carries `ours`, and was called `former` by handin 0.1.0.
pub(super) fn role(run: &Run, ours: &Mark, former: &SubmissionKey) -> Role {
    let Some(comment) = run.comment.as_deref() else {
        let tags = run.tags.as_deref().unwrap_or_default();
        // Empty tags alone tell nothing: some answers show them empty.
        return if tags.contains(&tag(former)) {
            Role::Main
        } else {
            Role::Untold
        };
    };
    let Some(mark) = Mark::first_in(comment) else {
        return if comment.contains(former.as_str()) {
            Role::Main
        } else {
            Role::Stranger
        };
    };
    match (mark.relation_to(ours), &mark.item) {
        (Relation::Same, Some(_)) => Role::Beside,
        (Relation::Later, Some(_)) => Role::LaterBeside,
        (Relation::Same, None) => Role::Main,
        (Relation::Other, _) | (_, Some(_)) => Role::Stranger,
        // The parts of a submission share its run.
        (Relation::Earlier | Relation::Later | Relation::Clash | Relation::OtherPart, None) => {
            if ours.part == Part::Whole {
                Role::Stranger
            } else {
                Role::Main
            }
        }
    }
}

/// Returns the names under which a run can be looked up: those of its submission, in whatever version it was made.
pub(super) fn keys_of(run: &Run) -> Vec<SubmissionKey> {
    let comment = run.comment.as_deref().unwrap_or_default();
    let marks = Mark::first_in(comment).map(|mark| mark.journal_key());
    let former = comment.split_whitespace().find_map(SubmissionKey::read);
    marks.into_iter().chain(former).collect()
}

/// Returns the name of the file by which a part says, at the run, that it was handed in.
pub(super) fn part_file(mark: &Mark) -> String {
    format!("{}.txt", mark.of_part())
}

/// Which shards a run says to hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub(super) marks: Vec<Mark>,
    /// Those that handin 0.1.0 marked: which, and of how many.
    former: BTreeSet<(u32, u32)>,
}

impl Parts {
    /// Reads them from the names of the files at a run.
    pub(super) fn read<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut parts = Self::default();
        for name in names {
            let stem = name.strip_suffix(".txt").unwrap_or_default();
            if let Some(mark) = Mark::parse(stem) {
                parts.marks.push(mark);
            } else if let Some(shard) = former_shard(stem) {
                parts.former.insert(shard);
            }
        }
        parts
    }

    /// Returns how the existing run of our part relates to ours: the latest one counts. `None` if there is none.
    pub(super) fn relation(&self, ours: &Mark) -> Option<Relation> {
        let of_part = self.marks.iter().filter(|mark| mark.part == ours.part);
        let relations: Vec<Relation> = of_part.map(|mark| mark.relation_to(ours)).collect();
        [
            Relation::Clash,
            Relation::Later,
            Relation::Same,
            Relation::Earlier,
        ]
        .into_iter()
        .find(|wanted| relations.contains(wanted))
    }

    /// Returns whether our part says to stand there, with this content.
    pub(super) fn holds(&self, ours: &Mark) -> bool {
        self.marks.contains(&ours.of_part()) || self.is_former(ours.part)
    }

    fn is_former(&self, part: Part) -> bool {
        matches!(part, Part::Shard { index, count } if self.former.contains(&(index, count)))
    }

    /// Returns whether all shards say to stand there.
    pub(super) fn are_all(&self, count: u32) -> bool {
        (1..=count).all(|index| {
            let part = Part::Shard { index, count };
            self.is_former(part) || self.marks.iter().any(|mark| mark.part == part)
        })
    }
}

/// Reads the name that handin 0.1.0 gave the file of a shard.
fn former_shard(stem: &str) -> Option<(u32, u32)> {
    let (index, count) = stem.strip_prefix("handin-shard-")?.split_once("-of-")?;
    Some((index.parse().ok()?, count.parse().ok()?))
}

/// Returns whether the run says that attachments are missing.
pub(super) fn lacks_attachments(run: &Run) -> bool {
    run.comment
        .as_deref()
        .is_some_and(|comment| comment.contains(UNATTACHED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Attempt, BuildKey, Identity};

    fn mark(part: Part, attempt: u64, content: u8) -> Mark {
        let reports = [ContentDigest([content; 32])];
        Identity::new(
            BuildKey::of_text("b"),
            part,
            Attempt::Number(attempt),
            &reports,
        )
        .mark(&["4", "5"])
    }

    fn run(comment: &str) -> Run {
        serde_json::from_value(serde_json::json!({"id": 7, "comment": comment})).unwrap()
    }

    fn former() -> SubmissionKey {
        SubmissionKey::read("handin-0123456789abcdef01234567").unwrap()
    }

    #[test]
    fn a_run_of_version_0_1_0_is_found_by_the_name_that_it_carries() {
        let ours = mark(Part::Whole, 1, 1);
        let old = run("nightly\nhandin-0123456789abcdef01234567");
        assert_eq!(role(&old, &ours, &former()), Role::Main);
        assert_eq!(keys_of(&old), [former()]);
        let other = run("handin-0123456789abcdef01234568");
        assert_eq!(role(&other, &ours, &former()), Role::Stranger);
        let names = ["handin-shard-1-of-2.txt", "shot.png"];
        let parts = Parts::read(names.into_iter());
        assert!(parts.holds(&mark(Part::Shard { index: 1, count: 2 }, 1, 1)));
        assert!(!parts.are_all(2));
    }

    #[test]
    fn the_mark_stands_first_and_no_text_cuts_it_off() {
        let ours = mark(Part::Whole, 1, 1);
        let summary = Summary {
            results: 14,
            passed: 10,
            cases: "0011aabb".to_owned(),
        };
        let text = comment(
            (&ours, &former(), "1f2e"),
            Some(&summary),
            Some(&"long ".repeat(400)),
            true,
        );
        assert!(text.starts_with(&ours.to_string()), "{text}");
        assert!(text.encode_utf16().count() <= COMMENT_LIMIT);
        assert_eq!(Summary::read(&text), Some(summary));
        assert!(lacks_attachments(&run(&text)));
        assert_eq!(maker(&run(&text)), Some("1f2e"));
        assert_eq!(role(&run(&text), &ours, &former()), Role::Main);
        assert_eq!(
            role(
                &run(&text),
                &mark(Part::Whole, 1, 2),
                &SubmissionKey::of(&crate::plan::KeyParts::default())
            ),
            Role::Stranger
        );
    }

    #[test]
    fn shards_share_a_run_and_a_later_attempt_of_one_is_told_apart() {
        let shard =
            |index, attempt, content| mark(Part::Shard { index, count: 2 }, attempt, content);
        let first = comment((&shard(1, 1, 1), &former(), ""), None, None, false);
        assert_eq!(role(&run(&first), &shard(2, 1, 2), &former()), Role::Main);
        let names = [part_file(&shard(1, 1, 1)), part_file(&shard(2, 1, 2))];
        let parts = Parts::read(names.iter().map(String::as_str));
        assert!(parts.are_all(2));
        assert_eq!(parts.relation(&shard(1, 1, 1)), Some(Relation::Same));
        assert_eq!(parts.relation(&shard(1, 2, 3)), Some(Relation::Earlier));
        assert_eq!(parts.relation(&shard(1, 0, 3)), Some(Relation::Later));
        let beside = comment(
            (&shard(1, 2, 3).of_item("own1"), &former(), ""),
            None,
            None,
            false,
        );
        assert_eq!(
            role(&run(&beside), &shard(1, 2, 3), &former()),
            Role::Beside
        );
        assert_eq!(
            role(&run(&beside), &shard(1, 1, 1), &former()),
            Role::LaterBeside
        );
    }
}
