//! What is known of a service without asking it: the one row that each service fills, and that the command line goes by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

use super::{AuthSettings, Fact, NodeKind, PageOf, Pages, Service, ServiceError};
use crate::ci::{Ci, Provider};
use crate::credentials::{self, Credential, CredentialError, Source, Vendor};
use crate::keys::{Address, Extent};
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::transport::{Authorization, Renewal, Transport, TransportOptions};

/// A service as its settings describe it. What most services have in common is the default.
pub trait Section: fmt::Debug + Send + Sync {
    /// Returns the constant data of the service.
    fn row(&self) -> &'static Row;

    /// Returns which service it is.
    fn name(&self) -> ServiceName {
        self.row().name
    }

    /// Returns the names in its users' environment, and which addresses are the vendor's own.
    fn vendor(&self) -> &'static Vendor {
        &self.row().vendor
    }

    /// Returns where it is, and who said so.
    fn address(&self) -> Option<&Address>;

    /// Returns how it is signed in to where no token is given, where there is such a way.
    fn auth(&self) -> Option<&AuthSettings> {
        None
    }

    /// Returns the project, or what comes nearest to one: id or name.
    fn project(&self) -> Option<&str>;

    /// Returns the setting that has to be said before anything but looking around is possible, where it is not.
    fn unsaid(&self) -> Option<&'static str>;

    /// Returns which tests' attachments are uploaded.
    fn attach(&self) -> Extent;

    /// Connects. Nothing is sent yet, and what [`Self::unsaid`] names is not needed to look around.
    fn open(&self, transport: Transport, url: Url, call: &Call) -> Box<dyn Service>;

    /// Returns where its pages are, as far as the settings tell.
    fn pages(&self) -> Option<Pages> {
        let base = self.home(&self.address()?.url);
        Some(Pages::of(base, self.project(), self.row().page_of))
    }

    /// Returns the setting without which no connection is made, where it is not said.
    fn missing(&self) -> Option<&'static str> {
        self.unsaid()
    }

    /// Returns the templates of a submission.
    fn templates(&self) -> Templates<'_> {
        Templates::NONE
    }

    /// Returns whether it makes cases for tests that have none.
    fn makes_cases(&self) -> bool {
        false
    }

    /// Returns the property by which it tells tests apart, where there is one: that names no case.
    fn tells_apart_by(&self) -> Option<&str> {
        None
    }

    /// Returns the CI of whose builds alone it knows; nothing where a build is any text.
    fn knows_builds_of(&self) -> Option<Provider> {
        None
    }

    /// Returns whether it shows only the last result of a case: then older ones have to come first.
    fn shows_the_last_only(&self) -> bool {
        false
    }

    /// Returns whether it takes one test after the other, without steps and files: then they are kept in little room.
    fn packs(&self) -> bool {
        false
    }

    /// Returns the address under which its credentials are kept, without the page that was pasted along.
    fn home(&self, url: &Url) -> Url {
        url.clone()
    }

    /// Returns another address of whoever is at `home`, to which their credential may go too.
    fn annex(&self, _home: &Url) -> Option<Url> {
        None
    }

    /// Returns the headers of every request.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Returns how it wants a token that is not said to be a bearer's.
    fn authorization(&self, credential: &Credential) -> Authorization {
        Authorization::Bearer(credential.token.clone())
    }

    /// Returns the renewal of sessions, if the service issues sessions.
    ///
    /// # Errors
    ///
    /// When the credential is none that can be signed in with.
    fn session(
        &self,
        _network: &TransportOptions,
        _url: &Url,
        _credential: &Credential,
    ) -> Result<Option<Arc<dyn Renewal>>, CredentialError> {
        Ok(None)
    }

    /// Exchanges a user's password for a credential, where [`Row::sign_in`] says so. Where there are no tokens, it is the password itself.
    ///
    /// # Errors
    ///
    /// When the service refuses it.
    fn exchange(
        &self,
        _transport: &Transport,
        _url: &Url,
        user: &str,
        password: &Secret,
    ) -> Result<Option<Exchanged>, ServiceError> {
        let is_password = self.row().sign_in == SignIn::Password;
        Ok(is_password.then(|| Exchanged {
            credential: credentials::of_user(user, password, Source::Typed),
            kept: None,
            holds: None,
        }))
    }
}

/// What is the same of a service, whatever its settings say.
#[derive(Debug)]
pub struct Row {
    /// Which service it is.
    pub name: ServiceName,
    /// What its users have in their environment, and which addresses are the vendor's own.
    pub vendor: Vendor,
    /// An address as its users would paste it.
    pub example_url: &'static str,
    /// What is assumed of it.
    pub facts: &'static [Fact],
    /// What the first settings file says of it.
    pub first: First,
    /// The settings that name what can be picked from the tree of the service.
    pub picked: &'static [Picked],
    /// The steps by which somebody picks where results go.
    pub steps: &'static [NodeKind],
    /// What knows the pages of things.
    pub page_of: PageOf,
    /// Which setting has cases made for tests that have none.
    pub how_to_make_cases: Option<&'static str>,
    /// How somebody signs in.
    pub sign_in: SignIn,
}

