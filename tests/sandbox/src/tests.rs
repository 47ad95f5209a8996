use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fault::{Effect, Fault, RetryAfter, Rule, When};
use crate::http::{Request, Response};
use crate::{Next, Service, Standin};

/// A service that counts: POST writes a number, GET tells them.
#[derive(Default)]
struct Counter {
    numbers: Vec<Value>,
}

impl Service for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn answer(&mut self, request: &Request) -> Response {
        if request.method == "POST" {
            self.numbers.push(json!(request.text()));
        }
        Response::json(200, &json!(self.numbers))
    }

    fn state(&self) -> Value {
        json!(self.numbers)
    }

    fn page(&self) -> String {
        "<p>counter</p>".to_owned()
    }

    fn reset(&mut self) {
        self.numbers.clear();
    }
}

fn counter() -> Standin<Counter> {
    Standin::start(Counter::default(), &[("api", 0)]).expect("a port is free")
}

fn count(standin: &Standin<Counter>) -> usize {
    standin.look(|counter| counter.numbers.len())
}

fn connect(standin: &Standin<Counter>) -> std::io::Result<TcpStream> {
    TcpStream::connect(standin.url().trim_start_matches("http://"))
}

/// Sends raw bytes and returns all that comes back until the connection ends.
fn send(standin: &Standin<Counter>, bytes: &str) -> String {
    let mut stream = connect(standin).expect("the door is open");
    stream
        .write_all(bytes.as_bytes())
        .expect("the connection stands");
    let mut answer = Vec::new();
    // A connection that is reset has said all it will.
    drop(stream.read_to_end(&mut answer));
    String::from_utf8(answer).expect("answers are text")
}

fn post(standin: &Standin<Counter>) -> String {
    send(
        standin,
        "POST /n HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\n7",
    )
}

fn get(standin: &Standin<Counter>, target: &str) -> String {
    send(
        standin,
        &format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n"),
    )
}

