//! From what was written to what counts: the layers laid over each other, and every value checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::choice::{CiOutput, Reaction};
use super::env::{self, Environment};
use super::file::{Section, SettingsFile};
use super::sections::Policy;
use super::{PerService, Selection, Settings, SettingsError, keys, layers, nearest, trust};
use crate::keys::{Layer, Layers, Origin, Reader, SetValue, SettingsProblem, Value};
use crate::mapping::{CaseRules, ExplicitMapping, ServiceRules};
use crate::model::ServiceName;
use crate::services::Sections;

/// Where settings come from.
pub(super) struct Sources<'a> {
    pub(super) file: SettingsFile,
    pub(super) path: Option<PathBuf>,
    pub(super) directory: &'a Path,
    pub(super) selection: &'a Selection<'a>,
}

/// Lays the layers over each other.
pub(super) fn resolve(
    sources: &Sources<'_>,
    environment: &Environment,
) -> Result<Settings, SettingsError> {
    let mut problems = Vec::new();
    let profile = sources
        .selection
        .profile
        .or_else(|| environment.get(env::PROFILE));
    let section = profile.and_then(|name| chosen(&sources.file, name, &mut problems));
    let none = Section::default();
    let section = section.unwrap_or(&none);
    let layers = Layers {
        flags: layers::flags(&sources.selection.overrides, &mut problems),
        environment: layers::environment(environment, &mut problems),
        profile: section.values.clone(),
        file: sources.file.base.values.clone(),
        defaults: defaults(&sources.selection.addresses),
    };
    let explicit = explicit_mappings(&sources.file.base, section);
    let mut resolver = Resolver {
        reader: Reader {
            layers,
            problems,
            warnings: Vec::new(),
        },
        folder: folder_of(sources),
    };
    let refusals = trust::refusals(&resolver.reader.layers, &resolver.folder);
    resolver.reader.problems.extend(refusals);
    let mut services = resolver.services(&sources.file.base, section);
    let is_silent = services.iter().all(Vec::is_empty);
    let addressed = resolver.addressed(&sources.selection.addresses);
    let addressed = addressed.filter(|_| is_silent);
    services[0].extend(addressed.map(|(service, _)| service));
    let mut settings = resolver.settings(services, explicit);
    settings.named_by = addressed.map(|(_, name)| name);
    settings.file.clone_from(&sources.path);
    settings.profile = profile.map(str::to_owned);
    settings.warnings = resolver.reader.warnings;
    if resolver.reader.problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError {
            problems: resolver.reader.problems,
        })
    }
}

/// Returns the defaults, with the address of the only login of each service among them, unless it would have to be allowed first.
fn defaults(addresses: &[(ServiceName, String)]) -> Layer {
    let mut defaults = crate::keys::defaults(keys::keys());
    for (service, text) in addresses {
        let key = keys::keys().find(|key| key.path.strip_suffix(".url") == Some(service.word()));
        if let Some(key) = key.filter(|_| crate::keys::is_safe_url(text)) {
            let (value, origin) = (Value::Text(text.clone()), Origin::Default);
            defaults.insert(key.path, SetValue { value, origin });
        }
    }
    defaults
}

fn folder_of(sources: &Sources<'_>) -> PathBuf {
    sources
        .path
        .as_deref()
        .and_then(Path::parent)
        .unwrap_or(sources.directory)
        .to_path_buf()
}

fn chosen<'a>(
    file: &'a SettingsFile,
    name: &str,
    problems: &mut Vec<SettingsProblem>,
) -> Option<&'a Section> {
    let section = file.profiles.get(name);
    if section.is_none() {
        let known: Vec<&str> = file.profiles.keys().map(String::as_str).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => {
                format!("a profile is written as `[profile.{name}.azure]` in the settings file")
            }
            None => format!("there is {}", crate::keys::quoted(&known)),
        };
        let problem = SettingsProblem::new(format!("there is no profile `{name}`"));
        problems.push(problem.hint(hint));
    }
    section
}

/// Returns the mappings of the file, those of the profile laid over them test by test.
fn explicit_mappings(base: &Section, profile: &Section) -> PerService<Vec<ExplicitMapping>> {
    let mut explicit = base.explicit.clone();
    for (service, mappings) in &profile.explicit {
        let known = explicit.entry(*service).or_default();
        let replaced: std::collections::HashSet<_> =
            mappings.iter().map(|mapping| &mapping.test).collect();
        known.retain(|mapping| !replaced.contains(&mapping.test));
        known.extend(mappings.iter().cloned());
    }
    explicit
}

