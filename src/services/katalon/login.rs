//! E-mail and password for a token: what servers without API keys take. The password is used once and kept nowhere.

use std::time::Duration;

use url::Url;

use super::super::ServiceError;
use super::api::Server;
use super::wire::Token;
use crate::secret::Secret;
use crate::transport::{Authorization, Transport, TransportError};

/// A token that stands for an account for a while.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token, to be sent as a bearer ([`Authorization::Bearer`]).
    pub token: Secret,
    /// How long it holds, where the server says so.
    pub expires_in: Option<Duration>,
}

/// Returns how an API key is sent. TestOps: it is the password of an empty user.
pub fn authorization(key: Secret) -> Authorization {
    Authorization::Basic {
        user: String::new(),
        password: key,
    }
}

/// Exchanges an e-mail address and a password for a token. An API key may stand in for the password, with any address or none.
///
/// # Errors
///
/// When the server refuses them, has no such sign-in, or gives no token.
pub fn exchange(
    transport: &Transport,
    url: &Url,
    email: &str,
    password: &Secret,
) -> Result<AccessToken, ServiceError> {
    let request = Server::new(url).token(email, password);
    let answer = transport.send(request);
    let token: Token = answer.and_then(|answer| answer.json()).map_err(explain)?;
    // Katalon's uploader: an answer without a token means that the credentials are wrong.
    let text = token.access_token.unwrap_or_default();
    let secret = Secret::token(&text).map_err(|_| {
        ServiceError::setting(format!(
            "`{url}` gave no token for this e-mail and password"
        ))
        .hint("check both, or use an API key: `handin login katalon`")
    })?;
    Ok(AccessToken {
        token: secret,
        expires_in: token.expires_in.map(Duration::from_secs),
    })
}

fn explain(error: TransportError) -> ServiceError {
    match error.status() {
        // OAuth 2: wrong credentials are 400 `invalid_grant`, or 401.
        Some(400 | 401) => {
            ServiceError::setting(format!("the e-mail or the password was refused: {error}"))
                .hint("accounts with single sign-on have no password: use an API key")
        }
        Some(404) => ServiceError::setting("this server has no sign-in by e-mail and password")
            .hint("use an API key: `handin login katalon`"),
        _ => error.into(),
    }
}
