//! A login from its question to the keyring, in one process: with a keyring in memory and a stand-in of the service.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::katalon::{self, KatalonSandbox};
use handin_sandbox::qtest::{self, QtestSandbox};

use super::*;
use crate::cli::Limit;
use crate::cli::surroundings::StandIns;
use crate::credentials::StoreError;
use crate::secret::Secret;
use crate::settings::Environment;
use crate::transport::{Clock, Interrupt, Random};
use crate::ui::{Manner, Ui};

/// A keyring in memory.
#[derive(Default)]
struct Memory {
    kept: RefCell<BTreeMap<String, String>>,
    fails: Option<StoreError>,
}

impl Store for Memory {
    fn get(&self, entry: &Entry) -> Result<Option<Secret>, StoreError> {
        self.fails.clone().map_or(Ok(()), Err)?;
        let kept = self.kept.borrow();
        Ok(kept
            .get(&entry.user())
            .map(|text| Secret::password(text).unwrap()))
    }

    fn set(&self, entry: &Entry, secret: &Secret) -> Result<(), StoreError> {
        let text = secret.expose().to_owned();
        self.kept.borrow_mut().insert(entry.user(), text);
        Ok(())
    }

    fn remove(&self, entry: &Entry) -> Result<bool, StoreError> {
        Ok(self.kept.borrow_mut().remove(&entry.user()).is_some())
    }
}

