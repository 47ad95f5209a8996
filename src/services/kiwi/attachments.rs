//! Files of results, each under a name that begins with a mark of its own.
//!
//! Kiwi: since 15.3 an execution takes files and lists them. Before that the run takes them, and only its page shows them: there a name is
//! looked for that nothing else has.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::api::{Call, LARGEST_FILE, call, page_of_run};
use super::client::Client;
use super::payload::{Wanted, digest};
use super::plan::KiwiPlan;
use crate::plan::PlannedFile;
use crate::services::ServiceError;
use crate::transport::{Method, Request};

/// Returns the files that go along, each under the item that it is known by, with what it belongs to.
pub(super) fn all(plan: &KiwiPlan) -> BTreeMap<String, (&Wanted, &PlannedFile)> {
    let files = plan.wanted.iter().flat_map(|wanted| {
        let mark = plan.mark.of_item(&wanted.item);
        let named = (1..).zip(&wanted.files);
        named.map(move |(number, file)| (digest(&format!("{mark}/{number}")), (wanted, file)))
    });
    files.collect()
}

/// Returns the calls that show which files executions hold.
pub(super) fn listed<'p>(
    plan: &'p KiwiPlan,
    of: impl Fn(&Wanted) -> Option<u64> + 'p,
) -> impl Iterator<Item = Call> + 'p {
    let with_files = plan.wanted.iter().filter(|it| !it.files.is_empty());
    let executions = with_files.filter_map(of).filter(|_| plan.place.takes_files);
    executions.map(|id| call!("TestExecution.list_attachments", id))
}

/// Returns the page of a run, which shows its files.
pub(super) fn page(client: &Client, plan: &KiwiPlan, run: u64) -> Result<String, ServiceError> {
    let address = page_of_run(&client.url, run).parse();
    let has_files = plan.wanted.iter().any(|it| !it.files.is_empty());
    let Some(address) = address
        .ok()
        .filter(|_| has_files && !plan.place.takes_files)
    else {
        return Ok(String::new());
    };
    let request = Request::read(Method::GET, address, "the files of the run").any_answer();
    let page = client.transport.send(request)?;
    Ok(String::from_utf8_lossy(&page.body).into_owned())
}

/// Returns the call that hangs a file on an execution, or on the run where executions take none.
pub(super) fn add(
    plan: &KiwiPlan,
    (execution, run): (Option<u64>, u64),
    (item, file): (&str, &PlannedFile),
) -> Result<Call, ServiceError> {
    let mut bytes = Vec::new();
    let read = file.file.open();
    let read = read.and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes));
    read.map_err(|error| ServiceError::local(format!("`{}` cannot be read: {error}", file.name)))?;
    let is_safe = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let safe = |c| if is_safe(c) { c } else { '_' };
    let name: String = file.name.chars().map(safe).collect();
    let (method, id) = if plan.place.takes_files {
        ("TestExecution.add_attachment", execution)
    } else {
        ("TestRun.add_attachment", Some(run))
    };
    let name = format!("{}{name}", begin(item));
    Ok((method, json!([id, name, STANDARD.encode(bytes)])))
}

/// Returns the beginning of a file's name.
pub(super) fn begin(item: &str) -> String {
    format!("handin-{item}-")
}
