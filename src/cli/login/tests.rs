//! A login from its question to the keyring, in one process: with a keyring in memory and a stand-in of the service.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use handin_sandbox::azure::{AzureSandbox, World};
use handin_sandbox::entra::{self, EntraSandbox};
use handin_sandbox::fault::{Fault, Rule};
use handin_sandbox::katalon::{self, KatalonSandbox};
use handin_sandbox::qtest::{self, QtestSandbox};

use super::*;
use crate::cli::Limit;
use crate::cli::surroundings::StandIns;
use crate::credentials::StoreError;
use crate::secret::Secret;
use crate::settings::Environment;
use crate::transport::{Clock, Interrupt, Random, Signal, SimulatedTime};
use crate::ui::{OutputOptions, Ui};

/// A keyring in memory.
#[derive(Default)]
struct Memory {
    kept: RefCell<BTreeMap<String, String>>,
    fails: Option<StoreError>,
}

impl Store for Memory {
    fn get(&self, entry: &StoreKey) -> Result<Option<Secret>, StoreError> {
        self.fails.clone().map_or(Ok(()), Err)?;
        let kept = self.kept.borrow();
        Ok(kept
            .get(&entry.user())
            .map(|text| Secret::password(text).unwrap()))
    }

    fn set(&self, entry: &StoreKey, secret: &Secret) -> Result<(), StoreError> {
        let text = secret.expose().to_owned();
        self.kept.borrow_mut().insert(entry.user(), text);
        Ok(())
    }

    fn remove(&self, entry: &StoreKey) -> Result<bool, StoreError> {
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
    clock: Clock,
    interrupt: Interrupt,
    paper: Paper,
}

/// What was written to standard error.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Machine {
    fn new() -> Self {
        Self::with(World::demo())
    }

    fn with(world: World) -> Self {
        Self {
            service: AzureSandbox::start(world).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            keyring: Memory::default(),
            answer: Answer(None),
            environment: Environment::default(),
            clock: Clock::system(),
            interrupt: Interrupt::deaf(),
            paper: Paper::default(),
        }
    }

    fn told(&self) -> String {
        String::from_utf8(self.paper.0.lock().unwrap().clone()).unwrap()
    }

    fn logins(&self) -> Logins {
        Logins::at(self.folder.path().join("logins.json"))
    }

    fn run(&self, args: &LoginArgs) -> Result<ExitStatus, Failure> {
        let (global, clock) = (super::super::GlobalArgs::default(), self.clock.clone());
        let options = OutputOptions {
            quiet: true,
            ..OutputOptions::default()
        };
        let err = Box::new(self.paper.clone());
        let context = Context {
            limit: Limit::new(&global, &self.environment, &clock),
            ui: Arc::new(Ui::of_streams(options, Box::new(std::io::sink()), err)),
            global,
            environment: self.environment.clone(),
            interrupt: self.interrupt.clone(),
            clock,
            random: Random::default(),
            stand_ins: StandIns::default(),
            witness: std::sync::OnceLock::new(),
        };
        let login = LoginContext {
            settings: context.settings(overrides(args)?)?,
            context: &context,
            store: &self.keyring,
            logins: Some(self.logins()),
            ask: &self.answer,
        };
        act(&login, args)
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

/// Time that passes by waiting alone; Ctrl-C is pressed in the middle of one of the waits.
#[derive(Default)]
struct Waits {
    begin: Option<Instant>,
    all: Mutex<Vec<Duration>>,
    stops: Option<(usize, Interrupt)>,
}

impl Waits {
    fn passed(&self) -> Duration {
        self.all.lock().unwrap().iter().sum()
    }
}

impl SimulatedTime for Waits {
    fn now(&self) -> Instant {
        self.begin.unwrap() + self.passed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 57) + self.passed()
    }

    fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool) {
        let number = {
            let mut all = self.all.lock().unwrap();
            if !stop() && !how_long.is_zero() {
                all.push(how_long);
            }
            all.len()
        };
        if let Some((last, interrupt)) = &self.stops
            && number >= *last
        {
            interrupt.raise(Signal::Interrupt);
        }
    }
}

/// A login with a device, at a stand-in of Entra that answers each question about it with one of these words, and then with a token.
struct DeviceScene {
    machine: Machine,
    entra: EntraSandbox,
    waits: Arc<Waits>,
}

