//! Files into the service's store: where each is to go, and where each is. None of them goes with our credential.
//!
//! What is uploaded stands nowhere until it is handed in, so nothing here can write twice.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::api::Server;
use super::attachments::StudioFile;
use super::parts::{Form, Part};
use super::wire::{FileResource, UploadBatchFile};
use super::{Katalon, KatalonPlan, marks};
use crate::services::ServiceError;
use crate::services::engine::{JournalView, Standing};
use crate::transport::{Delivery, Problem, Response, TransportError, WriteRequest};

/// How many addresses are asked for at once. No limit is documented.
pub(super) const CHUNK: usize = 50;
/// How often a new address is fetched for a file before that counts as a refusal.
const RENEWALS: u32 = 3;
/// How long an upload of an earlier attempt is trusted to be there still.
const KEPT: SignedDuration = SignedDuration::from_hours(12);

/// The files of a part, and where each is in the store.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    part: &'a Part,
    /// Where each file is, as the store calls it; `None` for one that was left out.
    there: BTreeMap<usize, Option<String>>,
    renewals: BTreeMap<usize, u32>,
    state: Mutex<UploadState>,
}

/// What is needed while files are under way.
#[derive(Debug, Default)]
struct UploadState {
    /// The files, once those are written that are made here.
    files: Option<Files>,
    /// Addresses that are not used yet.
    addresses: Vec<FileResource>,
    /// How many addresses the server gives at once, as far as that is known.
    most: Option<usize>,
    /// Where each file that is under way goes.
    places: BTreeMap<usize, String>,
}

#[derive(Debug)]
struct Files {
    list: Vec<StudioFile>,
    _room: TempDir,
}

impl<'a> Upload<'a> {
    pub(super) fn new(part: &'a Part) -> Self {
        Self {
            part,
            there: BTreeMap::new(),
            renewals: BTreeMap::new(),
            state: Mutex::default(),
        }
    }

    /// Takes over what an earlier attempt uploaded: the same files, not too long ago.
    pub(super) fn recall(&mut self, known: &JournalView, word: &str, now: Timestamp) {
        for (index, file) in self.part.found.files.iter().enumerate() {
            let item = self.item(index);
            let Standing::Done(at, detail) = known.standing(word, &item) else {
                continue;
            };
            let is_same = detail.get("file").and_then(Value::as_str) == Some(&*fingerprint(file));
            if let Some(path) = detail.get("path").and_then(Value::as_str)
                && is_same
                && now.duration_since(*at) < KEPT
            {
                let path = Some(path.to_owned());
                self.there.entry(index).or_insert(path);
            }
        }
    }

    /// Returns the items that are still to be uploaded.
    pub(super) fn left(&self) -> Vec<String> {
        (0..self.part.count())
            .filter(|index| !self.there.contains_key(index))
            .map(|index| self.item(index))
            .collect()
    }

    fn item(&self, index: usize) -> String {
        format!("{}-{index}", self.part.item)
    }

    /// Returns which file an item is.
    fn index(&self, item: &str) -> Option<usize> {
        let rest = item.strip_prefix(self.part.item.as_str())?;
        rest.strip_prefix('-')?.parse().ok()
    }

    /// Returns the request that uploads an item.
    pub(super) fn request(
        &self,
        katalon: &Katalon,
        plan: &KatalonPlan,
        item: &str,
    ) -> Result<WriteRequest, ServiceError> {
        let index = self.index(item).unwrap_or_default();
        let mut state = katalon.transport.clock().lock(&self.state);
        let file = state.file(katalon, plan, self.part, index)?;
        let place = state.address(katalon, plan, self.part.count() - self.there.len())?;
        let url = Url::parse(&place.upload_url)
            .ok()
            .filter(|url| is_safe(&katalon.server, url))
            .ok_or_else(|| unsafe_address(&file))?;
        state.places.insert(index, place.path);
        drop(state);
        Ok(Server::put(url, &file.name, file.file))
    }

    /// Takes the store's answer; returns what the journal keeps of it.
    pub(super) fn accept(
        &mut self,
        item: &str,
        answer: &Response,
    ) -> Result<Value, TransportError> {
        // Amazon S3 answers a PUT without a body: a page is somebody else's answer.
        if answer.body.trim_ascii_start().starts_with(b"<") {
            return Err(odd(answer, "a page came instead of the store's answer"));
        }
        let index = self.index(item).unwrap_or_default();
        let path = self.state().places.remove(&index);
        let file = self.part.found.files.get(index).map(fingerprint);
        let kept = json!({"path": path, "file": file});
        self.there.insert(index, path);
        Ok(kept)
    }

    /// Returns whether a file is to be tried again, at a new address.
    pub(super) fn renews(&mut self, item: &str, error: &TransportError) -> bool {
        // Amazon S3: an expired or wrong signature is 403.
        let Some(index) = self.index(item).filter(|_| error.status() == Some(403)) else {
            return false;
        };
        let renewals = self.renewals.entry(index).or_default();
        *renewals += 1;
        let goes_on = *renewals <= RENEWALS;
        // The addresses that came with it are as old.
        self.state().addresses.clear();
        goes_on
    }

