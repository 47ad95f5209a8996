//! Three hours of `--each`, in simulated time, against a service whose tokens hold for a minute.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use handin::cli::run_in;
use handin::cli::surroundings::Surroundings;
use handin::settings::Environment;
use handin::transport::{
    Answer, Body, Clock, Delivery, Fault, Interrupt, Outgoing, Problem, Random, SimulatedTime, Wire,
};
use handin_sandbox::azure::{Azure, DEFAULT_TOKEN, World};
use handin_sandbox::entra::{self, Entra};
use handin_sandbox::replay::{Replay, read};
use handin_sandbox::{InProcess, Seen, Standin, time};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::desk::Desk;

const REPORTS: usize = 60;
/// A machine whose time passes only when something is waited for.
struct Machine {
    start: Instant,
    passed: Mutex<Duration>,
    azure: Mutex<InProcess<Azure>>,
    entra: Mutex<InProcess<Entra>>,
    /// When each token ends.
    ends: Mutex<BTreeMap<String, Duration>>,
    refused: Mutex<usize>,
    /// How long every exchange takes.
    slow: Duration,
    /// How long a token holds.
    holds: Duration,
    /// Whether Entra says how long a token holds; where not, only a refusal tells.
    tells: bool,
    /// When it begins.
    begin: Timestamp,
}

impl Machine {
    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }

    fn pass(&self, how_long: Duration) {
        *self.passed.lock().unwrap() += how_long;
    }

    fn wall(&self) -> Timestamp {
        self.begin + SignedDuration::try_from(self.passed()).unwrap()
    }

    /// Shows the service a token that it takes for ever in the place of one that has not ended.
    fn admitted(&self, headers: &mut [(String, String)]) {
        for (name, value) in headers {
            let Some(token) = value
                .strip_prefix("Bearer ")
                .filter(|_| name == "authorization")
            else {
                continue;
            };
            let ends = self.ends.lock().unwrap().get(token).copied();
            if ends.is_some_and(|end| self.passed() < end) {
                *value = format!("Bearer {DEFAULT_TOKEN}");
            } else {
                *self.refused.lock().unwrap() += 1;
            }
        }
    }
}

impl SimulatedTime for Machine {
    fn now(&self) -> Instant {
        self.start + self.passed()
    }

    fn wall(&self) -> SystemTime {
        Self::wall(self).into()
    }

    fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool) {
        if !stop() {
            // Who only looks for something to do must not hurry the time of those who do it, however busy this machine is.
            std::thread::sleep(how_long.min(Duration::from_millis(1)));
            self.pass(how_long);
        }
    }
}

/// The way to it.
struct Road(Arc<Machine>);

