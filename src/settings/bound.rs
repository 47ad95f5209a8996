//! How much a settings file may hold, before anything parses it: a parser takes a hundred times what a sign of structure takes in the file.

/// Room for a quarter of a million mappings, a line each.
const MOST: usize = 500_000;

/// Describes why a text is not parsed, as the end of a sentence that begins with the file.
pub(super) fn refusal(text: &str) -> Option<String> {
    (signs(text) > MOST).then(|| {
        format!("it holds more than {MOST} lines, keys and values, the most that is taken")
    })
}

/// Counts what stands between keys and values, outside of texts and comments.
fn signs(text: &str) -> usize {
    let (mut rest, mut count) = (text, 0);
    while let Some(at) = rest.find(['"', '\'', '#', '\n', ',', '.', '=', '[', '{']) {
        let (_, from) = rest.split_at(at);
        let mut signs = from.chars();
        let sign = signs.next();
        rest = match sign {
            Some('"') => behind(from, '"', "\"\"\""),
            Some('\'') => behind(from, '\'', "'''"),
            Some('#') => from.find('\n').map_or("", |end| from.split_at(end).1),
            _ => {
                count += 1;
                signs.as_str()
            }
        };
    }
    count
}

/// Returns the rest after the string at the beginning. A string that does not end is an error, and nothing behind it is parsed.
fn behind<'a>(from: &'a str, quote: char, long: &str) -> &'a str {
    let is_long = from.starts_with(long);
    let mut inner = from.get(if is_long { 3 } else { 1 }..).unwrap_or_default();
    while let Some(at) = inner.find([quote, '\\', '\n']) {
        let (_, found) = inner.split_at(at);
        let mut signs = found.chars();
        match signs.next() {
            Some('\\') if quote == '"' => drop(signs.next()),
            Some('\n') if !is_long => return found,
            Some(sign) if sign == quote && !is_long => return signs.as_str(),
            Some(sign) if sign == quote && found.starts_with(long) => {
                return found.get(3..).unwrap_or_default();
            }
            _ => {}
        }
        inner = signs.as_str();
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_text_or_a_comment_is_no_structure() {
        for (text, count) in [
            ("a.b = [1, 2] # [,,,", 4),
            ("\"a.b\" = 'c,d'", 1),
            ("a = \"\\\"...\" \nb = '\\' # .", 3),
            ("a = \"\"\"x\"y,\n.\\\"\"\"\"\nb = 1", 3),
            ("a = '''x'y.''', [", 3),
            ("a = \"not closed ...\nb = 1", 3),
            ("a = \"\"\"not closed ...\nb = 1", 1),
        ] {
            assert_eq!(signs(text), count, "{text}");
        }
    }

    #[test]
    fn no_file_is_too_small_for_hundreds_of_thousands_of_mappings() {
        assert_eq!(refusal(&"\"a.b.c › d\" = 1\n".repeat(250_000)), None);
        assert!(refusal(&"a.".repeat(500_001)).is_some());
    }
}
