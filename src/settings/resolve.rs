//! From what was written to what counts: the layers laid over each other, and every value checked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;
use url::{Host, Url};

use super::choice::{CiOutput, Extent, Points, QtestMode, Reaction, RunType, Skipped};
use super::env::{self, Environment};
use super::file::{Section, SettingsFile};
use super::layers::{self, Layers};
use super::place::SettingsProblem;
use super::sections::{
    Address, AzureSettings, Fingerprint, KatalonSettings, KiwiSettings, Policy, QtestSettings,
    StatusWords,
};
use super::{PerService, Selection, Settings, SettingsError, nearest, schema, trust};
use crate::mapping::{CaseRules, ExplicitMapping, ServiceRules};
use crate::model::ServiceName;

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
        defaults: layers::defaults(),
    };
    let explicit = explicit_mappings(&sources.file.base, section);
    let mut resolver = Resolver {
        layers,
        folder: folder_of(sources),
        problems,
        warnings: Vec::new(),
    };
    let refusals = trust::refusals(&resolver.layers, &resolver.folder);
    resolver.problems.extend(refusals);
    let services = resolver.services(&sources.file.base, section);
    let mut settings = resolver.settings(services, explicit);
    settings.file.clone_from(&sources.path);
    settings.profile = profile.map(str::to_owned);
    settings.warnings = resolver.warnings;
    if resolver.problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError {
            problems: resolver.problems,
        })
    }
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
            None => format!("there is {}", schema::quoted(&known)),
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
    layers: Layers,
    folder: PathBuf,
    problems: Vec<SettingsProblem>,
    warnings: Vec<SettingsProblem>,
}

impl Resolver {
    /// Returns the services that are spoken of: those that are switched on, and those that are not.
    fn services(&self, base: &Section, profile: &Section) -> [Vec<ServiceName>; 2] {
        let flagged = |service: &ServiceName| {
            self.layers
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
            .partition(|service| self.switch(&format!("{service}.enabled")));
        [on, off]
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
            switched_off,
            reports: self.layers.texts("reports").unwrap_or_default(),
            reports_base: self.layers.base("reports", &self.folder).to_owned(),
            attach: self.extent("attach"),
            attachments: self.layers.paths("attachments", &self.folder),
            output: self.extent("output"),
            retries: self.layers.choice("retries"),
            redact: self.redact(),
            jobs: self
                .layers
                .count("jobs")
                .and_then(|jobs| usize::try_from(jobs).ok())
                .unwrap_or(4),
            timeout: self.length("timeout", super::TIMEOUT),
            journal: self
                .layers
                .path("journal", &self.folder)
                .unwrap_or_else(|| self.folder.join(".handin/journal.jsonl")),
            summary: self.summary(),
            ci_output: self.layers.choice("ci_output").unwrap_or(CiOutput::Auto),
            ca_file: self.layers.path("ca_file", &self.folder),
            proxy: self.layers.text("proxy"),
            no_proxy: self.layers.text("no_proxy"),
            fail_on_test_failure: self.switch("fail_on_test_failure"),
            policy: self.policy(),
            cases: self.cases(explicit),
            azure: self.azure(),
            qtest: self.qtest(),
            katalon: self.katalon(),
            kiwi: self.kiwi(),
            given: self.layers.given(),
            warnings: Vec::new(),
        }
    }

