//! The step log of a Katalon run: `execution0.log` and those before it.
//!
//! It is read record by record: logs of killed runs have no end, and some hold a second document after the first.
//! A record that starts a suite, a test or a keyword opens a node; a record with a result sets that of the innermost open
//! node, the last one wins. A node without a result of its own takes the first bad one of its children. A node that was
//! never ended is incomplete. A test that is started again as a retry replaces what it was before.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::{Status, TestResult};

/// One record of the log.
#[derive(Debug, Default)]
struct Record {
    millis: i64,
    level: String,
    method: String,
    message: String,
    properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NodeKind {
    Suite,
    Test,
    Keyword,
}

#[derive(Debug)]
struct Node {
    kind: NodeKind,
    id: String,
    start: i64,
    retry: bool,
    own: Option<Status>,
    child: Option<Status>,
    message: String,
}

impl Node {
    fn status(&self) -> Status {
        self.own.or(self.child).unwrap_or(Status::Passed)
    }
}

/// Returns the results that a log tells of.
pub(super) fn read(text: &str) -> Vec<TestResult> {
    let mut tree = Tree::default();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("<record>") {
        // A record that is cut off is not a record.
        let Some((inner, after)) = after.split_once("</record>") else {
            break;
        };
        if let Some(record) = record(inner) {
            tree.take(record);
        }
        rest = after;
    }
    tree.end()
}

#[derive(Debug, Default)]
struct Tree {
    open: Vec<Node>,
    suite: String,
    results: Vec<TestResult>,
    ids: Vec<String>,
    last: i64,
}

impl Tree {
    fn take(&mut self, record: Record) {
        self.last = record.millis;
        match record.level.as_str() {
            "START" => self.start(&record),
            "END" => self.close(&record),
            level => {
                if let (Some(status), Some(top)) = (
                    Status::read(level).filter(|status| *status != Status::NotRun),
                    self.open.last_mut(),
                ) {
                    top.own = Some(status);
                    top.message = record.message;
                }
            }
        }
    }

    fn start(&mut self, record: &Record) {
        let kind = match record.method.as_str() {
            "startSuite" => NodeKind::Suite,
            "startTest" => NodeKind::Test,
            _ => NodeKind::Keyword,
        };
        let property = |name: &str| record.properties.get(name).cloned().unwrap_or_default();
        let id = Some(property("id"))
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| property("name"));
        if kind == NodeKind::Suite {
            self.suite.clone_from(&id);
        }
        self.open.push(Node {
            kind,
            id,
            start: record.millis,
            retry: property("currentRetryCount")
                .parse::<u32>()
                .is_ok_and(|count| count > 0),
            own: None,
            child: None,
            message: String::new(),
        });
    }

    /// Ends the innermost node of the record's kind; what is open inside it was never ended.
    fn close(&mut self, record: &Record) {
        let kind = match record.method.as_str() {
            "endSuite" => NodeKind::Suite,
            "endTest" => NodeKind::Test,
            _ => NodeKind::Keyword,
        };
        if !self.open.iter().any(|node| node.kind == kind) {
            return;
        }
        while let Some(mut node) = self.open.pop() {
            let ended = node.kind == kind;
            if !ended && node.own.is_none() {
                node.own = Some(Status::Incomplete);
            }
            self.finish(node);
            if ended {
                return;
            }
        }
    }

    fn finish(&mut self, node: Node) {
        let status = node.status();
        let outermost = !self.open.iter().any(|open| open.kind == NodeKind::Test);
        if let Some(parent) = self.open.last_mut()
            && matches!(status, Status::Error | Status::Failed | Status::Incomplete)
            && parent.child.is_none()
        {
            parent.child = Some(status);
        }
        if node.kind != NodeKind::Test || !outermost {
            return;
        }
        let result = TestResult {
            suite: self.suite.clone(),
            name: node.id.clone(),
            status,
            start: node.start,
            end: self.last,
            message: if status == Status::Passed {
                String::new()
            } else {
                node.message
            },
        };
        let again = node.retry && self.ids.last() == Some(&node.id);
        match self.results.last_mut() {
            Some(last) if again => *last = result,
            _ => {
                self.results.push(result);
                self.ids.push(node.id);
            }
        }
    }

    fn end(mut self) -> Vec<TestResult> {
        while let Some(mut node) = self.open.pop() {
            node.own = Some(Status::Incomplete);
            self.finish(node);
        }
        self.results
    }
}

/// Reads what stands between `<record>` and `</record>`; nothing when it is no XML.
fn record(inner: &str) -> Option<Record> {
    let mut record = Record::default();
    let mut reader = Reader::from_str(inner);
    let (mut depth, mut name, mut property, mut text) =
        (0, String::new(), String::new(), String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                if depth == 1 {
                    start.name().as_ref().clone_into(&mut name);
                    property = attribute(&start, "name").unwrap_or_default();
                    text.clear();
                }
            }
            Event::End(_) => {
                if depth == 1 {
                    put(&mut record, &name, &property, &text);
                }
                depth -= 1;
            }
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(reference) => {
                let written = format!("&{};", &*reference);
                text.push_str(
                    &unescape(&written)
                        .map_or_else(|_| written.clone(), std::borrow::Cow::into_owned),
                );
            }
            Event::CData(piece) => text.push_str(&piece),
            Event::Eof => return Some(record),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

fn put(record: &mut Record, name: &str, property: &str, text: &str) {
    match name {
        "millis" => record.millis = text.trim().parse().unwrap_or_default(),
        "level" => text.trim().clone_into(&mut record.level),
        "method" => text.trim().clone_into(&mut record.method),
        // Messages are escaped twice.
        "message" => {
            record.message =
                unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned);
        }
        "property" => {
            record
                .properties
                .insert(property.to_owned(), text.to_owned());
        }
        _ => {}
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    Some(attribute.value.into_owned())
}
