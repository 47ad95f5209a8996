//! Stand-ins for the test-management services, on loopback only: to try handin without an account, and to test it.
//!
//! They know nothing of handin's code and share no types with it, or both could be wrong together.
//!
//! # Adding a service
//!
//! A service is a folder (`qtest/`, `katalon/`, …) with its own state, its router and a way to start it:
//!
//! ```
//! use handin_sandbox::http::{Request, Response};
//! use handin_sandbox::{Service, Standin};
//! use serde_json::{Value, json};
//!
//! struct Shop { orders: Vec<Value> }
//!
//! impl Service for Shop {
//!     fn name(&self) -> &'static str { "Shop" }
//!     // Matches on the method and the decoded parts of the path; reads `request.query("page")`,
//!     // `request.header("authorization")`, `request.json()`. The lock is held: one request at a time.
//!     fn answer(&mut self, request: &Request) -> Response {
//!         match (request.method.as_str(), request.parts().as_slice()) {
//!             ("POST", ["api", "orders"]) => match request.json() {
//!                 Ok(order) => {
//!                     self.orders.push(order);
//!                     Response::json(201, &json!({ "id": self.orders.len() })).with("X-Shop", "1")
//!                 }
//!                 Err(error) => Response::text(400, error.to_string()),
//!             },
//!             _ => Response::text(404, "no such page"),
//!         }
//!     }
//!     fn state(&self) -> Value { json!({ "orders": self.orders }) }
//!     fn page(&self) -> String { handin_sandbox::page::page("Shop", "What was ordered.", &Default::default()) }
//!     fn reset(&mut self) { self.orders.clear(); }
//! }
//!
//! // One port for each door; 0 stands for any that is free. It ends when it is dropped.
//! let shop = Standin::start(Shop { orders: Vec::new() }, &[("api", 0), ("storage", 0)])?;
//! assert!(shop.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(shop.look(|shop| shop.orders.len()), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! `Request::door` tells on which door a request came, and [`Service::opened`] tells the service its doors' URLs. Where
//! a POST only looks, the service says so in [`Service::effect`], from method, path and query: faults and log go by it.
//! Faults, the log, hooks, `/__state`, `/__requests`, `/__faults` and `/__reset` come with [`Standin`] and need nothing
//! from the service. [`Service::error`] gives faults that answer with a status the vendor's shape.
//!
//! A service's own type for tests wraps the stand-in and dereferences to it, so that it can add queries of its own.

pub mod azure;
mod connection;
pub mod console;
mod control;
pub mod entra;
mod exchange;
pub mod fault;
mod gate;
pub mod http;
mod in_process;
pub mod katalon;
pub mod kiwi;
mod lock;
mod pace;
pub mod page;
pub mod qtest;
pub mod replay;
mod service;
mod standin;
pub mod time;

pub use exchange::Exchange;
pub use in_process::{InProcess, Seen};
pub use pace::Pace;
pub use service::Service;
pub use standin::{Moment, Next, Standin};

#[cfg(test)]
mod probe;
#[cfg(test)]
mod tests;
