//! Which case a test probably is, by its name: proposals with a score, and those that nobody has to look at.
//!
//! A wrong pair hands results to a stranger's case and is noticed late; a missed one costs a line. So what contradicts (another
//! number, a negation, an opposite) is never proposed, and a proposal is certain only when every word that counts has its
//! counterpart and nothing else comes near, from either side.

mod align;
mod compare;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

use std::collections::HashMap;

use compare::{Likeness, Side, likeness};
use tokens::Token;

/// From this score on a proposal may be applied unseen, if it is unambiguous.
pub const APPLY_SCORE: f64 = 0.9;
/// How much better than the runner-up a proposal has to be, on both sides.
pub const MARGIN: f64 = 0.05;
/// From this score on a pair is proposed at all.
pub const LIST_SCORE: f64 = 0.55;
/// How many cases are looked at closely for a test.
const CANDIDATES: usize = 24;

/// A test that may be proposed.
#[derive(Debug, Clone, Copy)]
pub struct SuggestTest<'a> {
    /// The class, or what stands for it.
    pub class: &'a str,
    /// The name.
    pub name: &'a str,
    /// Whether it has a case already: it then competes, and is not proposed.
    pub mapped: bool,
}

/// A case that may be proposed.
#[derive(Debug, Clone, Copy)]
pub struct SuggestCase<'a> {
    /// The title.
    pub title: &'a str,
    /// Where it stands on the service.
    pub place: &'a str,
    /// Whether it has a test already: it then competes, and is not proposed.
    pub mapped: bool,
}

/// A pair that is proposed. No test and no case is in two of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// Which of the tests.
    pub test: usize,
    /// Which of the cases.
    pub case: usize,
    /// How alike they are, from 0 to 1.
    pub score: f64,
    /// Whether it may be applied unseen.
    pub certain: bool,
}

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suggestions {
    /// The proposals, best first.
    pub pairs: Vec<Suggestion>,
    /// For each test, the cases that come near, best first: what a person may choose from.
    pub choices: Vec<Vec<(usize, f64)>>,
}

/// Compares tests and cases by their names.
pub fn suggest(tests: &[SuggestTest<'_>], cases: &[SuggestCase<'_>]) -> Suggestions {
    let ours: Vec<Side> = tests
        .iter()
        .map(|test| Side::test(test.class, test.name))
        .collect();
    let theirs: Vec<Side> = cases
        .iter()
        .map(|case| Side::case(case.title, case.place))
        .collect();
    let index = Index::of(&ours, &theirs);
    let found: Vec<Vec<(usize, Likeness)>> =
        ours.iter().map(|test| index.near(test, &theirs)).collect();
    let rivals = rivals_of_cases(&found, cases.len());
    let pairs = assign(&found, tests, cases, &rivals);
    let choices = found
        .into_iter()
        .map(|near| {
            near.into_iter()
                .map(|(case, like)| (case, like.score))
                .collect()
        })
        .collect();
    Suggestions { pairs, choices }
}

/// Finds the cases that share rare words with a test, without comparing each with each.
struct Index {
    postings: HashMap<String, Vec<usize>>,
    rarity: HashMap<String, f64>,
}

impl Index {
    fn of(ours: &[Side], theirs: &[Side]) -> Self {
        let mut postings: HashMap<String, Vec<usize>> = HashMap::new();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for (case, side) in theirs.iter().enumerate() {
            for form in distinct_forms(side) {
                postings.entry(form.clone()).or_default().push(case);
                *counts.entry(form).or_default() += 1;
            }
        }
        for side in ours {
            for form in distinct_forms(side) {
                *counts.entry(form).or_default() += 1;
            }
        }
        let total = as_float(ours.len() + theirs.len() + 1);
        let rarity = counts
            .into_iter()
            .map(|(form, count)| {
                (
                    form,
                    (total / as_float(count + 1)).ln() / total.ln().max(1.0),
                )
            })
            .collect();
        Self { postings, rarity }
    }

    /// A word that is everywhere says less than one that is rare.
    fn weight(&self, token: &Token) -> f64 {
        if !token.counts() {
            return 0.1;
        }
        let rarity = token
            .forms
            .iter()
            .filter_map(|form| self.rarity.get(form))
            .copied()
            .fold(1.0, f64::min);
        0.5 + rarity.max(0.0)
    }

