//! Wrong usage as `clap` finds it: its own text for people, and with `--json` the document that every other error gets.
//!
//! What was typed could not be parsed, so `--json` and the command are looked for in the words themselves.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};

use clap::builder::{PossibleValue, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, FromArgMatches as _};
use serde_json::{Value, json};

use super::{App, ExitStatus, Failure};
use crate::model::ServiceName;
use crate::services::Sections;
use crate::settings::{Environment, nearest};
use crate::ui::{OutputOptions, Ui, sanitized};

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
    (
        &["signin", "sign-in", "authenticate", "token", "credentials"],
        "handin login azure",
    ),
    (
        &["logout", "signout", "sign-out"],
        "handin login azure --remove",
    ),
    (&["whoami", "auth", "status"], "handin login --list"),
    (&["version"], "handin --version"),
];

/// The same below `map`.
const ELSEWHERE_IN_MAP: &[(&[&str], &str)] = &[
    (&["check", "verify", "validate"], "handin verify"),
    (&["add", "assign", "put", "to"], "handin map set"),
    (&["remove", "delete", "rm", "del"], "handin map unset"),
    (&["show", "ls", "print"], "handin map list"),
    (&["auto", "propose", "apply"], "handin map suggest"),
];

/// Flags of other tools, and what to use here. What is said in words holds for every command; a flag only for those that have it.
const FOREIGN_FLAGS: &[(&[&str], &str)] = &[
    (
        &["token", "pat", "password", "api-key", "apikey", "secret"],
        "a token is never an argument: run `handin login`, set it in the environment, or name a file with `--token-file`",
    ),
    (
        &[
            "report", "reports", "file", "files", "results", "input", "path", "junit", "r", "f",
        ],
        "REPORT",
    ),
    (&["output", "o"], "--json"),
    (
        &["format"],
        "the format of a report is recognised by its content; `--json` writes a JSON document",
    ),
    (
        &[
            "org",
            "organization",
            "organisation",
            "server",
            "host",
            "collection",
        ],
        "--url",
    ),
    (&["product"], "--project"),
    (&["name", "title", "run-title"], "--run-name"),
    (&["dryrun", "noop", "what-if", "simulate"], "--dry-run"),
    (&["config"], "--settings"),
    (&["debug", "trace"], "--verbose"),
    (&["silent"], "--quiet"),
    (&["create", "create-cases"], "CASES"),
];

/// Returns the replacement of another tool's flag, if this command has it.
fn foreign_flag(current: &Command, word: &str) -> Option<String> {
    let name = word.trim_start_matches('-').split('=').next()?;
    let (_, here) = FOREIGN_FLAGS
        .iter()
        .find(|(names, _)| names.contains(&name))?;
    let mut positionals = current.get_positionals();
    if *here == "REPORT" {
        let takes_reports = positionals.any(|it| it.get_id() == "reports");
        return takes_reports
            .then(|| "reports are named without a flag, such as `'out/**/*.xml'`".to_owned());
    }
    if *here == "CASES" {
        let sections = Sections::default();
        let how = ServiceName::ALL.map(|service| sections.of(service).row().how_to_make_cases);
        let how: Vec<&str> = how.into_iter().flatten().collect();
        return Some(format!("test cases: {}", how.join("; ")));
    }
    match here.strip_prefix("--") {
        Some(flag) => has_flag(current, flag).then(|| format!("`{here}`")),
        None => Some((*here).to_owned()),
    }
}

/// The help of the whole program, as `clap` writes it without a terminal.
const HELP: &str = include_str!("help/long.txt");
const SHORT_HELP: &str = include_str!("help/short.txt");

/// Returns the answer to a lone flag that is known without declaring the commands: the version, and the help where it is plain.
pub(super) fn known_answer(arguments: &[OsString], is_plain: fn() -> bool) -> Option<&'static str> {
    let [_, flag] = arguments else { return None };
    match flag.to_str()? {
        "--version" | "-V" => Some(concat!("handin ", env!("CARGO_PKG_VERSION"), "\n")),
        "--help" if is_plain() => Some(HELP),
        "-h" if is_plain() => Some(SHORT_HELP),
        _ => None,
    }
}

