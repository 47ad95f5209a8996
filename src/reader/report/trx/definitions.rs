//! What the tests are: `<TestDefinitions>`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;

use super::ids::Ids;
use crate::model::Property;
use crate::report::Source;
use crate::report::text::Text;
use crate::report::xml::{Node, Tag, Xml};

/// How many classes and tests are remembered; beyond, tests keep their full name.
const MOST: usize = 4_000_000;
/// How many bytes of properties and descriptions are remembered.
const PROPERTIES: usize = 4 * 1024 * 1024;

/// The classes of the tests of a document, each name kept once, and what else their definitions say.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    classes: Vec<String>,
    /// The class of each test, by a number for its id.
    tests: Ids,
    /// The properties of the tests that have any.
    properties: HashMap<u128, Described>,
    /// How much room is taken by properties.
    bytes: usize,
    rows: bool,
}

/// What a definition says beside the class.
#[derive(Debug, Default, Clone)]
struct Described {
    properties: Vec<Property>,
    description: Option<String>,
}

/// A definition being read.
#[derive(Debug, Default)]
struct Draft {
    id: Option<u128>,
    class: String,
    described: Described,
    /// The `<Key>` of a `<Property>` whose `<Value>` comes.
    key: Option<String>,
}

impl Draft {
    fn add(&mut self, name: &str, value: String) {
        if !name.trim().is_empty() && self.described.properties.len() < 1000 {
            let name = name.to_owned();
            self.described.properties.push(Property { name, value });
        }
    }

    /// Takes the beginning of an element inside the definition.
    fn open(&mut self, tag: &Tag<'_>) {
        let text = |name: &str| tag.text(name).unwrap_or_default();
        match tag.name() {
            "TestMethod" => self.class = text("className"),
            "TestCategoryItem" => self.add("TestCategory", text("TestCategory")),
            "Owner" => self.add("Owner", text("name")),
            "Property" => {
                let name = tag.first(&["Key", "key", "Name", "name"]);
                let value = tag.first(&["Value", "value"]);
                if let (Some(name), Some(value)) = (name, value) {
                    self.add(&name, value.into_owned());
                }
            }
            _ => {}
        }
    }

    /// Takes the text of an element.
    fn text(&mut self, name: &str, text: &str) {
        let text = text.trim().to_owned();
        match name {
            "WorkItem" | "Workitem" | "WorkItemID" => self.add("WorkItem", text),
            "Key" => self.key = Some(text),
            "Value" => {
                if let Some(key) = self.key.take() {
                    self.add(&key, text);
                }
            }
            "Description" => self.described.description = Some(text).filter(|it| !it.is_empty()),
            _ => {}
        }
    }
}

impl Definitions {
    /// Reads the definitions of a document; what cannot be read is for the pass that reads the results to tell.
    pub(super) fn collect(source: &Source) -> Self {
        let mut definitions = Self::default();
        if let Some(mut xml) = source.open().ok().and_then(|bytes| Xml::new(bytes).ok()) {
            definitions.read(&mut xml);
            definitions.tests.sort();
        }
        definitions
    }

    fn read(&mut self, xml: &mut Xml<impl Read>) {
        let mut known = HashMap::new();
        let mut draft: Option<(Draft, usize)> = None;
        let (mut depth, mut names, mut text) = (0_usize, Vec::new(), Text::default());
        let mut after_inner = false;
        while let Ok(node) = xml.next() {
            match node {
                Node::End => break,
                Node::Open(tag) => {
                    depth += 1;
                    text.clear();
                    self.rows |= after_inner && super::is_result(tag.name());
                    after_inner = tag.name() == "InnerResults";
                    match &mut draft {
                        Some((draft, _)) => {
                            draft.open(&tag);
                            names.push(tag.name().to_owned());
                        }
                        None if is_definition(tag.name()) => draft = Some((Draft::of(&tag), depth)),
                        None => {}
                    }
                }
                Node::Text(piece) if draft.is_some() => text.push(&piece),
                Node::Text(_) => {}
                Node::Close => {
                    if let (Some((draft, _)), Some(name), Some(text)) =
                        (&mut draft, names.pop(), text.take())
                    {
                        draft.text(&name, &text);
                    }
                    if let Some((ended, _)) = draft.take_if(|(_, at)| *at == depth) {
                        self.add(&mut known, ended);
                    }
                    depth = depth.saturating_sub(1);
                }
            }
        }
    }

    /// Returns the class of a test.
    pub(super) fn class(&self, id: &str) -> Option<&str> {
        let class = self.tests.get(half(number(id)?))?;
        self.classes
            .get(usize::try_from(class).ok()?)
            .map(String::as_str)
    }

    /// Returns the properties of a test and its description.
    pub(super) fn properties(&self, id: &str) -> (Vec<Property>, Option<String>) {
        let described = number(id).and_then(|id| self.properties.get(&id));
        let described = described.cloned().unwrap_or_default();
        (described.properties, described.description)
    }

