//! What many reports hold, as far as their order needs it: when they began, and which cases they touch.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::mapping::CaseMap;
use crate::report::{self, Bundle, Source};
use crate::transport::Clock;

/// Many reports, each for itself.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Many reports at once")]
pub(crate) struct EachArgs {
    /// Make every report a submission of its own
    ///
    /// Submits years of old reports with one command, each with its own times. Reports that are already submitted are skipped, and a report
    /// that fails does not stop the others. The current CI build is not recorded as their build.
    #[arg(long)]
    pub(super) each: bool,
    /// Only reports that began at this time or later: `2024-01-01`
    #[arg(long, value_name = "TIME", requires = "each", value_parser = since)]
    pub(super) since: Option<Timestamp>,
    /// Only reports that began at this time or earlier
    ///
    /// A date includes the whole day.
    #[arg(long, value_name = "TIME", requires = "each", value_parser = until)]
    pub(super) until: Option<Timestamp>,
}

fn since(text: &str) -> Result<Timestamp, String> {
    moment(text, Ok)
}

fn until(text: &str) -> Result<Timestamp, String> {
    moment(text, Date::tomorrow)
}

/// Reads a time, or a date of this machine's zone.
fn moment(
    text: &str,
    date_end: impl Fn(Date) -> Result<Date, jiff::Error>,
) -> Result<Timestamp, String> {
    if let Ok(timestamp) = text.parse() {
        return Ok(timestamp);
    }
    let date: Result<Date, jiff::Error> = text.parse();
    date.and_then(date_end)
        .and_then(|date| date.to_zoned(TimeZone::system()))
        .map(|zoned| zoned.timestamp())
        .map_err(|_| {
            "expected a date such as `2024-01-31` or a time such as `2024-01-31T12:00:00Z`"
                .to_owned()
        })
}

/// What one report holds.
#[derive(Debug, Default)]
struct ReportTimes {
    index: usize,
    started: Option<Timestamp>,
    touched: Vec<u64>,
}

/// The order in which reports are handed in: which of them has to wait for which.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// What is one submission each, by index: the oldest first, those without a time last.
    pub(super) reports: Vec<usize>,
    /// For each of [`Self::reports`], the later ones that wait for it, as places in that list.
    pub(super) followers: Vec<Vec<u32>>,
    /// For each of [`Self::reports`], for how many earlier ones it waits.
    pub(super) waits: Vec<u32>,
    /// How many reports lie outside of the wanted time.
    pub(super) left_out: usize,
    /// When each of [`Self::reports`] began.
    pub(super) started: Vec<Option<Timestamp>>,
}

/// Looks through all reports. Those that touch the same case of a map go in the order of their times; the others may go in any: the
/// maps are those of services that show only the last result of a case.
pub(super) fn survey(
    bundles: &[Bundle],
    args: &EachArgs,
    maps: &[&CaseMap<'_>],
    clock: &Clock,
) -> Order {
    let mut entries = Vec::new();
    let zone = clock.zone();
    let look = |source: &Source| look(source, maps, &zone);
    let sources: Vec<Source> = bundles
        .iter()
        .flat_map(|bundle| bundle.sources.iter().cloned())
        .collect();
    let owners: Vec<usize> = (0..)
        .zip(bundles)
        .flat_map(|(index, bundle)| std::iter::repeat_n(index, bundle.sources.len()))
        .collect();
    report::each_ordered(&sources, None, &look, &mut |index, entry: ReportTimes| {
        take(
            &mut entries,
            owners.get(index).copied().unwrap_or(index),
            entry,
        );
    });
    let all = entries.len();
    entries.retain(|entry| args.wants(entry.started));
    let left_out = all - entries.len();
    entries.sort_by_key(|entry| (entry.started.is_none(), entry.started));
    order(&entries, left_out)
}

impl EachArgs {
    fn wants(&self, started: Option<Timestamp>) -> bool {
        let Some(started) = started else {
            return self.since.is_none() && self.until.is_none();
        };
        self.since.is_none_or(|since| started >= since)
            && self.until.is_none_or(|until| started <= until)
    }
}

/// Adds what a report holds to what the others of its submission do.
fn take(entries: &mut Vec<ReportTimes>, owner: usize, mut entry: ReportTimes) {
    if let Some(last) = entries.last_mut().filter(|last| last.index == owner) {
        last.started = [last.started, entry.started].into_iter().flatten().min();
        last.touched.append(&mut entry.touched);
    } else {
        entry.index = owner;
        entries.push(entry);
    }
}

/// Looks at one report. One that cannot be read is handed on all the same: handing it in tells what is wrong.
fn look(source: &Source, maps: &[&CaseMap<'_>], zone: &TimeZone) -> ReportTimes {
    let mut touched = HashSet::new();
    let mut first = None;
    let answer = report::read(source, &mut |case| {
        let started = case.started.and_then(|moment| moment.in_zone(zone));
        first = [first, started].into_iter().flatten().min();
        for map in maps {
            touched.extend(map.cases_of(case).iter().map(|case| hashed(&case.id)));
        }
    });
    let whole = answer
        .ok()
        .and_then(|summary| summary.started)
        .and_then(|moment| moment.in_zone(zone));
    let started = [first, whole].into_iter().flatten().min();
    ReportTimes {
        index: 0,
        started,
        touched: touched.into_iter().collect(),
    }
}

/// A case in few bytes. Two that share one only make a report wait that need not.
fn hashed(id: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn order(entries: &[ReportTimes], left_out: usize) -> Order {
    let mut last: HashMap<u64, u32> = HashMap::new();
    let mut order = Order {
        left_out,
        ..Order::default()
    };
    for (place, entry) in (0..).zip(entries) {
        let earlier: HashSet<u32> = entry
            .touched
            .iter()
            .filter_map(|case| last.insert(*case, place))
            .filter(|before| *before != place)
            .collect();
        order.reports.push(entry.index);
        order.started.push(entry.started);
        order.followers.push(Vec::new());
        order
            .waits
            .push(u32::try_from(earlier.len()).unwrap_or(u32::MAX));
        for before in earlier {
            if let Some(followers) = order.followers.get_mut(before as usize) {
                followers.push(place);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: usize, started: &str, touched: &[u64]) -> ReportTimes {
        ReportTimes {
            index,
            started: started.parse().ok(),
            touched: touched.to_vec(),
        }
    }

    #[test]
    fn a_report_waits_only_for_the_last_one_before_it_that_touches_its_cases() {
        let order = order(
            &[
                entry(7, "2024-01-01T00:00:00Z", &[1, 2]),
                entry(5, "2024-01-02T00:00:00Z", &[3]),
                entry(6, "2024-01-03T00:00:00Z", &[2]),
            ],
            0,
        );
        assert_eq!(order.reports, [7, 5, 6]);
        assert_eq!(order.waits, [0, 0, 1]);
        assert_eq!(order.followers, [vec![2], vec![], vec![]]);
    }

    #[test]
    fn a_date_as_an_end_counts_to_its_end() {
        let args = EachArgs {
            each: true,
            since: since("2024-01-02T00:00:00Z").ok(),
            until: until("2024-01-03T12:00:00Z").ok(),
        };
        let wants = |text: &str| args.wants(text.parse().ok());
        assert_eq!(
            [
                wants("2024-01-01T23:59:59Z"),
                wants("2024-01-02T00:00:00Z"),
                wants("2024-01-04T00:00:00Z")
            ],
            [false, true, false]
        );
        assert!(!args.wants(None));
        assert_eq!(until("2024-01-03").unwrap(), since("2024-01-04").unwrap());
    }
}
