//! A scene: a service, and what several processes hand in to it.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use crate::tape::Tape;
use crate::world::{API, Standing, World, azure, katalon, kiwi, qtest};

/// The test that passes at its second attempt on Azure, which appends what comes with a result.
const FLAKY: u32 = 0;

/// The service of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Azure,
    Qtest,
    Katalon,
    Kiwi,
}

impl Service {
    pub(crate) const ALL: [Self; 4] = [Self::Azure, Self::Qtest, Self::Katalon, Self::Kiwi];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Qtest => "qtest",
            Self::Katalon => "katalon",
            Self::Kiwi => "kiwi",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// What the processes of a scene are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plot {
    /// One process by itself.
    Alone,
    /// The same command twice at the same time.
    Twins,
    /// Parts of one submission.
    Shards,
    /// A shard that failed is run again later, and passes.
    Rerun,
    /// Two stages of one pipeline run, with the same shards.
    Stages,
    /// Several reports, each a submission.
    Each,
    /// The same reports handed in later, from a machine in another zone that has no journal.
    Elsewhere,
    /// The same command again, after a person has renamed or deleted what it made.
    Person,
}

impl Plot {
    pub(crate) const ALL: [Self; 8] = [
        Self::Alone,
        Self::Twins,
        Self::Shards,
        Self::Rerun,
        Self::Stages,
        Self::Each,
        Self::Elsewhere,
        Self::Person,
    ];
}

/// What one process hands in.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) machine: u32,
    /// All commands of an act have ended before those of the next begin.
    pub(crate) act: usize,
    pub(crate) zone: i8,
    pub(crate) ahead: SignedDuration,
    /// Seconds after the beginning of its act.
    pub(crate) starts: u64,
    /// The reports, by their tests: the number of each and whether it passed.
    pub(crate) reports: Vec<Vec<(u32, bool)>>,
    pub(crate) flags: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
}

/// A scene.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) service: Service,
    pub(crate) plot: Plot,
    pub(crate) commands: Vec<Command>,
    pub(crate) search_lag: u64,
    pub(crate) queue: u32,
    /// Whether the disks keep locks.
    pub(crate) has_locks: bool,
}

/// What a scene is limited to; nothing for any.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) service: Option<Service>,
    pub(crate) plot: Option<Plot>,
}

/// What makes a scene of a small world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Small {
    pub(crate) service: Service,
    pub(crate) plot: Plot,
    /// After how many times four seconds the search finds what was made.
    pub(crate) lag: u32,
    /// After how many requests the service does what it takes time for.
    pub(crate) queue: u32,
    /// One less than the tests of a process, or than the parts of a submission.
    pub(crate) size: u32,
    /// Whether each process has a machine of its own.
    pub(crate) apart: bool,
}

impl Small {
    /// Returns the choices that make the scene.
    pub(crate) fn choices(self) -> Vec<u32> {
        let place = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        let service = Service::ALL.iter().position(|it| *it == self.service);
        let plot = Plot::ALL.iter().position(|it| *it == self.plot);
        vec![
            place(service),
            place(plot),
            self.lag,
            self.queue,
            self.size,
            u32::from(self.apart),
        ]
    }
}

impl Scene {
    /// Chooses a scene.
    pub(crate) fn choose(tape: &mut Tape, limits: Limits) -> Self {
        let chosen = tape.even(4) as usize;
        let service = limits.service.unwrap_or(Service::ALL[chosen]);
        let chosen = tape.even(8) as usize;
        let plot = limits.plot.unwrap_or(Plot::ALL[chosen]);
        let (search_lag, queue) = (u64::from(tape.even(3)) * 4, tape.even(3));
        Self {
            service,
            plot,
            commands: commands(plot, tape),
            search_lag,
            queue,
            has_locks: tape.even(8) != 7,
        }
    }

