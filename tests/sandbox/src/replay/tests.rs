//! Replays and comparisons of small recordings.

use super::*;

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is made where it is handed over"
)]
fn exchange(method: &str, path: &str, sent: Value, status: u16, body: Value) -> String {
    json!({"ms": 0, "method": method, "writes": method == "POST", "path": path, "query": [], "sent": sent,
        "answer": {"status": status, "headers": {}, "body": body}})
    .to_string()
}

fn recording(exchanges: &[String]) -> String {
    format!(
        "{{\"schema\":\"{SCHEMA}\",\"version\":\"1\"}}\n{}\n",
        exchanges.join("\n")
    )
}

fn ask(replay: &mut Replay, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let request = Request {
        head: Head::new(method, target, Vec::new()),
        body: body.to_string().into_bytes(),
    };
    let answer = replay.answer(&request);
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
    )
}

fn replay(exchanges: &[String]) -> Replay {
    let mut replay = Replay::new(read(&recording(exchanges)).unwrap());
    replay.opened(&[("api".to_owned(), "http://127.0.0.1:1".to_owned())]);
    replay
}

#[test]
fn what_a_request_says_is_answered_in_the_place_of_what_was_replaced() {
    let mut replay = replay(&[
        exchange(
            "POST",
            "/<1:4>/runs",
            json!({"name": "<2:5>", "plan": "1000001"}),
            200,
            json!({"id": 1_000_002, "name": "<2:5>", "comment": "<3:12>"}),
        ),
        exchange(
            "GET",
            "/<1:4>/runs/1000002",
            Value::Null,
            200,
            json!({"id": 1_000_002, "plan": 1_000_001, "url": "{url}/<1:4>/runs/1000002"}),
        ),
    ]);
    let (_, made) = ask(
        &mut replay,
        "POST",
        "/mine/runs",
        &json!({"name": "other words", "plan": "17"}),
    );
    assert_eq!(
        made,
        json!({"id": 1_000_002, "name": "other words", "comment": "3-12xxxxxxxx"})
    );
    let (_, read) = ask(&mut replay, "GET", "/mine/runs/1000002", &Value::Null);
    assert_eq!(
        read,
        json!({"id": 1_000_002, "plan": 17, "url": "http://127.0.0.1:1/mine/runs/1000002"})
    );
    assert_eq!(replay.state()["not_asked_for"], 0);
}

#[test]
fn the_same_question_is_answered_as_it_was_one_time_after_the_other_and_the_last_answer_stays() {
    let get = |count: u64| exchange("GET", "/runs", Value::Null, 200, json!({"count": count}));
    let mut replay = replay(&[get(0), get(1)]);
    let counts =
        [0, 1, 1].map(|_| ask(&mut replay, "GET", "/runs", &Value::Null).1["count"].clone());
    assert_eq!(counts[..2], [json!(0), json!(1)]);
}

#[test]
fn of_calls_to_one_address_the_method_tells_which_and_what_was_never_asked_is_missed() {
    let call = |name: &str| {
        exchange(
            "POST",
            "/json-rpc",
            json!({"method": name, "params": []}),
            200,
            json!({"result": name}),
        )
    };
    let mut replay = replay(&[call("User.filter"), call("Build.filter")]);
    assert_eq!(
        ask(
            &mut replay,
            "POST",
            "/json-rpc",
            &json!({"method": "Build.filter"})
        )
        .1["result"],
        "Build.filter"
    );
    assert_eq!(
        ask(
            &mut replay,
            "POST",
            "/json-rpc",
            &json!({"method": "Plan.filter"})
        )
        .0,
        404
    );
    assert_eq!(ask(&mut replay, "DELETE", "/json-rpc", &Value::Null).0, 404);
    assert_eq!(replay.missed().len(), 2);
}

#[test]
fn what_is_no_recording_is_refused() {
    for text in ["", "{}", "not json", "{\"schema\":\"handin/recording/2\"}"] {
        assert!(read(text).unwrap_err().contains("no recording"), "{text}");
    }
    for line in ["1", "{}", "{\"method\":1}", "{"] {
        assert!(
            read(&recording(&[line.to_owned()]))
                .unwrap_err()
                .contains("line 2"),
            "{line}"
        );
    }
}

#[test]
fn two_recordings_differ_where_the_stand_in_says_what_the_service_does_not() {
    let one = |status: u16, body: Value| {
        read(&recording(&[exchange(
            "GET",
            "/<1:4>/_apis/runs/1000001",
            Value::Null,
            status,
            body,
        )]))
        .unwrap()
    };
    let service = one(
        200,
        json!({"value": [{"id": 1_000_001, "name": "<1:2>", "owner": null}], "empty": []}),
    );
    let same = one(
        200,
        json!({"value": [{"id": 7, "owner": {"id": 1}}], "empty": [{"id": 1}]}),
    );
    assert_eq!(differences(&service, &same), Vec::<String>::new());
    for (other, said) in [
        (one(201, json!({})), "status 201"),
        (
            one(200, json!({"value": [{"id": "7"}]})),
            "a text; the service says a number",
        ),
        (one(200, json!({"value": [{"title": "t"}]})), "does not say"),
        (one(200, json!({"value": {"id": 1}})), "an object"),
    ] {
        let lines = differences(&service, &other);
        assert!(
            !lines.is_empty() && lines.iter().any(|line| line.contains(said)),
            "{said}: {lines:?}"
        );
    }
}
