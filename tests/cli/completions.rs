//! What the completion scripts ask the program, in whatever state the settings are.

use crate::desk::Desk;

#[test]
fn every_place_for_a_profile_or_a_project_asks_the_program() {
    let desk = Desk::new();
    for (shell, profiles, projects) in [
        ("bash", "_handin_names profiles", "_handin_names projects"),
        (
            "zsh",
            ":NAME:_handin_profiles'",
            "as separate arguments:_handin_projects'",
        ),
        (
            "fish",
            "(__fish_handin_names profiles)",
            "(__fish_handin_names projects)",
        ),
    ] {
        let script = desk.run(&["completions", shell]).stdout;
        // In zsh each command with options has a line of its own for each.
        let lines = script
            .lines()
            .filter(|line| line.starts_with("'--profile="))
            .count();
        let expected = if shell == "zsh" { lines } else { 1 };
        assert!(expected > 0, "{shell}");
        assert_eq!(script.matches(profiles).count(), expected, "{shell}");
        assert_eq!(script.matches(projects).count(), 1, "{shell}");
    }
}

#[test]
fn the_names_of_the_settings_are_told_one_a_line() {
    let desk = Desk::new();
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\n[profile.b]\n[profile.a.qtest]\nproject = \"Q\"\n",
    );
    desk.write("o.toml", "[profile.c]\n");
    for (words, told) in [
        (&["profiles", "--", "handin", "submit"][..], "b\na\n"),
        (
            &["projects", "--", "handin", "projects"],
            "azure\nqtest\nkatalon\nkiwi\n",
        ),
        (&["projects", "--", "handin", "projects", "azure"], "Shop\n"),
        (&["projects", "--", "handin", "projects", "qtest"], "Q\n"),
        (&["projects", "--", "handin", "projects", "katalon"], ""),
        (&["profiles", "--", "handin", "--settings", "o.toml"], "c\n"),
        (&["profiles", "--", "handin", "--settings=o.toml"], "c\n"),
        (
            &["profiles", "--", "handin", "--settings", "=", "o.toml"],
            "c\n",
        ),
        (&["profiles", "--", "handin", "--settings", "none.toml"], ""),
        (&["profiles", "--", "handin", "--settings"], "b\na\n"),
        (&["others", "--"], ""),
    ] {
        let answer = desk.run(&[&["__names"], words].concat());
        assert_eq!(
            (answer.code, answer.stdout.as_str(), answer.stderr.as_str()),
            (Some(0), told, ""),
            "{words:?}"
        );
    }
}

#[test]
fn a_settings_file_that_is_broken_or_huge_is_no_reason_to_say_anything() {
    let huge = format!("[profile.a]\n# {}\n", "x".repeat(100 << 20));
    let deep = format!("[profile.a]\na = {}", "[".repeat(100_000));
    let texts: [&[u8]; 5] = [
        b"[profile",
        b"\xff\xfe\x00",
        b"[profile]\na = 1\n[profile]\n",
        deep.as_bytes(),
        huge.as_bytes(),
    ];
    for text in texts {
        let desk = Desk::new();
        desk.write("handin.toml", text);
        let answer = desk.run(&["__names", "profiles", "--", "handin"]);
        let start = String::from_utf8_lossy(text.get(..20).unwrap_or(text)).into_owned();
        assert_eq!(
            (answer.code, answer.stdout.as_str(), answer.stderr.as_str()),
            (Some(0), "", ""),
            "{start}"
        );
    }
}
