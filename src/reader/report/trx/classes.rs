//! The names of classes, each kept once, without what it has in common with the one before.

use crate::report::text::floor_char_boundary;

/// How many names stand together: the first of them is whole.
const PIECE: usize = 16;

/// Names by their number, from 0 on.
#[derive(Debug, Default)]
pub(super) struct Classes {
    pieces: Vec<Piece>,
    len: usize,
    last: String,
}

/// Some names: how much each has in common with the one before, and what follows, one behind the other.
#[derive(Debug, Default)]
struct Piece {
    len: usize,
    common: [u8; PIECE],
    ends: [u32; PIECE],
    text: String,
}

impl Piece {
    /// Takes a name, of which so much is that of the one before.
    fn push(&mut self, name: &str, common: u8) {
        let own = name.get(usize::from(common)..).unwrap_or_default();
        self.text.reserve_exact(own.len());
        self.text.push_str(own);
        let places = self
            .common
            .get_mut(self.len)
            .zip(self.ends.get_mut(self.len));
        if let (Some((place, end)), Ok(here)) = (places, u32::try_from(self.text.len())) {
            (*place, *end) = (common, here);
            self.len += 1;
        }
    }

    /// Returns the names up to one: how much each has in common with the one before, and what follows.
    fn names(&self, last: usize) -> impl Iterator<Item = (u8, &str)> {
        let places = self
            .common
            .iter()
            .zip(&self.ends)
            .take(self.len.min(last + 1));
        places.scan(0, |begin, (common, end)| {
            let begin = std::mem::replace(begin, *end as usize);
            Some((*common, self.text.get(begin..*end as usize)?))
        })
    }
}

impl Classes {
    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the name that was taken last.
    pub(super) fn last(&self) -> Option<&str> {
        (self.len > 0).then_some(&self.last)
    }

    /// Takes a name: its number is how many there were before it.
    pub(super) fn push(&mut self, name: &str) {
        if self.len.is_multiple_of(PIECE) {
            self.last.clear();
            self.pieces.push(Piece::default());
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(name, common(&self.last, name));
        }
        name.clone_into(&mut self.last);
        self.len += 1;
    }

    /// Puts the name of a number into a text, in place of what stands there; tells whether there is one.
    pub(super) fn get(&self, number: usize, name: &mut String) -> bool {
        name.clear();
        let Some(piece) = self
            .pieces
            .get(number / PIECE)
            .filter(|_| number < self.len)
        else {
            return false;
        };
        for (common, own) in piece.names(number % PIECE) {
            name.truncate(usize::from(common));
            name.push_str(own);
        }
        true
    }
}

/// Returns how many bytes two names have in common at their beginning.
fn common(one: &str, other: &str) -> u8 {
    let same = one.bytes().zip(other.bytes()).take(usize::from(u8::MAX));
    let same = same.take_while(|(one, other)| one == other).count();
    u8::try_from(floor_char_boundary(other, same)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Classes, PIECE, Piece};

    #[test]
    fn every_name_has_the_number_of_those_before_it() {
        let mut classes = Classes::default();
        let mut found = String::from("old");
        assert!(!classes.get(0, &mut found));
        assert_eq!((classes.len(), classes.last()), (0, None));
        let name = |number: usize| match number % 11 {
            5 => "x".repeat(100_000),
            6 => String::from("Shop.Grö"),
            7 => String::from("Shop.Grö\u{df}e"),
            8 => String::from("Shop.Gr\u{f5}"),
            _ => format!("Shop.Größe{number}Tests"),
        };
        for number in 0..5 * PIECE + 7 {
            classes.push(&name(number));
            assert_eq!(classes.last(), Some(&*name(number)));
            assert_eq!(classes.len(), number + 1);
        }
        for number in 0..classes.len() {
            assert!(classes.get(number, &mut found));
            assert_eq!(found, name(number), "{number}");
        }
        assert!(!classes.get(classes.len(), &mut found));
    }

    #[test]
    fn fifty_thousand_classes_take_hardly_more_than_a_megabyte() {
        let mut classes = Classes::default();
        let name = |number| format!("Com.Example.Shop.Area{}.Feature{number}Tests", number / 100);
        (0..50_000).for_each(|number| classes.push(&name(number)));
        let of = |piece: &Piece| piece.text.capacity() + size_of::<Piece>();
        let bytes: usize = classes.pieces.iter().map(of).sum();
        assert!(bytes < 1_250_000, "{bytes}");
    }
}
