//! `handin projects`, on the stand-ins.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::katalon::{KatalonSandbox, World as KatalonWorld};
use handin_sandbox::qtest::{QtestSandbox, World as QtestWorld};

use crate::desk::Desk;
use crate::submit::shop;

fn desk(sandbox: &AzureSandbox) -> Desk {
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", sandbox.url())
        .set("HANDIN_AZURE_TOKEN", sandbox.token());
    desk
}

#[test]
fn the_tree_is_shown_level_by_level_without_any_settings() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let projects = desk.run(&["projects", "azure"]);
    assert_eq!(projects.code, Some(0), "{projects:?}");
    assert!(projects.stdout.contains("Shop"), "{projects:?}");
    let below = desk.run(&["projects", "azure", "Shop", "--json"]).json();
    let kinds: Vec<&str> = below["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"plan") && kinds.contains(&"configuration"),
        "{kinds:?}"
    );
}

#[test]
fn what_is_used_makes_a_settings_file_that_works() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let answer = desk.run(&["projects", "azure", "Shop/Regression", "--use"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let text = std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    assert!(text.starts_with("# "), "{text}");
    assert!(
        text.contains("[azure]\nurl = \"http://127.0.0.1:"),
        "{text}"
    );
    assert!(text.contains("project = \"Shop\"\nplan = "), "{text}");
    desk.write("r.xml", crate::submit::report(&[("a", Some(1001), "")]));
    let submitted = desk.run(&["submit", "r.xml"]);
    assert_eq!(submitted.code, Some(0), "{submitted:?}");
}

#[test]
fn what_is_used_takes_the_place_of_the_commented_examples() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    desk.write("r.xml", crate::submit::report(&[("a", Some(1001), "")]));
    let answer = desk.run(&["init", "--service", "azure", "--reports", "r.xml"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let settings = || std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    assert!(settings().contains("\n# plan = "), "{}", settings());
    let answer = desk.run(&["projects", "azure", "Shop", "--use"]);
    let left = "`plan` is still missing: `handin projects azure Shop` lists";
    assert!(answer.stderr.contains(left), "{answer:?}");
    let answer = desk.run(&["projects", "azure", "Shop", "Regression", "--use"]);
    assert!(answer.stderr.contains("handin map suggest"), "{answer:?}");
    let text = settings();
    assert!(text.contains("project = \"Shop\"\nplan = "), "{text}");
    assert!(
        !text.contains("# project") && !text.contains("# plan"),
        "{text}"
    );
    assert!(text.contains("# patterns = "), "{text}");
    let submitted = desk.run(&["submit"]);
    assert_eq!(submitted.code, Some(0), "{submitted:?}");
    let place = "→ acme / Shop / Regression\n";
    assert!(submitted.stderr.contains(place), "{submitted:?}");
}

#[test]
fn a_name_that_is_not_there_writes_nothing() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = desk(&sandbox);
    let answer = desk.run(&["projects", "azure", "Shop/Nightly", "--use"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(
        answer.stderr.contains("there is no `Nightly`"),
        "{answer:?}"
    );
    assert!(!desk.path("handin.toml").exists());
}

#[test]
fn a_project_that_is_not_there_is_answered_with_where_to_look() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let mut desk = desk(&sandbox);
    let lines = [
        "there is no project `Nowhere` on ",
        "hint: `handin projects azure` lists the projects",
    ];
    let listed = desk.run(&["projects", "azure", "Nowhere"]);
    desk.write("r.xml", crate::submit::report(&[("valid", Some(1001), "")]));
    let place = ["r.xml", "--project", "Nowhere", "--plan", "Regression"];
    let submitted = desk.run(&[&["submit", "--service", "azure"][..], &place].concat());
    let verified = desk.run(&[&["verify", "--service", "azure"][..], &place].concat());
    let runs = desk.run(&["projects", "azure", "Nowhere", "--runs"]);
    let results = desk.run(&["projects", "azure", "Nowhere", "--results", "1"]);
    for answer in [listed, submitted, verified, runs, results] {
        assert_eq!(answer.code, Some(5), "{answer:?}");
        for line in lines {
            let all = format!("{}{}", answer.stdout, answer.stderr);
            assert!(all.contains(line), "{line}: {answer:?}");
        }
    }
    // Of an address below which nothing is, the list is no way out.
    desk.set("HANDIN_AZURE_URL", crate::mistakes::nothing_there());
    let answer = desk.run(&["projects", "azure"]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(
        answer.stderr.contains("hint: is the address right"),
        "{answer:?}"
    );
    assert!(!answer.stderr.contains("`handin projects"), "{answer:?}");
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let answer = desk(&sandbox).run(&["projects", "azure", "--use"]);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("PROJECT --use"), "{answer:?}");
}

#[test]
fn below_a_module_of_qtest_are_its_cases() {
    let world = QtestWorld::new().project("Shop", |project| {
        project.module("Web").case("Web", "By hand").module("Other")
    });
    let sandbox = QtestSandbox::start(world).unwrap();
    let desk = crate::qtest::desk(&sandbox, "");
    let shown = desk.run(&["projects", "qtest", "Shop", "Web"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("  By hand  (TC-"), "{shown:?}");
    let other = desk.run(&["projects", "qtest", "Shop", "Other"]);
    assert_eq!(other.stdout, "", "{other:?}");
    let empty = "nothing is below `Other` that this account can see";
    assert!(other.stderr.contains(empty), "{other:?}");
}

#[test]
fn a_project_of_testops_needs_no_team_before_it_unless_several_have_its_name() {
    let world = KatalonWorld::demo().project("Solo").release("One").0;
    let world = world.project("Web");
    let sandbox = KatalonSandbox::start(world).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    let below = |path: &[&str]| desk.run(&[&["projects", "katalon"], path].concat());
    let alone = below(&["Solo"]);
    assert_eq!(alone.code, Some(0), "{alone:?}");
    assert!(alone.stdout.contains("  One"), "{alone:?}");
    for (path, why) in [
        ("Web", "2 projects are called `Web`"),
        (
            "Nowhere",
            "there is no organisation, team or project `Nowhere`",
        ),
    ] {
        let answer = below(&[path]);
        assert_eq!(answer.code, Some(5), "{answer:?}");
        assert!(answer.stderr.contains(why), "{answer:?}");
    }
}

#[test]
fn a_product_of_kiwi_without_a_plan_is_told_with_how_one_is_made() {
    let sandbox = handin_sandbox::kiwi::start(0).unwrap();
    let desk = crate::kiwi::desk(&sandbox, "product = \"Shop\"\n");
    let shown = desk.run(&["projects", "kiwi", "Shop"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let how = "hint: with `kiwi.create = true` handin creates the plan that `kiwi.plan` names";
    assert!(shown.stderr.contains(how), "{shown:?}");
    let used = desk.run(&["projects", "kiwi", "Shop", "Regression", "--use"]);
    assert_eq!(used.code, Some(2), "{used:?}");
    assert!(used.stderr.contains(how), "{used:?}");
}

#[test]
fn what_is_used_is_written_with_what_it_is_in() {
    let sandbox = KatalonSandbox::start(KatalonWorld::demo()).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_KATALON_URL", sandbox.url())
        .set("HANDIN_KATALON_TOKEN", sandbox.token());
    desk.write("handin.toml", "[katalon]\nteam = 1\n");
    let shown = desk.run(&["projects", "katalon", "Shop"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let next = "hint: `handin projects katalon Shop --use` writes it to handin.toml";
    assert!(shown.stderr.contains(next), "{shown:?}");
    let used = desk.run(&["projects", "katalon", "Shop", "--use"]);
    assert_eq!(used.code, Some(0), "{used:?}");
    let text = std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    assert!(!text.contains("team = 1\n"), "{text}");
    assert!(text.contains("team = "), "{text}");
    let sandbox = AzureSandbox::start(shop()).unwrap();
    let desk = self::desk(&sandbox);
    let used = desk.run(&["projects", "azure", "Shop", "Regression", "Web", "--use"]);
    assert_eq!(used.code, Some(0), "{used:?}");
    let text = std::fs::read_to_string(desk.path("handin.toml")).unwrap();
    assert_eq!(text.matches("suite = ").count(), 1, "{text}");
}
