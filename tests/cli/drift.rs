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

#[test]
fn the_page_of_commands_is_current() {
    const COMMON: &str = "\nOptions of every command:\n";
    const EXAMPLES: &str = "\nExamples:\n";
    let desk = Desk::new();
    let mut page = vec!["# Commands".to_owned()];
    page.push(
        "What `handin help COMMAND` says. The options of every command are told once, at the end."
            .to_owned(),
    );
    let mut block = |title: &str, text: &str| {
        page.push(format!("## {title}"));
        page.push(format!("```text\n{}\n```", text.trim_end()));
    };
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
        let examples = rest
            .split_once(EXAMPLES)
            .map_or_else(String::new, |(_, it)| format!("\n{EXAMPLES}{it}"));
        let title = format!("handin {}", words.join(" "));
        block(&title, &(own.trim_end().to_owned() + &examples));
    }
    let help = desk.run(&["help"]).stdout;
    let (_, common) = help.split_once(COMMON).unwrap();
    block(
        "Options of every command",
        common.split(EXAMPLES).next().unwrap(),
    );
    let text = page.join("\n\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    hold("docs/commands.md", &(lines.join("\n") + "\n"));
}
