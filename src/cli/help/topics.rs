//! What all commands share, for the terminal: made from the tables that the documentation is made from.

use std::fmt::Write as _;

use crate::cli::ExitStatus;
use crate::settings::{documented_settings, env};
use crate::ui::wrapped;

/// What all commands share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    ExitCodes,
    Environment,
    Settings,
}

/// As wide as the narrowest terminal that is common.
const WIDTH: usize = 80;

impl Topic {
    /// Every topic.
    pub(super) const ALL: [Self; 3] = [Self::ExitCodes, Self::Environment, Self::Settings];

    /// Returns the topic that a word names.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }

    /// Returns its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ExitCodes => "exit-codes",
            Self::Environment => "environment",
            Self::Settings => "settings",
        }
    }

    /// Returns what there is to say.
    pub(super) fn text(self) -> String {
        match self {
            Self::ExitCodes => exit_codes(),
            Self::Environment => environment(),
            Self::Settings => settings(),
        }
    }
}

// Writing to a `String` cannot fail, so what `write!` answers is of no interest.

fn exit_codes() -> String {
    let mut text = wrapped(
        "The exit codes are part of the interface. Failing tests do not change the code: they were reported faithfully. Of several \
         services or submissions the worst tells.",
        0,
        WIDTH,
    );
    for status in ExitStatus::ALL {
        let meaning = wrapped(status.meaning(), 5, WIDTH);
        let _ = write!(text, "\n{:<5}{}\n{meaning}", status.code(), status.word());
    }
    text
}

fn environment() -> String {
    let mut text = wrapped(
        "A flag beats a variable, a variable beats the settings file. A variable that is empty counts as not set. Where several give \
         the same thing, the one that is listed first wins.",
        0,
        WIDTH,
    );
    for group in env::Group::ALL {
        let _ = write!(text, "\n{}\n", group.heading());
        for variable in env::VARIABLES.iter().filter(|it| it.group == group) {
            let sets = variable.sets.map(|path| format!("  ({path})"));
            let _ = writeln!(text, "  {}{}", variable.name, sets.unwrap_or_default());
            text.push_str(&wrapped(variable.doc, 6, WIDTH));
        }
    }
    text
}

fn settings() -> String {
    let mut text = wrapped(
        "`handin.toml` stands in the repository beside the tests and is committed; the nearest one upwards counts. Flags beat the \
         environment, the environment beats the file. `[profile.NAME.azure]` overrides the keys of `[azure]` for `--profile NAME`.",
        0,
        WIDTH,
    );
    let mut section = None;
    for setting in documented_settings() {
        if section != Some(setting.section) {
            section = Some(setting.section);
            let heading = match setting.section {
                "" => "At the top".to_owned(),
                name => format!("[{name}]"),
            };
            let _ = write!(text, "\n{heading}\n");
        }
        let default = setting.default.map(|default| format!(" = {default}"));
        let _ = writeln!(text, "  {}{}", setting.name, default.unwrap_or_default());
        let meaning = format!("{} ({})", setting.doc, setting.holds.replace('`', ""));
        text.push_str(&wrapped(&meaning, 6, WIDTH));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Topic;

    #[test]
    fn no_line_of_a_topic_is_wider_than_a_terminal() {
        for topic in Topic::ALL {
            let text = topic.text();
            let wide: Vec<&str> = text.lines().filter(|it| it.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{topic:?}: {wide:?}");
        }
    }
}
