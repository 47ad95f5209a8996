//! Wrong usage as `clap` finds it: its own text for people, and with `--json` the document that every other error gets.
//!
//! What was typed could not be parsed, so `--json` and the command are looked for in the words themselves.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, FromArgMatches as _};
use serde_json::{Value, json};

use super::{App, ExitStatus, Failure};
use crate::model::ServiceName;
use crate::ui::{Manner, Ui, plain};

/// What people type who know other tools, and what it is called here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["upload", "publish", "results", "send", "push", "report"],
        "handin submit",
    ),
    (&["check", "validate", "lint"], "handin verify"),
    (&["import", "export"], "handin map"),
    (&["list", "ls", "plans", "suites"], "handin projects"),
    (&["config", "configure", "setup", "new"], "handin init"),
    (&["logout", "signout"], "handin login azure --remove"),
    (&["whoami", "auth", "status"], "handin login --list"),
];

/// Shows what `clap` has to say: help and version on standard output, wrong usage on standard error.
pub(super) fn told(error: clap::Error, arguments: &[OsString]) -> ExitStatus {
    let error = &leading_on(harmless(error, arguments));
    if !error.use_stderr() {
        // Where a stream is closed there is nobody to tell.
        drop(error.print());
        return ExitStatus::Done;
    }
    Ui::of_process(Manner::default()).usage(&error.render());
    let words: Vec<&str> = arguments
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default())
        .take_while(|word| *word != "--")
        .collect();
    if words.contains(&"--json") {
        let manner = Manner {
            json: true,
            ..Manner::default()
        };
        drop(Ui::of_process(manner).json(&document(error, &words)));
    }
    ExitStatus::Usage
}

/// Returns what `clap` says of the same words without what a terminal or a CI would take for orders: it repeats them as they are.
fn harmless(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let words = arguments.iter().map(|word| plain(&word.to_string_lossy()));
    let again = App::command().try_get_matches_from(words);
    match again.and_then(|matches| App::from_arg_matches(&matches)) {
        Err(harmless) if harmless.use_stderr() == error.use_stderr() => harmless,
        Err(_) | Ok(_) => error,
    }
}

/// Adds to an unknown command what it is called here, else which commands there are.
fn leading_on(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    // Below `map` there are others, and clap's own words do.
    let is_of_the_program = error
        .render()
        .to_string()
        .contains("handin [OPTIONS] <COMMAND>");
    if error.kind() != ErrorKind::InvalidSubcommand || !is_of_the_program {
        return error;
    }
    if error.get(ContextKind::SuggestedSubcommand).is_some() && elsewhere(word).is_none() {
        return error;
    }
    let tip = elsewhere(word).map_or_else(commands, |here| format!("`{here}`"));
    error.remove(ContextKind::SuggestedSubcommand);
    let tips = vec![StyledStr::from(tip)];
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    error
}

/// Returns the command for a word that other tools have, or that names a service.
fn elsewhere(word: &str) -> Option<String> {
    if let Ok(service) = word.parse::<ServiceName>() {
        return Some(format!("handin submit --service {service}"));
    }
    let (_, here) = ELSEWHERE.iter().find(|(words, _)| words.contains(&word))?;
    Some((*here).to_owned())
}

/// Returns the sentence that lists all commands.
fn commands() -> String {
    let app = App::command();
    let names: Vec<&str> = app.get_subcommands().map(Command::get_name).collect();
    format!("the commands are {}", names.join(", "))
}

fn document(error: &clap::Error, words: &[&str]) -> Value {
    let mut app = App::command();
    app.build();
    error_document(&command(&app, words), &failure(error))
}

/// Returns the document of a command that failed before it had anything to tell.
pub(super) fn error_document(command: &str, failure: &Failure) -> Value {
    json!({
        "schema": format!("handin/{command}/1"),
        "error": failure.json(),
        "exit_code": failure.status.code(),
    })
}

/// Returns what `clap` says as a sentence, and its tip, else how the command is used, as the next step.
fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let failure = Failure::new(ExitStatus::Usage, message);
    let (mut tips, mut usage) = (Vec::new(), None);
    for paragraph in paragraphs {
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            tips.push(tip.replace(" tip: ", "; "));
        } else if let Some(line) = paragraph.strip_prefix("Usage: ") {
            usage = Some(format!("usage: {line}"));
        }
    }
    let hint = (!tips.is_empty()).then(|| tips.join("; ")).or(usage);
    Failure { hint, ..failure }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the name of the command in its document: `map-set`; `error` where no command was named that has one. The program is one whose
/// commands have all been declared.
fn command(app: &Command, words: &[&str]) -> String {
    let mut path: Vec<&str> = Vec::new();
    let mut current = app;
    let mut is_value = false;
    for word in words {
        if is_value {
            is_value = false;
        } else if let Some(name) = word.strip_prefix("--") {
            is_value = takes_value(app, name) || takes_value(current, name);
        } else if let Some(below) = current.find_subcommand(word) {
            path.push(below.get_name());
            current = below;
        }
    }
    match path.as_slice() {
        [] | ["map" | "completions"] => "error".to_owned(),
        path => path.join("-"),
    }
}

fn takes_value(command: &Command, name: &str) -> bool {
    let mut arguments = command.get_arguments();
    arguments
        .any(|argument| argument.get_long() == Some(name) && argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_leads_on() {
        for (typed, tip) in [
            ("upload", "`handin submit`"),
            ("results", "`handin submit`"),
            ("logout", "`handin login azure --remove`"),
            ("whoami", "`handin login --list`"),
            ("auth", "`handin login --list`"),
            ("testops", "`handin submit --service katalon`"),
            ("submot", "'submit'"),
            ("frobnicate", "the commands are init, login, submit, verify"),
        ] {
            let error = App::command()
                .try_get_matches_from(["handin", typed])
                .unwrap_err();
            let text = leading_on(error).render().to_string();
            assert!(text.contains(tip), "{typed}: {text}");
        }
    }

    #[test]
    fn the_command_is_found_among_flags_and_their_values() {
        let mut app = App::command();
        app.build();
        for (words, name) in [
            (&["submit", "--nonsense"][..], "submit"),
            (&["--json", "--nonsense", "map", "set"], "map-set"),
            (&["--profile", "submit", "verify"], "verify"),
            (&["--profile=submit", "verify"], "verify"),
            (&["submit", "--plan", "verify", "x"], "submit"),
            (&["map", "--json"], "error"),
            (&["completions", "--json"], "error"),
            (&["nonsense"], "error"),
            (&[], "error"),
        ] {
            assert_eq!(command(&app, words), name, "{words:?}");
        }
    }
}
