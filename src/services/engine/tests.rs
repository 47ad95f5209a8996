//! A small service in memory, and the engine's promises held against it.
//!
//! It has boxes, which are created by mark, notes, which are appended to a box, a seal, which is set, and a bell, which rings unseen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::journal::{Journal, JournalFile};
use crate::services::{Receipt, SendError, Silent, State};
use crate::transport::{
    Answer, Clock, Delivery, Effect, Fault, Interrupt, Method, Outgoing, Problem, Request, Signal,
    SimulatedTime, TransportOptions, Wire, WriteRequest,
};

/// What the small service can be asked to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Box,
    Note,
    Seal,
    Bell,
    Retract,
}

impl Kind for Made {
    fn word(self) -> &'static str {
        match self {
            Self::Box => "small.box",
            Self::Note => "small.note",
            Self::Seal => "small.seal",
            Self::Bell => "small.bell",
            Self::Retract => "small.retract",
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Box => Rule::Create,
            Self::Note => Rule::Append,
            Self::Seal | Self::Retract => Rule::Set,
            Self::Bell => Rule::Unseen,
        }
    }
}

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// It is done and answered.
    Good,
    /// It is done, and the answer is lost.
    Lose,
    /// It is not done, and there is no answer.
    Swallow,
    /// It is done that much later, and there is no answer.
    Late(Duration),
    /// It is refused.
    Refuse(u16),
    /// It is done, the answer is lost, and the user asks to stop.
    LoseAndStop,
    /// There is no answer for two settle times, the user asks to stop, and a moment later it is done.
    LateAndStop,
    /// It is done once two have looked, and the answer is lost.
    LoseOnceTwoLooked,
    /// Another process creates a box first.
    AfterRival,
}

#[derive(Debug, Default)]
struct World {
    next: u64,
    boxes: BTreeMap<u64, bool>,
    notes: Vec<(u64, String, String)>,
    rung: u32,
    script: VecDeque<Act>,
    late: Vec<(Instant, String, Value)>,
    /// Every request, in order: `read`, or what was written.
    log: Vec<String>,
    /// Turns every outcome into this one.
    turns_into: Option<String>,
    largest: usize,
    journal: Option<std::path::PathBuf>,
}

impl World {
    fn write(&mut self, path: &str, body: &Value) -> Value {
        match path {
            "/boxes" => {
                self.next += 1;
                self.boxes.insert(self.next, false);
                json!({"id": self.next})
            }
            "/notes" => {
                let id = body["box"].as_u64().unwrap();
                for note in body["notes"].as_array().unwrap() {
                    let outcome = self.turns_into.clone();
                    let outcome = outcome.unwrap_or_else(|| note[1].as_str().unwrap().to_owned());
                    self.notes
                        .push((id, note[0].as_str().unwrap().to_owned(), outcome));
                }
                Value::Null
            }
            "/seal" => {
                self.boxes.insert(body["box"].as_u64().unwrap(), true);
                Value::Null
            }
            "/bell" => {
                self.rung += 1;
                Value::Null
            }
            "/retract" => {
                let id = body["box"].as_u64().unwrap();
                self.boxes.remove(&id);
                Value::Null
            }
            other => panic!("{other}"),
        }
    }

    /// Lets arrive what is late.
    fn arrive(&mut self, now: Instant) {
        let (due, later) = std::mem::take(&mut self.late)
            .into_iter()
            .partition::<Vec<_>, _>(|(at, ..)| *at <= now);
        self.late = later;
        for (_, path, body) in due {
            self.write(&path, &body);
        }
    }

    fn view(&self) -> Value {
        json!({"boxes": self.boxes.iter().collect::<Vec<_>>(), "notes": self.notes})
    }
}

/// Time that passes only when somebody waits.
struct Time {
    begin: Instant,
    passed: AtomicU64,
}

