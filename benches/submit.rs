//! What submitting costs, as ratios within one run: `cargo bench --bench submit`, or one part of it: `cargo bench --bench submit -- replay`.
//!
//! What submitting is held against are the same requests, recorded on their way and sent again: by a bare loop, which copies bytes; and by a
//! client that does what any has to do, one request after the other: it sends them through the same HTTP library and reads each answer as
//! JSON. It does so twice: once it only finds out that the answer is JSON (`IgnoredAny`), which is less than any client can do, and once it
//! keeps all that was said (`Value`), as a script would. Reading the reports, marks, the journal and looking back are what submitting
//! adds.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark prints, looks at the clock, and stops where something is wrong"
)]

mod program;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use handin_sandbox::azure::{self, AzureSandbox};
use handin_sandbox::katalon::{self, KatalonSandbox};
use program::Cost;
use reqwest::blocking::{Client, Request};
use serde::de::IgnoredAny;
use serde_json::Value;

/// The word with which this is started to send requests again.
const AS_CLIENT: &str = "as-client";

const FIRST_CASE: usize = 1_000_000;

/// The name of a part and what it does.
type Part = (&'static str, fn());

const PARTS: [Part; 3] = [("memory", memory), ("replay", replay), ("waiting", waiting)];

fn main() {
    if program::ran_as_program() || program::ran_as(AS_CLIENT, |words| client(&words)) {
        return;
    }
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    for (name, part) in PARTS {
        if only.as_deref().is_none_or(|only| only == name) {
            part();
        }
    }
}

/// How much memory a submission takes.
fn memory() {
    println!("memory at most, in MiB");
    for results in [10_000, 100_000] {
        let azure = Azure::of(results);
        let cost = azure.hand_in(&azure.sandbox.url());
        println!(
            "  Azure, {results:7} results    {:6.1} (at most 96)",
            mebibytes(cost)
        );
    }
    for (results, most) in [(100_000, 48), (1_000_000, 256)] {
        let cost = testops(results);
        println!(
            "  TestOps, {results:7} results  {:6.1} (at most {most})",
            mebibytes(cost)
        );
    }
}

fn testops(results: usize) -> Cost {
    let world = katalon::World::new()
        .organization("Acme")
        .team("QA")
        .project("Shop");
    let sandbox = KatalonSandbox::start(world).unwrap();
    let folder = desk("[katalon]\nproject = \"Shop\"\n", results);
    let url = sandbox.url();
    let variables = [
        ("HANDIN_KATALON_URL", url.as_str()),
        ("HANDIN_KATALON_TOKEN", sandbox.token()),
    ];
    let cost = submit(folder.path(), &variables);
    assert_eq!(sandbox.executions().len(), 1);
    cost
}

/// The same requests by others: what the service and the network take, and nothing of the program's own.
fn replay() {
    for (results, latencies) in [(20_000, &[0, 20, 100][..]), (100_000, &[0])] {
        println!("{results} results to Azure, against the same requests");
        for latency in latencies {
            replayed(results, *latency);
        }
    }
}

fn replayed(results: usize, latency: u64) {
    let begin = || {
        let azure = Azure::of(results);
        let faults = azure.sandbox.faults();
        faults.latency(Duration::from_millis(latency));
        azure
    };
    let azure = begin();
    let recorder = Recorder::before(&azure.sandbox.url());
    let own = azure.hand_in(&recorder.url);
    let requests = std::mem::take(&mut *recorder.requests.lock().unwrap());
    let file = azure.folder.path().join("requests");
    std::fs::write(&file, requests.concat()).unwrap();
    let file = file.to_str().unwrap();
    let bare = {
        let other = begin();
        let (wall, cpu) = (Instant::now(), program::cpu_time());
        send_again(&requests, &other.sandbox.url());
        (wall.elapsed(), program::cpu_time().saturating_sub(cpu))
    };
    println!(
        "  {latency:3} ms a call, {:4} requests: CPU {:.2} s; wall and CPU against",
        requests.len(),
        own.cpu.as_secs_f64()
    );
    let ratios = |name, (wall, cpu): (Duration, Duration), asked| {
        println!(
            "    {name:40} {:5.2} {:5.2}{asked}",
            own.wall.as_secs_f64() / wall.as_secs_f64(),
            own.cpu.as_secs_f64() / cpu.as_secs_f64(),
        );
    };
    ratios("a loop that copies bytes", bare, "");
    for (how, name, asked) in [
        ("ignored", "a client that checks answers", ""),
        (
            "value",
            "a client that reads answers",
            " (at most 1.3 and 1.5)",
        ),
    ] {
        let other = begin();
        let words = [file, &other.sandbox.url(), how];
        let cost = program::start_as(AS_CLIENT, &words, other.folder.path(), &[]).wait();
        assert_eq!(cost.code, 0);
        ratios(name, (cost.wall, cost.cpu), asked);
    }
}

/// Sends the requests of a file to an address, and reads the answers.
fn client(words: &[OsString]) -> (u8, Duration) {
    let word = |at: usize| words.get(at).and_then(|word| word.to_str()).unwrap();
    let mut file = BufReader::new(std::fs::File::open(word(0)).unwrap());
    let (host, _) = parts(word(1));
    let requests: Vec<Request> = std::iter::from_fn(|| message(&mut file))
        .map(|bytes| request(&bytes, &host))
        .collect();
    let reads = word(2) == "value";
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap();
    let before = program::cpu_time_of_all();
    let client = Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .tls_certs_only([])
        .build()
        .unwrap();
    for request in requests {
        let answer = client.execute(request).unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let bytes = answer.bytes().unwrap();
        if bytes.is_empty() {
            continue;
        }
        if reads {
            drop(serde_json::from_slice::<Value>(&bytes).unwrap());
        } else {
            serde_json::from_slice::<IgnoredAny>(&bytes).unwrap();
        }
    }
    (0, program::cpu_time_of_all().saturating_sub(before))
}

/// Returns a request that was recorded, for another address.
fn request(bytes: &[u8], host: &str) -> Request {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let (head, body) = bytes.split_at(end + 4);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let method = first.next().unwrap().parse().unwrap();
    let url = format!("http://{host}{}", first.next().unwrap());
    let mut request = Request::new(method, url.parse().unwrap());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let is_own = ["host", "content-length", "connection"].contains(&name);
        if !is_own {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    if !body.is_empty() {
        *request.body_mut() = Some(body.to_vec().into());
    }
    request
}

/// How long a large submission waits for a service that is far away: what 100 ms a call add.
fn waiting() {
    const RESULTS: usize = 100_000;
    println!("{RESULTS} results to Azure, 100 ms a call");
    let mut walls = [0.0; 2];
    let (mut requests, mut pages) = (0, 0);
    for (latency, wall) in [0, 100].into_iter().zip(&mut walls) {
        let azure = Azure::of(RESULTS);
        let recorder = Recorder::before(&azure.sandbox.url());
        let faults = azure.sandbox.faults();
        faults.latency(Duration::from_millis(latency));
        *wall = azure.hand_in(&recorder.url).wall.as_secs_f64();
        let all = recorder.requests.lock().unwrap();
        let first_line = |request: &Vec<u8>| {
            let line = request.split(|byte| *byte == b'\n').next();
            String::from_utf8_lossy(line.unwrap_or_default()).contains("/TestPoint?")
        };
        pages = all.iter().filter(|request| first_line(request)).count();
        requests = all.len();
    }
    let [at_once, far] = walls;
    let of_pages = u32::try_from(pages).map_or(0.0, f64::from) * 0.1;
    println!(
        "  {requests} requests, {pages} of them pages of points: {:.1} s more than at once, {:.1} s without those pages (at most 20)",
        far - at_once,
        far - at_once - of_pages
    );
}

/// A plan with a point for each result, and the report of them.
struct Azure {
    sandbox: AzureSandbox,
    folder: tempfile::TempDir,
    results: usize,
}

impl Azure {
    fn of(results: usize) -> Self {
        let mut world = azure::World::new("acme");
        world.project("Shop");
        let any = world.configuration("Shop", "Any", &[]);
        world.next_item(100);
        let plan = world.plan("Shop", "Regression");
        let suite = world.suite(world.root(plan), "Web");
        world.next_item(i64::try_from(FIRST_CASE).unwrap());
        for number in 0..results {
            let case = world.case("Shop", &format!("Case {number}"));
            world.point(suite, case, any);
        }
        Self {
            sandbox: AzureSandbox::start(world).unwrap(),
            folder: desk(
                "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
                results,
            ),
            results,
        }
    }

    fn hand_in(&self, url: &str) -> Cost {
        let variables = [
            ("HANDIN_AZURE_URL", url),
            ("HANDIN_AZURE_TOKEN", self.sandbox.token()),
        ];
        let cost = submit(self.folder.path(), &variables);
        let points = self.sandbox.points();
        let told = points.values().filter(|point| point.outcomes.len() == 1);
        assert_eq!(told.count(), self.results);
        cost
    }
}

fn submit(folder: &Path, variables: &[(&str, &str)]) -> Cost {
    let command = ["submit", "out", "--timeout", "1h", "--quiet"];
    let cost = program::start(&command, folder, variables).wait();
    assert_eq!(cost.code, 0);
    cost
}

/// A folder with settings and a report.
fn desk(settings: &str, results: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [".git", "out"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("handin.toml"), settings).unwrap();
    let mut text =
        String::from("<testsuite name=\"nightly\" timestamp=\"2026-01-02T03:04:05Z\">\n");
    for test in 0..results {
        let case = FIRST_CASE + test;
        let failure = if test % 20 == 7 {
            "<failure message=\"expected 200\">at Cart.java:9</failure>"
        } else {
            ""
        };
        writeln!(text, "<testcase classname=\"shop.Cart{}\" name=\"adds {test}\" time=\"0.5\"><properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>{failure}</testcase>", test / 100).unwrap();
    }
    text.push_str("</testsuite>\n");
    std::fs::write(folder.path().join("out/report.xml"), text).unwrap();
    folder
}

/// Stands between the program and the stand-in, and keeps what the program sends.
struct Recorder {
    url: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (host, path) = parts(url);
        let own = format!("http://{}{path}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (host, kept) = (host.clone(), Arc::clone(&kept));
                std::thread::spawn(move || pass_on(&client, &host, &kept));
            }
        });
        Self { url: own, requests }
    }
}

