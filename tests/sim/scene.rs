//! A scene: a service, and what several processes hand in to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;

use crate::tape::Tape;
pub(crate) use crate::world::Ground;
use crate::world::{API, Standing, World, azure, katalon, kiwi, qtest};

/// The test that passes at its second attempt on Azure, which appends what comes with a result.
const FLAKY: u32 = 0;
/// The test whose case the first test is mapped to later.
const OTHER: u32 = 11;

/// How much later than the one before it a process may begin: at once, in its midst, when it may have ended, or when somebody takes over
/// what it left.
const LATER: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(350),
    Duration::from_secs(1),
    Duration::from_mins(1),
];

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

    /// Returns how long what was sent may take to show, where the settings say nothing else.
    pub(crate) fn settle(self) -> Duration {
        Duration::from_secs(match self {
            Self::Azure | Self::Kiwi => 30,
            Self::Qtest | Self::Katalon => 60,
        })
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
    /// Several reports, each a submission; by one process, or by two that share what holds the results.
    Each,
    /// The same reports handed in later, from a machine in another zone that has no journal.
    Elsewhere,
    /// The same command again, after a person has renamed or deleted what it made.
    Person,
    /// Parts of a submission whose number nobody knows, and later the call that closes it.
    Closed,
    /// The same command again, after the case of a test was put right in the settings.
    Remapped,
    /// Submissions of several builds at the same time, to the same place: they share what holds their results.
    Neighbours,
}

impl Plot {
    pub(crate) const ALL: [Self; 11] = [
        Self::Alone,
        Self::Twins,
        Self::Shards,
        Self::Rerun,
        Self::Stages,
        Self::Each,
        Self::Elsewhere,
        Self::Person,
        Self::Closed,
        Self::Remapped,
        Self::Neighbours,
    ];
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Passed,
    Failed,
    Broken,
    Skipped,
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
    /// How long after the beginning of its act it begins.
    pub(crate) starts: Duration,
    /// The reports, by their tests: the number of each and how it ended.
    pub(crate) reports: Vec<Report>,
    pub(crate) flags: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    /// Whether its settings name another case for the first test.
    pub(crate) is_remapped: bool,
}

type Report = Vec<(u32, Ending)>;

/// A scene.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) service: Service,
    pub(crate) plot: Plot,
    pub(crate) ground: Ground,
    pub(crate) commands: Vec<Command>,
    pub(crate) search_lag: u64,
    pub(crate) queue: u32,
    /// Whether the disks keep locks.
    pub(crate) has_locks: bool,
    /// How many workers each process has.
    pub(crate) jobs: u32,
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
    pub(crate) ground: Ground,
    /// Whether tests break and are skipped, too.
    pub(crate) is_mixed: bool,
    /// After how many times four seconds the search finds what was made.
    pub(crate) lag: u32,
    /// After how many requests the service does what it takes time for.
    pub(crate) queue: u32,
    /// One less than the tests of a process, or than the parts of a submission.
    pub(crate) size: u32,
    /// Whether each process has a machine of its own.
    pub(crate) apart: bool,
    /// How much later the second twin begins: a place in [`LATER`].
    pub(crate) later: u32,
    /// How many workers each process has.
    pub(crate) jobs: u32,
}

impl Small {
    /// Returns the choices that make the scene.
    pub(crate) fn choices(self) -> Vec<u32> {
        let place = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        let service = Service::ALL.iter().position(|it| *it == self.service);
        let plot = Plot::ALL.iter().position(|it| *it == self.plot);
        let mut choices = vec![
            place(service),
            place(plot),
            Ground::ALL
                .iter()
                .position(|it| *it == self.ground)
                .and_then(|at| u32::try_from(at).ok())
                .unwrap_or(0),
            u32::from(self.is_mixed),
            self.lag,
            self.queue,
            self.jobs - 1,
            self.size,
            u32::from(self.apart),
        ];
        if self.later > 0 {
            // Two twins, and when each of them begins.
            choices.extend([0, 0, self.later]);
        }
        choices
    }
}

