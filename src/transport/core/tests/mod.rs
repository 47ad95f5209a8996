//! Every way an exchange can fail, against a server that fails at the socket.

mod renewal;
mod server;
mod socks;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use url::Url;

use self::server::{Act, Server};
use super::*;
use crate::secret::Secret;
use crate::transport::{
    Authorization, Deadline, Limits, Request, RetryPolicy, Signal, WriteRequest,
};

const OK: Act = Act::Answer("200 OK", "content-type: application/json\r\n", "{\"a\":1}");
const BUSY: Act = Act::Answer("503 Service Unavailable", "", "");
const THROTTLED: Act = Act::Answer("429 Too Many Requests", "retry-after: 1\r\n", "");

fn options() -> TransportOptions {
    TransportOptions {
        retry: RetryPolicy {
            tries: 3,
            base: Duration::from_millis(5),
            ..RetryPolicy::default()
        },
        limits: Limits {
            connect: Duration::from_secs(1),
            answer: Duration::from_millis(400),
            ..Limits::default()
        },
        ..TransportOptions::default()
    }
}

fn read(server: &Server) -> Request {
    Request::read(
        Method::GET,
        server.url("/points?secret=hidden"),
        "the points",
    )
}

/// A write that no journal knows.
pub(super) struct Unrecorded;

impl Recorded for Unrecorded {}

/// Sends a write without a journal.
fn dare(request: WriteRequest) -> Result<Response, TransportError> {
    Transport::new(options()).send_recorded(request, &Unrecorded)
}

fn write(server: &Server) -> WriteRequest {
    WriteRequest::new(Method::POST, server.url("/runs"), "a new run").json(&"x")
}

fn send(request: Request) -> Result<Response, TransportError> {
    Transport::new(options()).send(request)
}

/// What the server does, and what a read and a write make of it: how often each is sent, and what the write's failure means.
fn check(act: Act, reads: usize, writes: usize, delivery: Delivery) -> TransportError {
    let server = Server::start(vec![act; 9]);
    send(read(&server)).unwrap_err();
    assert_eq!(server.served(), reads, "reads of {act:?}");
    let server = Server::start(vec![act; 9]);
    let error = dare(write(&server)).unwrap_err();
    assert_eq!(server.served(), writes, "writes of {act:?}");
    assert_eq!(error.delivery, delivery, "{act:?}");
    error
}

#[test]
fn a_connection_closed_before_the_answer_leaves_a_write_unknown_and_is_not_repeated() {
    let error = check(Act::Close, 3, 1, Delivery::Unknown);
    assert!(matches!(error.problem, Problem::Cut(_)), "{error}");
    check(Act::ReadAndClose, 3, 1, Delivery::Unknown);
}

#[test]
fn a_stalled_server_times_out_and_leaves_a_write_unknown() {
    let error = check(Act::Stall, 3, 1, Delivery::Unknown);
    assert_eq!(error.problem, Problem::TimedOut);
}

#[test]
fn a_truncated_answer_leaves_a_write_unknown() {
    let error = check(Act::Truncate, 3, 1, Delivery::Unknown);
    assert!(matches!(error.problem, Problem::Cut(_)), "{error}");
}

#[test]
fn an_answer_that_trickles_is_given_up() {
    let error = check(Act::Trickle, 3, 1, Delivery::Unknown);
    assert_eq!(error.problem, Problem::TimedOut);
}

#[test]
fn an_answer_that_is_no_http_leaves_a_write_unknown() {
    check(Act::Raw("SSH-2.0-OpenSSH\r\n"), 3, 1, Delivery::Unknown);
}

#[test]
fn a_broken_encoding_leaves_a_write_unknown() {
    let gzip = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    check(Act::Answer("200 OK", gzip, "{}"), 3, 1, Delivery::Unknown);
}

#[test]
fn a_server_error_may_come_after_the_work_was_done() {
    for status in ["500 Oops", "502 Bad", "503 Busy", "504 Late", "408 Timeout"] {
        check(Act::Answer(status, "", ""), 3, 1, Delivery::Unknown);
    }
    check(Act::Answer("501 No", "", ""), 1, 1, Delivery::Unknown);
}

#[test]
fn a_refusal_is_final_and_says_why() {
    let body = "{\"message\":\"TF1:\\u0007 no\\nsuch plan\",\"typeKey\":\"NotFound\"}";
    let error = check(
        Act::Answer("404 Not Found", "activityid: abc-1\r\n", body),
        1,
        1,
        Delivery::Refused,
    );
    assert_eq!(error.trace.as_deref(), Some("abc-1"));
    let Problem::Status { message, code, .. } = error.problem else {
        panic!("{error}")
    };
    assert_eq!(
        (message.as_str(), code.as_deref()),
        ("TF1: no such plan", Some("NotFound"))
    );
}

