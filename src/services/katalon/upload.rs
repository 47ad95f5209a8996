//! Files into the service's store: addresses in chunks, files in parallel, none of them with our credential.
//!
//! What is uploaded stands nowhere until it is handed in, so nothing here can write twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::super::{Progress, ServiceError};
use super::client::Server;
use super::folder::StudioFile;
use super::ledger::{Ledger, Standing, UPLOAD};
use super::parallel;
use super::wire::{FileResource, Id};
use crate::transport::{Delivery, Problem, Response, Transport, TransportError};

/// How many addresses are asked for at once. No limit is documented.
pub(super) const CHUNK: usize = 50;

/// How often a new address is fetched for a file before that counts as a refusal.
const RENEWALS: usize = 3;

/// How long an upload of an earlier attempt is trusted to be there still.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

/// Uploads files.
pub(super) struct Uploader<'a> {
    pub(super) transport: &'a Transport,
    pub(super) server: &'a Server,
    pub(super) project: &'a Id,
    pub(super) jobs: usize,
    /// Whether evidence that cannot be uploaded is left out.
    pub(super) lenient: bool,
    pub(super) progress: &'a dyn Progress,
    /// How many addresses are asked for at once.
    pub(super) most: AtomicUsize,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Uploaded {
    /// Where it is, as the store calls it.
    At(String),
    /// It was left out; why.
    LeftOut(String),
}

