//! What a folder tells of its tests: frameworks, reports, the Git remote, CI files. Nothing is run, no link is followed.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::pipeline::{PipelineKind, Prepare};
use crate::files::KnownFile;
use crate::model::ServiceName;

/// How many entries of folders are looked at, in all.
const MOST_ENTRIES: usize = 20_000;
/// How deep folders are searched.
const DEPTH: usize = 8;
/// The largest file that is looked into, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// Folders that hold other people's files, or nothing of use here.
const PASSED_OVER: [&str; 6] = ["node_modules", ".git", ".venv", "venv", "vendor", ".handin"];

/// A test framework: how it shows, where its reports usually are, and how one has it write them.
#[derive(Debug)]
struct Framework {
    name: &'static str,
    /// A file that shows it, and a word in it; an empty word: the file is enough.
    signs: &'static [(&'static str, &'static str)],
    glob: &'static str,
    advice: &'static str,
}

const FRAMEWORKS: [Framework; 14] = [
    Framework {
        name: "Maven",
        signs: &[("pom.xml", "")],
        glob: "**/target/*-reports/TEST-*.xml",
        advice: "`mvn verify` writes the reports",
    },
    Framework {
        name: "Gradle",
        signs: &[("build.gradle", ""), ("build.gradle.kts", "")],
        glob: "**/build/test-results/**/TEST-*.xml",
        advice: "`gradle test` writes the reports",
    },
    Framework {
        name: "Playwright",
        signs: &[("package.json", "@playwright/test")],
        glob: "test-results/junit.xml",
        advice: "`PLAYWRIGHT_JUNIT_OUTPUT_NAME=test-results/junit.xml npx playwright test --reporter=junit` writes the report",
    },
    Framework {
        name: "Vitest",
        signs: &[("package.json", "\"vitest\"")],
        glob: "junit.xml",
        advice: "`npx vitest run --reporter=junit --outputFile=junit.xml` writes the report",
    },
    Framework {
        name: "Jest",
        signs: &[("package.json", "\"jest-junit\"")],
        glob: "junit.xml",
        advice: "`JEST_JUNIT_OUTPUT_FILE=junit.xml npx jest --reporters=default --reporters=jest-junit` writes the report",
    },
    Framework {
        name: "Jest",
        signs: &[("package.json", "\"jest\"")],
        glob: "report.json",
        advice: "`npx jest --json --outputFile=report.json` writes the report",
    },
    Framework {
        name: "Mocha",
        signs: &[("package.json", "\"mocha\"")],
        glob: "test-results.xml",
        advice: "`npm i -D mocha-junit-reporter`, then `npx mocha --reporter mocha-junit-reporter` writes the report",
    },
    Framework {
        name: "Cypress",
        signs: &[("package.json", "\"cypress\"")],
        glob: "results/*.xml",
        advice: "`npx cypress run --reporter junit --reporter-options mochaFile=results/[hash].xml` writes the reports",
    },
    Framework {
        name: "pytest",
        signs: &[
            ("pytest.ini", ""),
            ("conftest.py", ""),
            ("pyproject.toml", "pytest"),
            ("requirements.txt", "pytest"),
            ("tox.ini", "pytest"),
            ("setup.cfg", "pytest"),
        ],
        glob: "junit.xml",
        advice: "`pytest --junit-xml=junit.xml` writes the report",
    },
    Framework {
        name: "Robot Framework",
        signs: &[
            ("requirements.txt", "robotframework"),
            ("pyproject.toml", "robotframework"),
        ],
        glob: "xunit.xml",
        advice: "`robot --xunit xunit.xml tests` writes the report",
    },
    Framework {
        name: ".NET",
        signs: &[("*.sln", ""), ("*.csproj", "")],
        glob: "**/TestResults/*.trx",
        advice: "`dotnet test --logger trx` writes the reports",
    },
    Framework {
        name: "Go",
        signs: &[("go.mod", "")],
        glob: "junit.xml",
        advice: "`go run gotest.tools/gotestsum@latest --junitfile junit.xml` writes the report",
    },
    Framework {
        name: "Rust",
        signs: &[("Cargo.toml", "")],
        glob: "target/nextest/*/junit.xml",
        advice: "`cargo nextest run` writes the report once .config/nextest.toml has `[profile.default.junit] path = \"junit.xml\"`",
    },
    Framework {
        name: "Katalon Studio",
        signs: &[("*.prj", "com.kms.katalon")],
        glob: "Reports",
        advice: "each run leaves a folder below Reports",
    },
];

