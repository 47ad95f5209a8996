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

/// Makes a table of what a long help says of arguments and options: of each only its first paragraph.
fn table(help: &str) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
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
    let mut lines = vec!["| Option | What it does |\n| --- | --- |".to_owned()];
    rows.retain(|(name, _)| name != "-h, --help" && name != "-V, --version");
    for (name, meaning) in rows {
        let meaning = meaning.replace('|', "\\|").replace('<', "\\<");
        lines.push(format!("| `{name}` | {meaning} |"));
    }
    lines.join("\n")
}

#[test]
fn the_page_of_commands_is_current() {
    const COMMON: &str = "\nOptions of every command:\n";
    const EXAMPLES: &str = "\nExamples:\n";
    let desk = Desk::new();
    let mut page = vec!["# Commands".to_owned()];
    page.push(
        "Every option in a line. `handin help COMMAND` and the man pages say more of each; \
         the options of every command are at the end."
            .to_owned(),
    );
    for words in [
        &["init"][..],
        &["submit"],
        &["verify"],
        &["map"],
        &["map", "list"],
        &["map", "set"],
        &["map", "unset"],
        &["map", "suggest"],
        &["map", "import"],
        &["map", "export"],
        &["projects"],
        &["doctor"],
        &["login"],
        &["completions"],
    ] {
        let help = desk.run(&[&["help"], words].concat()).stdout;
        let (own, rest) = help.split_once(COMMON).unwrap();
        page.push(format!("## handin {}", words.join(" ")));
        let (about, options) = own.split_once("\nUsage: ").unwrap();
        let (usage, options) = options.split_once('\n').unwrap();
        page.push(about.trim_end().to_owned());
        page.push(format!("```text\n{usage}\n```"));
        page.push(table(options));
        if let Some((_, examples)) = rest.split_once(EXAMPLES) {
            let shift = |line: &str| line.strip_prefix("  ").unwrap_or(line).to_owned();
            let lines: Vec<String> = examples.trim_end().lines().map(shift).collect();
            page.push(format!("```sh\n{}\n```", lines.join("\n")));
        }
    }
    let help = desk.run(&["help"]).stdout;
    let (_, common) = help.split_once(COMMON).unwrap();
    page.push("## Options of every command".to_owned());
    page.push(table(common.split(EXAMPLES).next().unwrap()));
    let text = page.join("\n\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    hold("docs/commands.md", &(lines.join("\n") + "\n"));
}
