//! Which scope a token needs for a request, by the words of the page where tokens are made.

use crate::transport::{Method, Problem, Request, TransportError};

/// The scope that handing results in needs.
pub(super) const TEST_WRITE: &str = "Test Management: Read & write (`vso.test_write`)";

/// The scopes that making test cases needs.
pub(super) const CASES_WRITE: &str = "Work Items: Read & write (`vso.work_write`), and Test Management: Read & write (`vso.test_write`)";

/// Names the scope in a refusal for want of rights.
pub(super) fn told(mut error: TransportError, scope: &str) -> TransportError {
    if let Problem::Status {
        status: 403,
        message,
        ..
    } = &mut error.problem
    {
        if !message.is_empty() && !message.ends_with('.') {
            message.push('.');
        }
        if !message.is_empty() {
            message.push(' ');
        }
        message.push_str("The token needs the scope ");
        message.push_str(scope);
        message.push_str(", and the account the permission");
    }
    error
}

/// Returns the scope that a request needs (docs: each endpoint's own page, Security).
pub(super) fn needed(request: &Request) -> Option<&'static str> {
    let mut parts = request
        .url
        .path_segments()?
        .skip_while(|part| !part.eq_ignore_ascii_case("_apis"))
        .skip(1);
    let area = parts.next()?.to_ascii_lowercase();
    let reads = request.method == Method::GET || request.method == Method::OPTIONS;
    match area.as_str() {
        "projects" => Some("Project and Team: Read (`vso.project`)"),
        "test" | "testplan" if reads => Some("Test Management: Read (`vso.test`)"),
        "test" | "testplan" => Some(TEST_WRITE),
        // Work items are asked for by POST; only PATCH changes them.
        "wit" if request.method == Method::PATCH => {
            Some("Work Items: Read & write (`vso.work_write`)")
        }
        "wit" => Some("Work Items: Read (`vso.work`)"),
        "build" => Some("Build: Read (`vso.build`)"),
        "release" => Some("Release: Read (`vso.release`)"),
        _ => None,
    }
}
