//! Who may come in, and the sign-in page for those who may not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::Refusal;
use super::settings::{Settings, Token};
use crate::http::{Head, Response};

/// Returns the token's owner and scopes, or what those get who show no valid token.
pub(crate) fn enter<'a>(settings: &'a Settings, head: &Head) -> Result<&'a Token, Response> {
    if head.header("authorization").is_none()
        && let Some(visitor) = &settings.visitor
    {
        return Ok(visitor);
    }
    presented(head)
        .and_then(|text| settings.tokens.get(&text))
        .filter(|token| !token.expired)
        .ok_or_else(|| turn_away(head))
}

/// Refuses when the token lacks a scope. A scope for writing includes the one for reading.
pub(crate) fn demand(token: &Token, scope: &str) -> Result<(), Refusal> {
    let write = format!("{}_write", scope.trim_end_matches("_write"));
    let enough = token.scopes.is_empty()
        || token
            .scopes
            .iter()
            .any(|held| held == scope || *held == write);
    if enough {
        return Ok(());
    }
    if token.user.is_empty() {
        return Err(unauthorized());
    }
    let message = format!(
        "TF401027: You need the permission '{scope}' to perform this action. The token of {} lacks it.",
        token.user
    );
    Err(Refusal::new(403, "AccessDeniedException", message))
}

/// Returns the secret in Basic (whatever the user part) or Bearer.
fn presented(head: &Head) -> Option<String> {
    let (scheme, rest) = head.header("authorization")?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, secret)| secret.to_owned())
}

/// The sign-in trap: a page with status 203 for GET and POST, unless the client asks not to be redirected.
fn turn_away(head: &Head) -> Response {
    let suppressed = head
        .header("x-tfs-fedauthredirect")
        .is_some_and(|value| value.eq_ignore_ascii_case("suppress"));
    if suppressed || !matches!(head.method.as_str(), "GET" | "HEAD" | "POST" | "OPTIONS") {
        return unauthorized()
            .into_response()
            .with("WWW-Authenticate", "Basic realm=\"http://127.0.0.1/\"");
    }
    Response::html(203, SIGN_IN_PAGE).with("X-TFS-FedAuthRealm", "https://app.vssps.example/")
}

fn unauthorized() -> Refusal {
    let message = "TF400813: The user '' is not authorized to access this resource.";
    Refusal::new(401, "UnauthorizedRequestException", message)
}

const SIGN_IN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>Azure DevOps Services | Sign In</title></head>\
    <body><h1>Sign in to your account</h1><form action=\"/_signin\" method=\"post\"><input name=\"user\"></form></body></html>\n";
