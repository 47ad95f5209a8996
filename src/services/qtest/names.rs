//! What things are called on qTest: the words of templates, the cycle and suite of a result, the folder of a test.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::model::{TestCase, TestSuite};
use crate::plan::{SubmissionPlan, Template, TemplateError, WORDS};
use crate::services::ServiceError;

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

/// The word of the name that a submission has as a whole.
pub(super) const SUBMISSION: &str = "submission";

/// Stands for a `/` in a value, which separates nothing. No report holds it: it is of the private use area.
const SLASH: char = '\u{E000}';

/// Where a container is: its id, or the names down to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Named {
    Id(String),
    Path(Vec<String>),
}

impl Named {
    /// Returns the only name, or that of the innermost.
    pub(super) fn last(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Path(path) => path.last().map_or("", String::as_str),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => formatter.write_str(id),
            Self::Path(path) => formatter.write_str(&path.join("/")),
        }
    }
}

/// What decides the names of a submission's cycles and suites.
#[derive(Debug)]
pub(super) struct Naming<'a> {
    pub(super) target: &'a QtestTarget,
    pub(super) plan: &'a SubmissionPlan,
    /// The template of the cycle: that of the target, or another that stands in for it.
    cycle: Template,
    /// The name of the submission as a whole.
    submission: Option<String>,
}

/// The report that a test comes from, and the test.
pub(super) type Told<'a> = (usize, &'a TestCase);

impl<'a> Naming<'a> {
    pub(super) fn new(target: &'a QtestTarget, plan: &'a SubmissionPlan) -> Self {
        Self {
            target,
            plan,
            cycle: target.cycle.clone(),
            submission: whole(target, plan),
        }
    }

    /// Returns the same with a cycle for each job of a report, as 0.1.0 had it.
    pub(super) fn by_job(self) -> Self {
        let cycle = Template::parse("{job}").unwrap_or_default();
        Self { cycle, ..self }
    }

    /// Returns the jobs that the reports name.
    pub(super) fn jobs(&self) -> BTreeSet<String> {
        let results = self.plan.results.iter();
        results
            .filter_map(|result| job(result.case.suite()))
            .map(text::name)
            .collect()
    }

    /// Refuses a template with a word that neither this program nor any of the tests knows.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let templates = [
            ("cycle", &self.target.cycle),
            ("suite", &self.target.suite),
            ("build", &self.target.build),
            ("build_url", &self.target.build_url),
            ("note", &self.target.note),
        ];
        let mut own: Option<BTreeSet<String>> = None;
        for (setting, template) in templates {
            for word in template.words() {
                let word = word.to_lowercase();
                if is_word(&word, self.target) {
                    continue;
                }
                let own = own.get_or_insert_with(|| properties(self.plan));
                if !own.contains(&word) {
                    let known = own.iter().map(String::as_str).chain([SUBMISSION]);
                    let error = TemplateError::unknown(&word, known);
                    return Err(ServiceError::setting(format!("`qtest.{setting}`: {error}")));
                }
            }
        }
        Ok(())
    }

    /// Returns the cycle and the suite that a result belongs to.
    pub(super) fn place(&self, result: Told<'_>) -> (Named, Named) {
        let cycle = self
            .path(&self.cycle, "CL", result)
            .unwrap_or_else(|| Named::Path(vec![JOBLESS.to_owned()]));
        let suite = self
            .path(&self.target.suite, "TS", result)
            .unwrap_or_else(|| Named::Path(vec![NO_ENVIRONMENT.to_owned()]));
        match (cycle, suite) {
            // What stands before the suite's own name is a cycle below the cycle.
            (Named::Path(mut cycle), Named::Path(mut suite)) if suite.len() > 1 => {
                let own = suite.split_off(suite.len() - 1);
                cycle.append(&mut suite);
                (Named::Path(cycle), Named::Path(own))
            }
            other => other,
        }
    }

    /// Renders a template whose own `/` separate names. A text without words can be an id.
    fn path(&self, template: &Template, prefix: &str, result: Told<'_>) -> Option<Named> {
        if template.words().next().is_none() {
            let text = self.render(template, result);
            if is_id(&text, prefix) {
                return Some(Named::Id(text));
            }
        }
        let text = self.rendered(template, result, |value| {
            value.replace('/', &SLASH.to_string())
        });
        let path: Vec<String> = text
            .split('/')
            .map(|part| text::name(&part.replace(SLASH, "/")))
            .filter(|part| !part.is_empty())
            .collect();
        (!path.is_empty()).then_some(Named::Path(path))
    }

    /// Replaces the words of a template; a word that says nothing here becomes nothing.
    pub(super) fn render(&self, template: &Template, result: Told<'_>) -> String {
        self.rendered(template, result, |value| value)
    }

    fn rendered(
        &self,
        template: &Template,
        result: Told<'_>,
        change: impl Fn(String) -> String,
    ) -> String {
        let values = template
            .words()
            .map(|word| {
                let word = word.to_lowercase();
                let value = self.value(&word, result).map(&change);
                (word, value.unwrap_or_default())
            })
            .collect();
        // Every word has a value, so nothing is unknown.
        template.render(&values).unwrap_or_default()
    }

    fn value(&self, word: &str, (report, case): Told<'_>) -> Option<String> {
        let plan = self.plan;
        let of_ci = || self.target.words.get(word).cloned();
        match word {
            SUBMISSION => self.submission.clone(),
            "job" => job(&case.suite)
                .map(str::to_owned)
                .or_else(|| plan.run.job.clone()),
            "report" => plan.reports.get(report).map(|report| stem(&report.path)),
            "browser" => browser(case).or_else(|| device(case)),
            "device" => device(case),
            "os" => first(case, &["os", "platform", "platformName"]),
            "date" => plan
                .run
                .started
                .or(plan.run.finished)
                .map(|day| day.strftime("%Y-%m-%d").to_string()),
            "ci.build" => of_ci().or_else(|| plan.run.build.as_ref()?.number.clone()),
            "ci.url" => of_ci().or_else(|| plan.run.build.as_ref()?.url.clone()),
            other => of_ci().or_else(|| case.property(other).map(str::to_owned)),
        }
    }
}

