//! The stand-in's own pages, beside the service's: what it holds, what was asked, and how to misbehave.
//!
//! Faults do not befall them and the log does not count them.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::exchange::Exchange;
use crate::fault::Rule;
use crate::http::{Head, Request, Response};
use crate::lock::lock;
use crate::service::Service;
use crate::standin::Shared;

pub(crate) fn is_control(head: &Head) -> bool {
    (head.path == "/" && matches!(head.method.as_str(), "GET" | "HEAD"))
        || head
            .segments
            .first()
            .is_some_and(|first| first.starts_with("__"))
}

pub(crate) fn answer<S: Service>(shared: &Shared<S>, request: &Request) -> Response {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET" | "HEAD", "/") => Response::html(200, lock(&shared.service).page()),
        ("GET", "/__state") => Response::json(200, &lock(&shared.service).state()),
        ("GET", "/__requests") => Response::json(200, &requests(shared)),
        ("POST", "/__faults") => add(shared, &request.body),
        ("DELETE", "/__faults") => {
            shared.faults.clear();
            Response::empty(204)
        }
        ("POST", "/__behaviour") => behave(shared, &request.body),
        ("POST", "/__reset") => {
            shared.reset();
            Response::empty(204)
        }
        _ => Response::text(
            404,
            "The stand-in has /, /__state, /__requests, /__faults (POST, DELETE), /__behaviour (POST) and /__reset (POST).\n",
        ),
    }
}

fn requests<S>(shared: &Shared<S>) -> Value {
    let entries = lock(&shared.log).entries();
    json!({
        "peak_in_flight": shared.peak.load(Ordering::SeqCst),
        "requests": entries.iter().map(Exchange::to_json).collect::<Vec<_>>(),
    })
}

fn behave<S: Service>(shared: &Shared<S>, body: &[u8]) -> Response {
    let outcome = serde_json::from_slice(body)
        .map_err(|error| error.to_string())
        .and_then(|wishes| lock(&shared.service).behave(&wishes));
    match outcome {
        Ok(()) => Response::empty(204),
        Err(error) => Response::text(400, format!("{error}\n")),
    }
}

fn add<S>(shared: &Shared<S>, body: &[u8]) -> Response {
    match Rule::from_json(body) {
        Ok(rule) => {
            shared.faults.add(rule);
            Response::empty(204)
        }
        Err(error) => Response::text(400, format!("{error}\n")),
    }
}
