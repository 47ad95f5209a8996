//! The man pages in `docs/man`: one a command, made from the same texts as its help.

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use handin::cli::{App, ExitStatus};
use handin::settings::env;

use crate::drift::hold;

/// Returns every command, with the words that call it, and its options as they are when it is called.
fn commands() -> Vec<(String, Command)> {
    fn collect(command: &Command, name: &str, all: &mut Vec<(String, Command)>) {
        all.push((name.to_owned(), command.clone()));
        for below in command.get_subcommands() {
            collect(below, &format!("{name}-{}", below.get_name()), all);
        }
    }
    let mut app = App::command();
    app.build();
    let mut all = Vec::new();
    collect(&app, "handin", &mut all);
    all
}

/// Returns a text as roff takes it, line by line.
fn escaped(text: &str) -> String {
    let mut roff = String::new();
    for line in text.lines() {
        if line.starts_with(['.', '\'']) {
            roff.push_str("\\&");
        }
        for c in line.chars() {
            match c {
                '\\' => roff.push_str("\\e"),
                '-' => roff.push_str("\\-"),
                '›' => roff.push_str("\\[fo]"),
                '→' => roff.push_str("\\[->]"),
                c => roff.push(c),
            }
        }
        roff.push('\n');
    }
    roff
}

fn section(name: &str, body: &str) -> String {
    format!(".SH {name}\n{body}")
}

/// Returns entries with a term and a text each.
fn entries<'a>(entries: impl Iterator<Item = (String, &'a str)>) -> String {
    let mut roff = String::new();
    for (term, text) in entries {
        roff.push_str(".TP\n\\fB");
        roff.push_str(escaped(&term).trim_end());
        roff.push_str("\\fR\n");
        roff.push_str(&escaped(text));
    }
    roff
}

/// Returns the examples as they stand in the help, unfilled.
fn examples(command: &Command) -> String {
    let help = command.get_after_long_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let text = help.strip_prefix("Examples:\n").unwrap_or(&help);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    format!(
        ".nf\n{}.fi\n",
        escaped(&lines.join("\n")).replace("\n\n", "\n.sp\n")
    )
}

/// Returns the page of a command.
fn page(name: &str, command: &Command, others: &[(String, Command)]) -> String {
    let man = Man::new(command.clone().after_long_help("").after_help(""))
        .title(name.to_uppercase())
        .source(concat!("handin ", env!("CARGO_PKG_VERSION")))
        .manual("handin");
    let mut page = Vec::new();
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    let mut page = String::from_utf8(page).unwrap();
    let below: Vec<&(String, Command)> = others
        .iter()
        .filter(|(other, _)| {
            other
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
        })
        .filter(|(other, _)| other.matches('-').count() == name.matches('-').count() + 1)
        .collect();
    if !below.is_empty() {
        let abouts: Vec<(String, String)> = below
            .iter()
            .map(|(other, it)| {
                (
                    format!("{other}(1)"),
                    it.get_about().map(ToString::to_string).unwrap_or_default(),
                )
            })
            .collect();
        page += &section(
            "COMMANDS",
            &entries(
                abouts
                    .iter()
                    .map(|(name, about)| (name.clone(), about.as_str())),
            ),
        );
    }
    page += &section("EXAMPLES", &examples(command));
    let codes = ExitStatus::ALL.iter().map(|status| {
        (
            format!("{} ({})", status.code(), status.word()),
            status.meaning(),
        )
    });
    page += &section("\"EXIT STATUS\"", &entries(codes));
    let variables = env::variables().map(|variable| (variable.name.to_owned(), variable.doc));
    page += &section("ENVIRONMENT", &entries(variables));
    page + &see_also(name, others)
}

fn see_also(name: &str, others: &[(String, Command)]) -> String {
    let names: Vec<String> = others
        .iter()
        .filter(|(other, _)| other != name)
        .map(|(other, _)| format!(".BR {} (1)", escaped(other).trim_end()))
        .collect();
    format!("{}\n", section("\"SEE ALSO\"", &names.join(" ,\n")))
}

#[test]
fn the_man_pages_are_current() {
    let all = commands();
    for (name, command) in &all {
        hold(&format!("docs/man/{name}.1"), &page(name, command, &all));
    }
    let files = std::fs::read_dir("docs/man").unwrap().count();
    assert_eq!(files, all.len(), "a page of a command that is no more");
}

#[test]
fn a_man_page_holds_every_option_every_example_and_every_exit_code() {
    for (name, command) in commands() {
        let page = std::fs::read_to_string(format!("docs/man/{name}.1")).unwrap();
        let page = page.replace("\\-", "-");
        for argument in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(
                page.contains(&format!("--{argument}")),
                "{name}: --{argument}"
            );
        }
        assert!(
            page.contains("handin ") && page.contains("130 (interrupted)"),
            "{name}"
        );
    }
}
