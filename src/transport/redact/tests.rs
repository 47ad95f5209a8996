//! What the log shows of an exchange.

use reqwest::Method;

use super::*;
use crate::secret::Secret;

const FORM: &str = "application/x-www-form-urlencoded";

fn redactor() -> Redactor {
    let token = Secret::token("t0ken-marked").unwrap();
    Redactor::new(&TransportOptions {
        authorization: Some(Authorization::Bearer(token)),
        ..TransportOptions::default()
    })
}

fn request(url: &str) -> Request {
    Request::read(Method::GET, Url::parse(url).unwrap(), "it")
}

#[test]
fn an_address_is_logged_without_what_may_be_secret() {
    let redactor = redactor();
    let own = request("https://ann:pw@x.example/a%20b?api-version=7.1&access_token=abc#part");
    assert_eq!(
        redactor.logged_address(&own),
        "GET https://x.example/a b?api-version=7.1&access_token=***"
    );
    let signed = request("https://s3.example/file?X-Amz-Expires=60&X-Amz-Signature=abc");
    assert_eq!(
        redactor.logged_address(&signed.unauthorized()),
        "GET https://s3.example/file?***"
    );
    let in_path = request("https://x.example/t0ken-marked");
    assert_eq!(
        redactor.logged_address(&in_path),
        "GET https://x.example/***"
    );
}

#[test]
fn a_body_is_logged_without_secrets_and_attachments() {
    let redactor = redactor();
    let stream = "A".repeat(5000);
    let body = format!(
        r#"{{"name":"shot.png","stream":"{stream}","access_token":"abc","nested":[{{"apiKey":12}}],
            "said":"t0ken-marked","uploadUrl":"https://s3.example/x?sig=abc","tokens":3}}"#
    );
    let shown = redactor.body("application/json; charset=utf-8", body.as_bytes());
    assert!(
        shown.contains("shot.png") && shown.contains("(5000 characters)"),
        "{shown}"
    );
    assert!(shown.contains("https://s3.example/x?***"), "{shown}");
    for secret in ["abc", "12", "t0ken-marked", &stream] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_eq!(
        redactor.body("image/png", &[1, 2, 3]),
        "3 bytes of `image/png`"
    );
    let broken = redactor.body("application/json", b"{\"access_token\":\"abc");
    assert_eq!(broken, "20 bytes of `application/json`");
}

#[test]
fn a_form_is_logged_without_its_password() {
    let form = b"grant_type=password&username=ann&password=s3cret%21";
    let request = request("https://x.example/oauth/token").bytes(FORM, form.to_vec());
    assert_eq!(
        redactor().sent_body(&request),
        "grant_type=password&username=ann&password=***"
    );
    let echo = redactor().with(&request).line("no user ann with s3cret!");
    assert_eq!(echo, "no user ann with ***");
}

#[test]
fn what_a_service_says_is_one_bounded_line() {
    let said = format!("a\u{1b}[2J\r\n{}", "b".repeat(600));
    let line = redactor().line(&said);
    assert!(line.starts_with("a [2J bbb"), "{line}");
    assert!(line.ends_with("(606 characters)"), "{line}");
}
