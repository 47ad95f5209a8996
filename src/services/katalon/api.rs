//! One function an endpoint: each returns the request as a value.
//!
//! Sources: Katalon's own `OpenAPI` document (2021), its generated Python client (2022), and what its uploader sends (2026).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::Url;

use super::wire::{Id, NewProject, Tag, TaggedFiles, UploadBatchFile};
use crate::files::KnownFile;
use crate::secret::Secret;
use crate::transport::{Method, Opener, Request, WriteRequest};

/// The entries of one page of a list.
pub(super) const PAGE: u64 = 100;

/// The entries of one page of a search. TestOps: at most 300 (Katalon's issue migration, README).
pub(super) const SEARCH_PAGE: u64 = 300;

/// The client that Katalon's uploader names to the token endpoint. Public, and no secret.
const UPLOADER: &str = "kit_uploader:kit_uploader";

/// A TestOps server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    base: Url,
}

impl Server {
    pub(super) fn new(base: &Url) -> Self {
        Self { base: base.clone() }
    }

    /// Returns whether the server itself is reached in the clear, as one on this machine may be.
    pub(super) fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// Returns the page of an execution.
    pub(super) fn page(&self, team: &Id, project: &Id, order: &Id) -> String {
        self.at(&format!("team/{team}/project/{project}/executions/{order}"))
            .to_string()
    }