impl Uploader<'_> {
    /// Uploads these files and tells where each is.
    ///
    /// # Errors
    ///
    /// When a file that results depend on could not be uploaded. Nothing of this submission stands on the service then.
    pub(super) fn upload(
        &self,
        files: &[StudioFile],
        ledger: &Ledger<'_>,
    ) -> Result<Vec<Uploaded>, ServiceError> {
        self.progress.stage("uploading", files.len() as u64);
        let mut uploaded = Vec::with_capacity(files.len());
        while let Some(rest) = files.get(uploaded.len()..).filter(|rest| !rest.is_empty()) {
            let about = uploaded.len().to_string();
            if let Some(known) = self.kept(ledger.standing(UPLOAD, &about), rest) {
                self.progress.advance(known.len() as u64);
                uploaded.extend(known);
                continue;
            }
            let places = self.places(rest.len())?;
            let work: Vec<_> = rest.iter().zip(places).collect();
            let sent: Vec<&StudioFile> = work.iter().map(|(file, _)| *file).collect();
            let list = fingerprint(&sent);
            uploaded.extend(ledger.write(UPLOAD, &about, || {
                let done = parallel::each(&work, self.jobs, |(file, place)| {
                    self.file(file, place.clone())
                })?;
                let detail = detail(&list, &done);
                Ok((done, detail))
            })?);
        }
        Ok(uploaded)
    }

    /// Asks for addresses: for as many as the server gives at once, which no document tells.
    fn places(&self, wanted: usize) -> Result<Vec<FileResource>, TransportError> {
        let count = wanted.min(self.most.load(Ordering::Relaxed));
        let request = self.server.upload_urls(self.project, count);
        let response = match self.transport.send(request) {
            Err(error) if count > 1 && error.status() == Some(400) => {
                self.most.store(count / 2, Ordering::Relaxed);
                return self.places(wanted);
            }
            answer => answer?,
        };
        let places: Vec<FileResource> = response.json()?;
        // What comes is used, and more is asked for.
        if places.is_empty() {
            return Err(odd(&response, "no address to upload to came"));
        }
        Ok(places.into_iter().take(count).collect())
    }

    /// Returns the uploads of an earlier attempt, where they are of the first of these files and not too old.
    fn kept(&self, standing: Standing, files: &[StudioFile]) -> Option<Vec<Uploaded>> {
        let Standing::Done(record) = standing else {
            return None;
        };
        let age = self.transport.clock().timestamp().duration_since(record.at);
        let list = record.detail.get("list")?.as_str()?;
        let paths = record.detail.get("paths")?.as_array()?;
        let files: Vec<&StudioFile> = files.get(..paths.len())?.iter().collect();
        if files.is_empty() || age > KEPT || fingerprint(&files) != list {
            return None;
        }
        paths
            .iter()
            .map(|path| Some(Uploaded::At(path.as_str()?.to_owned())))
            .collect()
    }

    fn file(&self, file: &StudioFile, place: FileResource) -> Result<Uploaded, TransportError> {
        let result = self.renewing(file, place);
        self.progress.advance(1);
        match result {
            Ok(path) => Ok(Uploaded::At(path)),
            Err(error) if self.lenient && !file.essential && !super::is_end(&error) => {
                Ok(Uploaded::LeftOut(format!("`{}`: {error}", file.name)))
            }
            // Nothing refers to the file yet: whether it arrived makes no difference.
            Err(error) => Err(TransportError {
                delivery: Delivery::Refused,
                ..error
            }),
        }
    }

    /// Puts a file, with a new address where the one at hand has expired.
    fn renewing(
        &self,
        file: &StudioFile,
        mut place: FileResource,
    ) -> Result<String, TransportError> {
        for _ in 0..RENEWALS {
            match self.put(file, &place) {
                Ok(()) => return Ok(place.path),
                // Amazon S3: an expired or wrong signature is 403.
                Err(error) if error.status() == Some(403) => {
                    let request = self.server.upload_url(self.project);
                    place = self.transport.send(request)?.json()?;
                }
                Err(error) => return Err(error),
            }
        }
        self.put(file, &place).map(|()| place.path)
    }

    fn put(&self, file: &StudioFile, place: &FileResource) -> Result<(), TransportError> {
        let url = Url::parse(&place.upload_url)
            .ok()
            .filter(|url| self.is_safe(url))
            .ok_or_else(|| Self::unsafe_address(file))?;
        let request = Server::put(url, &file.name, file.path.clone(), file.length);
        let purpose = request.purpose.clone();
        let response = self.transport.send(request)?;
        // Amazon S3 answers a PUT without a body: a page is somebody else's answer.
        if response.body.trim_ascii_start().starts_with(b"<") {
            return Err(TransportError {
                purpose,
                ..odd(&response, "a page came instead of the store's answer")
            });
        }
        Ok(())
    }

    /// Tells whether results may go to an address that the service gave out: not in the clear, unless the service itself is.
    fn is_safe(&self, url: &Url) -> bool {
        url.scheme() == "https" || (url.scheme() == "http" && self.server.is_plain())
    }

    fn unsafe_address(file: &StudioFile) -> TransportError {
        TransportError {
            purpose: format!("the upload of `{}`", file.name),
            request: "PUT to the store".to_owned(),
            delivery: Delivery::NotSent,
            problem: Problem::Shape("TestOps gave out an address that is not https".to_owned()),
            trace: None,
        }
    }
}

fn odd(response: &Response, text: impl Into<String>) -> TransportError {
    TransportError {
        purpose: "uploading".to_owned(),
        request: format!("HTTP {}", response.status),
        delivery: Delivery::Refused,
        problem: Problem::Shape(text.into()),
        trace: None,
    }
}

/// Returns a digest of what a chunk consists of, so that uploads are taken over only for the same files.
fn fingerprint(files: &[&StudioFile]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        for text in [&file.folder, &file.name] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(file.length.to_le_bytes());
    }
    super::batch::hex(&hasher.finalize(), 8)
}

fn detail(list: &str, uploaded: &[Uploaded]) -> Value {
    let paths: Vec<Option<&str>> = uploaded
        .iter()
        .map(|one| match one {
            Uploaded::At(path) => Some(path.as_str()),
            Uploaded::LeftOut(_) => None,
        })
        .collect();
    json!({"list": list, "paths": paths})
}
