//! Well-formed documents are taken apart as the XML library's own reader does it with all in memory, wherever the reads are split.

use std::io::{self, Read};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::report::xml::{Node, Xml};

/// What a parser saw.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Open(String, Vec<(String, String)>),
    Text(String),
    Close,
}

fn text(seen: &mut Vec<Seen>, piece: &str) {
    if piece.is_empty() {
        return;
    }
    if let Some(Seen::Text(text)) = seen.last_mut() {
        text.push_str(piece);
    } else {
        seen.push(Seen::Text(piece.to_owned()));
    }
}

/// Gives so many bytes at a time.
struct Steps<'a>(&'a [u8], usize);

impl Read for Steps<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        self.0.read(&mut buffer[..count])
    }
}

fn own(document: &str, step: usize) -> Vec<Seen> {
    let mut xml = Xml::new(Steps(document.as_bytes(), step)).unwrap();
    let mut seen = Vec::new();
    loop {
        match xml.next().unwrap() {
            Node::Open(tag) => {
                let values = tag.written().map(|(name, value)| {
                    let value = tag.value(value).into_owned();
                    (name.to_owned(), value)
                });
                seen.push(Seen::Open(tag.name().to_owned(), values.collect()));
            }
            Node::Close => seen.push(Seen::Close),
            Node::Text(piece) => text(&mut seen, &piece.replace("\r\n", "\n").replace('\r', "\n")),
            Node::End => return seen,
        }
    }
}

/// Reads a document as [`own`], but passes by what stands in each `testcase`.
fn passing(document: &str, step: usize) -> Vec<Seen> {
    let mut xml = Xml::new(Steps(document.as_bytes(), step)).unwrap();
    let mut seen = Vec::new();
    loop {
        match xml.next().unwrap() {
            Node::Open(tag) => {
                let name = tag.name().to_owned();
                let is_passed = name == "testcase";
                seen.push(Seen::Open(name, Vec::new()));
                if is_passed {
                    xml.pass_element().unwrap();
                    seen.push(Seen::Close);
                }
            }
            Node::Close => seen.push(Seen::Close),
            Node::Text(_) => {}
            Node::End => return seen,
        }
    }
}

/// Leaves out what stands in each `testcase`, and all texts and attributes.
fn without_inner(seen: Vec<Seen>) -> Vec<Seen> {
    let (mut kept, mut depth) = (Vec::new(), 0);
    for seen in seen {
        match seen {
            Seen::Text(_) => {}
            Seen::Open(name, _) => {
                let is_passed = name == "testcase";
                if depth == 0 {
                    kept.push(Seen::Open(name, Vec::new()));
                }
                depth += u32::from(depth > 0 || is_passed);
            }
            Seen::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    kept.push(Seen::Close);
                }
            }
        }
    }
    kept
}

fn independent(document: &str) -> Vec<Seen> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    let mut seen = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => seen.push(opened(&start)),
            Event::End(_) => seen.push(Seen::Close),
            Event::Text(piece) => text(&mut seen, &piece.xml10_content()),
            Event::CData(piece) => text(&mut seen, &piece.xml10_content()),
            Event::GeneralRef(reference) => text(&mut seen, &resolved(&reference)),
            Event::Eof => return seen,
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

/// Leaves out the line ends and blanks before tags, which mean nothing.
fn without_blanks(mut seen: Vec<Seen>) -> Vec<Seen> {
    for seen in &mut seen {
        if let Seen::Text(text) = seen {
            text.truncate(text.trim_ascii_end().len());
        }
    }
    seen.retain(|seen| *seen != Seen::Text(String::new()));
    seen
}

fn resolved(reference: &BytesRef<'_>) -> String {
    let known = || quick_xml::escape::resolve_xml_entity(reference).unwrap();
    let character = reference.resolve_char_ref().unwrap();
    character.map_or_else(|| known().to_owned(), |c| c.to_string().replace('\r', "\n"))
}

fn opened(start: &BytesStart<'_>) -> Seen {
    let values = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
        (attribute.key.as_ref().to_owned(), value.into_owned())
    });
    Seen::Open(start.local_name().as_ref().to_owned(), values.collect())
}

fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "é",
        "日本",
        "😀",
        " ",
        "\n",
        "\r\n",
        "\t",
        "&amp;",
        "&lt;",
        "&#233;",
        "&#xE9;",
        "&quot;",
        ">",
        "]",
        "]]",
        "=",
        "/",
        "-",
        "?",
        "long long long long long long long long",
    ]);
    // Text may not hold `]]>`.
    prop::collection::vec(word, 0..8).prop_map(|words| words.concat().replace("]]>", ""))
}

fn attributes() -> impl Strategy<Value = String> {
    let attribute = (
        words(),
        any::<bool>(),
        prop::sample::select(vec!["", " ", "\n "]),
    );
    prop::collection::vec(attribute, 0..4).prop_map(|attributes| {
        let written = attributes
            .iter()
            .enumerate()
            .map(|(index, (value, double, space))| {
                let (quote, other) = if *double { ('"', "'") } else { ('\'', "\"") };
                format!(" {space}x:name{index}{space}={space}{quote}{value}{other}{quote}")
            });
        written.collect()
    })
}

fn element() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => words(),
        1 => words().prop_map(|text| format!("<![CDATA[{text}<&]]>")),
        1 => words().prop_map(|text| format!("<!--{}-->", text.replace('-', ""))),
        1 => words().prop_map(|text| format!("<?pi {}?>", text.replace('?', ""))),
        2 => attributes().prop_map(|attributes| format!("<leaf{attributes}/>")),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop::sample::select(vec!["a", "n:b", "é", "testcase"]);
        let space = prop::sample::select(vec!["", " ", "\n"]);
        (
            name,
            attributes(),
            space,
            prop::collection::vec(inner, 0..6),
        )
            .prop_map(|(name, attributes, space, inner)| {
                format!(
                    "<{name}{attributes}{space}>{}</{name}{space}>",
                    inner.concat()
                )
            })
    })
}

#[test]
fn a_document_is_taken_apart_as_by_a_reader_that_has_it_whole() {
    let config = Config {
        cases: 500,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let input = (prop::collection::vec(element(), 0..6), 1_usize..300);
    TestRunner::new_with_rng(config, rng)
        .run(&input, |(elements, step)| {
            let document = format!(
                "<?xml version='1.0'?>\n<root>{}</root>\n",
                elements.concat()
            );
            let expected = without_blanks(independent(&document));
            let found = without_blanks(own(&document, step));
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(passing(&document, step), without_inner(expected));
            Ok(())
        })
        .unwrap();
}
