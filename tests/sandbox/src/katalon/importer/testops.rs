//! The files that the vendor's own reporters write: `metadata.json`, `execution.json`, `suites.json`, `results.json`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Import, Source, Status, TestResult, words};

/// Reads the four files; several sets may stand in several folders.
///
/// # Errors
///
/// Returns what is wrong when one of them cannot be read.
pub(super) fn read(files: &[Source], import: &mut Import) -> Result<(), String> {
    let suites = suites(files)?;
    let begin = begin(files)?;
    for file in files {
        match base_name(&file.name) {
            "metadata.json" => metadata(&json(file)?, import),
            "results.json" => {
                for result in list(&json(file)?, "results", file)? {
                    import.add(
                        test_result(result, &suites, begin)
                            .map_err(|error| format!("{}: {error}", file.name))?,
                    );
                }
            }
            "execution.json" => {
                let value = json(file)?;
                word(&value)?;
                import.start = import
                    .start
                    .or_else(|| value.get("start").and_then(Value::as_i64));
                import.end = import
                    .end
                    .or_else(|| value.get("stop").and_then(Value::as_i64));
            }
            "suites.json" => {}
            _ => import.attachments += 1,
        }
    }
    Ok(())
}

fn metadata(value: &Value, import: &mut Import) {
    let kept = |name: &str| Some(words(value, name)).filter(|text| !text.is_empty());
    import.build_label = kept("buildLabel").or_else(|| import.build_label.take());
    import.build_url = kept("buildUrl").or_else(|| import.build_url.take());
    import.session = kept("sessionId").or_else(|| import.session.take());
}

fn suites(files: &[Source]) -> Result<BTreeMap<String, String>, String> {
    let mut suites = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| base_name(&file.name) == "suites.json")
    {
        for suite in list(&json(file)?, "suites", file)? {
            suites.insert(words(suite, "uuid"), words(suite, "name"));
        }
    }
    Ok(suites)
}

/// Returns when a result began that does not say so: when the execution did, else now.
fn begin(files: &[Source]) -> Result<i64, String> {
    for file in files {
        if base_name(&file.name) == "execution.json"
            && let Some(start) = json(file)?.get("start").and_then(Value::as_i64)
        {
            return Ok(start);
        }
    }
    Ok(crate::time::now().as_millisecond())
}

fn test_result(
    value: &Value,
    suites: &BTreeMap<String, String>,
    begin: i64,
) -> Result<TestResult, String> {
    let status = word(value)?;
    let number = |name: &str| value.get(name).and_then(Value::as_i64);
    let took = number("duration").unwrap_or_default();
    let start = number("start")
        .or_else(|| Some(number("stop")? - took))
        .unwrap_or(begin);
    let suite = suites.get(&words(value, "parentUuid")).cloned();
    let problems = ["failures", "errors"]
        .into_iter()
        .filter_map(|name| value.get(name)?.as_array());
    let message = problems
        .flatten()
        .map(|problem| words(problem, "message"))
        .next();
    let name = words(value, "name");
    if name.is_empty() {
        return Err("a result has no name".to_owned());
    }
    Ok(TestResult {
        suite: suite.unwrap_or_else(|| words(value, "suiteName")),
        name,
        status,
        start,
        end: number("stop").unwrap_or(start + took),
        message: message.unwrap_or_default(),
    })
}

fn word(value: &Value) -> Result<Status, String> {
    let text = words(value, "status");
    Status::read(&text).ok_or_else(|| format!("'{text}' is not a status"))
}

fn json(file: &Source) -> Result<Value, String> {
    serde_json::from_slice(&file.data).map_err(|error| format!("{}: {error}", file.name))
}

fn list<'a>(value: &'a Value, name: &str, file: &Source) -> Result<&'a Vec<Value>, String> {
    value
        .get(name)
        .and_then(Value::as_array)
        .ok_or_else(|| format!("{}: '{name}' is missing", file.name))
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
