//! The look of the stand-ins' pages: plain HTML and CSS, light and dark, every text escaped.

/// Returns a text with all that means something in HTML made harmless.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A piece of HTML that is safe to show.
#[derive(Debug, Clone, Default)]
pub struct Html(String);

impl Html {
    /// Returns a text as HTML.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self(escape(text.as_ref()))
    }

    /// Returns an outcome as a coloured mark; the text is always there, so that nobody depends on the colour.
    pub fn outcome(text: &str) -> Self {
        let mood = match text.to_ascii_lowercase().as_str() {
            "passed" | "pass" | "completed" => "good",
            "failed" | "fail" | "error" | "errored" | "aborted" => "bad",
            "" | "unspecified" | "none" | "active" | "ready" => "idle",
            _ => "other",
        };
        Self(format!(
            "<span class=\"mark {mood}\">{}</span>",
            escape(if text.is_empty() { "—" } else { text })
        ))
    }

    /// Returns a heading; level 2 is a section.
    pub fn heading(level: u8, text: &str) -> Self {
        Self(format!("<h{level}>{}</h{level}>\n", escape(text)))
    }

    /// Returns a paragraph.
    pub fn paragraph(text: &str) -> Self {
        Self(format!("<p>{}</p>\n", escape(text)))
    }

    /// Returns a table, or a remark that there is nothing to show.
    pub fn table(columns: &[&str], rows: Vec<Vec<Self>>) -> Self {
        if rows.is_empty() {
            return Self("<p class=\"quiet\">Nothing yet.</p>\n".to_owned());
        }
        let mut html = String::from("<div class=\"wide\"><table>\n<thead><tr>");
        for column in columns {
            html.push_str(&["<th scope=\"col\">", &escape(column), "</th>"].concat());
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            html.push_str("<tr>");
            for cell in row {
                html.push_str(&["<td>", &cell.0, "</td>"].concat());
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div>\n");
        Self(html)
    }

    /// Returns a part that is folded away at first.
    pub fn folded(title: &str, inner: &Self) -> Self {
        Self(format!(
            "<details><summary>{}</summary>\n{}</details>\n",
            escape(title),
            inner.0
        ))
    }

    /// Returns a part that can be folded away.
    pub fn unfolded(title: &str, inner: &Self) -> Self {
        Self(
            Self::folded(title, inner)
                .0
                .replacen("<details>", "<details open>", 1),
        )
    }

    /// Adds another piece.
    pub fn push(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }
}

/// Returns a whole page.
pub fn page(title: &str, introduction: &str, body: &Html) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n\
         <style>{CSS}</style>\n</head>\n<body>\n<header><h1>{0}</h1><p>{1}</p>\
         <nav><a href=\"/\">Reload</a> <a href=\"/__state\">State as JSON</a> <a href=\"/__requests\">Requests as JSON</a></nav>\
         </header>\n<main>\n{2}</main>\n</body>\n</html>\n",
        escape(title),
        escape(introduction),
        body.0
    )
}

const CSS: &str = "
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --paper: #fcfcfd; --card: #fff; --line: #e0e1e6;
  --good: #18794e; --good-bg: #e6f6eb; --bad: #c62a2f; --bad-bg: #feebec; --other: #8f5a00; --other-bg: #fff4d5; --link: #0b68cb; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --paper: #111113; --card: #18191b; --line: #363a3f;
  --good: #3dd68c; --good-bg: #132d21; --bad: #ff9592; --bad-bg: #3b1219; --other: #ffca16; --other-bg: #302008; --link: #70b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.5rem 0; }
main { padding-bottom: 4rem; }
h1 { font-size: 1.6rem; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
header p { margin: .2rem 0 .6rem; color: var(--soft); }
nav a { color: var(--link); margin-right: 1rem; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .8rem; vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr + tr td { border-top: 1px solid var(--line); }
.mark { display: inline-block; padding: 0 .55rem; border-radius: 99px; font-size: .85rem; font-weight: 600; white-space: nowrap;
  color: var(--soft); border: 1px solid var(--line); }
.good { color: var(--good); background: var(--good-bg); border-color: transparent; }
.bad { color: var(--bad); background: var(--bad-bg); border-color: transparent; }
.other { color: var(--other); background: var(--other-bg); border-color: transparent; }
.quiet { color: var(--soft); }
details { margin: .6rem 0; }
summary { cursor: pointer; padding: .3rem 0; font-weight: 600; }
";
