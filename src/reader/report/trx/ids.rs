//! Which class each test is of, in eight bytes a test.

/// How many bits of a test's number are kept beside the bucket's.
const KEPT: u32 = 44;
/// How many classes there may be: their numbers take the rest.
const CLASSES: u32 = 1 << (u64::BITS - KEPT);

/// How many tests are kept together: what grows by pieces is never copied, and leaves no holes.
const PIECE: usize = 256;
/// By how many a piece grows.
const STEP: usize = 32;

/// The classes of tests by the tests' numbers: those of one bucket begin with the same eight bits.
#[derive(Debug, Default)]
pub(super) struct Ids {
    buckets: Vec<Vec<Vec<u64>>>,
    len: usize,
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes the class of a test. One beyond what fits is left out.
    pub(super) fn insert(&mut self, test: u64, class: u32) {
        if class >= CLASSES {
            return;
        }
        self.buckets.resize_with(256, Vec::new);
        let (bucket, begin) = place(test);
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            if bucket.last().is_none_or(|piece| piece.len() == PIECE) {
                bucket.push(Vec::new());
            }
            if let Some(piece) = bucket.last_mut() {
                if piece.len() == piece.capacity() {
                    piece.reserve_exact(STEP);
                }
                piece.push(begin | u64::from(class));
            }
            self.len += 1;
        }
    }

    /// Makes them ready to be looked up. Of several classes of one test the last counts.
    pub(super) fn sort(&mut self) {
        for bucket in &mut self.buckets {
            let mut entries = bucket.concat();
            entries.sort_by_key(|entry| entry / u64::from(CLASSES));
            for (piece, sorted) in bucket.iter_mut().zip(entries.chunks(PIECE)) {
                piece.copy_from_slice(sorted);
            }
        }
    }

    /// Returns the class of a test.
    pub(super) fn get(&self, test: u64) -> Option<u32> {
        let (bucket, begin) = place(test);
        let bucket = self.buckets.get(bucket)?;
        let is_before = |entry: &u64| *entry <= begin | u64::from(CLASSES - 1);
        let later = bucket.partition_point(|piece| piece.first().is_some_and(is_before));
        let piece = bucket.get(later.checked_sub(1)?)?;
        let last = piece.partition_point(is_before).checked_sub(1)?;
        let class = piece.get(last)?.checked_sub(begin)?;
        u32::try_from(class).ok().filter(|class| *class < CLASSES)
    }
}

/// Returns the bucket of a test, and what its entry begins with.
fn place(test: u64) -> (usize, u64) {
    let bucket = usize::from(test.to_be_bytes()[0]);
    (bucket, (test << 8 >> (64 - KEPT)) << (64 - KEPT))
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Ids};

    #[test]
    fn every_test_has_its_own_class_and_others_have_none() {
        let mut ids = Ids::default();
        let number = |index: u32| u64::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ids.insert(number(2), 700);
        for index in (0..300_000).rev() {
            ids.insert(number(index), index % 777);
        }
        ids.insert(u64::MAX, CLASSES - 1);
        ids.insert(number(300_001), CLASSES);
        ids.insert(number(1), 3);
        let entries: usize = ids.buckets.iter().flatten().map(Vec::capacity).sum();
        assert!(entries < 310_000, "{entries}");
        ids.sort();
        for index in (0..300_000).filter(|index| *index != 1) {
            assert_eq!(ids.get(number(index)), Some(index % 777), "{index}");
        }
        assert_eq!(ids.get(number(1)), Some(3));
        assert_eq!(ids.get(u64::MAX), Some(CLASSES - 1));
        for index in 300_000..320_000 {
            assert_eq!(ids.get(number(index)), None, "{index}");
        }
        assert_eq!(Ids::default().get(7), None);
    }
}
