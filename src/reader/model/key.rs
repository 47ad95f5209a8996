//! The stable name of a test.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Roots, TestCase, TestSuite, address, browser};
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
        let name = address::without(&case.name);
        let name = name.as_deref().unwrap_or(&case.name);
        let name = without_line(folded(&case.roots.portable(name)));
        let place = place(case, &name);
        Self::made(match place {
            Some(place) if name.is_empty() || name == place => place,
            Some(place) => format!("{place}{}{name}", Self::SEPARATOR),
            None => name,
        })
    }

    /// Returns a number that stands for the key of a test, without making the key where that is simple.
    pub fn digest(case: &TestCase, known: &mut KnownClass) -> u64 {
        let class = known.of(case.class_name.as_ref());
        let name = case.name.as_str();
        match class {
            Some(class)
                if !name.is_empty()
                    && is_usual(name)
                    && *class.text != *name
                    && !(class.is_bare && qualifier(case, &class.text).is_some()) =>
            {
                both(class.digest, part(name))
            }
            Some(_) | None => digest(Self::of(case).as_str()),
        }
    }

    /// Returns the keys that version 0.1.0 may have given a test, other than the one it has now. Mappings may still be written with them.
    pub fn former(case: &TestCase) -> impl Iterator<Item = Self> {
        // A class that was cut at a comma was no beginning of the name that stands behind the class now.
        let whole = case.class_name.as_deref().filter(|class| {
            let former = case.former_class.as_deref();
            former.is_some_and(|former| {
                class
                    .strip_prefix(former)
                    .is_some_and(|rest| rest.starts_with(','))
            })
        });
        let whole = whole.map(|class| Self::former_of(case, &format!("{class}.{}", case.name)));
        let now = Self::of(case);
        let former = [Some(Self::former_of(case, &case.name)), whole];
        former
            .into_iter()
            .flatten()
            .filter(move |former| *former != now)
    }

    fn former_of(case: &TestCase, name: &str) -> Self {
        let class = [
            case.former_class.as_deref().or(case.class_name.as_deref()),
            case.suite.file.as_deref(),
            Some(case.suite.name.as_str()),
        ]
        .into_iter()
        .flatten()
        .map(folded)
        .find(|class| !class.is_empty());
        let name = folded(name);
        Self::made(match class {
            Some(class) if name.is_empty() || name == class => class,
            Some(class) => format!("{class}{}{name}", Self::SEPARATOR),
            None => name,
        })
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
    let portable = |text: &str| settled(case, text);
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
            let suite = || around_class(&case.suite, class, name).map(|around| around.0);
            return file()
                .or_else(|| suite().map(portable))
                .or_else(|| Some(class.to_owned()));
        }
        let suite = identity(&case.suite).filter(|_| is_title(class));
        if let Some(suite) = suite
            && portable(suite) != class
            && !name.contains(suite)
        {
            return Some([&portable(suite), class].join(TestKey::SEPARATOR));
        }
        return Some(match qualifier(case, class).filter(|_| is_bare(class)) {
            Some(Qualifier::Package(package)) => format!("{package}.{class}"),
            Some(Qualifier::File(file)) => match folded(&case.roots.portable(file)) {
                file if is_below(&file, class) => [&file, class].join(TestKey::SEPARATOR),
                _ => class.to_owned(),
            },
            Some(Qualifier::Whole(whole)) => portable(whole),
            None => class.to_owned(),
        });
    }
    file().or_else(|| suites(case)).or(class)
}

/// What tells a class from another one of the same name.
enum Qualifier<'a> {
    File(&'a str),
    Package(&'a str),
    /// The class with its package, which is what the suite is called.
    Whole(&'a str),
}

/// Returns where a class stands, where the report says so beside its name.
fn qualifier<'a>(case: &'a TestCase, class: &str) -> Option<Qualifier<'a>> {
    let around = || std::iter::successors(Some(case.suite.as_ref()), |it| it.parent.as_deref());
    let file = case.file.as_deref();
    let file = file.or_else(|| around().find_map(|suite| suite.file.as_deref()));
    let package = around().find_map(package_of).map(Qualifier::Package);
    let suite = || around_class(&case.suite, class, &case.name).map(|(_, qualifier)| qualifier);
    package.or(file.map(Qualifier::File)).or_else(suite)
}

/// Returns what the name of the suite says of the place of a class: two suites of such names may have classes of one name.
fn around_class<'a>(
    suite: &'a TestSuite,
    class: &str,
    name: &str,
) -> Option<(&'a str, Qualifier<'a>)> {
    let suite = identity(suite).filter(|suite| *suite != class && !name.contains(suite))?;
    let last = suite.rsplit(['.', '/', '\\']).next().unwrap_or_default();
    let is_dotted = suite.split('.').all(is_identifier);
    let qualifier = if last == class {
        Qualifier::Whole(suite)
    } else if suite.contains('/') || Roots::is_source(suite) {
        Qualifier::File(suite)
    } else if is_dotted && !PROGRAMS.contains(&last) {
        Qualifier::Package(suite)
    } else {
        return None;
    };
    Some((suite, qualifier))
}

