//! How the service behaves, changed from outside while it runs: `POST /__behaviour`.

use std::time::Duration;

use serde_json::Value;

use super::settings::Settings;

/// The words that can be set.
const WORDS: &str = "appends_sub_results, precreates, keeps_iterations, reopens_runs, refuses_manual_cases, shows_rate_limit (true or \
                     false), listing_lag (such as \"4s\"), points_page (a number)";

/// Changes what the object names; all or nothing.
pub(super) fn apply(settings: &mut Settings, wishes: &Value) -> Result<(), String> {
    let wishes = wishes
        .as_object()
        .ok_or_else(|| format!("an object is needed; it can hold {WORDS}"))?;
    let mut changed = settings.clone();
    for (word, wish) in wishes {
        one(&mut changed, word, wish)?;
    }
    *settings = changed;
    Ok(())
}

fn one(settings: &mut Settings, word: &str, wish: &Value) -> Result<(), String> {
    let wrong = || format!("`{word}` cannot be {wish}");
    let switch = match word {
        "appends_sub_results" => &mut settings.appends_sub_results,
        "precreates" => &mut settings.precreates,
        "keeps_iterations" => &mut settings.keeps_iterations,
        "reopens_runs" => &mut settings.reopens_runs,
        "refuses_manual_cases" => &mut settings.refuses_manual_cases,
        "shows_rate_limit" => &mut settings.shows_rate_limit,
        "listing_lag" => {
            settings.listing_lag = seconds(wish).ok_or_else(wrong)?;
            return Ok(());
        }
        "points_page" => {
            let count = wish.as_u64().and_then(|count| usize::try_from(count).ok());
            settings.pages.points = count.filter(|count| *count > 0).ok_or_else(wrong)?;
            return Ok(());
        }
        _ => return Err(format!("there is no `{word}`; there are {WORDS}")),
    };
    *switch = wish.as_bool().ok_or_else(wrong)?;
    Ok(())
}

fn seconds(wish: &Value) -> Option<Duration> {
    let seconds: f64 = wish.as_str()?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wished_for_is_taken_whole_or_not_at_all() {
        let mut settings = Settings::default();
        apply(
            &mut settings,
            &json!({ "precreates": false, "listing_lag": "1.5s" }),
        )
        .unwrap();
        assert!(!settings.precreates);
        assert_eq!(settings.listing_lag, Duration::from_millis(1500));
        let wrong = json!({ "precreates": true, "listing_lag": 3 });
        assert!(apply(&mut settings, &wrong).is_err());
        assert!(!settings.precreates);
        assert!(
            apply(&mut settings, &json!({ "nothing": true }))
                .unwrap_err()
                .contains("precreates")
        );
    }
}