/// Returns whether neither a terminal nor the environment decides how wide help is, and in which colours.
pub(super) fn is_plain() -> bool {
    let environment = Environment::of_process();
    let is_set = |name| environment.get(name).is_some();
    let has_terminal = std::io::stdout().is_terminal()
        || std::io::stderr().is_terminal()
        || std::io::stdin().is_terminal();
    !(has_terminal || is_set("COLUMNS") || is_set("CLICOLOR_FORCE"))
}

/// Prints such an answer.
pub(super) fn answer(text: &str) -> ExitStatus {
    // Where a stream is closed there is nobody to tell.
    drop(std::io::stdout().write_all(text.as_bytes()));
    ExitStatus::Done
}

/// Shows what `clap` has to say: help and version on standard output, wrong usage on standard error.
pub(super) fn told(
    error: clap::Error,
    arguments: &[OsString],
    wants_color: Option<bool>,
) -> ExitStatus {
    // Help and version repeat nothing that was typed: all the commands need not be declared for them.
    if !error.use_stderr() {
        // Where a stream is closed there is nobody to tell.
        drop(error.print());
        return ExitStatus::Done;
    }
    let words: Vec<&str> = arguments
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default())
        .take_while(|word| *word != "--")
        .collect();
    let error = &leading_on(harmless(error, arguments), &words);
    let options = OutputOptions {
        wants_color,
        ..OutputOptions::default()
    };
    Ui::of_process(options).usage(&error.render());
    if words.contains(&"--json") {
        let options = OutputOptions {
            json: true,
            wants_color,
            ..OutputOptions::default()
        };
        drop(Ui::of_process(options).json(&document(error, &words)));
    }
    ExitStatus::Usage
}

/// Returns `clap`'s error for the same words with everything removed that a terminal or a CI would take for commands.
fn harmless(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let words = arguments
        .iter()
        .map(|word| sanitized(&word.to_string_lossy()));
    let again = App::command().try_get_matches_from(words);
    match again.and_then(|matches| App::from_arg_matches(&matches)) {
        Err(harmless) if harmless.use_stderr() == error.use_stderr() => harmless,
        Err(_) | Ok(_) => error,
    }
}

/// Adds to what is not known what it is called here, else what there is.
fn leading_on(mut error: clap::Error, words: &[&str]) -> clap::Error {
    let mut app = App::command();
    app.build();
    // Behind a command that is not known, a word is none of its commands.
    let unknown = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => words.iter().position(|it| it == word),
        _ => None,
    };
    let path = path(
        &app,
        words.get(..unknown.unwrap_or(words.len())).unwrap_or(words),
    );
    let current = path.iter().fold(&app, |command, name| {
        command.find_subcommand(name).unwrap_or(command)
    });
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let is_near = |kind| error.get(kind).is_some();
    let kind = error.kind();
    let tip = if kind == ErrorKind::InvalidSubcommand {
        let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
        let here = elsewhere(word, &path).map(|here| format!("`{here}`"));
        let here = here.or_else(|| report_alone(word, &path));
        here.or_else(|| (!is_near(ContextKind::SuggestedSubcommand)).then(|| commands(current)))
    } else if kind == ErrorKind::UnknownArgument {
        let word = text(ContextKind::InvalidArg).unwrap_or_default();
        let token = secret_tip(current, word);
        token
            .or_else(|| foreign_flag(current, word))
            .or_else(|| of_other_commands(&app, current, word))
    } else if kind == ErrorKind::MissingRequiredArgument {
        text(ContextKind::InvalidArg)
            .and_then(|missing| choices(current, missing))
            .map(|choices| format!("one of {choices}"))
    } else {
        None
    };
    // Of what no command knows, clap says how to pass it as a value: that misleads.
    let misleads =
        error.kind() == ErrorKind::UnknownArgument && !is_near(ContextKind::SuggestedArg);
    if let (None, true) = (&tip, misleads) {
        error.remove(ContextKind::Suggested);
    }
    if let Some(tip) = tip {
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        let tips = vec![StyledStr::from(tip)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    correct(&mut error, current);
    error
}

/// Takes out of what clap says what is not so here, or not for everybody.
fn correct(error: &mut clap::Error, current: &Command) {
    if error.kind() == ErrorKind::UnknownArgument {
        // With what clap takes for meant, the usage would show one flag among many.
        let usage = current.clone().render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    if is_secret(current, error) {
        conceal(error);
    }
    if !is_alike(error) {
        error.remove(ContextKind::SuggestedValue);
    }
}

/// Says how a report is submitted that is named without a command.
fn report_alone(word: &str, path: &[&str]) -> Option<String> {
    let is_file = word.contains(['/', '\\', '*']) || word.rsplit_once('.').is_some();
    (path.is_empty() && is_file).then(|| "a command comes first: `handin submit REPORT`".to_owned())
}

/// The word of `login` that is typed for a token.
const A_TOKEN: &str = "a token is never an argument: leave it out, `handin login` asks for it";

fn secret_tip(current: &Command, word: &str) -> Option<String> {
    (current.get_name() == "login" && !word.starts_with('-')).then(|| A_TOKEN.to_owned())
}

/// Returns whether what is wrong may be a token: behind `login` nothing else is likely.
fn is_secret(current: &Command, error: &clap::Error) -> bool {
    let word = match (
        error.get(ContextKind::InvalidArg),
        error.get(ContextKind::InvalidValue),
    ) {
        (_, Some(ContextValue::String(value))) if error.kind() == ErrorKind::InvalidValue => value,
        (Some(ContextValue::String(word)), _) if error.kind() == ErrorKind::UnknownArgument => word,
        _ => return false,
    };
    let is_service = ServiceName::ALL
        .iter()
        .any(|service| nearest(word, [service.word()].into_iter()).is_some());
    current.get_name() == "login" && !word.starts_with('-') && !is_service
}

/// Takes what may be a token out of what is said.
fn conceal(error: &mut clap::Error) {
    let kind = if error.kind() == ErrorKind::InvalidValue {
        ContextKind::InvalidValue
    } else {
        ContextKind::InvalidArg
    };
    error.insert(kind, ContextValue::String("***".to_owned()));
    let tip = vec![StyledStr::from(A_TOKEN.to_owned())];
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tip));
}