    pub(crate) fn world(&self) -> Box<dyn World> {
        match self.service {
            Service::Azure => azure::new(12),
            Service::Qtest => qtest::new(qtest::Manner {
                search_lag: self.search_lag,
                queue: self.queue,
            }),
            Service::Katalon => katalon::new(self.queue),
            Service::Kiwi => kiwi::new(),
        }
    }

    /// Returns what stands there in the end: the test and the outcome of each result, in the words of the service.
    pub(crate) fn expected(&self) -> Vec<(String, String)> {
        let mut expected: Vec<(String, String)> = self
            .submissions()
            .into_iter()
            .flatten()
            .map(|(test, passed)| (self.test(test), self.outcome(test, passed).to_owned()))
            .collect();
        expected.sort();
        expected
    }

    /// Returns the results as they count: of an attempt that was superseded only where a service shows nothing else.
    pub(crate) fn results(&self, standing: &Standing) -> Vec<(String, String)> {
        let mut results = standing.results.clone();
        if self.plot == Plot::Rerun {
            let expected = self.expected();
            let superseded = self.of_command(&self.commands[0]);
            for old in superseded {
                // The earlier attempt may stay beside the later one, once.
                if (results.len() > expected.len() || !expected.contains(&old))
                    && let Some(place) = results.iter().position(|it| *it == old)
                {
                    results.remove(place);
                }
            }
        }
        results
    }

    /// Tells whether so many runs are right.
    pub(crate) fn allows_runs(&self, runs: usize) -> bool {
        match self.plot {
            Plot::Alone | Plot::Twins | Plot::Shards | Plot::Elsewhere | Plot::Person => runs == 1,
            Plot::Rerun => (1..=2).contains(&runs),
            Plot::Stages => runs == 2,
            Plot::Each => runs == self.commands[0].reports.len(),
        }
    }

    /// Returns what one command hands in.
    pub(crate) fn of_command(&self, command: &Command) -> Vec<(String, String)> {
        let tests = command.reports.iter().flatten();
        tests
            .map(|(test, passed)| (self.test(*test), self.outcome(*test, *passed).to_owned()))
            .collect()
    }

    /// Returns the results that stand there in the end, by submission.
    fn submissions(&self) -> Vec<Vec<(u32, bool)>> {
        let reports = |command: &Command| command.reports.concat();
        match self.plot {
            Plot::Alone | Plot::Each => self.commands[..1].iter().map(reports).collect(),
            Plot::Twins | Plot::Elsewhere | Plot::Person => vec![reports(&self.commands[0])],
            Plot::Shards | Plot::Stages => self.commands.iter().map(reports).collect(),
            // The later attempt supersedes the earlier one; where a service keeps both, the judge knows it.
            Plot::Rerun => {
                let mut last = self.commands.clone();
                last.remove(0);
                last.iter().map(reports).collect()
            }
        }
    }

    fn test(&self, number: u32) -> String {
        match self.service {
            // The points of a world are numbered in the order of its cases, from 1.
            Service::Azure => (number + 1).to_string(),
            Service::Qtest => format!("shop.LoginTest#test{number}"),
            Service::Katalon | Service::Kiwi => format!("test{number}"),
        }
    }