    fn policy(&self) -> Policy {
        let reaction = |name: &str, default| {
            self.layers
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

    fn azure(&mut self) -> AzureSettings {
        let address = self.address("azure");
        let layers = &self.layers;
        AzureSettings {
            address,
            project: layers.text("azure.project"),
            plans: layers.names("azure.plan"),
            plan_property: self.text("azure.plan_property"),
            plan_rules: layers.rows("azure.plans"),
            suites: layers.names("azure.suite"),
            suite_property: self.text("azure.suite_property"),
            suite_rules: layers.rows("azure.suites"),
            configuration: layers.text("azure.configuration"),
            configuration_property: self.text("azure.configuration_property"),
            configurations: layers.rows("azure.configurations"),
            points: layers.choice("azure.points").unwrap_or(Points::One),
            run_name: layers.text("azure.run_name"),
            comment: layers.text("azure.comment"),
            tags: layers.texts("azure.tags").unwrap_or_default(),
            build: layers.text("azure.build"),
            release: layers.text("azure.release"),
            run: layers.count("azure.run"),
            run_type: layers.choice("azure.run_type").unwrap_or(RunType::Auto),
            skipped: layers.choice("azure.skipped").unwrap_or(Skipped::Omit),
            outcomes: self.words("azure.outcomes"),
            attach: self.extent("azure.attach"),
            attach_reports: self.switch("azure.attach_reports"),
            settle: self.length("azure.settle", Duration::from_secs(30)),
        }
    }

    fn qtest(&mut self) -> QtestSettings {
        let address = self.address("qtest");
        let fingerprint = self.fingerprint();
        let statuses = self.statuses();
        let layers = &self.layers;
        QtestSettings {
            address,
            project: layers.text("qtest.project"),
            module: layers.text("qtest.module"),
            release: layers.text("qtest.release"),
            cycle: self.text("qtest.cycle"),
            suite: self.text("qtest.suite"),
            mode: layers.choice("qtest.mode").unwrap_or(QtestMode::Batch),
            fingerprint,
            statuses,
            build: self.text("qtest.build"),
            build_url: self.text("qtest.build_url"),
            note: layers.text("qtest.note"),
            fields: layers.texts("qtest.fields").unwrap_or_default(),
            attach: self.extent("qtest.attach"),
            wait: self.length("qtest.wait", Duration::from_mins(10)),
            settle: self.length("qtest.settle", Duration::from_mins(1)),
        }
    }

    fn katalon(&mut self) -> KatalonSettings {
        let address = self.address("katalon");
        let layers = &self.layers;
        KatalonSettings {
            address,
            organization: layers.text("katalon.organization"),
            team: layers.text("katalon.team"),
            project: layers.text("katalon.project"),
            release: layers.text("katalon.release"),
            build: self.text("katalon.build"),
            build_url: self.text("katalon.build_url"),
            link_build: layers.text("katalon.link_build"),
            session: layers.text("katalon.session"),
            parameters: layers.texts("katalon.parameters").unwrap_or_default(),
            tags: layers.texts("katalon.tags").unwrap_or_default(),
            push_to_xray: self.switch("katalon.push_to_xray"),
            attach: self.extent("katalon.attach"),
            wait: self.length("katalon.wait", Duration::from_mins(10)),
            settle: self.length("katalon.settle", Duration::from_mins(1)),
            retract: self.switch("katalon.retract"),
        }
    }

    fn kiwi(&mut self) -> KiwiSettings {
        let address = self.address("kiwi");
        let layers = &self.layers;
        KiwiSettings {
            address,
            product: layers.text("kiwi.product"),
            version: layers.text("kiwi.version"),
            build: layers.text("kiwi.build"),
            plan: layers.text("kiwi.plan"),
            create: self.switch("kiwi.create"),
            run_name: layers.text("kiwi.run_name"),
            statuses: self.words("kiwi.statuses"),
            attach: self.extent("kiwi.attach"),
            settle: self.length("kiwi.settle", Duration::from_secs(30)),
        }
    }

    /// Returns the address of a service, when it is one to which a token may go.
    fn address(&mut self, service: &str) -> Option<Address> {
        let path = format!("{service}.url");
        let text = self.layers.text(&path)?;
        let origin = self.layers.origin(&path);
        let allow_http = self.switch(&format!("{service}.allow_http"));
        match checked_url(&text, allow_http) {
            Ok((url, Plainness::Safe)) => Some(Address { url, origin }),
            Ok((url, Plainness::Plain)) => {
                let message =
                    format!("`{path}` is plain http: the token and the results travel unprotected");
                self.warnings.push(SettingsProblem::at(&origin, message));
                Some(Address { url, origin })
            }
            Err((message, hint)) => {
                let problem = SettingsProblem::at(&origin, format!("`{path}` {message}"));
                self.problems
                    .push(problem.hint(hint.replace("{service}", service)));
                None
            }
        }
    }

    fn fingerprint(&mut self) -> Fingerprint {
        let text = self.text("qtest.fingerprint");
        Fingerprint::from_word(&text).unwrap_or_else(|| {
            let origin = self.layers.origin("qtest.fingerprint");
            let known = schema::quoted(Fingerprint::WORDS);
            let message =
                format!("`qtest.fingerprint` cannot be `{text}`, expected one of {known}");
            self.problems.push(SettingsProblem::at(&origin, message));
            Fingerprint::Handin
        })
    }

    /// Returns qTest's statuses; none may be dropped, or results would be lost in silence.
    fn statuses(&mut self) -> StatusWords {
        for name in ["passed", "failed", "errored", "skipped", "incomplete"] {
            let path = format!("qtest.statuses.{name}");
            if self.layers.text(&path).is_none() {
                let origin = self.layers.origin(&path);
                let message = format!("`{path}` is empty: each outcome needs a status of qTest");
                self.problems.push(SettingsProblem::at(&origin, message));
            }
        }
        self.words("qtest.statuses")
    }

    fn words(&self, section: &str) -> StatusWords {
        let word = |name: &str| self.text(&format!("{section}.{name}"));
        StatusWords {
            passed: word("passed"),
            failed: word("failed"),
            errored: word("errored"),
            skipped: word("skipped"),
            incomplete: word("incomplete"),
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
        let tolerance = if self.switch("cases.loose_patterns") {
            crate::mapping::Tolerance::Loose
        } else {
            crate::mapping::Tolerance::Strict
        };
        let mut patterns = Vec::with_capacity(texts.len());
        for text in texts {
            match crate::mapping::CasePattern::new(&text, tolerance) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let origin = self.layers.origin(&path);
                    let message = format!("the pattern `{text}` {error}");
                    let problem = SettingsProblem::at(&origin, message);
                    let problem = match error.hint() {
                        Some(hint) => problem.hint(hint),
                        None => problem,
                    };
                    if !self.problems.contains(&problem) {
                        self.problems.push(problem);
                    }
                }
            }
        }
        patterns
    }

    fn case_texts(&self, service: ServiceName, name: &str) -> (Vec<String>, String) {
        let own = format!("{}.cases.{name}", service.word());
        if let Some(texts) = self.layers.texts(&own) {
            return (texts, own);
        }
        let path = format!("cases.{name}");
        (self.layers.texts(&path).unwrap_or_default(), path)
    }

    fn case_switch(&self, service: ServiceName, name: &str) -> bool {
        self.layers
            .switch(&format!("{}.cases.{name}", service.word()))
            .unwrap_or_else(|| self.switch(&format!("cases.{name}")))
    }

    /// Returns the pages that are to be written. Their endings say what they are to be.
    fn summary(&mut self) -> Vec<PathBuf> {
        let pages = self.layers.paths("summary", &self.folder);
        let is_known = |page: &&PathBuf| {
            let ending = page.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| SUMMARY_ENDINGS.contains(&ending))
        };
        if let Some(other) = pages.iter().find(|page| !is_known(page)) {
            let message = format!("`summary` cannot be `{}`", other.display());
            let origin = self.layers.origin("summary");
            self.problems.push(
                SettingsProblem::at(&origin, message)
                    .hint("name a file that ends with `.md` or `.html`"),
            );
        }
        pages
    }

