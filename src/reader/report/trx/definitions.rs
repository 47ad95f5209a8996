//! What the tests are: `<TestDefinitions>`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;
use std::sync::Arc;

use super::classes::Classes;
use super::ids::Ids;
use crate::model::Property;
use crate::report::Source;
use crate::report::assembly::{file_name, is_bare, with_class};
use crate::report::text::Text;
use crate::report::xml::{Node, Tag, Xml};

/// How many classes and tests are remembered; beyond, tests keep their full name.
const MOST: usize = 4_000_000;
/// How many classes without a namespace are looked at.
const BARE: usize = 20_000;
/// What stands between such a class and its assembly.
const BEHIND: char = '\u{1F}';
/// How many bytes of properties and descriptions are remembered.
const PROPERTIES: usize = 4 * 1024 * 1024;

/// The classes of the tests of a document, each name kept once, and what else their definitions say.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    classes: Classes,
    /// The class of the test before, with its number.
    class: Option<(u32, Class)>,
    /// The assembly of each class without a namespace; nothing where several have one of that name.
    assemblies: HashMap<String, Option<String>>,
    /// A class that is looked at.
    text: String,
    /// The class of each test, by a number for its id.
    tests: Ids,
    /// The properties of the tests that have any.
    properties: HashMap<u128, Described>,
    /// How much room is taken by properties.
    bytes: usize,
    /// Whether the document was read to its end: then all definitions are well-formed.
    pub(super) are_whole: bool,
}

/// The class of a test.
#[derive(Debug, Clone)]
pub(super) struct Class {
    /// With its assembly, where classes of several would have one name.
    pub(super) name: Arc<str>,
    /// As it is written.
    pub(super) written: Arc<str>,
}

/// What a definition says beside the class.
#[derive(Debug, Default, Clone)]
struct Described {
    properties: Vec<Property>,
    description: Option<String>,
}

/// Where the class is whose name has this hash: a report may have many, and a second copy of each name would be the most of it. Of two
/// classes with one hash the former is forgotten, and may be kept twice.
type Known = HashMap<u32, u32>;

/// A definition being read.
#[derive(Debug, Default)]
struct Draft {
    id: Option<u128>,
    class: String,
    /// The file of the assembly.
    assembly: String,
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
            "TestMethod" => {
                self.class = text("className");
                if let Some(assembly) = tag.text("codeBase") {
                    file_name(&assembly).clone_into(&mut self.assembly);
                }
            }
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
        }
        definitions
    }

    fn read(&mut self, xml: &mut Xml<impl Read>) {
        let mut known = Known::default();
        let mut draft: Option<(Draft, usize)> = None;
        let (mut depth, mut names, mut text) = (0_usize, Vec::new(), Text::default());
        while let Ok(node) = xml.next() {
            match node {
                Node::End => {
                    self.are_whole = true;
                    break;
                }
                Node::Open(tag) => {
                    if draft.is_none() && matches!(tag.name(), "Results" | "TestEntries") {
                        if xml.pass_element().is_err() {
                            break;
                        }
                        continue;
                    }
                    depth += 1;
                    text.clear();
                    match &mut draft {
                        Some((draft, _)) => {
                            draft.open(&tag);
                            names.push(named(tag.name()));
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
                        draft.text(name, &text);
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
    pub(super) fn class(&mut self, test: Option<u128>) -> Option<Class> {
        let number = self.tests.get(test?)?;
        match &self.class {
            Some((known, class)) if *known == number => Some(class.clone()),
            Some(_) | None => {
                let is_known = self.classes.get(number as usize, &mut self.text);
                let class = is_known.then(|| self.told_apart(&self.text))?;
                Some(self.class.insert((number, class)).1.clone())
            }
        }
    }

    /// Returns a class as it was remembered with its assembly.
    fn told_apart(&self, remembered: &str) -> Class {
        let (class, assembly) = remembered.split_once(BEHIND).unwrap_or((remembered, ""));
        let written: Arc<str> = class.into();
        let name = match self.assemblies.get(class) {
            Some(None) if !assembly.is_empty() => with_class(assembly, class).into(),
            Some(_) | None => Arc::clone(&written),
        };
        Class { name, written }
    }

    /// Takes note of the assembly of a class without a namespace; returns the class as it is remembered.
    fn of_assembly(&mut self, class: String, assembly: &str) -> String {
        if assembly.is_empty() || !is_bare(&class) {
            return class;
        }
        let is_full = self.assemblies.len() == BARE;
        match self.assemblies.get_mut(&class) {
            Some(known) if known.as_deref().is_some_and(|known| known != assembly) => *known = None,
            Some(_) => {}
            None if is_full => return class,
            None => {
                let assembly = Some(assembly.to_owned());
                self.assemblies.insert(class.clone(), assembly);
            }
        }
        format!("{class}{BEHIND}{assembly}")
    }

    /// Returns the properties of a test and its description.
    pub(super) fn properties(&self, test: Option<u128>) -> (Vec<Property>, Option<String>) {
        let test = test.filter(|_| !self.properties.is_empty());
        let described = test.and_then(|test| self.properties.get(&test));
        let described = described.cloned().unwrap_or_default();
        (described.properties, described.description)
    }

    fn add(&mut self, known: &mut Known, draft: Draft) {
        let Some(test) = draft.id.filter(|_| self.tests.len() < MOST) else {
            return;
        };
        self.describe(test, draft.described);
        let class = without_assembly(&draft.class);
        if class.is_empty() {
            return;
        }
        let class = self.of_assembly(class, &draft.assembly);
        let next = self.classes.len();
        let mut hasher = DefaultHasher::new();
        class.hash(&mut hasher);
        let number = (hasher.finish() >> 32) as u32;
        let found = if self.classes.last() == Some(&class) {
            Some(next - 1)
        } else {
            let found = known.get(&number).map(|found| *found as usize);
            found.filter(|found| self.classes.get(*found, &mut self.text) && self.text == class)
        };
        let Ok(index) = u32::try_from(found.unwrap_or(next)) else {
            return;
        };
        if found.is_none() {
            self.classes.push(&class);
            known.insert(number, index);
        }
        self.tests.insert(test, index);
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
            assembly: file_name(&tag.text("storage").unwrap_or_default()).to_owned(),
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
    if !class.contains([',', '[']) {
        return class.trim().to_owned();
    }
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

/// Returns the name of an element whose text says something of a test; nothing for any other.
fn named(element: &str) -> &'static str {
    let names = [
        "WorkItem",
        "Workitem",
        "WorkItemID",
        "Key",
        "Value",
        "Description",
    ];
    let name = names.into_iter().find(|name| *name == element);
    name.unwrap_or_default()
}

/// Returns a number for an identifier: what it says where it is one of .NET, whatever stands between its digits. What else writes this
/// format takes any word.
pub(super) fn number(id: &str) -> Option<u128> {
    let (mut count, mut number) = (0, 0_u128);
    for byte in id.bytes().take(64) {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' | b'A'..=b'F' => (byte | 0x20) - b'a' + 10,
            _ => continue,
        };
        number = number << 4 | u128::from(digit);
        count += 1;
    }
    if count == 32 && id.len() <= 64 {
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
