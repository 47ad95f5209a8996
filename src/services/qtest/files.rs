//! Attachments: small ones travel inside their result, large ones follow when the result stands there.

use std::io::{self, Read as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::QtestPlan;
use super::entry::Entry;
use super::pen::{Pen, Trouble, Write};
use super::requests::Blob;
use super::wire::{Attached, NewAttachment};
use crate::files::KnownFile;
use crate::plan::PlannedFile;

/// The files of an entry, by how they travel.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) inside: Vec<PlannedFile>,
    pub(super) later: Vec<PlannedFile>,
}

/// Sorts the files of an entry. What cannot be sent is warned of by name.
pub(super) fn sorted(plan: &QtestPlan, entry: &Entry, pen: &Pen<'_>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut room = plan.target.limits.inline_bytes;
    for file in &entry.files {
        if file.size > plan.target.limits.attachment_bytes {
            pen.warn(format!(
                "`{}` of {} has {} bytes, more than qTest takes: not sent",
                file.name,
                entry.title(),
                file.size
            ));
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

/// Reads the files that travel inside a result.
pub(super) fn inline(files: &[PlannedFile], pen: &Pen<'_>) -> Vec<NewAttachment> {
    files
        .iter()
        .filter_map(|file| match whole(&file.file) {
            Ok(bytes) if bytes.is_empty() => None,
            Ok(bytes) => Some(NewAttachment {
                name: file.name.clone(),
                content_type: content_type(&file.name).to_owned(),
                data: STANDARD.encode(bytes),
            }),
            Err(error) => {
                pen.warn(format!(
                    "`{}` was not sent: {error}",
                    file.file.path().display()
                ));
                None
            }
        })
        .collect()
}

fn whole(file: &KnownFile) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.open()?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Sends the files that follow their log, each once: what is there already by name is left alone.
pub(super) fn follow(
    pen: &Pen<'_>,
    log: u64,
    files: &[PlannedFile],
) -> Result<Vec<String>, Trouble> {
    let there = pen.project.attachments(log)?;
    let mut missing = Vec::new();
    for file in files {
        if there
            .iter()
            .any(|known| known.name.as_deref() == Some(&file.name))
        {
            continue;
        }
        let known = file.file.clone();
        let blob = Blob {
            name: file.name.clone(),
            content_type: content_type(&file.name).to_owned(),
            length: file.size,
            open: Arc::new(move || Ok(Box::new(known.open()?))),
        };
        let name = Write::Attachment.of(&format!(
            "{log}:{}",
            super::stamp::short_digest(&[&file.name])
        ));
        let look = || {
            let now = pen.project.attachments(log)?;
            Ok(now
                .iter()
                .find(|known| known.name.as_deref() == Some(&file.name))
                .map(|known| known.id.unwrap_or_default()))
        };
        let sent = pen.create(
            &name,
            pen.project.at.attach(log, &blob),
            |made: &Attached| made.id.unwrap_or_default(),
            look,
        );
        match sent {
            Ok(_) => {}
            Err(trouble)
                if !trouble.is_unknown()
                    && matches!(trouble.status(), Some(400..=428 | 430..=499)) =>
            {
                missing.push(format!("`{}`: {}", file.name, trouble.into_cause()));
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(missing)
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
