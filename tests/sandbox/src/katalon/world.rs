//! What a server is like before anything is handed in, and how it behaves.

use std::time::Duration;

use super::site::{Build, Organization, Project, Quirk, Release, Site, Team, User};
use super::{DEFAULT_EMAIL, DEFAULT_PASSWORD, DEFAULT_TOKEN};
use crate::pace::Pace;

/// What an account may do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns the team.
    Owner,
    /// Administers it.
    Admin,
    /// May hand in, but not create projects.
    User,
}

impl Role {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::User => "USER",
        }
    }
}

/// Where the storage is that upload URLs lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageAt {
    /// On a port of its own, as the real one is on a host of its own.
    OwnDoor,
    /// On the host that the request named, so that a proxy in between sees the uploads too.
    RequestHost,
}

/// A server to start with.
///
/// ```
/// use handin_sandbox::Pace;
/// use handin_sandbox::katalon::World;
///
/// let world = World::new().organization("Acme").team("QA").project("Shop").pace(Pace::AtOnce);
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

impl World {
    /// Returns a server with one account and nothing else.
    pub fn new() -> Self {
        Self { site: Site::new() }.account(DEFAULT_EMAIL, DEFAULT_PASSWORD, DEFAULT_TOKEN)
    }

    /// Returns a server as a person might find it: two organisations, three teams, some projects.
    pub fn demo() -> Self {
        Self::new()
            .pace(Pace::Time(Duration::from_millis(200)))
            .organization("Acme")
            .team("QA")
            .project("Shop")
            .project("Depot")
            .archived_project("Old shop")
            .team("Mobile")
            .role(Role::User)
            .project("App")
            .organization("Globex")
            .team("Testing")
            .project("Web")
    }

    /// Adds an account with its API key.
    #[must_use]
    pub fn account(mut self, email: &str, password: &str, key: &str) -> Self {
        let id = self.site.number();
        self.site.users.push(User {
            id,
            email: email.to_owned(),
            password: password.to_owned(),
            key: key.to_owned(),
        });
        self
    }

    /// Adds an organisation; teams added after it belong to it.
    #[must_use]
    pub fn organization(mut self, name: &str) -> Self {
        let id = self.site.number();
        let name = name.to_owned();
        self.site.organizations.push(Organization { id, name });
        self
    }

    /// Adds a team that the account administers; projects added after it belong to it.
    #[must_use]
    pub fn team(mut self, name: &str) -> Self {
        let id = self.site.number();
        let organization = self.site.organizations.last().map(|it| it.id);
        self.site.teams.push(Team {
            id,
            name: name.to_owned(),
            organization: organization.unwrap_or_default(),
            role: Role::Admin,
        });
        self
    }

    /// Says what the account may do in the last team.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        if let Some(team) = self.site.teams.last_mut() {
            team.role = role;
        }
        self
    }

    /// Adds a project to the last team.
    #[must_use]
    pub fn project(mut self, name: &str) -> Self {
        self.add_project(name, false);
        self
    }

    /// Adds a project that is archived: nothing can be handed in there.
    #[must_use]
    pub fn archived_project(mut self, name: &str) -> Self {
        self.add_project(name, true);
        self
    }

    fn add_project(&mut self, name: &str, archived: bool) {
        let id = self.site.number();
        let team = self.site.teams.last().map(|team| team.id);
        self.site.projects.push(Project {
            id,
            name: name.to_owned(),
            team: team.unwrap_or_default(),
            archived,
            orders: 0,
        });
    }

    /// Adds a release to the last project, and returns its id beside the server.
    #[must_use]
    pub fn release(mut self, name: &str) -> (Self, u64) {
        let id = self.site.number();
        let release = Release {
            id,
            project: self.last_project(),
            name: name.to_owned(),
            description: String::new(),
            start: None,
            end: None,
            closed: false,
        };
        self.site.releases.insert(id, release);
        (self, id)
    }

    /// Adds a build to the last project, and returns its id beside the server.
    #[must_use]
    pub fn build(mut self, name: &str) -> (Self, u64) {
        let id = self.site.number();
        let build = Build {
            id,
            project: self.last_project(),
            release: None,
            name: name.to_owned(),
            description: String::new(),
            date: None,
        };
        self.site.builds.insert(id, build);
        (self, id)
    }

    fn last_project(&self) -> u64 {
        self.site
            .projects
            .last()
            .map(|project| project.id)
            .unwrap_or_default()
    }

    /// Says when the files of a batch that was ended are imported.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.site.options.pace = pace;
        self
    }

    /// Says where the storage is.
    #[must_use]
    pub fn storage(mut self, at: StorageAt) -> Self {
        self.site.options.storage = at;
        self
    }

    /// Says for how long an upload URL is good; 15 minutes without this.
    #[must_use]
    pub fn url_life(mut self, life: Duration) -> Self {
        self.site.options.url_life = life;
        self
    }

    /// Gives out at most so many upload URLs in one call.
    #[must_use]
    pub fn url_limit(mut self, limit: u64) -> Self {
        self.site.options.url_limit = Some(limit);
        self
    }

    /// Takes so many results and no more: the plan's quota. Skipped ones do not count.
    #[must_use]
    pub fn quota(mut self, results: usize) -> Self {
        self.site.options.quota = Some(results);
        self
    }

    /// Refuses uploads with a status and a message, as without a licence or from an address that is not allowed.
    #[must_use]
    pub fn refuse_uploads(mut self, status: u16, message: &str) -> Self {
        self.site.options.refuse_uploads = Some((status, message.to_owned()));
        self
    }

    /// Answers JUnit calls with a list of batches, as the vendor's uploader expects, instead of 204.
    #[must_use]
    pub fn junit_tells_batches(mut self) -> Self {
        self.site.options.quirks.push(Quirk::JunitTellsBatches);
        self
    }

    /// Lets the server differ in this way.
    #[must_use]
    pub fn quirk(mut self, quirk: Quirk) -> Self {
        self.site.options.quirks.push(quirk);
        self
    }

    /// Lets executions show only then.
    #[must_use]
    pub fn listing(mut self, pace: Pace) -> Self {
        self.site.options.listing = pace;
        self
    }

    /// Takes bearer tokens only, no API key, as some private servers do.
    #[must_use]
    pub fn oauth_only(mut self) -> Self {
        self.site.options.quirks.push(Quirk::OauthOnly);
        self
    }

    /// Does not find executions by their batch.
    #[must_use]
    pub fn batches_hidden(mut self) -> Self {
        self.site.options.quirks.push(Quirk::BatchesHidden);
        self
    }
}