    fn redact(&mut self) -> Vec<Regex> {
        let origin = self.layers.origin("redact");
        let mut patterns = Vec::new();
        for text in self.layers.texts("redact").unwrap_or_default() {
            match Regex::new(&text) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => self.problems.push(SettingsProblem::at(
                    &origin,
                    format!("`redact` holds no regular expression: {error}"),
                )),
            }
        }
        patterns
    }

    /// Returns for which tests files go along: for one service, or for all.
    fn extent(&self, path: &str) -> Extent {
        self.layers
            .choice(path)
            .or_else(|| self.layers.choice("attach"))
            .unwrap_or(Extent::Failed)
    }

    fn switch(&self, path: &str) -> bool {
        self.layers.switch(path).unwrap_or(false)
    }

    fn length(&self, path: &str, default: Duration) -> Duration {
        self.layers.length(path).unwrap_or(default)
    }

    fn text(&self, path: &str) -> String {
        self.layers.text(path).unwrap_or_default()
    }
}

/// Whether an address is safe to send a token to.
enum Plainness {
    Safe,
    Plain,
}

type Refusal = (String, &'static str);

fn checked_url(text: &str, allow_http: bool) -> Result<(Url, Plainness), Refusal> {
    const WRITE_HTTPS: &str = "write it with https://, such as \"https://dev.azure.com/acme\"";
    let url = Url::parse(text.trim())
        .map_err(|error| (format!("is no address: {error}"), WRITE_HTTPS))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "holds a user name or a password".to_owned(),
            "take it out of the address; then run `handin login {service}`",
        ));
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok((url, Plainness::Safe)),
        ("http", Some(host)) if is_loopback(&host) => Ok((url, Plainness::Safe)),
        ("http", Some(_)) if allow_http => Ok((url, Plainness::Plain)),
        ("http", Some(_)) => Err((
            "is plain http: the token could be read on its way".to_owned(),
            "use https, or set `{service}.allow_http = true`",
        )),
        _ => Err((
            format!("begins with `{}:`, expected https", url.scheme()),
            WRITE_HTTPS,
        )),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // A name below it may be anybody's: what `dev.localhost` is, the resolver decides.
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
