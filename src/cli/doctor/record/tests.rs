//! A recording is searched for a secret that was put into every place there is.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::transport::{Method, WriteRequest};

/// What somebody would not want to see in a bug report.
const MARKED: [&str; 7] = [
    "mARKED",
    "kim.mARKED@acme.example",
    "https://mARKED:mARKED@mARKED.example/mARKED/a?sig=mARKED#mARKED",
    "7310733107731073",
    "73107331-0773-4107-8310-733107731073",
    "2026-11-20T10:00:00Z mARKED",
    "{\"token\": \"mARKED\"}",
];

fn is_marked(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("marked") || text.contains("7310733")
}

fn answer(status: u16, body: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    Answer {
        status,
        headers,
        body: Ok(body.to_string().into_bytes()),
    }
}

fn recorded(request: &Request, answer: &Answer) -> String {
    let mut recording = Recording::default();
    recording.add(Timestamp::UNIX_EPOCH, request, Ok(answer));
    recording.text(Some(MARKED[0]))
}

/// An answer with members as the services have them.
fn document() -> Value {
    json!({"count": 1, "token": "t", "value": [{
        "id": 4, "name": "n", "state": "Completed", "email": "m", "url": "u", "lastUpdatedDate": "2026-11-20T10:00:00.5Z",
        "fields": {"System.Title": "t", "Custom.Field": 1.5}, "tester": {"displayName": "d", "imageUrl": "i"}, "properties": [["a", 1], null, true],
    }]})
}

/// Puts something in the place of each member's name and each value, one after the other, and looks at what comes of it.
fn everywhere(document: &Value, put: &Value, look: &mut dyn FnMut(Value)) {
    look(put.clone());
    match document {
        Value::Object(members) => {
            for name in members.keys() {
                everywhere(&members[name], put, &mut |inner| {
                    let mut changed = document.clone();
                    changed[name] = inner;
                    look(changed);
                });
                let mut changed = members.clone();
                let value = changed.remove(name).unwrap();
                changed.insert(put.as_str().map_or(put.to_string(), str::to_owned), value);
                look(Value::Object(changed));
            }
        }
        Value::Array(values) => {
            for (nth, value) in values.iter().enumerate() {
                everywhere(value, put, &mut |inner| {
                    let mut changed = document.clone();
                    changed[nth] = inner;
                    look(changed);
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_secret_in_any_member_of_what_is_sent_or_answered_is_not_recorded() {
    let mut puts: Vec<Value> = MARKED.iter().map(|text| json!(text)).collect();
    puts.extend([
        json!(7_310_733_107_731_073_u64),
        json!(-7_310_733_i64),
        json!(7_310_733.25),
    ]);
    let url = Url::parse("https://dev.example/acme/_apis/test/runs").unwrap();
    let mut seen = 0;
    for put in &puts {
        everywhere(&document(), put, &mut |changed| {
            let asked = WriteRequest::new(Method::POST, url.clone(), "a run").json(&changed);
            let text = recorded(&asked, &answer(200, &changed));
            assert!(!is_marked(&text), "{changed}\n{text}");
            seen += 1;
        });
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn a_secret_in_an_address_a_header_or_a_body_that_is_no_json_is_not_recorded() {
    for marked in MARKED {
        let mut url = Url::parse("https://mARKED:mARKED@mARKED.example:7310/").unwrap();
        url.path_segments_mut()
            .unwrap()
            .extend(["_apis", marked, "runs"]);
        let request = Request::read(Method::GET, url, marked)
            .query(marked, "1")
            .query("id", marked)
            .query("$top", marked)
            .header("x-vendor", marked)
            .bytes(marked, marked.as_bytes().to_vec());
        let mut came = answer(200, &Value::Null);
        for name in [
            "content-type",
            "retry-after",
            "x-ratelimit-remaining",
            "x-ratelimit-marked",
            "x-ms-continuationtoken",
            "set-cookie",
            "www-authenticate",
            "location",
            "marked",
        ] {
            let name = HeaderName::from_static(name);
            came.headers
                .append(name, HeaderValue::from_str(marked).unwrap());
        }
        for body in [
            marked.to_owned(),
            format!("<html>{marked}</html>"),
            format!("grant_type=password&password={marked}"),
        ] {
            came.body = Ok(body.into_bytes());
            let text = recorded(&request, &came);
            assert!(!is_marked(&text), "{text}");
        }
    }
}

#[test]
fn what_is_confidential_or_signed_is_not_recorded_even_in_words_that_stay() {
    let url = Url::parse("https://dev.example/oauth/token?state=Completed").unwrap();
    let body = json!({"name": "Completed"});
    let hidden = Request::read(Method::POST, url.clone(), "a token")
        .json(&body)
        .confidential();
    let signed = Request::read(Method::PUT, url, "a file").unauthorized();
    for (request, came) in [
        (hidden, answer(200, &body)),
        (signed, answer(200, &Value::Null)),
    ] {
        let text = recorded(&request, &came);
        assert!(!text.contains("Completed"), "{text}");
    }
}

#[test]
fn what_stays_can_be_followed_and_what_is_replaced_is_always_replaced_by_the_same() {
    let url =
        Url::parse("https://dev.example/acme/_apis/test/runs/1234?$top=1000&planId=1234").unwrap();
    let body = json!({"count": 1000, "id": 1234, "plan": {"id": "1234"}, "state": "Completed", "name": "acme", "comment": "é",
        "createdDate": "2026-11-20T10:00:00.123Z", "url": "https://dev.example/acme/_apis/test", "page": 7, "duration": 0.0});
    let text = recorded(
        &Request::read(Method::GET, url, "a run"),
        &answer(200, &body),
    );
    let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(line["path"], "/<1:4>/_apis/test/runs/1000001");
    assert_eq!(
        line["query"],
        json!([["$top", "1000"], ["planId", "1000001"]])
    );
    let kept = json!({"count": 1000, "id": 1_000_001, "plan": {"id": "1000001"}, "state": "Completed", "name": "<1:4>", "comment": "<2:1>",
        "createdDate": "2026-11-20T10:00:00.123Z", "url": "{url}/<1:4>/_apis/test", "page": 7, "duration": 0});
    assert_eq!(line["answer"]["body"], kept);
    assert_eq!(
        line["answer"]["headers"]["content-type"],
        "application/json"
    );
}

#[test]
fn the_words_that_stay_are_words_and_stand_in_their_order() {
    let words: Vec<&str> = WORDS.lines().collect();
    assert!(words.is_sorted() && words.len() > 500);
    for word in words {
        assert!(
            word.len() > 1 && word.len() < 40 && !is_marked(word),
            "{word}"
        );
        assert!(
            !word.contains(|c: char| !c.is_ascii() || "@:{}<>".contains(c)),
            "{word}"
        );
    }
}