/// Returns whether the value that clap takes for meant is like the one that was typed: it thinks that `testrail` is `qtest`.
fn is_alike(error: &clap::Error) -> bool {
    let (Some(ContextValue::String(typed)), Some(ContextValue::String(meant))) = (
        error.get(ContextKind::InvalidValue),
        error.get(ContextKind::SuggestedValue),
    ) else {
        return true;
    };
    typed.starts_with(meant.as_str()) || nearest(typed, [meant.as_str()].into_iter()).is_some()
}

/// Returns a tip which commands have a flag that this one has not, or how a service is named if it is no argument.
fn of_other_commands(app: &Command, current: &Command, word: &str) -> Option<String> {
    if has_flag(current, "service") && word.parse::<ServiceName>().is_ok() {
        return Some(format!("`--service {word}`"));
    }
    let name = word.strip_prefix("--")?;
    let (name, _) = name.split_once('=').unwrap_or((name, ""));
    let all = app.get_subcommands().flat_map(|command| {
        let below = command
            .get_subcommands()
            .filter(|below| below.get_name() != "help");
        let below = below.map(|below| {
            (
                format!("handin {} {}", command.get_name(), below.get_name()),
                below,
            )
        });
        std::iter::once((format!("handin {}", command.get_name()), command)).chain(below)
    });
    let with: Vec<String> = all
        .filter(|(_, command)| has_flag(command, name))
        .map(|(title, _)| format!("`{title}`"))
        .collect();
    if name == "dry-run" && matches!(current.get_name(), "verify" | "doctor" | "projects") {
        return Some(format!(
            "`handin {}` writes nothing to a service",
            current.get_name()
        ));
    }
    (!with.is_empty()).then(|| format!("`--{name}` belongs to {}", with.join(", ")))
}

fn has_flag(command: &Command, name: &str) -> bool {
    let mut arguments = command.get_arguments();
    arguments.any(|argument| argument.get_long() == Some(name))
}

