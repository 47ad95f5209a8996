//! Which word of a test's name stands for which word of a title, and whether the two then say the same.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compare::{Side, content};
use super::tokens::{Kind, Token, forms};
use super::words;

/// Which word of the one stands for which of the other.
pub(super) struct Alignment<'a> {
    test: &'a [Token],
    case: &'a [Token],
    of_test: Vec<Option<usize>>,
    of_case: Vec<Option<usize>>,
    /// No word had to be taken for another form of itself.
    pub(super) literal: bool,
}

impl<'a> Alignment<'a> {
    pub(super) fn of(test: &'a [Token], case: &'a [Token]) -> Self {
        let mut alignment = Self {
            test,
            case,
            of_test: vec![None; test.len()],
            of_case: vec![None; case.len()],
            literal: true,
        };
        alignment.pair_by(|one, other| one.text == other.text);
        let before = alignment.of_test.iter().flatten().count();
        alignment.pair_by(Token::same);
        alignment.join();
        alignment.literal = before == alignment.of_test.iter().flatten().count();
        alignment
    }

    fn pair_by(&mut self, same: impl Fn(&Token, &Token) -> bool) {
        for (index, token) in self.test.iter().enumerate() {
            if self.of_test.get(index).copied().flatten().is_some() {
                continue;
            }
            let found = self
                .case
                .iter()
                .enumerate()
                .find(|(other, candidate)| self.is_free_case(*other) && same(token, candidate))
                .map(|(other, _)| other);
            if let Some(other) = found {
                self.pair(index, other);
            }
        }
    }

    /// Pairs a word with two that make it up: `dropdown` with "drop down".
    fn join(&mut self) {
        for (index, token) in self.test.iter().enumerate() {
            if self.is_free_test(index)
                && let Some(first) = halves(token, self.case, |at| self.is_free_case(at))
            {
                self.pair(index, first + 1);
                self.pair(index, first);
            }
        }
        for (index, token) in self.case.iter().enumerate() {
            if self.is_free_case(index)
                && let Some(first) = halves(token, self.test, |at| self.is_free_test(at))
            {
                self.pair(first + 1, index);
                self.pair(first, index);
            }
        }
    }

    fn pair(&mut self, test: usize, case: usize) {
        if let Some(slot) = self.of_test.get_mut(test) {
            *slot = Some(case);
        }
        if let Some(slot) = self.of_case.get_mut(case) {
            *slot = Some(test);
        }
    }

    fn is_free_test(&self, index: usize) -> bool {
        self.of_test.get(index).is_some_and(Option::is_none)
    }

    fn is_free_case(&self, index: usize) -> bool {
        self.of_case.get(index).is_some_and(Option::is_none)
    }