    /// Leaves a file out, where results do not depend on it. Returns what it is called.
    pub(super) fn leave_out(&mut self, item: &str) -> Option<String> {
        let index = self.index(item)?;
        let is_pack = self.part.form == Form::Folders && index >= self.part.found.files.len();
        let file = self.part.found.files.get(index);
        let name = match file.filter(|file| !file.essential) {
            Some(file) => file.name.clone(),
            None if is_pack => "the recorded requests".to_owned(),
            None => return None,
        };
        self.there.insert(index, None);
        Some(name)
    }

    /// Returns the name of an item for people.
    pub(super) fn title(&self, item: &str) -> String {
        let index = self.index(item).unwrap_or_default();
        let name = match self.part.form {
            Form::Results => super::payload::DOCUMENTS.get(index).copied(),
            Form::Folders => self
                .part
                .found
                .files
                .get(index)
                .map(|file| file.name.as_str()),
        };
        format!("the upload of `{}`", name.unwrap_or("recorded requests"))
    }

    /// Returns the rows that describe the files. The last one ends the batch.
    pub(super) fn rows(
        &self,
        katalon: &Katalon,
        plan: &KatalonPlan,
    ) -> Result<Vec<UploadBatchFile>, ServiceError> {
        let mut state = katalon.transport.clock().lock(&self.state);
        let mut rows = Vec::with_capacity(self.there.len());
        for (index, path) in &self.there {
            let Some(path) = path else { continue };
            let file = state.file(katalon, plan, self.part, *index)?;
            rows.push(UploadBatchFile {
                folder_path: file.folder,
                file_name: file.name,
                uploaded_path: path.clone(),
                end: false,
            });
        }
        if let Some(last) = rows.last_mut() {
            last.end = true;
        }
        Ok(rows)
    }

    /// Lets go of what was written for it.
    pub(super) fn close(&mut self) {
        *self.state() = UploadState::default();
    }

    fn state(&mut self) -> &mut UploadState {
        let state = self.state.get_mut();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl UploadState {
    /// Returns a file. Those that are made here are written when the first is asked for.
    fn file(
        &mut self,
        katalon: &Katalon,
        plan: &KatalonPlan,
        part: &Part,
        index: usize,
    ) -> Result<StudioFile, ServiceError> {
        let files = if let Some(files) = self.files.take() {
            files
        } else {
            let room = crate::files::private_folder();
            let room = room.map_err(|error| unwritable(&error))?;
            let now = katalon.transport.clock().timestamp();
            let list = part.files(&plan.plan, &katalon.target, now, room.path());
            Files {
                list: list.map_err(|error| unwritable(&error))?,
                _room: room,
            }
        };
        let file = files.list.get(index).cloned();
        self.files = Some(files);
        file.ok_or_else(|| ServiceError::local(format!("there is no file {index} to upload")))
    }

    /// Returns an address to upload to; asks for more when there is none.
    fn address(
        &mut self,
        katalon: &Katalon,
        plan: &KatalonPlan,
        wanted: usize,
    ) -> Result<FileResource, ServiceError> {
        if self.addresses.is_empty() {
            let mut places = self.fetch(katalon, plan, wanted.max(1))?;
            places.reverse();
            self.addresses = places;
        }
        let address = self.addresses.pop();
        address.ok_or_else(|| ServiceError::declined("TestOps gave out no address to upload to"))
    }

    /// Asks for addresses: for as many as the server gives at once, which no document tells.
    fn fetch(
        &mut self,
        katalon: &Katalon,
        plan: &KatalonPlan,
        wanted: usize,
    ) -> Result<Vec<FileResource>, TransportError> {
        let mut count = wanted.min(self.most.unwrap_or(CHUNK));
        loop {
            let request = katalon.server.upload_urls(plan.project(), count);
            let response = match katalon.transport.send(request) {
                Err(error) if count > 1 && error.status() == Some(400) => {
                    count /= 2;
                    self.most = Some(count);
                    continue;
                }
                answer => answer?,
            };
            let places: Vec<FileResource> = response.json()?;
            // What comes is used, and more is asked for.
            if places.is_empty() {
                return Err(odd(&response, "no address to upload to came"));
            }
            return Ok(places);
        }
    }
}

/// Returns whether results may go to an address that the service gave out: not in the clear, unless the service itself is.
pub(super) fn is_safe(server: &Server, url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && server.is_plain())
}

fn unsafe_address(file: &StudioFile) -> TransportError {
    TransportError {
        purpose: format!("the upload of `{}`", file.name),
        request: "PUT to the store".to_owned(),
        delivery: Delivery::NotSent,
        problem: Problem::Shape("TestOps gave out an address that is not https".to_owned()),
        trace: None,
        credential: None,
    }
}

fn odd(response: &Response, text: impl Into<String>) -> TransportError {
    TransportError {
        purpose: "uploading".to_owned(),
        request: format!("HTTP {}", response.status),
        delivery: Delivery::Refused,
        problem: Problem::Shape(text.into()),
        trace: None,
        credential: None,
    }
}

/// Returns the fingerprint of a file, so that an upload is only resumed for the same file.
fn fingerprint(file: &StudioFile) -> String {
    marks::digits(&[&file.folder, &file.name, &file.length().to_string()])
}

fn unwritable(error: &std::io::Error) -> ServiceError {
    ServiceError::local(format!("the files to upload cannot be prepared: {error}"))
        .hint("nothing was submitted; is there room in the folder for temporary files?")
}
