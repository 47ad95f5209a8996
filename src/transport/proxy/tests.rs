//! The variables of the environment, understood as curl does.

use super::*;

fn read(set: &[(&str, &str)]) -> Result<Proxies, ProxyError> {
    Proxies::read(None, None, &|name| {
        set.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn way(set: &[(&str, &str)], url: &str) -> Option<String> {
    read(set).unwrap().shown_for(&Url::parse(url).unwrap())
}

fn is_direct(no_proxy: &str, url: &str) -> bool {
    way(
        &[("ALL_PROXY", "http://proxy:3128"), ("NO_PROXY", no_proxy)],
        url,
    )
    .is_none()
}

#[test]
fn each_scheme_has_its_variable_in_both_cases() {
    let set = [("HTTPS_PROXY", "http://a:1"), ("http_proxy", "b:2")];
    assert_eq!(way(&set, "https://x.example").unwrap(), "http://a:1");
    assert_eq!(way(&set, "http://x.example").unwrap(), "http://b:2");
    let both = [("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://c:3")];
    assert_eq!(way(&both, "https://x.example").unwrap(), "http://c:3");
    let all = [("ALL_PROXY", "socks5://d:4"), ("HTTPS_PROXY", "")];
    assert_eq!(way(&all, "https://x.example").unwrap(), "socks5://d:4");
    assert_eq!(way(&[], "https://x.example"), None);
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let set = [
        ("ALL_PROXY", "http://a:1"),
        ("http_proxy", "http://b:2"),
        ("HTTPS_PROXY", "http://c:3"),
    ];
    for url in [
        "http://localhost:8080",
        "https://localhost",
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:1",
        "http://[::ffff:127.0.0.1]:1",
    ] {
        assert_eq!(way(&set, url), None, "{url}");
        let proxies = Proxies::read(Some("http://d:4"), None, &|_| None).unwrap();
        assert_eq!(proxies.shown_for(&Url::parse(url).unwrap()), None, "{url}");
    }
    for url in [
        "http://x.localhost",
        "http://localhost.x",
        "http://128.0.0.1",
    ] {
        assert!(way(&set, url).is_some(), "{url}");
    }
}

#[test]
fn a_web_servers_program_does_not_believe_the_header_that_looks_like_a_proxy() {
    let set = [("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
    assert_eq!(way(&set, "http://x.example"), None);
}

#[test]
fn hosts_without_a_proxy_are_understood_as_curl_does() {
    for (list, url) in [
        ("*", "https://10.1.2.3"),
        ("*", "https://x.example"),
        ("a, *", "https://x.example"),
        ("x.example", "https://x.example"),
        ("x.example", "https://X.Example:8443"),
        ("x.example", "https://x.example./"),
        (".example", "https://x.example"),
        ("*.example", "https://x.example"),
        ("example", "https://deep.x.example"),
        (".x.example", "https://x.example"),
        ("a b x.example", "https://x.example"),
        ("10.0.0.0/8", "https://10.1.2.3"),
        ("10.1.2.3", "https://10.1.2.3:8443"),
        ("x.example:8443", "https://x.example:8443"),
        ("x.example:443", "https://x.example"),
        ("10.1.2.3:8443", "https://10.1.2.3:8443"),
        ("fd00::/8", "https://[fd00::1]"),
        ("[::1]", "http://[::1]:8080"),
        ("::1", "http://[::1]:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ] {
        assert!(is_direct(list, url), "{list} for {url}");
    }
    for (list, url) in [
        ("", "https://x.example"),
        ("x.example", "https://notx.example"),
        ("x.example", "https://x.example.evil.example"),
        ("10.0.0.0/8", "https://11.0.0.1"),
        ("10.0.0.0/8", "https://ten.example"),
        ("x.example:8443", "https://x.example"),
        ("10.1.2.3", "https://10.1.2.30"),
    ] {
        assert!(!is_direct(list, url), "{list} for {url}");
    }
}

#[test]
fn a_malformed_value_is_an_error_and_no_direct_connection() {
    for value in [
        "http://",
        "http://proxy:port",
        "http://proxy:99999",
        "http://proxy:0",
        "ftp://proxy:21",
        "${PROXY}",
        "http://proxy:3128/path",
        "http://us er@proxy host",
        "://",
    ] {
        for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.name, name, "{value}");
        }
    }
    for value in ["10.0.0.0/99", "10/8", "host:port", "a*b"] {
        let error = read(&[("no_proxy", value)]).unwrap_err();
        assert!(error.to_string().contains(value), "{error}");
    }
}

#[test]
fn the_credentials_of_a_proxy_are_never_shown() {
    let set = [("HTTPS_PROXY", "http://ann:s3cret%21@proxy:3128")];
    let proxies = read(&set).unwrap();
    let url = Url::parse("https://x.example").unwrap();
    let shown = format!("{proxies:?} {}", proxies.shown_for(&url).unwrap());
    assert!(
        !shown.contains("s3cret") && !shown.contains("ann"),
        "{shown}"
    );
    assert!(proxies.secrets().contains(&"s3cret!".to_owned()));
    let error = read(&[("HTTPS_PROXY", "http://ann:s3cret@proxy:port")]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn the_command_line_comes_before_the_environment() {
    let lookup = |name: &str| match name {
        "HTTPS_PROXY" => Some("http://a:1".to_owned()),
        "NO_PROXY" => Some("*".to_owned()),
        _ => None,
    };
    let url = Url::parse("https://x.example").unwrap();
    let way = |proxy, no_proxy| {
        let proxies = Proxies::read(proxy, no_proxy, &lookup).unwrap();
        proxies.shown_for(&url)
    };
    assert_eq!(way(None, None), None);
    assert_eq!(way(Some("http://b:2"), None).unwrap(), "http://b:2");
    assert_eq!(way(Some("http://b:2"), Some("x.example")), None);
    assert_eq!(way(None, Some("other")).unwrap(), "http://a:1");
}
