//! What is generated and committed must be what would be generated now. `UPDATE=1 cargo test drift` writes it anew.

use std::path::PathBuf;

use handin::cli::{ExitStatus, exit};

use crate::desk::Desk;

/// Holds a committed file against what it should be.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether it shall write, and writes a file of the repository"
)]
pub(crate) fn hold(path: &str, expected: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "`{path}` is not what it should be; write it anew with `UPDATE=1 cargo test --test cli drift`"
    );
}

#[test]
fn completions_are_current() {
    let desk = Desk::new();
    for (shell, file) in [
        ("bash", "handin.bash"),
        ("zsh", "_handin"),
        ("fish", "handin.fish"),
        ("powershell", "_handin.ps1"),
        ("elvish", "handin.elv"),
    ] {
        hold(
            &format!("completions/{file}"),
            &desk.run(&["completions", shell]).stdout,
        );
    }
}

#[test]
fn the_help_that_is_kept_for_where_no_terminal_is_is_current() {
    let mut desk = Desk::new();
    // Who says how wide the screen is gets help that is made for it.
    desk.set("COLUMNS", "100");
    for (flag, file) in [("--help", "long"), ("-h", "short")] {
        let made = desk.run(&[flag]).stdout;
        hold(&format!("src/cli/help/{file}.txt"), &made);
        let kept = Desk::new().run(&[flag]).stdout;
        assert_eq!(kept, made, "the program has to be built anew");
    }
}

#[test]
fn the_page_of_exit_codes_is_current() {
    hold("docs/exit-codes.md", &exit::page());
    assert_eq!(
        ExitStatus::ALL.len(),
        exit::page()
            .lines()
            .filter(|line| line.starts_with("| "))
            .count()
            - 1
    );
}

#[test]
fn the_page_of_what_is_inferred_is_current() {
    hold("docs/inferred.md", &handin::services::page_of_facts());
}

/// An option or argument as a long help shows it, and the first sentence that is said of it.
type Row = (String, String);

/// Returns the options and arguments that a long help lists, but for those that every program has.
fn rows(help: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut is_first = false;
    for line in help.lines() {
        let text = line.trim_start();
        let depth = line.len() - text.len();
        if (1..10).contains(&depth) && text.starts_with(['-', '[', '<']) {
            let (name, meaning) = text.split_once("  ").unwrap_or((text, ""));
            rows.push((name.to_owned(), meaning.trim().to_owned()));
            is_first = true;
        } else if text.is_empty() || depth < 10 {
            is_first = is_first && rows.last().is_some_and(|(_, meaning)| meaning.is_empty());
        } else if let Some((_, meaning)) = rows.last_mut().filter(|_| is_first) {
            if !meaning.is_empty() {
                meaning.push(' ');
            }
            meaning.push_str(text);
        }
    }
    rows.retain(|(name, _)| name != "-h, --help" && name != "-V, --version");
    for (_, meaning) in &mut rows {
        if let Some((first, _)) = meaning.split_once(". ") {
            *meaning = first.to_owned();
        }
    }
    rows
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec!["| Option | What it does |\n| --- | --- |".to_owned()];
    for (name, meaning) in rows {
        let meaning = meaning.replace('|', "\\|").replace('<', "\\<");
        lines.push(format!("| `{name}` | {meaning} |"));
    }
    lines.join("\n")
}

/// Returns the section of a command: its sentence, its usage and its options. Options that a command above has in the same way are only
/// named.
fn section(title: &str, help: &str, shown: &mut Vec<(String, Vec<Row>)>) -> Vec<String> {
    let (about, rest) = help.split_once("\nUsage: ").unwrap();
    let (usage, options) = rest.split_once('\n').unwrap();
    let sentence = about.lines().next().unwrap();
    let mut parts = vec![
        format!("## {title}"),
        format!("{sentence}."),
        format!("```text\n{usage}\n```"),
    ];
    let mut own = rows(options);
    let mut common = Vec::new();
    for (above, rows) in &*shown {
        let same: Vec<String> = own
            .extract_if(.., |row| rows.contains(row))
            .map(|(name, _)| format!("`{}`", name.split(' ').next().unwrap()))
            .collect();
        if !same.is_empty() {
            common.push(format!("As in `{above}`: {}.", same.join(", ")));
        }
    }
    if !own.is_empty() {
        parts.push(table(&own));
    }
    parts.extend(common);
    shown.push((title.to_owned(), own));
    parts
}

#[test]
fn the_page_of_commands_is_current() {
    const COMMON: &str = "\nOptions of every command:\n";
    const EXAMPLES: &str = "\nExamples:\n";
    let desk = Desk::new();
    let mut page = vec![
        "# Commands".to_owned(),
        "`handin help COMMAND` and the man pages explain each command in full and end with examples. \
         The options of every command are at the end."
            .to_owned(),
    ];
    let mut shown = Vec::new();
    for words in [
        "init",
        "submit",
        "verify",
        "map",
        "map list",
        "map set",
        "map unset",
        "map suggest",
        "map import",
        "map export",
        "projects",
        "doctor",
        "login",
        "completions",
    ] {
        let asked: Vec<&str> = ["help"].into_iter().chain(words.split(' ')).collect();
        let help = desk.run(&asked).stdout;
        let (own, _) = help.split_once(COMMON).unwrap();
        page.extend(section(&format!("handin {words}"), own, &mut shown));
    }
    let help = desk.run(&["help"]).stdout;
    let (_, common) = help.split_once(COMMON).unwrap();
    page.push("## Options of every command".to_owned());
    page.push(table(&rows(common.split(EXAMPLES).next().unwrap())));
    hold("docs/commands.md", &(page.join("\n\n") + "\n"));
}
