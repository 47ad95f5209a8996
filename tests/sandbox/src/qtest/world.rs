//! What a site is like before anything is handed in, and how it behaves.

use std::time::Duration;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::model::{Allowed, Field, Parent, Step, Values, Version};
use super::site::{Desk, Quirk, Site, Token, User};
use super::{DEFAULT_TOKEN, fields};
use crate::pace::Pace;

/// What becomes of a log whose status is not in the project's mapping: the vendor does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// The whole batch fails.
    FailsBatch,
    /// The log is left out, and the totals tell.
    DropsLog,
}

/// A site to start with.
///
/// ```
/// use handin_sandbox::Pace;
/// use handin_sandbox::qtest::World;
///
/// let world = World::new()
///     .token("a-token")
///     .pace(Pace::AtOnce)
///     .project("Shop", |project| project.module("Automated").case("Automated", "Sign in"));
/// # let _ = world;
/// ```
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) site: Site,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// A project to start with.
#[derive(Debug)]
pub struct Seed<'a> {
    desk: Desk<'a>,
}

impl World {
    /// Returns a site with one account, its token [`DEFAULT_TOKEN`], and no project.
    pub fn new() -> Self {
        Self { site: Site::new() }
            .account("tester@example.com", "correct horse")
            .token(DEFAULT_TOKEN)
    }

    /// Returns a site as a person might find it: two projects, one with automation switched off, some releases.
    ///
    /// The account is `tester@example.com`, its password `correct horse`.
    pub fn demo() -> Self {
        Self::new()
            .pace(Pace::Time(Duration::from_millis(150)))
            .project("Shop", |project| {
                project
                    .release("Release 1")
                    .release("Release 2")
                    .module("Automated")
                    .module("Manual")
                    .case("Manual", "Pay by invoice")
                    .case_with_steps(
                        "Manual",
                        "Cancel an order",
                        &[
                            ("Open the order", "It is shown"),
                            ("Press cancel", "It is cancelled"),
                        ],
                    )
                    .cycle("Regression")
            })
            .project("Legacy", |project| project.automation(false).module("Old"))
    }

    /// Adds an account; the last one added owns the tokens added after it.
    #[must_use]
    pub fn account(mut self, name: &str, password: &str) -> Self {
        let id = self.site.clerk.number();
        self.site.users.push(User {
            id,
            name: name.to_owned(),
            password: password.to_owned(),
            first: "Terry".to_owned(),
            last: "Tester".to_owned(),
            admin: true,
        });
        self
    }

    /// Adds a ready-made token of the last account, as the web page gives it out: it does not expire.
    #[must_use]
    pub fn token(mut self, value: &str) -> Self {
        self.add_token(value, None);
        self
    }

    /// Adds a token that has expired.
    #[must_use]
    pub fn expired_token(mut self, value: &str) -> Self {
        self.add_token(value, Some(Timestamp::UNIX_EPOCH));
        self
    }

    fn add_token(&mut self, value: &str, expires: Option<Timestamp>) {
        let user = self
            .site
            .users
            .last()
            .map(|user| user.id)
            .unwrap_or_default();
        self.site.tokens.push(Token {
            value: value.to_owned(),
            refresh: format!("refresh-{value}"),
            user,
            expires,
        });
    }

    /// Makes the last account one that does not administer its projects.
    #[must_use]
    pub fn plain_tester(mut self) -> Self {
        if let Some(user) = self.site.users.last_mut() {
            user.admin = false;
        }
        self
    }

