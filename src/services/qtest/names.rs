//! What things are called on qTest: the words of templates, the cycle and suite of a result, the folder of a test.

use crate::model::{TestCase, TestSuite};
use crate::plan::{PlannedResult, SubmissionPlan, Template};

use super::fingerprint::class;
use super::target::QtestTarget;
use super::text;

/// The cycle of results that no job claims, as qTest's users of this mapping know it.
pub(super) const JOBLESS: &str = "Jobless Executions";

/// The suite of results that name no browser and no device.
pub(super) const NO_ENVIRONMENT: &str = "Default";

const BROWSERS: [&str; 10] = [
    "chrome",
    "chromium",
    "firefox",
    "safari",
    "webkit",
    "edge",
    "opera",
    "msedge",
    "internet explorer",
    "samsung",
];

/// Returns the names of the cycle and the suite that a result belongs to.
pub(super) fn place(
    target: &QtestTarget,
    plan: &SubmissionPlan,
    result: &PlannedResult,
) -> (String, String) {
    let rendered = |template: &Template| {
        Some(text::name(&render(template, target, plan, result))).filter(|name| !name.is_empty())
    };
    (
        rendered(&target.cycle).unwrap_or_else(|| JOBLESS.to_owned()),
        rendered(&target.suite).unwrap_or_else(|| NO_ENVIRONMENT.to_owned()),
    )
}

/// Replaces the words of a template; a word that says nothing here becomes nothing.
pub(super) fn render(
    template: &Template,
    target: &QtestTarget,
    plan: &SubmissionPlan,
    result: &PlannedResult,
) -> String {
    let values = template
        .words()
        .map(|word| {
            (
                word.to_lowercase(),
                value(word, target, plan, result).unwrap_or_default(),
            )
        })
        .collect();
    // Every word has a value, so nothing is unknown.
    template.render(&values).unwrap_or_default()
}

fn value(
    word: &str,
    target: &QtestTarget,
    plan: &SubmissionPlan,
    result: &PlannedResult,
) -> Option<String> {
    let case = &result.case;
    match word {
        "job" => job(case)
            .map(str::to_owned)
            .or_else(|| plan.run.job.clone()),
        "report" => plan
            .reports
            .get(result.report)
            .map(|report| stem(&report.path)),
        "browser" => browser(case).or_else(|| device(case)),
        "device" => device(case),
        "os" => first(case, &["os", "platform", "platformName"]),
        "ci.build" => target
            .words
            .get(word)
            .cloned()
            .or_else(|| plan.run.build.as_ref()?.number.clone()),
        "ci.url" => target
            .words
            .get(word)
            .cloned()
            .or_else(|| plan.run.build.as_ref()?.url.clone()),
        other => target
            .words
            .get(other)
            .cloned()
            .or_else(|| case.property(other).map(str::to_owned)),
    }
}

/// Returns the job: the name of the whole report, else that of the outermost suite which has one.
fn job(case: &TestCase) -> Option<&str> {
    let mut suites: Vec<&TestSuite> =
        std::iter::successors(Some(&*case.suite), |suite| suite.parent.as_deref()).collect();
    suites.reverse();
    suites
        .iter()
        .find_map(|suite| {
            suite
                .report_name
                .as_deref()
                .map(str::trim)
                .filter(|name| !name.is_empty())
        })
        .or_else(|| {
            suites
                .iter()
                .map(|suite| suite.name.trim())
                .find(|name| !name.is_empty())
        })
}

fn stem(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.rsplit_once('.')
        .map_or(file, |(stem, _)| stem)
        .to_owned()
}

fn first(case: &TestCase, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| case.property(name))
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn device(case: &TestCase) -> Option<String> {
    first(
        case,
        &["deviceName", "device", "device_name", "devicePlatform"],
    )
}

/// Returns the browser without its version, so that an update of the browser is no new suite. Playwright writes the name of its
/// project, usually a browser, where a host belongs.
fn browser(case: &TestCase) -> Option<String> {
    first(case, &["browser", "browserName", "browser_name"])
        .or_else(|| case.suite.hostname.clone().filter(|host| is_browser(host)))
        .map(|name| without_version(&name))
}

fn is_browser(text: &str) -> bool {
    let text = text.to_lowercase();
    BROWSERS
        .iter()
        .any(|browser| text == *browser || text.split_whitespace().any(|word| word == *browser))
}

fn without_version(name: &str) -> String {
    let Some((base, last)) = name.trim().rsplit_once(' ') else {
        return name.trim().to_owned();
    };
    let version = last.trim_start_matches(['v', '(']).trim_end_matches(')');
    let numeric = version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || c == '.');
    if numeric && (version.contains('.') || is_browser(base)) {
        base.trim().to_owned()
    } else {
        name.trim().to_owned()
    }
}

/// Returns the folder of a test, outermost first: Katalon's folder, the directories of a file, or the package of a class.
pub(super) fn folder(case: &TestCase) -> Vec<String> {
    let katalon = [case.class_name.as_deref(), Some(case.name.as_str())]
        .into_iter()
        .flatten()
        .find_map(|text| text.strip_prefix("Test Cases/"));
    if let Some(path) = katalon {
        return above(path, '/');
    }
    let Some(class) = class(case) else {
        return Vec::new();
    };
    let path = class.replace('\\', "/");
    if path.starts_with('/') || path.get(1..3) == Some(":/") {
        // A path of the machine that ran the tests says nothing that holds on another.
        return Vec::new();
    }
    if path.contains('/') {
        return above(&path, '/');
    }
    if is_package(class) {
        above(class, '.')
    } else {
        Vec::new()
    }
}

fn above(path: &str, separator: char) -> Vec<String> {
    let mut parts: Vec<String> = path
        .split(separator)
        .map(text::name)
        .filter(|part| !part.is_empty() && part != "." && part != "..")
        .collect();
    parts.pop();
    parts
}

/// Tells whether a class name is one of a language with packages, and no title or file name.
fn is_package(class: &str) -> bool {
    const FILES: [&str; 14] = [
        "js", "ts", "jsx", "tsx", "mjs", "cjs", "py", "rb", "php", "go", "robot", "feature", "cs",
        "java",
    ];
    let identifier = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || "_$+`[]".contains(c))
    };
    class.split('.').all(identifier)
        && !class
            .rsplit('.')
            .next()
            .is_some_and(|last| FILES.contains(&last))
}

/// Returns the name of the case of a test.
pub(super) fn case_name(case: &TestCase) -> String {
    let own = match case.name.strip_prefix("Test Cases/") {
        Some(path) => path.rsplit('/').next().unwrap_or(path),
        None => case.name.as_str(),
    };
    let own = text::name(own);
    if own.is_empty() {
        text::name(class(case).unwrap_or("Unnamed test"))
    } else {
        own
    }
}
