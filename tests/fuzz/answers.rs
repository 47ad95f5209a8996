//! Services that answer what no service should.

use std::path::Path;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;
use handin::cli::surroundings::Surroundings;
use handin::transport::{
    Answer, Body, Clock, Fault, Interrupt, Outgoing, Problem, Random, SimulatedTime, Wire,
};
use handin_sandbox::{Seen, http::Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::world::{API, Call, Ground, World, azure, katalon, qtest};
use crate::{Paper, mutate};

/// A token that must be nowhere in what is said.
const MARKED: [(&str, &str); 3] = [
    ("azure", handin_sandbox::azure::DEFAULT_TOKEN),
    ("qtest", handin_sandbox::qtest::DEFAULT_TOKEN),
    ("katalon", handin_sandbox::katalon::DEFAULT_TOKEN),
];

/// A clock that each request moves on by a second, so that a service which always has another page meets the time limit.
struct Time {
    begin: Instant,
    passed: AtomicU64,
}

impl SimulatedTime for Time {
    fn now(&self) -> Instant {
        self.begin + Duration::from_nanos(self.passed.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000) + (self.now() - self.begin)
    }

    fn wait(&self, how_long: Duration, _: &dyn Fn() -> bool) {
        let century = u64::MAX / 64;
        let passed = u64::try_from(how_long.as_nanos()).unwrap_or(century);
        self.passed
            .fetch_add(passed.clamp(1, century), Ordering::SeqCst);
    }
}

/// What spoils answers.
struct Spoiler {
    world: Mutex<(Box<dyn World>, Rng)>,
    time: Arc<Time>,
    /// How many of a hundred answers are spoiled.
    share: AtomicU8,
    words: [&'static str; 4],
}

impl Wire for Spoiler {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        self.time.wait(Duration::from_secs(1), &|| false);
        let request = outgoing.request;
        let headers = outgoing.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let call = Call {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: headers.collect(),
            body: body(&request.body),
        };
        let mut held = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let (world, random) = &mut *held;
        let Seen::Answer(mut response) = world.ask(&call, None) else {
            let problem = Problem::Cut("the connection was closed".to_owned());
            return Err(Fault::unanswered(request.effect(), problem));
        };
        if random.u8(..100) < self.share.load(Ordering::SeqCst) {
            self.spoil(random, &mut response);
        }
        Ok(answer(&response))
    }
}

impl Spoiler {
    fn spoil(&self, random: &mut Rng, response: &mut Response) {
        const STATUSES: [u16; 14] = [
            200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 429, 500, 503, 599,
        ];
        const HEADERS: [(&str, &str); 8] = [
            ("retry-after", "99999999999"),
            ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("content-type", "text/html; a=\u{9b}2J"),
            ("x-ms-continuationtoken", "again"),
            ("location", "http://127.0.0.1:1/elsewhere"),
            ("x-tfs-serviceerror", "%0A::error::marked"),
            ("activityid", "##vso[task.complete]"),
            ("x-ratelimit-delay", "-1"),
        ];
        match random.u8(..10) {
            0 => response.status = random.choice(STATUSES).unwrap_or(200),
            1 => {
                let (name, value) = random.choice(HEADERS).unwrap_or(("a", "b"));
                response.headers.push((name.to_owned(), value.to_owned()));
            }
            2 => response.body = mutate::bytes(random, &response.body, self.words[0].as_bytes()),
            _ => {
                if let Ok(mut value) = serde_json::from_slice::<Value>(&response.body) {
                    for _ in 0..=random.u8(..3) {
                        mutate::json(random, &mut value, &self.words);
                    }
                    response.body = value.to_string().into_bytes();
                }
            }
        }
    }
}

fn body(body: &Body) -> Vec<u8> {
    match body {
        Body::None => Vec::new(),
        Body::Bytes(bytes) => bytes.clone(),
        Body::Stream { open, .. } => {
            let mut bytes = Vec::new();
            let read = open().and_then(|mut file| std::io::copy(&mut file, &mut bytes));
            drop(read);
            bytes
        }
    }
}

fn answer(response: &Response) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    Answer {
        status: response.status,
        headers,
        body: Ok(response.body.clone()),
    }
}