    fn near(&self, test: &Side, cases: &[Side]) -> Vec<(usize, Likeness)> {
        let mut near: Vec<(usize, Likeness)> = self
            .candidates(test)
            .into_iter()
            .filter_map(|case| {
                let like = likeness(test, cases.get(case)?, &|token| self.weight(token))?;
                (like.score >= LIST_SCORE).then_some((case, like))
            })
            .collect();
        near.sort_by(|(first, one), (second, other)| {
            other.score.total_cmp(&one.score).then(first.cmp(second))
        });
        near
    }

    fn candidates(&self, test: &Side) -> Vec<usize> {
        let mut sums: HashMap<usize, f64> = HashMap::new();
        for form in distinct_forms(test) {
            let weight = 0.1 + self.rarity.get(&form).copied().unwrap_or(0.0);
            for case in self.postings.get(&form).into_iter().flatten() {
                *sums.entry(*case).or_default() += weight;
            }
        }
        let mut sums: Vec<(usize, f64)> = sums.into_iter().collect();
        let by_sum = |one: &(usize, f64), other: &(usize, f64)| {
            other.1.total_cmp(&one.1).then(one.0.cmp(&other.0))
        };
        if sums.len() > CANDIDATES {
            sums.select_nth_unstable_by(CANDIDATES, by_sum);
            sums.truncate(CANDIDATES);
        }
        sums.into_iter().map(|(case, _)| case).collect()
    }
}

fn distinct_forms(side: &Side) -> Vec<String> {
    let counted = side.tokens.iter().filter(|token| token.counts());
    let mut forms: Vec<String> = counted.flat_map(|token| token.forms.clone()).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of tests are far below the 2^52 that a float holds exactly"
)]
fn as_float(count: usize) -> f64 {
    count as f64
}

fn rivals_of_cases(found: &[Vec<(usize, Likeness)>], cases: usize) -> Vec<Vec<(usize, Likeness)>> {
    let mut rivals = vec![Vec::new(); cases];
    for (test, near) in found.iter().enumerate() {
        for (case, like) in near {
            if let Some(rivals) = rivals.get_mut(*case) {
                rivals.push((test, *like));
            }
        }
    }
    rivals
}

/// Gives each case to the test that is most like it, best pairs first.
fn assign(
    found: &[Vec<(usize, Likeness)>],
    tests: &[SuggestTest<'_>],
    cases: &[SuggestCase<'_>],
    rivals: &[Vec<(usize, Likeness)>],
) -> Vec<Suggestion> {
    let mut all: Vec<(usize, usize, Likeness)> = found
        .iter()
        .enumerate()
        .flat_map(|(test, near)| near.iter().map(move |(case, like)| (test, *case, *like)))
        .collect();
    all.sort_by(|one, other| {
        rank(&other.2)
            .total_cmp(&rank(&one.2))
            .then((one.0, one.1).cmp(&(other.0, other.1)))
    });
    let mut free_tests: Vec<bool> = tests.iter().map(|test| !test.mapped).collect();
    let mut free_cases: Vec<bool> = cases.iter().map(|case| !case.mapped).collect();
    let mut pairs = Vec::new();
    for (test, case, like) in all {
        let is_free = free_tests.get(test) == Some(&true) && free_cases.get(case) == Some(&true);
        if !is_free {
            continue;
        }
        if let (Some(test), Some(case)) = (free_tests.get_mut(test), free_cases.get_mut(case)) {
            (*test, *case) = (false, false);
        }
        let alone = stands_alone(&like, case, found.get(test))
            && stands_alone(&like, test, rivals.get(case));
        pairs.push(Suggestion {
            test,
            case,
            score: like.score,
            certain: like.full && like.score >= APPLY_SCORE && alone,
        });
    }
    pairs
}

/// Full pairs come before those that only look alike.
fn rank(like: &Likeness) -> f64 {
    let bonus = |holds: bool, worth: f64| if holds { worth } else { 0.0 };
    like.score + bonus(like.full, 0.02) + bonus(like.exact, 0.02) + bonus(like.shares_place, 0.01)
}

/// Returns whether nothing else comes near this pair, seen from one of its sides; `own` is the other side.
fn stands_alone(like: &Likeness, own: usize, near: Option<&Vec<(usize, Likeness)>>) -> bool {
    near.into_iter()
        .flatten()
        .filter(|(other, _)| *other != own)
        .all(|(_, rival)| {
            if rival.full {
                let is_more_exact = like.exact && !rival.exact;
                let is_nearer =
                    like.shares_place && !rival.shares_place && like.exact >= rival.exact;
                return is_more_exact || is_nearer;
            }
            like.exact || rival.score + MARGIN <= like.score
        })
}
