//! Elements whose own members stand behind their children: `{"elements": [...], "name": ...}`.
//!
//! The children wait, bounded in size, until the element says who it is. Where they are too many, the document is read once more
//! for what its large elements say of themselves.

use std::collections::HashMap;
use std::mem::take;

use super::{Json, Next, Walker, Wanted};
use crate::report::Source;

/// How large the children that wait may be together, roughly in bytes.
const MOST: usize = 2 * 1024 * 1024;
/// From how many children on an element is looked up; fewer never wait in vain.
const MANY: usize = 300;

/// Which elements of a document have children, and what they say of themselves.
#[derive(Debug)]
pub(in crate::report) struct Shape {
    /// The member of the document that lists the elements; empty where the document is the list.
    pub(in crate::report) list: &'static str,
    /// The members of an element that list its children.
    pub(in crate::report) children: &'static [&'static str],
    /// The members by which an element is known: once they are there, nobody waits.
    pub(in crate::report) known_by: &'static [&'static str],
    /// All members that say something of an element.
    pub(in crate::report) head: &'static [&'static str],
}

static HEAD: Wanted = Wanted::ALL;

/// The element that is being read.
#[derive(Debug)]
pub(in crate::report) struct Waiting {
    shape: &'static Shape,
    source: Source,
    /// How many elements came before.
    index: usize,
    head: Vec<(std::borrow::Cow<'static, str>, Json)>,
    is_known: bool,
    held: Vec<(u64, Json)>,
    size: usize,
    heads: Option<HashMap<usize, Json>>,
}

impl Waiting {
    pub(in crate::report) fn new(shape: &'static Shape, source: &Source) -> Self {
        Self {
            shape,
            source: source.clone(),
            index: 0,
            head: Vec::new(),
            is_known: false,
            held: Vec::new(),
            size: 0,
            heads: None,
        }
    }

    /// Takes a member of the element.
    pub(in crate::report) fn say(&mut self, name: &str, value: Json) {
        if let Some(name) = self.shape.head.iter().find(|known| **known == name)
            && !self.head.iter().any(|(known, _)| known == name)
        {
            self.head.push(((*name).into(), value));
        }
        let has = |name: &&str| self.head.iter().any(|(known, _)| known == name);
        self.is_known |= self.shape.known_by.iter().all(has);
    }

    /// Takes a child; returns those that need not wait any longer, with what is known of their element.
    pub(in crate::report) fn child(
        &mut self,
        line: u64,
        child: Json,
    ) -> Option<(Json, Vec<(u64, Json)>)> {
        if self.is_known {
            return Some((self.head(), vec![(line, child)]));
        }
        self.size += child.size();
        self.held.push((line, child));
        if self.size <= MOST && self.held.len() <= MANY {
            return None;
        }
        let heads = self
            .heads
            .get_or_insert_with(|| collect(&self.source, self.shape));
        if let Some(Json::Map(head)) = heads.remove(&self.index) {
            self.head = head;
        }
        self.is_known = true;
        self.size = 0;
        Some((self.head(), take(&mut self.held)))
    }

    /// Takes the end of the element; returns it, with the children that still wait.
    pub(in crate::report) fn end(&mut self) -> (Json, Vec<(u64, Json)>) {
        self.index += 1;
        self.is_known = false;
        self.size = 0;
        (Json::Map(take(&mut self.head)), take(&mut self.held))
    }

    fn head(&self) -> Json {
        Json::Map(self.head.clone())
    }
}

/// Reads a document for what its large elements say of themselves.
fn collect(source: &Source, shape: &'static Shape) -> HashMap<usize, Json> {
    let mut heads = Heads {
        shape,
        found: HashMap::new(),
        index: 0,
        children: 0,
        head: Vec::new(),
    };
    super::look(source, |text| drop(text.walk(&mut heads)));
    heads.found
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    Root,
    List,
    Element,
    Children,
}

struct Heads {
    shape: &'static Shape,
    found: HashMap<usize, Json>,
    index: usize,
    children: usize,
    head: Vec<(std::borrow::Cow<'static, str>, Json)>,
}

impl Walker for Heads {
    type Place = Place;

    fn member(&mut self, at: Place, name: &str) -> Next<Place> {
        match at {
            Place::Root if name == self.shape.list => Next::Enter(Place::List),
            Place::Element if self.shape.children.contains(&name) => Next::Enter(Place::Children),
            Place::Element if self.shape.head.contains(&name) => Next::Take(&HEAD),
            Place::Root | Place::Element | Place::List | Place::Children => Next::Pass,
        }
    }

    fn element(&mut self, at: Place, _: u64) -> Next<Place> {
        match at {
            Place::Root | Place::List => Next::Enter(Place::Element),
            Place::Children => {
                self.children += 1;
                Next::Pass
            }
            Place::Element => Next::Pass,
        }
    }

    fn take(&mut self, _: Place, name: &str, value: Json) {
        if let Some(name) = self.shape.head.iter().find(|known| **known == name) {
            self.head.push(((*name).into(), value));
        }
    }

    fn leave(&mut self, at: Place) {
        if matches!(at, Place::Element) {
            let head = take(&mut self.head);
            if take(&mut self.children) > MANY / 2 {
                self.found.insert(self.index, Json::Map(head));
            }
            self.index += 1;
        }
    }
}
