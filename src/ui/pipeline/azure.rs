//! Azure Pipelines (docs: Logging commands).

use std::io;
use std::path::Path;

use super::{Annotation, Gravity, Output};
use crate::ui::page::Page;
use crate::ui::sanitized;

/// Returns `##vso[task.logissue …]text`.
pub(super) fn annotation(annotation: &Annotation) -> String {
    let gravity = match annotation.gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
    };
    let place = annotation
        .place
        .as_ref()
        .map(|(file, line)| format!(";sourcepath={};linenumber={line}", property(file)));
    format!(
        "##vso[task.logissue type={gravity}{}]{}",
        place.unwrap_or_default(),
        text(&annotation.text)
    )
}

/// Returns the command that gives a value to later steps and jobs.
pub(super) fn variable((name, value): &Output) -> String {
    format!(
        "##vso[task.setvariable variable={};isOutput=true]{}",
        property(name),
        text(value)
    )
}

/// Writes the page where it stays until the agent takes it, and returns the command that says so. The file's name becomes the title.
pub(super) fn summary(folder: &Path, page: &Page) -> io::Result<String> {
    let own = tempfile::Builder::new()
        .prefix("handin-")
        .tempdir_in(folder)?
        .keep();
    let file = own.join("handin.md");
    page.write(&file)?;
    Ok(format!(
        "##vso[task.uploadsummary]{}",
        text(&file.to_string_lossy())
    ))
}

fn text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(sanitized).collect();
    lines.join("\n").replace('%', "%AZP25").replace('\n', "%0A")
}

fn property(value: &str) -> String {
    text(value).replace(';', "%3B").replace(']', "%5D")
}