/// Returns whether a setting names an id rather than a name.
pub(super) fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_word(word: &str, target: &QtestTarget) -> bool {
    word == SUBMISSION || WORDS.contains(&word) || target.words.contains_key(word)
}

/// Returns the names of all properties of tests and suites, in small letters.
fn properties(plan: &SubmissionPlan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen: Option<&TestSuite> = None;
    for result in &plan.results {
        let case = result.case.unpack();
        names.extend(case.properties.iter().map(|own| own.name.to_lowercase()));
        if seen.is_some_and(|seen| std::ptr::eq(seen, Arc::as_ptr(&case.suite))) {
            continue;
        }
        seen = Some(result.case.suite());
        for suite in suites(&case.suite) {
            names.extend(suite.properties.iter().map(|own| own.name.to_lowercase()));
        }
    }
    names
}

/// Returns the name of the submission as a whole: the job that its reports name, else what the CI calls the pipeline or the
/// job, else the suite that all of it is in. Nothing, where nothing says so.
fn whole(target: &QtestTarget, plan: &SubmissionPlan) -> Option<String> {
    let of_ci = |word: &str| target.words.get(word).cloned();
    common(plan, reported)
        .or_else(|| of_ci("ci.pipeline"))
        .or_else(|| of_ci("ci.job").map(|job| without_leg(&job)))
        .or_else(|| common(plan, outermost))
        .filter(|name| !name.is_empty())
}

/// Returns the name that all results have in common.
fn common(plan: &SubmissionPlan, name: impl Fn(&TestSuite) -> Option<&str>) -> Option<String> {
    let (first, rest) = plan.results.split_first()?;
    let of_first = first.case.suite();
    let name_of_first = name(of_first)?;
    rest.iter()
        .all(|result| {
            let suite = result.case.suite();
            Arc::ptr_eq(suite, of_first) || name(suite) == Some(name_of_first)
        })
        .then(|| name_of_first.to_owned())
}

/// Leaves out what tells the legs of one job apart: GitLab's ` 2/4` and `: [chrome]`.
fn without_leg(job: &str) -> String {
    let job = job.split_once(": [").map_or(job, |(job, _)| job);
    let Some((name, leg)) = job.rsplit_once(' ') else {
        return job.to_owned();
    };
    let is_leg = leg.split_once('/').is_some_and(|(index, count)| {
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        is_number(index) && is_number(count)
    });
    if is_leg { name } else { job }.to_owned()
}

/// Returns the suites around a test, outermost first.
fn suites(suite: &TestSuite) -> Vec<&TestSuite> {
    let mut suites: Vec<&TestSuite> =
        std::iter::successors(Some(suite), |suite| suite.parent.as_deref()).collect();
    suites.reverse();
    suites
}

/// Returns the job: the name of the whole report, else that of the outermost suite which has one.
fn job(suite: &TestSuite) -> Option<&str> {
    reported(suite).or_else(|| outermost(suite))
}

fn reported(suite: &TestSuite) -> Option<&str> {
    suites(suite)
        .iter()
        .filter_map(|suite| suite.report_name.as_deref())
        .map(str::trim)
        .find(|name| !name.is_empty())
}

fn outermost(suite: &TestSuite) -> Option<&str> {
    suites(suite)
        .iter()
        .map(|suite| suite.name.trim())
        .find(|name| !name.is_empty())
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

/// Returns whether a class name is one of a language with packages, and no title or file name.
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