    fn outcome(&self, test: u32, passed: bool) -> &'static str {
        match (self.service, passed) {
            (Service::Azure, true) if test == FLAKY && self.plot == Plot::Twins => {
                "Passed with 2 sub-results"
            }
            (Service::Azure | Service::Qtest, true) => "Passed",
            (Service::Azure | Service::Qtest, false) => "Failed",
            (Service::Katalon | Service::Kiwi, true) => "PASSED",
            (Service::Katalon | Service::Kiwi, false) => "FAILED",
        }
    }

    /// Returns the arguments of a command, whose files lie in `folder`.
    pub(crate) fn arguments(&self, command: &Command, folder: &Path) -> Vec<String> {
        let mut arguments: Vec<String> = ["handin", "submit", "--json", "--jobs", "1"]
            .map(str::to_owned)
            .into();
        let journal = folder.join(format!("machine-{}/journal.jsonl", command.machine));
        let settings = folder.join(format!("{}.toml", self.service.word()));
        for (flag, path) in [("--journal", journal), ("--settings", settings)] {
            arguments.push(flag.to_owned());
            arguments.push(path.display().to_string());
        }
        arguments.extend(command.flags.iter().cloned());
        for tests in &command.reports {
            arguments.push(
                report((self.service, self.plot), folder, tests)
                    .display()
                    .to_string(),
            );
        }
        arguments
    }

    /// Returns the environment of a command.
    pub(crate) fn environment(&self, command: &Command) -> Vec<(String, String)> {
        let pairs = match self.service {
            Service::Azure => vec![
                ("HANDIN_AZURE_URL", format!("{API}/acme")),
                (
                    "HANDIN_AZURE_TOKEN",
                    handin_sandbox::azure::DEFAULT_TOKEN.to_owned(),
                ),
            ],
            Service::Qtest => vec![
                ("HANDIN_QTEST_URL", API.to_owned()),
                (
                    "HANDIN_QTEST_TOKEN",
                    format!("bearer {}", handin_sandbox::qtest::DEFAULT_TOKEN),
                ),
            ],
            Service::Kiwi => vec![
                ("HANDIN_KIWI_URL", API.to_owned()),
                ("HANDIN_KIWI_USER", handin_sandbox::kiwi::USER.to_owned()),
                (
                    "HANDIN_KIWI_PASSWORD",
                    handin_sandbox::kiwi::PASSWORD.to_owned(),
                ),
            ],
            Service::Katalon => vec![
                ("HANDIN_KATALON_URL", API.to_owned()),
                (
                    "HANDIN_KATALON_TOKEN",
                    handin_sandbox::katalon::DEFAULT_TOKEN.to_owned(),
                ),
            ],
        };
        let mut variables: Vec<(String, String)> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        variables.extend(command.variables.iter().cloned());
        variables
    }
}

/// Writes the settings of all services into a folder.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test needs no atomic write"
)]
pub(crate) fn furnish(folder: &Path) {
    let files = [
        (
            "azure",
            "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n",
        ),
        (
            "qtest",
            "[qtest]\nproject = \"Shop\"\nmodule = \"Automated\"\n",
        ),
        ("katalon", "[katalon]\nproject = \"Shop\"\n"),
        (
            "kiwi",
            "[kiwi]\nproduct = \"Shop\"\nplan = \"Regression\"\ncreate = true\n",
        ),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(format!("{name}.toml")), text).expect("a file");
    }
}

/// Writes a report, unless it is there.
#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test needs no atomic write"
)]
fn report((service, plot): (Service, Plot), folder: &Path, tests: &[(u32, bool)]) -> PathBuf {
    use std::fmt::Write as _;
    let is_flaky = service == Service::Azure && plot == Plot::Twins;
    let mut name = format!("{}{}", service.word(), if is_flaky { "-flaky" } else { "" });
    for (test, passed) in tests {
        write!(name, "-{test}{}", if *passed { "p" } else { "f" }).expect("a text");
    }
    let path = folder.join(format!("{name}.xml"));
    if path.exists() {
        return path;
    }
    // The time of a report differs from report to report, so that archives have an order.
    let first = tests.first().map_or(0, |(test, _)| *test);
    let mut text = format!(
        "<testsuites name=\"Nightly\"><testsuite name=\"web\" timestamp=\"2026-11-20T10:{first:02}:00\">\n"
    );
    for (test, passed) in tests {
        let property = match service {
            Service::Azure => {
                let case = azure::FIRST_CASE + test;
                format!("<properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>")
            }
            Service::Qtest | Service::Katalon | Service::Kiwi => String::new(),
        };
        let failure = if *passed && is_flaky && *test == FLAKY {
            "<flakyFailure message=\"no\"/>"
        } else if *passed {
            ""
        } else {
            "<failure message=\"no\"/>"
        };
        writeln!(
            text,
            "<testcase classname=\"shop.LoginTest\" name=\"test{test}\" time=\"0.5\">{property}{failure}</testcase>"
        )
        .expect("a text");
    }
    text += "</testsuite></testsuites>\n";
    std::fs::write(&path, text).expect("a file");
    path
}

