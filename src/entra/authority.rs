//! Where Entra is: one of Microsoft's clouds, or what whoever runs the command names.

use std::net::Ipv4Addr;

use url::{Host, Url};

/// Where Entra is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority(Url);

/// Why something cannot be where Entra is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be where Microsoft Entra is: an https address is needed, such as `https://login.microsoftonline.us`"
)]
pub struct NoAuthority(String);

const PUBLIC: &str = "https://login.microsoftonline.com/";

/// Microsoft: what a federated token says whom it is for, in each cloud.
const AUDIENCES: [(&str, &str); 4] = [
    (
        "login.microsoftonline.us",
        "api://AzureADTokenExchangeUSGov",
    ),
    (
        "login.partner.microsoftonline.cn",
        "api://AzureADTokenExchangeChina",
    ),
    ("login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
    ("", "api://AzureADTokenExchange"),
];

impl Authority {
    /// Reads where it is; nothing stands for the public cloud.
    ///
    /// # Errors
    ///
    /// When it is no https address. Plain http is for this machine alone.
    pub fn read(text: Option<&str>) -> Result<Self, NoAuthority> {
        let text = text.unwrap_or(PUBLIC).trim();
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&whole).ok().filter(is_safe);
        url.map(Self).ok_or_else(|| NoAuthority(text.to_owned()))
    }

    /// Returns the address of an endpoint of a tenant, such as `token`.
    pub(super) fn endpoint(&self, tenant: &str, name: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([tenant, "oauth2", "v2.0", name]);
        }
        url
    }

    /// Returns whom the token of a CI has to be for.
    pub(super) fn audience(&self) -> &'static str {
        let host = self.0.host_str().unwrap_or_default();
        let found = AUDIENCES
            .iter()
            .find(|(known, _)| known.is_empty() || *known == host);
        found.map_or("", |(_, audience)| audience)
    }

    /// Returns the address, without a slash at its end.
    pub fn text(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

/// Refuses what cannot name a tenant or an application: both have an id, a tenant a domain too. A committed file may name them, and they stand in
/// addresses and in the arguments of `az`.
///
/// # Errors
///
/// When it is neither.
pub fn named(what: &str, text: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_name = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.len() <= 255
        && text.chars().all(is_plain);
    if is_name {
        return Ok(());
    }
    let shown: String = text.chars().take(60).collect();
    Err(format!(
        "`{shown}` cannot be {what} of Microsoft Entra; nothing was sent"
    ))
}

/// Returns whether a secret may go to an address that the environment names: by https, or to this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

/// Returns whether an address is that of a metadata service: it is asked without a proxy, and never leaves the machine's own network.
pub(super) fn is_of_the_machine(url: &Url) -> bool {
    let is_link_local = |address: Ipv4Addr| address.is_link_local();
    is_safe(url) || matches!(url.host(), Some(Host::Ipv4(address)) if is_link_local(address))
}