    /// Serves everything below a path, as sites on own machines do, such as `/tc`.
    #[must_use]
    pub fn context_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.site.options.context = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        self
    }

    /// Gives times in this zone, in hours ahead of UTC; they come in whole seconds.
    #[must_use]
    pub fn zone(mut self, hours: i8) -> Self {
        self.site.options.zone = Offset::from_hours(hours).unwrap_or(Offset::UTC);
        self
    }

    /// Says when batches are carried out.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.site.options.pace = pace;
        self
    }

    /// Says what becomes of a log whose status is not mapped.
    #[must_use]
    pub fn unmapped(mut self, unmapped: Unmapped) -> Self {
        self.site.options.unmapped = unmapped;
        self
    }

    /// Refuses to tell of fields, as plain testers are refused.
    #[must_use]
    pub fn fields_forbidden(mut self) -> Self {
        self.site.options.quirks.push(Quirk::FieldsForbidden);
        self
    }

    /// Refuses to create or change objects of a kind, such as `test-cycles`, and says so in the user's profile.
    #[must_use]
    pub fn forbidden(mut self, kind: &str) -> Self {
        self.site.options.forbidden.push(kind.to_owned());
        self
    }

    /// Answers 402 to everything: the edition has no API.
    #[must_use]
    pub fn without_api(mut self) -> Self {
        self.site.options.quirks.push(Quirk::WithoutApi);
        self
    }

    /// Answers 413 to larger bodies, in bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.site.options.body_limit = Some(bytes);
        self
    }

    /// Answers 413 to batches of more logs.
    #[must_use]
    pub fn batch_limit(mut self, logs: usize) -> Self {
        self.site.options.batch_limit = Some(logs);
        self
    }

    /// Answers 413 to larger files, in bytes; 50 MiB without this.
    #[must_use]
    pub fn file_limit(mut self, bytes: usize) -> Self {
        self.site.options.file_limit = bytes;
        self
    }

    /// Lets the search find what is new only after so many more requests.
    #[must_use]
    pub fn search_lag(mut self, requests: u64) -> Self {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        self.site.options.search_lag = match requests {
            0 => Pace::AtOnce,
            some => Pace::Requests(some.saturating_add(1)),
        };
        self
    }

    /// Lets lists show what is new only then.
    #[must_use]
    pub fn list_lag(mut self, lag: Pace) -> Self {
        self.site.options.list_lag = lag;
        self
    }

    /// Keeps only so many characters of each note.
    #[must_use]
    pub fn note_limit(mut self, characters: usize) -> Self {
        self.site.options.note_limit = Some(characters);
        self
    }

    /// Leaves cases that a batch creates unapproved, as version 0.1.
    #[must_use]
    pub fn drafts_from_batches(mut self) -> Self {
        self.site.options.quirks.push(Quirk::DraftsFromBatches);
        self
    }

    /// Ignores what a log says of its case's fields.
    #[must_use]
    pub fn fixed_descriptions(mut self) -> Self {
        self.site.options.quirks.push(Quirk::FixedDescriptions);
        self
    }

    /// Lets the site differ in this way.
    #[must_use]
    pub fn quirk(mut self, quirk: Quirk) -> Self {
        self.site.options.quirks.push(quirk);
        self
    }

    /// Answers 429 when so many requests of the month are spent, and tells with each answer how many are left.
    #[must_use]
    pub fn month_quota(mut self, requests: u32) -> Self {
        self.site.options.month = Some(requests);
        self
    }

    /// Lets the search know only requirements, test cases, test runs and defects, as older versions do.
    #[must_use]
    pub fn narrow_search(mut self) -> Self {
        self.site.options.quirks.push(Quirk::NarrowSearch);
        self
    }

    /// Leaves a test case's steps as they are, whatever a log says of them.
    #[must_use]
    pub fn keep_steps(mut self) -> Self {
        self.site.options.quirks.push(Quirk::KeepSteps);
        self
    }

    /// Encodes `<` and `>` in fingerprints of batches unless the request says otherwise.
    #[must_use]
    pub fn escape_content(mut self) -> Self {
        self.site.options.quirks.push(Quirk::EscapeContent);
        self
    }

    /// Leaves `testCaseId` out of test runs, as older versions do: only the link tells the test case.
    #[must_use]
    pub fn linked_cases_only(mut self) -> Self {
        self.site.options.quirks.push(Quirk::LinkedCasesOnly);
        self
    }

    /// Answers 429 when more than so many requests come within a time.
    #[must_use]
    pub fn quota(mut self, requests: u32, within: Duration) -> Self {
        self.site.options.quota = Some((requests, within));
        self
    }

    /// Lets tokens that are given out for a password live for so many seconds.
    #[must_use]
    pub fn token_life(mut self, seconds: i64) -> Self {
        self.site.options.token_life = Some(SignedDuration::from_secs(seconds));
        self
    }

    /// Adds a project.
    #[must_use]
    pub fn project(mut self, name: &str, seed: impl FnOnce(Seed<'_>) -> Seed<'_>) -> Self {
        let id = self.site.add_project(name);
        let user = self.site.users.last().cloned();
        if let Some(user) = user
            && let Ok(desk) = self.site.desk(id, user)
        {
            drop(seed(Seed { desk }));
        }
        self
    }
}