#[expect(clippy::too_many_lines, reason = "a table: one arm a plot")]
fn commands(plot: Plot, tape: &mut Tape) -> Vec<Command> {
    let tests = |first: u32, count: u32| -> Vec<(u32, bool)> {
        (first..first + count)
            .map(|test| (test, test % 3 != 1))
            .collect()
    };
    let command = |name: &str| Command {
        name: name.to_owned(),
        machine: 0,
        act: 0,
        zone: 0,
        ahead: SignedDuration::ZERO,
        starts: 0,
        reports: vec![tests(0, 2)],
        flags: vec!["--key".to_owned(), "build 7".to_owned()],
        variables: Vec::new(),
    };
    let size = 1 + tape.even(3);
    let apart = tape.even(2);
    match plot {
        Plot::Alone => vec![Command {
            reports: vec![tests(0, size)],
            ..command("alone")
        }],
        Plot::Twins => ["one", "two"]
            .into_iter()
            .zip(0..)
            .map(|(name, number)| Command {
                machine: number * apart,
                reports: vec![tests(0, size)],
                starts: u64::from(number * tape.even(3)),
                ..command(name)
            })
            .collect(),
        Plot::Shards => shards("", size + 1, apart, &command, &tests),
        Plot::Stages => {
            let mut all = Vec::new();
            for (act, stage) in [(0, "qa"), (1, "prod")] {
                for mut shard in shards(stage, 2, apart, &command, &tests) {
                    shard.act = act;
                    shard.flags.drain(..2);
                    shard.variables = github(stage, "1");
                    all.push(shard);
                }
            }
            all
        }
        Plot::Rerun => rerun(apart, &command, &tests),
        Plot::Each => vec![Command {
            reports: (0..=size).map(|night| tests(night * 2, 2)).collect(),
            flags: vec!["--each".to_owned()],
            ..command("archive")
        }],
        Plot::Person => vec![
            command("before"),
            Command {
                act: 1,
                ..command("after")
            },
        ],
        Plot::Elsewhere => vec![
            command("here"),
            Command {
                machine: 1,
                act: 1,
                zone: 5,
                ..command("there")
            },
        ],
    }
}

fn shards(
    stage: &str,
    count: u32,
    apart: u32,
    command: &dyn Fn(&str) -> Command,
    tests: &dyn Fn(u32, u32) -> Vec<(u32, bool)>,
) -> Vec<Command> {
    (0..count)
        .map(|number| {
            let mut shard = command(&format!("{stage}shard {}", number + 1));
            shard.machine = number * apart;
            shard.reports = vec![tests(number * 2, 2)];
            shard.flags.push("--shard".to_owned());
            shard.flags.push(format!("{}/{count}", number + 1));
            shard
        })
        .collect()
}

/// Shard 2 fails a test; later its second attempt passes it.
fn rerun(
    apart: u32,
    command: &dyn Fn(&str) -> Command,
    tests: &dyn Fn(u32, u32) -> Vec<(u32, bool)>,
) -> Vec<Command> {
    let mut all = shards("", 2, apart, command, tests);
    all.reverse();
    let mut again = all[0].clone();
    "again".clone_into(&mut again.name);
    again.act = 1;
    for (_, passed) in &mut again.reports[0] {
        *passed = true;
    }
    all.push(again);
    for (index, shard) in all.iter_mut().enumerate() {
        shard.flags.drain(..2);
        shard.variables = github("test", if index == 2 { "2" } else { "1" });
    }
    all
}

fn github(job: &str, attempt: &str) -> Vec<(String, String)> {
    [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_WORKFLOW", "test"),
        ("GITHUB_RUN_ID", "4711"),
        ("GITHUB_RUN_NUMBER", "7"),
        ("GITHUB_JOB", job),
        ("GITHUB_RUN_ATTEMPT", attempt),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}
