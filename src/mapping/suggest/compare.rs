//! One test against one case: how alike they are, and whether they may be the same at all.

use super::align::Alignment;
use super::tokens::{Kind, Token, tokens};

/// Beyond this many words a title is compared by its beginning.
const MOST_WORDS: usize = 48;

/// A name, ready to be compared.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) tokens: Vec<Token>,
    /// Where it stands: the words of the class, or those of the folder.
    pub(super) context: Vec<Token>,
    /// The words of the class itself, without its package.
    pub(super) nearest: Vec<Token>,
    /// A number in front that looks like an id: `TC-017`.
    tag: Option<String>,
}

/// How alike a test and a case are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likeness {
    /// From 0 to 1.
    pub(super) score: f64,
    /// Every word that counts has its counterpart, in an order that means the same.
    pub(super) full: bool,
    /// The words that count are the very same, in the same order.
    pub(super) exact: bool,
    /// The places share a word.
    pub(super) shares_place: bool,
}

impl Side {
    /// Returns the side of a test.
    pub(super) fn test(class: &str, name: &str) -> Self {
        let segments: Vec<&str> = class
            .split(['.', '/', '\\', ':', '$', '›'])
            .map(str::trim)
            .filter(|segment| !segment.is_empty() && !is_extension(segment))
            .collect();
        let nearest = segments
            .last()
            .map_or_else(Vec::new, |segment| place_words(segment));
        let context = segments
            .iter()
            .flat_map(|segment| place_words(segment))
            .collect();
        Self::new(name, context, nearest)
    }

    /// Returns the side of a case.
    pub(super) fn case(title: &str, place: &str) -> Self {
        Self::new(title, place_words(place), Vec::new())
    }

    fn new(name: &str, context: Vec<Token>, nearest: Vec<Token>) -> Self {
        let mut tokens = tokens(name);
        let is_tagged = matches!(
            tokens.first().map(|token| token.text.as_str()),
            Some("tc" | "tst" | "ts" | "testcase" | "case" | "test")
        ) && tokens
            .get(1)
            .is_some_and(|token| token.kind == Kind::Number)
            && tokens.len() > 2;
        let tag = if is_tagged {
            tokens.drain(..2).next_back().map(|token| token.text)
        } else {
            None
        };
        tokens.truncate(MOST_WORDS);
        Self {
            tokens,
            context,
            nearest,
            tag,
        }
    }
}

fn is_extension(segment: &str) -> bool {
    matches!(
        segment,
        "ts" | "js"
            | "tsx"
            | "jsx"
            | "mjs"
            | "py"
            | "java"
            | "kt"
            | "rb"
            | "php"
            | "cs"
            | "feature"
            | "robot"
            | "go"
            | "spec"
            | "test"
            | "cy"
    )
}

/// The words of a class or folder that tell something: what every one is called is left out.
fn place_words(text: &str) -> Vec<Token> {
    tokens(text)
        .into_iter()
        .filter(|token| token.kind == Kind::Word)
        .filter(|token| {
            !matches!(
                token.text.as_str(),
                "spec"
                    | "specs"
                    | "it"
                    | "suite"
                    | "suites"
                    | "feature"
                    | "features"
                    | "page"
                    | "pages"
                    | "e2e"
                    | "ui"
                    | "integration"
                    | "unit"
            )
        })
        .collect()
}

/// Compares a test with a case; `None` when they contradict each other, so that they are never paired.
pub(super) fn likeness(
    test: &Side,
    case: &Side,
    weight: &dyn Fn(&Token) -> f64,
) -> Option<Likeness> {
    if test.tag.is_some() && case.tag.is_some() && test.tag != case.tag {
        return None;
    }
    let pairs = Alignment::of(&test.tokens, &case.tokens);
    if numbers_differ(test, case) || negations(test) != negations(case) || pairs.contradict() {
        return None;
    }
    let counted = pairs.counted();
    let exact = counted.len() == content(&test.tokens).count()
        && counted.len() == content(&case.tokens).count()
        && counted.is_sorted_by(|one, other| one.1 < other.1)
        && pairs.literal;
    let shares_place = overlap(&test.context, &case.context);
    Some(Likeness {
        score: pairs.score(test, case, weight),
        full: pairs.is_full(test, case, shares_place),
        exact,
        shares_place,
    })
}

fn numbers_differ(test: &Side, case: &Side) -> bool {
    let numbers = |side: &Side| -> Vec<Token> {
        let numbers = side
            .tokens
            .iter()
            .filter(|token| token.kind == Kind::Number);
        numbers.cloned().collect()
    };
    let (ours, theirs) = (numbers(test), numbers(case));
    ours.len() != theirs.len()
        || ours
            .iter()
            .zip(&theirs)
            .any(|(one, other)| !one.same(other))
}

fn negations(side: &Side) -> usize {
    side.tokens
        .iter()
        .filter(|token| token.kind == Kind::Negation)
        .count()
}

pub(super) fn content(tokens: &[Token]) -> impl Iterator<Item = (usize, &Token)> {
    tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.counts())
}

fn overlap(some: &[Token], others: &[Token]) -> bool {
    some.iter()
        .any(|one| others.iter().any(|other| one.same(other)))
}
