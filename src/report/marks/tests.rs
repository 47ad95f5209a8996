use super::*;

fn found(pieces: &[&str]) -> Vec<String> {
    let mut finder = Finder::default();
    let mut paths = Vec::new();
    for piece in pieces {
        finder.find(piece, |path| paths.push(path.to_owned()));
    }
    paths
}

/// Sends a text through a sieve, so many bytes at a time; returns what passes.
fn passed(text: &[u8], step: usize) -> Vec<u8> {
    let mut sieve = Sieve::default();
    let mut passed = Vec::new();
    let (mut from, mut to) = (0, 0);
    while from < text.len() {
        to = (to + step).min(text.len());
        loop {
            let drops = sieve.drops();
            let Some(length) = sieve.look(&text[from..to], to == text.len()) else {
                break;
            };
            if !drops {
                passed.extend_from_slice(&text[from..from + length]);
            }
            from += length;
            if from == to {
                break;
            }
        }
    }
    passed
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
    assert_eq!(
        found(&["[[ATTACHMENT|never ended [[ATTACHMENT|one]] ]]"]),
        ["one"]
    );
}

#[test]
fn a_mark_that_never_ends_is_not_kept() {
    let long = "x".repeat(PATH + 1);
    let mut finder = Finder::default();
    finder.find("[[ATTACHMENT|", |_| {});
    finder.find(&long, |_| {});
    assert!(finder.begun.is_none());
    finder.find(&format!("[[ATTACHMENT|{long}"), |_| {});
    assert!(finder.begun.is_none());
}

#[test]
fn only_marks_pass_the_sieve_wherever_the_buffer_ends() {
    let noise = "noise [ ] [[ATT [[ATTACHMENT ]] é ".repeat(40);
    let text = format!(
        "of one.png]]{noise}[[ATTACHMENT|two é.png]]{noise}[[ATTACHMENT|[[ATTACHMENT|three]]]{noise}[[ATTACHMENT|"
    );
    for step in [1, 2, 3, 7, 100, 10_000] {
        let passed = String::from_utf8(passed(text.as_bytes(), step)).unwrap();
        assert_eq!(
            passed,
            "of one.png]][[ATTACHMENT|two é.png]][[ATTACHMENT|[[ATTACHMENT|three]][[ATTACHMENT|",
            "{step}"
        );
    }
}

#[test]
fn marks_without_end_or_number_do_not_pass() {
    let open = format!("]][[ATTACHMENT|{}", "é".repeat(100_000));
    assert!(passed(open.as_bytes(), 1000).len() <= MARK + 2);
    let many = format!("]]{}", "[[ATTACHMENT|a]]".repeat(1_000_000));
    assert!(passed(many.as_bytes(), 65_536).len() <= MARKS);
}
