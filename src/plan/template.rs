//! Names made of what the report and the CI say: `{job}`, `{browser}`, `{ci.branch}`.

use std::collections::BTreeMap;
use std::fmt;

use crate::mapping::nearest;

/// Words that always have a meaning, though the report or the CI may give none: they are then left out.
pub const WORDS: [&str; 14] = [
    "job",
    "report",
    "browser",
    "device",
    "os",
    "date",
    "ci.build",
    "ci.build_id",
    "ci.branch",
    "ci.commit",
    "ci.url",
    "ci.attempt",
    "ci.job",
    "ci.pipeline",
];

/// A text with words in braces. `{{` and `}}` stand for the braces themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Word(String),
}

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace without its counterpart.
    #[error(
        "the template `{0}` has a brace without its counterpart; write `{{{{` or `}}}}` for the brace itself"
    )]
    Brace(String),
    /// A word that neither the CI, nor the report, nor this program knows.
    #[error("the template word `{{{word}}}` is not known{near}; expected one of {known}")]
    Unknown {
        /// The word.
        word: String,
        /// The question whether another was meant, where one is near.
        near: String,
        /// Those that could be meant.
        known: String,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When a brace is without its counterpart, or a word begins with `ci.` and is none of those.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let parts = split(text).ok_or_else(|| TemplateError::Brace(text.to_owned()))?;
        let template = Self(parts);
        let stray = template
            .words()
            .find(|word| word.starts_with("ci.") && !WORDS.contains(word))
            .map(|word| unknown(word, &BTreeMap::new()));
        stray.map_or(Ok(template), Err)
    }

    /// Returns the words, in their order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Word(word) => Some(word.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Puts the values in. White space that a missing value leaves is taken out.
    ///
    /// Letter case does not count in the names of `values`: they are given in small letters.
    ///
    /// # Errors
    ///
    /// When a word has no value and is none of [`WORDS`].
    pub fn render(&self, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Word(word) => match values.get(&word.to_lowercase()) {
                    Some(value) => text.push_str(value),
                    None if WORDS.contains(&word.as_str()) => {}
                    None => return Err(unknown(word, values)),
                },
            }
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(words.join(" "))
    }
}

/// Writes the template as it was given.
impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(fixed) => {
                    formatter.write_str(&fixed.replace('{', "{{").replace('}', "}}"))?;
                }
                Part::Word(word) => write!(formatter, "{{{word}}}")?,
            }
        }
        Ok(())
    }
}

fn unknown(word: &str, values: &BTreeMap<String, String>) -> TemplateError {
    TemplateError::unknown(word, values.keys().map(String::as_str))
}

impl TemplateError {
    /// Returns the error for a word that is not known, where beside [`WORDS`] these are.
    pub fn unknown<'a>(word: &str, own: impl Iterator<Item = &'a str>) -> Self {
        let own: Vec<&str> = own.filter(|name| !WORDS.contains(name)).collect();
        let known = || WORDS.into_iter().chain(own.iter().copied());
        let near = nearest(&word.to_lowercase(), known());
        Self::Unknown {
            word: word.to_owned(),
            near: near.map_or_else(String::new, |near| format!(", did you mean `{{{near}}}`?")),
            known: known().take(40).collect::<Vec<_>>().join(", "),
        }
    }
}

fn split(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut fixed = String::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.next_if_eq(&character).is_some() => fixed.push(character),
            '{' => {
                let mut word = String::new();
                loop {
                    match rest.next()? {
                        '}' => break,
                        '{' => return None,
                        other => word.push(other),
                    }
                }
                parts.push(Part::Text(std::mem::take(&mut fixed)));
                parts.push(Part::Word(word.trim().to_owned()));
            }
            '}' => return None,
            other => fixed.push(other),
        }
    }
    parts.push(Part::Text(fixed));
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Result<String, TemplateError> {
        let values = [("job", "Smoke"), ("ci.branch", "main"), ("stage", "qa")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Template::parse(text)?.render(&values.into())
    }

    #[test]
    fn a_template_is_shown_as_it_was_written() {
        for text in ["{job}", "a {{b}} {ci.build} c", ""] {
            assert_eq!(Template::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn words_are_replaced_and_missing_ones_leave_no_gap() {
        assert_eq!(
            rendered("{job} {browser} on {ci.branch}").unwrap(),
            "Smoke on main"
        );
        assert_eq!(rendered("{Stage}{{x}}").unwrap(), "qa{x}");
        assert_eq!(rendered("{browser}").unwrap(), "");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let values = [("job".to_owned(), "{ci.branch}".to_owned())];
        let template = Template::parse("{job}").unwrap();
        assert_eq!(template.render(&values.into()).unwrap(), "{ci.branch}");
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let message = rendered("{jobb}").unwrap_err().to_string();
        assert!(message.contains("`{jobb}`"), "{message}");
        assert!(
            message.contains("ci.branch") && message.contains("stage"),
            "{message}"
        );
        let message = rendered("{ci.brunch}").unwrap_err().to_string();
        assert!(message.contains("`{ci.brunch}`"), "{message}");
        assert!(message.contains("did you mean `{ci.branch}`?"), "{message}");
        let message = rendered("{Stge}").unwrap_err().to_string();
        assert!(message.contains("did you mean `{stage}`?"), "{message}");
        let message = rendered("{entirely else}").unwrap_err().to_string();
        assert!(!message.contains("did you mean"), "{message}");
    }

    #[test]
    fn a_lone_brace_is_refused() {
        for text in ["{job", "job}", "{a{b}}", "{"] {
            assert!(
                matches!(rendered(text), Err(TemplateError::Brace(_))),
                "{text}"
            );
        }
    }
}
