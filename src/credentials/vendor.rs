//! What each service's users have in their environment, and which addresses are the vendor's own.

use url::{Host, Url};

use super::{Lookup, Source};

/// A service as far as its credentials go.
#[derive(Debug, PartialEq, Eq)]
pub struct Vendor {
    /// The word of the command line and of the settings.
    pub word: &'static str,
    /// The name that its users know.
    pub title: &'static str,
    /// The variables that may hold a token, the first one that is set counts.
    pub token_variables: &'static [&'static str],
    /// The variables that hold a user's name and password, for a service without tokens.
    pub user_variables: Option<(&'static str, &'static str)>,
    /// The variable that names the address.
    pub url_variable: &'static str,
    /// Other variables that do: of the vendor's own tools, or in which its CI names the collection that the job belongs to.
    pub other_url_variables: &'static [&'static str],
    /// Where a token is made, below the address; and how, with what it has to be able to do.
    pub token_page: (&'static str, &'static str),
    /// The vendor's own hosts; one that begins with a dot stands for all below it.
    pub hosts: &'static [&'static str],
}

impl Vendor {
    /// Decides whether a token may go to an address that a committed file may have named.
    ///
    /// One of the keyring goes to the address it was stored for; one that was typed in just now goes where its owner said. One of
    /// the environment or of a file goes to the vendor's own hosts, to the collection that the CI belongs to, and to the address that a
    /// variable of the service names. That an address is of this machine is no reason: the tests may have left a listener there.
    pub fn may_send(&self, source: &Source, url: &Url, environment: Lookup<'_>) -> bool {
        match source {
            Source::Typed => true,
            Source::Keyring { url: stored, .. } => is_at_or_below(url, stored),
            Source::File(_) | Source::Environment(_) | Source::Step(_) => {
                self.is_own(url, environment)
            }
        }
    }

    /// Returns whether an address is the vendor's own, or one that the environment vouches for.
    pub fn is_own(&self, url: &Url, environment: Lookup<'_>) -> bool {
        self.is_own_host(url)
            || self
                .trusted_addresses(environment)
                .iter()
                .any(|trusted| is_at_or_below(url, trusted))
    }

    /// Returns the addresses that the environment vouches for.
    fn trusted_addresses(&self, environment: Lookup<'_>) -> Vec<Url> {
        std::iter::once(&self.url_variable)
            .chain(self.other_url_variables)
            .filter_map(|name| Url::parse(environment(name)?.trim()).ok())
            .collect()
    }

    /// Returns whether the address is the vendor's own. Never without encryption: anybody in between could answer.
    fn is_own_host(&self, url: &Url) -> bool {
        let Some(Host::Domain(host)) = url.host() else {
            return false;
        };
        url.scheme() == "https"
            && self.hosts.iter().any(|own| match own.strip_prefix('.') {
                Some(_) => host.len() > own.len() && host.ends_with(own),
                None => host == *own,
            })
    }
}

/// Returns whether an address has the scheme, host and port of another, and a path that is the same or below. Letter case of the
/// path does not count: it does not on a Windows server, and the host is the same.
fn is_at_or_below(url: &Url, base: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let base_path = base.path().to_ascii_lowercase();
    let rest = path.strip_prefix(base_path.trim_end_matches('/'));
    url.host().is_some()
        && url.origin() == base.origin()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
