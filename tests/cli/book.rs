//! The pages: their links lead somewhere, what they name is there, their settings are settings, and the tutorial works.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use handin_sandbox::azure::{AzureSandbox, World};

use crate::desk::Desk;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every page of the repository, by its path from the root.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for folder in ["", "docs", "fixtures", "fuzz"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "md") {
                let name = path.strip_prefix(root()).unwrap().to_owned();
                pages.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(pages.len() > 15, "only {} pages were found", pages.len());
    pages
}

/// A line of a page: of its text, or of a fenced block of that language.
struct Line<'a> {
    block: Option<&'a str>,
    text: &'a str,
}

fn lines(page: &str) -> Vec<Line<'_>> {
    let mut block = None;
    let mut lines = Vec::new();
    for text in page.lines() {
        match (text.trim_start().strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => {
                block = None;
                lines.push(Line { block, text: "" });
            }
            (None, _) => lines.push(Line { block, text }),
        }
    }
    lines
}

/// Returns the fenced blocks of a page, each with its language; or with the name of the file that stands above it by itself.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    let mut above = "";
    for line in lines(page) {
        if let Some(language) = line.block {
            if !open {
                let file = above.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
                blocks.push((file.unwrap_or(language), String::new()));
            }
            let (_, text) = blocks.last_mut().unwrap();
            text.push_str(line.text);
            text.push('\n');
        } else if !line.text.is_empty() || open {
            above = line.text;
        }
        open = line.block.is_some();
    }
    blocks
}

/// Returns the anchor that a heading is given: by GitHub, and by mdBook.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ => letter.is_alphanumeric().then_some(letter),
        })
        .collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    lines(page)
        .iter()
        .filter(|line| line.block.is_none() && line.text.starts_with('#'))
        .map(|line| anchor(line.text.trim_start_matches('#')))
        .collect()
}