impl Scene {
    /// Chooses a scene.
    pub(crate) fn choose(tape: &mut Tape, limits: Limits) -> Self {
        let chosen = tape.even(4) as usize;
        let service = limits.service.unwrap_or(Service::ALL[chosen]);
        let chosen = tape.even(11) as usize;
        let mut plot = limits.plot.unwrap_or(Plot::ALL[chosen]);
        let mut ground = Ground::ALL[tape.even(3) as usize];
        // How Kiwi TCMS calls what is skipped or broken is not tried here.
        let is_mixed = tape.even(2) == 1 && service != Service::Kiwi;
        if matches!(service, Service::Katalon | Service::Kiwi) {
            ground = Ground::Usual;
            // Nothing is mapped on TestOps, and on Kiwi TCMS all is made here.
            if plot == Plot::Remapped {
                plot = Plot::Alone;
            }
        }
        // Where nothing is created, nothing comes again that a person deleted.
        if plot == Plot::Remapped || (plot, service) == (Plot::Person, Service::Qtest) {
            ground = Ground::Usual;
        }
        let (search_lag, queue) = (u64::from(tape.even(3)) * 4, tape.even(3));
        let jobs = 1 + tape.even(4);
        Self {
            service,
            plot,
            ground,
            commands: commands(plot, is_mixed, tape),
            search_lag,
            queue,
            has_locks: tape.even(8) != 7,
            jobs,
        }
    }

    pub(crate) fn world(&self) -> Box<dyn World> {
        match self.service {
            Service::Azure => azure::new(self.ground),
            Service::Qtest => qtest::new(qtest::OutputOptions {
                search_lag: self.search_lag,
                queue: self.queue,
                has_cases: self.ground == Ground::Other || self.plot == Plot::Remapped,
                cuts_notes: self.ground == Ground::Third,
            }),
            Service::Katalon => katalon::new(self.queue),
            Service::Kiwi => kiwi::new(),
        }
    }

    /// Returns what stands there in the end: the test and the outcome of each result, in the words of the service.
    pub(crate) fn expected(&self) -> Vec<(String, String)> {
        let mut expected: Vec<(String, String)> = self
            .submissions()
            .iter()
            .flat_map(|command| self.of_command(command))
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

    /// Tells whether so many runs are right: of each submission one in each plan that has a result.
    pub(crate) fn allows_runs(&self, runs: usize) -> bool {
        let of = |commands: &[Command]| {
            let tests = commands.iter().flat_map(|it| it.reports.iter().flatten());
            self.plans(tests)
        };
        match self.plot {
            Plot::Alone | Plot::Elsewhere | Plot::Person | Plot::Twins => {
                runs == of(&self.commands[..1])
            }
            Plot::Shards | Plot::Closed => runs == of(&self.commands),
            Plot::Rerun => (of(&self.commands)..=2 * of(&self.commands)).contains(&runs),
            Plot::Stages => runs == of(&self.commands[..2]) + of(&self.commands[2..]),
            Plot::Each => {
                let reports = self.commands.iter().flat_map(|it| &it.reports);
                runs == reports.map(|report| self.plans(report)).sum::<usize>()
            }
            Plot::Remapped => runs == 2,
            Plot::Neighbours => {
                let all = self.commands.iter();
                runs == all.map(|one| of(std::slice::from_ref(one))).sum::<usize>()
            }
        }
    }

    /// Tells whether processes of one machine are at the same time where no lock can be kept: the program says not to.
    pub(crate) fn shares_without_locks(&self) -> bool {
        let all = || self.commands.iter().enumerate();
        let is_beside = |(at, one): (usize, &Command)| {
            all().any(|(other, it)| other != at && it.act == one.act && it.machine == one.machine)
        };
        !self.has_locks && all().any(is_beside)
    }

    /// Tells whether the processes of a submission go one after the other: on one machine that keeps locks.
    pub(crate) fn is_one_by_one(&self) -> bool {
        let first = self.commands.first().map(|it| it.machine);
        self.has_locks && self.commands.iter().all(|it| Some(it.machine) == first)
    }

    /// Counts the plans in which these tests have a result.
    fn plans<'a>(&self, tests: impl IntoIterator<Item = &'a (u32, Ending)>) -> usize {
        let tests = tests.into_iter().filter(|it| self.is_sent(it.1));
        let plans = tests.map(|(test, _)| azure::plan_of(self.ground, *test));
        plans.collect::<std::collections::BTreeSet<usize>>().len()
    }