#[test]
fn a_redirect_is_never_followed_and_to_a_sign_in_it_is_one() {
    let to_login = Act::Answer("302 Found", "location: https://login.example/x\r\n", "");
    assert_eq!(
        check(to_login, 1, 1, Delivery::Refused).problem,
        Problem::SignIn
    );
    let elsewhere = Act::Answer("307 Moved", "location: /new?token=abc\r\n", "");
    let error = check(elsewhere, 1, 1, Delivery::Refused);
    assert!(!error.to_string().contains("abc"), "{error}");
    let seen = Act::Answer("303 See Other", "location: /runs/1\r\n", "");
    check(seen, 1, 1, Delivery::Unknown);
}

#[test]
fn a_page_for_people_is_no_answer() {
    let html = "content-type: text/html\r\n";
    let page = Act::Answer(
        "200 OK",
        html,
        "<html><title>Sign in to your account</title>",
    );
    assert_eq!(
        check(page, 1, 1, Delivery::Unknown).problem,
        Problem::SignIn
    );
    let notice = Act::Answer("200 OK", html, "<html>Acme Proxy: blocked");
    let error = check(notice, 1, 1, Delivery::Unknown);
    assert!(
        matches!(error.problem, Problem::NotJson { status: 200, .. }),
        "{error}"
    );
    let azure = Act::Answer("203 Non-Authoritative", html, "<html>");
    assert_eq!(
        check(azure, 1, 1, Delivery::Refused).problem,
        Problem::SignIn
    );
    // Something on the way altered the answer to a write that was done.
    let json = "content-type: application/json\r\n";
    let altered = Act::Answer("203 Non-Authoritative", json, "{\"id\":1}");
    let error = check(altered, 1, 1, Delivery::Unknown);
    assert_eq!(error.status(), Some(203), "{error}");
}

#[test]
fn a_write_is_sent_again_after_429_and_after_a_refused_connection_only() {
    let server = Server::start(vec![THROTTLED, OK]);
    let start = Clock::system().now();
    dare(write(&server)).unwrap();
    assert!(
        Clock::system().since(start) >= Duration::from_millis(950),
        "Retry-After was kept"
    );
    assert_eq!(server.served(), 2);

    let nobody = Server::start(vec![]).url_of_a_closed_port("/runs");
    let error = dare(WriteRequest::new(Method::POST, nobody, "a new run")).unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent);
    assert!(matches!(error.problem, Problem::Connect(_)), "{error}");
}

#[test]
fn a_write_that_is_harmless_to_repeat_is_repeated_and_stays_unknown_when_it_never_succeeds() {
    let server = Server::start(vec![BUSY, OK]);
    dare(write(&server).repeatable("absolute values")).unwrap();
    let not_found = Act::Answer("404 Not Found", "", "");
    let server = Server::start(vec![Act::Close, not_found]);
    let error = dare(write(&server).repeatable("absolute values")).unwrap_err();
    assert_eq!(
        (error.status(), error.delivery),
        (Some(404), Delivery::Unknown)
    );
}

#[test]
fn a_good_answer_can_ask_all_workers_to_wait() {
    let asking = "content-type: application/json\r\nretry-after: 1\r\n";
    let server = Server::start(vec![Act::Answer("200 OK", asking, "{}"), OK]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let transport = Transport::new(TransportOptions {
        observer: Some(Arc::new(move |event| {
            log.lock().unwrap().push(event.clone());
        })),
        ..options()
    });
    transport.send(read(&server)).unwrap();
    let start = Clock::system().now();
    transport.clone().send(read(&server)).unwrap();
    assert!(Clock::system().since(start) >= Duration::from_millis(950));
    assert!(matches!(heard.lock().unwrap()[0], Event::Slowed { .. }));
}

#[test]
fn a_quota_that_is_nearly_used_up_holds_all_workers_back_and_is_told_once() {
    for headers in [
        // Azure, before it refuses.
        "content-type: application/json\r\nx-ratelimit-delay: 20\r\n",
        "content-type: application/json\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 4102444800\r\n",
        // qTest.
        "content-type: application/json\r\nx-ratelimit-remaining-minute: 3\r\n",
    ] {
        let server = Server::start(vec![Act::Answer("200 OK", headers, "{}"); 2]);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        let transport = Transport::new(TransportOptions {
            deadline: Some(Deadline::after(&Clock::system(), Duration::from_secs(10))),
            observer: Some(Arc::new(move |event: &Event| {
                noted.lock().unwrap().push(event.to_string());
            })),
            ..options()
        });
        transport.send(read(&server)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                let (worker, server) = (transport.clone(), &server);
                // The wait would be longer than the command may take.
                scope.spawn(move || {
                    let answer = worker.send(read(server));
                    assert_eq!(answer.unwrap_err().problem, Problem::Deadline);
                });
            }
        });
        assert_eq!(server.served(), 1, "{headers}");
        assert_eq!(heard.lock().unwrap().len(), 1, "{headers}");
    }
}