/// What the names of programs end with, which hold the tests of any number of classes.
const PROGRAMS: [&str; 6] = ["dll", "exe", "jar", "so", "xctest", "app"];

fn is_identifier(word: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && word.bytes().all(known)
}

/// Returns the package of a suite, as Ant writes it.
fn package_of(suite: &TestSuite) -> Option<&str> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    let mut attributes = suite.attributes.iter();
    let package = attributes.find(|attribute| attribute.name == "package")?;
    let package = package.value.trim();
    (!package.is_empty() && package.bytes().all(known)).then_some(package)
}

/// Returns whether a class is a mere name, without what it is a part of. A dot in what has blanks, too, only parts titles.
fn is_bare(class: &str) -> bool {
    !class.contains(['/', '\\', ':', '(', '›', '>', '#', '$', '@'])
        && (!class.contains('.') || class.contains(' '))
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
    let portable = |text: &str| settled(case, text);
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

/// Returns a text without what belongs to a machine, to a line of code or to the version of a browser.
fn settled(case: &TestCase, text: &str) -> String {
    let text = folded(&case.roots.portable(text));
    browser::without_version(&text).unwrap_or(text)
}

/// Returns the name of a test without the number of its line, as Karate writes it: `[2.1:24] signs in` is the first example of the
/// second scenario.
fn without_line(name: String) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let place = name.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((place, rest)) = place else {
        return name;
    };
    match place.split_once(':') {
        Some((of, line)) if is_number(line) && of.split('.').all(is_number) => {
            format!("[{of}]{rest}")
        }
        _ => name,
    }
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

/// The class of the test before, and the number that stands for it: tests of one class follow each other.
#[derive(Debug, Default)]
pub struct KnownClass {
    class: Option<Arc<str>>,
    /// What is known of it; nothing where keys are made of something else than the class as it is.
    known: Option<Class>,
}

#[derive(Debug)]
struct Class {
    text: Arc<str>,
    digest: u64,
    is_bare: bool,
}

impl KnownClass {
    fn of(&mut self, class: Option<&Arc<str>>) -> Option<&Class> {
        let is_it = |known: &Arc<str>| {
            class.is_some_and(|class| Arc::ptr_eq(known, class) || known == class)
        };
        if !self.class.as_ref().is_some_and(is_it) {
            let stands = |class: &&Arc<str>| {
                !class.is_empty()
                    && is_usual(class)
                    && !is_title(class)
                    && says_where(class)
                    && browser::without_version(class).is_none()
            };
            self.known = class.filter(stands).map(|class| Class {
                text: Arc::clone(class),
                digest: part(class),
                is_bare: is_bare(class),
            });
            self.class = class.cloned();
        }
        self.known.as_ref()
    }
}

/// Returns whether a text is in a key as it is written.
fn is_usual(text: &str) -> bool {
    is_word(text.as_bytes())
        || is_folded(text) && !Roots::may_change(text) && !address::may_be_in(text)
}

/// Returns a number that stands for a key.
fn digest(key: &str) -> u64 {
    match key.split_once(TestKey::SEPARATOR) {
        Some((class, name)) => both(part(class), part(name)),
        None => part(key),
    }
}

/// What spreads the bits of a number.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

fn both(class: u64, name: u64) -> u64 {
    mix(class.rotate_left(32), name)
}

fn mix(sum: u64, word: u64) -> u64 {
    let sum = (sum ^ word).wrapping_mul(MIX);
    sum ^ sum >> 29
}

/// Returns a number that stands for a part of a key: eight bytes are one word, and the last eight are taken whole.
fn part(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let last = bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut last = [0; 8];
        let places = last.iter_mut().zip(bytes);
        places.for_each(|(place, byte)| *place = *byte);
        last
    });
    let (words, _) = bytes.as_chunks();
    let begin = mix(MIX, bytes.len() as u64);
    let words = words.iter().chain([&last]);
    words.fold(begin, |sum, word| mix(sum, u64::from_le_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    #[test]
    fn a_key_has_the_number_of_the_class_and_the_name_it_is_made_of() {
        let texts = [
            "com.example.shop.Cart12Test",
            "adds",
            "a",
            "12345678",
            "123456789",
            "a b.c",
        ];
        let mut known = KnownClass::default();
        let mut numbers = std::collections::HashSet::new();
        for class in texts {
            for name in texts {
                let mut case = TestCase::new(Arc::default(), name, Outcome::Passed);
                case.class_name = Some(class.into());
                let number = TestKey::digest(&case, &mut known);
                assert_eq!(
                    number,
                    digest(TestKey::of(&case).as_str()),
                    "{class} {name}"
                );
                assert_eq!(number, TestKey::digest(&case, &mut known), "{class} {name}");
                numbers.insert(number);
            }
        }
        assert_eq!(numbers.len(), texts.len() * texts.len());
    }
}