    /// Azure: a skipped test would hide the last real outcome.
    fn is_sent(&self, ending: Ending) -> bool {
        self.service != Service::Azure || ending != Ending::Skipped
    }

    /// Returns what one command hands in.
    pub(crate) fn of_command(&self, command: &Command) -> Vec<(String, String)> {
        let tests = command.reports.iter().flatten();
        tests
            .filter(|(_, ending)| self.is_sent(*ending))
            .map(|(test, ending)| {
                let outcome = self.outcome(*test, *ending).to_owned();
                let is_other = command.is_remapped && *test == 0;
                (self.test(if is_other { OTHER } else { *test }), outcome)
            })
            .collect()
    }

    /// Returns the commands whose results stand there in the end.
    fn submissions(&self) -> Vec<Command> {
        match self.plot {
            Plot::Alone | Plot::Twins | Plot::Elsewhere | Plot::Person => {
                self.commands[..1].to_vec()
            }
            Plot::Shards | Plot::Stages | Plot::Each | Plot::Closed | Plot::Neighbours => {
                self.commands.clone()
            }
            // The later attempt supersedes the earlier one; where a service keeps both, the judge knows it.
            Plot::Rerun => self.commands[1..].to_vec(),
            // What went to another case stays there.
            Plot::Remapped => {
                let mut added = self.commands[1].clone();
                added.reports[0].truncate(1);
                vec![self.commands[0].clone(), added]
            }
        }
    }

    fn test(&self, number: u32) -> String {
        match self.service {
            Service::Azure | Service::Katalon | Service::Kiwi => format!("test{number}"),
            // A case that somebody made has no fingerprint.
            Service::Qtest if self.ground == Ground::Other || self.plot == Plot::Remapped => {
                format!("case of test{number}")
            }
            Service::Qtest => format!("shop.LoginTest#test{number}"),
        }
    }