#[test]
fn a_wait_beyond_the_deadline_ends_at_once_with_what_the_service_said() {
    let server = Server::start(vec![Act::Answer("429 Slow", "retry-after: 100\r\n", ""); 2]);
    let transport = Transport::new(TransportOptions {
        deadline: Some(Deadline::after(&Clock::system(), Duration::from_secs(20))),
        ..options()
    });
    let start = Clock::system().now();
    let error = transport
        .send_recorded(write(&server), &Unrecorded)
        .unwrap_err();
    assert!(Clock::system().since(start) < Duration::from_secs(5));
    assert_eq!(
        (error.status(), error.delivery),
        (Some(429), Delivery::Refused)
    );
    assert!(error.to_string().contains("100 s"), "{error}");
    assert_eq!(
        transport.send(read(&server)).unwrap_err().problem,
        Problem::Deadline
    );
}

#[test]
fn the_deadline_cuts_a_request_short() {
    let server = Server::start(vec![Act::Stall]);
    let transport = Transport::new(TransportOptions {
        deadline: Some(Deadline::after(
            &Clock::system(),
            Duration::from_millis(200),
        )),
        limits: Limits::default(),
        ..options()
    });
    let start = Clock::system().now();
    let error = transport
        .send_recorded(write(&server), &Unrecorded)
        .unwrap_err();
    assert_eq!(
        (error.problem, error.delivery),
        (Problem::Deadline, Delivery::Unknown)
    );
    assert!(Clock::system().since(start) < Duration::from_secs(5));
}

#[test]
fn the_wish_to_stop_ends_a_read_at_once_and_a_write_after_its_grace() {
    for (is_write, at_least) in [(false, 0), (true, 300)] {
        let server = Server::start(vec![Act::Stall]);
        let options = TransportOptions {
            limits: Limits {
                grace: Duration::from_millis(300),
                ..Limits::default()
            },
            ..options()
        };
        let interrupt = options.interrupt.clone();
        let transport = Transport::new(options);
        let start = Clock::system().now();
        let answer = std::thread::scope(|scope| {
            scope.spawn(|| {
                let is_sent = || server.served() > 0;
                Clock::system().wait(Duration::from_mins(1), &is_sent);
                Clock::system().wait(Duration::from_millis(100), &|| false);
                interrupt.raise(Signal::Interrupt);
            });
            if is_write {
                transport.send_recorded(write(&server), &Unrecorded)
            } else {
                transport.send(read(&server))
            }
        });
        let error = answer.unwrap_err();
        assert_eq!(error.problem, Problem::Interrupted);
        assert!(Clock::system().since(start) >= Duration::from_millis(100 + at_least));
        assert!(Clock::system().since(start) < Duration::from_secs(3));
        let next = transport
            .send_recorded(write(&server), &Unrecorded)
            .unwrap_err();
        assert_eq!(
            (next.problem, next.delivery),
            (Problem::Interrupted, Delivery::NotSent)
        );
        assert_eq!(server.served(), 1);
    }
}

#[test]
fn a_pause_ends_with_the_wish_to_stop() {
    let options = options();
    let interrupt = options.interrupt.clone();
    let transport = Transport::new(options);
    transport.pause(Duration::from_millis(10)).unwrap();
    interrupt.raise(Signal::Terminate);
    let start = Clock::system().now();
    let error = transport.pause(Duration::from_mins(1)).unwrap_err();
    assert_eq!(error.problem, Problem::Interrupted);
    assert!(Clock::system().since(start) < Duration::from_secs(3));
}

#[test]
fn a_transport_that_only_reads_sends_no_write() {
    let server = Server::start(vec![OK]);
    let transport = Transport::new(options()).read_only();
    let error = transport
        .send_recorded(write(&server), &Unrecorded)
        .unwrap_err();
    assert_eq!(
        (error.problem, error.delivery),
        (Problem::ReadOnly, Delivery::NotSent)
    );
    assert_eq!(server.served(), 0);
    transport.send(read(&server)).unwrap();
}

