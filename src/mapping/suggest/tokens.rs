//! A name or a title as a row of words: letter case, accents, plural and the ways of writing one word taken out.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::words;

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The word in small letters, without accents.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: Kind,
    /// The forms that it may be one of: itself, its singular, the verb that it is a form of. Never empty.
    pub(super) forms: Vec<String>,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It carries meaning.
    Word,
    /// A number, as a figure or a word.
    Number,
    /// It turns the sentence around.
    Negation,
    /// It carries little.
    Noise,
}

impl Token {
    /// Returns whether two words are forms of one.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Kind::Negation, Kind::Negation) => true,
            _ => self.forms.iter().any(|form| other.forms.contains(form)),
        }
    }

    pub(super) fn counts(&self) -> bool {
        self.kind != Kind::Noise
    }
}

/// Returns the words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let words = joined(split(text));
    let leading = leading_noise(&words);
    let last = words.len().saturating_sub(1);
    let spaced = text.contains(' ');
    words
        .into_iter()
        .enumerate()
        .map(|(index, word)| {
            let article =
                word.small == "a" && index != last && !(spaced && word.capital && index > 0);
            let particle =
                index == last && index > 0 && matches!(word.small.as_str(), "in" | "on" | "by");
            let noise = index < leading || article || (is_noise(&word.small) && !particle);
            token(word.small, noise)
        })
        .collect()
}

fn token(text: String, noise: bool) -> Token {
    let forms = forms(&text);
    let kind = if words::NEGATIONS.contains(&text.as_str()) {
        Kind::Negation
    } else if noise {
        Kind::Noise
    } else if text == "minus"
        || forms
            .iter()
            .any(|form| form.bytes().all(|byte| byte.is_ascii_digit()))
    {
        Kind::Number
    } else {
        Kind::Word
    };
    Token { text, kind, forms }
}

fn is_noise(word: &str) -> bool {
    words::NOISE.contains(&word)
}

/// Returns how many words at the beginning say only that something is tested, or who does it.
fn leading_noise(words: &[Piece]) -> usize {
    let small = |index: usize| words.get(index).map_or("", |word| word.small.as_str());
    let mut leading = 0;
    while words::CHECKING.contains(&small(leading))
        || matches!(small(leading), "that" | "the" | "a" | "should")
    {
        leading += 1;
    }
    let is_actor =
        matches!(small(leading), "user" | "users") && words::MODAL.contains(&small(leading + 1));
    let leading = leading + usize::from(is_actor);
    // A name of nothing but such words is what it says.
    if leading >= words.len() { 0 } else { leading }
}

/// A word as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    small: String,
    /// It begins with a capital letter.
    capital: bool,
}

/// Splits a text at everything that is no letter or digit, between letters and digits, and at `camelCase`. Signs that change
/// what a title says stay as words.
fn split(text: &str) -> Vec<Piece> {
    let characters = characters(text);
    let mut pieces = Vec::new();
    let mut word: Vec<char> = Vec::new();
    for (index, &character) in characters.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .and_then(|index| characters.get(index))
            .copied();
        let next = characters.get(index + 1).copied();
        if character.is_alphanumeric() {
            if breaks(before, character, next) {
                finish(&mut word, &mut pieces);
            }
            word.push(character);
        } else {
            finish(&mut word, &mut pieces);
            pieces.extend(sign(character, before, next));
        }
    }
    finish(&mut word, &mut pieces);
    pieces
}

/// Returns the characters without accents, apostrophes and the possessive `'s`.
fn characters(text: &str) -> Vec<char> {
    let all: Vec<char> = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let at = |index: usize| all.get(index).copied();
    let is_apostrophe = |index: usize| matches!(at(index), Some('\'' | '’' | '`'));
    let is_letter = |index: usize| at(index).is_some_and(char::is_alphanumeric);
    let is_possessive = |index: usize| {
        is_apostrophe(index)
            && index > 0
            && is_letter(index - 1)
            && at(index + 1) == Some('s')
            && !is_letter(index + 2)
    };
    (0..all.len())
        .filter(|&index| !(is_apostrophe(index) || index > 0 && is_possessive(index - 1)))
        .filter_map(at)
        .collect()
}

