use super::*;

fn failed(test: &str, message: &str) -> FailedTest {
    FailedTest {
        test: test.to_owned(),
        verdict: Verdict::Failed,
        place: ("a.xml".to_owned(), 1),
        source: None,
        message: message.to_owned(),
        details: String::new(),
    }
}

fn page(texts: &str) -> Page {
    let url = Some("javascript:alert(1)".to_owned());
    Page {
        tally: [Verdict::Failed].into_iter().collect(),
        failures: [failed(texts, texts)].into_iter().collect(),
        warnings: [texts.to_owned()].into_iter().collect(),
        submissions: vec![SubmissionPart {
            service: "qTest",
            target: texts.to_owned(),
            ids: vec![("run", texts.to_owned())],
            url,
            counts: vec![(texts.to_owned(), 1)],
            unmapped: [(texts.to_owned(), Verdict::Passed)].into_iter().collect(),
            ..SubmissionPart::default()
        }],
        ..Page::default()
    }
}

#[test]
fn in_html_no_text_opens_a_tag_or_leaves_an_attribute() {
    let html = page("\"><script>alert(1)</script>'").text(Format::Html);
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains("\"><s"), "{html}");
    assert!(!html.contains("href=\"javascript:"), "{html}");
}

#[test]
fn in_markdown_every_text_is_code() {
    for text in [
        "<b>", "@octocat", "# x", "``` `` `", "[a](b)", "a|b", "\n- x", "`",
    ] {
        let markdown = page(text).text(Format::Markdown);
        let bare: String = markdown.lines().map(outside_of_code).collect();
        for sign in ["<b", "@octocat", "[a]", "# x", "- x", "a|b"] {
            assert!(!bare.contains(sign), "{text}: {sign} in\n{markdown}");
        }
        assert!(!markdown.contains("](javascript:"), "{markdown}");
    }
}

/// Returns a line of Markdown without its spans of code, and nothing of an indented block.
fn outside_of_code(line: &str) -> String {
    if line.starts_with("  ") {
        return String::new();
    }
    let mut outside = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let (before, from) = rest.split_at(start);
        outside.push_str(before);
        let body = from.trim_start_matches('`');
        let (fence, _) = from.split_at(from.len() - body.len());
        // The span ends at the next run of exactly as many signs.
        let is_end = |at: usize| {
            let (before, end) = body.split_at(at);
            let (_, after) = end.split_at(fence.len());
            !before.ends_with('`') && !after.starts_with('`')
        };
        let ends = body.match_indices(fence).map(|(at, _)| at);
        let Some(at) = ends.into_iter().find(|at| is_end(*at)) else {
            outside.push_str(from);
            return outside;
        };
        rest = body.split_at(at + fence.len()).1;
    }
    outside + rest
}

#[test]
fn a_page_of_nothing_is_a_page() {
    for format in [Format::Markdown, Format::Html] {
        assert!(Page::default().text(format).contains("0 tests"));
    }
}

#[test]
fn the_smallest_part_of_the_chart_can_be_seen_and_all_fill_it() {
    let many = Page {
        tally: Tally {
            tests: 1_000_003,
            passed: 1_000_000,
            failed: 1,
            errored: 1,
            skipped: 1,
            ..Tally::default()
        },
        ..Page::default()
    };
    let html = many.text(Format::Html);
    assert_eq!(html.matches("<rect class=\"failed\" x=").count(), 1);
    assert!(
        html.contains("width=\"8\" height=\"28\"><title>1 failed"),
        "{html}"
    );
}

#[test]
fn a_flaky_test_is_told_with_what_was_wrong_at_first() {
    let flaky = FailedTest {
        verdict: Verdict::Passed,
        ..failed("cart › pays", "no button")
    };
    let page = Page {
        tally: Tally {
            tests: 1,
            passed: 1,
            flaky: 1,
            ..Tally::default()
        },
        flaky: [flaky].into_iter().collect(),
        ..Page::default()
    };
    for format in [Format::Html, Format::Markdown] {
        let text = page.text(format);
        assert!(text.contains("1 passed; 1 flaky"), "{text}");
        assert!(text.contains("Flaky tests (1)"), "{text}");
        assert!(
            text.contains("cart › pays") && text.contains("no button"),
            "{text}"
        );
    }
}

#[test]
fn of_a_long_text_is_told_how_much_is_left_out() {
    let text = message(&"ä".repeat(1_010));
    assert!(text.ends_with("ä… [10 more characters]"), "{text}");
}

#[test]
fn only_addresses_of_the_web_are_links() {
    assert!(is_link("https://dev.azure.com/a/_build?x=1&y=2"));
    for url in [
        "javascript:alert(1)",
        "https://a b",
        "https://a\"onclick=",
        "file:///x",
        "data:text/html,x",
    ] {
        assert!(!is_link(url), "{url}");
    }
}
