//! Real reports, archives, settings and answers of services, spoiled by chance: none may panic, hang, take much memory or give orders.
//!
//! ```text
//! cargo test --test fuzz                                      some seconds
//! HANDIN_FUZZ_SECONDS=60 cargo test --test fuzz               what .ci/run plays
//! HANDIN_FUZZ_SEED=4711 HANDIN_FUZZ_INPUTS=1 cargo test --test fuzz    one input again
//! ```
//!
//! `HANDIN_FUZZ_KIND` limits it to `report`, `archive`, `settings` or `answer`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::exit,
    clippy::indexing_slicing,
    reason = "a test prints, looks at the clock and its environment, and says what went wrong by panicking"
)]

mod answers;
#[expect(unreachable_pub, reason = "the targets of `fuzz/` see it from outside")]
mod check;
mod mutate;
#[path = "../sim/world/mod.rs"]
#[expect(dead_code, reason = "the simulator looks at more of it")]
mod world;

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use handin::cli::surroundings::Surroundings;
use handin::settings::Environment;
use handin::transport::{Clock, Interrupt, Random};

/// How long one input may take, on the slowest machine.
const LIMIT: Duration = Duration::from_secs(20);
/// How much memory one input may take at its peak, in KiB, beyond what earlier ones left behind in this process.
const MEMORY: u64 = 256 * 1024;
/// The largest real input that is taken.
const LARGEST: u64 = 128 * 1024;

/// What an input is spoiled as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Report,
    Archive,
    Settings,
    Answer,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Report, Self::Archive, Self::Settings, Self::Answer];

    fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Archive => "archive",
            Self::Settings => "settings",
            Self::Answer => "answer",
        }
    }
}

/// What a command writes to.
#[derive(Debug, Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut paper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paper.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The real inputs.
struct Corpus {
    reports: Vec<(String, Vec<u8>)>,
    settings: Vec<(String, Vec<u8>)>,
}

/// Which input is at work, and since when: who looks after it ends all when it takes too long.
type Watch = Arc<Mutex<Option<(String, Instant)>>>;

fn begin() -> Instant {
    Instant::now()
}

/// What is to be tried.
struct Wish {
    seed: u64,
    most: Option<u64>,
    end: Instant,
    only: Option<String>,
}

impl Wish {
    fn of_environment() -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok();
            text.map(|text| text.parse::<u64>().expect("a number"))
        };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let of_now = || now.map_or(0, |now| now.as_secs() * 1_000_000);
        let seconds = number("HANDIN_FUZZ_SECONDS").unwrap_or(5);
        Self {
            seed: number("HANDIN_FUZZ_SEED").unwrap_or_else(of_now),
            most: number("HANDIN_FUZZ_INPUTS"),
            end: begin() + Duration::from_secs(seconds),
            only: std::env::var("HANDIN_FUZZ_KIND").ok(),
        }
    }

    /// Returns the seeds and what each is spoiled as, until the time is over.
    fn inputs(&self) -> impl Iterator<Item = (u64, Kind)> {
        let seeds = self.seed..self.seed.saturating_add(self.most.unwrap_or(u64::MAX));
        seeds
            .take_while(|_| self.most.is_some() || begin() < self.end)
            .map(|seed| (seed, Kind::ALL[(seed % 4) as usize]))
            .filter(|(_, kind)| self.only.as_deref().is_none_or(|only| only == kind.word()))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let mut names = arguments.iter().filter(|name| !name.starts_with("--"));
    if has("--ignored") || names.any(|name| !"spoiled".contains(name.as_str())) {
        return;
    }
    if has("--list") {
        println!("spoiled: test");
        return;
    }
    let (wish, corpus) = (Wish::of_environment(), Corpus::find());
    println!(
        "the first seed is {}; {} reports, {} settings",
        wish.seed,
        corpus.reports.len(),
        corpus.settings.len()
    );
    let folder = tempfile::tempdir().expect("a folder");
    furnish(folder.path());
    let watch = Watch::default();
    look_after(&watch);
    let (mut tried, mut panics) = ([0_u64; 4], 0);
    let mut dearest = (0, String::new());
    std::panic::set_hook(Box::new(|_| {}));
    for (seed, kind) in wish.inputs() {
        tried[kind as usize] += 1;
        let told = format!("{} with HANDIN_FUZZ_SEED={seed}", kind.word());
        *watch.lock().unwrap_or_else(PoisonError::into_inner) = Some((told.clone(), begin()));
        let before = forget_peak();
        let attempt = AssertUnwindSafe(|| try_one(kind, seed, &corpus, folder.path()));
        if let Err(cause) = std::panic::catch_unwind(attempt) {
            println!("FAILED: {told} HANDIN_FUZZ_INPUTS=1\n  {}", words(&*cause));
            panics += 1;
        }
        let cost = memory("VmHWM:").saturating_sub(before);
        if cost > dearest.0 {
            dearest = (cost, told);
        }
    }
    let (all, (peak, told)) = (tried.iter().sum::<u64>(), dearest);
    let parts = Kind::ALL.map(|kind| format!("{} {}", tried[kind as usize], kind.word()));
    println!(
        "{all} inputs tried ({}), {panics} panics, 0 hangs; the dearest took {} MiB: {told}",
        parts.join(", "),
        peak / 1024
    );
    if panics > 0 || peak > MEMORY {
        println!("no panic and {} MiB are allowed", MEMORY / 1024);
        std::process::exit(1);
    }
}

