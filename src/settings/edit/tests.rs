use super::*;
use std::fs;

const FILE: &str = "\
# the shop
reports = [ \"a.xml\",   'b.xml' ] # odd blanks

[cases.azure] # by hand
\"a > b\"   =  12   # keep me
# between
\"c\" = [1,2]

[azure]   # last
project = \"Shop\"
";

fn edited(text: &str, edit: impl FnOnce(&mut SettingsEditor)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handin.toml");
    io::Write::write_all(&mut File::create(&path).unwrap(), text.as_bytes()).unwrap();
    let mut editor = SettingsEditor::open(&path, None).unwrap();
    edit(&mut editor);
    editor.save(&Patience::default()).unwrap();
    fs::read_to_string(&path).unwrap()
}

fn ids(ids: &[&str]) -> Vec<CaseId> {
    ids.iter().map(|id| CaseId((*id).to_owned())).collect()
}

#[test]
fn what_is_not_changed_stays_as_it_was() {
    assert_eq!(edited(FILE, |_| {}), FILE);
    let windows = FILE.replace('\n', "\r\n");
    assert_eq!(edited(&windows, |_| {}), windows);
    let marked = format!("\u{feff}{FILE}");
    assert_eq!(edited(&marked, |_| {}), marked);
}

#[test]
fn a_mapping_is_replaced_in_its_place_and_keeps_its_comment() {
    let text = edited(FILE, |editor| {
        editor
            .map(
                ServiceName::Azure,
                &TestKey::typed("a › b"),
                &ids(&["3", "4"]),
            )
            .unwrap();
    });
    assert_eq!(
        text,
        FILE.replace("\"a > b\"   =  12   #", "\"a > b\"   =  [3, 4]   #")
    );
}

#[test]
fn a_new_mapping_stands_behind_the_others_of_its_service() {
    let text = edited(FILE, |editor| {
        editor
            .map(
                ServiceName::Azure,
                &TestKey::typed("d > \"e\""),
                &ids(&["5"]),
            )
            .unwrap();
        editor
            .map(ServiceName::Qtest, &TestKey::typed("d"), &ids(&["TC-5"]))
            .unwrap();
    });
    assert!(text.contains("\"c\" = [1,2]\n'd › \"e\"' = 5\n"), "{text}");
    assert!(text.contains("\n\n[cases.qtest]\nd = \"TC-5\"\n"), "{text}");
    text.parse::<DocumentMut>().unwrap();
}

#[test]
fn a_mapping_is_taken_away_however_it_is_spelled() {
    let text = edited(FILE, |editor| {
        assert!(
            editor
                .unmap(ServiceName::Azure, &TestKey::typed("a › b"))
                .unwrap()
        );
        assert!(
            !editor
                .unmap(ServiceName::Azure, &TestKey::typed("zz"))
                .unwrap()
        );
    });
    assert!(
        !text.contains("keep me") && text.contains("# between"),
        "{text}"
    );
}

#[test]
fn a_setting_is_written_into_its_section() {
    let text = edited(FILE, |editor| {
        editor.set("azure.project", "Other").unwrap();
        editor.set("azure.plan", "12").unwrap();
        editor
            .set("qtest.url", "https://acme.qtestnet.com")
            .unwrap();
    });
    assert!(
        text.contains("[azure]   # last\nproject = \"Other\"\nplan = 12\n"),
        "{text}"
    );
    assert!(
        text.ends_with("\n[qtest]\nurl = \"https://acme.qtestnet.com\"\n"),
        "{text}"
    );
}

#[test]
fn a_section_that_only_held_others_gets_its_values() {
    let text = edited("[azure.outcomes]\nerrored = \"Error\"\n", |editor| {
        editor.set("azure.project", "Shop").unwrap();
    });
    let file = crate::settings::SettingsFile::parse("handin.toml", &text).unwrap();
    assert_eq!(file.base.values.len(), 2, "{text}");
}

#[test]
fn a_profile_is_edited_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handin.toml");
    let mut editor = SettingsEditor::open(&path, Some("staging")).unwrap();
    editor
        .map(ServiceName::Azure, &TestKey::typed("a"), &ids(&["1"]))
        .unwrap();
    editor.save(&Patience::default()).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{HEADER}[profile.staging.cases.azure]\na = 1\n")
    );
}

#[test]
fn an_edit_of_somebody_else_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handin.toml");
    let change = |name: &str| {
        let mut editor = SettingsEditor::open(&path, None).unwrap();
        editor
            .map(ServiceName::Azure, &TestKey::typed(name), &ids(&["1"]))
            .unwrap();
        editor
    };
    let (first, second) = (change("a"), change("b"));
    first.save(&Patience::default()).unwrap();
    assert!(matches!(
        second.save(&Patience::default()),
        Err(EditError::Concurrent { .. })
    ));
    let (third, fourth) = (change("c"), change("d"));
    third.save(&Patience::default()).unwrap();
    assert!(matches!(
        fourth.save(&Patience::default()),
        Err(EditError::Concurrent { .. })
    ));
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{HEADER}[cases.azure]\na = 1\nc = 1\n")
    );
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_nothing_is_written_over_a_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("real.toml");
    File::create(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("handin.toml");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let error = SettingsEditor::open(&link, None).unwrap_err();
    assert!(matches!(error, EditError::Link { .. }), "{error}");
    let mut editor = SettingsEditor::open(&path, None).unwrap();
    editor.set("azure.project", "Shop").unwrap();
    editor.save(&Patience::default()).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn comments_at_the_end_stay_with_their_section() {
    let text =
        "[cases]\nproperties = [\"id\"]\n# patterns = ['x(\\d+)']\n\n# Or here:\n# [cases.azure]\n";
    let map = |editor: &mut SettingsEditor| {
        let key = TestKey::typed("a > b");
        editor.map(ServiceName::Azure, &key, &ids(&["7"])).unwrap();
    };
    assert_eq!(
        edited(text, map),
        format!("{text}\n[cases.azure]\n\"a › b\" = 7\n")
    );
    // A section that others follow: the end of the file is not its own.
    let text = "[cases]\ntitle = true\n\n[azure]\nproject = \"Shop\"\n# plan = 1\n";
    assert_eq!(
        edited(text, map),
        "[cases]\ntitle = true\n\n[cases.azure]\n\"a › b\" = 7\n\n[azure]\nproject = \"Shop\"\n# plan = 1\n"
    );
}
