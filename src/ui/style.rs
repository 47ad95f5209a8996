//! Colour with meaning, never alone.

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// In a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns whether to colour a stream, given what the environment wishes.
    pub fn applies(self, wish: Option<bool>, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => wish.unwrap_or(terminal),
        }
    }
}

/// What a coloured piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something went well.
    Good,
    /// Something went wrong.
    Error,
    /// Something needs attention.
    Warning,
    /// A next step.
    Hint,
    /// Less important than the rest.
    Faint,
    /// A heading.
    Heading,
}

impl Role {
    /// Returns the text in this role's colour.
    pub fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Good => "32",
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Hint => "1;36",
            Self::Faint => "2",
            Self::Heading => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
