//! GitHub Actions (docs: Workflow commands for GitHub Actions).

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::{Annotation, Gravity, Output};
use crate::files;
use crate::ui::page::{Format, Page};
use crate::ui::sanitized;

/// Returns `::error file=…,line=…::text`.
pub(super) fn annotation(annotation: &Annotation) -> String {
    let command = match annotation.gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
    };
    let place = annotation
        .place
        .as_ref()
        .map(|(file, line)| format!(" file={},line={line}", property(file)));
    format!(
        "::{command}{}::{}",
        place.unwrap_or_default(),
        text(&annotation.text)
    )
}

/// Appends `name=value` lines: other programs of the step may have written theirs.
pub(super) fn give(file: &Path, outputs: &[Output]) -> io::Result<()> {
    let mut lines = String::new();
    for (name, value) in outputs {
        // Writing to a `String` cannot fail.
        let _ = writeln!(lines, "{name}={}", sanitized(value));
    }
    files::append_named(file, &lines)
}

pub(super) fn show(file: &Path, page: &Page) -> io::Result<()> {
    files::append_named(file, &format!("{}\n", page.text(Format::Markdown)))
}

fn text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(sanitized).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}
