//! The storage: places are handed out with a signature, files are put there by whoever holds it.
//!
//! It answers as Amazon's S3 does: errors are XML, credentials beside the signature are refused, and so are bodies of
//! unknown length.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::reply::{Answer, Refusal, number, ok};
use super::site::{Site, Upload};
use super::world::StorageAt;
use crate::http::{Head, Request, Response};

/// The first part of all paths of the storage.
pub(crate) const BUCKET: &str = "katalon-storage";

impl Site {
    pub(crate) fn upload_url(&mut self, request: &Request) -> Answer {
        let project = number(request, "projectId")?;
        self.open_project(project)?;
        let place = self.hand_out(project, request);
        ok(&place)
    }

    pub(crate) fn upload_urls(&mut self, request: &Request) -> Answer {
        let project = number(request, "projectId")?;
        self.open_project(project)?;
        let count = number(request, "numberUrl")?;
        if self.options.url_limit.is_some_and(|limit| count > limit) {
            return Err(Refusal::bad("Too many URLs were asked for"));
        }
        let places: Vec<_> = (0..count.min(10_000))
            .map(|_| self.hand_out(project, request))
            .collect();
        ok(&json!(places))
    }

    fn hand_out(&mut self, project: u64, request: &Request) -> Value {
        let id = self.number();
        let path = format!("upload/{project}/{id}");
        let life = SignedDuration::try_from(self.options.url_life).unwrap_or_default();
        let signature = sign(&path);
        let base = match (self.options.storage, request.header("host")) {
            (StorageAt::RequestHost, Some(host)) => format!("http://{host}"),
            _ => self.storage_url.clone(),
        };
        let url = format!(
            "{base}/{BUCKET}/{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires={}&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}",
            life.as_secs()
        );
        let expires = crate::time::now()
            .checked_add(life)
            .unwrap_or(Timestamp::MAX);
        self.uploads.insert(
            path.clone(),
            Upload {
                project,
                signature,
                expires,
                data: None,
            },
        );
        json!({ "id": id, "path": path, "uploadUrl": url })
    }

    /// Answers a request to the storage.
    pub(crate) fn store(&mut self, request: &Request) -> Response {
        match self.try_store(request) {
            Ok(()) => Response::empty(200).with("ETag", "\"stored\""),
            Err((status, code, message)) => xml_error(status, code, message),
        }
    }

    fn try_store(&mut self, request: &Request) -> Result<(), (u16, &'static str, &'static str)> {
        let denied = (403, "AccessDenied", "Access Denied");
        if request.method != "PUT" {
            return Err((
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            ));
        }
        if request.header("authorization").is_some() {
            return Err((400, "InvalidArgument", "Only one auth mechanism allowed"));
        }
        if request.header("content-length").is_none() {
            return Err((
                411,
                "MissingContentLength",
                "You must provide the Content-Length HTTP header.",
            ));
        }
        let path = request.segments.get(1..).unwrap_or_default().join("/");
        let upload = self.uploads.get_mut(&path).ok_or(denied)?;
        let signature = request.query("X-Amz-Signature").ok_or(denied)?;
        if signature != upload.signature {
            return Err((
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            ));
        }
        if upload.expires <= crate::time::now() {
            return Err((403, "AccessDenied", "Request has expired"));
        }
        upload.data = Some(request.body.clone().into());
        Ok(())
    }
}

/// Returns whether a request is meant for the storage, whichever door it came through.
pub(crate) fn is_storage(head: &Head) -> bool {
    head.door == "storage" || head.segments.first().is_some_and(|first| first == BUCKET)
}

/// Returns an error as the storage gives it.
pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>STANDIN</RequestId></Error>"
    );
    Response::of(status, "application/xml", body)
}

fn sign(path: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (path, "a secret of the storage").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
