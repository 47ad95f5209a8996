//! The service against the stand-in: each rule of the mapping, each fault.

mod bench;
mod faults;
mod requests;
mod responses;
mod rules;