/// Returns what a panic said, cut.
fn words(cause: &(dyn std::any::Any + Send)) -> String {
    let said = cause.downcast_ref::<String>().cloned();
    let said = said.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    said.unwrap_or_default().chars().take(2_000).collect()
}

/// Ends all when one input takes too long: nobody can make it stop.
fn look_after(watch: &Watch) {
    let watch = Arc::clone(watch);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let held = watch.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((told, since)) = held.as_ref().filter(|(_, since)| since.elapsed() > LIMIT)
            {
                println!("HANGS: {told}, for {} s", since.elapsed().as_secs());
                std::process::exit(1);
            }
        }
    });
}

fn try_one(kind: Kind, seed: u64, corpus: &Corpus, folder: &Path) {
    let mut random = Rng::with_seed(seed);
    match kind {
        Kind::Report => {
            let bytes = corpus.spoiled(&mut random, &corpus.reports).1;
            check::check(&bytes);
            check::check_at_an_edge(&bytes);
        }
        Kind::Archive => {
            let archive = archive(&mut random, corpus);
            command(
                folder,
                "all.zip",
                &archive,
                &["verify", "--offline", "all.zip"],
            );
        }
        Kind::Settings => {
            let bytes = corpus.spoiled(&mut random, &corpus.settings).1;
            let words: &[&str] = match random.u8(..3) {
                0 => &["map", "export", "--settings", "spoiled.toml"],
                1 => &[
                    "map",
                    "export",
                    "--json",
                    "--settings",
                    "spoiled.toml",
                    "--profile",
                    "nightly",
                ],
                _ => &["verify", "--offline", "r.xml", "--settings", "spoiled.toml"],
            };
            command(folder, "spoiled.toml", &bytes, words);
        }
        Kind::Answer => answers::run(&mut random, folder),
    }
}

/// Runs a command in process with a file, and holds what it says to what all that is said is held to.
fn command(folder: &Path, name: &str, bytes: &[u8], words: &[&str]) {
    std::fs::write(folder.join(name), bytes).expect("a file");
    let (out, err) = (Paper::default(), Paper::default());
    let surroundings = Surroundings {
        environment: Environment::default(),
        clock: Clock::system(),
        random: Random::seeded(1),
        interrupt: Interrupt::deaf(),
        wire: None,
        journals: None,
        locks: None,
        streams: Some((Box::new(out.clone()), Box::new(err.clone()))),
    };
    let in_folder = |word: &&str| {
        if word.contains('.') {
            folder.join(word).into()
        } else {
            (*word).into()
        }
    };
    let words = std::iter::once("handin".into()).chain(words.iter().map(in_folder));
    let code = handin::cli::run_in(surroundings, words).code();
    assert!(code <= 10, "exit code {code}");
    gives_no_orders(&format!("{}\n{}", out.text(), err.text()));
}

/// Holds what a command says to what all that is said is held to.
fn gives_no_orders(said: &str) {
    for line in said.lines() {
        let order = line.trim_start().starts_with("::")
            || line.contains("##vso[")
            || line.contains("##teamcity[");
        assert!(!order, "an order to the CI: {line}");
    }
    assert!(
        !said.contains(['\u{1b}', '\u{9b}', '\u{202e}']),
        "an order to the terminal: {said:?}"
    );
}

