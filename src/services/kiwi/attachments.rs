//! Files of results: they hang on the run, each under a name that begins with a mark of its own.
//!
//! Kiwi: 12.4 takes files for a run, and lists only those of plans and cases. The page of the run shows them: there a name is looked for
//! that nothing else has.

use std::collections::BTreeSet;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::client::Client;
use super::plan::KiwiPlan;
use super::{api, page_of_run};
use crate::plan::{ContentDigest, PlannedFile};
use crate::services::ServiceError;
use crate::transport::{Method, Request};

/// The largest file that is sent, in bytes. Kiwi: a request has at most 2.5 MiB where a site says nothing else, and a file takes a third more.
const LARGEST: u64 = 1_800_000;

/// Returns the files that go along, each under the item that it is known by.
pub(super) fn all(plan: &KiwiPlan) -> Vec<(String, &PlannedFile)> {
    let with_files = plan.wanted.iter().filter(|wanted| !wanted.files.is_empty());
    let files = with_files.flat_map(|wanted| {
        let mark = plan.mark.of_item(&wanted.item);
        (1..).zip(&wanted.files).map(move |(number, file)| {
            let digest = Sha256::digest(format!("{mark}/{number}").as_bytes());
            (ContentDigest(digest.into()).hex(16), file)
        })
    });
    files.collect()
}

/// Returns a file that can be sent.
pub(super) fn sendable<'p>(plan: &'p KiwiPlan, item: &str) -> Option<&'p PlannedFile> {
    let mut all = all(plan).into_iter();
    let (_, file) = all.find(|(own, file)| own == item && file.size <= LARGEST)?;
    Some(file)
}

/// Returns the items of the files that can be sent.
pub(super) fn items(plan: &KiwiPlan) -> impl Iterator<Item = String> {
    let can = all(plan)
        .into_iter()
        .filter(|(_, file)| file.size <= LARGEST);
    can.map(|(item, _)| item)
}

/// Says which files are not sent, and why.
pub(super) fn warnings(plan: &KiwiPlan) -> impl Iterator<Item = String> {
    let cannot = all(plan)
        .into_iter()
        .filter(|(_, file)| file.size > LARGEST);
    cannot.map(|(_, file)| {
        let (name, size) = (&file.name, file.size);
        format!("`{name}` has {size} bytes, more than Kiwi TCMS takes: not sent")
    })
}

/// Returns the items of the files that the page of a run shows.
pub(super) fn shown(
    client: &Client,
    plan: &KiwiPlan,
    run: u64,
) -> Result<BTreeSet<String>, ServiceError> {
    let wanted: Vec<String> = items(plan).collect();
    let address = page_of_run(&client.url, run).parse();
    let Some(address) = address.ok().filter(|_| !wanted.is_empty()) else {
        return Ok(BTreeSet::new());
    };
    let request = Request::read(Method::GET, address, "the files of the run").any_answer();
    let page = client.transport.send(request)?;
    let page = String::from_utf8_lossy(&page.body);
    let is_shown = |item: &String| page.contains(&begin(item));
    Ok(wanted.into_iter().filter(is_shown).collect())
}

/// Returns the call that hangs a file on a run.
pub(super) fn add(run: u64, item: &str, file: &PlannedFile) -> Result<api::Call, ServiceError> {
    let mut bytes = Vec::new();
    let read = file
        .file
        .open()
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.map_err(|error| ServiceError::local(format!("`{}` cannot be read: {error}", file.name)))?;
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '_'
        }
    };
    let name: String = file.name.chars().map(plain).collect();
    let name = format!("{}{name}", begin(item));
    Ok(api::add_attachment(run, &name, &STANDARD.encode(bytes)))
}

fn begin(item: &str) -> String {
    format!("handin-{item}-")
}