/// An Azure DevOps project, as the Git remote names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// The organisation's address.
    pub(super) url: String,
    /// The project's name.
    pub(super) project: String,
}

/// What a folder tells.
#[derive(Debug, Default)]
pub(super) struct Folder {
    frameworks: Vec<&'static Framework>,
    /// Whether npm's lock of packages is here.
    has_lock: bool,
    /// Whether pip's list of packages is here.
    has_requirements: bool,
    /// Globs for the reports that lie here.
    found: BTreeSet<String>,
    /// The project that the repository belongs to, on Azure DevOps.
    pub(super) remote: Option<Remote>,
    /// The CI whose file is here.
    pub(super) pipeline: Option<PipelineKind>,
}

impl Folder {
    /// Looks at a folder. What cannot be read tells nothing.
    pub(super) fn look(root: &Path) -> Self {
        let mut folder = Self {
            remote: text(&root.join(".git/config")).as_deref().and_then(remote),
            pipeline: PipelineKind::of(root),
            ..Self::default()
        };
        let names = names(root);
        folder.frameworks = FRAMEWORKS
            .iter()
            .filter(|framework| framework.shows(root, &names))
            .collect();
        folder.frameworks.dedup_by_key(|framework| framework.name);
        folder.has_lock = names.iter().any(|name| name == "package-lock.json");
        folder.has_requirements = names.iter().any(|name| name == "requirements.txt");
        let mut left = MOST_ENTRIES;
        folder.search(root, &PathBuf::new(), DEPTH, &mut left);
        folder
    }

    /// Returns the service that the folder speaks for.
    pub(super) fn service(&self) -> Option<ServiceName> {
        let is_katalon = self
            .frameworks
            .iter()
            .any(|one| one.name == "Katalon Studio");
        if self.remote.is_some() {
            Some(ServiceName::Azure)
        } else if is_katalon {
            Some(ServiceName::Katalon)
        } else {
            None
        }
    }

    /// Returns whether a report lies here.
    pub(super) fn has_reports(&self) -> bool {
        !self.found.is_empty()
    }

    /// Returns where reports lie.
    pub(super) fn here(&self) -> Vec<String> {
        self.found.iter().cloned().collect()
    }

    /// Returns where the reports are: where some lie, else where the frameworks put them.
    pub(super) fn globs(&self) -> Vec<String> {
        if self.has_reports() {
            return self.here();
        }
        let usual: BTreeSet<&str> = self.frameworks.iter().map(|one| one.glob).collect();
        usual.into_iter().map(str::to_owned).collect()
    }