    /// Returns the address of an endpoint: its path below the server's own.
    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url
    }

    fn get(&self, path: &str, purpose: impl Into<String>) -> Request {
        Request::read(Method::GET, self.at(path), purpose)
    }

    fn post(&self, path: &str, purpose: impl Into<String>) -> WriteRequest {
        WriteRequest::new(Method::POST, self.at(path), purpose)
    }

    /// Asks for a token. A password grant makes nothing that lasts, so it is a read: it may be asked again.
    pub(super) fn token(&self, user: &str, password: &Secret) -> Request {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("username", user)
            .append_pair("password", password.expose())
            .finish();
        Request::read(Method::POST, self.at("oauth/token"), "the sign-in")
            .unauthorized()
            .header(
                "authorization",
                format!("Basic {}", STANDARD.encode(UPLOADER)),
            )
            .bytes("application/x-www-form-urlencoded", form.into_bytes())
            .confidential()
    }

    pub(super) fn me(&self) -> Request {
        self.get("api/v1/users/me", "the account")
    }

    pub(super) fn teams(&self, page: u64) -> Request {
        by_name(self.get("api/v1/teams", "the teams"), page)
    }

    pub(super) fn projects(&self, team: Option<&Id>, page: u64) -> Request {
        let request = by_name(self.get("api/v1/projects", "the projects"), page);
        match team {
            Some(team) => request.query("teamId", &team.0),
            None => request,
        }
    }

    pub(super) fn project(&self, id: &str) -> Request {
        self.get(&format!("api/v1/projects/{id}"), format!("project {id}"))
    }

    pub(super) fn create_project(&self, team: &Id, name: &str) -> WriteRequest {
        self.post("api/v1/projects", format!("the new project `{name}`"))
            .json(&NewProject {
                name,
                team_id: team,
            })
    }

    /// Asks for one address to upload to; also how one learns whether uploading is allowed.
    pub(super) fn upload_url(&self, project: &Id) -> Request {
        self.get("api/v1/files/upload-url", "an address to upload to")
            .query("projectId", &project.0)
    }

    /// Asks for addresses to upload to. They come in the order in which they will be used.
    pub(super) fn upload_urls(&self, project: &Id, count: usize) -> Request {
        self.get("api/v1/files/upload-urls", "addresses to upload to")
            .query("projectId", &project.0)
            .query("numberUrl", count.to_string())
    }

    /// Puts a file into the store. The address is signed, the store is another host: our credential stays here.
    pub(super) fn put(url: Url, name: &str, file: KnownFile) -> WriteRequest {
        let length = file.size();
        let open: Opener = Arc::new(move || Ok(Box::new(file.open()?)));
        WriteRequest::new(Method::PUT, url, format!("the upload of `{name}`"))
            .stream("application/octet-stream", length, open)
            .unauthorized()
            .any_answer()
            .repeatable("the place is ours alone, and nothing refers to it before it is reported")
    }

    /// Hands in the uploaded files of Katalon folders, all at once.
    pub(super) fn hand_in_folders(
        &self,
        place: (&Id, &str),
        files: &[UploadBatchFile],
        tags: &[String],
        xray: bool,
    ) -> WriteRequest {
        let (project, batch) = place;
        let purpose = "the Katalon reports";
        let path = "api/v1/katalon/test-reports/multiple";
        let request = if tags.is_empty() {
            self.post(path, purpose).json(&files)
        } else {
            self.post(&format!("{path}-v2"), purpose)
                .json(&TaggedFiles {
                    upload_batch_file_resources: files,
                    tags: named(tags, project),
                })
        };
        pushed(in_batch(request, project, batch), xray)
    }

    /// Hands in results in the form of Katalon's own reporters.
    pub(super) fn hand_in_results(
        &self,
        project: &Id,
        batch: &str,
        files: &[UploadBatchFile],
    ) -> WriteRequest {
        let request = self
            .post("api/v1/testops-reports", "the results")
            .json(&files);
        in_batch(request, project, batch)
    }

    /// Asks for the executions of a batch. The shape of the answer is documented nowhere.
    pub(super) fn executions_of(&self, project: &Id, batch: &str) -> Request {
        let request = self
            .get("api/v1/executions", "the executions of this submission")
            .any_answer();
        newest_first(request.query("projectId", &project.0).query("batch", batch))
    }

    /// Asks for an execution by the number that people see.
    pub(super) fn execution_numbered(&self, project: &Id, order: &str) -> Request {
        let request = self
            .get("api/v1/executions", format!("execution {order}"))
            .any_answer()
            .query("projectId", &project.0)
            .query("order", order);
        newest_first(request)
    }

    /// Searches, newest first. TestOps: the short names, and not those of the document, are what the service reads
    /// (Katalon's issue migration and its API reference).
    pub(super) fn search(&self, kind: &str, project: &Id, page: u64) -> Request {
        let body = json!({
            "type": kind,
            "conditions": [{"key": "Project.id", "operator": "=", "value": project.0}],
            "functions": [],
            "pagination": {"page": page, "size": SEARCH_PAGE, "sorts": ["id,desc"]},
            "groupBys": [],
        });
        Request::read(
            Method::POST,
            self.at("api/v1/search"),
            format!("the list of {}s", kind.to_lowercase()),
        )
        .json(&body)
    }

    pub(super) fn link_release(&self, execution: &Id, project: &Id, release: &Id) -> WriteRequest {
        let path = format!("api/v1/executions/{execution}/link-release");
        self.post(&path, format!("the link to release {release}"))
            .query("projectId", &project.0)
            .query("releaseId", &release.0)
            .repeatable("an execution has one release")
    }

    pub(super) fn link_build(&self, execution: &Id, build: &Id) -> WriteRequest {
        let path = format!("api/v1/executions/{execution}/link-build");
        self.post(&path, format!("the link to build {build}"))
            .query("buildId", &build.0)
            .repeatable("an execution has one build")
    }

    pub(super) fn tag(&self, execution: &Id, project: &Id, name: &str) -> WriteRequest {
        let url = self.at(&format!("api/v1/executions/{execution}/tags"));
        WriteRequest::new(Method::PUT, url, format!("the tag `{name}`"))
            .json(&Tag {
                name,
                project_id: project,
            })
            .any_answer()
            .repeatable("an execution has a tag or has it not")
    }

    /// Deletes the execution that people know by this number. One a call: of several numbers nobody knows what becomes.
    pub(super) fn delete_execution(&self, project: &Id, order: &Id) -> WriteRequest {
        let purpose = format!("the deletion of execution {order}");
        WriteRequest::new(Method::DELETE, self.at("api/v1/executions"), purpose)
            .query("projectId", &project.0)
            .query("order", &order.0)
            .any_answer()
            .repeatable("a number is given out once")
    }

    pub(super) fn push_to_xray(&self, execution: &Id) -> WriteRequest {
        let path = format!("api/v1/executions/{execution}/push-to-xray");
        self.post(&path, "the push to Xray").any_answer()
    }
}

fn by_name(request: Request, page: u64) -> Request {
    paged(request, page).query("sort", "name,asc")
}

fn newest_first(request: Request) -> Request {
    paged(request, 0).query("sort", "id,desc")
}

fn paged(request: Request, page: u64) -> Request {
    request
        .query("page", page.to_string())
        .query("size", PAGE.to_string())
}

fn in_batch(request: WriteRequest, project: &Id, batch: &str) -> WriteRequest {
    request.query("projectId", &project.0).query("batch", batch)
}

fn pushed(request: WriteRequest, xray: bool) -> WriteRequest {
    if xray {
        request.query("pushToXray", "true")
    } else {
        request
    }
}

fn named<'a>(tags: &'a [String], project: &'a Id) -> Vec<Tag<'a>> {
    tags.iter()
        .map(|name| Tag {
            name,
            project_id: project,
        })
        .collect()
}
