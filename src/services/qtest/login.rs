//! Who is signed in, and how to obtain a token.

use super::api::Site;
use super::client::Client;
use super::wire::{Token, TokenStatus, User, Version};
use crate::secret::Secret;
use crate::services::{Account, ServiceError, counted};
use crate::transport::{Transport, TransportError};
use url::Url;

/// Returns the token itself: qTest's page offers it with its scheme, and people paste both.
pub fn bare_token(pasted: &str) -> &str {
    let pasted = pasted.trim();
    match pasted.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) | None => pasted,
    }
}

/// Exchanges user name and password for a token. Neither is kept.
///
/// # Errors
///
/// When qTest refuses them, or cannot be asked. Sites with single sign-on have no passwords.
pub fn exchange(
    transport: &Transport,
    url: &Url,
    user: &str,
    password: &Secret,
) -> Result<Secret, ServiceError> {
    let answer: Token = transport
        .send(Site::new(url).token(user, password.expose()))?
        .json()?;
    Secret::token(bare_token(&answer.access_token)).map_err(|error| {
        ServiceError::setting(format!(
            "qTest gave out a token that cannot be used: {error}"
        ))
    })
}

/// Returns whose token it is, and how long it is valid.
pub(super) fn account(client: &Client) -> Result<Account, TransportError> {
    let user: User = client.fetch(client.site.user())?;
    let name = [user.first_name.trim(), user.last_name.trim()]
        .join(" ")
        .trim()
        .to_owned();
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    fact("site", user.client_site_name.clone());
    fact("edition", user.package_type.clone());
    // Both are missing on older servers, and say nothing that a result depends on.
    let version: Option<Version> = client.fetch(client.site.version()).ok();
    fact("version", version.and_then(|version| version.version));
    let status: Option<TokenStatus> = client.fetch(client.site.token_status()).ok();
    fact("token", status.as_ref().map(validity));
    Ok(Account {
        name: if name.is_empty() {
            user.user_name.clone()
        } else {
            name
        },
        login: Some(user.user_name).filter(|login| !login.is_empty()),
        facts,
    })
}

fn validity(status: &TokenStatus) -> String {
    match (status.expiration, status.validity_in_milliseconds) {
        (Some(end), _) if end > 0 => match jiff::Timestamp::from_millisecond(end) {
            Ok(end) => format!("valid until {}", end.strftime("%Y-%m-%d %H:%M UTC")),
            Err(_) => "valid".to_owned(),
        },
        (_, Some(left)) if left > 0 => format!(
            "valid for another {}",
            counted(left.unsigned_abs() / 3_600_000, "hour")
        ),
        (Some(_) | None, _) => "valid until it is revoked".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_pasted_along_with_the_token_is_dropped() {
        for pasted in [
            "abc-1",
            "bearer abc-1",
            "Bearer  abc-1\n",
            " BEARER\tabc-1 ",
        ] {
            assert_eq!(bare_token(pasted), "abc-1");
        }
        assert_eq!(bare_token("not one token"), "not one token");
    }

    #[test]
    fn a_token_that_never_ends_is_said_to_last() {
        let status = TokenStatus {
            expiration: Some(0),
            validity_in_milliseconds: None,
        };
        assert_eq!(validity(&status), "valid until it is revoked");
        let status = TokenStatus {
            expiration: Some(1_767_225_600_000),
            validity_in_milliseconds: Some(1),
        };
        assert_eq!(validity(&status), "valid until 2026-01-01 00:00 UTC");
    }
}