    fn free_test(&self) -> impl Iterator<Item = &'a Token> {
        self.test
            .iter()
            .zip(&self.of_test)
            .filter(|(_, pair)| pair.is_none())
            .map(|(token, _)| token)
    }

    fn free_case(&self) -> impl Iterator<Item = &'a Token> {
        self.case
            .iter()
            .zip(&self.of_case)
            .filter(|(_, pair)| pair.is_none())
            .map(|(token, _)| token)
    }

    /// The pairs of words that count, in the order of the test.
    pub(super) fn counted(&self) -> Vec<(usize, usize)> {
        content(self.test)
            .filter_map(|(index, _)| Some((index, self.of_test.get(index).copied().flatten()?)))
            .filter(|(_, other)| self.case.get(*other).is_some_and(Token::counts))
            .collect()
    }

    /// Returns whether a word of the one is the opposite of a word of the other.
    pub(super) fn contradict(&self) -> bool {
        self.free_test().any(|one| {
            self.free_case()
                .any(|other| are_opposites(one, other) || turns(one, other) || turns(other, one))
        })
    }

    pub(super) fn score(&self, test: &Side, case: &Side, weight: &dyn Fn(&Token) -> f64) -> f64 {
        let mut all = 0.0;
        let mut shared = 0.0;
        for (token, pair) in self.test.iter().zip(&self.of_test) {
            let other = pair.and_then(|index| self.case.get(index));
            all += weight(token);
            shared += weight(token) * similarity(token, other, self.free_case(), &case.context);
        }
        for (token, pair) in self.case.iter().zip(&self.of_case) {
            let other = pair.and_then(|index| self.test.get(index));
            all += weight(token);
            shared += weight(token) * similarity(token, other, self.free_test(), &test.context);
        }
        if all > 0.0 { shared / all } else { 0.0 }
    }

    /// Every word that counts is matched or explained by the place, and the order means the same.
    pub(super) fn is_full(&self, test: &Side, case: &Side, shares_place: bool) -> bool {
        let explained = |token: &Token, context: &[Token]| {
            token.kind == Kind::Word && context.iter().any(|other| token.same(other))
        };
        let stray = self
            .free_test()
            .any(|token| token.counts() && !explained(token, &case.context));
        let mut from_class = self.free_case().filter(|token| token.counts()).peekable();
        let needs_class = from_class.peek().is_some();
        if stray || from_class.any(|token| !explained(token, &test.context)) {
            return false;
        }
        if needs_class && !self.class_fits(test, case) {
            return false;
        }
        let words = content(self.case).count();
        (words > 1 || shares_place) && self.counted().len().max(1) <= words && self.order_agrees()
    }

    /// A class that explains a word of the title must not say more than the title and its place do.
    fn class_fits(&self, test: &Side, case: &Side) -> bool {
        test.nearest.iter().all(|token| {
            self.case
                .iter()
                .chain(&case.context)
                .chain(self.test)
                .any(|other| token.same(other))
        })
    }

    fn order_agrees(&self) -> bool {
        let places: Vec<usize> = self.counted().iter().map(|(_, case)| *case).collect();
        let sorted = places.is_sorted();
        let turned = self
            .pairs()
            .any(|(one, other)| is_past(one) != is_past(other));
        // "Lock account" is not "locked account", but it is "account is locked".
        let order = if sorted {
            !turned
        } else {
            (turned || self.is_passive()) && !has_reversal(&places)
        };
        order && self.numbers_of_things_agree() && self.directions_agree()
    }

    /// "Get users" is not "get user". Only the first word may differ: there it is the form of a verb.
    fn numbers_of_things_agree(&self) -> bool {
        let first = |tokens: &'a [Token]| content(tokens).next().map(|(_, token)| token);
        let (ours, theirs) = (first(self.test), first(self.case));
        self.pairs().all(|(one, other)| {
            let (plural, start) = if is_plural_of(one, other) {
                (one, ours)
            } else if is_plural_of(other, one) {
                (other, theirs)
            } else {
                return true;
            };
            start == Some(plural)
        })
    }

    /// The pairs of words that count.
    fn pairs(&self) -> impl Iterator<Item = (&'a Token, &'a Token)> {
        self.counted()
            .into_iter()
            .filter_map(|(test, case)| Some((self.test.get(test)?, self.case.get(case)?)))
    }

    /// Returns whether one of the names speaks of what is done to something, so that its words may stand the other way round.
    fn is_passive(&self) -> bool {
        self.test.iter().chain(self.case).any(|token| {
            matches!(
                token.text.as_str(),
                "is" | "are" | "was" | "were" | "be" | "been" | "being" | "of"
            )
        })
    }

    /// "from A to B" is not "from B to A".
    fn directions_agree(&self) -> bool {
        words::DIRECTIONS.iter().all(|direction| {
            match (target(self.test, direction), target(self.case, direction)) {
                (Target::Absent, Target::Absent) | (Target::Nothing, Target::Nothing) => true,
                (Target::Word(ours), Target::Word(theirs)) => {
                    self.of_test.get(ours).copied().flatten() == Some(theirs)
                        || self.of_case.get(theirs).copied().flatten() == Some(ours)
                }
                (Target::Absent | Target::Nothing, _) | (_, Target::Absent | Target::Nothing) => {
                    false
                }
            }
        })
    }
}

