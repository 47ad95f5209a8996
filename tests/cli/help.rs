//! Help: short enough to be read, complete where asked for, with examples that work.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use handin::cli::App;

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

/// Returns the command that these words call, and how many of them name it.
pub(crate) fn called(words: &[&str]) -> (Command, usize) {
    let mut app = App::command();
    app.build();
    let (mut command, mut named) = (app, 0);
    while let Some(below) = words
        .get(named)
        .and_then(|word| command.find_subcommand(word))
    {
        command = below.clone();
        named += 1;
    }
    (command, named)
}

/// Returns the flags that a text names and a command does not have.
pub(crate) fn unknown_flags<'t>(command: &Command, text: &'t str) -> Vec<&'t str> {
    let is_flag_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = text.split(|c: char| !is_flag_part(c));
    let flags = words.filter_map(|word| word.strip_prefix("--").filter(|flag| !flag.is_empty()));
    let has = |flag: &&str| {
        let mut arguments = command.get_arguments();
        arguments.any(|argument| argument.get_long() == Some(*flag))
    };
    flags.filter(|flag| !has(flag)).collect()
}

/// Returns what stands in backticks in a text.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_command_that_a_message_or_a_page_names_takes_the_flags_that_it_is_shown_with() {
    let (app, _) = called(&[]);
    let mut anywhere = Vec::new();
    for words in COMMANDS {
        anywhere.extend(called(words).0.get_arguments().cloned());
    }
    let anywhere = Command::new("any").args(anywhere);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    for entry in std::fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        files.extend(Some(path).filter(|path| path.extension().is_some_and(|kind| kind == "md")));
    }
    let mut looked_at = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            for quoted in quoted(line) {
                if let Some(call) = quoted
                    .strip_prefix("handin ")
                    .filter(|it| !it.contains("{below}"))
                {
                    let words: Vec<&str> = call.split_whitespace().collect();
                    let (command, named) = called(&words);
                    assert!(
                        named > 0 || words[0].starts_with(['-', '{', '_']),
                        "{}: `{quoted}` is no command",
                        file.display()
                    );
                    let flags = unknown_flags(&command, call);
                    assert_eq!(flags, [""; 0], "{}: `{quoted}`", file.display());
                    looked_at += 1;
                } else if quoted.starts_with("--on-") {
                    let flags = unknown_flags(&anywhere, quoted);
                    assert_eq!(flags, [""; 0], "{}: `{quoted}`", file.display());
                }
            }
        }
    }
    assert!(looked_at > 200, "only {looked_at} commands were found");
    assert_eq!(
        unknown_flags(&app, "`--json` and `--nonsense`"),
        ["nonsense"]
    );
}