    /// Returns the names of the frameworks.
    pub(super) fn frameworks(&self) -> Vec<&'static str> {
        self.frameworks.iter().map(|one| one.name).collect()
    }

    /// Returns how the reports come about, where none lies here yet.
    pub(super) fn advice(
        &self,
        reports: &[String],
    ) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let wanted = !self.has_reports();
        let fitted = self.run(reports);
        let frameworks = self.frameworks.iter().filter(move |_| wanted);
        frameworks.map(move |one| {
            let advice = match (one.command(), &fitted) {
                (Some(command), Some(fitted)) => one.advice.replace(command, fitted),
                _ => one.advice.to_owned(),
            };
            (one.name, advice)
        })
    }

    /// Returns the command that runs the tests and writes these reports, where there is one framework that has one.
    pub(super) fn run(&self, reports: &[String]) -> Option<String> {
        let [only] = self.frameworks.as_slice() else {
            return None;
        };
        only.writing(reports)
    }

    /// Returns what has to be installed before that command.
    pub(super) fn prepare(&self) -> Prepare {
        let [only] = self.frameworks.as_slice() else {
            return Prepare::Nothing(None);
        };
        match only.name {
            "Maven" => Prepare::Nothing(Some("maven:3-eclipse-temurin-21")),
            "Go" => Prepare::Nothing(Some("golang:1")),
            "pytest" | "Robot Framework" if self.has_requirements => Prepare::Pip,
            "Vitest" | "Jest" | "Mocha" if self.has_lock => Prepare::Npm,
            "pytest" | "Robot Framework" | "Vitest" | "Jest" | "Mocha" | "Playwright"
            | "Cypress" => Prepare::Unknown,
            _ => Prepare::Nothing(None),
        }
    }

    /// Takes a framework in that only its tests show.
    fn add(&mut self, name: &str) {
        if self.frameworks.iter().all(|known| known.name != name) {
            let framework = FRAMEWORKS.iter().filter(|one| one.name == name);
            self.frameworks.extend(framework);
        }
    }

    fn search(&mut self, root: &Path, below: &Path, depth: usize, left: &mut usize) {
        let Ok(entries) = fs::read_dir(root.join(below)) else {
            return;
        };
        for entry in entries.flatten() {
            let Some(rest) = left.checked_sub(1) else {
                return;
            };
            *left = rest;
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = below.join(name);
            if kind.is_dir() && depth > 0 && !PASSED_OVER.contains(&name) {
                self.search(root, &path, depth - 1, left);
            } else if kind.is_file() && is_report(&root.join(&path)) {
                self.found.insert(glob(&path));
            } else if kind.is_file() && is_pytest(name) {
                // It needs no file of its own in the folder.
                self.add("pytest");
            }
        }
    }
}

impl Framework {
    /// Returns the command of the advice.
    fn command(&self) -> Option<&'static str> {
        let (before, _) = self.advice.split_once("` writes the report")?;
        before.rsplit('`').next()
    }

    /// Returns the command, writing reports where these settings look for them: nothing of both would fit otherwise.
    fn writing(&self, reports: &[String]) -> Option<String> {
        let command = self.command()?;
        // The runner itself decides where they are, below folders of its own.
        let is_fixed = self.glob.contains("*/");
        if is_fixed || reports.is_empty() || reports.iter().any(|it| it == self.glob) {
            return Some(command.to_owned());
        }
        let [report] = reports else {
            return None;
        };
        let is_plain = report
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte));
        let ending = |path: &str| Path::new(path).extension().map(ToOwned::to_owned);
        let fits = command.contains(self.glob) && ending(report) == ending(self.glob) && is_plain;
        fits.then(|| command.replace(self.glob, report))
    }

    fn shows(&self, root: &Path, names: &[String]) -> bool {
        self.signs.iter().any(|(file, word)| {
            let matching = |name: &&String| match file.strip_prefix('*') {
                Some(ending) => name.ends_with(ending),
                None => name == file,
            };
            names.iter().filter(matching).any(|name| {
                word.is_empty() || text(&root.join(name)).is_some_and(|text| text.contains(word))
            })
        })
    }
}

/// Returns the glob under which a report is found again after the next run: digits and hashes in its name change.
fn glob(path: &Path) -> String {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let pattern = if ending == "trx" {
        "*.trx".to_owned()
    } else if name.starts_with("TEST-") {
        "TEST-*.xml".to_owned()
    } else if name.bytes().any(|byte| byte.is_ascii_digit()) {
        format!("*.{ending}")
    } else {
        name.to_owned()
    };
    path.parent()
        .map(|folder| folder.join(&pattern))
        .unwrap_or_default()
        .to_string_lossy()
        .replace('\\', "/")
}

