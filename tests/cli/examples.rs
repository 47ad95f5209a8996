//! Every example in the help of every command is run as it stands there, on stand-ins of all three services.
//!
//! The examples are taken from what `--help` prints. Only the addresses that they name are replaced by those of the stand-ins.

#![cfg(unix)]

use std::process::Stdio;

use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::katalon::{self, KatalonSandbox};
use handin_sandbox::qtest::{self, QtestSandbox};

use crate::desk::{Answer, Desk};
use crate::help::COMMANDS;
use crate::submit::report;

/// The three services, and a desk with a settings file for them, reports, and what the examples read.
pub(crate) struct Place {
    pub(crate) azure: AzureSandbox,
    pub(crate) qtest: QtestSandbox,
    pub(crate) katalon: KatalonSandbox,
    pub(crate) desk: Desk,
}

const SETTINGS: &str = "\
reports = [\"out/**/*.xml\"]

[azure]
project = \"Shop\"
plan = \"Regression\"

[qtest]
project = \"Shop\"
module = \"Automated\"
settle = \"2s\"

[qtest.cases]
properties = [\"qtest_id\"]

[katalon]
project = \"Shop\"

[cases.azure]
\"shop.LoginTest › signed out\" = 1236
";

/// A plan with the cases that the examples name.
fn shop() -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let chrome = world.configuration("Shop", "Windows + Chrome", &[("Browser", "Chrome")]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1234);
    for title in [
        "Valid user",
        "Wrong password",
        "Signed out",
        "Basket is empty",
    ] {
        let case = world.case("Shop", title);
        world.point(suite, case, chrome);
    }
    world
}

/// Which settings an example needs beside what all have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    Given,
    Absent,
}

impl Place {
    pub(crate) fn new(tokens: Tokens) -> Self {
        let azure = AzureSandbox::start(shop()).unwrap();
        let qtest = QtestSandbox::start(
            qtest::World::new().project("Shop", |it| it.module("Web").case("Web", "By hand")),
        )
        .unwrap();
        let world = katalon::World::new().organization("Acme").team("QA");
        let katalon = KatalonSandbox::start(world.project("Shop")).unwrap();
        let mut desk = Desk::new();
        desk.set("HANDIN_AZURE_URL", azure.url())
            .set("HANDIN_QTEST_URL", qtest.url())
            .set("HANDIN_KATALON_URL", katalon.url())
            .set("BUILD_TAG", "nightly-17")
            .set("COLUMNS", "80");
        if tokens == Tokens::Given {
            desk.set("HANDIN_AZURE_TOKEN", azure.token())
                .set("HANDIN_QTEST_TOKEN", format!("bearer {}", qtest.token()))
                .set("HANDIN_KATALON_TOKEN", katalon.token());
        }
        let place = Self {
            azure,
            qtest,
            katalon,
            desk,
        };
        place.furnish();
        place
    }

    /// Writes the files that the examples name.
    fn furnish(&self) {
        let desk = &self.desk;
        let failed = "<failure message=\"expected 403, was 200\"/>";
        let tests = report(&[
            ("valid user", Some(1234), ""),
            ("wrong password", Some(1235), failed),
            ("signed out", None, ""),
        ]);
        desk.write("handin.toml", SETTINGS);
        desk.write("out/web/TEST-login.xml", &tests);
        desk.write("report.xml", &tests);
        desk.write("archive/2025/login.xml", &tests);
        desk.write("token.txt", self.qtest.token());
        desk.write("cases.csv", "id,title\n1234,Valid user\n1236,Signed out\n");
        desk.write(
            "mappings.csv",
            "test,case\nshop.LoginTest › valid user,1234\n",
        );
        for folder in [
            ".local/share/bash-completion/completions",
            ".zfunc",
            ".config/fish/completions",
        ] {
            std::fs::create_dir_all(desk.path(folder)).unwrap();
        }
    }