#[test]
fn several_requests_travel_on_one_connection() {
    let standin = counter();
    let answer = send(
        &standin,
        "POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\n1POST /b%20c?x=%2F+y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n23\r\n1;x=y\r\n4\r\n0\r\n\r\n\
         GET http://elsewhere:1/c HTTP/1.1\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3);
    assert!(answer.ends_with(r#"["1","234"]"#), "{answer}");
    let requests = standin.requests();
    assert_eq!(requests[1].path, "/b%20c");
    assert_eq!(requests[2].path, "/c");
    assert_eq!(
        requests
            .iter()
            .map(|request| request.write)
            .collect::<Vec<_>>(),
        [Some(1), Some(2), None]
    );
}

#[test]
fn a_client_that_waits_for_leave_to_send_its_body_gets_it() {
    let standin = counter();
    let mut stream = connect(&standin).expect("the door is open");
    stream
        .write_all(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\n")
        .expect("the connection stands");
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).expect("leave is given");
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"1").expect("the connection stands");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn closing_before_and_after_the_commit_look_alike_but_differ_in_what_is_held() {
    let standin = counter();
    standin.faults().at_write(1, Fault::CLOSE_BEFORE_READING);
    assert_eq!(post(&standin), "");
    assert_eq!(count(&standin), 0);
    standin.faults().at_write(1, Fault::CLOSE_AFTER_COMMIT);
    assert_eq!(post(&standin), "");
    assert_eq!(count(&standin), 1);
    let committed: Vec<_> = standin
        .requests()
        .iter()
        .map(|request| (request.status, request.committed))
        .collect();
    assert_eq!(committed, [(None, false), (None, true)]);
}

#[test]
fn a_truncated_answer_promises_more_than_it_sends() {
    let standin = counter();
    standin.faults().at_write(1, Fault::Truncate);
    let answer = post(&standin);
    let (head, body) = answer.split_once("\r\n\r\n").expect("the head is whole");
    let promised: usize = head
        .split("Content-Length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .and_then(|length| length.parse().ok())
        .expect("a length is promised");
    assert!(body.len() < promised, "{answer}");
    assert_eq!(count(&standin), 1);
}

#[test]
fn statuses_come_before_or_after_the_commit_with_their_time_to_wait() {
    let standin = counter();
    standin
        .faults()
        .at_write(1, Fault::status(When::AfterCommit, 503));
    standin
        .faults()
        .at_write(2, Fault::status(When::BeforeCommit, 500));
    standin
        .faults()
        .at_write(3, Fault::too_many_requests(RetryAfter::Seconds(7)));
    standin
        .faults()
        .at_write(4, Fault::too_many_requests(RetryAfter::Date(60)));
    standin
        .faults()
        .at_write(5, Fault::Throttle(RetryAfter::Seconds(1)));
    let answers: Vec<_> = (0..5).map(|_| (post(&standin), count(&standin))).collect();
    assert!(answers[0].0.starts_with("HTTP/1.1 503") && answers[0].1 == 1);
    assert!(answers[1].0.starts_with("HTTP/1.1 500") && answers[1].1 == 1);
    assert!(answers[2].0.contains("Retry-After: 7\r\n") && answers[2].1 == 1);
    assert!(answers[3].0.contains(" GMT\r\n") && answers[3].1 == 1);
    assert!(
        answers[4].0.starts_with("HTTP/1.1 200") && answers[4].0.contains("Retry-After: 1\r\n")
    );
    assert_eq!(answers[4].1, 2);
}

#[test]
fn sign_in_pages_come_instead_of_answers() {
    let standin = counter();
    standin.faults().at_write(1, Fault::SignIn);
    standin
        .faults()
        .at_write(2, Fault::Html(When::BeforeCommit, 203));
    let redirect = post(&standin);
    assert!(
        redirect.starts_with("HTTP/1.1 302") && redirect.contains("/_signin"),
        "{redirect}"
    );
    let page = post(&standin);
    assert!(
        page.starts_with("HTTP/1.1 203") && page.contains("text/html"),
        "{page}"
    );
    assert_eq!(count(&standin), 0);
}

#[test]
fn a_shut_door_refuses_connections_and_opens_again_on_the_same_port() {
    let standin = counter();
    // The third request would be refused; the first two are answered.
    standin.refuse_request(3, Duration::from_mins(1));
    assert!(post(&standin).starts_with("HTTP/1.1 200"));
    assert!(post(&standin).starts_with("HTTP/1.1 200"));
    let refused = connect(&standin).expect_err("the door is shut");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    standin.accept_again();
    assert!(post(&standin).starts_with("HTTP/1.1 200"));
    standin.refuse_for(Duration::from_millis(30));
    let tries = (0..2000).find(|_| {
        std::thread::park_timeout(Duration::from_millis(5));
        connect(&standin).is_ok()
    });
    assert!(tries.is_some(), "the door opens by itself");
}

#[test]
fn a_stalled_request_ends_with_the_stand_in() {
    let standin = counter();
    standin
        .faults()
        .at_write(1, Fault::Stall(When::AfterCommit, Duration::from_mins(10)));
    let mut stream = connect(&standin).expect("the door is open");
    stream
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n7")
        .expect("the connection stands");
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("a timeout can be set");
    assert!(stream.read(&mut [0; 1]).is_err(), "no answer comes");
    assert_eq!(count(&standin), 1);
    drop(standin);
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a timeout can be set");
    assert!(
        matches!(stream.read(&mut [0; 1]), Ok(0)),
        "the connection has ended"
    );
}

#[test]
fn a_hook_can_close_the_connection_at_an_exact_moment() {
    let standin = counter();
    standin.on_request(|moment| match (moment.write, moment.when) {
        (Some(1), When::BeforeCommit) | (Some(2), When::AfterCommit) => Next::Close,
        _ => Next::GoOn,
    });
    assert_eq!((post(&standin), count(&standin)), (String::new(), 0));
    assert_eq!((post(&standin), count(&standin)), (String::new(), 1));
    assert!(post(&standin).starts_with("HTTP/1.1 200"));
}

#[test]
fn faults_are_ordered_and_state_is_read_over_http_without_being_counted() {
    let standin = counter();
    let rule = r#"{"fault":"status","status":500,"path":"/n","effect":"write"}"#;
    let order = format!(
        "POST /__faults HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{rule}",
        rule.len()
    );
    assert!(send(&standin, &order).starts_with("HTTP/1.1 204"));
    assert!(
        get(&standin, "/n").starts_with("HTTP/1.1 200"),
        "a read is spared"
    );
    assert!(post(&standin).starts_with("HTTP/1.1 500"));
    assert!(post(&standin).starts_with("HTTP/1.1 200"), "once is enough");
    assert!(get(&standin, "/__state").ends_with(r#"["7"]"#));
    assert!(get(&standin, "/").contains("counter"));
    let log = get(&standin, "/__requests");
    assert!(
        log.contains(r#""peak_in_flight":1"#) && log.contains(r#""fault":"500 before the commit""#),
        "{log}"
    );
    assert_eq!(standin.requests().len(), 3);
    assert!(
        send(
            &standin,
            "POST /__reset HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
        .starts_with("HTTP/1.1 204")
    );
    assert_eq!((count(&standin), standin.requests().len()), (0, 0));
}

#[test]
fn credentials_do_not_reach_the_log() {
    let standin = counter();
    send(&standin, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    send(
        &standin,
        "GET /x HTTP/1.1\r\nAuthorization: Bearer hush\r\nConnection: close\r\n\r\n",
    );
    let requests = standin.requests();
    assert_eq!(requests[0].header("Authorization"), Some("Bearer"));
    assert_eq!(requests[0].effect, Effect::Read);
}

#[test]
fn latency_befalls_every_request_beside_its_fault() {
    let standin = counter();
    standin.faults().latency(Duration::from_millis(400));
    standin.faults().add(Rule::new(Fault::Truncate).nth(2));
    let watch = std::thread::scope(|scope| {
        let both: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| get(&standin, "/x")))
            .collect();
        both.into_iter()
            .map(|one| one.join().expect("the request ends"))
            .collect::<Vec<_>>()
    });
    assert_eq!(watch.len(), 2);
    assert_eq!(standin.peak_in_flight(), 2, "both are under way at once");
}