fn is_past(token: &Token) -> bool {
    token.text.ends_with("ed") && token.forms.len() > 1
}

fn is_plural_of(many: &Token, one: &Token) -> bool {
    many.text.len() > one.text.len()
        && many.text.ends_with('s')
        && !one.text.ends_with("ing")
        && many.forms.contains(&one.text)
}

/// What a direction points at.
enum Target {
    /// The direction is not there.
    Absent,
    /// No word follows that counts.
    Nothing,
    /// The next word that counts.
    Word(usize),
}

fn target(tokens: &[Token], direction: &str) -> Target {
    let Some(at) = tokens.iter().position(|token| token.text == direction) else {
        return Target::Absent;
    };
    content(tokens)
        .map(|(index, _)| index)
        .find(|index| *index > at)
        .map_or(Target::Nothing, Target::Word)
}

/// Returns whether three words stand in the reverse order: "buyer rates seller" against "seller rates buyer".
fn has_reversal(places: &[usize]) -> bool {
    places.iter().enumerate().any(|(index, first)| {
        let rest = places.get(index + 1..).unwrap_or_default();
        let lower: Vec<&usize> = rest.iter().filter(|place| *place < first).collect();
        lower.windows(2).any(|pair| match pair {
            [one, other] => one > other,
            _ => false,
        })
    })
}

/// Returns where two free words stand that make up this one.
fn halves(token: &Token, others: &[Token], is_free: impl Fn(usize) -> bool) -> Option<usize> {
    if token.kind != Kind::Word {
        return None;
    }
    (0..others.len().saturating_sub(1)).find(|&at| {
        let (Some(first), Some(second)) = (others.get(at), others.get(at + 1)) else {
            return false;
        };
        is_free(at)
            && is_free(at + 1)
            && first.kind != Kind::Negation
            && first.forms.iter().any(|first| {
                token.forms.iter().any(|whole| {
                    whole.len() > 4
                        && whole
                            .strip_prefix(first.as_str())
                            .is_some_and(|rest| second.forms.iter().any(|form| form == rest))
                })
            })
    })
}

/// How much a word finds on the other side, from 0 to 1.
fn similarity<'t>(
    token: &Token,
    pair: Option<&Token>,
    mut free: impl Iterator<Item = &'t Token>,
    context: &[Token],
) -> f64 {
    match pair {
        Some(other) if other.text == token.text => 1.0,
        Some(_) => 0.98,
        None if context.iter().any(|other| token.same(other)) => 0.9,
        // A slip of the pen. It lifts a proposal, and is never enough to apply it.
        None if token.text.len() > 4
            && free.any(|other| strsim::jaro_winkler(&token.text, &other.text) > 0.93) =>
        {
            0.8
        }
        None => 0.0,
    }
}

/// Returns whether `long` is `short` turned around by a prefix: valid, invalid.
fn turns(short: &Token, long: &Token) -> bool {
    short
        .forms
        .iter()
        .filter(|form| form.len() > 2)
        .any(|short| {
            long.forms.iter().any(|long| {
                long.strip_suffix(short.as_str())
                    .is_some_and(|prefix| words::TURNING_PREFIXES.contains(&prefix))
            })
        })
}

fn are_opposites(one: &Token, other: &Token) -> bool {
    static OPPOSITES: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
        let mut opposites: HashMap<String, Vec<String>> = HashMap::new();
        for (one, other) in words::OPPOSITES {
            for (from, to) in [(one, other), (other, one)] {
                for form in forms(from) {
                    opposites.entry(form).or_default().extend(forms(to));
                }
            }
        }
        opposites
    });
    one.forms.iter().any(|form| {
        OPPOSITES
            .get(form)
            .is_some_and(|opposites| other.forms.iter().any(|form| opposites.contains(form)))
    })
}
