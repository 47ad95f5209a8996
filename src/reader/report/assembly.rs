//! Assemblies of .NET, which tell classes without a namespace from others of the same name.

use std::collections::{HashMap, HashSet};

use super::Source;
use super::xml::{Node, Tag, Xml};

/// How many classes without a namespace are looked at.
const CLASSES: usize = 100_000;

/// What an element says of classes and assemblies.
pub(super) enum Named {
    /// An assembly begins.
    Assembly(Option<String>),
    /// A test of this class, which has nothing of interest in it.
    Class(Option<String>),
    Nothing,
}

/// Returns the classes without a namespace that several assemblies of a report have. What cannot be read is for the reader of the tests to
/// tell.
pub(super) fn ambiguous(source: &Source, named: impl Fn(&Tag<'_>) -> Named) -> HashSet<String> {
    let (mut first, mut ambiguous) = (HashMap::new(), HashSet::new());
    let mut assembly = String::new();
    let Some(mut xml) = (source.open().ok()).and_then(|bytes| Xml::new(bytes).ok()) else {
        return ambiguous;
    };
    while let Ok(node) = xml.next() {
        let tag = match node {
            Node::Open(tag) => tag,
            Node::Close | Node::Text(_) => continue,
            Node::End => break,
        };
        match named(&tag) {
            Named::Assembly(name) => {
                file_name(&name.unwrap_or_default()).clone_into(&mut assembly);
            }
            Named::Class(class) => {
                if let Some(class) = class.filter(|class| is_bare(class)) {
                    let known = first.get(&class);
                    if known.is_some_and(|known| *known != assembly) {
                        ambiguous.insert(class);
                    } else if known.is_none() && first.len() < CLASSES {
                        first.insert(class, assembly.clone());
                    }
                }
                if xml.pass_element().is_err() {
                    break;
                }
            }
            Named::Nothing => {}
        }
    }
    ambiguous
}

/// Returns whether a class has no namespace; one inside another has what that one has.
pub(super) fn is_bare(class: &str) -> bool {
    !class.contains('.')
}

/// Returns the name of a file without its path, which differs from machine to machine.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Returns the name of an assembly without that of its kind of file.
pub(super) fn without_extension(assembly: &str) -> &str {
    let (name, kind) = assembly.rsplit_once('.').unwrap_or((assembly, ""));
    let is_kind = ["dll", "exe"]
        .iter()
        .any(|it| kind.eq_ignore_ascii_case(it));
    if is_kind { name } else { assembly }
}

/// Returns a class with the name of its assembly before it.
pub(super) fn with_class(assembly: &str, class: &str) -> String {
    format!("{}.{class}", without_extension(assembly))
}