/// The endings of pages that can be written.
const SUMMARY_ENDINGS: [&str; 3] = ["md", "html", "htm"];

struct Resolver {
    reader: Reader,
    folder: PathBuf,
}

impl Resolver {
    /// Returns the services that are spoken of: those that are switched on, and those that are not.
    fn services(&self, base: &Section, profile: &Section) -> [Vec<ServiceName>; 2] {
        let flagged = |service: &ServiceName| {
            self.reader
                .layers
                .flags
                .keys()
                .any(|path| path.split('.').next() == Some(service.word()))
        };
        let (on, off) = ServiceName::ALL
            .into_iter()
            .filter(|service| {
                base.services.contains(service)
                    || profile.services.contains(service)
                    || flagged(service)
            })
            .partition(|service| self.reader.switch(&format!("{service}.enabled")));
        [on, off]
    }

    /// Returns the only service that a variable names an address for; where none does, the only one with a login.
    fn addressed(&self, logins: &[(ServiceName, String)]) -> Option<(ServiceName, &'static str)> {
        let environment = &self.reader.layers.environment;
        let variable = |it: ServiceName| match environment.get(format!("{it}.url").as_str())?.origin
        {
            Origin::Environment(name) => Some((it, name)),
            Origin::Default | Origin::File(_) | Origin::Flag(_) => None,
        };
        let is_stored = |it: &ServiceName| logins.iter().any(|(known, _)| known == it);
        let all = ServiceName::ALL.into_iter();
        let by_variable: Vec<_> = all.clone().filter_map(variable).collect();
        let by_login: Vec<_> = all.filter(is_stored).map(|it| (it, "its login")).collect();
        match (by_variable.as_slice(), by_login.as_slice()) {
            ([only], _) | ([], [only]) => Some(*only),
            _ => None,
        }
    }

    fn settings(
        &mut self,
        [services, switched_off]: [Vec<ServiceName>; 2],
        explicit: PerService<Vec<ExplicitMapping>>,
    ) -> Settings {
        Settings {
            file: None,
            folder: self.folder.clone(),
            profile: None,
            services,
            named_by: None,
            switched_off,
            reports: self.reader.layers.texts("reports").unwrap_or_default(),
            reports_base: self.reader.layers.base("reports", &self.folder).to_owned(),
            attach: self.reader.extent("attach"),
            attachments: self.reader.layers.paths("attachments", &self.folder),
            output: self.reader.extent("output"),
            retries: self.reader.layers.choice("retries"),
            redact: self.redact(),
            jobs: self
                .reader
                .layers
                .count("jobs")
                .and_then(|jobs| usize::try_from(jobs).ok())
                .unwrap_or(4),
            timeout: self.reader.length("timeout"),
            journal: self
                .reader
                .layers
                .path("journal", &self.folder)
                .unwrap_or_else(|| self.folder.join(".handin/journal.jsonl")),
            summary: self.summary(),
            ci_output: self
                .reader
                .layers
                .choice("ci_output")
                .unwrap_or(CiOutput::Auto),
            ca_file: self.reader.layers.path("ca_file", &self.folder),
            proxy: self.reader.layers.text("proxy"),
            no_proxy: self.reader.layers.text("no_proxy"),
            fail_on_test_failure: self.reader.switch("fail_on_test_failure"),
            policy: self.policy(),
            cases: self.cases(explicit),
            sections: Sections::read(&mut self.reader),
            secrets: Vec::new(),
            given: self.given(),
            changed: self.changed(),
            warnings: Vec::new(),
        }
    }

