use super::*;

fn found(pieces: &[&str]) -> Vec<String> {
    let mut finder = Finder::default();
    let mut paths = Vec::new();
    for piece in pieces {
        finder.find(piece, |path| paths.push(path.to_owned()));
    }
    paths
}

#[test]
fn marks_are_found_across_the_pieces_of_a_text() {
    assert_eq!(
        found(&[
            "a [[ATTACHMENT|one]] [[ATTACHMENT|t",
            "&",
            "wo]][[ATTACHMENT|x]",
            "y]]"
        ]),
        ["one", "t&wo", "x]y"]
    );
    for step in 1..20 {
        let text = b"[[ATT [[ATTACHMENT|one]] [[[ATTACHMENT|two]]] [[ATTACHMENT|x]y]]";
        let pieces = text
            .chunks(step)
            .map(|piece| std::str::from_utf8(piece).unwrap());
        let pieces: Vec<&str> = pieces.collect();
        assert_eq!(found(&pieces), ["one", "two", "x]y"], "{step}");
    }
    assert_eq!(
        found(&["[[ATTACHMENT|never ended [[ATTACHMENT|one]] ]]"]),
        ["one"]
    );
}

#[test]
fn a_mark_that_never_ends_is_not_kept() {
    let long = "x".repeat(PATH + 3);
    let mut finder = Finder::default();
    finder.find("[[ATTACHMENT|", |_| {});
    finder.find(&long, |_| {});
    assert!(finder.begun.is_empty());
    finder.find(&format!("[[ATTACHMENT|{long}"), |_| {});
    assert!(finder.begun.is_empty());
}
