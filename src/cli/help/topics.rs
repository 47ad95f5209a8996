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

/// As wide as the narrowest terminal that is common; lines that are longer are hard to read.
const WIDEST: usize = 80;

/// In less than this, words would stand below each other.
const NARROWEST: usize = 30;

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

    /// Returns the text, wrapped for a terminal of this width.
    pub(super) fn text(self, width: Option<usize>) -> String {
        let width = width.unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        match self {
            Self::ExitCodes => exit_codes(width),
            Self::Environment => environment(width),
            Self::Settings => settings(width),
        }
    }
}

// Writing to a `String` cannot fail, so what `write!` answers is of no interest.

fn exit_codes(width: usize) -> String {
    let mut text = wrapped(
        "The exit codes are part of the interface. Failing tests do not change the code: their results were submitted. With several \
         services or submissions the worst result decides the code. \"Nothing was written\" refers to this call only.",
        0,
        width,
    );
    for status in ExitStatus::ALL {
        let meaning = wrapped(status.meaning(), 5, width);
        let _ = write!(text, "\n{:<5}{}\n{meaning}", status.code(), status.word());
    }
    text
}

fn environment(width: usize) -> String {
    let mut text = wrapped(
        "A flag overrides a variable, and a variable overrides the settings file. An empty variable counts as not set. If several \
         variables give the same setting, the one listed first wins.",
        0,
        width,
    );
    for group in env::Group::ALL {
        let _ = write!(text, "\n{}\n", group.heading());
        for variable in env::variables().filter(|it| it.group == group) {
            let sets = variable.sets.map(|path| format!("  ({path})"));
            let _ = writeln!(text, "  {}{}", variable.name, sets.unwrap_or_default());
            text.push_str(&wrapped(variable.doc, 6, width));
        }
    }
    text
}

fn settings(width: usize) -> String {
    let mut text = wrapped(
        "Keep `handin.toml` in the repository, beside the tests, and commit it. The nearest one in the current folder or above it is \
         used. Flags override the environment, and the environment overrides the file. With `--profile NAME`, \
         `[profile.NAME.azure]` overrides `[azure]`.",
        0,
        width,
    );
    let mut section = None;
    for setting in documented_settings() {
        if section != Some(setting.section) {
            section = Some(setting.section);
            let heading = match setting.section {
                "" => "Top level".to_owned(),
                name => format!("[{name}]"),
            };
            let _ = write!(text, "\n{heading}\n");
        }
        let default = setting.default.map(|default| format!(" = {default}"));
        let _ = writeln!(text, "  {}{}", setting.name, default.unwrap_or_default());
        let meaning = format!("{} ({})", setting.doc, setting.holds.replace('`', ""));
        text.push_str(&wrapped(&meaning, 6, width));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Topic;

    #[test]
    fn no_line_of_a_topic_is_wider_than_a_terminal() {
        for topic in Topic::ALL {
            for (width, most) in [(None, 80), (Some(200), 80), (Some(50), 50)] {
                let text = topic.text(width);
                // A name stands on its line whole, however narrow the screen.
                let is_text = |it: &&str| most == 80 || it.starts_with("     ");
                let is_wide =
                    |it: &&str| is_text(it) && it.trim().contains(' ') && it.chars().count() > most;
                let wide: Vec<&str> = text.lines().filter(is_wide).collect();
                assert!(wide.is_empty(), "{topic:?}: {wide:?}");
            }
        }
    }
}
