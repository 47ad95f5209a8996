//! Rows of a parametrized test: tests of one class whose names differ only in the values at the end.

use std::collections::HashMap;

use super::reported_tests::ReportedTests;
use crate::mapping::suggest::Suggestion;

/// Returns for each proposed test the other rows for which nothing else was found: what it is mapped to, they are too.
///
/// A certain pair is left alone: its case names the values of its row. So is one whose case has them in its title.
pub(super) fn of_pairs(
    seen: &ReportedTests,
    pairs: &[Suggestion],
    title: impl Fn(usize) -> String,
) -> HashMap<usize, Vec<usize>> {
    let mut groups: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (index, test) in seen.tests.iter().enumerate() {
        let is_mapped = test.found.iter().any(|found| !found.cases.is_empty());
        if let Some((base, _)) = split(&test.name).filter(|_| !is_mapped) {
            groups.entry((&test.class, base)).or_default().push(index);
        }
    }
    let proposed = |index: &usize| pairs.iter().any(|pair| pair.test == *index);
    let mut rows = HashMap::new();
    for pair in pairs.iter().filter(|pair| !pair.certain) {
        let Some(test) = seen.tests.get(pair.test) else {
            continue;
        };
        let Some((base, values)) = split(&test.name) else {
            continue;
        };
        let others = groups
            .get(&(test.class.as_str(), base))
            .into_iter()
            .flatten();
        let others: Vec<usize> = others.filter(|row| **row != pair.test).copied().collect();
        let is_of_one_row = others.iter().any(proposed) || names(&title(pair.case), values);
        if !others.is_empty() && !is_of_one_row {
            rows.insert(pair.test, others);
        }
    }
    rows
}

/// Splits a name into that of the test and the values of its row: `pays[visa]`, `pays(String)[1]`, `Pays("visa")`.
fn split(name: &str) -> Option<(&str, &str)> {
    let (open, close) = match name.chars().last()? {
        ']' => ('[', ']'),
        ')' => ('(', ')'),
        _ => return None,
    };
    let (base, values) = name.strip_suffix(close)?.split_once(open)?;
    (!base.trim().is_empty()).then_some((base, values))
}

/// Returns whether a title has one of the values as a word.
fn names(title: &str, values: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let title = words(title);
    words(values).iter().any(|value| title.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_row_are_what_stands_in_the_last_brackets() {
        assert_eq!(split("pays[visa-1]"), Some(("pays", "visa-1")));
        assert_eq!(split("pays(String)[1]"), Some(("pays(String)", "1")));
        assert_eq!(
            split("Pays(\"visa\", [1])"),
            Some(("Pays", "\"visa\", [1]"))
        );
        assert_eq!(split("pays[a[0]]"), Some(("pays", "a[0]")));
        for no in ["pays", "[1] visa", "[visa]", "pays[visa] twice", ""] {
            assert_eq!(split(no), None, "{no}");
        }
    }

    #[test]
    fn a_title_that_has_a_value_belongs_to_that_row() {
        assert!(names("Order is paid by Visa card", "visa-12"));
        assert!(!names("Order is paid by card", "visa-12"));
    }
}
