//! Keys that tests of several reports have, where the reports are handed in together.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::attempts::{Plain, WATCHED, is_row, number, shared};
use super::{Source, Summary, Warning, look};
use crate::model::KnownClass;

/// The keys of the reports that were read.
#[derive(Debug, Default)]
pub struct Keys {
    /// Which report was the first with each key; none where that was told already.
    first: HashMap<u64, Option<usize>, BuildHasherDefault<Plain>>,
}

impl Keys {
    /// Compares a report with those before it, and warns of keys that tests of these have, too. Each key is told of once.
    pub fn compare(&mut self, sources: &[Source], index: usize, summary: &mut Summary) {
        let own = std::mem::take(&mut summary.keys);
        if sources.len() < 2 {
            return;
        }
        let mut known = HashMap::new();
        for key in own.iter() {
            if let Some(first) = self.first.get_mut(&key) {
                known.extend(first.take().map(|first| (key, first)));
            } else if self.first.len() < WATCHED {
                self.first.insert(key, Some(index));
            }
        }
        if !known.is_empty() {
            let source = |index: usize| sources.get(index);
            summary.warnings.extend(warning(source, index, &known));
        }
    }
}

/// Returns a warning about the keys that a report shares with others: the first of them and both its places.
fn warning<'s>(
    source: impl Fn(usize) -> Option<&'s Source>,
    index: usize,
    known: &HashMap<u64, usize>,
) -> Option<Warning> {
    let (number, line, key) = first(source(index)?, &|number| known.contains_key(&number))?;
    let other = source(*known.get(&number)?)?;
    let place = match first(other, &|it| it == number) {
        Some((_, line, _)) if line > 0 => format!("{}:{line}", other.display()),
        Some(_) | None => other.display().to_owned(),
    };
    Some(Warning {
        line: Some(line).filter(|line| *line > 0),
        message: shared(
            &key,
            known.len(),
            &format!("tests in several reports, `{place}` too"),
        ),
    })
}

/// Finds the first test of a report whose key is wanted; returns the number of the key, the line and the key.
fn first(source: &Source, is_wanted: &dyn Fn(u64) -> bool) -> Option<(u64, u64, String)> {
    let (mut class, mut found) = (KnownClass::default(), None);
    let read = look(source, &mut |case| {
        if found.is_none() && !is_row(case) {
            let number = number(case, &mut class);
            found = is_wanted(number).then(|| (number, case.line, case.key().to_string()));
        }
    });
    read.ok().and(found)
}
