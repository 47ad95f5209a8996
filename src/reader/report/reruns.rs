//! Which reports are of one run: a report in a folder such as `rerun` holds tests of the one beside that folder which ran again; so does
//! a second TRX with the id of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Source;
use super::attempts::Run;
use super::xml::{Node, Xml};

/// What folders are called that hold what ran again.
const NAMES: [&str; 6] = ["rerun", "reruns", "retry", "retries", "attempt", "attempts"];
/// How many pieces of a TRX are looked at for its beginning.
const PIECES: usize = 64;

/// Joins the reports of each run.
pub(super) fn join(sources: &mut [Source]) {
    let mut groups = by_run_id(sources);
    groups.extend(by_name(sources));
    for group in groups {
        let members = group.iter().filter_map(|(index, round)| {
            let source = sources.get(*index)?;
            source.run().is_none().then(|| (source.clone(), *round))
        });
        let members: Vec<(Source, usize)> = members.collect();
        if members.len() != group.len() {
            continue;
        }
        let run = Arc::new(Run::of(members));
        for (place, (index, _)) in group.iter().enumerate() {
            if let Some(source) = sources.get_mut(*index) {
                source.belongs(Arc::clone(&run), place);
            }
        }
    }
}

/// The reports of a run, in the order in which they were written: which, and the how manieth round of tests it holds.
type Group = Vec<(usize, usize)>;

/// Finds TRX files of one run.
fn by_run_id(sources: &[Source]) -> Vec<Group> {
    let is_trx = |source: &&Source| source.display().to_ascii_lowercase().ends_with(".trx");
    if sources.iter().filter(is_trx).count() < 2 {
        return Vec::new();
    }
    let mut runs: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (index, source) in sources
        .iter()
        .enumerate()
        .filter(|(_, source)| is_trx(source))
    {
        if let Some((id, started)) = beginning(source) {
            runs.entry(id).or_default().push((started, index));
        }
    }
    let groups = runs.into_values().filter(|run| run.len() > 1);
    groups
        .map(|mut run| {
            run.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
            let places = run.into_iter().enumerate();
            places.map(|(round, (_, index))| (index, round)).collect()
        })
        .collect()
}

/// Returns the id of the run that a TRX is of, and when it began.
fn beginning(source: &Source) -> Option<(String, String)> {
    let mut xml = Xml::new(source.open().ok()?).ok()?;
    let mut id = None;
    for _ in 0..PIECES {
        if let Node::Open(tag) = xml.next().ok()? {
            match tag.name() {
                "TestRun" => id = tag.text("id").filter(|id| !id.trim().is_empty()),
                "Times" => return Some((id?, tag.text("start").unwrap_or_default())),
                "Results" | "TestDefinitions" => break,
                _ => {}
            }
        }
    }
    Some((id?, String::new()))
}

/// Finds reports whose folder says that they hold what ran again.
fn by_name(sources: &[Source]) -> Vec<Group> {
    let mut bases: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut again: Vec<(Again, usize)> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let path = source.display().replace('\\', "/");
        if let Some(name) = Again::of(&path) {
            again.push((name, index));
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder.to_owned()).or_default().push(index);
        bases.entry(path).or_default().push(index);
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    // `attempt-1/a.xml` and `attempt-2/a.xml`: nothing stands outside of such folders.
    let mut without_base: BTreeMap<String, Group> = BTreeMap::new();
    for (name, index) in again {
        let alone = || folders.get(&name.folder).filter(|all| all.len() == 1);
        let base = bases.get(&name.base).or_else(alone);
        if let Some(base) = base.and_then(|base| base.first()) {
            let own = if name.is_before { usize::MAX } else { 0 };
            let group = groups.entry(*base).or_insert_with(|| vec![(*base, own)]);
            group.push((index, name.round));
        } else {
            let group = without_base.entry(name.base).or_default();
            group.push((index, name.round));
        }
    }
    let groups = groups.into_values().chain(without_base.into_values());
    groups
        .filter(|group| group.len() > 1)
        .map(|mut group| {
            group.sort_by_key(|(index, round)| (*round, *index));
            group
        })
        .collect()
}

/// A report of tests that ran again.
#[derive(Debug, PartialEq, Eq)]
struct Again {
    /// The path of the report that holds their first tries.
    base: String,
    /// The folder of that report.
    folder: String,
    round: usize,
    /// Whether the report beside the folder holds the last tries, and those in the folder came before.
    is_before: bool,
}

impl Again {
    fn of(path: &str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folders: Vec<&str> = folder.split('/').collect();
        let at = folders.iter().rposition(|folder| round(folder).is_some())?;
        // `Retries/x7Yz/1/a.trx`: Microsoft's test platform leaves the last try outside of the folder.
        let before = match folders.get(at..) {
            Some([name, _, number]) if name.eq_ignore_ascii_case("retries") => number.parse().ok(),
            _ => None,
        };
        let round = match before {
            Some(number) => {
                folders.truncate(at);
                number
            }
            None => round(folders.remove(at))?,
        };
        let folder = folders.join("/");
        let base = if folder.is_empty() {
            file.to_owned()
        } else {
            format!("{folder}/{file}")
        };
        Some(Self {
            base,
            folder,
            round,
            is_before: before.is_some(),
        })
    }
}

/// Returns the how manieth round a name such as `rerun`, `retry-2` or `attempt_3` stands for.
fn round(name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.get(word.len()..).filter(|number| !number.is_empty());
    let word = word.trim_end_matches(['-', '_', '.']);
    let known = NAMES.contains(&word) || NAMES.contains(&word.replace("re-", "re").as_str());
    let number = number.map_or(Some(1), |number| number.parse().ok())?;
    known.then(|| usize::max(number, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_ran_again() {
        let again = |path: &str| Again::of(path).map(|again| (again.base, again.round));
        let base = |base: &str, round| Some((base.to_owned(), round));
        assert_eq!(again("out/rerun/TEST-a.xml"), base("out/TEST-a.xml", 1));
        assert_eq!(again("rerun-2/a.xml"), base("a.xml", 2));
        assert_eq!(again("out/Retries/x7Yz/2/a.trx"), base("out/a.trx", 2));
        assert_eq!(again("out/retries/deep/a.xml"), base("out/deep/a.xml", 1));
        // A file's own name may speak of what is tested.
        assert_eq!(again("out/junit-rerun.xml"), None);
        assert_eq!(again("out/re-run/a.xml"), base("out/a.xml", 1));
        assert_eq!(again("out/TEST-a.xml"), None);
        assert_eq!(again("out/TEST-RetryTest.xml"), None);
        assert_eq!(again("retry.xml"), None);
        assert_eq!(again("entry/a.xml"), None);
    }
}
