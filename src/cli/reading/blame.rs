//! Where in the sources a test failed: what its report says of it, held against the files that are here.

use std::path::{Component, Path};

use crate::model::{Failure as Trouble, TestCase};

/// How much of a text is looked at.
const LONGEST: usize = 64 * 1024;
/// Folders of what others wrote.
const FOREIGN: [&str; 4] = ["node_modules", "site-packages", "vendor", "target"];

/// Returns the file and the line of the project where a test failed, as `tests/test_cart.py:12` in its texts names them: a place in
/// the test's own file, else the first one. The file is below the current folder.
pub(super) fn of_failure(
    case: &TestCase,
    failure: &Trouble,
    is_here: impl Fn(&str) -> bool,
) -> Option<(String, u64)> {
    let texts = [failure.details.as_deref(), failure.message.as_deref()];
    let places = texts.into_iter().flatten().flat_map(places);
    let mut first = None;
    for (path, line) in places {
        let path = case.roots.portable(&path).into_owned();
        let is_own = is_own(case, &path);
        if (is_own || first.is_none()) && is_here(&path) {
            if is_own {
                return Some((path, line));
            }
            first = Some((path, line));
        }
    }
    first
}

/// Returns whether a path is a file of the current folder or below it, and no way out of it.
pub(super) fn is_here(path: &str) -> bool {
    let path = Path::new(path);
    let is_inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    is_inside && path.is_file()
}

/// Returns whether a path is that of the file in which the report says the test is: by its name, or as the name of a module.
fn is_own(case: &TestCase, path: &str) -> bool {
    let file = case.file.as_deref().or(case.suite.file.as_deref());
    if file.is_some_and(|file| case.roots.portable(file) == path) {
        return true;
    }
    let module = path
        .rsplit_once('.')
        .map(|(stem, _)| stem.replace('/', "."));
    let class = case.class_name.as_deref().unwrap_or_default();
    module.is_some_and(|module| {
        let rest = class.strip_prefix(&module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Returns all files with a line that a text names: `path:12`, `path:12:5`, `File "path", line 12`, `path:line 12`.
fn places(text: &str) -> impl Iterator<Item = (String, u64)> {
    let end = text.floor_char_boundary(LONGEST);
    let text = text.get(..end).unwrap_or_default();
    let text = text.replace("\", line ", ":").replace(":line ", ":");
    let text = text.replace('\\', "/");
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "()\"'`,".contains(c))
        .map(|word| word.trim_end_matches(':').to_owned())
        .collect();
    words.into_iter().filter_map(|word| place(&word))
}

fn place(word: &str) -> Option<(String, u64)> {
    let (rest, last) = word.rsplit_once(':')?;
    let last: u64 = last.parse().ok()?;
    let (path, line) = match rest.rsplit_once(':') {
        Some((path, line)) if line.parse::<u64>().is_ok() => (path, line.parse().ok()?),
        Some(_) | None => (rest, last),
    };
    let path = path.strip_prefix("./").unwrap_or(path);
    let is_foreign = path.split('/').any(|part| FOREIGN.contains(&part));
    (path.contains('.') && !is_foreign && line > 0).then(|| (path.to_owned(), line))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Outcome, TestSuite};

    fn found(class: &str, details: &str) -> Option<(String, u64)> {
        let suite = Arc::new(TestSuite::default());
        let mut case = TestCase::new(suite, "adds", Outcome::Passed);
        case.class_name = Some(class.into());
        let failure = Trouble {
            details: Some(details.to_owned()),
            ..Trouble::default()
        };
        let here = ["tests/test_cart.py", "src/cart.py", "cart/cart.test.js"];
        of_failure(&case, &failure, |path| here.contains(&path))
    }

    #[test]
    fn a_place_in_the_file_of_the_test_comes_first() {
        let pytest = "    def test_adds():\n>       add(1)\n\nsrc/cart.py:3: \ntests/test_cart.py:12: \n_ _\nsrc/cart.py:4: ValueError";
        let place = |file: &str, line| Some((file.to_owned(), line));
        assert_eq!(
            found("tests.test_cart.TestCart", pytest),
            place("tests/test_cart.py", 12)
        );
        assert_eq!(found("other", pytest), place("src/cart.py", 3));
        let jest = "Error: x\n    at Object.<anonymous> (node_modules/jest/cart.test.js:9:1)\n    at Object.<anonymous> (cart/cart.test.js:3:55)";
        assert_eq!(found("", jest), place("cart/cart.test.js", 3));
        let dotnet = "   at Shop.CartTests.Adds() in C:\\agent\\_work\\1\\s\\src\\cart.py:line 12";
        assert_eq!(found("", dotnet), place("src/cart.py", 12));
        let python = "Traceback (most recent call last):\n  File \"tests/test_cart.py\", line 6, in test_adds";
        assert_eq!(found("", python), place("tests/test_cart.py", 6));
    }

    #[test]
    fn what_is_no_file_here_is_no_place() {
        for text in [
            "at shop.LoginTest.wrong(LoginTest.java:42)",
            "tests/test_cart.py",
            "tests/test_cart.py:0: x",
            "127.0.0.1:8080",
            "",
        ] {
            assert_eq!(found("", text), None, "{text}");
        }
        assert!(!is_here("../Cargo.toml"));
        assert!(!is_here("/etc/passwd"));
    }
}
