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
fn the_page_of_commands_is_current() {
    let desk = Desk::new();
    let mut page = "# Commands\n\nWhat `handin help COMMAND` says. The options of every command are told once, at the end.\n".to_owned();
    for command in [
        "submit",
        "verify",
        "map",
        "projects",
        "login",
        "completions",
    ] {
        let help = desk.run(&["help", command]).stdout;
        let own = help.split("\nOptions of every command:\n").next().unwrap();
        let after = help.find("\nExamples:\n").map_or("", |at| &help[at..]);
        page += &format!(
            "\n## handin {command}\n\n```text\n{}\n{}\n```\n",
            own.trim_end(),
            after.trim_end()
        );
    }
    let help = desk.run(&["help"]).stdout;
    let (_, common) = help.split_once("\nOptions of every command:\n").unwrap();
    let common = common.split("\nExamples:\n").next().unwrap();
    page += &format!(
        "\n## Options of every command\n\n```text\n{}\n```\n",
        common.trim_end()
    );
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    hold("docs/commands.md", &(lines.join("\n") + "\n"));
}
