//! The stable name of a test.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Roots, TestCase, TestSuite};
use crate::ascii::is_word;

/// Words that some programs write as the class of every test.
const NO_CLASS: [&str; 8] = [
    "test",
    "tests",
    "testcase",
    "testsuite",
    "undefined",
    "null",
    "none",
    "unknown",
];

/// The name of a test that stays the same from run to run, and that people write in the settings: `class name › name`.
///
/// Where the class says nothing, because there is none, because it is the same for every test, or because it repeats the name, the
/// test's source file stands in for it, else the file of the suite and the suites from the outermost to the innermost. A class without
/// its package has the package of the suite or its file in front of it. Nothing in it
/// belongs to a machine or changes with the next line of code: paths are those below the repository, without the number of a line.
/// Two tests may share a key: rows of a data-driven test usually do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TestKey(Box<str>);

impl TestKey {
    /// What stands between the class and the name.
    pub const SEPARATOR: &'static str = " › ";

    /// Returns the key of a test.
    pub fn of(case: &TestCase) -> Self {
        let name = folded(&case.roots.portable(&case.name));
        let place = place(case, &name);
        Self::made(match place {
            Some(place) if name.is_empty() || name == place => place,
            Some(place) => format!("{place}{}{name}", Self::SEPARATOR),
            None => name,
        })
    }

    /// Returns a number that stands for the key of a test, without making the key where that is simple.
    pub fn digest(case: &TestCase) -> u64 {
        let simple = |text: &str| is_folded(text) && !Roots::may_change(text);
        let is_usual = |class: &str| {
            (is_word(class.as_bytes()) || simple(class) && !is_title(class))
                && (is_word(case.name.as_bytes()) || simple(&case.name))
        };
        let class = case.class_name.as_deref();
        let plain = class.filter(|class| {
            !class.is_empty()
                && is_usual(class)
                && *class != case.name
                && !case.name.is_empty()
                && says_where(class)
                && !(is_bare(class) && qualifier(case).is_some())
        });
        match plain {
            Some(class) => digest(&[class, Self::SEPARATOR, &case.name]),
            None => digest(&[Self::of(case).as_str()]),
        }
    }

    /// Returns the key that version 0.1.0 gave a test; `None` where it is the same. Mappings may still be written with it.
    pub fn former(case: &TestCase) -> Option<Self> {
        let class = [
            case.former_class.as_deref().or(case.class_name.as_deref()),
            case.suite.file.as_deref(),
            Some(case.suite.name.as_str()),
        ]
        .into_iter()
        .flatten()
        .map(folded)
        .find(|class| !class.is_empty());
        let name = folded(&case.name);
        let former = Self::made(match class {
            Some(class) if name.is_empty() || name == class => class,
            Some(class) => format!("{class}{}{name}", Self::SEPARATOR),
            None => name,
        });
        Some(former).filter(|former| *former != Self::of(case))
    }

    /// Returns the key whose text this is.
    pub fn made(text: String) -> Self {
        Self(text.into())
    }

    /// Returns the key that somebody typed: ` > ` is accepted for ` › `.
    pub fn typed(text: &str) -> Self {
        Self::made(folded(text).replacen(
            " > ",
            Self::SEPARATOR,
            usize::from(!text.contains(Self::SEPARATOR)),
        ))
    }

    /// Returns the text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TestKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Returns where a test stands: its class, its file or its suites.
fn place(case: &TestCase, name: &str) -> Option<String> {
    let portable = |text: &str| folded(&case.roots.portable(text));
    let class = case.class_name.as_deref().map(portable);
    let class = class.filter(|class| !class.is_empty());
    let file = || {
        case.file
            .as_deref()
            .map(portable)
            .filter(|file| !file.is_empty())
    };
    if let Some(class) = class.as_deref().filter(|class| says_where(class)) {
        if class == name {
            return file().or_else(|| Some(class.to_owned()));
        }
        let suite = identity(&case.suite).filter(|_| is_title(class));
        if let Some(suite) = suite
            && portable(suite) != class
            && !name.contains(suite)
        {
            return Some([&portable(suite), class].join(TestKey::SEPARATOR));
        }
        return Some(match qualifier(case).filter(|_| is_bare(class)) {
            Some(Qualifier::Package(package)) => format!("{package}.{class}"),
            Some(Qualifier::File(file)) => match folded(&case.roots.portable(file)) {
                file if is_below(&file, class) => [&file, class].join(TestKey::SEPARATOR),
                _ => class.to_owned(),
            },
            None => class.to_owned(),
        });
    }
    file().or_else(|| suites(case)).or(class)
}

/// What tells a class from another one of the same name.
enum Qualifier<'a> {
    File(&'a str),
    Package(&'a str),
}

/// Returns where a class stands, where the report says so beside its name.
fn qualifier(case: &TestCase) -> Option<Qualifier<'_>> {
    let around = || std::iter::successors(Some(case.suite.as_ref()), |it| it.parent.as_deref());
    let file = case.file.as_deref();
    let file = file.or_else(|| around().find_map(|suite| suite.file.as_deref()));
    let package = around().find_map(package_of).map(Qualifier::Package);
    package.or(file.map(Qualifier::File))
}

/// Returns the package of a suite, as Ant writes it.
fn package_of(suite: &TestSuite) -> Option<&str> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    let mut attributes = suite.attributes.iter();
    let package = attributes.find(|attribute| attribute.name == "package")?;
    let package = package.value.trim();
    (!package.is_empty() && package.bytes().all(known)).then_some(package)
}

