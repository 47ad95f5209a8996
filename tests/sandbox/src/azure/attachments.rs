//! Files at runs and results.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, envelope, id, now, text};
use super::refusal::{Answer, Refusal};
use super::run::Attachment;
use crate::http::Response;

/// Azure: a file holds at most 100 MB in base64.
const LIMIT: usize = 104_857_600;

impl Azure {
    /// Takes, lists and gives files of a run, or of one of its results.
    pub(super) fn attachments(
        &mut self,
        call: &Call<'_>,
        method: &str,
        at: (&str, Option<&str>),
        rest: &[&str],
    ) -> Answer {
        let run = self.run_in(call, at.0)?.id;
        let result = at.1.map(id).transpose()?;
        let next = self.next_attachment;
        let sub = call.query("testSubResultId").map(id).transpose()?;
        self.know_sub(run, result, sub)?;
        let files = self.files(run, result)?;
        match (method, rest) {
            ("GET", []) => {
                // Azure: those of a sub-result are listed with it alone.
                let files = files.iter().filter(|file| file.sub_result == sub);
                let files: Vec<Value> = files.map(|file| file_json(call, file)).collect();
                Ok(envelope(files))
            }
            ("GET", [number]) => {
                let number = id(number)?;
                let file = files.iter().find(|file| file.id == number);
                let file = file.ok_or_else(|| {
                    Refusal::missing(format!("Test attachment {number} not found."))
                })?;
                Ok(Response::of(
                    200,
                    "application/octet-stream",
                    file.bytes.clone(),
                ))
            }
            ("POST", []) => {
                let mut file = read(&call.json()?)?;
                file.id = next;
                file.sub_result = sub;
                files.push(file);
                self.next_attachment += 1;
                Ok(Response::json(
                    200,
                    &json!({ "id": next, "url": file_url(call, next) }),
                ))
            }
            _ => Err(Refusal::no_resource(method, &call.request.path)),
        }
    }

    /// Refuses a sub-result that is not there.
    fn know_sub(&self, run: i64, result: Option<i64>, sub: Option<i64>) -> Result<(), Refusal> {
        let row = || self.runs.get(&run)?.results.get(&result?);
        let has = |sub: i64| {
            let subs = row().and_then(|row| row.fields.get("subResults")?.as_array());
            subs.is_some_and(|subs| subs.iter().any(|it| it["id"] == sub))
        };
        match sub {
            Some(sub) if !has(sub) => Err(Refusal::missing(format!(
                "Test sub result {sub} not found."
            ))),
            Some(_) | None => Ok(()),
        }
    }

    fn files(&mut self, run: i64, result: Option<i64>) -> Result<&mut Vec<Attachment>, Refusal> {
        let missing = || Refusal::missing("Test result not found.");
        let run = self.runs.get_mut(&run).ok_or_else(missing)?;
        match result {
            None => Ok(&mut run.attachments),
            Some(number) => run
                .results
                .get_mut(&number)
                .map(|row| &mut row.attachments)
                .ok_or_else(missing),
        }
    }
}

fn read(body: &Value) -> Result<Attachment, Refusal> {
    let stream = text(body, "stream").filter(|stream| !stream.is_empty());
    let stream = stream.ok_or_else(|| {
        Refusal::argument("Value cannot be null.\r\nParameter name: attachmentRequestModel.Stream")
    })?;
    let name = text(body, "fileName").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        Refusal::argument(
            "Value cannot be null.\r\nParameter name: attachmentRequestModel.FileName",
        )
    })?;
    if stream.len() > LIMIT {
        return Err(Refusal::argument(format!(
            "The attachment exceeds the maximum size of {LIMIT} bytes."
        )));
    }
    if name.contains([':', '/', '\\']) {
        return Err(Refusal::argument(format!(
            "The file name {name} has a character that is not allowed."
        )));
    }
    let kind = text(body, "attachmentType").unwrap_or("GeneralAttachment");
    let known = ["GeneralAttachment", "CodeCoverage", "ConsoleLog"];
    let kind = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(kind))
        .ok_or_else(|| Refusal::invalid("AttachmentType"))?;
    let bytes = STANDARD
        .decode(stream)
        .map_err(|_| Refusal::invalid("attachmentRequestModel.Stream"))?;
    Ok(Attachment {
        id: 0,
        sub_result: None,
        file_name: name.to_owned(),
        comment: text(body, "comment").unwrap_or_default().to_owned(),
        kind: (*kind).to_owned(),
        bytes,
    })
}

fn file_url(call: &Call<'_>, number: i64) -> String {
    format!("{}/_apis/test/Attachments/{number}", call.base)
}

fn file_json(call: &Call<'_>, file: &Attachment) -> Value {
    json!({
        "id": file.id,
        "fileName": file.file_name,
        "comment": file.comment,
        "attachmentType": super::outcome::camel(&file.kind),
        "size": file.bytes.len(),
        "createdDate": now(),
        "url": file_url(call, file.id),
    })
}
