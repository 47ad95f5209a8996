//! The `<integratedEntity>` blocks that Katalon Studio writes into its projects, test cases and test suites.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

/// An `<integratedEntity>`.
#[derive(Debug, Default)]
pub(super) struct Integration {
    pub(super) product: String,
    pub(super) entries: HashMap<String, String>,
}

/// Returns the integrations that an entity file names; of a broken file those before the break.
pub(super) fn integrations(bytes: &[u8]) -> Vec<Integration> {
    let document = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&document);
    let mut all = Vec::new();
    let mut current: Option<Integration> = None;
    let mut key = String::new();
    let mut text = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if start.name().as_ref() == "integratedEntity" {
                    current = Some(Integration::default());
                }
                text.clear();
            }
            Ok(Event::Text(part)) => text.push_str(&part),
            Ok(Event::CData(part)) => text.push_str(&part),
            Ok(Event::GeneralRef(reference)) => text.push_str(&resolved(&reference)),
            Ok(Event::End(end)) => {
                let value = text.trim().to_owned();
                match (end.name().as_ref(), current.as_mut()) {
                    ("integratedEntity", Some(_)) => all.extend(current.take()),
                    ("productName", Some(entity)) => entity.product = value,
                    ("key", Some(_)) => key = value,
                    ("value", Some(entity)) => {
                        entity.entries.insert(std::mem::take(&mut key), value);
                    }
                    _ => {}
                }
                text.clear();
            }
            Ok(Event::Eof) | Err(_) => return all,
            Ok(_) => {}
        }
    }
}

fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    quick_xml::escape::resolve_xml_entity(reference)
        .unwrap_or_default()
        .to_owned()
}
