//! `handin help`: a command's own help, and what all commands share.

mod topics;

use clap::{Args, Command, CommandFactory as _};
use serde_json::json;

use self::topics::Topic;
use super::{App, Context, ExitStatus, Failure, examples};
use crate::settings::nearest;

/// Show help for a command, or for exit-codes, environment, settings
///
/// Without an argument: the help of handin itself.
#[derive(Debug, Args)]
#[command(after_long_help = examples::HELP)]
pub(super) struct HelpArgs {
    /// A command, such as `map set`, or a topic: exit-codes, environment, settings
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

pub(super) fn run(context: &Context, args: &HelpArgs) -> Result<ExitStatus, Failure> {
    let text = match args.words.as_slice() {
        [word] if Topic::from_word(word).is_some() => {
            let width = context.ui.width().filter(|_| !context.ui.is_json());
            let topic = Topic::from_word(word);
            topic.map(|topic| topic.text(width)).unwrap_or_default()
        }
        words => command_help(words, context.ui.colors_data() && !context.ui.is_json())?,
    };
    if context.ui.is_json() {
        let document =
            json!({"schema": "handin/help/1", "about": args.words.join(" "), "text": text});
        context.ui.json(&document)?;
    } else {
        context.ui.data(&text)?;
    }
    Ok(ExitStatus::Done)
}

/// Returns the long help of a command, named by its words.
fn command_help(words: &[String], colored: bool) -> Result<String, Failure> {
    let mut app = App::command();
    app.build();
    let mut command = &app;
    for word in words {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| unknown(command, words, word))?;
    }
    let help = command.clone().render_long_help();
    Ok(if colored {
        help.ansi().to_string()
    } else {
        help.to_string()
    })
}

/// Returns the error for an unknown help topic, with the nearest known one.
fn unknown(command: &Command, words: &[String], word: &str) -> Failure {
    let failure = Failure::new(
        ExitStatus::Usage,
        format!("there is no command or topic `{}`", words.join(" ")),
    );
    let topics: &[Topic] = if command.get_name() == "handin" {
        &Topic::ALL
    } else {
        &[]
    };
    let known: Vec<&str> = command
        .get_subcommands()
        .map(Command::get_name)
        .chain(topics.iter().map(|topic| topic.word()))
        .collect();
    let path = command.get_bin_name().unwrap_or("handin");
    let below = path.strip_prefix("handin").unwrap_or_default();
    match nearest(word, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `handin help{below} {near}`?")),
        None if known.is_empty() => failure.hint(format!("try `handin help{below}`")),
        None => failure.hint(format!("there is {}", known.join(", "))),
    }
}