impl Seed<'_> {
    /// Switches the automation integration on or off; it is on without this.
    #[must_use]
    pub fn automation(self, on: bool) -> Self {
        self.desk.project.automation = on;
        self
    }

    /// Adds modules along a path such as `Automated/Web`.
    #[must_use]
    pub fn module(mut self, path: &str) -> Self {
        self.find_module(path);
        self
    }

    /// Adds one more module at the root, whether or not there is one of this name.
    #[must_use]
    pub fn another_module(mut self, name: &str) -> Self {
        self.desk.add_module(name, "", None);
        self
    }

    fn find_module(&mut self, path: &str) -> u64 {
        path.split('/')
            .fold(None, |parent, name| {
                Some(self.desk.module_named(name, parent))
            })
            .unwrap_or_default()
    }

    /// Adds an approved test case that a person wrote; numbers go up from TC-1.
    #[must_use]
    pub fn case(self, module: &str, name: &str) -> Self {
        self.case_with_steps(module, name, &[])
    }

    /// Adds an approved test case with steps: what is done and what is expected.
    #[must_use]
    pub fn case_with_steps(mut self, module: &str, name: &str, steps: &[(&str, &str)]) -> Self {
        let module = self.find_module(module);
        let values = self.desk.project.defaults("test-cases");
        let version = version(name, steps, values, 1);
        self.desk.add_case(module, version);
        self
    }

    /// Adds a test case that nobody has approved yet.
    #[must_use]
    pub fn draft_case(mut self, module: &str, name: &str) -> Self {
        let module = self.find_module(module);
        let values = self.desk.project.defaults("test-cases");
        self.desk.add_case(module, version(name, &[], values, 0));
        self
    }

    /// Adds an approved test case with a fingerprint, as tools leave them.
    #[must_use]
    pub fn automated_case(mut self, module: &str, name: &str, content: &str) -> Self {
        let module = self.find_module(module);
        let mut values = self.desk.project.defaults("test-cases");
        for (original_name, value) in [(fields::AUTOMATION, "711"), (fields::CONTENT, content)] {
            if let Some(field) = self.desk.project.field("test-cases", original_name) {
                values.insert(field.id, value.to_owned());
            }
        }
        self.desk.add_case(module, version(name, &[], values, 1));
        self
    }

    /// Gives the test case that was added last a description, in HTML.
    #[must_use]
    pub fn description(mut self, html: &str) -> Self {
        self.desk.describe_last_case(html);
        self
    }

    /// Adds a release.
    #[must_use]
    pub fn release(mut self, name: &str) -> Self {
        self.desk.add_release(name, "");
        self
    }

    /// Adds a test cycle at the root, whether or not there is one of this name.
    #[must_use]
    pub fn cycle(mut self, name: &str) -> Self {
        self.desk.add_cycle(name, "", Parent::Root);
        self
    }

    /// Adds a test cycle at the root with a description, in HTML.
    #[must_use]
    pub fn described_cycle(mut self, name: &str, html: &str) -> Self {
        self.desk.add_cycle(name, html, Parent::Root);
        self
    }

    /// Adds a test cycle in a release.
    #[must_use]
    pub fn cycle_in_release(mut self, release: &str, name: &str) -> Self {
        let release = self
            .desk
            .project
            .releases
            .values()
            .find(|known| known.card.name == release)
            .map(|known| known.card.id);
        if let Some(release) = release {
            self.desk.add_cycle(name, "", Parent::Release(release));
        }
        self
    }

    /// Adds a test suite in the first cycle of a name.
    #[must_use]
    pub fn suite(mut self, cycle: &str, name: &str) -> Self {
        let cycle = self
            .desk
            .project
            .cycles
            .values()
            .find(|known| known.card.name == cycle)
            .map(|known| known.card.id);
        if let Some(cycle) = cycle {
            self.desk
                .add_suite(name, Parent::Cycle(cycle), Values::new());
        }
        self
    }

    /// Adds a requirement; numbers go up from RQ-1.
    #[must_use]
    pub fn requirement(mut self, name: &str) -> Self {
        let card = self.desk.card("RQ", name, "");
        let requirement = super::model::Module { card, parent: None };
        let id = requirement.card.id;
        self.desk.project.requirements.insert(id, requirement);
        self
    }

    /// Replaces the mapping of automation statuses; the ids are those of the execution statuses, such as 601 for Passed.
    #[must_use]
    pub fn mapping(self, mapping: &[(&str, u64)]) -> Self {
        self.desk.project.mapping = mapping
            .iter()
            .map(|(name, id)| ((*name).to_owned(), *id))
            .collect();
        self
    }

    /// Adds a field of an object type, such as `test-runs`; without allowed values it takes any text.
    #[must_use]
    pub fn field(mut self, kind: &str, label: &str, allowed: &[&str]) -> Self {
        self.add_field(kind, label, allowed, false);
        self
    }

    /// Adds a field that must have a value.
    #[must_use]
    pub fn required_field(mut self, kind: &str, label: &str, allowed: &[&str]) -> Self {
        self.add_field(kind, label, allowed, true);
        self
    }

    fn add_field(&mut self, kind: &str, label: &str, allowed: &[&str], required: bool) {
        let field = Field {
            id: self.desk.clerk.number(),
            label: label.to_owned(),
            original_name: String::new(),
            required,
            allowed: (1..)
                .zip(allowed)
                .map(|(value, label)| Allowed {
                    value,
                    label: (*label).to_owned(),
                })
                .collect(),
            default: None,
            active: true,
        };
        let fields = self.desk.project.fields.entry(kind.to_owned());
        fields.or_default().push(field);
    }
}

fn version(name: &str, steps: &[(&str, &str)], values: Values, major: u32) -> Version {
    Version {
        id: 0,
        major,
        minor: u32::from(major == 0),
        name: name.to_owned(),
        description: String::new(),
        precondition: String::new(),
        steps: steps
            .iter()
            .map(|(description, expected)| Step {
                id: 0,
                description: (*description).to_owned(),
                expected: (*expected).to_owned(),
            })
            .collect(),
        values,
    }
}