/// Packs reports that are spoiled or not, under names that lead elsewhere or not, and spoils the archive, or not.
fn archive(random: &mut Rng, corpus: &Corpus) -> Vec<u8> {
    const NAMES: [&str; 8] = [
        "../a.xml",
        "/a.xml",
        "C:\\a.xml",
        "a\u{202e}.xml",
        "a/.git/config",
        "\n::error::a.xml",
        "a.zip",
        ".",
    ];
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..=random.usize(..6) {
        let (name, bytes) = if random.bool() {
            corpus.spoiled(random, &corpus.reports)
        } else {
            random
                .choice(corpus.reports.iter())
                .cloned()
                .unwrap_or_default()
        };
        let name = match random.u8(..6) {
            0 => random.choice(NAMES).unwrap_or_default().to_owned(),
            1 => name,
            _ => format!("{index}/{name}"),
        };
        let method = if random.bool() {
            zip::CompressionMethod::Stored
        } else {
            zip::CompressionMethod::Deflated
        };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        if writer.start_file(name, options).is_ok() {
            drop(writer.write_all(&bytes));
        }
    }
    let bytes = writer
        .finish()
        .map(std::io::Cursor::into_inner)
        .unwrap_or_default();
    if random.bool() {
        bytes
    } else {
        mutate::bytes(random, &bytes, b"PK\x05\x06")
    }
}

impl Corpus {
    fn find() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut reports, mut settings) = (Vec::new(), Vec::new());
        for place in [
            "fixtures/reports",
            "../shared/cases",
            "../shared/reports/hostile",
        ] {
            collect(&here.join(place), &mut reports);
        }
        collect(&here.join("fixtures/settings"), &mut settings);
        reports.sort();
        settings.sort();
        assert!(
            reports.len() > 100 && settings.len() > 5,
            "the fixtures are gone"
        );
        Self { reports, settings }
    }

    /// Returns one of these, spoiled with pieces of another.
    fn spoiled(&self, random: &mut Rng, of: &[(String, Vec<u8>)]) -> (String, Vec<u8>) {
        let (name, input) = random.choice(of).expect("an input");
        let (_, other) = random.choice(&self.reports).expect("an input");
        let bytes = match serde_json::from_slice(input) {
            Ok(mut value) if random.u8(..3) > 0 => {
                for _ in 0..=random.u8(..3) {
                    mutate::json(
                        random,
                        &mut value,
                        &["\n::error::marked", "failed", "passed"],
                    );
                }
                value.to_string().into_bytes()
            }
            Ok(_) | Err(_) => mutate::bytes(random, input, other),
        };
        (name.clone(), bytes)
    }
}

fn collect(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, into);
        } else if path
            .metadata()
            .is_ok_and(|data| data.is_file() && data.len() <= LARGEST)
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            into.push((name, std::fs::read(&path).expect("a file")));
        }
    }
}

fn furnish(folder: &Path) {
    std::fs::create_dir(folder.join(".git")).expect("a folder");
    let case = |name: &str, id: u32, inside: &str| {
        format!(
            "<testcase classname='shop.LoginTest' name='{name}' time='0.5'><properties><property name='TestCaseId' value='{id}'/></properties>{inside}</testcase>"
        )
    };
    let report = [
        case("test0", 1001, ""),
        case("test1", 1002, "<failure message='no'/>"),
    ]
    .concat();
    for (name, text) in [
        (
            "r.xml",
            format!("<testsuite name='web' timestamp='2026-11-20T10:00:00'>{report}</testsuite>"),
        ),
        (
            "azure.toml",
            "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n".to_owned(),
        ),
        (
            "qtest.toml",
            "[qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\n".to_owned(),
        ),
        ("katalon.toml", "[katalon]\nproject = \"Shop\"\n".to_owned()),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
}

/// Has the system count the peak of this process anew; returns what it holds now, in KiB. Where that cannot be had, peaks add up.
fn forget_peak() -> u64 {
    match std::fs::write("/proc/self/clear_refs", "5") {
        Ok(()) => memory("VmRSS:"),
        Err(_) => 0,
    }
}

/// Returns what the system says of this process's memory, in KiB; 0 where it does not tell.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string(PathBuf::from("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
