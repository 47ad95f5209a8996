//! What elements that stand inside each other say of themselves, for a reader that comes to what they hold before.

use std::borrow::Cow;

use super::{Json, Next, Walker, Wanted};
use crate::report::Source;

/// How many bytes of them are kept at a time, roughly.
const KEPT: usize = 2 * 1024 * 1024;

static HEAD: Wanted = Wanted::ALL;

/// What the elements of a document say of themselves. It is read once more for that, and again for those that are not kept at a time.
#[derive(Debug)]
pub(in crate::report) struct Heads {
    source: Source,
    lists: &'static [&'static str],
    head: &'static [&'static str],
    /// The number of the first that is kept.
    first: usize,
    kept: Vec<Json>,
}

impl Heads {
    pub(in crate::report) fn new(
        source: &Source,
        lists: &'static [&'static str],
        head: &'static [&'static str],
    ) -> Self {
        Self {
            source: source.clone(),
            lists,
            head,
            first: 0,
            kept: Vec::new(),
        }
    }

    /// Takes what an element says, by how many began before it.
    pub(in crate::report) fn take(&mut self, number: usize) -> Json {
        let place = number.checked_sub(self.first);
        if place.is_none_or(|place| place >= self.kept.len()) {
            self.collect(number);
        }
        let place = number.saturating_sub(self.first);
        self.kept
            .get_mut(place)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Reads the document for the elements from a number on.
    fn collect(&mut self, first: usize) {
        let mut reader = Reader {
            lists: self.lists,
            head: self.head,
            first,
            begun: 0,
            open: Vec::new(),
            found: Vec::new(),
            size: 0,
        };
        super::look(&self.source, |text| drop(text.walk(&mut reader)));
        self.first = first;
        self.kept = reader.found;
    }
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    List,
    Element,
}

struct Reader {
    lists: &'static [&'static str],
    head: &'static [&'static str],
    first: usize,
    begun: usize,
    /// The places of the open elements among those that are found; nothing for one that is not kept.
    open: Vec<Option<usize>>,
    found: Vec<Json>,
    size: usize,
}

impl Walker for Reader {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match at {
            Place::Root | Place::Element if self.lists.contains(&name) => Next::Enter(Place::List),
            Place::Element if self.head.contains(&name) => Next::Take(&HEAD),
            Place::Root | Place::Element | Place::List => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, _: u64) -> Next<Place> {
        if !matches!(at, Place::List) {
            return Next::Pass;
        }
        let is_kept = self.begun >= self.first && self.size < KEPT;
        self.open.push(is_kept.then_some(self.found.len()));
        if is_kept {
            self.found.push(Json::Map(Vec::new()));
            self.size += size_of::<Json>();
        }
        self.begun += 1;
        Next::Enter(Place::Element)
    }

    fn take(&mut self, _: Place, name: &str, value: Json) {
        let place = self.open.last().copied().flatten();
        let element = place.and_then(|place| self.found.get_mut(place));
        let name = self.head.iter().find(|known| **known == name);
        if let (Some(Json::Map(members)), Some(name)) = (element, name) {
            self.size += value.size() + size_of::<(Cow<'static, str>, Json)>();
            members.push(((*name).into(), value));
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::Element) {
            self.open.pop();
        }
    }
}
