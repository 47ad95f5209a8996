//! Which reports are of one run of Katalon Studio: each run adds a folder to `Reports`, a collection one for each of its suites.

use std::collections::HashMap;
use std::io::Read as _;

use super::{LOG, REPORT};
use crate::report::Source;

/// The file that names a run; that of all suites of a collection is the same.
const NAME: &str = "execution.uuid";
/// Longer than this no name is.
const LONGEST: u64 = 256;

/// Reports that belong together.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The reports.
    pub sources: Vec<Source>,
    /// Whether they are one run of Katalon Studio: such a one is the same in whatever build it is handed in.
    pub is_studio_run: bool,
}

/// Puts the reports of each run of Katalon Studio together, and all others.
pub fn bundles(sources: &[Source]) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut places: HashMap<Option<String>, usize> = HashMap::new();
    for source in sources {
        let is_studio_run = source.is_named(REPORT) || source.is_named(LOG);
        // A run without a name is told from others by its report.
        let name =
            is_studio_run.then(|| name(source).unwrap_or_else(|| source.display().to_owned()));
        let place = *places.entry(name).or_insert_with(|| {
            bundles.push(Bundle {
                sources: Vec::new(),
                is_studio_run,
            });
            bundles.len() - 1
        });
        if let Some(bundle) = bundles.get_mut(place) {
            bundle.sources.push(source.clone());
        }
    }
    bundles
}

fn name(source: &Source) -> Option<String> {
    let mut text = String::new();
    let file = source.beside().open(NAME).ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
