//! Which token counts.

use std::cell::Cell;

use super::*;

/// A keyring that holds one entry and counts how often it is asked.
#[derive(Default)]
struct Memory {
    holds: Option<(String, String)>,
    fails: Option<StoreError>,
    asked: Cell<usize>,
}

impl Memory {
    fn holding(user: &str, token: &str) -> Self {
        Self {
            holds: Some((user.to_owned(), token.to_owned())),
            ..Self::default()
        }
    }
}

impl Store for Memory {
    fn get(&self, entry: &StoreKey) -> Result<Option<Secret>, StoreError> {
        self.asked.set(self.asked.get() + 1);
        if let Some(error) = &self.fails {
            return Err(error.clone());
        }
        let found = self.holds.iter().find(|(user, _)| *user == entry.user());
        Ok(found.map(|(_, token)| Secret::password(token).unwrap()))
    }

    fn set(&self, _entry: &StoreKey, _secret: &Secret) -> Result<(), StoreError> {
        panic!("nothing is stored while looking")
    }

    fn remove(&self, _entry: &StoreKey) -> Result<bool, StoreError> {
        panic!("nothing is removed while looking")
    }
}

static AZURE: Vendor = Vendor {
    word: "azure",
    title: "Azure DevOps",
    token_variables: &[
        "HANDIN_AZURE_TOKEN",
        "AZURE_DEVOPS_EXT_PAT",
        "SYSTEM_ACCESSTOKEN",
    ],
    user_variables: None,
    url_variable: "HANDIN_AZURE_URL",
    other_url_variables: &[],
    token_page: ("", ""),
    hosts: &["dev.azure.com"],
};

fn url() -> Url {
    Url::parse("https://dev.azure.com/acme/").unwrap()
}

fn found(
    set: &[(&str, &str)],
    token_file: Option<&Path>,
    store: &Memory,
) -> Result<Credential, CredentialError> {
    let wanted = Wanted {
        is_named: false,
        patience: Patience::default(),
        vendor: &AZURE,
        url: &url(),
        profile: Some("staging"),
        token_file,
    };
    let lookup = |name: &str| {
        set.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    resolve(&wanted, &lookup, store)
}

fn text(credential: &Credential) -> &str {
    credential.token.expose()
}

#[test]
fn the_file_comes_before_the_environment_and_that_before_the_keyring() {
    let keyring = Memory::holding("azure:https://dev.azure.com/acme:staging", "kept");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file.as_file(), b"filed\n").unwrap();
    let set = [
        ("AZURE_DEVOPS_EXT_PAT", "theirs"),
        ("HANDIN_AZURE_TOKEN", "ours"),
    ];

    let first = found(&set, Some(file.path()), &keyring).unwrap();
    assert_eq!(text(&first), "filed");
    let second = found(&set, None, &keyring).unwrap();
    assert_eq!(text(&second), "ours");
    assert_eq!(second.source.to_string(), "in `HANDIN_AZURE_TOKEN`");
    let third = found(&set[..1], None, &keyring).unwrap();
    assert_eq!(text(&third), "theirs");
    assert_eq!(keyring.asked.get(), 0, "the keyring was not touched");
    let last = found(&[], None, &keyring).unwrap();
    assert_eq!(text(&last), "kept");
}

#[test]
fn a_login_without_a_profile_serves_every_profile_of_the_address() {
    let keyring = Memory::holding("azure:https://dev.azure.com/acme:default", "kept");
    let credential = found(&[], None, &keyring).unwrap();
    assert_eq!(text(&credential), "kept");
    let elsewhere = Memory::holding("azure:https://dev.azure.com/other:default", "kept");
    let error = found(&[], None, &elsewhere).unwrap_err();
    assert!(matches!(error, CredentialError::Missing { .. }), "{error}");
}

#[test]
fn without_a_keyring_the_variable_to_set_is_named() {
    for fails in [
        StoreError::Absent,
        StoreError::Silent(std::time::Duration::from_secs(3)),
        StoreError::Locked,
        StoreError::NotBuilt,
    ] {
        let keyring = Memory {
            fails: Some(fails),
            ..Memory::default()
        };
        let error = found(&[], None, &keyring).unwrap_err();
        let hint = error.hint().unwrap();
        assert!(hint.contains("HANDIN_AZURE_TOKEN"), "{hint}");
        assert_eq!(keyring.asked.get(), 1, "it is not asked twice");
    }
}

#[test]
fn a_secret_that_the_pipeline_did_not_get_counts_as_not_set() {
    let keyring = Memory::default();
    for text in ["$(AZURE_PAT)", "", "  "] {
        let error = found(&[("HANDIN_AZURE_TOKEN", text)], None, &keyring).unwrap_err();
        assert!(matches!(error, CredentialError::Missing { .. }), "{error}");
        // What was set and does not count is not said to be missing.
        let why = if text.starts_with('$') {
            "`HANDIN_AZURE_TOKEN` still reads `$(…)`: the pipeline has no such secret, and"
        } else {
            "`HANDIN_AZURE_TOKEN` is not set, and"
        };
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_whole_header_is_taken_for_the_token_in_it() {
    let set = [("HANDIN_AZURE_TOKEN", "Bearer abc\n")];
    assert_eq!(text(&found(&set, None, &Memory::default()).unwrap()), "abc");
}

#[test]
fn what_cannot_be_a_token_is_refused_without_showing_it() {
    let set = [("HANDIN_AZURE_TOKEN", "marked token")];
    let error = found(&set, None, &Memory::default()).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(!shown.contains("marked"), "{shown}");
    assert!(shown.contains("HANDIN_AZURE_TOKEN"));
}

#[test]
fn a_token_file_that_is_not_there_is_named() {
    let error = found(&[], Some(Path::new("/no/such/file")), &Memory::default()).unwrap_err();
    assert!(error.to_string().contains("/no/such/file"), "{error}");
}

#[test]
fn a_bearer_is_kept_as_one() {
    let user = "azure:https://dev.azure.com/acme:staging";
    let given = token("bearer abc", Source::Typed).unwrap();
    assert_eq!(given.scheme, Scheme::Bearer);
    let keyring = Memory::holding(user, given.kept().expose());
    let found = found(&[], None, &keyring).unwrap();
    assert_eq!((text(&found), found.scheme), ("abc", Scheme::Bearer));
}