impl SimulatedTime for Time {
    fn now(&self) -> Instant {
        self.begin + Duration::from_millis(self.passed.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000) + (self.now() - self.begin)
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn wait(&self, how_long: Duration, stop: &dyn Fn() -> bool) {
        if !stop() {
            let millis = u64::try_from(how_long.as_millis()).unwrap();
            self.passed.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

/// The small service and the machine that speaks to it.
struct Bench {
    world: Arc<Mutex<World>>,
    time: Arc<Time>,
    clock: Clock,
    interrupt: Interrupt,
    journal: Journal,
    registry: Registry,
    locks: SubmissionLocks,
    _folder: tempfile::TempDir,
}

struct Line {
    world: Arc<Mutex<World>>,
    time: Arc<Time>,
    interrupt: Interrupt,
}

impl Line {
    fn await_two_looks(&self) {
        let looks = || {
            let world = self.world.lock().unwrap();
            world.log.iter().filter(|entry| *entry == "read").count()
        };
        while looks() < 2 {
            std::thread::yield_now();
        }
    }
}

impl Wire for Line {
    fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Answer, Fault> {
        let mut world = self.world.lock().unwrap();
        world.arrive(self.time.now());
        let request = outgoing.request;
        if request.effect() == Effect::Read {
            world.log.push("read".to_owned());
            return Ok(answer(200, &world.view()));
        }
        let path = request.url.path().to_owned();
        let body: Value = match &request.body {
            crate::transport::Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
            other @ (crate::transport::Body::None | crate::transport::Body::Stream { .. }) => {
                panic!("{other:?}")
            }
        };
        if let Some(journal) = &world.journal {
            let lines = std::fs::read_to_string(journal).unwrap();
            let last = lines.lines().last().unwrap();
            assert!(last.contains("\"intend\""), "{path} left after {last}");
        }
        world.log.push(path.trim_start_matches('/').to_owned());
        if path == "/notes" && body["notes"].as_array().unwrap().len() > world.largest {
            return Ok(answer(413, &json!({"message": "too large"})));
        }
        let act = world.script.pop_front().unwrap_or(Act::Good);
        let lost = || Fault::unanswered(Effect::Write, Problem::Cut("closed".to_owned()));
        match act {
            Act::Good => Ok(answer(200, &world.write(&path, &body))),
            Act::Lose => {
                world.write(&path, &body);
                Err(lost())
            }
            Act::LoseAndStop => {
                world.write(&path, &body);
                self.interrupt.raise(Signal::Interrupt);
                Err(lost())
            }
            Act::LateAndStop => {
                self.time.wait(SETTLE * 2, &|| false);
                let soon = self.time.now() + Duration::from_secs(10);
                world.late.push((soon, path, body));
                self.interrupt.raise(Signal::Interrupt);
                Err(lost())
            }
            Act::LoseOnceTwoLooked => {
                drop(world);
                self.await_two_looks();
                self.world.lock().unwrap().write(&path, &body);
                Err(lost())
            }
            Act::Swallow => Err(lost()),
            Act::Late(delay) => {
                world.late.push((self.time.now() + delay, path, body));
                Err(lost())
            }
            Act::Refuse(status) => Ok(answer(status, &json!({"message": "no"}))),
            Act::AfterRival => {
                world.write("/boxes", &Value::Null);
                Ok(answer(200, &world.write(&path, &body)))
            }
        }
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    Answer {
        status,
        headers,
        body: Ok(serde_json::to_vec(body).unwrap()),
    }
}

const SETTLE: Duration = Duration::from_secs(30);

impl Bench {
    fn new(script: &[Act]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let bench = Self::kept_in(folder, |clock| {
            Journal::open(&path, clock, &crate::files::Patience::default()).unwrap()
        });
        bench.world().journal = Some(path);
        bench.world().script = script.iter().copied().collect();
        bench
    }

    fn kept_in(folder: tempfile::TempDir, journal: impl FnOnce(&Clock) -> Journal) -> Self {
        let time = Arc::new(Time {
            begin: Clock::system().now(),
            passed: AtomicU64::new(0),
        });
        let clock = Clock::simulated(Arc::clone(&time) as Arc<dyn SimulatedTime>);
        let world = World {
            largest: usize::MAX,
            ..World::default()
        };
        Self {
            world: Arc::new(Mutex::new(world)),
            journal: journal(&clock),
            clock,
            time,
            interrupt: Interrupt::default(),
            registry: Registry::default(),
            locks: SubmissionLocks::default(),
            _folder: folder,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn backend(&self, notes: &[(&str, &str)]) -> Small {
        let options = TransportOptions {
            clock: self.clock.clone(),
            interrupt: self.interrupt.clone(),
            wire: Some(Arc::new(Line {
                world: Arc::clone(&self.world),
                time: Arc::clone(&self.time),
                interrupt: self.interrupt.clone(),
            })),
            ..TransportOptions::default()
        };
        let own = |(name, outcome): &(&str, &str)| ((*name).to_owned(), (*outcome).to_owned());
        Small {
            transport: Transport::new(options),
            wanted: notes.iter().map(own).collect(),
            rings: false,
            patience: Some(Duration::ZERO),
            busy_until: None,
            is_shared: false,
            lenient: false,
            breaks_off: false,
            noted: Vec::new(),
            made: Vec::new(),
            bells: Vec::new(),
            full: Vec::new(),
            boxes: BTreeMap::new(),
            notes: BTreeMap::new(),
            number: 1,
        }
    }

    fn carry_out(&self, backend: &mut Small) -> Result<Receipt, SendError> {
        let engine = Engine {
            journal: &self.journal,
            progress: &Silent,
            registry: &self.registry,
            locks: &self.locks,
        };
        carry_out(backend, &engine)
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.world().log)
    }

    fn seconds(&self) -> u64 {
        self.time.passed.load(Ordering::SeqCst) / 1000
    }
}

/// The small service's side of a submission: one sealed box with notes in it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way to behave by itself"
)]
struct Small {
    transport: Transport,
    wanted: Vec<(String, String)>,
    rings: bool,
    patience: Option<Duration>,
    busy_until: Option<Instant>,
    is_shared: bool,
    lenient: bool,
    /// Whether a lost answer is one that the service broke off.
    breaks_off: bool,
    noted: Vec<String>,
    /// The boxes that this call made.
    made: Vec<u64>,
    /// The boxes that hold results.
    full: Vec<u64>,
    /// Bells where one was wanted, which have numbers of their own; to ring one takes it back.
    bells: Vec<u64>,
    boxes: BTreeMap<u64, bool>,
    /// How often each note stands there, with what was read last.
    notes: BTreeMap<String, (u32, String)>,
    number: u32,
}

impl Small {
    fn the_box(&self) -> Option<u64> {
        self.boxes.keys().next().copied()
    }

    fn request(path: &str, body: &Value) -> WriteRequest {
        let url = Url::parse("https://small.example")
            .unwrap()
            .join(path)
            .unwrap();
        WriteRequest::new(Method::POST, url, path).json(body)
    }
}

impl Backend for Small {
    type Kind = Made;

    fn key(&self) -> SubmissionKey {
        let build = crate::plan::BuildKey::of_run("small", &self.number.to_string());
        let mut identity = crate::plan::Identity::default();
        identity.build = build;
        identity.mark(&["small"]).journal_key()
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn settle(&self) -> Duration {
        SETTLE
    }

    fn observe(&mut self, _known: &JournalView) -> Result<(), ServiceError> {
        let url = Url::parse("https://small.example/all").unwrap();
        let all: Value = self
            .transport
            .send(Request::read(Method::GET, url, "everything"))?
            .json()?;
        self.boxes = all["boxes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry[0].as_u64().unwrap(), entry[1].as_bool().unwrap()))
            .collect();
        self.notes.clear();
        let the_box = self.the_box();
        for note in all["notes"].as_array().unwrap() {
            if note[0].as_u64() == the_box {
                let name = note[1].as_str().unwrap().to_owned();
                let seen = self.notes.entry(name).or_default();
                seen.0 += 1;
                note[2].as_str().unwrap().clone_into(&mut seen.1);
            }
        }
        Ok(())
    }

    fn busy(&self) -> Option<Busy> {
        let is_busy = self
            .busy_until
            .is_some_and(|end| self.transport.clock().now() < end);
        is_busy.then(|| Busy {
            who: "the box is being filled".to_owned(),
            pulse: format!("{:?}", self.transport.clock().now()),
        })
    }

    fn missing(&self) -> Vec<Step<Made>> {
        let Some(id) = self.the_box() else {
            let step = Step::one(Made::Box, "box");
            return vec![if self.is_shared { step.shared() } else { step }];
        };
        let is_open = |name: &String| !self.notes.contains_key(name) && !self.noted.contains(name);
        let names = self.wanted.iter().map(|(name, _)| name.clone());
        let open: Vec<String> = names.filter(is_open).collect();
        if !open.is_empty() {
            return vec![Step::many(Made::Note, open)];
        }
        let mut steps = Vec::new();
        if self.boxes.get(&id) == Some(&false) {
            steps.push(Step::one(Made::Seal, id.to_string()));
        }
        if self.rings {
            steps.push(Step::one(Made::Bell, "bell"));
        }
        steps
    }

    fn request(&self, step: &Step<Made>) -> Result<WriteRequest, ServiceError> {
        let the_box = self.the_box();
        Ok(match step.kind {
            Made::Box => Self::request("/boxes", &Value::Null),
            Made::Note => {
                let of = |item: &String| {
                    let outcome = self.wanted.iter().find(|(name, _)| name == item);
                    json!([item, outcome.unwrap().1])
                };
                let notes: Vec<Value> = step.items.iter().map(of).collect();
                Self::request("/notes", &json!({"box": the_box, "notes": notes}))
            }
            Made::Seal => Self::request("/seal", &json!({"box": the_box})),
            Made::Bell => Self::request("/bell", &Value::Null),
            Made::Retract => {
                let id: u64 = step.item().parse().unwrap();
                Self::request("/retract", &json!({"box": id}))
            }
        })
    }

    fn accept(&mut self, step: &Step<Made>, answer: &Response) -> Result<Value, TransportError> {
        match step.kind {
            Made::Box => {
                let made: Value = answer.json()?;
                let id = made["id"].as_u64().unwrap();
                self.boxes.insert(id, false);
                self.made.push(id);
                return Ok(json!({"id": id}));
            }
            Made::Note => {
                for item in &step.items {
                    self.notes.insert(item.clone(), (1, String::new()));
                }
            }
            Made::Seal => {
                let id = step.item().parse().unwrap();
                self.boxes.insert(id, true);
            }
            Made::Bell | Made::Retract => {}
        }
        Ok(Value::Null)
    }

    fn adopt(&mut self, _step: &Step<Made>, detail: &Value) {
        self.boxes.insert(detail["id"].as_u64().unwrap(), false);
    }

    fn refused(&mut self, step: &Step<Made>, _error: &TransportError) -> Refusal {
        if !self.lenient {
            return Refusal::Stops;
        }
        self.noted.extend(step.items.iter().cloned());
        Refusal::IsNoted
    }

    fn is_broken_off(&self, _error: &TransportError) -> bool {
        self.breaks_off
    }

    fn observe_rivals(&mut self, _kinds: &[Made]) -> Result<(), ServiceError> {
        self.observe(&JournalView::default())
    }

    fn rivals(&self) -> Vec<Rivals<Made>> {
        let bell = |id: &u64| Candidate {
            id: *id,
            is_complete: false,
            may_retract: true,
            holds_results: false,
        };
        let bells = Rivals {
            item: "bell".to_owned(),
            what: "bells".to_owned(),
            retract: Made::Bell,
            candidates: self.bells.iter().map(bell).collect(),
        };
        let of = |(id, is_complete): (&u64, &bool)| Candidate {
            id: *id,
            is_complete: *is_complete,
            may_retract: self.made.contains(id),
            holds_results: self.full.contains(id),
        };
        let boxes = Rivals {
            item: "box".to_owned(),
            what: "boxes".to_owned(),
            retract: Made::Retract,
            candidates: self.boxes.iter().map(of).collect(),
        };
        let mut several = vec![boxes, bells];
        several.retain(|rivals| rivals.candidates.len() > 1);
        several
    }

    fn choose(&mut self, item: &str, winner: u64) -> Vec<Step<Made>> {
        if item == "bell" {
            self.bells.clear();
        } else {
            self.boxes.retain(|id, _| *id == winner);
        }
        Vec::new()
    }

    fn patience(&self) -> Option<Duration> {
        self.patience
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts {
            accepted: self.patience.is_none(),
            refused: self.noted.clone(),
            ..Facts::default()
        };
        for (name, outcome) in &self.wanted {
            match self.notes.get(name) {
                None if self.noted.contains(name) => {}
                None => facts.missing.push(name.clone()),
                Some((1, there)) if there.is_empty() || there == outcome => facts.stands += 1,
                Some((times, there)) => facts
                    .different
                    .push(format!("{name}: {times} times, {there} for {outcome}")),
            }
        }
        facts
    }

    fn receipt(&self) -> Receipt {
        Receipt::new(State::Refused)
    }
}

const TWO: [(&str, &str); 2] = [("a", "passed"), ("b", "failed")];

fn stands_once(bench: &Bench, notes: &[(&str, &str)]) {
    let world = bench.world();
    let mut there: Vec<(&str, &str)> = world
        .notes
        .iter()
        .map(|(_, name, outcome)| (name.as_str(), outcome.as_str()))
        .collect();
    there.sort_unstable();
    assert_eq!(there, notes);
    assert_eq!(world.boxes.len(), 1, "{:?}", world.boxes);
}

#[test]
fn what_is_missing_is_written_once_and_read_back_and_a_second_call_writes_nothing() {
    let bench = Bench::new(&[]);
    let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    // Every write had its intent on the disk: the wire looks there.
    assert_eq!(
        bench.log(),
        ["read", "boxes", "read", "notes", "seal", "read"]
    );
    let again = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(again.state, State::Known);
    assert_eq!(bench.log(), ["read"]);
    stands_once(&bench, &TWO);
}

#[test]
fn a_write_whose_answer_was_lost_is_looked_for_before_anything_else() {
    for lost in 0..3 {
        let mut script = vec![Act::Good; 3];
        script[lost] = Act::Lose;
        let bench = Bench::new(&script);
        let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
        assert_eq!(receipt.state, State::Done, "{lost}");
        stands_once(&bench, &TWO);
        let log = bench.log();
        let repeated = |kind: &str| log.iter().filter(|entry| *entry == kind).count();
        assert_eq!((repeated("boxes"), repeated("notes")), (1, 1), "{log:?}");
    }
}

#[test]
fn what_never_arrived_is_written_again_only_when_the_settle_time_is_over() {
    for lost in 0..2 {
        let mut script = vec![Act::Good; 3];
        script[lost] = Act::Swallow;
        let bench = Bench::new(&script);
        let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
        assert_eq!(receipt.state, State::Done, "{lost}");
        assert!(
            bench.seconds() >= SETTLE.as_secs(),
            "{lost}: {}",
            bench.seconds()
        );
        stands_once(&bench, &TWO);
    }
}

#[test]
fn what_arrives_late_is_waited_for_and_not_written_twice() {
    for lost in 0..2 {
        let mut script = vec![Act::Good; 3];
        script[lost] = Act::Late(Duration::from_secs(20));
        let bench = Bench::new(&script);
        bench.carry_out(&mut bench.backend(&TWO)).unwrap();
        stands_once(&bench, &TWO);
    }
}

#[test]
fn of_several_lost_answers_each_is_told_as_it_stands_though_one_of_them_never_comes() {
    for (second, is_done) in [(Act::Lose, true), (Act::Swallow, false)] {
        let script = [Act::Good, Act::Swallow, Act::Swallow, Act::Swallow, second];
        let bench = Bench::new(&script);
        // Each note goes by itself.
        bench.world().largest = 1;
        let mut backend = bench.backend(&TWO);
        let error = bench.carry_out(&mut backend).unwrap_err();
        assert_eq!(error.receipt.state, State::Uncertain);
        let known = JournalView::read(&bench.journal, (&backend.key(), None), true);
        let standing = known.standing(Made::Note.word(), "b");
        assert_eq!(
            matches!(standing, Standing::Done(..)),
            is_done,
            "{standing:?}"
        );
        let open = error.receipt.missing.iter();
        let open = open.filter(|it| it.starts_with(Made::Note.word()));
        let wanted: &[&str] = if is_done { &["a"] } else { &["a", "b"] };
        let wanted = wanted
            .iter()
            .map(|it| format!("{} {it}", Made::Note.word()));
        assert!(open.eq(&wanted.collect::<Vec<_>>()), "{:?}", error.receipt);
    }
}

#[test]
fn what_only_sets_is_sent_again_at_once() {
    let bench = Bench::new(&[Act::Good, Act::Good, Act::Swallow]);
    bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert!(bench.seconds() < SETTLE.as_secs());
    assert!(
        bench
            .log()
            .ends_with(&["seal".to_owned(), "seal".to_owned(), "read".to_owned()])
    );
}

#[test]
fn what_cannot_be_seen_is_never_sent_twice_and_that_is_told() {
    let bench = Bench::new(&[Act::Good, Act::Good, Act::Good, Act::Swallow]);
    let with_bell = || Small {
        rings: true,
        ..bench.backend(&TWO)
    };
    let receipt = bench.carry_out(&mut with_bell()).unwrap();
    assert!(
        receipt.warnings[0].contains("small.bell bell"),
        "{receipt:?}"
    );
    let again = bench.carry_out(&mut with_bell()).unwrap();
    assert!(again.warnings[0].contains("not written again"), "{again:?}");
    assert_eq!(bench.world().rung, 0);
    assert_eq!(
        bench.log().iter().filter(|entry| *entry == "bell").count(),
        1
    );
}

#[test]
fn a_call_that_was_stopped_with_a_lost_answer_is_uncertain_and_the_next_one_completes_it() {
    let bench = Bench::new(&[Act::Good, Act::LoseAndStop]);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(error.receipt.state, State::Uncertain);
    assert!(error.receipt.repeat);
    let next = Bench {
        interrupt: Interrupt::default(),
        ..bench
    };
    let receipt = next.carry_out(&mut next.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    stands_once(&next, &TWO);
}

#[test]
fn what_had_no_answer_for_long_may_still_arrive_from_then_on_in_the_next_call_too() {
    let bench = Bench::new(&[Act::Good, Act::LateAndStop]);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(error.receipt.state, State::Uncertain);
    let next = Bench {
        interrupt: Interrupt::default(),
        ..bench
    };
    let receipt = next.carry_out(&mut next.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    next.time.wait(SETTLE, &|| false);
    let known = next.carry_out(&mut next.backend(&TWO)).unwrap();
    assert_eq!(known.state, State::Known);
    stands_once(&next, &TWO);
}

#[test]
fn what_an_earlier_call_left_open_is_waited_for_before_it_is_written() {
    let bench = Bench::new(&[Act::Late(Duration::from_secs(10)), Act::Good]);
    let key = bench.backend(&TWO).key();
    // As a call that was killed right after its request had left.
    bench
        .journal
        .append(
            &key,
            "small.box[box]",
            crate::journal::Stage::Intend,
            Value::Null,
        )
        .unwrap();
    let now = bench.clock.now();
    bench.world().script.clear();
    bench.world().late.push((
        now + Duration::from_secs(10),
        "/boxes".to_owned(),
        Value::Null,
    ));
    bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    stands_once(&bench, &TWO);
    assert!((10..30).contains(&bench.seconds()));
}

#[test]
fn the_journal_never_replaces_a_look() {
    let bench = Bench::new(&[]);
    bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    bench.world().notes.clear();
    let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    stands_once(&bench, &TWO);
}

#[test]
fn of_two_boxes_the_older_stays_and_ours_is_taken_back_before_anything_is_in_it() {
    let bench = Bench::new(&[Act::AfterRival]);
    let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    stands_once(&bench, &TWO);
    assert!(
        receipt.warnings[0].contains("2 was taken back"),
        "{receipt:?}"
    );
    assert!(bench.world().notes.iter().all(|(id, ..)| *id == 1));
}

#[test]
fn objects_of_two_kinds_may_have_one_number_and_both_are_taken_back() {
    let bench = Bench::new(&[Act::AfterRival]);
    let mut backend = bench.backend(&TWO);
    backend.bells = vec![1, 2];
    bench.carry_out(&mut backend).unwrap();
    stands_once(&bench, &TWO);
    assert_eq!(bench.world().rung, 1, "bell 2, though box 2 was taken back");
}

#[test]
fn what_lost_and_stays_is_named_and_counts_unless_the_account_may_not_take_it_back() {
    for (status, state) in [(409, State::Partial), (403, State::Done)] {
        let bench = Bench::new(&[Act::AfterRival, Act::Refuse(status)]);
        let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
        let is_open = state == State::Partial;
        assert_eq!((receipt.state, receipt.repeat), (state, is_open));
        let told = if is_open {
            &receipt.missing
        } else {
            &receipt.warnings
        };
        assert!(told[0].contains("2 could not be taken back"), "{receipt:?}");
        assert!(bench.world().notes.iter().all(|(id, ..)| *id == 1));
    }
}

#[test]
fn what_another_made_and_stays_is_named_and_counts_where_results_stand_in_it() {
    for (full, state) in [(vec![1, 2], State::Partial), (vec![1], State::Known)] {
        let bench = Bench::new(&[]);
        bench.carry_out(&mut bench.backend(&TWO)).unwrap();
        bench.world().boxes.insert(2, true);
        let mut backend = bench.backend(&TWO);
        backend.full = full;
        let receipt = bench.carry_out(&mut backend).unwrap();
        assert_eq!((receipt.state, receipt.repeat), (state, false));
        let told = if state == State::Partial {
            &receipt.different
        } else {
            &receipt.warnings
        };
        assert!(told[0].ends_with("not taken back: 2"), "{receipt:?}");
    }
}

#[test]
fn what_several_submissions_of_a_process_want_is_made_once() {
    let bench = Bench::new(&[]);
    let shared = |number| Small {
        is_shared: true,
        number,
        ..bench.backend(&TWO)
    };
    std::thread::scope(|scope| {
        for number in 1..=4 {
            let (bench, mut backend) = (&bench, shared(number));
            // Only the box counts here: four writers of one note are not what this is about.
            backend.wanted.clear();
            bench.world().journal = None;
            scope.spawn(move || bench.carry_out(&mut backend).unwrap());
        }
    });
    assert_eq!(bench.world().boxes.len(), 1);
}

#[test]
fn what_the_service_broke_off_is_looked_for_by_each_submission_that_wants_it() {
    let bench = Bench::new(&[Act::LoseOnceTwoLooked]);
    bench.world().journal = None;
    let receipts = std::thread::scope(|scope| {
        let both = [1, 2].map(|number| {
            let mut backend = Small {
                is_shared: true,
                breaks_off: true,
                number,
                ..bench.backend(&[])
            };
            let bench = &bench;
            scope.spawn(move || bench.carry_out(&mut backend).unwrap())
        });
        both.map(|one| one.join().unwrap())
    });
    for receipt in receipts {
        assert!(receipt.warnings.is_empty(), "{receipt:?}");
    }
    let asked = bench.log().iter().filter(|it| *it == "boxes").count();
    assert_eq!((asked, bench.world().boxes.len()), (1, 1));
}

#[test]
fn what_another_submission_of_the_process_got_no_answer_to_is_waited_for_and_not_asked_for_again() {
    let asks_for_a_box = |arrives: bool| {
        let bench = Bench::new(&[]);
        let until = bench.clock.now() + SETTLE;
        let lost = TransportError::unsent("make a box", Problem::Cut("closed".to_owned()));
        let names = [journal_view::name(Made::Box.word(), &["box".to_owned()])];
        let asked = |_: &[&str]| {
            let shared = registry::Shared::Unanswered(lost, until);
            (vec![(names[0].clone(), shared)], Ok::<_, ()>(()))
        };
        let known = bench.registry.together(
            &bench.clock,
            (names.iter().map(|name| (name.clone(), None)), None),
            asked,
        );
        assert!(known.unwrap().is_empty());
        if arrives {
            let soon = bench.clock.now() + SETTLE / 2;
            let of_the_other = (soon, "/boxes".to_owned(), Value::Null);
            bench.world().late.push(of_the_other);
        }
        let mut backend = Small {
            is_shared: true,
            ..bench.backend(&TWO)
        };
        let receipt = bench.carry_out(&mut backend).unwrap();
        assert_eq!(receipt.state, State::Done);
        let asked = bench.log().iter().filter(|it| *it == "boxes").count();
        (asked, bench.world().boxes.len())
    };
    assert_eq!(asks_for_a_box(true), (0, 1));
    assert_eq!(asks_for_a_box(false), (1, 1));
}

#[test]
fn what_another_report_asked_for_in_a_call_that_was_killed_is_waited_for_and_not_asked_for_again() {
    let seconds_after_one_was_killed = |target: &str| {
        let bench = Bench::new(&[]);
        let mut backend = Small {
            is_shared: true,
            ..bench.backend(&TWO)
        };
        let mut killed = crate::plan::Identity::default();
        killed.build = crate::plan::BuildKey::of_run("small", "another");
        let killed = killed.mark(&[target]).journal_key();
        let write = journal_view::name(Made::Box.word(), &["box".to_owned()]);
        let intend = crate::journal::Stage::Intend;
        let noted = bench.journal.append(&killed, &write, intend, Value::Null);
        noted.unwrap();
        if target == "small" {
            let soon = bench.clock.now() + Duration::from_secs(10);
            let on_its_way = (soon, "/boxes".to_owned(), Value::Null);
            bench.world().late.push(on_its_way);
        }
        let receipt = bench.carry_out(&mut backend).unwrap();
        assert_eq!(receipt.state, State::Done);
        stands_once(&bench, &TWO);
        bench.seconds()
    };
    assert!((10..30).contains(&seconds_after_one_was_killed("small")));
    assert_eq!(seconds_after_one_was_killed("elsewhere"), 0);
}

#[test]
fn who_waits_for_what_another_submission_sent_names_its_own_and_not_what_went_with_it() {
    let bench = Bench::new(&[]);
    let name = journal_view::name(Made::Box.word(), &["box".to_owned()]);
    let sent = |_: &[&str]| {
        let lost = TransportError::unsent("what went first", Problem::Cut("closed".to_owned()));
        let shared = registry::Shared::Unanswered(lost, bench.clock.now() + SETTLE * 9);
        (vec![(name.clone(), shared)], Ok::<_, ()>(()))
    };
    let names = (std::iter::once((name.clone(), None)), None);
    bench.registry.together(&bench.clock, names, sent).unwrap();
    let mut backend = Small {
        is_shared: true,
        ..bench.backend(&TWO)
    };
    let error = bench.carry_out(&mut backend).unwrap_err();
    assert_eq!(error.receipt.state, State::Uncertain);
    let told = error.cause.to_string();
    assert!(told.starts_with("/boxes: "), "{told}");
}

#[test]
fn two_submissions_of_one_name_are_never_on_their_way_together() {
    let bench = Bench::new(&[]);
    let key = bench.backend(&TWO).key();
    let backend = bench.backend(&TWO);
    let held = bench.locks.take(&key, &backend.transport, &Silent).unwrap();
    bench.interrupt.raise(Signal::Terminate);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(error.receipt.state, State::Refused);
    let told = error.cause.to_string();
    assert!(told.starts_with("waiting for another process"), "{told}");
    assert!(bench.log().is_empty());
    drop(held);
}

#[test]
fn a_submission_that_another_process_carries_out_is_left_to_it_until_it_stands_still() {
    let bench = Bench::new(&[]);
    let busy_until = Some(bench.clock.now() + Duration::from_mins(5));
    let mut backend = Small {
        busy_until,
        ..bench.backend(&TWO)
    };
    bench.carry_out(&mut backend).unwrap();
    // It changed all the time: it was waited for longer than the settle time.
    assert!(bench.seconds() >= 300);
}

#[test]
fn a_batch_that_is_too_large_goes_in_halves_and_a_single_item_that_is_refused_is_named() {
    let notes = [("a", "p"), ("b", "p"), ("c", "p"), ("d", "p"), ("e", "p")];
    let bench = Bench::new(&[]);
    bench.world().largest = 2;
    bench.carry_out(&mut bench.backend(&notes)).unwrap();
    stands_once(&bench, &notes);
    let bench = Bench::new(&[Act::Good, Act::Refuse(400)]);
    let mut backend = Small {
        lenient: true,
        ..bench.backend(&[("a", "p")])
    };
    let receipt = bench.carry_out(&mut backend).unwrap();
    assert_eq!((receipt.state, receipt.repeat), (State::Partial, false));
    assert_eq!(receipt.missing, ["a"]);
}

#[test]
fn a_refusal_before_anything_stands_there_is_one_and_after_it_part_stands_there() {
    let bench = Bench::new(&[Act::Refuse(400)]);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(error.receipt.state, State::Refused);
    let bench = Bench::new(&[Act::Good, Act::Refuse(400)]);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(
        (error.receipt.state, error.receipt.repeat),
        (State::Partial, false)
    );
    assert_eq!(error.receipt.missing, ["a", "b"]);
}

#[test]
fn what_the_service_shows_otherwise_than_it_was_sent_is_named_and_not_confirmed() {
    let bench = Bench::new(&[]);
    bench.world().turns_into = Some("skipped".to_owned());
    let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!((receipt.state, receipt.repeat), (State::Partial, false));
    assert_eq!(receipt.different.len(), 2);
}

#[test]
fn what_nobody_waits_for_is_accepted_and_never_confirmed() {
    let bench = Bench::new(&[]);
    let mut backend = Small {
        patience: None,
        ..bench.backend(&TWO)
    };
    assert_eq!(
        bench.carry_out(&mut backend).unwrap().state,
        State::Accepted
    );
}

#[test]
fn a_look_tells_whether_it_is_there_in_whole_or_in_part_and_writes_nothing() {
    let bench = Bench::new(&[]);
    let engine = Engine {
        journal: &bench.journal,
        progress: &Silent,
        registry: &bench.registry,
        locks: &bench.locks,
    };
    let state = || {
        let found = look(&mut bench.backend(&TWO), &engine).unwrap();
        found.map(|receipt| receipt.state)
    };
    assert_eq!(state(), None);
    bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(state(), Some(State::Known));
    bench.world().notes.pop();
    bench.log();
    assert_eq!(state(), Some(State::Partial));
    assert_eq!(bench.log(), ["read"]);
}

/// A journal on a disk that is full after so many lines.
#[derive(Debug)]
struct Filling(std::io::Cursor<Vec<u8>>, u32);

impl std::io::Read for Filling {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Write for Filling {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.1 == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.1 -= 1;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for Filling {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl JournalFile for Filling {
    fn lock(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn unlock(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn on_a_disk_with_room_for(lines: u32) -> Bench {
    let file = Box::new(Filling(std::io::Cursor::new(Vec::new()), lines));
    Bench::kept_in(tempfile::tempdir().unwrap(), |clock| {
        Journal::kept_in(file, std::path::Path::new("journal.jsonl"), clock).unwrap()
    })
}

#[test]
fn without_its_intent_on_the_disk_no_write_leaves() {
    let bench = on_a_disk_with_room_for(0);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert!(
        matches!(error.cause, ServiceError::Local { .. }),
        "{error:?}"
    );
    assert_eq!(error.receipt.state, State::Refused);
    assert_eq!(bench.log(), ["read"]);
}

#[test]
fn a_lost_outcome_line_changes_nothing_of_what_is_told_but_a_warning() {
    // The last intent, that of the seal, is the fifth line.
    let bench = on_a_disk_with_room_for(5);
    let receipt = bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    assert_eq!(receipt.state, State::Done);
    assert!(receipt.warnings[0].contains("journal"), "{receipt:?}");
    stands_once(&bench, &TWO);
}

#[test]
fn the_journal_is_read_in_one_pass_whatever_was_written_in_one_request() {
    let bench = Bench::new(&[]);
    bench.carry_out(&mut bench.backend(&TWO)).unwrap();
    let view = JournalView::read(&bench.journal, (&bench.backend(&TWO).key(), None), true);
    assert_eq!(view.detail("small.box", "box"), Some(&json!({"id": 1})));
    for item in ["a", "b"] {
        assert!(
            matches!(view.standing("small.note", item), Standing::Done(..)),
            "{item}"
        );
    }
    assert_eq!(view.standing("small.note", "c"), &Standing::Untouched);
}

#[test]
fn an_interrupt_before_the_first_write_is_no_more_than_that() {
    let bench = Bench::new(&[]);
    bench.interrupt.raise(Signal::Interrupt);
    let error = bench.carry_out(&mut bench.backend(&TWO)).unwrap_err();
    assert_eq!(error.receipt.state, State::Refused);
    let ServiceError::Transport(cause) = error.cause else {
        panic!("{:?}", error.cause)
    };
    assert_eq!(
        (cause.problem, cause.delivery),
        (Problem::Interrupted, Delivery::NotSent)
    );
}