#[test]
fn the_credential_goes_only_along_with_authorized_requests_to_the_service_itself() {
    let server = Server::start(vec![OK, OK]);
    let transport = Transport::new(TransportOptions {
        authorization: Some(Authorization::Basic {
            user: String::new(),
            password: Secret::token("t0ken").unwrap(),
        }),
        headers: vec![("x-own", "1".to_owned())],
        origin: Some(server.url("/")),
        ..options()
    });
    transport.send(read(&server)).unwrap();
    assert!(server.request(0).contains("authorization: Basic OnQwa2Vu"));
    assert!(server.request(0).contains("x-own: 1"));
    transport.send(read(&server).unauthorized()).unwrap();
    assert!(!server.request(1).contains("authorization"));
    assert!(!server.request(1).contains("x-own"));
    let other = Url::parse("https://elsewhere.example/").unwrap();
    let error = transport
        .send(Request::read(Method::GET, other, "it"))
        .unwrap_err();
    assert!(matches!(error.problem, Problem::Setup(_)), "{error}");
}

#[test]
fn the_credential_goes_to_the_annex_and_to_what_is_below_it_alone() {
    let server = Server::start(vec![OK; 2]);
    let transport = Transport::new(TransportOptions {
        authorization: Some(Authorization::Bearer(Secret::token("t0ken").unwrap())),
        origin: Some(Url::parse("https://elsewhere.example/acme/").unwrap()),
        annex: Some(server.url("/acme/")),
        ..options()
    });
    let ask = |path: &str| transport.send(Request::read(Method::GET, server.url(path), "it"));
    ask("/acme/releases/7").unwrap();
    assert!(server.request(0).contains("authorization: Bearer t0ken"));
    for path in [
        "/other/releases/7",
        "/acmes/releases/7",
        "/acme/../other",
        "/",
    ] {
        let error = ask(path).unwrap_err();
        assert!(
            matches!(error.problem, Problem::Setup(_)),
            "{path}: {error}"
        );
    }
    assert_eq!(server.served(), 1);
}

#[test]
fn errors_hold_neither_the_query_nor_the_credential_that_a_service_echoes() {
    let body = "{\"message\":\"token t0ken-marked is not known\"}";
    let server = Server::start(vec![Act::Answer("401 Unauthorized", "", body)]);
    let transport = Transport::new(TransportOptions {
        authorization: Some(Authorization::Bearer(
            Secret::token("t0ken-marked").unwrap(),
        )),
        ..options()
    });
    let error = transport.send(read(&server)).unwrap_err();
    let shown = format!("{error} {error:?} {transport:?}");
    assert!(
        !shown.contains("t0ken-marked") && !shown.contains("hidden"),
        "{shown}"
    );
    assert!(error.is_authentication());
}

#[test]
fn a_stream_is_opened_anew_for_every_attempt() {
    let server = Server::start(vec![THROTTLED, OK]);
    let request = WriteRequest::new(Method::PUT, server.url("/file"), "a file").stream(
        "text/plain",
        5,
        Arc::new(|| Ok(Box::new(&b"hello and more"[..]))),
    );
    dare(request).unwrap();
    assert!(server.request(0).ends_with("\r\n\r\nhello"));
    assert!(server.request(1).ends_with("\r\n\r\nhello"));
}

#[test]
fn a_certificate_nobody_vouches_for_is_not_tried_again() {
    let server = Server::start(vec![Act::Raw("HTTP/1.1 400 Bad Request\r\n\r\n"); 9]);
    let mut url = server.url("/");
    url.set_scheme("https").unwrap();
    let error = dare(WriteRequest::new(Method::POST, url, "a run")).unwrap_err();
    assert_eq!(error.delivery, Delivery::NotSent);
    assert!(matches!(error.problem, Problem::Setup(_)), "{error}");
    assert_eq!(server.served(), 1);
}

/// A wire that answers everything with the same JSON.
struct Echo;

impl crate::transport::Wire for Echo {
    fn exchange(&self, _outgoing: &crate::transport::Outgoing<'_>) -> Result<Answer, Fault> {
        Ok(Answer {
            status: 200,
            headers: std::iter::once((
                reqwest::header::CONTENT_TYPE,
                reqwest::header::HeaderValue::from_static("application/json"),
            ))
            .collect(),
            body: Ok(b"{\"a\":1}".to_vec()),
        })
    }
}

#[test]
fn nothing_is_rendered_for_a_log_that_is_off() {
    use crate::transport::redact::rendered;
    let transport = Transport::new(TransportOptions {
        wire: Some(Arc::new(Echo)),
        ..options()
    });
    let url = Url::parse("https://x.example/runs").unwrap();
    let request = || WriteRequest::new(Method::POST, url.clone(), "a new run").json(&"x");
    let before = rendered::so_far();
    for _ in 0..3 {
        transport.send_recorded(request(), &Unrecorded).unwrap();
    }
    assert_eq!(rendered::so_far() - before, 0);
    drop(transport.redactor().sent_body(&request()));
    assert!(rendered::so_far() > before, "what is rendered is counted");
}