    fn outcome(&self, test: u32, ending: Ending) -> &'static str {
        use Ending::{Broken, Failed, Passed, Skipped};
        match (self.service, ending) {
            (Service::Azure, Passed) if test == FLAKY && self.plot == Plot::Twins => {
                "Passed with 2 sub-results"
            }
            (Service::Azure | Service::Qtest, Passed) => "Passed",
            (Service::Azure | Service::Qtest, Failed | Broken) => "Failed",
            (Service::Azure | Service::Qtest, Skipped) => "Incomplete",
            (Service::Katalon | Service::Kiwi, Passed) => "PASSED",
            (Service::Katalon | Service::Kiwi, Failed) => "FAILED",
            (Service::Katalon | Service::Kiwi, Broken) => "ERROR",
            (Service::Katalon | Service::Kiwi, Skipped) => "SKIPPED",
        }
    }

    /// Returns the arguments of a command, whose files lie in `folder`.
    pub(crate) fn arguments(&self, command: &Command, folder: &Path) -> Vec<String> {
        let mut arguments: Vec<String> = ["handin", "submit", "--json", "--jobs"]
            .map(str::to_owned)
            .into();
        arguments.push(self.jobs.to_string());
        let journal = folder.join(format!("machine-{}/journal.jsonl", command.machine));
        let settings = match (self.plot, command.is_remapped) {
            (Plot::Remapped, false) => "-mapped",
            (Plot::Remapped, true) => "-remapped",
            _ => match self.ground {
                Ground::Usual => "",
                Ground::Other => "-other",
                Ground::Third => "-third",
            },
        };
        let settings = folder.join(format!("{}{settings}.toml", self.service.word()));
        for (flag, path) in [("--journal", journal), ("--settings", settings)] {
            arguments.push(flag.to_owned());
            arguments.push(path.display().to_string());
        }
        arguments.extend(command.flags.iter().cloned());
        for tests in &command.reports {
            arguments.push(
                report((self.service, self.plot, self.ground), folder, tests)
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
    let azure = "[azure]\nproject = \"Shop\"\nplan = \"Regression\"\n";
    let qtest = "[qtest]\nproject = \"Shop\"\n";
    let module = format!("{qtest}module = \"Automated\"\n");
    // The tests of the settings that name cases; the first may go to another one.
    let cases = |service: &str, first: u32, id: &dyn Fn(u32) -> String| {
        let rows = (0..12).map(|test| {
            let case = if test == 0 { first } else { test };
            format!("\"shop.LoginTest › test{test}\" = [\"{}\"]\n", id(case))
        });
        format!("[cases.{service}]\n{}", rows.collect::<String>())
    };
    let of_azure = |test: u32| (azure::FIRST_CASE + test).to_string();
    let of_qtest = |test: u32| format!("TC-{}", test + 1);
    let files = [
        ("azure", azure.to_owned()),
        (
            "azure-other",
            azure.replace("\"Regression\"", "[\"Regression\", \"Smoke\"]"),
        ),
        ("azure-third", format!("{azure}create = true\n")),
        (
            "azure-mapped",
            azure.to_owned() + &cases("azure", 0, &of_azure),
        ),
        (
            "azure-remapped",
            azure.to_owned() + &cases("azure", OTHER, &of_azure),
        ),
        ("qtest", module.clone()),
        (
            "qtest-other",
            qtest.to_owned() + &cases("qtest", 0, &of_qtest),
        ),
        ("qtest-third", module.clone()),
        (
            "qtest-mapped",
            module.clone() + &cases("qtest", 0, &of_qtest),
        ),
        ("qtest-remapped", module + &cases("qtest", OTHER, &of_qtest)),
        ("katalon", "[katalon]\nproject = \"Shop\"\n".to_owned()),
        (
            "kiwi",
            "[kiwi]\nproduct = \"Shop\"\nplan = \"Regression\"\ncreate = true\n".to_owned(),
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
fn report(
    (service, plot, ground): (Service, Plot, Ground),
    folder: &Path,
    tests: &[(u32, Ending)],
) -> PathBuf {
    use std::fmt::Write as _;
    // Where settings name the cases, or they are made, the report names none.
    let names_cases =
        service == Service::Azure && plot != Plot::Remapped && ground != Ground::Third;
    let is_flaky = service == Service::Azure && plot == Plot::Twins;
    let mut name = service.word().to_owned();
    let is_each = plot == Plot::Each;
    for (word, is_so) in [
        ("-flaky", is_flaky),
        ("-named", names_cases),
        ("-each", is_each),
    ] {
        name += if is_so { word } else { "" };
    }
    for (test, ending) in tests {
        let letter = match ending {
            Ending::Passed => 'p',
            Ending::Failed => 'f',
            Ending::Broken => 'b',
            Ending::Skipped => 's',
        };
        write!(name, "-{test}{letter}").expect("a text");
    }
    let path = folder.join(format!("{name}.xml"));
    if path.exists() {
        return path;
    }
    // The time of a report differs from report to report, so that archives have an order.
    let first = tests.first().map_or(0, |(test, _)| *test);
    let endings = tests.iter().zip(0..);
    let failed = endings.filter(|((_, ending), _)| is_each && *ending == Ending::Failed);
    let seconds: u32 = failed.map(|(_, at)| 1 << at).sum();
    let mut text = format!(
        "<testsuites name=\"Nightly\"><testsuite name=\"web\" timestamp=\"2026-11-20T10:{first:02}:{seconds:02}\">\n"
    );
    for (test, ending) in tests {
        let property = if names_cases {
            let case = azure::FIRST_CASE + test;
            format!("<properties><property name=\"TestCaseId\" value=\"{case}\"/></properties>")
        } else {
            String::new()
        };
        let failure = match ending {
            Ending::Passed if is_flaky && *test == FLAKY => "<flakyFailure message=\"no\"/>",
            Ending::Passed => "",
            Ending::Failed => "<failure message=\"no\"/>",
            Ending::Broken => "<error message=\"broken\"/>",
            Ending::Skipped => "<skipped/>",
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
fn commands(plot: Plot, is_mixed: bool, tape: &mut Tape) -> Vec<Command> {
    use Ending::{Broken, Failed, Passed, Skipped};
    // The second two of the mixed ones are a part without a result on Azure.
    let endings = if is_mixed {
        [Passed, Broken, Skipped, Skipped, Failed, Passed]
    } else {
        [Passed, Failed, Passed, Passed, Failed, Passed]
    };
    let tests_of = |build: u32, first: u32, count: u32| -> Report {
        (first..first + count)
            .map(|test| (test, endings[(test + build) as usize % endings.len()]))
            .collect()
    };
    let tests = |first: u32, count: u32| tests_of(0, first, count);
    let command = |name: &str| Command {
        name: name.to_owned(),
        machine: 0,
        act: 0,
        zone: 0,
        ahead: SignedDuration::ZERO,
        starts: Duration::ZERO,
        reports: vec![tests(0, 2)],
        flags: vec!["--key".to_owned(), "build 7".to_owned()],
        variables: Vec::new(),
        is_remapped: false,
    };
    let size = 1 + tape.even(3);
    let apart = tape.even(2);
    match plot {
        Plot::Alone => vec![Command {
            reports: vec![tests(0, size)],
            ..command("alone")
        }],
        Plot::Twins => ["one", "two", "three"]
            .into_iter()
            .zip(0..)
            .take(2 + tape.even(2) as usize)
            .map(|(name, number)| Command {
                machine: number * apart,
                reports: vec![tests(0, size)],
                starts: LATER[tape.even(4) as usize] * number,
                ..command(name)
            })
            .collect(),
        // Of each build another outcome, so that nobody takes one for the other.
        Plot::Neighbours => (0..2 + tape.even(2))
            .map(|number| Command {
                machine: number * apart,
                reports: vec![tests_of(number, 0, size)],
                starts: LATER[tape.even(4) as usize] * number,
                flags: vec!["--key".to_owned(), format!("build {}", 7 + number)],
                ..command(&format!("build {}", 7 + number))
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
        Plot::Each => {
            // Tests of their own each night, or the same ones with another outcome: of them there are three.
            let reports = if tape.even(2) == 0 {
                (0..=size).map(|night| tests(night * 2, 2)).collect()
            } else {
                let nights = 0..=size.min(2);
                nights.map(|night| tests_of(night, 0, 2)).collect()
            };
            let archive = |name, machine, reports| Command {
                machine,
                reports,
                flags: vec!["--each".to_owned()],
                ..command(name)
            };
            let mut all = vec![archive("archive", 0, reports)];
            if apart == 1 {
                let reports = vec![tests(8, 2), tests(10, 2)];
                all.push(archive("another", 1, reports));
            }
            all
        }
        Plot::Person => vec![
            command("before"),
            Command {
                act: 1,
                ..command("after")
            },
        ],
        Plot::Closed => {
            let mut all = shards("", size + 1, apart, &command, &tests);
            for part in &mut all {
                part.flags.truncate(2);
                part.flags.push("--open".to_owned());
            }
            let mut close = Command {
                act: 1,
                reports: Vec::new(),
                ..command("close")
            };
            close.flags.push("--close".to_owned());
            all.push(close);
            if apart == 1 {
                // A job of its own closes what another one opened.
                let last = all.len() - 1;
                for (index, call) in all.iter_mut().enumerate() {
                    call.flags.drain(..2);
                    let job = if index == last { "complete" } else { "test" };
                    call.variables = github(job, "1");
                }
            }
            all
        }
        Plot::Remapped => {
            let right = Command {
                act: 1,
                is_remapped: true,
                ..command("put right")
            };
            vec![command("before"), right]
        }
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
    tests: &dyn Fn(u32, u32) -> Report,
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
    tests: &dyn Fn(u32, u32) -> Report,
) -> Vec<Command> {
    let mut all = shards("", 2, apart, command, tests);
    all.reverse();
    let mut again = all[0].clone();
    "again".clone_into(&mut again.name);
    again.act = 1;
    for (_, ending) in &mut again.reports[0] {
        *ending = Ending::Passed;
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
