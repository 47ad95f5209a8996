//! The script of a shell: what `clap_complete` makes of the command line, and in it, where bash, zsh and fish complete a profile or a
//! project, a call that asks handin for them.
//!
//! The scripts of `clap_complete` that ask the program for everything were left alone: file names with blanks are not quoted by
//! theirs for bash, fish gets no file names at all, and nothing may change between such a script and the program.

use std::fmt::Write as _;

use clap::builder::PossibleValue;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::App;

const BASH: [&str; 2] = [
    include_str!("../../../templates/completions/names.bash"),
    include_str!("../../../templates/completions/case.bash"),
];
const ZSH: &str = include_str!("../../../templates/completions/names.zsh");
const FISH: &str = include_str!("../../../templates/completions/names.fish");

/// Returns the completion script of a shell.
pub(super) fn script(shell: Shell) -> String {
    let mut app = App::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut app, "handin", &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => bash(&script),
        Shell::Zsh => zsh(&script),
        Shell::Fish => fish(&script, &app),
        Shell::Elvish | Shell::PowerShell | _ => script.into_owned(),
    }
}

/// What each word means is known by then: the case comes before those of the commands.
fn bash(script: &str) -> String {
    let [function, case] = BASH;
    let commands = "    case \"${cmd}\" in\n        handin)\n";
    function.to_owned() + &script.replacen(commands, &format!("{case}{commands}"), 1)
}

/// The words are kept as they are typed, since `_arguments` takes those before the command away.
fn zsh(script: &str) -> String {
    let start = "_handin() {\n";
    let kept = "    local -a handin_words=(\"${(@Q)words[1,CURRENT-1]}\")\n";
    let script = script.replacen(start, &format!("{ZSH}{start}{kept}"), 1);
    let lines = script.split_inclusive('\n').map(|line| {
        if line.starts_with("'--profile=") {
            line.replace(":NAME:_default'", ":NAME:_handin_profiles'")
        } else if line.starts_with("'*::path ") {
            line.replace(":_default'", ":_handin_projects'")
        } else {
            line.to_owned()
        }
    });
    lines.collect()
}

/// fish is told of no words that stand alone, so those are added as well.
fn fish(script: &str, app: &Command) -> String {
    let mut script = script.to_owned() + FISH;
    for command in app.get_subcommands() {
        let name = command.get_name();
        let words = match name {
            "projects" => "(__fish_handin_names projects)".to_owned(),
            _ => command.get_positionals().map(words).collect(),
        };
        if !words.is_empty() {
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                script,
                "complete -c handin -n \"__fish_handin_using_subcommand {name}\" -f -a \"{words}\""
            );
        }
    }
    script
}

/// Returns the words that an argument can be.
fn words(argument: &Arg) -> String {
    let values = argument.get_possible_values();
    let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    values.join(" ")
}
