//! The page of the documentation that lists every setting.

use std::fmt::Write as _;

use super::keys::keys;
use crate::keys::{Key, Shape};

const INTRODUCTION: &str = "\
# Settings

Keep `handin.toml` in the repository, beside the tests, and commit it. Flags override the environment, the environment overrides the
file, and the file overrides the defaults. handin uses the nearest `handin.toml` in the current folder or above it, up to the root of the repository; `--settings` or
`HANDIN_SETTINGS` name another file. `--set azure.points=all` sets any setting for one call.
If the file has no section for a service, handin uses the only service that a variable such as `HANDIN_AZURE_URL` names or that has a login.

An unknown key is an error that names the nearest known one. Secrets are refused: `handin login` keeps them in the keyring, and a
pipeline gives them in the environment ([environment](environment.md)).

A profile overrides settings: with `--profile staging` or `HANDIN_PROFILE=staging`, `[profile.staging.azure]` overrides `[azure]`.
[Mapping](mapping.md) explains how tests are mapped to test cases, and the table `[cases.<service>]` of each service.
Templates may contain `{job}`, `{report}`, `{browser}`, `{device}`, `{os}`, `{date}`, every property of the suite by its name, and
`{ci.build}`, `{ci.build_id}`, `{ci.branch}`, `{ci.commit}`, `{ci.url}`, `{ci.attempt}`, `{ci.job}`.

Editors that support JSON schemas for TOML (Even Better TOML, or others based on taplo) complete and check the file if its first
line names the schema, by a path or a URL:

```toml
#:schema ./schemas/settings.json
```

The schema is [settings.json](schemas/settings.json); it allows no unknown keys, so the editor underlines a mistyped key at once.

A duration is written as `\"90s\"`, `\"30m\"` or `\"1h 30m\"`.
";

/// Returns the page that documents every setting, in Markdown.
pub fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    for section in sections() {
        write_section(&mut page, section);
    }
    page
}

/// A setting, as it is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentedSetting {
    /// The table that it stands in; empty at the top.
    pub section: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What it may hold, in words.
    pub holds: String,
    /// Its default, where it has one.
    pub default: Option<&'static str>,
    /// What it does, in a sentence or two of Markdown.
    pub doc: &'static str,
}

/// Returns every setting, section by section.
pub fn documented_settings() -> impl Iterator<Item = DocumentedSetting> {
    sections().into_iter().flat_map(|section| {
        let keys = keys().filter(move |key| section_of(key) == section);
        keys.map(move |key| DocumentedSetting {
            section,
            name: name_of(key),
            holds: holds(key.shape),
            default: key.default,
            doc: key.doc,
        })
    })
}

fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = Vec::new();
    for key in keys() {
        let section = section_of(key);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections
}

/// Writing to a `String` cannot fail, so what `write!` answers is of no interest.
fn write_section(page: &mut String, section: &str) {
    let heading = if section.is_empty() {
        "Top level".to_owned()
    } else {
        format!("`[{section}]`")
    };
    let _ = write!(
        page,
        "\n## {heading}\n\n| key | holds | default | meaning |\n|---|---|---|---|\n"
    );
    for key in keys().filter(|key| section_of(key) == section) {
        let default = key
            .default
            .map(|text| format!("`{text}`"))
            .unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {} | {default} | {} |",
            name_of(key),
            holds(key.shape),
            key.doc
        );
    }
}

fn name_of(key: &Key) -> &'static str {
    key.path.rsplit_once('.').map_or(key.path, |(_, name)| name)
}

fn section_of(key: &Key) -> &'static str {
    key.path.rsplit_once('.').map_or("", |(section, _)| section)
}

fn holds(shape: Shape) -> String {
    match shape {
        Shape::Text => "string".to_owned(),
        Shape::IdOrName => "id or name".to_owned(),
        Shape::Texts => "list of strings".to_owned(),
        Shape::IdsOrNames => "id or name, or a list of them".to_owned(),
        Shape::Switch => "true or false".to_owned(),
        Shape::Count(least, most) => format!("{least} to {most}"),
        Shape::Length => "duration".to_owned(),
        Shape::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Shape::Rows => "tables `{ when = { property = glob }, use = id or name }`".to_owned(),
    }
}
