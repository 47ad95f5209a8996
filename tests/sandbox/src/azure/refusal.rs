//! What the service says when it refuses, in the vendor's words and shape.

use serde_json::json;

use crate::http::Response;

/// A request that is refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    status: u16,
    kind: &'static str,
    message: String,
}

/// What a handler gives back.
pub(crate) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
        }
    }

    /// A value that the service does not take.
    pub(crate) fn invalid(parameter: &str) -> Self {
        let message = format!("Invalid value specified.\r\nParameter name: {parameter}");
        Self::new(400, "InvalidPropertyException", message)
    }

    /// A request that makes no sense to the service.
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(400, "ArgumentException", message)
    }

    /// An object of test management that does not exist.
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::new(404, "TestObjectNotFoundException", what)
    }

    /// An address at which nothing answers.
    pub(crate) fn no_resource(method: &str, path: &str) -> Self {
        let message = format!(
            "The controller for path '{path}' was not found or does not implement {method}."
        );
        Self::new(404, "VssResourceNotFoundException", message)
    }

    pub(crate) fn into_response(self) -> Response {
        let body = json!({
            "$id": "1",
            "innerException": null,
            "message": self.message,
            "typeName": format!("Microsoft.TeamFoundation.{}, Microsoft.TeamFoundation", self.kind),
            "typeKey": self.kind,
            "errorCode": 0,
            "eventId": 3000,
        });
        Response::json(self.status, &body)
    }
}
