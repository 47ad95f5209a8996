//! The same report in every encoding that is met.

use encoding_rs::{EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, WINDOWS_1251, WINDOWS_1252};

use super::read_bytes;

/// Returns a report whose only test has this name, in the words of an encoding.
fn report(declared: &str, name: &str) -> String {
    format!(
        "<?xml version=\"1.0\"{declared}?><testsuite><testcase name=\"{name}\"><failure>{name}</failure></testcase></testsuite>"
    )
}

fn name_of(bytes: &[u8]) -> (String, Vec<String>) {
    let (summary, cases) = read_bytes(bytes).unwrap();
    let failure = cases[0].outcome.failure().unwrap();
    assert_eq!(failure.details.as_deref(), Some(cases[0].name.as_str()));
    let warnings = summary
        .warnings
        .into_iter()
        .map(|warning| warning.message)
        .collect();
    (cases[0].name.clone(), warnings)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn declared_encodings_are_decoded() {
    let samples: [(&str, &'static Encoding, &str); 6] = [
        ("ISO-8859-1", WINDOWS_1252, "café"),
        ("windows-1252", WINDOWS_1252, "“10 €”"),
        ("Shift_JIS", SHIFT_JIS, "テスト"),
        ("EUC-KR", EUC_KR, "시험"),
        ("gbk", GBK, "测试"),
        ("windows-1251", WINDOWS_1251, "тест"),
    ];
    for (label, encoding, name) in samples {
        let text = report(&format!(" encoding='{label}'"), name);
        let (bytes, _, lost) = encoding.encode(&text);
        assert!(!lost);
        assert_eq!(name_of(&bytes), (name.to_owned(), Vec::new()), "{label}");
    }
}

#[test]
fn utf_16_is_read_with_and_without_mark_both_ways() {
    let text = report(" encoding='UTF-16'", "日本 😀");
    for bytes in [
        utf16(&text, u16::to_le_bytes),
        utf16(&text, u16::to_be_bytes),
    ] {
        assert_eq!(name_of(&bytes).0, "日本 😀");
    }
    let marked = format!("\u{FEFF}{text}");
    for bytes in [
        utf16(&marked, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
    ] {
        assert_eq!(name_of(&bytes), (String::from("日本 😀"), Vec::new()));
    }
}

#[test]
fn no_character_is_lost_wherever_the_reads_are_split() {
    // Every position around the sizes of the buffers: a character of four bytes must survive each.
    for padding in (65_500..65_560).chain(1000..1040) {
        let name = format!("{}😀é", "x".repeat(padding));
        let text = format!(
            "<testsuite><testcase name='n'><system-out>{name}</system-out></testcase></testsuite>"
        );
        let (_, cases) = read_bytes(text.as_bytes()).unwrap();
        let output = cases[0].output.as_deref().unwrap();
        assert!(
            output.starts_with(&name) || output.contains("bytes cut"),
            "{padding}"
        );
        let latin = format!(
            "<?xml version='1.0' encoding='latin1'?><testsuite name='{}\u{e9}'/>",
            "x".repeat(padding)
        );
        let (bytes, _, _) = WINDOWS_1252.encode(&latin);
        assert!(read_bytes(&bytes).is_ok());
    }
}

#[test]
fn what_cannot_be_decoded_is_replaced_and_told() {
    let text = report("", "caf\u{1}");
    let mut bytes = text.into_bytes();
    for byte in &mut bytes {
        if *byte == 1 {
            *byte = 0xE9;
        }
    }
    let (name, warnings) = name_of(&bytes);
    assert_eq!(name, "caf\u{FFFD}");
    assert_eq!(warnings, ["2 undecodable byte sequences became U+FFFD"]);
}

#[test]
fn labels_that_lie_lose_against_the_bytes() {
    for (declared, expected) in [
        (" encoding='utf-16'", "is not"),
        (" encoding='us-ascii'", "holds more"),
        (" encoding='x-nonsense'", "unknown"),
    ] {
        let text = report(declared, "é");
        let (bytes, _, _) = UTF_8.encode(&text);
        let (name, warnings) = name_of(&bytes);
        assert_eq!(name, "é");
        assert!(warnings[0].contains(expected), "{declared}: {warnings:?}");
    }
}

#[test]
fn control_characters_and_colours_do_not_come_through() {
    let (name, warnings) =
        name_of(report("", "a\u{1b}[31mred\u{1b}[0m\u{7}b&#27;[1mc\u{9b}").as_bytes());
    assert_eq!(name, "ared\u{FFFD}bc\u{FFFD}");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}
