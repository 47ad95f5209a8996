//! Which part of a path belongs to the machine that ran the tests, and which to the project.

use std::borrow::Cow;
use std::sync::Arc;

/// The folders of the machine on which a report is read: what lies below them has the same name on every machine. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots(Option<Arc<[String]>>);

/// The folders into which the services that run tests check a repository out. `*` is any one folder, `**` any number of them up to the
/// end of what is left out.
const CHECKOUTS: [&str; 28] = [
    // GitHub Actions.
    "/home/runner/work/*/*",
    "/Users/runner/work/*/*",
    "/__w/*/*",
    "/github/workspace",
    "?:/a/*/*",
    // Azure Pipelines.
    "/home/vsts/work/*/s",
    "**/_work/*/s",
    "**/_work/*/*",
    // GitLab.
    "/builds/*/*",
    // Jenkins.
    "**/jenkins/workspace/*",
    "**/.jenkins/workspace/*",
    "**/jenkins*/workspace/*",
    "**/agent/workspace/*",
    // The others.
    "/home/circleci/*",
    "/root/project",
    // Bazel's copy of the sources.
    "**/execroot/*",
    "/home/travis/build/*/*",
    "/opt/atlassian/pipelines/agent/build",
    "**/buildkite-agent/builds/*/*/*",
    "**/buildAgent/work/*",
    "**/buildagent/work/*",
    "/bitrise/src",
    "/drone/src",
    "/home/semaphore/*",
    "/workspaces/*",
    "/workspace",
    "?:/projects/*",
    "/usr/src/app",
];
/// The folders of persons.
const HOMES: [&str; 4] = ["/home/*", "/Users/*", "?:/Users/*", "/root"];
/// What ends the name of a source file.
const ENDINGS: [&str; 48] = [
    "bats", "c", "cc", "clj", "cljs", "cpp", "cs", "css", "cxx", "dart", "erl", "ex", "exs",
    "feature", "fs", "go", "groovy", "h", "hpp", "hs", "html", "java", "jl", "js", "json", "jsx",
    "kt", "kts", "lua", "md", "mjs", "cjs", "php", "pl", "ps1", "py", "rb", "robot", "rs", "scala",
    "sh", "svelte", "swift", "t", "toml", "ts", "tsx", "vue",
];
const MORE_ENDINGS: [&str; 8] = ["mts", "cts", "nim", "sql", "tf", "xml", "yaml", "yml"];

impl Roots {
    /// Returns the folders, written with `/`; of several the deepest counts.
    pub fn new(folders: impl IntoIterator<Item = String>) -> Self {
        let mut folders: Vec<String> = folders
            .into_iter()
            .map(|folder| folder.replace('\\', "/").trim_end_matches('/').to_owned())
            .filter(|folder| !folder.is_empty())
            .collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        folders.dedup();
        Self((!folders.is_empty()).then(|| folders.into()))
    }

    fn folders(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Returns quickly whether a text may hold something that belongs to a machine. A `/` behind a word leads on from there.
    pub(super) fn may_change(text: &str) -> bool {
        let bytes = text.as_bytes();
        let leads_on = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            bytes.get(at) == Some(&b'/')
                && before
                    .is_some_and(|byte| matches!(byte, b'_' | b'-') || byte.is_ascii_alphanumeric())
        };
        memchr::memchr3_iter(b'/', b'\\', b':', bytes).any(|at| !leads_on(at))
    }

    /// Returns whether a name is that of a source file.
    pub(super) fn is_source(name: &str) -> bool {
        ends_like_a_file(name)
    }