impl Wire for Road {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        let machine = &self.0;
        machine.pass(machine.slow);
        let body = match &outgoing.request.body {
            Body::None => Vec::new(),
            Body::Bytes(bytes) => bytes.clone(),
            Body::Stream { .. } => panic!("no files are sent"),
        };
        let pairs = outgoing.headers.iter();
        let mut headers: Vec<(String, String)> = pairs
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.push(("content-length".to_owned(), body.len().to_string()));
        let (method, url) = (
            outgoing.request.method.as_str(),
            outgoing.request.url.as_str(),
        );
        let seen = time::at(machine.wall(), || {
            if url.starts_with("https://login.") {
                let mut entra = machine.entra.lock().unwrap();
                let seen = entra.ask((method, url), headers, body, None);
                let token = entra::token(entra.service().issued);
                machine
                    .ends
                    .lock()
                    .unwrap()
                    .insert(token, machine.passed() + machine.holds);
                seen
            } else {
                machine.admitted(&mut headers);
                machine
                    .azure
                    .lock()
                    .unwrap()
                    .ask((method, url), headers, body, None)
            }
        });
        let Seen::Answer(response) = seen else {
            let problem = Problem::Connect("nobody is there".to_owned());
            return Err(Fault::new(problem, Delivery::NotSent));
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &response.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let mut body = response.body;
        if url.starts_with("https://login.") && !machine.tells {
            body = String::from_utf8(body)
                .unwrap()
                .replace("expires_in", "unsaid")
                .into_bytes();
        }
        Ok(Answer {
            status: response.status,
            headers,
            body: Ok(body),
        })
    }
}

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the archive, and returns a world with a case for each report.
fn archive(desk: &Desk) -> World {
    let mut world = World::new("acme");
    world.project("Shop");
    let any = world.configuration("Shop", "Any", &[]);
    world.next_item(100);
    let plan = world.plan("Shop", "Regression");
    let suite = world.suite(world.root(plan), "Web");
    world.next_item(1001);
    for number in 1..=REPORTS {
        let case = world.case("Shop", &format!("Case {number}"));
        world.point(suite, case, any);
        let report = format!(
            "<testsuite name=\"s\" timestamp=\"2024-01-01T{:02}:{:02}:00Z\"><testcase classname=\"a.B\" name=\"own\" time=\"1\">\
             <properties><property name=\"TestCaseId\" value=\"{}\"/></properties></testcase></testsuite>",
            number / 60,
            number % 60,
            1000 + number
        );
        desk.write(&format!("old/{number:03}.xml"), report);
    }
    world
}

fn environment() -> Environment {
    Environment::of([
        ("HANDIN_AZURE_URL", "https://dev.azure.com/acme"),
        ("HANDIN_AZURE_AUTH", "service-principal"),
        ("AZURE_TENANT_ID", entra::TENANT),
        ("AZURE_CLIENT_ID", entra::CLIENT),
        ("AZURE_CLIENT_SECRET", entra::SECRET),
    ])
}

/// Returns a machine whose road is so slow, with tokens that hold for so long.
fn machine(world: World, (slow, holds): (Duration, Duration), tells: bool) -> Arc<Machine> {
    Arc::new(Machine {
        start: start(),
        passed: Mutex::default(),
        azure: Mutex::new(InProcess::new(
            Azure::new(world),
            &[("api", "https://dev.azure.com")],
        )),
        entra: Mutex::new(InProcess::new(
            Entra {
                holds: holds.as_secs(),
                ..Entra::default()
            },
            &[("api", "https://login.microsoftonline.com")],
        )),
        ends: Mutex::default(),
        refused: Mutex::default(),
        slow,
        holds,
        tells,
        begin: "2026-12-24T08:00:00Z".parse().unwrap(),
    })
}

/// Runs a command on a machine; returns its exit code, and all that it said.
fn run(machine: &Arc<Machine>, environment: Environment, words: &[&str]) -> (u8, String) {
    let paper = Paper::default();
    let surroundings = Surroundings {
        environment,
        clock: Clock::simulated(machine.clone()),
        random: Random::seeded(7),
        interrupt: Interrupt::default(),
        wire: Some(Arc::new(Road(Arc::clone(machine)))),
        journals: None,
        locks: None,
        streams: Some((Box::new(paper.clone()), Box::new(paper.clone()))),
    };
    let status = run_in(surroundings, words.iter().map(Into::into));
    let told = String::from_utf8_lossy(&paper.0.lock().unwrap()).into_owned();
    (status.code(), told)
}

/// Hands the archive in with so many workers; returns the machine afterwards.
fn handed_in(pace: (Duration, Duration), tells: bool, jobs: &str) -> Arc<Machine> {
    let desk = Desk::new();
    let machine = machine(archive(&desk), pace, tells);
    let settings = desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    let (settings, old) = (
        settings.display().to_string(),
        desk.path("old").display().to_string(),
    );
    let words = [
        "handin",
        "submit",
        "--each",
        "--settings",
        &settings,
        "--timeout",
        "9h",
        "--jobs",
        jobs,
        &old,
    ];
    let (code, told) = run(&machine, environment(), &words);
    assert_eq!(code, 0, "{told}");
    machine
}

