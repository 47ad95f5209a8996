//! Which request goes through which proxy: the variables of the environment, understood as curl does.
//!
//! The library would take a malformed proxy for none and connect directly, past a company's only way out, and knows neither `*` with
//! an address in digits nor `host:port`. So the decision is made here.

mod address;
mod bypass;

use std::fmt;

use reqwest::Proxy;
use reqwest::blocking::ClientBuilder;
use url::{Host, Url};

use self::address::ProxyAddress;
use self::bypass::Bypass;

/// Which request goes through which proxy. The default: none.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    http: Option<ProxyAddress>,
    https: Option<ProxyAddress>,
    bypass: Bypass,
}

/// Why something is no proxy's address, or no list of hosts. Does not show the value: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyError {
    /// The variable or the option.
    pub name: String,
    /// What is wrong with it.
    pub cause: String,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` {}", self.name, self.cause)
    }
}

impl std::error::Error for ProxyError {}

impl Proxies {
    /// Reads the proxy of the command line, which is for every address, else the variables of the environment: `https_proxy`,
    /// `http_proxy` and `all_proxy`, the name in small letters first, then in capitals. `no_proxy` are the hosts of the command
    /// line that are reached directly, in the place of those in the environment.
    ///
    /// # Errors
    ///
    /// When one of them is malformed: a direct connection is not what was wanted then.
    pub fn read(
        proxy: Option<&str>,
        no_proxy: Option<&str>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ProxyError> {
        if let Some(text) = proxy {
            let proxy = parse_proxy("--proxy", text)?;
            let bypass = no_proxy.map(|text| parse_bypass("--no-proxy", text));
            return Ok(Self {
                http: Some(proxy.clone()),
                https: Some(proxy),
                bypass: bypass.transpose()?.unwrap_or_default(),
            });
        }
        let all = proxy_in(environment, "all_proxy")?;
        // A web server hands the header `Proxy` of a request to its programs as HTTP_PROXY.
        let is_cgi = environment("REQUEST_METHOD").is_some();
        let http = if is_cgi {
            None
        } else {
            proxy_in(environment, "http_proxy")?
        };
        let bypass = match no_proxy {
            Some(text) => parse_bypass("--no-proxy", text)?,
            None => match variable(environment, "no_proxy") {
                Some((name, text)) => parse_bypass(&name, &text)?,
                None => Bypass::default(),
            },
        };
        Ok(Self {
            http: http.or_else(|| all.clone()),
            https: proxy_in(environment, "https_proxy")?.or(all),
            bypass,
        })
    }

    /// Returns the proxy for an address, without its credentials; none: the address is reached directly.
    pub fn shown_for(&self, url: &Url) -> Option<String> {
        self.of(url).map(ToString::to_string)
    }

    /// What is on this machine is never asked of another: the proxy has its own `localhost`, and plain http is only for here.
    fn of(&self, url: &Url) -> Option<&ProxyAddress> {
        if is_loopback(url) {
            return None;
        }
        let proxy = if url.scheme() == "https" {
            self.https.as_ref()
        } else {
            self.http.as_ref()
        };
        proxy.filter(|_| !self.bypass.covers(url))
    }

    /// Has a client go these ways.
    pub(super) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        let proxies = self.clone();
        let way = Proxy::custom(move |url| proxies.of(url).map(|proxy| proxy.url().clone()));
        // First away with what the library would read itself.
        builder.no_proxy().proxy(way)
    }

    /// Returns the texts by which a proxy's credentials would be recognised in an output.
    pub(super) fn secrets(&self) -> Vec<String> {
        [&self.http, &self.https]
            .into_iter()
            .flatten()
            .flat_map(ProxyAddress::secrets)
            .collect()
    }
}

/// Returns whether an address is of this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

fn proxy_in(
    environment: &dyn Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<ProxyAddress>, ProxyError> {
    variable(environment, name)
        .map(|(name, text)| parse_proxy(&name, &text))
        .transpose()
}

/// Looks a variable up, in small letters first. An empty one counts as not set.
fn variable(environment: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<(String, String)> {
    [name.to_owned(), name.to_ascii_uppercase()]
        .into_iter()
        .find_map(|name| {
            let text = environment(&name).filter(|text| !text.trim().is_empty())?;
            Some((name, text))
        })
}

fn parse_proxy(name: &str, text: &str) -> Result<ProxyAddress, ProxyError> {
    ProxyAddress::parse(text).map_err(|cause| ProxyError {
        name: name.to_owned(),
        cause,
    })
}

fn parse_bypass(name: &str, text: &str) -> Result<Bypass, ProxyError> {
    Bypass::parse(text).map_err(|cause| ProxyError {
        name: name.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests;