/// Returns the words of an argument that is one of a few; `missing` is how the usage line writes it.
fn choices(command: &Command, missing: &str) -> Option<String> {
    let name = missing.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let argument = command.get_positionals().find(|argument| {
        let names = argument.get_value_names().unwrap_or_default();
        names.iter().any(|value| value.as_str() == name)
    })?;
    let values = argument.get_possible_values();
    let words: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Returns the command for a word that other tools have, or that names a service.
fn elsewhere(word: &str, path: &[&str]) -> Option<String> {
    let known = if path.is_empty() {
        ELSEWHERE
    } else {
        ELSEWHERE_IN_MAP
    };
    if let (true, Ok(service)) = (path.is_empty(), word.parse::<ServiceName>()) {
        return Some(format!("handin submit --service {service}"));
    }
    let (_, here) = known.iter().find(|(words, _)| words.contains(&word))?;
    Some((*here).to_owned())
}

/// Returns the sentence that lists all commands.
fn commands(command: &Command) -> String {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
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

/// Returns `clap`'s error as a sentence, with its tip or else the usage line as the next step.
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
    match path(app, words).as_slice() {
        [] | ["map" | "completions"] => "error".to_owned(),
        path => path.join("-"),
    }
}

/// Returns the commands that were named, from the outermost to the innermost.
fn path<'a>(app: &'a Command, words: &[&str]) -> Vec<&'a str> {
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
    path
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
    fn what_is_not_known_leads_on() {
        for (typed, tip) in [
            ("upload", "`handin submit`"),
            ("results", "`handin submit`"),
            ("signin", "`handin login azure`"),
            ("logout", "`handin login azure --remove`"),
            ("whoami", "`handin login --list`"),
            ("auth", "`handin login --list`"),
            ("version", "`handin --version`"),
            ("testops", "`handin submit --service katalon`"),
            ("submot", "'submit'"),
            ("frobnicate", "the commands are init, login, submit, verify"),
            ("map check", "`handin verify`"),
            ("map add", "`handin map set`"),
            (
                "map frobnicate",
                "the commands are list, set, unset, suggest",
            ),
            ("map lisst", "'list'"),
            (
                "submit --outcome",
                "`--outcome` belongs to `handin projects`",
            ),
            (
                "submit --apply=x",
                "`handin map list`, `handin map suggest`",
            ),
            (
                "verify --dry-run",
                "`handin verify` writes nothing to a service",
            ),
            ("submit --projct x", "'--project'"),
            ("submit -p x", "unexpected argument '-p'"),
            ("projects", "one of azure, qtest, katalon, "),
            ("completions", "one of bash, "),
            ("doctor azure", "`--service azure`"),
            ("azure submit", "`handin submit --service azure`"),
            ("out/junit.xml", "`handin submit REPORT`"),
            ("submit --format x", "recognised by its content"),
            ("submit --results x", "handin submit [OPTIONS] [REPORT]..."),
            ("submit --service azuredevops", "exists: 'azure'"),
            ("login azure topsecret", "a token is never an argument"),
            ("login topsecret", "a token is never an argument"),
            ("login azrue", "exists: 'azure'"),
        ] {
            let words: Vec<&str> = typed.split(' ').collect();
            let error = App::command()
                .try_get_matches_from(std::iter::once("handin").chain(words.iter().copied()))
                .unwrap_err();
            let text = leading_on(error, &words).render().to_string();
            assert!(text.contains(tip), "{typed}: {text}");
            assert!(!text.contains("as a value, use"), "{typed}: {text}");
            assert!(!text.contains("topsecret"), "{typed}: {text}");
        }
    }

    #[test]
    fn a_value_that_is_nothing_like_the_typed_one_is_not_offered() {
        let words = ["submit", "--service", "testrail"];
        let error = App::command()
            .try_get_matches_from(std::iter::once("handin").chain(words))
            .unwrap_err();
        assert!(
            error.to_string().contains("exists: 'qtest'"),
            "clap judges better now"
        );
        let text = leading_on(error, &words).render().to_string();
        assert!(!text.contains("tip"), "{text}");
    }

    #[test]
    fn a_lone_flag_gets_from_fewer_declarations_what_it_gets_from_all() {
        let told = |mut app: Command, flag: &str| {
            let error = app.try_get_matches_from_mut(["handin", flag]).unwrap_err();
            (error.kind(), error.render().to_string())
        };
        for flag in ["--help", "-h", "--version", "-V", "--nonsense", "--profile"] {
            let words = ["handin", flag].map(OsString::from);
            let all = told(App::command(), flag);
            assert_eq!(told(super::super::app_for(&words), flag), all, "{flag}");
            match known_answer(&words, || false) {
                Some(text) => assert_eq!(all.1, text),
                None => assert_ne!(all.0, ErrorKind::DisplayVersion, "{flag}"),
            }
            let is_known = known_answer(&words, || true).is_some();
            let shows = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];
            assert_eq!(is_known, shows.contains(&all.0), "{flag}");
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
