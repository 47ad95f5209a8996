//! `handin map set` and `handin map unset`.

use clap::Args;
use serde_json::json;

use super::reported_tests::{self, Need, ReportedTests, joined};
use super::{editor, one_service};
use crate::cli::values;
use crate::cli::{Context, ExitStatus, Failure, examples};
use crate::mapping::CaseId;
use crate::model::{ServiceName, TestKey};
use crate::settings::{Settings, nearest};
use crate::ui::sanitized;

/// Map a test to one or more test cases
///
/// Name the test as `handin map list` shows it, with ` > ` or ` › `. A part of the name is enough if it fits only one test of
/// the reports.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_SET)]
pub(super) struct SetArgs {
    /// The test, such as 'shop.LoginTest > valid user'
    test: String,
    /// The test cases, such as `1234` on Azure or `TC-17` on qTest
    #[arg(required = true, value_name = "CASE")]
    cases: Vec<String>,
    /// The service; not needed if the settings have only one
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Option<ServiceName>,
    /// Map a test that is not in any report yet
    #[arg(long)]
    new: bool,
    /// Map all tests in the reports that match the name, such as all rows of a parametrized test
    #[arg(long, conflicts_with = "new")]
    all: bool,
}

/// Remove the mapping of tests
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP_UNSET)]
pub(super) struct UnsetArgs {
    /// The tests, as `handin map list` shows them
    #[arg(required = true, value_name = "TEST")]
    tests: Vec<String>,
    /// The service; not needed if the settings have only one
    #[arg(long, value_name = "SERVICE", value_parser = values::service())]
    service: Option<ServiceName>,
}

pub(super) fn set(context: &Context, args: &SetArgs) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let service = one_service(&settings, args.service)?;
    let mut cases: Vec<CaseId> = Vec::new();
    for text in args.cases.iter().flat_map(|text| text.split(',')) {
        let case = CaseId::parse(service, text).map_err(|error| {
            let message = format!("`{text}` {error}; nothing was changed");
            let failure = Failure::new(ExitStatus::Usage, message);
            match CaseId::parse(service, &args.test) {
                Ok(_) => failure.hint("the test comes first: `handin map set TEST CASE`"),
                Err(_) => failure,
            }
        })?;
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    let seen = reported_tests::read(context, &settings, &[], &[], Need::Nothing)?;
    let fits: Vec<TestKey> = fitting(seen.tests.iter().map(|test| &test.key), &args.test)
        .into_iter()
        .filter(|_| args.all)
        .cloned()
        .collect();
    let tests = match fits.as_slice() {
        [] => vec![meant(&settings, service, &seen, &args.test, args.new)?],
        _ => fits,
    };
    let mut editor = editor(&settings)?;
    for test in &tests {
        editor.map(service, test, &cases)?;
    }
    editor.save(&context.patience())?;
    let path = editor.path().display().to_string();
    for test in &tests {
        context.ui.status(&format!(
            "mapped `{}` to {} on {}, in `{path}`{}",
            sanitized(test.as_str()),
            joined(&cases),
            service.title(),
            before(&settings, service, test, &cases)
        ));
    }
    if !seen.has_reports && !args.new {
        context.ui.advice(
            "no report was read, so nobody checked the name: with `reports` in handin.toml, `handin map list` shows how each test is named",
        );
    }
    if context.ui.is_json() {
        context.ui.json(&json!({
            "schema": "handin/map-set/1", "service": service, "test": tests.first(), "tests": tests, "cases": cases, "path": path,
        }))?;
    }
    Ok(ExitStatus::Done)
}

/// Says which cases the settings named so far, where they were others.
fn before(settings: &Settings, service: ServiceName, test: &TestKey, cases: &[CaseId]) -> String {
    let rules = settings.cases.of(service).into_iter();
    let mut explicit = rules.flat_map(|rules| &rules.explicit);
    match explicit.find(|mapping| mapping.test == *test) {
        Some(mapping) if mapping.cases != cases => format!("; before: {}", joined(&mapping.cases)),
        Some(_) | None => String::new(),
    }
}

pub(super) fn unset(context: &Context, args: &UnsetArgs) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let service = one_service(&settings, args.service)?;
    let mut editor = editor(&settings)?;
    let mut removed = Vec::new();
    for text in &args.tests {
        let mut test = TestKey::typed(text);
        if !editor.unmap(service, &test)? {
            test = meant_mapped(&settings, service, text)?;
            editor.unmap(service, &test)?;
        }
        removed.push(test);
    }
    editor.save(&context.patience())?;
    for test in &removed {
        let message = format!("removed the mapping of `{}`", sanitized(test.as_str()));
        context.ui.status(&message);
    }
    if context.ui.is_json() {
        context.ui.json(&json!({
            "schema": "handin/map-unset/1", "service": service, "tests": removed,
            "path": editor.path().display().to_string(),
        }))?;
    }
    Ok(ExitStatus::Done)
}