    /// Returns whether there are data-driven tests, whose rows stand inside them.
    pub(super) fn has_rows(&self) -> bool {
        self.rows
    }

    fn add(&mut self, known: &mut HashMap<String, u32>, draft: Draft) {
        let Some(test) = draft.id.filter(|_| self.tests.len() < MOST) else {
            return;
        };
        self.describe(test, draft.described);
        let class = without_assembly(&draft.class);
        if class.is_empty() {
            return;
        }
        let index = if let Some(index) = known.get(&class) {
            *index
        } else {
            let Ok(index) = u32::try_from(self.classes.len()) else {
                return;
            };
            self.classes.push(class.clone());
            known.insert(class, index);
            index
        };
        self.tests.insert(half(test), index);
    }

    fn describe(&mut self, test: u128, described: Described) {
        let texts = described.properties.iter();
        let texts = texts.map(|it| it.name.len() + it.value.len() + size_of::<Property>());
        let long = described.description.as_ref().map_or(0, String::len);
        let bytes = texts.sum::<usize>() + long;
        if bytes > 0 && self.bytes + bytes <= PROPERTIES {
            self.bytes += bytes;
            self.properties.insert(test, described);
        }
    }
}

impl Draft {
    fn of(tag: &Tag<'_>) -> Self {
        let mut draft = Self {
            id: tag.get("id").as_deref().and_then(number),
            ..Self::default()
        };
        // The greatest number stands for a test without a priority.
        if let Some(priority) = tag.text("priority").filter(|it| it != "2147483647") {
            draft.add("Priority", priority);
        }
        draft
    }
}

/// Returns the name of a class without its assembly, and without the assemblies of its type arguments: `Shop.LoginTests,
/// Shop.Tests, Version=1.0.0.0`. A comma between arguments, `Shop.Calc(1,2)`, is part of the name.
fn without_assembly(class: &str) -> String {
    let mut kept = String::with_capacity(class.len());
    let (mut depth, mut brackets, mut quoted, mut passing) = (0_u32, 0_u32, false, false);
    let mut before = ' ';
    for c in class.chars() {
        match c {
            '"' if before != '\\' => quoted = !quoted,
            _ if quoted => {}
            '(' | '<' => depth += 1,
            ')' | '>' => depth = depth.saturating_sub(1),
            '[' => brackets += 1,
            ']' => {
                brackets = brackets.saturating_sub(1);
                passing = false;
            }
            ',' if depth == 0 && brackets == 0 => break,
            // `Calc`1[[System.Int32, mscorlib, Version=4.0.0.0]]`
            ',' if depth == 0 && brackets > 1 => passing = true,
            _ => {}
        }
        before = c;
        if !passing {
            kept.push(c);
        }
    }
    kept.trim().to_owned()
}

/// Returns the name that version 0.1.0 took for a class: up to the first comma.
pub(super) fn former(class: &str) -> &str {
    class.split(',').next().unwrap_or_default().trim()
}

/// Returns whether an element defines a test: `UnitTest`, `ManualTest`, `OrderedTest` and their like.
fn is_definition(name: &str) -> bool {
    name.len() > 4 && name.ends_with("Test")
}

/// Returns a shorter number for a test.
fn half(test: u128) -> u64 {
    let mut hasher = DefaultHasher::new();
    test.hash(&mut hasher);
    hasher.finish()
}

/// Returns a number for an identifier: what it says where it is one of .NET, whatever stands between its digits. What else writes this
/// format takes any word.
fn number(id: &str) -> Option<u128> {
    let digits = id.bytes().filter_map(|byte| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    });
    let count_and_sum =
        |(count, sum): (u32, u128), digit| (count + 1, sum << 4 | u128::from(digit));
    if let (32, number) = digits.take(33).fold((0, 0), count_and_sum) {
        return Some(number);
    }
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, id.trim()).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (!id.trim().is_empty()).then(|| half(0) << 64 | half(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assembly_is_no_part_of_a_class_but_arguments_are() {
        let samples = [
            (
                "Shop.LoginTests, Shop.Tests, Version=1.0.0.0",
                "Shop.LoginTests",
            ),
            ("N.Calc(1,2)", "N.Calc(1,2)"),
            ("N.Calc(\"a), b\",3), Shop", "N.Calc(\"a), b\",3)"),
            ("N.Calc<Int32,String>", "N.Calc<Int32,String>"),
            (
                "N.Calc`2[[System.Int32, mscorlib, Version=4.0.0.0],[System.String, mscorlib]], Shop",
                "N.Calc`2[[System.Int32],[System.String]]",
            ),
        ];
        for (written, expected) in samples {
            assert_eq!(without_assembly(written), expected, "{written}");
        }
    }
}