/// Somebody who answers every question with the same text, or nobody.
struct Answer(Option<&'static str>);

impl Ask for Answer {
    fn is_possible(&self) -> bool {
        self.0.is_some()
    }

    fn secret(&self, _prompt: &str) -> std::io::Result<String> {
        Ok(self.0.unwrap().to_owned())
    }

    fn standard_input(&self) -> std::io::Result<String> {
        Ok("piped-token\n".to_owned())
    }
}

/// A machine with a service, a keyring, a list of logins, and somebody at the keyboard.
struct Machine {
    service: AzureSandbox,
    folder: tempfile::TempDir,
    keyring: Memory,
    answer: Answer,
    environment: Environment,
}

impl Machine {
    fn new() -> Self {
        Self {
            service: AzureSandbox::start(World::demo()).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            keyring: Memory::default(),
            answer: Answer(None),
            environment: Environment::default(),
        }
    }

    fn logins(&self) -> Logins {
        Logins::at(self.folder.path().join("logins.json"))
    }

    fn run(&self, args: &LoginArgs) -> Result<ExitStatus, Failure> {
        let (global, clock) = (super::super::GlobalArgs::default(), Clock::system());
        let context = Context {
            limit: Limit::new(&global, &self.environment, &clock),
            ui: Arc::new(Ui::of_process(Manner::default())),
            global,
            environment: self.environment.clone(),
            interrupt: Interrupt::default(),
            clock,
            random: Random::default(),
            stand_ins: StandIns::default(),
            witness: std::sync::OnceLock::new(),
        };
        let desk = Desk {
            settings: context.settings(overrides(args)?)?,
            context: &context,
            store: &self.keyring,
            logins: Some(self.logins()),
            ask: &self.answer,
        };
        act(&desk, args)
    }

    fn args(&self) -> LoginArgs {
        LoginArgs {
            service: Some(ServiceName::Azure),
            url: Some(self.service.url()),
            ..LoginArgs::default()
        }
    }

    fn kept(&self) -> Vec<(String, String)> {
        self.keyring.kept.borrow().clone().into_iter().collect()
    }
}

#[test]
fn a_token_is_tried_on_the_service_kept_listed_and_forgotten() {
    let mut machine = Machine::new();
    machine.answer = Answer(Some(machine.service.token()));
    assert_eq!(machine.run(&machine.args()), Ok(ExitStatus::Done));
    let user = format!("azure:{}:default", machine.service.url());
    assert_eq!(machine.kept(), [(user, machine.service.token().to_owned())]);
    let listed = machine.logins().read().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(!listed[0].account.is_empty());

    let remove = LoginArgs {
        service: Some(ServiceName::Azure),
        remove: true,
        ..LoginArgs::default()
    };
    assert_eq!(machine.run(&remove), Ok(ExitStatus::Done));
    assert_eq!(
        (machine.kept(), machine.logins().read().unwrap()),
        (vec![], vec![])
    );
}

#[test]
fn a_token_that_the_service_refuses_is_not_kept() {
    let machine = Machine::new();
    let args = LoginArgs {
        token_stdin: true,
        ..machine.args()
    };
    let failure = machine.run(&args).unwrap_err();
    assert_eq!(failure.status, ExitStatus::Authentication);
    assert_eq!(machine.kept(), []);
    assert_eq!(machine.logins().read().unwrap(), []);
}

#[test]
fn a_token_that_a_variable_would_hide_is_not_even_asked_for() {
    let mut machine = Machine::new();
    machine.environment = Environment::of([("AZURE_DEVOPS_EXT_PAT", "x")]);
    let failure = machine.run(&machine.args()).unwrap_err();
    assert_eq!(failure.status, ExitStatus::Usage);
    assert!(
        failure.message.contains("AZURE_DEVOPS_EXT_PAT"),
        "{failure:?}"
    );
    assert_eq!(machine.service.requests().len(), 0);
}

#[test]
fn without_a_keyring_nothing_is_asked_and_the_variable_is_named() {
    let mut machine = Machine::new();
    machine.keyring.fails = Some(StoreError::Absent);
    let failure = machine.run(&machine.args()).unwrap_err();
    assert_eq!(failure.status, ExitStatus::Failed);
    assert!(failure.hint.unwrap().contains("HANDIN_AZURE_TOKEN"));
}

#[test]
fn where_nobody_can_type_the_other_ways_are_named() {
    let machine = Machine::new();
    let failure = machine.run(&machine.args()).unwrap_err();
    assert_eq!(failure.status, ExitStatus::Usage);
    assert!(failure.hint.unwrap().contains("--token-stdin"));
}

#[test]
fn azure_takes_no_password() {
    let mut machine = Machine::new();
    machine.answer = Answer(Some("pw"));
    let args = LoginArgs {
        user: Some("ann".to_owned()),
        ..machine.args()
    };
    let failure = machine.run(&args).unwrap_err();
    assert_eq!(failure.status, ExitStatus::Usage);
    assert_eq!(machine.service.requests().len(), 0);
}

#[test]
fn of_several_logins_none_is_forgotten_by_guessing() {
    let mut machine = Machine::new();
    machine.answer = Answer(Some(machine.service.token()));
    machine.run(&machine.args()).unwrap();
    let mut other = machine.logins().read().unwrap().remove(0);
    other.profile = "staging".to_owned();
    machine.logins().add(other).unwrap();
    let remove = LoginArgs {
        service: Some(ServiceName::Azure),
        remove: true,
        ..LoginArgs::default()
    };
    let failure = machine.run(&remove).unwrap_err();
    assert!(failure.message.contains("staging"), "{failure:?}");
    assert_eq!(machine.kept().len(), 1);
}

#[test]
fn a_password_of_qtest_is_exchanged_and_forgotten() {
    let site = QtestSandbox::start(qtest::World::demo()).unwrap();
    let mut machine = Machine::new();
    machine.answer = Answer(Some("correct horse"));
    let args = LoginArgs {
        service: Some(ServiceName::Qtest),
        url: Some(site.url()),
        user: Some("tester@example.com".to_owned()),
        ..LoginArgs::default()
    };
    assert_eq!(machine.run(&args), Ok(ExitStatus::Done));
    let kept = machine.kept();
    assert!(kept[0].0.starts_with("qtest:http"), "{kept:?}");
    assert!(kept[0].1.starts_with("given-"), "{kept:?}");

    machine.answer = Answer(Some("wrong horse"));
    machine.keyring = Memory::default();
    let failure = machine.run(&args).unwrap_err();
    assert!(
        !format!("{failure:?}").contains("wrong horse"),
        "{failure:?}"
    );
    assert_eq!(machine.kept(), []);
}

#[test]
fn a_server_of_testops_without_api_keys_gives_a_bearer_for_a_password() {
    let world = katalon::World::new()
        .account("ann@acme.example", "correct horse", "key")
        .oauth_only();
    let server = KatalonSandbox::start(world).unwrap();
    let mut machine = Machine::new();
    machine.answer = Answer(Some("correct horse\r\n"));
    let args = LoginArgs {
        service: Some(ServiceName::Katalon),
        url: Some(server.url()),
        user: Some("ann@acme.example".to_owned()),
        ..LoginArgs::default()
    };
    assert_eq!(machine.run(&args), Ok(ExitStatus::Done));
    let kept = machine.kept();
    assert!(kept[0].1.starts_with("Bearer "), "{kept:?}");
    assert!(!kept[0].1.contains("horse"), "{kept:?}");
}
