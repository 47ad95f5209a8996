//! Signing in to Azure DevOps without a stored token: each step of the chain, what it says, and that nothing else is tried.

use std::time::{Duration, Instant};

use handin_sandbox::azure::{AzureSandbox, Token};
use handin_sandbox::entra::{self, EntraSandbox, token};

use crate::desk::{Answer, Desk};
use crate::submit::{report, shop};

/// A service that takes the first tokens of Entra, and Entra.
struct Scene {
    azure: AzureSandbox,
    entra: EntraSandbox,
    desk: Desk,
}

impl Scene {
    /// Names the steps, in the committed file.
    fn new(auth: &str) -> Self {
        let mut world = shop();
        for number in 1..=9 {
            world.settings.token(&token(number), &[]);
        }
        let azure = AzureSandbox::start(world).unwrap();
        let entra = EntraSandbox::start().unwrap();
        let mut desk = Desk::new();
        let programs = desk.path("bin").display().to_string();
        desk.set("HANDIN_AZURE_URL", azure.url())
            .set("AZURE_AUTHORITY_HOST", entra.url())
            .set("PATH", programs);
        desk.write(
            "handin.toml",
            format!("[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n[azure.auth]\n{auth}\n"),
        );
        desk.write("r.xml", report(&[("valid", Some(1001), "")]));
        Self { azure, entra, desk }
    }

    fn known(mut self) -> Self {
        self.desk
            .set("AZURE_TENANT_ID", entra::TENANT)
            .set("AZURE_CLIENT_ID", entra::CLIENT);
        self
    }

    fn github(mut self) -> Self {
        let url = format!("{}/github/token?api-version=2.0", self.entra.url());
        self.desk
            .set("ACTIONS_ID_TOKEN_REQUEST_URL", url)
            .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", entra::JOB_KEY);
        self
    }

    /// Hands in, as loudly as can be: nothing of a token is in any output.
    fn submit(&self) -> Answer {
        let answer = self.desk.run(&["submit", "r.xml", "-vvv"]);
        for mark in [
            ".sandbox",
            ".unsigned",
            "sandbox-refresh",
            "-token-here",
            entra::SECRET,
            entra::JOB_KEY,
            entra::HEADER,
        ] {
            for text in [&answer.stdout, &answer.stderr] {
                assert!(!text.contains(mark), "{mark}: {text}");
            }
        }
        answer
    }

    fn asked(&self) -> Vec<String> {
        self.entra.look(|entra| entra.asked.clone())
    }

    fn assert_handed_in(&self, how: &str) -> Answer {
        let answer = self.submit();
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert_eq!(self.asked(), [how]);
        assert_eq!(self.azure.run_count(), 1);
        answer
    }

    /// Hands in where that cannot be: it ends soon, with exit code 4, and nothing reached the service.
    fn refused(&self, words: &[&str]) -> Answer {
        let begin = now();
        let answer = self.submit();
        assert!(since(begin) < Duration::from_secs(5), "{answer:?}");
        assert_eq!(answer.code, Some(4), "{answer:?}");
        for word in words {
            assert!(answer.stderr.contains(word), "{word}: {}", answer.stderr);
        }
        assert!(self.azure.requests().is_empty());
        answer
    }