    /// Returns a name without what belongs to a machine or to a line of code: paths are relative to the project, with `/`, and without
    /// the number of a line behind them.
    pub fn portable<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !Self::may_change(text) {
            return Cow::Borrowed(text);
        }
        let mut rest = text;
        let mut portable = String::new();
        let mut changed = false;
        while let Some(begin) = begin_of_path(rest) {
            let (before, path) = rest.split_at_checked(begin).unwrap_or((rest, ""));
            let (path, after) = path
                .split_at_checked(self.length(path))
                .unwrap_or((path, ""));
            portable.push_str(before);
            let shown = self.path(path);
            changed |= shown != path;
            portable.push_str(&shown);
            rest = after;
        }
        if changed {
            portable.push_str(rest);
            Cow::Owned(portable)
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Returns how long the path is with which a text begins. One that is the whole text may hold blanks.
    fn length(&self, text: &str) -> usize {
        let word = text.find(char::is_whitespace).unwrap_or(text.len());
        let slashed = text.replace('\\', "/");
        let known = self.folders().iter().find(|root| {
            let rest = slashed.strip_prefix(root.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        });
        // The folder of the project may have blanks in its name.
        let from = known.map_or(0, String::len).max(word.min(1));
        let tail = text.get(from..).unwrap_or_default();
        let end = from + tail.find(char::is_whitespace).unwrap_or(tail.len());
        let end = end.max(if known.is_some() { 0 } else { word });
        // `/My tests/a.py`: a blank in front of a further part of the path ends no path.
        match text.get(end..) {
            Some(rest)
                if is_absolute(text) && !ends_like_a_file(text.get(..end).unwrap_or_default()) =>
            {
                let whole = rest.find(" › ").or_else(|| rest.find(" > "));
                let whole = end + whole.unwrap_or(rest.len());
                let candidate = text.get(..whole).unwrap_or_default();
                if ends_like_a_file(candidate) {
                    whole
                } else {
                    end
                }
            }
            _ => end,
        }
    }

    /// Returns a path without its machine and its line.
    fn path(&self, written: &str) -> String {
        let decoded = written.strip_prefix("file:").map(unescaped);
        let path = decoded.as_deref().unwrap_or(written);
        let (path, tail) = split_line(path);
        let absolute = decoded.is_some() || is_absolute(path);
        if !absolute && !ends_like_a_file(path) {
            return format!("{path}{tail}");
        }
        let tail = if ends_like_a_file(path) { "" } else { tail };
        let slashed = path.replace('\\', "/");
        if !absolute {
            return slashed.trim_start_matches("./").to_owned() + tail;
        }
        let slashed = slashed.trim_start_matches('/');
        let slashed = if has_drive(slashed) {
            slashed.to_owned()
        } else {
            format!("/{slashed}")
        };
        self.below(&slashed).to_owned() + tail
    }

    /// Returns the part of an absolute path that is below the project.
    fn below<'p>(&self, path: &'p str) -> &'p str {
        let own = self.folders().iter().find_map(|root| {
            let drive = has_drive(path) && !has_drive(root);
            let path = if drive { path.get(2..)? } else { path };
            path.strip_prefix(root.as_str())?.strip_prefix('/')
        });
        own.or_else(|| CHECKOUTS.iter().find_map(|pattern| behind(path, pattern)))
            .or_else(|| HOMES.iter().find_map(|pattern| behind(path, pattern)))
            .unwrap_or_else(|| {
                let path = if has_drive(path) {
                    path.get(2..).unwrap_or(path)
                } else {
                    path
                };
                path.trim_start_matches('/')
            })
    }
}

/// Returns where the first word that may be a path begins.
fn begin_of_path(text: &str) -> Option<usize> {
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let inner = word.trim_start_matches(['[', '(', '"', '\'', '`', '<']);
        let begin = at + word.len() - inner.len();
        let inner = inner.trim_end();
        let candidate = inner.starts_with("file:")
            || is_absolute(inner)
            || inner.contains(['/', '\\', ':']) && ends_like_a_file(split_line(inner).0);
        if candidate {
            return Some(begin);
        }
        at += word.len();
    }
    None
}

fn is_absolute(path: &str) -> bool {
    let rooted = path.starts_with('/')
        && path.len() > 1
        && path.get(1..).is_some_and(|rest| rest.contains('/'));
    rooted || has_drive(path) || path.starts_with("\\\\")
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Returns a path and the `:12` or `:12:5` behind it.
fn split_line(path: &str) -> (&str, &str) {
    let mut end = path.len();
    for _ in 0..2 {
        let head = path.get(..end).unwrap_or_default();
        let Some(colon) = head.rfind(':') else { break };
        let number = head.get(colon + 1..).unwrap_or_default();
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        end = colon;
    }
    path.split_at_checked(end).unwrap_or((path, ""))
}

/// Returns whether a path ends with the name of a source file.
fn ends_like_a_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    !stem.is_empty()
        && ENDINGS
            .iter()
            .chain(&MORE_ENDINGS)
            .any(|known| ending.eq_ignore_ascii_case(known))
}