/// Returns the test that somebody typed: exactly, or the only one of the reports that contains it.
fn meant(
    settings: &Settings,
    service: ServiceName,
    seen: &ReportedTests,
    text: &str,
    new: bool,
) -> Result<TestKey, Failure> {
    let key = TestKey::typed(text);
    let is_mapped = settings
        .cases
        .of(service)
        .is_some_and(|rules| rules.explicit.iter().any(|mapping| mapping.test == key));
    if new || is_mapped || !seen.has_reports || seen.get(&key).is_some() {
        return Ok(key);
    }
    let fitting = fitting(seen.tests.iter().map(|test| &test.key), text);
    match fitting.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(unknown(seen, &key)),
        several => {
            Err(several_fit(&key, several)
                .hint("write more of the name, or map them all with `--all`"))
        }
    }
}

/// Returns the tests that a name may mean: those of just these words, else those that have them in a row, else those that contain the text.
/// Runners write one test in many ways: `shop.LoginTest#valid`, `tests/test_cart.py::TestCart::test_add`.
fn fitting<'a>(keys: impl Iterator<Item = &'a TestKey>, text: &str) -> Vec<&'a TestKey> {
    let keys: Vec<&TestKey> = keys.collect();
    let part = text.trim().to_lowercase();
    let typed = words(text);
    let of = |fits: &dyn Fn(&str) -> bool| -> Vec<&'a TestKey> {
        let keys = keys.iter().copied();
        keys.filter(|key| fits(key.as_str())).collect()
    };
    let exact = of(&|key| words(key) == typed);
    if !exact.is_empty() || typed.trim().is_empty() {
        return exact;
    }
    let in_a_row = of(&|key| words(key).contains(&typed));
    if !in_a_row.is_empty() {
        return in_a_row;
    }
    of(&|key| key.to_lowercase().contains(&part))
}

/// Returns the words of a name, each between blanks; what stands between them does not count, nor does the ending of a file of tests.
fn words(name: &str) -> String {
    let name = name.to_lowercase().replace(".py::", "::");
    let words = name.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words
        .filter(|word| !word.is_empty())
        .fold(" ".to_owned(), |all, word| format!("{all}{word} "))
}

fn several_fit(key: &TestKey, several: &[&TestKey]) -> Failure {
    let message = format!(
        "`{}` fits {} tests; nothing was changed",
        sanitized(key.as_str()),
        several.len()
    );
    let failure = Failure::new(ExitStatus::Usage, message);
    several.iter().take(10).fold(failure, |failure, test| {
        failure.cause(sanitized(test.as_str()))
    })
}

fn unknown(seen: &ReportedTests, key: &TestKey) -> Failure {
    let message = format!(
        "no report has the test `{}`; nothing was changed",
        sanitized(key.as_str())
    );
    let failure = Failure::new(ExitStatus::Usage, message);
    match nearest(
        key.as_str(),
        seen.tests.iter().map(|test| test.key.as_str()),
    ) {
        Some(near) => failure.hint(format!("did you mean `{}`?", sanitized(near))),
        None => failure.hint("`--new` maps a test that no report has yet"),
    }
}

/// Returns the mapped test that somebody typed another way.
fn meant_mapped(settings: &Settings, service: ServiceName, text: &str) -> Result<TestKey, Failure> {
    let key = TestKey::typed(text);
    let mapped = settings.cases.of(service);
    let mapped = mapped.iter().flat_map(|rules| &rules.explicit);
    match fitting(mapped.map(|mapping| &mapping.test), text).as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(not_mapped(settings, service, &key)),
        several => Err(several_fit(&key, several).hint("write more of the name")),
    }
}

fn not_mapped(settings: &Settings, service: ServiceName, key: &TestKey) -> Failure {
    let message = format!(
        "`{}` is not mapped in the settings; nothing was changed",
        sanitized(key.as_str())
    );
    let failure = Failure::new(ExitStatus::Usage, message);
    let mapped = settings.cases.of(service);
    let known = mapped
        .iter()
        .flat_map(|rules| &rules.explicit)
        .map(|mapping| mapping.test.as_str());
    match nearest(key.as_str(), known) {
        Some(near) => failure.hint(format!("did you mean `{}`?", sanitized(near))),
        None => failure.hint("`handin map list` shows what is mapped, and how"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_found_by_the_name_that_its_runner_prints() {
        let keys = [
            "tests.test_cart.TestCart › test_add",
            "tests.test_cart.TestCart › test_add_item",
            "tests.test_cart.TestCart › test_quantity[1]",
            "tests.test_cart.TestCart › test_quantity[2]",
            "shop.LoginTest › valid user",
        ]
        .map(TestKey::typed);
        let found = |text: &str| -> Vec<usize> {
            let found = fitting(keys.iter(), text);
            let at = |key: &&TestKey| keys.iter().position(|known| known == *key);
            found.iter().filter_map(at).collect()
        };
        for (typed, expected) in [
            ("tests/test_cart.py::TestCart::test_add_item", &[1][..]),
            ("tests.test_cart.TestCart.test_add", &[0]),
            ("test_add", &[0]),
            ("test_ad", &[0, 1]),
            ("TestCart::test_quantity[1]", &[2]),
            ("test_quantity", &[2, 3]),
            ("shop.LoginTest#valid user", &[4]),
            ("valid", &[4]),
            ("nothing", &[]),
            ("::", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(typed), expected, "{typed}");
        }
    }
}