impl DeviceScene {
    fn new(pending: &[&'static str]) -> Self {
        Self::stopped(pending, None)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "simulated time is counted from some moment"
    )]
    fn stopped(pending: &[&'static str], after: Option<usize>) -> Self {
        let mut world = World::demo();
        world.settings.token(&entra::token(1), &[]);
        let mut machine = Machine::with(world);
        let entra = EntraSandbox::start().unwrap();
        entra.change(|entra| entra.pending = pending.iter().copied().collect());
        let waits = Arc::new(Waits {
            begin: Some(Instant::now()),
            stops: after.map(|wait| (wait, machine.interrupt.clone())),
            ..Waits::default()
        });
        machine.clock = Clock::simulated(waits.clone());
        let url = entra.url();
        machine.environment = Environment::of([
            ("AZURE_AUTHORITY_HOST", url.as_str()),
            ("AZURE_TENANT_ID", entra::TENANT),
            ("AZURE_CLIENT_ID", entra::CLIENT),
        ]);
        Self {
            machine,
            entra,
            waits,
        }
    }

    fn run(&self) -> Result<ExitStatus, Failure> {
        let ended = self.machine.run(&LoginArgs {
            device: true,
            ..self.machine.args()
        });
        let told = format!("{ended:?}{}", self.machine.told());
        for mark in [".sandbox", "sandbox-refresh", "sandbox-device-code"] {
            assert!(!told.contains(mark), "{mark}: {told}");
        }
        ended
    }

    /// Signs in where that cannot be; nothing is kept, and the service is not asked.
    fn refused(&self, words: &str) -> Failure {
        let failure = self.run().unwrap_err();
        assert!(failure.message.contains(words), "{failure:?}");
        assert_eq!(self.machine.kept(), []);
        assert_eq!(self.machine.logins().read().unwrap(), []);
        assert_eq!(self.machine.service.requests().len(), 0);
        failure
    }

    fn waited(&self) -> Vec<u64> {
        let all = self.waits.all.lock().unwrap();
        // The pauses before an exchange is tried again are shorter than a second.
        let all = all.iter().map(Duration::as_secs);
        all.filter(|seconds| *seconds > 0).collect()
    }
}

#[test]
fn a_device_login_shows_a_code_and_waits_as_long_as_it_is_told_to() {
    let scene = DeviceScene::new(&["authorization_pending", "slow_down", "slow_down"]);
    assert_eq!(scene.run(), Ok(ExitStatus::Done));
    // Every second, and five seconds more for each that was too early.
    assert_eq!(scene.waited(), [1, 1, 6, 11]);
    let told = scene.machine.told();
    for words in [
        "https://microsoft.com/devicelogin",
        "ABCD-EFGH",
        "15 minutes",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let kept = scene.machine.kept();
    assert!(kept[0].1.starts_with("Device "), "{kept:?}");
    assert!(kept[0].1.contains("sandbox-refresh-1"), "{kept:?}");
    assert!(!kept[0].1.contains(&entra::token(1)), "{kept:?}");
    assert_eq!(scene.machine.logins().read().unwrap().len(), 1);
}

#[test]
fn a_device_login_that_nobody_ends_ends_with_its_code() {
    for word in ["authorization_pending", "slow_down"] {
        let scene = DeviceScene::new(&[word; 1000]);
        let failure = scene.refused("nobody signed in before the code ended");
        assert_eq!(failure.status, ExitStatus::Authentication);
        let passed = scene.waits.passed().as_secs();
        assert!((900..1100).contains(&passed), "{word}: {passed}");
    }
    for (word, words) in [
        ("expired_token", "nobody signed in before the code ended"),
        ("code_expired", "nobody signed in before the code ended"),
        ("access_denied", "the sign-in was declined"),
        ("authorization_declined", "the sign-in was declined"),
        ("bad_verification_code", "it was refused (HTTP 400)"),
    ] {
        let failure = DeviceScene::new(&["authorization_pending", word]).refused(words);
        assert!(
            failure.hint.unwrap().contains("login azure --device"),
            "{word}"
        );
    }
}

#[test]
fn ctrl_c_ends_a_device_login_in_the_middle_of_a_wait() {
    let scene = DeviceScene::stopped(&["authorization_pending"; 9], Some(3));
    let failure = scene.refused("");
    assert_eq!(failure.status, ExitStatus::Interrupted);
    assert_eq!(scene.waited(), [1, 1, 1]);
    let asked = scene.entra.requests().len();
    assert_eq!(asked, 3, "the code, and twice about it");
}

#[test]
fn a_device_login_asks_ever_more_seldom_while_the_network_is_away() {
    let scene = DeviceScene::new(&["authorization_pending"]);
    let gone = Rule::new(Fault::CLOSE_BEFORE_READING).path("/*/oauth2/v2.0/token");
    scene.entra.faults().add(gone.times(9));
    assert_eq!(scene.run(), Ok(ExitStatus::Done));
    // Three exchanges, each tried three times.
    assert_eq!(scene.waited(), [1, 2, 4, 8, 8]);
}

#[test]
fn a_device_login_asks_neither_without_a_pause_nor_with_one_of_ages() {
    let scene = DeviceScene::new(&["authorization_pending"]);
    scene.entra.change(|entra| entra.interval = 0.into());
    assert_eq!(scene.run(), Ok(ExitStatus::Done));
    assert_eq!(scene.waited(), [1, 1]);
    // Whatever is said, nothing is waited for longer than this.
    let scene = DeviceScene::new(&["authorization_pending"]);
    scene.entra.change(|entra| entra.interval = u64::MAX.into());
    assert_eq!(scene.run(), Ok(ExitStatus::Done));
    assert_eq!(scene.waited(), [60, 60]);
}

#[test]
fn a_device_login_of_a_tenant_that_is_not_there_is_told_with_its_variable() {
    let mut scene = DeviceScene::new(&[]);
    let url = scene.entra.url();
    scene.machine.environment = Environment::of([
        ("AZURE_AUTHORITY_HOST", url.as_str()),
        ("AZURE_TENANT_ID", "nobody"),
        ("AZURE_CLIENT_ID", entra::CLIENT),
    ]);
    let failure = scene.refused("AADSTS90002");
    assert!(failure.hint.unwrap().contains("AZURE_TENANT_ID"));
}

#[test]
fn the_prompt_says_where_a_token_is_made_and_what_it_has_to_be_able_to_do() {
    let mut machine = Machine::new();
    machine.answer = Answer(Some(machine.service.token()));
    machine.run(&machine.args()).unwrap();
    let page = format!("{}/_usersSettings/tokens", machine.service.url());
    let told = machine.told();
    assert!(
        told.contains(&page) && told.contains("Test Management"),
        "{told}"
    );
}