    #[cfg(unix)]
    fn az(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.desk.write("bin/az", format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn since(start: Instant) -> Duration {
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn now() -> Instant {
    Instant::now()
}

/// A service that says back, in a refusal, the credential that it was sent: as it came, in the middle of a long text, and as an address.
fn echoing() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/acme", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 8192];
            let length = stream.read(&mut buffer).unwrap_or(0);
            let asked = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let lines = asked.lines();
            let header = lines.filter_map(|line| line.split_once(": "));
            let mut credential =
                header.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let credential = credential.next().map_or("", |(_, value)| value);
            let token = credential.trim_start_matches("Bearer ");
            let body = format!(
                "{{\"message\": \"{credential} {} {token}\", \"typeKey\": \"{token}\"}}",
                "x".repeat(440)
            );
            let answer = format!(
                "HTTP/1.1 400 No\r\ncontent-type: application/json\r\nx-vss-e2eid: {token}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    url
}

#[test]
fn a_token_that_was_obtained_and_is_said_back_is_in_nothing_that_is_written() {
    let auth = "use = [\"federation\"]\ntenant = \"acme-tenant\"\nclient_id = \"acme-client\"";
    let mut scene = Scene::new(auth).github();
    scene.desk.set("HANDIN_AZURE_URL", echoing());
    let answer = scene.submit();
    assert_eq!(answer.code, Some(6), "{answer:?}");
    // It was said back, and is hidden.
    assert!(answer.stderr.contains("***"), "{}", answer.stderr);
    for command in [
        &["projects", "azure", "-vvv"][..],
        &["verify", "r.xml", "--json"],
    ] {
        let said = format!("{:?}", scene.desk.run(command));
        assert!(said.contains("***"), "{said}");
        assert!(
            !said.contains(".sandbox") && !said.contains("eyJhbGci"),
            "{said}"
        );
    }
}

#[test]
fn nothing_is_tried_that_the_settings_do_not_name() {
    let mut scene = Scene::new("").known().github();
    scene
        .desk
        .set("AZURE_CLIENT_SECRET", entra::SECRET)
        .set(
            "IDENTITY_ENDPOINT",
            format!("{}/msi/token", scene.entra.url()),
        )
        .set("IDENTITY_HEADER", entra::HEADER);
    #[cfg(unix)]
    scene.az("touch called");
    scene.refused(&["HANDIN_AZURE_TOKEN"]);
    assert!(scene.entra.requests().is_empty());
    assert!(!scene.desk.path("called").exists());
}

#[test]
fn a_job_of_github_signs_in_by_federation_with_what_the_file_names() {
    let auth = "use = [\"federation\"]\ntenant = \"acme-tenant\"\nclient_id = \"acme-client\"";
    let scene = Scene::new(auth).github();
    let answer = scene.assert_handed_in("assertion");
    for words in [
        "federation of GitHub Actions (step `federation`)",
        "tenant `acme-tenant` (handin.toml:6:10)",
        "client id `acme-client` (handin.toml:7:13)",
    ] {
        assert!(answer.stderr.contains(words), "{words}: {}", answer.stderr);
    }
}

#[test]
fn the_environment_names_tenant_and_application_before_the_file() {
    let auth = "use = [\"federation\"]\ntenant = \"evil\"\nclient_id = \"evil\"";
    let answer = Scene::new(auth)
        .known()
        .github()
        .assert_handed_in("assertion");
    assert!(
        answer
            .stderr
            .contains("(environment variable `AZURE_TENANT_ID`)"),
        "{answer:?}"
    );
}

#[test]
fn a_token_that_is_given_comes_before_every_step() {
    let mut scene = Scene::new("use = [\"federation\"]").known().github();
    scene.desk.set("HANDIN_AZURE_TOKEN", scene.azure.token());
    assert_eq!(scene.submit().code, Some(0));
    assert!(scene.entra.requests().is_empty());
}

#[test]
fn any_ci_signs_in_with_a_file_or_a_variable_of_its_own() {
    for (name, is_file) in [
        ("HANDIN_OIDC_TOKEN_FILE", true),
        ("AZURE_FEDERATED_TOKEN_FILE", true),
        ("HANDIN_OIDC_TOKEN", false),
    ] {
        let mut scene = Scene::new("use = [\"federation\"]").known();
        // {"iss":"ci","sub":"repo:acme/shop:ref:refs/heads/main","aud":"api://AzureADTokenExchange"}
        let text = "e30.eyJpc3MiOiJjaSIsInN1YiI6InJlcG86YWNtZS9zaG9wOnJlZjpyZWZzL2hlYWRzL21haW4iLCJhdWQiOiJhcGk6Ly9BenVyZUFEVG9rZW5FeGNoYW5nZSJ9.unsigned";
        let value = if is_file {
            scene.desk.write("job", text).display().to_string()
        } else {
            text.to_owned()
        };
        scene.desk.set(name, value);
        scene.assert_handed_in("assertion");
    }
}

#[test]
fn a_service_connection_of_azure_pipelines_takes_the_token_of_the_job_for_its_key() {
    let auth = "use = [\"federation\"]\nservice_connection = \"connection-1\"";
    let mut scene = Scene::new(auth).known();
    let uri = format!("{}/acme/oidctoken", scene.entra.url());
    scene
        .desk
        .set("SYSTEM_ACCESSTOKEN", entra::JOB_KEY)
        .set("SYSTEM_OIDCREQUESTURI", &uri);
    // The job's token goes to no address but those of Azure DevOps.
    let answer = scene.refused(&["SYSTEM_OIDCREQUESTURI"]);
    assert!(scene.entra.requests().is_empty(), "{answer:?}");
    scene.desk.set(
        "SYSTEM_COLLECTIONURI",
        format!("{}/acme/", scene.entra.url()),
    );
    scene.assert_handed_in("assertion");
}

#[test]
fn a_federated_credential_that_is_missing_is_told_with_the_subject_to_register() {
    let scene = Scene::new("use = [\"federation\"]").known().github();
    scene
        .entra
        .change(|entra| entra.subject = "repo:acme/shop:pull_request".to_owned());
    let answer = scene.refused(&[
        "AADSTS700213",
        "register a federated credential at the application `acme-client`",
        "issuer `https://token.actions.githubusercontent.com`",
        "subject `repo:acme/shop:pull_request`",
        "audience `api://AzureADTokenExchange`",
    ]);
    assert!(!answer.stderr.contains("Trace ID"), "{answer:?}");
}

#[test]
fn a_token_of_the_job_for_somebody_else_is_told_with_the_audience() {
    let scene = Scene::new("use = [\"federation\"]").known().github();
    scene
        .entra
        .change(|entra| entra.audience = Some("https://vault.example".to_owned()));
    scene.refused(&[
        "AADSTS700212",
        "audience `https://vault.example`",
        "api://AzureADTokenExchange",
    ]);
}

#[test]
fn a_wrong_tenant_application_or_secret_is_named() {
    for (name, value, words) in [
        (
            "AZURE_TENANT_ID",
            "nobody",
            ["AADSTS90002", "AZURE_TENANT_ID"],
        ),
        (
            "AZURE_CLIENT_ID",
            "nobody",
            ["AADSTS700016", "AZURE_CLIENT_ID"],
        ),
        (
            "AZURE_CLIENT_SECRET",
            "wrong-token-here",
            ["AADSTS7000215", "AZURE_CLIENT_SECRET"],
        ),
    ] {
        let mut scene = Scene::new("use = [\"service-principal\"]").known();
        scene
            .desk
            .set("AZURE_CLIENT_SECRET", entra::SECRET)
            .set(name, value);
        scene.refused(&words);
    }
}

#[test]
fn what_cannot_name_a_tenant_or_an_application_is_refused_before_anything_is_sent() {
    for name in [
        "..",
        "../evil",
        "a/b",
        "a?b",
        "a b",
        "--debug",
        "\u{202e}x",
        &"x".repeat(300),
    ] {
        for key in ["tenant", "client_id"] {
            let other = if key == "tenant" {
                "client_id"
            } else {
                "tenant"
            };
            for step in ["federation", "service-principal", "az"] {
                let auth = format!("use = [\"{step}\"]\n{key} = \"{name}\"\n{other} = \"acme\"");
                let mut scene = Scene::new(&auth).github();
                scene.desk.set("AZURE_CLIENT_SECRET", entra::SECRET);
                #[cfg(unix)]
                scene.az("touch called");
                let answer = scene.refused(&["cannot be a", "[azure.auth]"]);
                assert!(answer.stderr.len() < 2000, "{answer:?}");
                assert!(scene.entra.requests().is_empty(), "{name}");
                assert!(!scene.desk.path("called").exists(), "{name}");
            }
        }
    }
}

#[test]
fn a_service_principal_signs_in_with_its_secret() {
    let mut scene = Scene::new("use = [\"service-principal\"]").known();
    scene.desk.set("AZURE_CLIENT_SECRET", entra::SECRET);
    scene.assert_handed_in("secret");
}

#[test]
fn what_is_not_known_of_an_application_is_asked_for_before_anything_is_sent() {
    let scene = Scene::new("use = [\"federation\"]").github();
    scene.refused(&["tenant and the application", "AZURE_TENANT_ID"]);
    assert!(scene.entra.requests().is_empty());
}

#[test]
fn a_machine_and_an_app_sign_in_by_their_managed_identity() {
    let mut scene = Scene::new("use = [\"managed-identity\"]");
    scene
        .desk
        .set("AZURE_POD_IDENTITY_AUTHORITY_HOST", scene.entra.url());
    // It is asked around every proxy.
    scene
        .desk
        .set("http_proxy", "http://127.0.0.1:9")
        .set("no_proxy", "127.0.0.1");
    scene.assert_handed_in("machine");

    let mut scene = Scene::new("use = [\"managed-identity\"]");
    scene
        .desk
        .set(
            "IDENTITY_ENDPOINT",
            format!("{}/msi/token", scene.entra.url()),
        )
        .set("IDENTITY_HEADER", entra::HEADER);
    scene.assert_handed_in("app");
}

#[test]
fn an_identity_that_the_machine_does_not_have_is_told() {
    let mut scene = Scene::new("use = [\"managed-identity\"]\nclient_id = \"nobody\"");
    scene
        .desk
        .set("AZURE_POD_IDENTITY_AUTHORITY_HOST", scene.entra.url());
    scene.refused(&["Identity not found", "nobody"]);
}

#[test]
fn the_key_of_a_machine_goes_to_no_address_elsewhere() {
    for address in [
        "http://evil.example/token",
        "http://10.0.0.1/token",
        "ftp://127.0.0.1/",
    ] {
        let mut scene = Scene::new("use = [\"managed-identity\"]");
        scene
            .desk
            .set("IDENTITY_ENDPOINT", address)
            .set("IDENTITY_HEADER", entra::HEADER);
        scene.refused(&["IDENTITY_ENDPOINT"]);
    }
}

#[test]
fn where_a_machine_has_no_metadata_service_the_next_step_is_taken() {
    let mut scene = Scene::new("use = [\"managed-identity\", \"service-principal\"]").known();
    scene
        .desk
        .set("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
        .set("AZURE_CLIENT_SECRET", entra::SECRET);
    scene.assert_handed_in("secret");
}

#[cfg(unix)]
#[test]
fn the_azure_cli_is_asked_for_a_token() {
    let scene = Scene::new("use = [\"az\"]");
    scene.az(&format!(
        "echo \"$@\" > called; echo '{{\"accessToken\": \"{}\", \"expires_on\": 4102444800}}'",
        token(1)
    ));
    assert_eq!(scene.submit().code, Some(0));
    let called = std::fs::read_to_string(scene.desk.path("called")).unwrap();
    assert!(
        called.contains("499b84ac-1321-427f-aa17-267ca6975798"),
        "{called}"
    );
}

#[cfg(unix)]
#[test]
fn the_azure_cli_that_hangs_or_fails_is_told() {
    let scene = Scene::new("use = [\"az\"]");
    scene.az("/bin/sleep 60");
    scene.refused(&["`az`", "4 seconds", "az account get-access-token"]);
    let begin = now();
    let answer = scene.desk.run(&["submit", "r.xml", "--timeout", "300ms"]);
    assert_eq!(answer.code, Some(6), "{answer:?}");
    assert!(since(begin) < Duration::from_secs(3), "{answer:?}");
    scene.az("echo 'ERROR: Please run az login to setup account.' >&2; exit 1");
    scene.refused(&["Please run az login"]);
    // One that the repository brings along is none.
    let mut scene = Scene::new("use = [\"az\"]");
    scene.az("touch called");
    scene.desk.set("PATH", "bin:.");
    scene.refused(&["`az` is not on the path"]);
    assert!(!scene.desk.path("called").exists());
}

#[test]
fn a_committed_file_cannot_say_where_entra_is() {
    let scene = Scene::new("use = [\"federation\"]\nauthority = \"https://evil.example\"")
        .known()
        .github();
    let answer = scene.submit();
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("AZURE_AUTHORITY_HOST"), "{answer:?}");
    assert!(scene.entra.requests().is_empty());
}

#[test]
fn no_step_gets_a_token_for_an_address_that_only_the_file_names() {
    let mut scene = Scene::new("use = [\"federation\"]").known().github();
    let text = std::fs::read_to_string(scene.desk.path("handin.toml")).unwrap();
    let text = text.replace(
        "[azure]\n",
        &format!("[azure]\nurl = \"{}\"\n", scene.azure.url()),
    );
    scene.desk.write("handin.toml", text);
    scene.desk.set("HANDIN_AZURE_URL", "");
    scene.refused(&["step `federation`", "HANDIN_AZURE_URL="]);
    assert!(scene.entra.requests().is_empty());
}

#[test]
fn a_step_that_is_misspelled_is_told_with_those_there_are() {
    let answer = Scene::new("use = [\"federtion\"]").submit();
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("`managed-identity`"), "{answer:?}");
}

#[test]
fn a_token_that_the_service_does_not_take_is_told_with_its_step() {
    let scene = Scene::new("use = [\"federation\"]").known().github();
    scene.entra.change(|entra| entra.issued = 100);
    let answer = scene.submit();
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(answer.stderr.contains("(step `federation`)"), "{answer:?}");
    // Renewed once, and no more.
    assert_eq!(scene.asked().len(), 2, "{answer:?}");

    let mut scene = Scene::new("");
    for (name, step) in [
        ("HANDIN_AZURE_TOKEN", "environment"),
        ("SYSTEM_ACCESSTOKEN", "pipeline"),
    ] {
        scene
            .desk
            .set("HANDIN_AZURE_TOKEN", "")
            .set(name, "wrong-token-here");
        let answer = scene.submit();
        assert_eq!(answer.code, Some(4), "{answer:?}");
        let words = format!("the token in `{name}` (step `{step}`)");
        assert!(answer.stderr.contains(&words), "{words}: {}", answer.stderr);
    }
}

#[test]
fn a_list_names_the_step_that_would_be_used() {
    let scene = Scene::new("use = [\"federation\"]").known().github();
    let list = scene.desk.run(&["login", "--list", "--json"]).json();
    assert_eq!(
        list["logins"][0]["source"],
        "federation of GitHub Actions (step `federation`)"
    );
    assert!(scene.entra.requests().is_empty());
}

/// An organisation that somebody asks without a token.
fn visited(visitor: Option<Token>) -> (AzureSandbox, Desk) {
    let mut world = shop();
    world.settings.visitor = visitor;
    let azure = AzureSandbox::start(world).unwrap();
    let mut desk = Desk::new();
    desk.set("HANDIN_AZURE_URL", azure.url());
    desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    desk.write("r.xml", report(&[("valid", Some(1001), "")]));
    (azure, desk)
}

#[test]
fn a_public_project_is_read_without_a_token_and_nothing_is_handed_in_there() {
    let (azure, desk) = visited(Some(Token::of_visitors()));
    for (arguments, said) in [
        (&["projects", "azure"][..], "Shop"),
        (&["projects", "azure", "Shop"], "Regression"),
        (&["verify", "r.xml"], "1 test mapped"),
    ] {
        let answer = desk.run(arguments);
        assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
        assert!(answer.stdout.contains(said), "{arguments:?}: {answer:?}");
        assert!(
            answer.stderr.contains("reading only what is public"),
            "{answer:?}"
        );
    }
    let asked = azure.requests();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|it| it.header("authorization").is_none()));
    azure.forget_requests();
    for arguments in [
        &["submit", "r.xml"][..],
        &["submit", "r.xml", "--dry-run"],
        &["map", "suggest", "r.xml"],
        &["map", "list", "r.xml", "--associate", "--apply"],
    ] {
        let answer = desk.run(arguments);
        assert_eq!(answer.code, Some(4), "{arguments:?}: {answer:?}");
        assert!(answer.stderr.contains("HANDIN_AZURE_TOKEN"), "{answer:?}");
    }
    assert!(azure.requests().is_empty(), "nothing at all was sent");
}

#[test]
fn what_is_not_public_ends_as_a_missing_token_does() {
    let little = Token {
        scopes: vec!["vso.project".to_owned()],
        ..Token::of_visitors()
    };
    for (visitor, arguments) in [
        (None, &["projects", "azure"][..]),
        (None, &["verify", "r.xml"]),
        (Some(little.clone()), &["projects", "azure", "Shop"]),
        (Some(little), &["verify", "r.xml"]),
    ] {
        let (azure, desk) = visited(visitor);
        let answer = desk.run(arguments);
        assert_eq!(answer.code, Some(4), "{arguments:?}: {answer:?}");
        // Nothing can be stored where no keyring is.
        for words in ["no credential for", "HANDIN_AZURE_TOKEN", "no keyring"] {
            assert!(answer.stderr.contains(words), "{words}: {}", answer.stderr);
        }
        assert!(!azure.requests().is_empty());
    }
    // An address that only the committed file names is not even asked.
    let (azure, mut desk) = visited(Some(Token::of_visitors()));
    desk.set("HANDIN_AZURE_URL", "");
    let text = format!(
        "[azure]\nurl = \"{}\"\nproject = \"Shop\"\nplan = \"Regression\"\n",
        azure.url()
    );
    desk.write("handin.toml", text);
    let answer = desk.run(&["projects", "azure"]);
    assert_eq!(answer.code, Some(4), "{answer:?}");
    assert!(azure.requests().is_empty());
}
