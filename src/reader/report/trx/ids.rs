//! Which class each test is of, in five bytes a test.

use std::collections::HashMap;

use crate::report::numbers::{BITS, Numbers};

/// How many bits the number of a class has.
const CLASS: u32 = 20;
/// How many tests are remembered by their whole id.
const OTHERS: usize = 100_000;

/// The classes of tests by the tests' ids.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// The first bits of a hash of each id, with the class.
    tests: Numbers,
    /// The tests whose hash begins as that of one before does, which is of another class.
    others: HashMap<u128, u32>,
    len: usize,
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes the class of a test. One beyond what fits is left out; of several classes of one test the last counts.
    pub(super) fn insert(&mut self, test: u128, class: u32) {
        if class >> CLASS > 0 {
            return;
        }
        let entry = begin(test) | u64::from(class);
        match self.tests.find(entry, CLASS) {
            None => {
                self.tests.insert(entry);
                self.len += 1;
            }
            Some(found) if found == entry => {
                self.others.remove(&test);
            }
            Some(_) if self.others.len() < OTHERS => {
                self.others.insert(test, class);
            }
            Some(_) => {}
        }
    }

    /// Returns the class of a test.
    pub(super) fn get(&self, test: u128) -> Option<u32> {
        if let Some(class) = self.others.get(&test) {
            return Some(*class);
        }
        let begin = begin(test);
        let class = self.tests.find(begin, CLASS)? - begin;
        u32::try_from(class).ok()
    }
}

/// Returns what the entry of a test begins with.
fn begin(test: u128) -> u64 {
    const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    let mixed = (test ^ test >> 67).wrapping_mul(FACTOR);
    let mixed = (mixed ^ mixed >> 71).wrapping_mul(FACTOR);
    let hash = (mixed >> 64) as u64;
    hash >> (64 - BITS + CLASS) << CLASS
}

#[cfg(test)]
mod tests {
    use super::{CLASS, Ids, begin};

    #[test]
    fn every_test_has_its_own_class_and_others_have_none() {
        let mut ids = Ids::default();
        let number = |index: u32| u128::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ids.insert(number(2), 700);
        for index in (0..60_000).rev() {
            ids.insert(number(index), index % 777);
        }
        ids.insert(u128::MAX, (1 << CLASS) - 1);
        ids.insert(number(60_001), 1 << CLASS);
        ids.insert(number(1), 3);
        for index in (0..60_000).filter(|index| *index != 1) {
            assert_eq!(ids.get(number(index)), Some(index % 777), "{index}");
        }
        assert_eq!(ids.get(number(1)), Some(3));
        ids.insert(number(1), 1);
        assert_eq!(ids.get(number(1)), Some(1));
        assert_eq!(ids.get(u128::MAX), Some((1 << CLASS) - 1));
        let strangers = (60_000..80_000).filter(|index| ids.get(number(*index)).is_some());
        assert!(strangers.count() < 30);
        assert_eq!(Ids::default().get(7), None);
    }

    #[test]
    fn two_tests_whose_hashes_begin_alike_have_each_its_own_class() {
        let mut ids = Ids::default();
        let mut seen = std::collections::HashMap::new();
        let twins = (0..).find_map(|test: u128| Some((seen.insert(begin(test), test)?, test)));
        let (one, other) = twins.unwrap();
        ids.insert(one, 1);
        ids.insert(other, 2);
        assert_eq!((ids.get(one), ids.get(other)), (Some(1), Some(2)));
    }
}
