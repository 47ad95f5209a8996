//! `execution.properties` and what the report itself says of browser, device, operating system and profile, under one set of names.

use std::io::Read as _;

use serde_json::Value;

use super::{Beside, Property, TestSuite};

/// How large `execution.properties` may be.
const SIZE: u64 = 4 * 1024 * 1024;

/// Returns the properties `browser`, `device`, `os` and `profile`, as far as they are known and the suite has them not yet.
pub(in crate::report) fn properties(beside: &Beside, suite: &TestSuite) -> Vec<Property> {
    let execution = read(beside);
    let at = |pointer: &str| {
        execution
            .as_ref()
            .and_then(|value| value.pointer(pointer))
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let first = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| suite.property(name))
            .find(|value| !value.trim().is_empty())
            .map(str::to_owned)
    };
    let found = [
        ("browser", first(&["browser"]).or_else(|| at("/Name"))),
        (
            "device",
            first(&["device", "deviceName", "deviceModel", "deviceId"]),
        ),
        (
            "os",
            first(&["os", "deviceOS", "platform"]).or_else(|| at("/host/os")),
        ),
        (
            "profile",
            first(&["profile", "executionProfile"])
                .or_else(|| at("/execution/general/executionProfile")),
        ),
    ];
    found
        .into_iter()
        .filter(|(name, _)| suite.property(name).is_none_or(str::is_empty))
        .filter_map(|(name, value)| {
            Some(Property {
                name: name.to_owned(),
                value: value?,
            })
        })
        .collect()
}

/// Reads the file, which is JSON whatever its name says.
fn read(beside: &Beside) -> Option<Value> {
    let mut bytes = Vec::new();
    beside
        .open("execution.properties")
        .ok()?
        .take(SIZE)
        .read_to_end(&mut bytes)
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}