/// Returns whether a file is one in which pytest looks for tests.
fn is_pytest(name: &str) -> bool {
    let stem = name.strip_suffix(".py");
    stem.is_some_and(|stem| stem.starts_with("test_") || stem.ends_with("_test"))
}

/// Returns whether a file is a report that handin reads, by its first bytes.
fn is_report(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    if !ending.is_some_and(|ending| ["xml", "trx"].contains(&ending)) {
        return false;
    }
    let mut beginning = Vec::new();
    let read = KnownFile::at(path)
        .and_then(|known| known.open())
        .and_then(|file| file.take(4096).read_to_end(&mut beginning));
    let text = String::from_utf8_lossy(&beginning);
    read.is_ok()
        && [
            "<testsuites",
            "<testsuite",
            "<TestRun",
            "<test-run",
            "<assemblies",
        ]
        .iter()
        .any(|root| text.contains(root))
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST_ENTRIES)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Reads a small regular file.
fn text(path: &Path) -> Option<String> {
    let known = KnownFile::at(path).ok()?;
    if known.size() > LARGEST {
        return None;
    }
    let mut text = String::new();
    known.open().ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Reads the project out of a Git configuration: `https://dev.azure.com/acme/Shop/_git/web`, `git@ssh.dev.azure.com:v3/acme/Shop/web`,
/// `https://acme.visualstudio.com/Shop/_git/web`. Azure: docs, "Clone an existing Git repo".
fn remote(config: &str) -> Option<Remote> {
    let urls = config.lines().filter_map(|line| {
        line.trim()
            .strip_prefix("url")?
            .trim_start()
            .strip_prefix('=')
    });
    urls.map(str::trim).find_map(azure_remote)
}

fn azure_remote(url: &str) -> Option<Remote> {
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    if let Some((_, path)) = url.split_once("ssh.dev.azure.com:v3/") {
        let mut parts = path.split('/');
        return Some(Remote {
            url: format!("https://dev.azure.com/{}", parts.next()?),
            project: decoded(parts.next()?),
        });
    }
    let (before, _) = url.split_once("/_git/")?;
    let (_, address) = before.split_once("://")?;
    let address = address.rsplit_once('@').map_or(address, |(_, host)| host);
    let (place, project) = address.rsplit_once('/')?;
    let is_azure = place.starts_with("dev.azure.com/") || place.contains(".visualstudio.com");
    is_azure.then(|| Remote {
        url: format!("https://{place}"),
        project: decoded(project),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_git_remote_names_organisation_and_project() {
        for url in [
            "https://dev.azure.com/acme/My%20Shop/_git/web",
            "https://acme@dev.azure.com/acme/My%20Shop/_git/web",
            "git@ssh.dev.azure.com:v3/acme/My%20Shop/web",
        ] {
            let config = format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n");
            let expected = Remote {
                url: "https://dev.azure.com/acme".to_owned(),
                project: "My Shop".to_owned(),
            };
            assert_eq!(remote(&config), Some(expected), "{url}");
        }
        assert_eq!(
            remote("[remote \"origin\"]\n\turl = https://github.com/acme/web.git\n"),
            None
        );
    }

    #[test]
    fn the_glob_of_a_report_outlives_the_run_that_wrote_it() {
        for (path, expected) in [
            (
                "target/surefire-reports/TEST-shop.CartTest.xml",
                "target/surefire-reports/TEST-*.xml",
            ),
            ("TestResults/me_2026-01-01.trx", "TestResults/*.trx"),
            ("results/test-results-5f3a.xml", "results/*.xml"),
            ("junit.xml", "junit.xml"),
        ] {
            assert_eq!(glob(Path::new(path)), expected);
        }
    }
}