/// Returns whether a class is a mere name, without what it is a part of.
fn is_bare(class: &str) -> bool {
    !class.contains(['.', '/', '\\', ':', '(', '›', '>', '#', '$', '@'])
}

/// Returns whether a path leads to a file of the project, and says more than the class: pytest's `test_cart` of `test_cart.py` is whole.
fn is_below(file: &str, class: &str) -> bool {
    let absolute = file.starts_with(['/', '\\']) || file.as_bytes().get(1) == Some(&b':');
    let repeats = |rest: &str| rest.is_empty() || rest.starts_with('.') && !rest.contains('/');
    !file.is_empty() && !absolute && !file.strip_prefix(class).is_some_and(repeats)
}

/// Returns whether a class tells its tests from those of another class.
fn says_where(class: &str) -> bool {
    let mut known = NO_CLASS.iter();
    class.len() > 9 || !known.any(|known| class.eq_ignore_ascii_case(known))
}

/// Returns whether a class is one for people to read: two classes may have the same.
fn is_title(class: &str) -> bool {
    memchr::memchr(b' ', class.as_bytes()).is_some()
        && !class.contains(['.', '/', '\\', ':', '(', '›', '>'])
}

/// Returns the name of a suite that is that of a class or a file.
fn identity(suite: &TestSuite) -> Option<&str> {
    let name = suite.name.trim();
    let dotted = name.contains(['.', '/']) && !name.contains(char::is_whitespace);
    dotted.then_some(name)
}

/// Returns the file of the suites and their names from the outermost to the innermost.
fn suites(case: &TestCase) -> Option<String> {
    let portable = |text: &str| folded(&case.roots.portable(text));
    let around = || std::iter::successors(Some(case.suite.as_ref()), |it| it.parent.as_deref());
    let file = around().find_map(|suite| suite.file.as_deref());
    let shown = |suite: &TestSuite| match package_of(suite).filter(|_| is_bare(&suite.name)) {
        Some(package) if !suite.name.is_empty() => format!("{package}.{}", folded(&suite.name)),
        Some(_) | None => portable(&suite.name),
    };
    let mut names: Vec<String> = around().map(shown).collect();
    names.extend(file.map(portable));
    names.reverse();
    names.retain(|name| !name.is_empty());
    names.dedup();
    (!names.is_empty()).then(|| names.join(TestKey::SEPARATOR))
}

/// Returns the text on one line, each run of white space and control characters as one blank.
fn folded(text: &str) -> String {
    if is_folded(text) {
        return text.to_owned();
    }
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Returns whether a text in ASCII has no blanks but single ones between its words.
fn is_folded(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
        && !bytes.starts_with(b" ")
        && !bytes.ends_with(b" ")
        && !text.contains("  ")
}

/// Returns a number that stands for the text that these pieces make together.
fn digest(pieces: &[&str]) -> u64 {
    let mut digest = Digest::default();
    for piece in pieces {
        digest.add(piece.as_bytes());
    }
    digest.finish()
}

/// A number that is made of a text, eight bytes at once.
#[derive(Default)]
struct Digest {
    sum: u64,
    /// What does not fill eight bytes yet, and how many bytes that are.
    rest: u64,
    filled: u32,
}

impl Digest {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

    fn add(&mut self, bytes: &[u8]) {
        let (words, tail) = bytes.as_chunks::<8>();
        for word in words {
            self.take(u64::from_le_bytes(*word), 8);
        }
        let tail = tail.iter().zip((0..).step_by(8));
        let (word, count) = tail.fold((0, 0), |(word, count), (byte, shift)| {
            (word | u64::from(*byte) << shift, count + 1)
        });
        self.take(word, count);
    }

    /// Takes the first so many bytes of a word; those behind them are zero.
    fn take(&mut self, word: u64, count: u32) {
        let shift = self.filled * 8;
        self.rest |= word << shift;
        self.filled += count;
        if self.filled >= 8 {
            self.mix(self.rest);
            self.filled -= 8;
            self.rest = word.checked_shr(64 - shift).unwrap_or(0);
        }
    }

    fn mix(&mut self, word: u64) {
        let sum = (self.sum ^ word).wrapping_mul(Self::FACTOR);
        self.sum = sum ^ sum >> 29;
    }

    fn finish(mut self) -> u64 {
        self.mix(self.rest ^ u64::from(self.filled) << 56);
        self.sum ^ self.sum >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_it_is_cut() {
        let text = "com.example.shop.Cart12Test › test_checkout_1234567";
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (one, other) = text.split_at(at);
            assert_eq!(digest(&[one, other]), digest(&[text]), "{at}");
        }
        assert_ne!(digest(&["a"]), digest(&["b"]));
        assert_ne!(digest(&["12345678"]), digest(&["123456780"]));
    }
}