fn assert_each_once(machine: &Machine) {
    let azure = machine.azure.lock().unwrap();
    let runs = azure.service().runs();
    assert_eq!(runs.len(), REPORTS);
    assert!(runs.values().all(|run| run.results.len() == 1));
}

#[expect(
    clippy::disallowed_methods,
    reason = "simulated time is counted from some moment"
)]
fn start() -> Instant {
    Instant::now()
}

#[test]
fn three_hours_of_each_outlast_tokens_of_a_minute_and_double_nothing() {
    let machine = handed_in((Duration::from_secs(25), Duration::from_mins(1)), true, "1");
    assert_each_once(&machine);
    assert!(machine.passed() > Duration::from_hours(3));
    let issued = machine.entra.lock().unwrap().service().issued;
    assert!(issued > 100, "{issued} tokens");
}

#[test]
fn where_nobody_says_how_long_a_token_holds_its_refusal_tells() {
    let machine = handed_in(
        (Duration::from_secs(4), Duration::from_secs(200)),
        false,
        "1",
    );
    assert_each_once(&machine);
    let (issued, refused) = (
        machine.entra.lock().unwrap().service().issued,
        *machine.refused.lock().unwrap(),
    );
    // One for each that was refused, and the first.
    assert!(
        refused > 5 && issued <= refused + 1,
        "{issued} tokens, {refused} refusals"
    );
}

#[test]
fn several_workers_on_one_clock_renew_a_token_once_each_time_that_it_ends() {
    for tells in [true, false] {
        let holds = Duration::from_secs(200);
        let machine = handed_in((Duration::from_secs(2), holds), tells, "4");
        assert_each_once(&machine);
        let issued = machine.entra.lock().unwrap().service().issued;
        // A token that says when it ends is renewed half a minute before.
        let early = if tells { 30 } else { 0 };
        let most = machine.passed().as_secs() / (holds.as_secs() - early) + 1;
        assert!(
            issued > 3 && issued as u64 <= most,
            "{issued} tokens, at most {most}"
        );
    }
}

/// Returns a machine for the archive with a release, in the cloud: releases are at a host of their own.
fn with_a_release(desk: &Desk) -> Arc<Machine> {
    let mut world = archive(desk);
    world.release("Shop", 31, "Release-31");
    let pace = (Duration::from_millis(10), Duration::from_hours(1));
    let mut machine = machine(World::new("acme"), pace, true);
    let one = Arc::get_mut(&mut machine).unwrap();
    let doors = [
        ("api", "https://dev.azure.com"),
        ("api", "https://vsrm.dev.azure.com"),
    ];
    one.azure = Mutex::new(InProcess::new(Azure::new(world), &doors));
    machine
}

#[test]
fn a_recording_replaces_the_host_of_releases_too_and_plays_again_at_one() {
    let desk = Desk::new();
    let machine = with_a_release(&desk);
    let text = "[azure]\nproject = \"Shop\"\nplan = 100\n";
    let settings = desk.write("handin.toml", text).display().to_string();
    let file = desk.path("look.jsonl").display().to_string();
    let look = ["handin", "doctor", "--settings", &settings];
    let more = ["--set", "azure.release=31", "--record", &file];
    let words = [&look[..], &more].concat();
    let (code, told) = run(&machine, environment(), &words);
    assert_eq!(code, 0, "{told}");
    let text = std::fs::read_to_string(&file).unwrap();
    for secret in [
        "acme",
        "Shop",
        "vsrm",
        "dev.azure.com",
        "Regression",
        entra::SECRET,
    ] {
        assert!(!text.contains(secret), "{secret}\n{text}");
    }
    let paths: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split("\"path\":\"/").nth(1)?.split('"').next())
        .collect();
    let of_releases = |it: &&&str| it.contains("/_apis/release/releases/31");
    assert_eq!(paths.iter().filter(of_releases).count(), 1, "{paths:?}");
    let below = |path: &&str| path.split('/').next().map(str::to_owned);
    let organizations: std::collections::BTreeSet<_> = paths.iter().map(below).collect();
    assert_eq!(organizations.len(), 1, "{paths:?}");
    let replay = Replay::new(read(&text).unwrap());
    let base = replay.base();
    let standin = Standin::start(replay, &[("api", 0)]).unwrap();
    let mut other = Desk::new();
    other
        .set("HANDIN_AZURE_URL", format!("{}{base}", standin.url()))
        .set("HANDIN_AZURE_TOKEN", "any-token-will-do");
    let text = "[azure]\nproject = \"Mine\"\nplan = 1000001\nrelease = \"31\"\n";
    other.write("handin.toml", text);
    let again = other.run(&["doctor"]);
    assert_eq!(again.code, Some(0), "{} {again:?}", standin.state());
}

