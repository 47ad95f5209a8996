//! A proxy's address.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::{ParseError, Url};

/// A proxy's address, possibly with credentials, which it does not show.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ProxyAddress(Url);

impl ProxyAddress {
    /// Reads `[scheme://][user:password@]host[:port]`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&text).map_err(|error| {
            let why = if error == ParseError::InvalidPort {
                "its port is not a number up to 65535"
            } else if error == ParseError::EmptyHost {
                "it names no host"
            } else {
                "its host cannot be one"
            };
            format!("is not the address of a proxy: {why}")
        })?;
        if !matches!(
            url.scheme(),
            "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
        ) {
            return Err(format!(
                "names a proxy of the kind `{}`, which is not known: http, https and socks5 are",
                url.scheme()
            ));
        }
        if url.host_str().is_none_or(|host| !is_host(host)) {
            return Err("is not the address of a proxy: it names no host".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("is not the address of a proxy: something follows the host".to_owned());
        }
        if url.port() == Some(0) {
            return Err("is not the address of a proxy: there is no port 0".to_owned());
        }
        Ok(Self(url))
    }

    /// Returns the address with its credentials.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        let Some(encoded) = self.0.password() else {
            return Vec::new();
        };
        let user = percent_decode_str(self.0.username()).decode_utf8_lossy();
        let password = percent_decode_str(encoded).decode_utf8_lossy();
        vec![
            STANDARD.encode(format!("{user}:{password}")),
            encoded.to_owned(),
            password.into_owned(),
        ]
    }
}

/// Returns whether a host could be one: the words that people leave as a placeholder are not.
fn is_host(host: &str) -> bool {
    !host.is_empty() && !host.contains([' ', '$', '%', '{', '}', '`', '"', '\''])
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        write!(formatter, "{}://{host}", self.0.scheme())?;
        match self.0.port_or_known_default() {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
