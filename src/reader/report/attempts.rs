//! Tests that ran again: within a report where nothing marks that, and in a second report of the same run.
//!
//! What stands between the readers and whoever takes the tests. It knows keys and outcomes, no format. A reader hands over each test as
//! its report lists it; here those that were tried again become attempts of the last try, and the tests are counted.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash as _, Hasher};
use std::sync::OnceLock;

use super::numbers::{BITS, Numbers};
use super::{ReadError, Source, Summary, Warning, read_plainly};
use crate::model::{Attempt, KnownClass, Roots, Tally, TestCase, Verdict};

/// Which of several attempts of one test counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retries {
    /// The worst, also where the report itself takes the last.
    Worst,
    /// The last, also where nothing but the equal name says that they are tries of one test.
    Last,
}

/// How many tests are watched for others of the same key.
pub(super) const WATCHED: usize = 200_000;

/// Reports of one run, the later of which hold tests that ran again.
#[derive(Debug)]
pub(super) struct Run {
    members: Vec<Member>,
    tries: OnceLock<Tries>,
}

/// A report of a run.
#[derive(Debug)]
struct Member {
    source: Source,
    /// How many times the tests had been started before.
    round: usize,
}

/// The tries of each test that several reports of a run have.
type Tries = HashMap<u64, Vec<Tried>>;

/// How a test went in one report of a run.
#[derive(Debug)]
struct Tried {
    /// Which report.
    member: usize,
    /// How many tests of this name it has.
    tests: usize,
    attempts: Vec<Attempt>,
}

impl Run {
    /// Makes a run of these reports, each with its round; they are in the order in which the tests ran.
    pub(super) fn of(members: Vec<(Source, usize)>) -> Self {
        let members = members.into_iter();
        Self {
            members: members
                .map(|(source, round)| Member { source, round })
                .collect(),
            tries: OnceLock::new(),
        }
    }

    fn tries(&self) -> &Tries {
        self.tries.get_or_init(|| {
            let mut tries = Tries::new();
            for (index, member) in self.members.iter().enumerate() {
                let roots = member.source.roots();
                let mut found: HashMap<u64, Tried> = HashMap::new();
                let read = read_plainly(&member.source, &mut |case| {
                    case.roots = roots.clone();
                    let own = found.entry(row(case)).or_insert(Tried {
                        member: index,
                        tests: 0,
                        attempts: Vec::new(),
                    });
                    own.tests += 1;
                    own.attempts.extend(all(case));
                });
                if read.is_ok() {
                    for (test, tried) in found {
                        tries.entry(test).or_default().push(tried);
                    }
                }
            }
            tries.retain(|_, tries| self.is_one_test(tries));
            tries
        })
    }

    /// Returns whether the reports have a test that ran again, rather than several tests of one name.
    fn is_one_test(&self, tries: &[Tried]) -> bool {
        let round = |tried: &Tried| self.members.get(tried.member).map(|member| member.round);
        let mut rounds = HashSet::new();
        let is_each_once = tries.iter().all(|tried| rounds.insert(round(tried)));
        tries.len() > 1 && is_each_once && tries.iter().all(|tried| tried.tests == 1)
    }
}

/// What becomes of the tests of one report on their way.
pub(super) struct Stage<'s> {
    source: &'s Source,
    roots: Roots,
    /// How often each test still comes, where equal names are tries of one test.
    coming: HashMap<u64, u32>,
    /// The tries of tests that still come.
    waiting: HashMap<u64, Vec<Attempt>>,
    seen: Digests,
    class: KnownClass,
    shared: Shared,
    tally: Tally,
    attempts: u64,
}

/// The numbers that stand for keys: a set of few, or many in little room.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Digests {
    few: HashSet<u64, BuildHasherDefault<Plain>>,
    many: Numbers,
    len: usize,
}

impl Digests {
    /// How many are kept in one set.
    const FEW: usize = 7000;

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes a number; tells whether it is new.
    fn insert(&mut self, number: u64) -> bool {
        if self.len == Self::FEW {
            for number in std::mem::take(&mut self.few) {
                self.many.insert(number);
            }
        }
        let is_new = if self.len < Self::FEW {
            self.few.insert(number)
        } else {
            let is_new = self.many.find(number, 0).is_none();
            if is_new {
                self.many.insert(number);
            }
            is_new
        };
        self.len += usize::from(is_new);
        is_new
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        self.few.iter().copied().chain(self.many.iter())
    }
}

/// Returns a number that stands for the key of a test, as [`Digests`] takes it.
pub(super) fn number(case: &TestCase, class: &mut KnownClass) -> u64 {
    case.key_digest(class) >> (64 - BITS)
}

/// The keys that several tests have.
#[derive(Debug, Default)]
struct Shared {
    first: Option<(u64, String)>,
    keys: HashSet<u64>,
}

impl<'s> Stage<'s> {
    pub(super) fn new(source: &'s Source) -> Result<Self, ReadError> {
        let roots = source.roots();
        let mut coming = HashMap::new();
        if source.retries() == Some(Retries::Last) {
            read_plainly(source, &mut |case| {
                case.roots = roots.clone();
                *coming.entry(row(case)).or_insert(0) += 1;
            })?;
            coming.retain(|_, count| *count > 1);
        }
        Ok(Self {
            source,
            roots,
            coming,
            waiting: HashMap::new(),
            seen: Digests::default(),
            class: KnownClass::default(),
            shared: Shared::default(),
            tally: Tally::default(),
            attempts: 0,
        })
    }