/// A service whose answers can be spoiled, and what a command needs to reach it.
struct Site {
    service: &'static str,
    token: &'static str,
    wire: Arc<Spoiler>,
    environment: Vec<(String, String)>,
}

impl Site {
    fn open(random: &mut Rng) -> Self {
        let (service, token) = random.choice(MARKED).unwrap_or(MARKED[0]);
        let (world, url, held) = match service {
            "azure" => (
                azure::new(Ground::Usual),
                format!("{API}/acme"),
                token.to_owned(),
            ),
            "qtest" => (
                qtest::new(qtest::OutputOptions::default()),
                API.to_owned(),
                format!("bearer {token}"),
            ),
            _ => (katalon::new(0), API.to_owned(), token.to_owned()),
        };
        let time = Time {
            begin: crate::begin(),
            passed: AtomicU64::new(0),
        };
        let upper = service.to_uppercase();
        Self {
            service,
            token,
            wire: Arc::new(Spoiler {
                world: Mutex::new((world, random.fork())),
                time: Arc::new(time),
                share: AtomicU8::new(0),
                words: [token, "\n::error::marked", "\u{1b}[2Jmarked", "Shop"],
            }),
            environment: vec![
                (format!("HANDIN_{upper}_URL"), url),
                (format!("HANDIN_{upper}_TOKEN"), held),
            ],
        }
    }

    /// Runs a command, and holds what it says to what all that is said is held to.
    fn run(&self, words: &[&str], seed: u64) {
        let (out, err) = (Paper::default(), Paper::default());
        let surroundings = Surroundings {
            environment: self.environment.iter().cloned().collect(),
            clock: Clock::simulated(Arc::clone(&self.wire.time) as Arc<dyn SimulatedTime>),
            random: Random::seeded(seed),
            interrupt: Interrupt::deaf(),
            wire: Some(Arc::clone(&self.wire) as Arc<dyn Wire>),
            journals: None,
            locks: None,
            streams: Some((Box::new(out.clone()), Box::new(err.clone()))),
        };
        let words = ["handin"].iter().chain(words).map(Into::into);
        let code = handin::cli::run_in(surroundings, words).code();
        assert!(code <= 10, "exit code {code}");
        let said = format!("{}\n{}", out.text(), err.text());
        let token = self.token;
        assert!(!said.contains(token), "the token is said: {said}");
        crate::gives_no_orders(&said);
    }
}

/// Runs a command against a service whose answers are spoiled, sometimes with a journal that is spoiled too.
pub(crate) fn run(random: &mut Rng, folder: &Path) {
    let site = Site::open(random);
    let (journal, settings) = (
        folder.join("journal.jsonl"),
        folder.join(format!("{}.toml", site.service)),
    );
    drop(std::fs::remove_file(&journal));
    let (journal_text, settings_text) = (text(&journal), text(&settings));
    let report = text(&folder.join("r.xml"));
    let rest = ["--settings", &settings_text];
    let journal_flag = ["--journal", &journal_text];
    let submit = [
        &["submit", &report, "--key", "build 7"],
        &journal_flag[..],
        &rest,
    ]
    .concat();
    if random.u8(..4) == 0 {
        site.run(&submit, 1);
        let lines = std::fs::read(&journal).unwrap_or_default();
        let spoiled = mutate::bytes(random, &lines, &lines);
        drop(std::fs::write(&journal, spoiled));
    }
    let share = random.choice([3, 10, 40, 100]).unwrap_or(10);
    site.wire.share.store(share, Ordering::SeqCst);
    let words: &[&str] = match random.u8(..6) {
        0 => &["projects", site.service],
        1 => &["projects", site.service, "Shop"],
        2 => &["verify", &report],
        3 => &["verify", "--coverage", &report],
        _ => &submit,
    };
    let mut words = words.to_vec();
    if !words.contains(&"--settings") {
        words.extend(rest);
    }
    if random.bool() {
        words.push("--json");
    }
    site.run(&words, random.u64(..));
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