    /// Returns the paths of the settings that somebody gave, in the order of the table.
    fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        let layers = &self.reader.layers;
        let above = [
            &layers.flags,
            &layers.environment,
            &layers.profile,
            &layers.file,
        ];
        let given: BTreeSet<&str> = above.into_iter().flat_map(Layer::keys).copied().collect();
        let paths = keys::keys().map(|key| key.path);
        paths.filter(move |path| given.contains(path))
    }

    /// Returns the settings that somebody gave, each with where the value that counts comes from.
    fn given(&self) -> Vec<(&'static str, Origin)> {
        let layers = &self.reader.layers;
        let given = self.paths().map(|path| (path, layers.origin(path)));
        given.collect()
    }

    /// Returns the settings by which something is otherwise than without any.
    fn changed(&self) -> Vec<&'static str> {
        let layers = &self.reader.layers;
        let changes = |path: &&'static str| {
            let value = layers.get(path).map(|entry| &entry.value);
            let default = layers.defaults.get(path).map(|entry| &entry.value);
            value.is_some_and(|it| !it.is_empty() && Some(it) != default)
        };
        self.paths().filter(changes).collect()
    }

    fn policy(&self) -> Policy {
        let reaction = |name: &str, default| {
            self.reader
                .layers
                .choice(&format!("policy.{name}"))
                .unwrap_or(default)
        };
        Policy {
            on_no_reports: reaction("on_no_reports", Reaction::Fail),
            on_empty: reaction("on_empty", Reaction::Fail),
            on_unreadable: reaction("on_unreadable", Reaction::Fail),
            on_unmapped: reaction("on_unmapped", Reaction::Warn),
            on_ambiguous: reaction("on_ambiguous", Reaction::Fail),
            on_missing_case: reaction("on_missing_case", Reaction::Fail),
            on_missing_point: reaction("on_missing_point", Reaction::Fail),
            on_stale: reaction("on_stale", Reaction::Warn),
            on_no_credential: reaction("on_no_credential", Reaction::Fail),
            on_upload_error: reaction("on_upload_error", Reaction::Fail),
        }
    }

    fn cases(&mut self, mut explicit: PerService<Vec<ExplicitMapping>>) -> CaseRules {
        let mut rules = CaseRules::default();
        for service in ServiceName::ALL {
            let read = ServiceRules {
                explicit: explicit.remove(&service).unwrap_or_default(),
                use_explicit: self.case_switch(service, "explicit"),
                properties: self.case_texts(service, "properties").0,
                patterns: self.patterns(service),
                title: self.case_switch(service, "title"),
                automated_name: self.case_switch(service, "automated_name"),
            };
            rules.set(service, read);
        }
        rules
    }

    fn patterns(&mut self, service: ServiceName) -> Vec<crate::mapping::CasePattern> {
        let (texts, path) = self.case_texts(service, "patterns");
        let tolerance = if self.reader.switch("cases.loose_patterns") {
            crate::mapping::Tolerance::Loose
        } else {
            crate::mapping::Tolerance::Strict
        };
        let mut patterns = Vec::with_capacity(texts.len());
        for text in texts {
            match crate::mapping::CasePattern::new(&text, tolerance) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let origin = self.reader.layers.origin(&path);
                    let message = format!("the pattern `{text}` {error}");
                    let problem = SettingsProblem::at(&origin, message);
                    let problem = match error.hint() {
                        Some(hint) => problem.hint(hint),
                        None => problem,
                    };
                    if !self.reader.problems.contains(&problem) {
                        self.reader.problems.push(problem);
                    }
                }
            }
        }
        patterns
    }

    fn case_texts(&self, service: ServiceName, name: &str) -> (Vec<String>, String) {
        let own = format!("{}.cases.{name}", service.word());
        if let Some(texts) = self.reader.layers.texts(&own) {
            return (texts, own);
        }
        let path = format!("cases.{name}");
        (self.reader.layers.texts(&path).unwrap_or_default(), path)
    }

    fn case_switch(&self, service: ServiceName, name: &str) -> bool {
        self.reader
            .layers
            .switch(&format!("{}.cases.{name}", service.word()))
            .unwrap_or_else(|| self.reader.switch(&format!("cases.{name}")))
    }

    /// Returns the pages that are to be written. Their endings say what they are to be.
    fn summary(&mut self) -> Vec<PathBuf> {
        let pages = self.reader.layers.paths("summary", &self.folder);
        let is_known = |page: &&PathBuf| {
            let ending = page.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| SUMMARY_ENDINGS.contains(&ending))
        };
        if let Some(other) = pages.iter().find(|page| !is_known(page)) {
            let message = format!("`summary` cannot be `{}`", other.display());
            let origin = self.reader.layers.origin("summary");
            self.reader.problems.push(
                SettingsProblem::at(&origin, message)
                    .hint("name a file that ends with `.md` or `.html`"),
            );
        }
        pages
    }

    fn redact(&mut self) -> Vec<Regex> {
        let origin = self.reader.layers.origin("redact");
        let mut patterns = Vec::new();
        for text in self.reader.layers.texts("redact").unwrap_or_default() {
            match regex::RegexBuilder::new(&text).size_limit(1 << 20).build() {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => self.reader.problems.push(SettingsProblem::at(
                    &origin,
                    format!("`redact` holds no regular expression: {error}"),
                )),
            }
        }
        patterns
    }
}
