//! What a stand-in has to be able to do.

use serde_json::{Value, json};

use crate::fault::Effect;
use crate::http::{Head, Request, Response};

/// A service's behaviour and all that it holds. It sees one request at a time.
pub trait Service: Send + 'static {
    /// Returns the service's name as people write it, such as `Azure DevOps Test Plans`.
    fn name(&self) -> &'static str;

    /// Learns on which addresses its doors listen: the name of each door and its URL without a slash at the end.
    fn opened(&mut self, _doors: &[(String, String)]) {}

    /// Returns whether a request changes something, told from all but its body, which is not read yet.
    fn effect(&self, head: &Head) -> Effect {
        match head.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => Effect::Read,
            _ => Effect::Write,
        }
    }

    /// Carries a request out and answers it.
    fn answer(&mut self, request: &Request) -> Response;

    /// Returns an error in the service's own shape, for faults that answer with a status.
    fn error(&self, status: u16, message: &str) -> Response {
        Response::json(status, &json!({ "message": message }))
    }

    /// Changes how the service behaves from now on, as an object says.
    ///
    /// # Errors
    ///
    /// Returns what cannot be set; nothing is changed then.
    fn behave(&mut self, _wishes: &Value) -> Result<(), String> {
        Err("this stand-in has no behaviour to set".to_owned())
    }

    /// Returns all that the service holds, for tests and for people.
    fn state(&self) -> Value;

    /// Returns a page of HTML that shows a person what the service holds.
    fn page(&self) -> String;

    /// Forgets what was handed in; what was seeded stays.
    fn reset(&mut self);
}
