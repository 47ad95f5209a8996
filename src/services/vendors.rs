//! A committed file must not be able to send a secret away.

use url::Url;

use super::Sections;
use crate::credentials::{Source, Vendor};
use crate::model::ServiceName;

fn named(word: &str) -> &'static Vendor {
    let service: ServiceName = word.parse().unwrap();
    Sections::default().of(service).vendor()
}

fn azure() -> &'static Vendor {
    named("azure")
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn environment_token() -> Source {
    Source::Environment("AZURE_DEVOPS_EXT_PAT".to_owned())
}

/// Returns whether a token of the environment may go to `address` when `set` is all that is in it.
fn may(vendor: &str, set: &[(&str, &str)], address: &str) -> bool {
    let lookup = |name: &str| {
        set.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let from_file = Source::File("token".into());
    let vendor = named(vendor);
    let answer = vendor.may_send(&environment_token(), &url(address), &lookup);
    assert_eq!(
        answer,
        vendor.may_send(&from_file, &url(address), &lookup),
        "a token file is no different"
    );
    answer
}

#[test]
fn a_token_of_the_environment_goes_to_the_vendors_own_hosts() {
    assert!(may("azure", &[], "https://dev.azure.com/acme"));
    assert!(may("azure", &[], "https://acme.visualstudio.com"));
    assert!(may("qtest", &[], "https://acme.qtestnet.com"));
    assert!(may("katalon", &[], "https://testops.katalon.io"));
    assert!(may("katalon", &[], "https://analytics.katalon.com"));
}

#[test]
fn a_token_of_the_environment_goes_nowhere_else() {
    for address in [
        "https://evil.example/",
        "https://dev.azure.com.evil.example/",
        "https://evildev.azure.com/",
        "https://evil-visualstudio.com/",
        "https://visualstudio.com.evil.example/",
        "https://dev.azure.com@evil.example/",
        "https://evil.example/dev.azure.com",
        "https://evil.example#dev.azure.com",
        "http://dev.azure.com/acme",
        "ftp://dev.azure.com/acme",
        "https://acme.qtestnet.com",
        "https://10.0.0.1/",
        "https://127.evil.example/",
        "https://localhost.evil.example/",
        "https://evillocalhost/",
        "https://[::2]/",
    ] {
        assert!(!may("azure", &[], address), "{address}");
    }
    assert!(!may("qtest", &[], "https://dev.azure.com/acme"));
}

#[test]
fn a_token_of_the_environment_goes_to_this_machine_only_where_the_environment_names_it() {
    for address in [
        "http://127.0.0.1:8080/x",
        "http://127.9.9.9",
        "http://[::1]:1",
        "http://localhost:8080",
    ] {
        assert!(!may("azure", &[], address), "{address}");
        for variable in ["HANDIN_AZURE_URL", "SYSTEM_COLLECTIONURI"] {
            assert!(may("azure", &[(variable, address)], address), "{address}");
        }
        assert!(!may("azure", &[("HANDIN_QTEST_URL", address)], address));
    }
    let other = [("HANDIN_AZURE_URL", "http://127.0.0.1:8080")];
    assert!(!may("azure", &other, "http://127.0.0.1:9090"));
}

#[test]
fn a_token_of_the_environment_goes_to_the_address_that_the_environment_names() {
    let own = [("HANDIN_AZURE_URL", "https://tfs.acme.example/tfs/Main/")];
    assert!(may("azure", &own, "https://tfs.acme.example/tfs/Main"));
    assert!(may("azure", &own, "https://tfs.acme.example/tfs/Main/Shop"));
    assert!(!may("azure", &own, "https://tfs.acme.example/tfs/Mainland"));
    assert!(!may("azure", &own, "https://tfs.acme.example/other"));
    assert!(!may(
        "azure",
        &own,
        "https://tfs.acme.example/tfs/Main/../../other"
    ));
    assert!(!may("azure", &own, "http://tfs.acme.example/tfs/Main"));
    assert!(!may(
        "azure",
        &own,
        "https://tfs.acme.example:8443/tfs/Main"
    ));
    assert!(!may("qtest", &own, "https://tfs.acme.example/tfs/Main"));
}

#[test]
fn a_token_of_the_environment_goes_to_the_collection_of_the_ci() {
    let ci = [("SYSTEM_COLLECTIONURI", "https://tfs.acme.example/tfs/Main/")];
    assert!(may("azure", &ci, "https://tfs.acme.example/tfs/Main"));
    assert!(!may("azure", &ci, "https://tfs.other.example/tfs/Main"));
    assert!(!may("qtest", &ci, "https://tfs.acme.example/tfs/Main"));
}

#[test]
fn a_token_of_the_keyring_goes_only_to_the_address_it_was_stored_for() {
    let source = Source::Keyring {
        profile: "default".to_owned(),
        url: url("https://tfs.acme.example/tfs/Main"),
    };
    let may = |address: &str| azure().may_send(&source, &url(address), &|_| None);
    assert!(may("https://tfs.acme.example/tfs/Main/"));
    assert!(!may("https://dev.azure.com/acme"));
    assert!(!may("https://tfs.acme.example/tfs/Other"));
    assert!(!may("http://127.0.0.1/tfs/Main"));
}