/// Returns the part below the folders of a pattern.
fn behind<'p>(path: &'p str, pattern: &str) -> Option<&'p str> {
    if let Some(inner) = pattern.strip_prefix("**") {
        let first = inner.trim_start_matches('/').split('/').next()?;
        let mut from = 0;
        while let Some(slash) = path.get(from..)?.find('/') {
            let rest = path.get(from + slash..)?;
            let folder = rest.trim_start_matches('/').split('/').next()?;
            if matches(folder, first)
                && let Some(below) = behind(rest, inner)
            {
                return Some(below);
            }
            from += slash + 1;
        }
        return None;
    }
    let mut rest = path;
    for part in pattern.split('/') {
        let (folder, below) = rest.split_once('/')?;
        if !matches(folder, part) {
            return None;
        }
        rest = below;
    }
    (!rest.is_empty()).then_some(rest)
}

fn matches(folder: &str, part: &str) -> bool {
    match part {
        "*" => !folder.is_empty(),
        "?:" => folder.len() == 2 && folder.ends_with(':'),
        _ => match part.strip_suffix('*') {
            Some(begin) => folder.starts_with(begin),
            None => folder == part,
        },
    }
}

/// Decodes the `%20` of a URL.
fn unescaped(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code.filter(|_| *first == b'%') {
            bytes.push(code);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_the_same_on_every_machine() {
        let roots = Roots::new([String::from("/srv/my shop"), String::from("C:\\work\\shop")]);
        let samples = [
            ("/home/runner/work/x/x/site.yml:12", "site.yml"),
            (
                "file:///home/runner/work/shop/shop/main_test.ts",
                "main_test.ts",
            ),
            ("file:///C:/a/My%20Tests/b.ts:3:7", "a/My Tests/b.ts"),
            (
                "D:\\a\\shop\\shop\\tests\\cart.test.js",
                "tests/cart.test.js",
            ),
            (
                "/srv/my shop/tests/cart_test.py::test_a",
                "tests/cart_test.py::test_a",
            ),
            ("/root/project/tests/a.py", "tests/a.py"),
            (
                "/home/a/.cache/bazel/_bazel_a/0c1f/sandbox/linux-sandbox/12/execroot/_main/tests/a.py",
                "tests/a.py",
            ),
            ("c:\\work\\shop\\a.cs", "work/shop/a.cs"),
            ("C:\\work\\shop\\tests\\a.cs", "tests/a.cs"),
            ("/agent/_work/3/s/tests/a.py", "tests/a.py"),
            (
                "/var/lib/jenkins/workspace/shop-nightly/tests/a.py",
                "tests/a.py",
            ),
            (
                "/home/jenkins/agent/workspace/shop@2/tests/a.py",
                "tests/a.py",
            ),
            ("/builds/acme/shop/tests/a.py", "tests/a.py"),
            ("/Users/anna/shop/tests/a.py", "shop/tests/a.py"),
            (
                "tests/cart.spec.ts:12:5 › adds",
                "tests/cart.spec.ts › adds",
            ),
            ("tests\\cart_test.py", "tests/cart_test.py"),
            ("./tests/cart.lua", "tests/cart.lua"),
            (
                "[chromium] /builds/acme/shop/a.spec.ts:3 › adds",
                "[chromium] a.spec.ts › adds",
            ),
            ("\\\\server\\share\\shop\\a.py", "server/share/shop/a.py"),
            ("/home/anna/My Shop/tests/a.py", "My Shop/tests/a.py"),
        ];
        for (written, expected) in samples {
            assert_eq!(roots.portable(written), expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_path_stays_as_it_is() {
        let roots = Roots::default();
        for text in [
            "shop.CartTest",
            "App\\Tests\\CartTest",
            "ratio is 1:2",
            "GET /cart",
            "a/b",
            "Test Cases/Cart/Add",
            "http://localhost:3000/cart",
            "at 12:30:15",
            "std::vec::Vec",
            "and / or",
            "github.com/acme/shop/cart",
            "[localhost] Deploy: copy file",
            "n/a",
        ] {
            assert_eq!(roots.portable(text), text);
        }
    }
}
