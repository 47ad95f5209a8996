//! How the site behaves, changed from outside while it runs: `POST /__behaviour`.

use std::time::Duration;

use serde_json::Value;

use super::model::Project;
use super::site::Site;
use crate::pace::Pace;

/// The words that can be set.
const WORDS: &str = "search_lag and list_lag (a number of requests, or text such as \"4s\" or \"never\"), note_limit, lose_logs, \
                     mapping (such as {\"FAIL\": 601})";

/// Changes what the object names; all or nothing.
pub(crate) fn apply(site: &mut Site, wishes: &Value) -> Result<(), String> {
    let wishes = wishes
        .as_object()
        .ok_or_else(|| format!("an object is needed; it can hold {WORDS}"))?;
    let mut changed = site.clone();
    for (word, wish) in wishes {
        one(&mut changed, word, wish)?;
    }
    *site = changed;
    Ok(())
}

fn one(site: &mut Site, word: &str, wish: &Value) -> Result<(), String> {
    let wrong = || format!("`{word}` cannot be {wish}");
    let count = || {
        let count = wish.as_u64().and_then(|count| usize::try_from(count).ok());
        count.ok_or_else(wrong)
    };
    match word {
        "search_lag" => site.options.search_lag = pace(wish).ok_or_else(wrong)?,
        "list_lag" => site.options.list_lag = pace(wish).ok_or_else(wrong)?,
        "note_limit" if wish.is_null() => site.options.note_limit = None,
        "note_limit" => site.options.note_limit = Some(count()?),
        "lose_logs" => site.orders.lose_logs = count()?,
        "mapping" => {
            for project in &mut site.projects {
                map(project, wish).ok_or_else(wrong)?;
            }
        }
        _ => return Err(format!("there is no `{word}`; there are {WORDS}")),
    }
    Ok(())
}

fn pace(wish: &Value) -> Option<Pace> {
    match wish {
        Value::Number(requests) => match u32::try_from(requests.as_u64()?).ok()? {
            0 => Some(Pace::AtOnce),
            some => Some(Pace::Requests(some.saturating_add(1))),
        },
        Value::String(text) if text == "never" => Some(Pace::Never),
        Value::String(text) => {
            let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
            Duration::try_from_secs_f64(seconds).ok().map(Pace::Time)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Adds to the automation settings, or changes what a word becomes.
fn map(project: &mut Project, wish: &Value) -> Option<()> {
    for (name, status) in wish.as_object()? {
        let status = status.as_u64()?;
        project
            .mapping
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        project.mapping.push((name.clone(), status));
    }
    Some(())
}