/// Returns the targets of the links in a page's text.
fn links(page: &str) -> Vec<String> {
    let text: Vec<&str> = lines(page)
        .iter()
        .filter(|line| line.block.is_none())
        .map(|line| line.text)
        .collect();
    text.join("\n")
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .filter(|target| !target.contains("://") && !target.contains('`'))
        .collect()
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    for (name, page) in &pages {
        for link in links(page) {
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => name.clone(),
                file => normal(&name.parent().unwrap().join(file)),
            };
            let there = root().join(&target).exists();
            let anchored = fragment.is_empty()
                || pages
                    .get(&target)
                    .is_some_and(|page| anchors(page).contains(fragment));
            if !there || !anchored {
                broken.push(format!("{}: {link}", name.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path {
        if part == ".." {
            normal.pop();
        } else {
            normal.push(part);
        }
    }
    normal
}

#[test]
fn the_book_lists_each_page_once() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut listed = links(&summary);
    listed.sort();
    let there: Vec<String> = pages()
        .keys()
        .filter_map(|name| Some(name.strip_prefix("docs").ok()?.display().to_string()))
        .filter(|name| name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn files_that_a_page_names_are_there() {
    let mut gone = Vec::new();
    for (name, page) in pages() {
        for line in lines(&page).iter().filter(|line| line.block.is_none()) {
            for word in line.text.split('`').skip(1).step_by(2) {
                let is_path = [
                    "src/",
                    "tests/",
                    "docs/",
                    "fixtures/",
                    "fuzz/",
                    ".ci/",
                    ".github/",
                ]
                .iter()
                .any(|folder| word.starts_with(folder));
                let is_plain = !word.contains(['<', '*', ' ', '{']);
                if is_path && is_plain && !root().join(word).exists() {
                    gone.push(format!("{}: {word}", name.display()));
                }
            }
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

/// Says what a shell would do to a pattern in this line, where that is not to hand it on.
fn lost(line: &str) -> Option<&'static str> {
    let command = line.trim_start();
    let is_value = ["reports:", "path:", "paths:", "#"];
    if is_value.iter().any(|key| command.starts_with(key)) {
        return None;
    }
    let mut words = command.split_whitespace();
    if words
        .any(|word| word.contains('*') && word.contains('/') && !word.contains(['\'', '"', '`']))
    {
        return Some("a shell expands it, as far as it can");
    }
    // Of the steps of Azure Pipelines `script:` is `cmd` on Windows, to which single quotes are letters.
    let is_cmd = command.starts_with("- script:") && command.contains('\'');
    is_cmd.then_some("`cmd` takes single quotes for a part of the name")
}

#[test]
fn patterns_in_commands_of_the_pages_reach_handin_in_every_shell() {
    assert!(lost("  --shard 1/4 out/**/*.xml").is_some());
    assert!(lost("  - script: handin submit 'out/*.xml'").is_some());
    assert_eq!(lost("handin submit 'out/**/*.xml'"), None);
    for (name, page) in pages() {
        for line in lines(&page) {
            let is_command = line.block.is_some_and(|language| {
                ["sh", "console", "yaml", "groovy", "powershell"].contains(&language)
            });
            let why = is_command.then(|| lost(line.text)).flatten();
            assert_eq!(why, None, "{}: {}", name.display(), line.text);
        }
    }
}

#[test]
fn settings_in_the_pages_are_settings() {
    for (name, page) in pages() {
        for (language, text) in blocks(&page) {
            if ["toml", "handin.toml"].contains(&language) && !name.starts_with("fuzz") {
                let desk = Desk::new();
                desk.write("handin.toml", &text);
                let answer = desk.run(&["map", "export"]);
                assert_eq!(
                    answer.code,
                    Some(0),
                    "{}:\n{text}\n{answer:?}",
                    name.display()
                );
            }
        }
    }
}

/// Holds what was printed against what a page shows: its lines in that order, others between them; `…` stands for anything.
fn shown(printed: &str, expected: &str) -> Result<(), String> {
    let mut printed = printed.lines().map(str::trim);
    for line in expected.lines().map(str::trim) {
        let parts: Vec<&str> = line.split('…').collect();
        let fits = |found: &str| {
            let mut rest = Some(found);
            for part in &parts {
                rest = rest.and_then(|text| Some(text.split_once(part)?.1));
            }
            found.starts_with(parts[0]) && rest.is_some()
        };
        if !printed.by_ref().any(fits) {
            return Err(format!("`{line}` was not printed"));
        }
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_tutorial_works_and_prints_what_it_says() {
    let sandbox = AzureSandbox::start(World::demo()).unwrap();
    let desk = Desk::new();
    let program = Path::new(env!("CARGO_BIN_EXE_handin"));
    let page = std::fs::read_to_string(root().join("docs/tutorial.md")).unwrap();
    let blocks = blocks(&page);
    // Each block goes on where the one before it ended: same folder, same variables.
    let mut script = "set -e\n".to_owned();
    for (number, (_, text)) in blocks.iter().enumerate().filter(|(_, (it, _))| *it == "sh") {
        writeln!(script, "exec >printed-{number} 2>&1\n{text}").unwrap();
    }
    let script = script.replace(
        ">printed-",
        &format!(">{}/printed-", desk.path("").display()),
    );
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let status = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(desk.path(""))
        .env_clear()
        .env("PATH", path)
        .env("HOME", desk.path(""))
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env("HANDIN_AZURE_URL", sandbox.url())
        .env("HANDIN_AZURE_TOKEN", sandbox.token())
        .status()
        .unwrap();
    let mut ran = 0;
    for (number, pair) in blocks.windows(2).enumerate() {
        if let [("sh", text), following] = pair {
            let printed = std::fs::read_to_string(desk.path(&format!("printed-{number}")))
                .unwrap_or_default();
            if following.0 == "text" {
                let held = shown(&printed, &following.1);
                assert!(held.is_ok(), "{held:?}\n{text}\n{printed}");
                ran += 1;
            }
        }
    }
    assert!(
        status.success() && ran >= 10,
        "{status}, {ran} blocks were held against the page"
    );
}
