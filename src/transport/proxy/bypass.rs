//! The hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// The hosts that are reached without a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bypass(Vec<Exception>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    what: What,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Everything,
    /// A host and all below it, without dots around it.
    Name(String),
    Address(IpAddr),
    Network(IpNet),
}

impl Bypass {
    /// Reads a list such as `localhost,.corp.example,10.0.0.0/8,build:8080`, separated by commas or blanks.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        text.split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty())
            .map(Exception::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns whether an address is reached directly.
    pub(super) fn covers(&self, url: &Url) -> bool {
        self.0.iter().any(|entry| entry.covers(url))
    }
}

impl Exception {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self {
                what: What::Everything,
                port: None,
            });
        }
        if text.contains('/') {
            let network = text.parse().map_err(|_malformed| {
                format!("has `{text}`, which is not a network such as `10.0.0.0/8`")
            })?;
            return Ok(Self {
                what: What::Network(network),
                port: None,
            });
        }
        if let Some(address) = address(text) {
            return Ok(Self {
                what: What::Address(address),
                port: None,
            });
        }
        let (host, port) = match text.rsplit_once(':') {
            None => (text, None),
            Some((host, port)) => {
                let port = port.parse().map_err(|_malformed| {
                    format!("has `{text}`, where a port should follow the colon")
                })?;
                (host, Some(port))
            }
        };
        let what = match address(host) {
            Some(address) => What::Address(address),
            None => What::Name(name(host)?),
        };
        Ok(Self { what, port })
    }

    fn covers(&self, url: &Url) -> bool {
        let has_port = self
            .port
            .is_none_or(|port| url.port_or_known_default() == Some(port));
        has_port
            && match (&self.what, url.host()) {
                (What::Everything, _) => true,
                (What::Name(name), Some(Host::Domain(host))) => is_below(host, name),
                (What::Address(address), Some(Host::Ipv4(host))) => *address == IpAddr::V4(host),
                (What::Address(address), Some(Host::Ipv6(host))) => *address == IpAddr::V6(host),
                (What::Network(network), Some(Host::Ipv4(host))) => {
                    network.contains(&IpAddr::V4(host))
                }
                (What::Network(network), Some(Host::Ipv6(host))) => {
                    network.contains(&IpAddr::V6(host))
                }
                (What::Name(_) | What::Address(_) | What::Network(_), Some(_) | None) => false,
            }
    }
}

fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse().ok()
}

fn name(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let bare = bare.trim_matches('.').to_ascii_lowercase();
    if bare.is_empty() || bare.contains(['*', ':', '[', ']']) {
        return Err(format!("has `{text}`, which is not a host"));
    }
    Ok(bare)
}

fn is_below(host: &str, name: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.strip_suffix(name)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
