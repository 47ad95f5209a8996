//! The query language of the search: `'Field Name' = 'value'`, `~`, `and`, `or`, brackets.
//!
//! Blanks around operators are needed, and a quote inside a value cannot be written (swagger: POST search).

use jiff::Timestamp;

use super::reply::Refusal;

/// What a field can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    After,
    Before,
    NotBefore,
    NotAfter,
    State,
    In,
}

/// A query, taken apart.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    All,
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    Ask {
        field: String,
        operator: Ask,
        values: Vec<String>,
    },
}

/// An operator as the tree keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask(Operator);

/// An object's fields as the search sees them: names and ids of a field, and its values.
pub(crate) type Record = Vec<(Vec<String>, Vec<String>)>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Open,
    Close,
    Comma,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut tokens = tokens(text)?;
        tokens.reverse();
        if tokens.is_empty() {
            return Ok(Self::All);
        }
        let query = either(&mut tokens)?;
        if tokens.is_empty() {
            Ok(query)
        } else {
            Err(wrong("something follows the query"))
        }
    }

    /// Returns whether an object answers the query; a field that it does not have is an error of the query.
    pub(crate) fn fits(&self, record: &Record) -> Result<bool, Refusal> {
        match self {
            Self::All => Ok(true),
            Self::And(left, right) => Ok(left.fits(record)? & right.fits(record)?),
            Self::Or(left, right) => Ok(left.fits(record)? | right.fits(record)?),
            Self::Ask {
                field,
                operator,
                values,
            } => {
                let found = record
                    .iter()
                    .find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(field)));
                let (_, held) =
                    found.ok_or_else(|| wrong(&format!("there is no field '{field}'")))?;
                Ok(operator.holds(held, values))
            }
        }
    }
}

impl Ask {
    fn holds(self, held: &[String], values: &[String]) -> bool {
        let wanted = values.first().map(String::as_str).unwrap_or_default();
        let any = |test: &dyn Fn(&str) -> bool| held.iter().any(|value| test(value));
        match self.0 {
            Operator::Is => any(&|value| same(value, wanted)),
            Operator::IsNot => !any(&|value| same(value, wanted)),
            Operator::Contains => any(&|value| contains(value, wanted)),
            Operator::ContainsNot => !any(&|value| contains(value, wanted)),
            Operator::After => any(&|value| order(value, wanted).is_gt()),
            Operator::Before => any(&|value| order(value, wanted).is_lt()),
            Operator::NotBefore => any(&|value| order(value, wanted).is_ge()),
            Operator::NotAfter => any(&|value| order(value, wanted).is_le()),
            Operator::State => {
                any(&|value| !value.is_empty()) == wanted.eq_ignore_ascii_case("not empty")
            }
            Operator::In => values
                .iter()
                .any(|wanted| any(&|value| same(value, wanted))),
        }
    }
}

/// Letter case does not count; whoever needs the exact text has to compare what was found.
fn same(value: &str, wanted: &str) -> bool {
    value.eq_ignore_ascii_case(wanted) || value.to_lowercase() == wanted.to_lowercase()
}

fn contains(value: &str, wanted: &str) -> bool {
    value.to_lowercase().contains(&wanted.to_lowercase())
}

fn order(value: &str, wanted: &str) -> std::cmp::Ordering {
    if let (Ok(value), Ok(wanted)) = (value.parse::<Timestamp>(), wanted.parse::<Timestamp>()) {
        return value.cmp(&wanted);
    }
    if let (Ok(value), Ok(wanted)) = (value.parse::<i64>(), wanted.parse::<i64>()) {
        return value.cmp(&wanted);
    }
    value.cmp(wanted)
}

fn wrong(what: &str) -> Refusal {
    Refusal::bad(format!("The query is not valid: {what}"))
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, rest.strip_prefix('(')),
            ')' => (Token::Close, rest.strip_prefix(')')),
            ',' => (Token::Comma, rest.strip_prefix(',')),
            '\'' | '"' => {
                let (inner, after) = rest
                    .strip_prefix(first)
                    .and_then(|rest| rest.split_once(first))
                    .ok_or_else(|| wrong("a quote is not closed"))?;
                if after
                    .chars()
                    .next()
                    .is_some_and(|next| !next.is_whitespace() && !"(),".contains(next))
                {
                    return Err(wrong("a blank is missing after a quoted text"));
                }
                (Token::Quoted(inner.to_owned()), Some(after))
            }
            _ => {
                let end = rest
                    .find(|next: char| next.is_whitespace() || "(),".contains(next))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                (Token::Word(word.to_owned()), Some(after))
            }
        };
        tokens.push(token);
        rest = after.unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn next_is(tokens: &[Token], word: &str) -> bool {
    matches!(tokens.last(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word))
}

fn either(tokens: &mut Vec<Token>) -> Result<Query, Refusal> {
    let mut query = both(tokens)?;
    while next_is(tokens, "or") {
        tokens.pop();
        query = Query::Or(Box::new(query), Box::new(both(tokens)?));
    }
    Ok(query)
}

fn both(tokens: &mut Vec<Token>) -> Result<Query, Refusal> {
    let mut query = one(tokens)?;
    while next_is(tokens, "and") {
        tokens.pop();
        query = Query::And(Box::new(query), Box::new(one(tokens)?));
    }
    Ok(query)
}

fn one(tokens: &mut Vec<Token>) -> Result<Query, Refusal> {
    if tokens.last() == Some(&Token::Open) {
        tokens.pop();
        let query = either(tokens)?;
        return if tokens.pop() == Some(Token::Close) {
            Ok(query)
        } else {
            Err(wrong("a bracket is not closed"))
        };
    }
    let field = word(tokens)?;
    let operator = match tokens.pop() {
        Some(Token::Word(operator)) => read_operator(&operator)?,
        _ => return Err(wrong(&format!("an operator is missing after '{field}'"))),
    };
    let values = if operator == Operator::In {
        list(tokens)?
    } else {
        vec![word(tokens)?]
    };
    Ok(Query::Ask {
        field,
        operator: Ask(operator),
        values,
    })
}

fn word(tokens: &mut Vec<Token>) -> Result<String, Refusal> {
    match tokens.pop() {
        Some(Token::Word(text) | Token::Quoted(text)) => Ok(text),
        _ => Err(wrong("a field or a value is missing")),
    }
}

fn list(tokens: &mut Vec<Token>) -> Result<Vec<String>, Refusal> {
    if tokens.pop() != Some(Token::Open) {
        return Err(wrong("a list in brackets is missing"));
    }
    let mut values = vec![word(tokens)?];
    loop {
        match tokens.pop() {
            Some(Token::Comma) => values.push(word(tokens)?),
            Some(Token::Close) => return Ok(values),
            _ => return Err(wrong("a bracket is not closed")),
        }
    }
}

fn read_operator(text: &str) -> Result<Operator, Refusal> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "=" => Operator::Is,
        "!=" => Operator::IsNot,
        "~" => Operator::Contains,
        "!~" => Operator::ContainsNot,
        ">" => Operator::After,
        "<" => Operator::Before,
        ">=" => Operator::NotBefore,
        "<=" => Operator::NotAfter,
        "is" => Operator::State,
        "in" => Operator::In,
        _ => return Err(wrong(&format!("'{text}' is not an operator"))),
    })
}