    /// Runs an example in a shell, with the stand-ins' addresses in the place of the vendors'.
    fn run(&self, example: &str) -> Answer {
        let script = example
            .replace("https://dev.azure.com/acme", &self.azure.url())
            .replace("https://acme.qtestnet.com", &self.qtest.url())
            .replace("../ShopTests", &katalon_project(&self.desk));
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_handin"));
        let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
        let mut command = std::process::Command::new("sh");
        let output = command
            .args(["-ec", &script])
            .current_dir(self.desk.path(""))
            .env_clear()
            .envs(
                self.desk
                    .command(&[])
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Returns the folder of a small Katalon Studio project.
fn katalon_project(desk: &Desk) -> String {
    desk.write(
        "ShopTests/settings/internal/com.kms.katalon.integration.analytics.properties",
        "analytics.server.endpoint=https\\://testops.katalon.io\n",
    );
    desk.path("ShopTests").display().to_string()
}

/// Returns the examples of a command, as its help prints them.
fn examples(words: &[&str]) -> Vec<String> {
    let help = Desk::new().run(&[words, &["--help"]].concat()).stdout;
    let (_, examples) = help
        .split_once("\nExamples:\n")
        .unwrap_or_else(|| panic!("{words:?} has no examples"));
    let lines = examples.lines().filter_map(|line| line.strip_prefix("  "));
    lines
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// How an example ends that cannot end well here, and what it says then.
fn ending(example: &str) -> (i32, &'static str) {
    match example {
        // Nobody is there to be asked.
        "handin init" => (2, "--service"),
        // There is no keyring here to keep anything in.
        it if it.starts_with("handin login azure --url") => (1, "HANDIN_AZURE_TOKEN"),
        it if it.contains("login qtest") => (1, "HANDIN_QTEST_TOKEN"),
        it if it.contains("--remove") => (1, "keyring"),
        _ => (0, ""),
    }
}

#[test]
fn every_example_of_every_command_works() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for words in COMMANDS {
        let all = examples(words);
        assert!(!all.is_empty(), "{words:?} has no examples");
        for example in all {
            let call = ["handin", words.first().unwrap_or(&"")].join(" ");
            assert!(example.starts_with(call.trim_end()), "{words:?}: {example}");
            let tokens = if example.contains("login") && !example.contains("--list") {
                Tokens::Absent
            } else {
                Tokens::Given
            };
            let place = Place::new(tokens);
            if example.starts_with("handin init") {
                std::fs::remove_file(place.desk.path("handin.toml")).unwrap();
            }
            if example.contains("--results") {
                assert_eq!(place.run("handin submit --service azure").code, Some(0));
            }
            let answer = place.run(&example);
            let (code, said) = ending(&example);
            if answer.code != Some(code) || !answer.stderr.contains(said) {
                wrong.push(format!("{example}\n{answer:#?}"));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count > 30, "only {count} examples were found");
}

#[test]
fn the_examples_do_what_they_say() {
    let place = Place::new(Tokens::Given);
    let first = place.run("handin submit 'out/**/*.xml'");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(place.azure.run_count(), 1);
    assert_eq!(place.katalon.executions().len(), 1);
    assert_eq!(place.qtest.held("test_logs").len(), 3);
    let names = place.run("handin projects azure Shop --results 1 --outcome Failed --names");
    assert_eq!(names.stdout, "shop.LoginTest.wrong password\n", "{names:?}");
    place
        .desk
        .write("out/cart.xml", report(&[("basket is empty", None, "")]));
    let strict = place.run("handin submit --service azure --on-unmapped=fail 'out/**/*.xml'");
    assert_eq!(strict.code, Some(5), "{strict:?}");
    let applied = place.run("handin map suggest --service azure --apply 'out/**/*.xml'");
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let settings = std::fs::read_to_string(place.desk.path("handin.toml")).unwrap();
    assert!(
        settings.contains("shop.LoginTest › basket is empty\" = 1237"),
        "{settings}"
    );
}
