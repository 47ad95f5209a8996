//! What the settings of a service are read with: every value is there, or its default, and what is wrong is collected.

use std::fmt;
use std::time::Duration;

use url::{Host, ParseError, Url};

use super::{Choice, Extent, Key, Layers, Origin, Row, SettingsProblem, defaults};
use crate::model::{ServiceName, Verdict};

/// Where a service is, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address: https, or http where that is allowed.
    pub url: Url,
    /// Who said so. A token from the environment goes only to hosts of the vendor, or to an address from the environment.
    pub origin: Origin,
}

/// The word of a service for each verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWords {
    /// For a test that passed.
    pub passed: String,
    /// For a test that failed.
    pub failed: String,
    /// For a test that broke.
    pub errored: String,
    /// For a skipped test.
    pub skipped: String,
    /// For a test that never ended.
    pub incomplete: String,
}

impl StatusWords {
    /// Returns the word for a verdict.
    pub fn of(&self, verdict: Verdict) -> &str {
        match verdict {
            Verdict::Passed => &self.passed,
            Verdict::Failed => &self.failed,
            Verdict::Errored => &self.errored,
            Verdict::Skipped => &self.skipped,
            Verdict::Incomplete => &self.incomplete,
        }
    }
}

/// Reads settings out of their layers, and collects what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader {
    /// What was said, and by whom.
    pub layers: Layers,
    /// What is wrong.
    pub problems: Vec<SettingsProblem>,
    /// What is worth a warning.
    pub warnings: Vec<SettingsProblem>,
}

impl Reader {
    /// Reads where nothing is said: every setting has its default.
    pub fn of_defaults(keys: &[&[Key]]) -> Self {
        Self {
            layers: Layers {
                defaults: defaults(keys.iter().copied().flatten()),
                ..Layers::default()
            },
            ..Self::default()
        }
    }

    /// Returns the address of a service, when it is one to which a token may go.
    pub fn address(&mut self, service: ServiceName) -> Option<Address> {
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
                    .push(problem.hint(hint.replace("{service}", service.word())));
                None
            }
        }
    }

    /// Returns a text, where there is one.
    pub fn given(&self, path: &str) -> Option<String> {
        self.layers.text(path)
    }

    /// Returns a text, be it empty.
    pub fn text(&self, path: &str) -> String {
        self.layers.text(path).unwrap_or_default()
    }

    /// Returns a list of texts.
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.layers.texts(path).unwrap_or_default()
    }

    /// Returns ids or names; one that is blank counts as not given.
    pub fn names(&self, path: &str) -> Vec<String> {
        let mut names = self.texts(path);
        names.retain(|name| !name.trim().is_empty());
        names
    }

    /// Returns whether something is on.
    pub fn switch(&self, path: &str) -> bool {
        self.layers.switch(path).unwrap_or(false)
    }

    /// Returns a number, where there is one.
    pub fn count(&self, path: &str) -> Option<u64> {
        self.layers.count(path)
    }

    /// Returns a length of time.
    pub fn length(&self, path: &str) -> Duration {
        self.layers.length(path).unwrap_or_default()
    }

    /// Returns one word of a few.
    pub fn choice<T: Choice + Default>(&self, path: &str) -> T {
        self.layers.choice(path).unwrap_or_default()
    }

    /// Returns rows of conditions.
    pub fn rows(&self, path: &str) -> Vec<Row> {
        self.layers.rows(path)
    }

    /// Returns which tests' attachments are uploaded: for one service, or for all.
    pub fn extent(&self, path: &str) -> Extent {
        self.layers
            .choice(path)
            .or_else(|| self.layers.choice("attach"))
            .unwrap_or_default()
    }

    /// Returns the word for each verdict.
    pub fn words(&self, section: &str) -> StatusWords {
        let word = |name: &str| self.text(&format!("{section}.{name}"));
        StatusWords {
            passed: word("passed"),
            failed: word("failed"),
            errored: word("errored"),
            skipped: word("skipped"),
            incomplete: word("incomplete"),
        }
    }

    /// Parses a text in a language of its own, such as a template; the error is the whole sentence.
    pub fn parsed<T: Default, E: fmt::Display>(
        &mut self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        parse(&self.text(path)).unwrap_or_else(|error| {
            self.problem(path, error.to_string());
            T::default()
        })
    }

    /// Records a problem with a setting.
    pub fn problem(&mut self, path: &str, message: impl Into<String>) {
        let origin = self.layers.origin(path);
        self.problems.push(SettingsProblem::at(&origin, message));
    }
}

/// Whether an address is safe to send a token to.
enum Plainness {
    Safe,
    Plain,
}

type Refusal = (String, &'static str);

/// Returns whether something is an address that needs nobody to allow it.
pub(crate) fn is_safe_url(text: &str) -> bool {
    checked_url(text, false).is_ok()
}

/// Returns the problem with an address that somebody gave, if any; plain http is for [`Reader::address`] to judge.
pub(crate) fn url_problem(text: &str) -> Option<String> {
    checked_url(text, true).err().map(|(message, _)| message)
}

fn checked_url(text: &str, allow_http: bool) -> Result<(Url, Plainness), Refusal> {
    const WRITE_HTTPS: &str = "write it with https://, such as \"https://dev.azure.com/acme\"";
    let url = Url::parse(text.trim())
        .map_err(|error| (format!("is not a URL: {}", why_none(error)), WRITE_HTTPS))?;
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

/// Describes why an address is invalid.
fn why_none(error: ParseError) -> &'static str {
    let known = [
        (
            ParseError::RelativeUrlWithoutBase,
            "it does not begin with https://",
        ),
        (ParseError::EmptyHost, "it names no host"),
        (
            ParseError::InvalidPort,
            "its port is not a number up to 65535",
        ),
    ];
    let known = known.into_iter().find(|(known, _)| *known == error);
    known.map_or("its host cannot be one", |(_, why)| why)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // A name below it may be anybody's: what `dev.localhost` is, the resolver decides.
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