/// Passes on requests and answers until the client has enough.
fn pass_on(client: &TcpStream, host: &str, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let server = TcpStream::connect(host).ok()?;
    let (mut asked, mut answered) = (BufReader::new(client), BufReader::new(&server));
    loop {
        let request = message(&mut asked)?;
        kept.lock().ok()?.push(request.clone());
        (&server).write_all(&request).ok()?;
        let answer = message(&mut answered)?;
        let mut client = client;
        client.write_all(&answer).ok()?;
    }
}

/// Sends requests one after the other, and reads the answers.
fn send_again(requests: &[Vec<u8>], url: &str) {
    let (host, _) = parts(url);
    let mut server = TcpStream::connect(&host).unwrap();
    server.set_nodelay(true).unwrap();
    let mut answers = BufReader::new(server.try_clone().unwrap());
    for request in requests {
        server.write_all(request).unwrap();
        let answer = message(&mut answers).unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 2"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
}

/// Reads a request or an answer whole.
fn message(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let (mut bytes, mut length, mut chunked) = (Vec::new(), 0, false);
    loop {
        let begin = bytes.len();
        if from.read_until(b'\n', &mut bytes).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(bytes.get(begin..)?).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= line.starts_with("transfer-encoding:");
        if line.trim().is_empty() {
            break;
        }
    }
    assert!(!chunked, "neither side writes in chunks");
    from.take(length).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Returns host and path of an address.
fn parts(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    };
    (host.to_owned(), path)
}

fn mebibytes(cost: Cost) -> f64 {
    cost.peak / 1024.0
}
