//! Many numbers in little room.

/// How many bits a number has.
pub(super) const BITS: u32 = 50;
/// How many of them are kept; those before say which bucket it is in.
const KEPT: u32 = 40;
/// How many buckets there are.
const BUCKETS: usize = 1 << (BITS - KEPT);
/// How many numbers stand together: what grows by pieces is never copied, and leaves no holes.
const PIECE: usize = 256;
/// By how many a piece grows.
const STEP: usize = 32;

/// Numbers of fifty bits, in hardly more than five bytes each.
///
/// A number is one of these where it is below 2⁵⁰, such as the first bits of a hash.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Numbers {
    /// Those that begin alike, in pieces that each are in order.
    buckets: Vec<Vec<Vec<Kept>>>,
}

type Kept = [u8; KEPT as usize / 8];

impl Numbers {
    /// Takes a number.
    pub(super) fn insert(&mut self, number: u64) {
        self.buckets.resize_with(BUCKETS, Vec::new);
        let (bucket, kept) = place(number);
        let Some(bucket) = self.buckets.get_mut(bucket) else {
            return;
        };
        if bucket.last().is_none_or(|piece| piece.len() == PIECE) {
            bucket.push(Vec::new());
        }
        if let Some(piece) = bucket.last_mut() {
            if piece.len() == piece.capacity() {
                piece.reserve_exact(STEP);
            }
            let at = piece.partition_point(|other| *other < kept);
            piece.insert(at, kept);
        }
    }

    /// Returns a number that begins as this one does, and differs from it in no more than so many bits at its end.
    pub(super) fn find(&self, number: u64, open: u32) -> Option<u64> {
        let low = number >> open << open;
        let high = low | ((1 << open) - 1);
        let ((bucket, least), (_, most)) = (place(low), place(high));
        let found = self.buckets.get(bucket)?.iter().find_map(|piece| {
            let at = piece.partition_point(|kept| *kept < least);
            piece.get(at).filter(|kept| **kept <= most)
        });
        found.map(|kept| whole(bucket, *kept))
    }

    /// Returns all of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        let buckets = self.buckets.iter().enumerate();
        buckets.flat_map(|(bucket, pieces)| {
            pieces
                .iter()
                .flatten()
                .map(move |kept| whole(bucket, *kept))
        })
    }
}

/// Returns the bucket of a number, and what is kept of it.
fn place(number: u64) -> (usize, Kept) {
    let [_, _, _, kept @ ..] = number.to_be_bytes();
    ((number >> KEPT) as usize & (BUCKETS - 1), kept)
}

/// Returns the number that is kept in a bucket.
fn whole(bucket: usize, kept: Kept) -> u64 {
    let kept = kept.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (bucket as u64) << KEPT | kept
}

#[cfg(test)]
mod tests {
    use super::{BITS, Numbers};

    #[test]
    fn a_number_is_found_and_one_that_begins_alike_too() {
        let number = |index: u64| index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (68 - BITS);
        let mut numbers = Numbers::default();
        assert_eq!(numbers.find(7, 20), None);
        for index in (0..40_000).rev() {
            numbers.insert(number(index));
        }
        let pieces = || numbers.buckets.iter().flatten();
        let bytes: usize = pieces().map(|piece| piece.capacity() * 5).sum();
        assert!(bytes < 220_000, "{bytes}");
        assert!(pieces().all(|piece| piece.is_sorted()));
        for index in 0..40_000 {
            assert_eq!(numbers.find(number(index), 0), Some(number(index)));
            let other = number(index) ^ 0b101;
            assert_eq!(numbers.find(other, 3), Some(number(index)), "{index}");
        }
        for index in 40_000..50_000 {
            assert_eq!(numbers.find(number(index), 0), None, "{index}");
        }
        let mut all: Vec<u64> = numbers.iter().collect();
        let mut expected: Vec<u64> = (0..40_000).map(number).collect();
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected);
    }
}
