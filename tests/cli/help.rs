//! Help: short enough to be read, complete where asked for, with examples that work.

use crate::desk::{Answer, Desk};

/// Every command that has a page of its own, as the words that call it.
pub(crate) const COMMANDS: [&[&str]; 16] = [
    &[],
    &["init"],
    &["login"],
    &["submit"],
    &["verify"],
    &["projects"],
    &["doctor"],
    &["map"],
    &["map", "list"],
    &["map", "set"],
    &["map", "unset"],
    &["map", "suggest"],
    &["map", "import"],
    &["map", "export"],
    &["completions"],
    &["help"],
];

/// Runs a command in a terminal of 80 columns.
fn at_80(words: &[&str], more: &str) -> Answer {
    let mut desk = Desk::new();
    desk.set("COLUMNS", "80");
    let answer = desk.run(&[words, &[more]].concat());
    assert_eq!(answer.code, Some(0), "{answer:?}");
    answer
}

#[test]
fn short_help_fits_the_screen() {
    for words in COMMANDS {
        let help = at_80(words, "-h").stdout;
        let most = match words {
            [] => 24,
            _ => 45,
        };
        assert!(
            help.lines().count() <= most,
            "{}:\n{help}",
            help.lines().count()
        );
        let wide = help.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{words:?}");
    }
}

#[test]
fn help_followed_by_a_command_tells_what_its_own_flag_tells() {
    for words in COMMANDS {
        let told = at_80(&["help"], "--color=never").stdout;
        assert!(told.contains("handin submit"), "{told}");
        let asked = at_80(&[&["help"], words].concat(), "--color=never");
        assert_eq!(asked.stdout.trim(), at_80(words, "--help").stdout.trim());
    }
}

#[test]
fn topics_tell_everything_that_their_pages_tell() {
    for (topic, page) in [
        ("exit-codes", "docs/exit-codes.md"),
        ("environment", "docs/environment.md"),
        ("settings", "docs/settings.md"),
    ] {
        let text = at_80(&["help"], topic).stdout;
        let page = std::fs::read_to_string(page).unwrap();
        let names = page.lines().filter_map(|line| {
            let cell = line.strip_prefix("| ")?.split(" |").next()?;
            (cell != "code" && cell != "variable" && cell != "key").then(|| cell.replace('`', ""))
        });
        let names: Vec<String> = names.collect();
        assert!(names.len() > 10, "{page}");
        for name in names {
            assert!(text.contains(&name), "{topic} does not tell of {name}");
        }
    }
}

#[test]
fn a_mistyped_word_is_answered_with_the_one_that_was_meant() {
    let desk = Desk::new();
    for (words, meant) in [
        (&["sumbit"][..], "'submit'"),
        (&["map", "lst"], "'list'"),
        (&["help", "sumbit"], "`handin help submit`"),
        (&["help", "exitcodes"], "`handin help exit-codes`"),
        (&["help", "map", "sett"], "`handin help map set`"),
        (&["submit", "--service", "azur"], "'azure'"),
        (&["submit", "--on-unmapped=wran"], "'warn'"),
        (&["submit", "--shrad", "1/2"], "'--shard'"),
        (&["submit", "--reports", "r.xml"], "named without a flag"),
        (
            &["submit", "--token", "abc"],
            "a token is never an argument",
        ),
        (&["submit", "--output", "json"], "`--json`"),
        (&["submit", "--create"], "`azure.create = true`"),
        (&["verify", "--org", "acme"], "`--url`"),
        (
            &["projects", "azure", "--cases"],
            "`--cases` belongs to `handin verify`",
        ),
        (
            &["projects", "azure", "Shop", "--runs", "--outcome", "Failed"],
            "--outcome",
        ),
        (&["submit", "--key", ""], "--key"),
        (&["submit", "--run", "abc"], "expected a number"),
    ] {
        let answer = desk.run(words);
        assert_eq!(answer.code, Some(2), "{answer:?}");
        assert!(answer.stderr.contains(meant), "{words:?}: {answer:?}");
    }
}

#[test]
fn a_word_that_is_like_nothing_is_answered_with_what_there_is() {
    let answer = Desk::new().run(&["help", "quux"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("submit") && answer.stderr.contains("exit-codes"));
}