/// What the first settings file says of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// The key of the project.
    pub project: &'static str,
    /// What is asked for besides: where in the project results go.
    pub place: Option<FirstPlace>,
    /// How a test may name its case; nothing where tests need none.
    pub case: Option<FirstCase>,
}

/// Where in a project results go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstPlace {
    /// Its key.
    pub key: &'static str,
    /// The question.
    pub question: &'static str,
    /// A value that it might have.
    pub example: &'static str,
    /// What is said of it in the file.
    pub note: &'static str,
    /// How it is made where there is none, where handin makes it.
    pub made: Option<&'static str>,
}

/// How a test may name its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstCase {
    /// A pattern for the names of tests.
    pub pattern: &'static str,
    /// An id, as TOML has it.
    pub id: &'static str,
}

impl FirstPlace {
    /// A test plan.
    pub(super) const PLAN: Self = Self {
        key: "plan",
        question: "Which test plan? (name or id)",
        example: "Regression",
        note: "name or id",
        made: None,
    };
}

/// How somebody signs in to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// With a token, made on its pages.
    Token,
    /// With a token, or with a password that it gives a token for.
    TokenOrPassword,
    /// With a user's name and password: there are no tokens.
    Password,
}

/// What a password was exchanged for.
#[derive(Debug)]
pub struct Exchanged {
    /// The credential.
    pub credential: Credential,
    /// What is kept, where that is not the token.
    pub kept: Option<Secret>,
    /// How long it holds, where the service says so.
    pub holds: Option<Duration>,
}

/// A setting that names something in the tree of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picked {
    /// What is picked.
    pub kind: NodeKind,
    /// The setting.
    pub key: &'static str,
    /// What it holds.
    pub by: By,
}

/// What a setting holds of a thing: what is unique and lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its id.
    Id,
    /// Its name.
    Name,
}

impl Picked {
    /// A setting that holds an id.
    pub(super) const fn id(kind: NodeKind, key: &'static str) -> Self {
        let by = By::Id;
        Self { kind, key, by }
    }

    /// A setting that holds a name.
    pub(super) const fn name(kind: NodeKind, key: &'static str) -> Self {
        let by = By::Name;
        Self { kind, key, by }
    }
}

/// The templates of a submission, as the settings of its service give them.
#[derive(Debug)]
pub struct Templates<'a> {
    /// Of the name; without one, it is made of what the CI says, or of the report.
    pub name: Option<&'a str>,
    /// Of the comment.
    pub comment: Option<&'a str>,
    /// Of the build's id; without one, what the CI says counts.
    pub build: Option<&'a str>,
    /// Of the build's number, or label; without one, what the CI says counts.
    pub number: Option<&'a str>,
    /// Of the address of the build's page; without one, what the CI says counts.
    pub build_url: Option<&'a str>,
    /// The tags.
    pub tags: &'a [String],
}

impl Templates<'_> {
    /// Of a service that takes no more than the job's name.
    pub const NONE: Self = Self {
        name: Some("{job}"),
        comment: None,
        build: None,
        number: None,
        build_url: None,
        tags: &[],
    };
}

/// What a command adds to the settings of a service.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whether other processes hand in parts of the same submission.
    pub sharing: Sharing,
    /// What the CI says of the build.
    pub ci: Ci,
    /// How many requests may be under way at once.
    pub jobs: usize,
    /// The time that the whole command may take.
    pub timeout: Duration,
    /// Whether an attachment that cannot be sent is left out with a warning, instead of stopping everything.
    pub lenient: bool,
    /// The zone of times that a report gives without one.
    pub zone: TimeZone,
}

/// Whether other processes hand in parts of the same submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// Whether they do.
    pub shared: bool,
    /// Whether this process ends the submission.
    pub completes: bool,
    /// Whether this process makes many submissions, one after the other.
    pub bulk: bool,
    /// Which shard of how many this is.
    pub shard: Option<(u32, u32)>,
}

impl Sharing {
    /// A process by itself, which hands in all of its submission, or only looks.
    pub const ALONE: Self = Self {
        shared: false,
        completes: true,
        bulk: false,
        shard: None,
    };
}

/// Makes the struct of a section's settings from a table: a line a setting, with its type and how it is read. What nobody says has the
/// default of its row in `KEYS`.
macro_rules! settings {
    (
        $(#[$about:meta])*
        $name:ident($reader:ident) {
            $($(#[$doc:meta])* $setting:ident: $type:ty = $read:expr;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[$doc])* pub $setting: $type,)+
        }

        impl $name {
            /// Reads them.
            pub(in crate::services) fn read($reader: &mut $crate::keys::Reader) -> Self {
                Self { $($setting: $read,)+ }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::read(&mut $crate::keys::Reader::of_defaults(KEYS))
            }
        }
    };
}
pub(in crate::services) use settings;
