use super::{Effect, Fault, Rule, When, fits};
use crate::http::Head;

fn get(target: &str) -> Head {
    Head::new("GET", target, Vec::new())
}

#[test]
fn a_star_in_a_path_pattern_stands_for_anything() {
    assert!(fits("*/test/runs", "/acme/Shop/_apis/test/Runs"));
    assert!(fits("/a/*/c/*", "/a/b/c/d"));
    assert!(!fits("*/test/runs", "/acme/Shop/_apis/test/runs/1"));
    assert!(!fits("/a", "/a/b"));
}

#[test]
fn a_rule_befalls_the_nth_match_and_no_other() {
    let mut rule = Rule::new(Fault::Truncate).path("/x*").nth(2).times(2);
    let met: Vec<bool> = ["/x", "/y", "/x1", "/x2", "/x3"]
        .map(|path| rule.meets(&get(path), Effect::Read, 1))
        .into();
    assert_eq!(met, [false, false, true, true, false]);
}

#[test]
fn a_rule_is_read_from_json_and_unknown_words_are_refused() {
    let rule = Rule::from_json(
        br#"{"fault":"close","when":"after","method":"POST","effect":"write","times":0}"#,
    );
    let mut rule = rule.expect("the rule is well formed");
    assert_eq!(rule.fault, Fault::Close(When::AfterCommit));
    assert!(
        !rule.meets(&get("/"), Effect::Write, 1),
        "the method differs"
    );
    let post = Head::new("POST", "/", Vec::new());
    assert!(!rule.meets(&post, Effect::Read, 1), "the effect differs");
    assert!((0..5).all(|_| rule.meets(&post, Effect::Write, 1)));
    assert!(Rule::from_json(br#"{"fault":"close","whenn":"after"}"#).is_err());
}
