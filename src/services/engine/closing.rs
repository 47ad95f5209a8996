//! What a call closes that hands nothing in.

use std::collections::BTreeMap;

use crate::plan::{Mark, Part, TargetKey};
use crate::services::ServiceError;

/// Returns the runs of the build's one open submission, whatever its job, the oldest first; where none is open, of one that was: it may
/// be closed already. Several runs of one job are rivals, and an ended one counts. Nothing where there is none.
///
/// # Errors
///
/// When several jobs have an open one.
pub fn to_close<R>(
    ours: &TargetKey,
    all: impl IntoIterator<Item = (Mark, R)>,
    (number, has_ended): (impl Fn(&R) -> u64, impl Fn(&R) -> bool),
) -> Result<Vec<R>, ServiceError> {
    let mut jobs: BTreeMap<TargetKey, Vec<R>> = BTreeMap::new();
    for (mark, run) in all {
        if mark.item.is_none() && mark.part != Part::Whole && mark.key.is_of_same_run(ours) {
            jobs.entry(mark.key).or_default().push(run);
        }
    }
    if let Some(own) = jobs.remove(ours) {
        jobs = BTreeMap::from([(ours.clone(), own)]);
    }
    let is_open = |runs: &Vec<R>| !runs.iter().any(&has_ended);
    if jobs.values().any(is_open) {
        jobs.retain(|_, runs| is_open(runs));
        if jobs.len() > 1 {
            let open = jobs.iter();
            let open = open.filter_map(|(key, runs)| Some((runs.iter().map(&number).min()?, key)));
            let mut open: Vec<(u64, &TargetKey)> = open.collect();
            open.sort_unstable();
            let named = open.iter();
            let named = named.map(|(run, key)| format!("run {run} (`--key {}`)", key.build));
            let named = named.collect::<Vec<_>>().join(", ");
            return Err(ServiceError::conflict(format!(
                "the build has several open runs: {named}; nothing was written"
            ))
            .hint("name the one to close by its key"));
        }
    }
    let mut runs = jobs.into_values().next().unwrap_or_default();
    runs.sort_by_key(number);
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Attempt, BuildKey, Identity};

    fn mark(run: &str, job: &str, part: Part) -> Mark {
        let build = BuildKey::of_run(run, job);
        Identity::new(build, part, Attempt::Untold, &[]).mark(&["1"])
    }

    type Row<'r> = (&'r [(Mark, (u64, bool))], Option<&'r [u64]>);

    #[test]
    fn the_one_open_run_of_a_build_is_found_in_whatever_job() {
        let ours = mark("7", "complete", Part::Open).key;
        let of = |job| mark("7", job, Part::Open);
        // The runs: each with its mark, its number and whether it has ended; and those that are to be closed.
        let shard = Part::Shard { index: 1, count: 2 };
        let table: [Row<'_>; 8] = [
            (&[], Some(&[])),
            (&[(of("a"), (1, false))], Some(&[1])),
            (&[(of("a"), (1, true))], Some(&[1])),
            (&[(mark("7", "a", shard), (1, false))], Some(&[1])),
            (
                &[
                    (mark("7", "a", Part::Whole), (1, false)),
                    (mark("8", "a", Part::Open), (2, false)),
                ],
                Some(&[]),
            ),
            (&[(of("a"), (1, true)), (of("b"), (2, false))], Some(&[2])),
            (
                &[(of("a"), (2, false)), (of("a"), (1, false))],
                Some(&[1, 2]),
            ),
            (&[(of("a"), (1, false)), (of("b"), (2, false))], None),
        ];
        for (runs, wanted) in table {
            let of_run = (|run: &(u64, bool)| run.0, |run: &(u64, bool)| run.1);
            let found = to_close(&ours, runs.iter().cloned(), of_run);
            let numbers = found.map(|runs| runs.iter().map(|run| run.0).collect::<Vec<_>>());
            assert_eq!(numbers.ok().as_deref(), wanted, "{runs:?}");
        }
        let own = mark("7", "complete", Part::Open);
        let runs = [(of("a"), (1, false)), (own, (2, true))];
        let found = to_close(
            &ours,
            runs,
            (|run: &(u64, bool)| run.0, |run: &(u64, bool)| run.1),
        );
        assert_eq!(found.unwrap(), [(2, true)]);
    }
}
