//! Attachments: small ones travel inside their result, large ones follow when the result stands there.

use std::io::{self, Read as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::QtestPlan;
use super::api::Blob;
use super::entry::Entry;
use super::wire::NewAttachment;
use crate::files::KnownFile;
use crate::plan::PlannedFile;

/// The files of an entry, by how they travel.
#[derive(Debug, Default)]
struct Sorted {
    inside: Vec<PlannedFile>,
    later: Vec<PlannedFile>,
    /// Larger than qTest takes.
    too_large: Vec<PlannedFile>,
}

/// Returns the files of an entry that can be sent; and of those the ones that travel inside their result.
pub(super) fn sendable(plan: &QtestPlan, entry: &Entry) -> (Vec<PlannedFile>, Vec<PlannedFile>) {
    let sorted = sorted(plan, entry);
    let all = sorted.inside.iter().chain(&sorted.later).cloned();
    (all.collect(), sorted.inside)
}

/// Returns the files that travel inside their result.
pub(super) fn inside(plan: &QtestPlan, entry: &Entry) -> Vec<PlannedFile> {
    sorted(plan, entry).inside
}

/// Describes which files of an entry are not sent, and why.
pub(super) fn warnings(plan: &QtestPlan, entry: &Entry) -> Vec<String> {
    let sorted = sorted(plan, entry);
    let too_large = sorted.too_large.iter().map(|file| {
        format!(
            "`{}` of {} has {} bytes, more than qTest takes: not sent",
            file.name,
            entry.title(),
            file.size
        )
    });
    too_large.collect()
}

fn sorted(plan: &QtestPlan, entry: &Entry) -> Sorted {
    let mut sorted = Sorted::default();
    let mut room = plan.target.limits.inline_bytes;
    for file in &entry.files {
        if file.size > plan.target.limits.attachment_bytes {
            sorted.too_large.push(file.clone());
            continue;
        }
        let mut file = file.clone();
        distinct(&mut file, &sorted);
        if file.size <= room {
            room -= file.size;
            sorted.inside.push(file);
        } else {
            sorted.later.push(file);
        }
    }
    sorted
}

/// A file is known again by its name, so each has its own.
fn distinct(file: &mut PlannedFile, others: &Sorted) {
    let taken = |name: &str| {
        let all = others.inside.iter().chain(&others.later);
        all.clone().any(|other| other.name == name)
    };
    file.name = ascii(&file.name);
    let original = file.name.clone();
    let mut number = 2;
    while taken(&file.name) {
        file.name = format!("{number}-{original}");
        number += 1;
    }
}

/// A file's name travels in a header.
fn ascii(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Reads the files that travel inside a result. One that cannot be read now follows, and is named then.
pub(super) fn inline(plan: &QtestPlan, entry: &Entry) -> Vec<NewAttachment> {
    inside(plan, entry)
        .iter()
        .filter_map(|file| {
            let bytes = whole(&file.file).ok()?;
            (!bytes.is_empty()).then(|| NewAttachment {
                name: file.name.clone(),
                content_type: content_type(&file.name).to_owned(),
                data: STANDARD.encode(bytes),
            })
        })
        .collect()
}

fn whole(file: &KnownFile) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.open()?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a file that follows its result.
pub(super) fn blob(file: &PlannedFile) -> Blob {
    let known = file.file.clone();
    Blob {
        name: file.name.clone(),
        content_type: content_type(&file.name).to_owned(),
        length: file.size,
        open: Arc::new(move || Ok(Box::new(known.open()?))),
    }
}

fn content_type(name: &str) -> &'static str {
    match name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .as_deref()
    {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("txt" | "log") => "text/plain",
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        _ => "application/octet-stream",
    }
}
