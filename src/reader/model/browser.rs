//! Browsers, which some runners name with their version in front of a class, or as the suite.

/// What browsers are called.
const BROWSERS: [&str; 14] = [
    "chrome",
    "chrome-headless-shell",
    "chromeheadless",
    "chromium",
    "edge",
    "electron",
    "firefox",
    "headlesschrome",
    "jsdom",
    "microsoftedge",
    "msedge",
    "opera",
    "phantomjs",
    "safari",
];
/// What `WebdriverIO` puts in front of it in reports of Cucumber.
const WEBDRIVERIO: &str = "CucumberJUnitReport-";
/// What may stand beside that.
const KINDS: [&str; 5] = ["headless", "mobile", "webview", "ios", "android"];

/// Returns a text that begins with a browser and its version without that version, and without the one of the system in parentheses
/// behind it; nothing where it does not. The next version runs the same tests: `Chrome_Headless_120_0_0_0_(Linux_x86_64).Cart`,
/// `chrome.120_0.linux.login`, `Firefox 121.0 (Mac OS 10.15)`.
pub(super) fn without_version(text: &str) -> Option<String> {
    if let Some(text) = text.strip_prefix(WEBDRIVERIO) {
        return without_version(text).map(|text| format!("{WEBDRIVERIO}{text}"));
    }
    let name = name_length(text)?;
    let (name, rest) = text.split_at_checked(name)?;
    let (_, behind) = split_version(rest)?;
    let Some(system) = behind.strip_prefix('(') else {
        let shown = if behind.is_empty() {
            name.trim_end_matches(is_separator)
        } else {
            name
        };
        return Some(format!("{shown}{behind}"));
    };
    let (system, behind) = system.split_once(')').unwrap_or((system, ""));
    let mut shown = String::new();
    let mut rest = system;
    while !rest.is_empty() {
        if let Some((_, behind)) = split_version(rest) {
            rest = behind;
        } else {
            let end = rest.find(is_separator).map_or(rest.len(), |at| at + 1);
            let (word, behind) = rest.split_at_checked(end)?;
            shown.push_str(word);
            rest = behind;
        }
    }
    let system = shown.trim_end_matches(is_separator);
    Some(format!("{name}({system}){behind}"))
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '_' | ' ')
}

/// Returns how long the name of the browser is with which a text begins, the separator behind it included.
fn name_length(text: &str) -> Option<usize> {
    let mut length = 0;
    let mut is_browser = false;
    for word in text.split_inclusive(is_separator) {
        let is = |known: &[&str]| {
            let bare = word.trim_end_matches(is_separator);
            known.iter().any(|known| bare.eq_ignore_ascii_case(known))
        };
        if is(&BROWSERS) {
            is_browser = true;
        } else if !is(&KINDS) {
            break;
        }
        length += word.len();
    }
    is_browser.then_some(length)
}

/// Takes a version, which has at least two numbers, and the separator behind it from the beginning of a text.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let mut length = 0;
    let mut numbers = 0;
    for word in text.split_inclusive(is_separator) {
        let bare = word.trim_end_matches(is_separator);
        if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        numbers += 1;
        length += word.len();
    }
    text.split_at_checked(length).filter(|_| numbers > 1)
}

#[cfg(test)]
mod tests {
    use super::without_version;

    #[test]
    fn the_version_of_a_browser_is_left_out_and_nothing_else() {
        let samples = [
            (
                "Chrome_Headless_120_0_0_0_(Linux_x86_64).Cart",
                "Chrome_Headless_(Linux_x86_64).Cart",
            ),
            ("chrome.120_0_6099_109.linux.login", "chrome.linux.login"),
            ("Firefox 121.0 (Mac OS 10.15.7)", "Firefox (Mac OS)"),
            ("Mobile Safari 17.0 (iOS 17.0)", "Mobile Safari (iOS)"),
            ("Chrome 120.0", "Chrome"),
            (
                "CucumberJUnitReport-chrome-headless-shell.148_0_1.linux.Cart",
                "CucumberJUnitReport-chrome-headless-shell.linux.Cart",
            ),
        ];
        for (text, expected) in samples {
            assert_eq!(without_version(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "Chrome",
            "chrome.login",
            "Chrome 120",
            "Cart 1.2",
            "com.example.Chrome_1_2",
            "chrome.v1_2.login",
            "",
        ] {
            assert_eq!(without_version(text), None, "{text}");
        }
    }
}