    /// Takes a test, and hands over what is complete.
    #[inline]
    pub(super) fn take(&mut self, case: &mut TestCase, visit: &mut dyn FnMut(&mut TestCase)) {
        case.roots = self.roots.clone();
        if self.ran_again(case) || self.comes_again(case) {
            return;
        }
        if self.source.retries() == Some(Retries::Worst) {
            take_worst(case);
        }
        self.watch(case);
        self.tally.count_case(case);
        self.attempts += case.attempts();
        visit(case);
    }

    /// Returns whether a later report of the run has the test; gives the last of them what the earlier ones have.
    fn ran_again(&self, case: &mut TestCase) -> bool {
        let Some((run, own)) = self.source.run() else {
            return false;
        };
        let Some(tries) = run.tries().get(&row(case)) else {
            return false;
        };
        if tries.iter().any(|tried| tried.member > own) {
            return true;
        }
        let earlier = tries.iter().filter(|tried| tried.member < own);
        let earlier = earlier.flat_map(|tried| tried.attempts.iter().cloned());
        case.earlier.splice(0..0, earlier);
        false
    }

    /// Returns whether a test of this name still comes; gives the last what was before.
    fn comes_again(&mut self, case: &mut TestCase) -> bool {
        if self.coming.is_empty() || is_row(case) {
            return false;
        }
        let test = row(case);
        let Some(left) = self.coming.get_mut(&test) else {
            return false;
        };
        *left -= 1;
        if *left > 0 {
            self.waiting.entry(test).or_default().extend(all(case));
            return true;
        }
        let earlier = self.waiting.remove(&test).unwrap_or_default();
        case.earlier.splice(0..0, earlier);
        false
    }

    /// Takes note of tests that share a key and are no rows.
    fn watch(&mut self, case: &TestCase) {
        if self.seen.len() >= WATCHED || is_row(case) {
            return;
        }
        let test = number(case, &mut self.class);
        if !self.seen.insert(test) {
            self.shared.keys.insert(test);
            self.shared
                .first
                .get_or_insert_with(|| (case.line, case.key().to_string()));
        }
    }

    /// Puts into a summary what came of the tests.
    pub(super) fn finish(self, summary: &mut Summary) {
        summary.tally = self.tally;
        summary.attempts = self.attempts;
        summary.keys = self.seen;
        if let Some((line, key)) = self.shared.first {
            summary.warnings.push(Warning {
                line: Some(line).filter(|line| *line > 0),
                message: shared(&key, self.shared.keys.len(), "several tests"),
            });
        }
    }
}

/// Returns a warning that several tests share a key, and perhaps others do.
pub(super) fn shared(key: &str, keys: usize, of: &str) -> String {
    let key: String = key.chars().take(200).collect();
    let (others, have) = match keys {
        0 | 1 => (String::new(), "is the key"),
        more => (format!(" and {} more", more - 1), "are keys"),
    };
    format!(
        "`{key}`{others} {have} of {of}: what such a key is mapped to gets the worst of their results"
    )
}

/// Returns all tries of a test.
fn all(case: &TestCase) -> impl Iterator<Item = Attempt> {
    case.earlier.clone().into_iter().chain([case.as_attempt()])
}

/// Gives a test the worst of its tries as its outcome.
fn take_worst(case: &mut TestCase) {
    let worst = case
        .earlier
        .iter_mut()
        .max_by_key(|attempt| attempt.outcome.verdict());
    if let Some(worst) =
        worst.filter(|worst| worst.outcome.verdict() > case.outcome.verdict().max(Verdict::Passed))
    {
        std::mem::swap(&mut worst.outcome, &mut case.outcome);
        std::mem::swap(&mut worst.attachments, &mut case.attachments);
    }
}

pub(super) fn is_row(case: &TestCase) -> bool {
    case.iteration.is_some() || !case.parameters.is_empty()
}

/// Returns a number that stands for a test, or for one row of it.
fn row(case: &TestCase) -> u64 {
    let mut hasher = DefaultHasher::new();
    case.key().hash(&mut hasher);
    case.iteration.hash(&mut hasher);
    for parameter in &case.parameters {
        (&parameter.name, &parameter.value).hash(&mut hasher);
    }
    hasher.finish()
}

/// Takes a number that is a hash already as it is.
#[derive(Debug, Default)]
pub(super) struct Plain(u64);

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // A set looks at the first bits and at the last ones.
        self.0 = number ^ number << (64 - BITS);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Digests;

    #[test]
    fn a_number_is_new_once_whatever_it_is_kept_in() {
        let mut digests = Digests::default();
        let number = |index: u64| index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 14;
        for _ in 0..2 {
            let is_first = digests.len() == 0;
            for index in 0..100_000 {
                assert_eq!(digests.insert(number(index)), is_first, "{index}");
            }
        }
        assert_eq!((digests.len(), digests.iter().count()), (100_000, 100_000));
    }
}
