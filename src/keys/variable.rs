//! What a variable of the environment is.

/// A variable that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub group: Group,
    /// What it does, in one or two sentences of Markdown.
    pub doc: &'static str,
    /// The setting that it gives, where it gives one.
    pub sets: Option<&'static str>,
}

/// What a [`Variable`] is for; a heading of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Which settings, and single settings.
    Settings,
    /// Tokens.
    Credentials,
    /// How to reach the network.
    Network,
    /// How the output looks.
    Output,
}

impl Group {
    /// Every group, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self::Settings,
        Self::Credentials,
        Self::Network,
        Self::Output,
    ];

    /// Returns its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Credentials => "Credentials",
            Self::Network => "Network",
            Self::Output => "Output",
        }
    }
}

/// Returns a row of a variable that gives no setting.
pub const fn plain(name: &'static str, group: Group, doc: &'static str) -> Variable {
    Variable {
        name,
        group,
        doc,
        sets: None,
    }
}

/// Returns a row of a variable that gives a setting of how it is signed in.
pub const fn credential(name: &'static str, sets: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        group: Group::Credentials,
        doc,
        sets: Some(sets),
    }
}

/// Returns a row of a variable that gives a setting.
pub const fn setting(name: &'static str, sets: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        group: Group::Settings,
        doc,
        sets: Some(sets),
    }
}