#[test]
fn in_the_cloud_a_release_is_asked_for_at_the_host_that_has_them() {
    let desk = Desk::new();
    let machine = with_a_release(&desk);
    let settings = desk.write(
        "handin.toml",
        "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
    );
    let (settings, report) = (
        settings.display().to_string(),
        desk.path("old/001.xml").display().to_string(),
    );
    for (release, expected, said) in [
        (
            "32",
            5,
            "the project `Shop` has no release 32; nothing was written",
        ),
        ("31", 0, "submitted and confirmed"),
    ] {
        let words = [
            "handin",
            "submit",
            "--settings",
            &settings,
            "--release",
            release,
            &report,
        ];
        let (code, told) = run(&machine, environment(), &words);
        assert_eq!(code, expected, "{told}");
        assert!(told.contains(said), "{told}");
    }
    let azure = machine.azure.lock().unwrap();
    let (_, only) = azure.service().runs().first_key_value().unwrap();
    assert_eq!(azure.service().runs().len(), 1);
    assert!(format!("{only:?}").contains("ReleaseManagement/Release/31"));
}

const CLOUD: &str = "https://dev.azure.com/acme";

/// Asks for the projects with a token that is refused, at a moment; returns what is said.
fn refused(begin: &str, url: &str, (name, token): (&str, &str)) -> String {
    let pace = (Duration::from_millis(10), Duration::from_hours(1));
    let mut machine = machine(World::new("acme"), pace, true);
    let one = Arc::get_mut(&mut machine).unwrap();
    one.begin = begin.parse().unwrap();
    let service = Azure::new(World::new("acme"));
    let doors = [("api", &*url.replace("/acme", ""))];
    one.azure = Mutex::new(InProcess::new(service, &doors));
    let environment = Environment::of([("HANDIN_AZURE_URL", url), (name, token)]);
    let (code, told) = run(&machine, environment, &["handin", "projects", "azure"]);
    assert_eq!(code, 4, "{told}");
    assert!(told.contains(name), "{told}");
    told
}

#[test]
fn a_global_token_that_is_refused_once_those_have_ended_is_told_so() {
    let (after, before) = ("2026-12-01T00:00:00Z", "2026-11-30T23:59:00Z");
    let (own, other) = ("HANDIN_AZURE_TOKEN", "AZURE_DEVOPS_EXT_PAT");
    for (begin, url, credential, is_told) in [
        (after, CLOUD, (own, "ended"), true),
        (after, CLOUD, (other, "ended"), true),
        // Before, it is no reason; nor is it one for a token that is none of those.
        (before, CLOUD, (own, "ended"), false),
        (after, CLOUD, ("SYSTEM_ACCESSTOKEN", "ended"), false),
        (after, CLOUD, (own, "eyJhbGciOiJub25lIn0.e30.x"), false),
        (
            after,
            "https://tfs.acme.example/acme",
            (own, "ended"),
            false,
        ),
    ] {
        let told = refused(begin, url, credential);
        let says = told.contains("those ended on 2026-12-01");
        assert_eq!(says, is_told, "{begin} {url} {credential:?}: {told}");
    }
}