fn finish(word: &mut Vec<char>, pieces: &mut Vec<Piece>) {
    let Some(first) = word.first() else {
        return;
    };
    let capital = first.is_uppercase();
    let small: String = word.drain(..).flat_map(char::to_lowercase).collect();
    // 007 and 7 are one number.
    let significant = small.trim_start_matches('0');
    let small = match significant {
        "" if !small.is_empty() => "0".to_owned(),
        rest if rest.bytes().all(|byte| byte.is_ascii_digit()) => rest.to_owned(),
        _ => small,
    };
    pieces.push(Piece { small, capital });
}

/// Returns whether a new word begins between two letters or digits.
fn breaks(before: Option<char>, character: char, next: Option<char>) -> bool {
    let Some(before) = before.filter(|before| before.is_alphanumeric()) else {
        return false;
    };
    if before.is_numeric() != character.is_numeric() {
        return true;
    }
    character.is_uppercase() && (before.is_lowercase() || next.is_some_and(char::is_lowercase))
}

/// Returns the word that a sign stands for, where it changes what a title says.
fn sign(character: char, before: Option<char>, next: Option<char>) -> Option<Piece> {
    let word = match character {
        '<' => "lt",
        '>' if before != Some('-') && before != Some('=') => "gt",
        '≤' => "le",
        '≥' => "ge",
        '≠' => "ne",
        '=' => "eq",
        '!' if next == Some('=') => "not",
        '+' => "plus",
        '#' => "sharp",
        '%' => "percent",
        '&' => "and",
        '$' => "dollar",
        '€' => "euro",
        '£' => "pound",
        '*' => "star",
        '-' | '−'
            if next.is_some_and(char::is_numeric) && !before.is_some_and(char::is_alphanumeric) =>
        {
            "minus"
        }
        _ => return None,
    };
    Some(Piece {
        small: word.to_owned(),
        capital: false,
    })
}

/// Joins what is often written as one word: "log in", "e-mail".
fn joined(words: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(words.len());
    for word in words {
        let first = joined.last().and_then(|before| {
            words::JOINED
                .iter()
                .find(|(first, second)| {
                    *second == word.small && forms(&before.small).iter().any(|form| form == first)
                })
                .map(|(first, second)| format!("{first}{second}"))
        });
        match (first, joined.last_mut()) {
            (Some(small), Some(before)) => before.small = small,
            _ => joined.push(word),
        }
    }
    joined
}

/// Returns the words that a word may be a form of, itself among them, each by the name of its group of synonyms.
pub(super) fn forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    let singular = singular(word);
    forms.extend(singular.iter().cloned());
    for base in [Some(word.to_owned()), singular].into_iter().flatten() {
        for ending in ["ing", "ed"] {
            if let Some(stem) = base.strip_suffix(ending).filter(|stem| is_stem(stem)) {
                forms.extend(verbs(stem));
            }
        }
    }
    for form in &mut forms {
        if let Some(group) = words::SAME
            .iter()
            .find(|group| group.contains(&form.as_str()))
        {
            form.clear();
            form.extend(group.first().copied());
        } else if let Some(stem) = form.strip_suffix("ise").filter(|stem| stem.len() > 3) {
            *form = format!("{stem}ize");
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn singular(word: &str) -> Option<String> {
    if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return Some(format!("{stem}y"));
    }
    for ending in ["sses", "shes", "ches", "xes", "zes"] {
        if word.ends_with(ending) {
            return word.strip_suffix("es").map(str::to_owned);
        }
    }
    word.strip_suffix('s').map(str::to_owned)
}

fn is_stem(stem: &str) -> bool {
    stem.len() >= 2 && !stem.ends_with('e') && stem.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

/// Returns the verbs that a stem without its ending may come from: `creat` → create, `submitt` → submit.
fn verbs(stem: &str) -> Vec<String> {
    let mut verbs = vec![stem.to_owned(), format!("{stem}e")];
    let mut backwards = stem.chars().rev();
    if let (Some(last), Some(before)) = (backwards.next(), backwards.next())
        && last == before
        && !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u' | 's')
    {
        verbs.extend(stem.strip_suffix(last).map(str::to_owned));
    }
    if let Some(stem) = stem.strip_suffix('i') {
        verbs.push(format!("{stem}y"));
    }
    verbs
}
