//! The part of the Work Item Query Language that publishers of results use: conditions joined by AND and OR.

use serde_json::Value;

use super::world::{Project, WorkItem, World};

/// What names in a query stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// `@project`.
    pub(super) project: Option<&'a Project>,
    pub(super) world: &'a World,
}

/// A condition on work items.
#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    /// No `WHERE`: all.
    All,
    Both(Vec<Condition>),
    Either(Vec<Condition>),
    Equal(String, Operand),
    Unequal(String, Operand),
    Contains(String, String),
    Among(String, Vec<Operand>),
    InGroup(String),
}

#[derive(Debug, PartialEq)]
pub(super) enum Operand {
    Text(String),
    Project,
}

#[derive(Debug, PartialEq, Clone)]
enum Token {
    /// A word, a number, an operator or a bracket, in lower case.
    Word(String),
    Field(String),
    Text(String),
}

/// Reads a query.
///
/// # Errors
///
/// Returns the place that does not parse.
pub(super) fn parse(query: &str) -> Result<Condition, String> {
    let tokens = tokens(query)?;
    let from = tokens
        .iter()
        .position(|token| *token == word("from"))
        .ok_or("FROM")?;
    if tokens.first() != Some(&word("select")) || tokens.get(from + 1) != Some(&word("workitems")) {
        return Err("SELECT … FROM WorkItems".to_owned());
    }
    let mut rest = tokens.into_iter().skip(from + 2).peekable();
    match rest.next() {
        None => return Ok(Condition::All),
        Some(token) if token == word("order") => return Ok(Condition::All),
        Some(token) if token == word("where") => {}
        Some(token) => return Err(format!("{token:?}")),
    }
    let mut parser = Parser {
        rest: rest.collect(),
        at: 0,
    };
    let condition = parser.either()?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) if *token == word("order") => Ok(condition),
        Some(token) => Err(format!("{token:?}")),
    }
}

fn word(text: &str) -> Token {
    Token::Word(text.to_owned())
}

struct Parser {
    rest: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.rest.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        self.at += 1;
        self.rest
            .get(self.at - 1)
            .cloned()
            .ok_or_else(|| "the end".to_owned())
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == Some(&word(text));
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.both()?];
        while self.take("or") {
            parts.push(self.both()?);
        }
        Ok(Condition::Either(parts))
    }

    fn both(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.take("and") {
            parts.push(self.one()?);
        }
        Ok(Condition::Both(parts))
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.take("(") {
            let inner = self.either()?;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err("a missing bracket".to_owned())
            };
        }
        let Token::Field(field) = self.next()? else {
            return Err("a missing field".to_owned());
        };
        if self.take("=") {
            return Ok(Condition::Equal(field, self.operand()?));
        }
        if self.take("<>") {
            return Ok(Condition::Unequal(field, self.operand()?));
        }
        if self.take("contains") {
            return match self.operand()? {
                Operand::Text(text) => Ok(Condition::Contains(field, text.to_lowercase())),
                Operand::Project => Err("@project".to_owned()),
            };
        }
        if !self.take("in") {
            return Err(format!("{:?}", self.peek()));
        }
        if self.take("group") {
            return match self.operand()? {
                Operand::Text(group) => Ok(Condition::InGroup(group)),
                Operand::Project => Err("@project".to_owned()),
            };
        }
        self.among(field)
    }

    fn among(&mut self, field: String) -> Result<Condition, String> {
        let mut values = Vec::new();
        if !self.take("(") {
            return Err("a missing bracket".to_owned());
        }
        loop {
            values.push(self.operand()?);
            if self.take(")") {
                return Ok(Condition::Among(field, values));
            }
            if !self.take(",") {
                return Err("a missing comma".to_owned());
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next()? {
            Token::Text(text) => Ok(Operand::Text(text)),
            Token::Word(word) if word == "@project" => Ok(Operand::Project),
            Token::Word(number) if number.parse::<f64>().is_ok() => Ok(Operand::Text(number)),
            token @ (Token::Word(_) | Token::Field(_)) => Err(format!("{token:?}")),
        }
    }
}

impl Condition {
    /// Returns whether a work item is meant.
    pub(super) fn holds(&self, item: &WorkItem, names: &Names<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Both(parts) => parts.iter().all(|part| part.holds(item, names)),
            Self::Either(parts) => parts.iter().any(|part| part.holds(item, names)),
            Self::Equal(field, operand) => is(item, field, operand, names),
            Self::Unequal(field, operand) => !is(item, field, operand, names),
            Self::Contains(field, text) => value(item, field).to_lowercase().contains(text),
            Self::Among(field, operands) => operands
                .iter()
                .any(|operand| is(item, field, operand, names)),
            Self::InGroup(group) => {
                let kind = names
                    .world
                    .project_named(&item.project)
                    .map(|project| project.case_type.as_str());
                group.eq_ignore_ascii_case("Microsoft.TestCaseCategory")
                    && kind == Some(item.text("System.WorkItemType"))
            }
        }
    }
}

/// Compares as the service does: whatever the letter case.
fn is(item: &WorkItem, field: &str, operand: &Operand, names: &Names<'_>) -> bool {
    let wanted = match operand {
        Operand::Text(text) => text.as_str(),
        Operand::Project => names.project.map_or("", |project| &project.name),
    };
    value(item, field).to_lowercase() == wanted.to_lowercase()
}

fn value(item: &WorkItem, field: &str) -> String {
    let found = item
        .fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(field))
        .map(|(_, value)| value);
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut letters = query.chars().peekable();
    let mut found = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            space if space.is_whitespace() => {}
            '[' => {
                let name: String = letters
                    .by_ref()
                    .take_while(|letter| *letter != ']')
                    .collect();
                found.push(Token::Field(name.trim().to_owned()));
            }
            quote @ ('\'' | '"') => found.push(Token::Text(quoted(&mut letters, quote)?)),
            '(' | ')' | ',' | '=' => found.push(Token::Word(letter.to_string())),
            '<' | '>' => {
                let second = letters.next_if(|next| matches!(next, '=' | '>'));
                found.push(Token::Word(std::iter::once(letter).chain(second).collect()));
            }
            first => {
                let mut text = first.to_lowercase().to_string();
                while let Some(next) = letters
                    .next_if(|next| next.is_alphanumeric() || matches!(next, '.' | '_' | '@' | '-'))
                {
                    text.extend(next.to_lowercase());
                }
                found.push(Token::Word(text));
            }
        }
    }
    Ok(found)
}

/// Reads the rest of a text in quotes; a quote within is doubled.
fn quoted(
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    quote: char,
) -> Result<String, String> {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        if letter != quote {
            text.push(letter);
        } else if letters.next_if_eq(&quote).is_some() {
            text.push(quote);
        } else {
            return Ok(text);
        }
    }
    Err(format!("{quote}{text}"))
}
