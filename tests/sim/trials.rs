//! The named trials: small worlds that are tried in every way, and many large ones by chance.

use std::path::Path;

use crate::explore::{Depth, Sample, explore};
use crate::round::{Only, OutputOptions};
use crate::scene::{Ground, Plot, Service, Small};

use crate::Found;

/// A trial with a name.
pub(crate) struct Trial {
    pub(crate) name: String,
    small: Small,
    depth: Depth,
    /// Why it is expected to fail: a defect that is known. Whoever mends it takes this out.
    pub(crate) known: Option<&'static str>,
}

impl Trial {
    pub(crate) fn run(
        &self,
        folder: &Path,
        manner: OutputOptions,
        sample: Option<Sample>,
    ) -> Found {
        let only = match &self.name {
            name if name.contains(LATE) => Only::Late,
            name if name.contains(DIED) => Only::SlowThenKilled,
            name if name.contains(SLOW) => Only::Slow,
            name if name.contains(STOPPED) => Only::Stopped,
            _ => Only::All,
        };
        let manner = OutputOptions {
            troubles: self.depth.troubles,
            only,
            ..manner
        };
        let sample = match only {
            Only::All => sample,
            // Each of these rounds takes minutes of virtual time.
            Only::Stopped => sample.map(|Sample(most)| Sample(most / 4)),
            // It is small enough for every schedule.
            Only::Late | Only::Slow | Only::SlowThenKilled => None,
        };
        let mut found = Found {
            manner,
            ..Found::default()
        };
        let scene = self.small.choices();
        explore(
            &scene,
            (manner, self.depth, sample),
            folder,
            &mut |given, played| {
                found.take(&format!("{given:?}"), played);
                !found.is_enough()
            },
        );
        found
    }
}

/// The worlds in which nothing befalls a call but that it arrives late.
const LATE: &str = "arrives_late";
/// The worlds in which nothing befalls a call but that the service asks to wait for so long that others take over.
const SLOW: &str = "was_slow";
/// The worlds in which nothing befalls a call but that the sender of a write stands still for about as long as others wait, and on Azure that two
/// writes take a moment longer: who takes a run over and its holder look at the same time, and each has to see the other.
const STOPPED: &str = "was_stopped";

/// The worlds in which so it does once, and then a process dies at a write.
const DIED: &str = "other_died";

/// A row of the table: what it shows; its plot, how large it is and whether each process has a machine of its own; after how many
/// requests the service works; how often the turn is given away, and how many troubles come.
type Row = (&'static str, (Plot, u32, bool), u32, (u32, u32));

/// The small worlds, the same for every service.
const WORLDS: [Row; 24] = [
    (
        "a write that arrives late is waited for",
        (Plot::Alone, 0, false),
        0,
        (0, 1),
    ),
    (
        "what a shard sent and arrives late leaves nothing behind",
        (Plot::Shards, 0, true),
        0,
        (0, 1),
    ),
    (
        "what a shard of one machine sent and arrives late leaves nothing behind",
        (Plot::Shards, 0, false),
        0,
        (0, 1),
    ),
    (
        "a case that was put right gets its result and no other a second one",
        (Plot::Remapped, 1, false),
        1,
        (0, 1),
    ),
    (
        "parts that are closed later are complete",
        (Plot::Closed, 0, true),
        1,
        (1, 1),
    ),
    (
        "what a person renamed or deleted is found or comes again",
        (Plot::Person, 0, false),
        0,
        (0, 1),
    ),
    (
        "a submission survives every single trouble",
        (Plot::Alone, 1, false),
        1,
        (0, 1),
    ),
    (
        "a submission to a service that works at once survives every single trouble",
        (Plot::Alone, 1, false),
        0,
        (0, 1),
    ),
    (
        "the same command twice at once submits once",
        (Plot::Twins, 0, false),
        1,
        (2, 0),
    ),
    (
        "the same command at once on two machines submits once",
        (Plot::Twins, 0, true),
        1,
        (2, 0),
    ),
    (
        "one of two twins in trouble keeps nobody from submitting once",
        (Plot::Twins, 0, true),
        1,
        (1, 1),
    ),
    (
        "a twin that was slow adds nothing to what the other took over",
        (Plot::Twins, 0, true),
        1,
        (0, 1),
    ),
    (
        "a twin that was slow adds nothing to what the other died over",
        (Plot::Twins, 0, true),
        1,
        (0, 2),
    ),
    (
        "a twin that was stopped adds nothing to what the other took over",
        (Plot::Twins, 0, true),
        1,
        (0, 1),
    ),
    (
        "shards that begin at once share what they make",
        (Plot::Shards, 0, true),
        1,
        (2, 0),
    ),
    (
        "a shard that was slow takes nothing back of what others wrote meanwhile",
        (Plot::Shards, 1, true),
        1,
        (0, 1),
    ),
    (
        "one of two shards in trouble keeps nobody from submitting",
        (Plot::Shards, 0, true),
        1,
        (1, 1),
    ),
    (
        "builds that begin at once on one machine share what they make",
        (Plot::Neighbours, 0, false),
        1,
        (2, 0),
    ),
    (
        "builds that begin at once on two machines share what they make",
        (Plot::Neighbours, 0, true),
        1,
        (2, 0),
    ),
    (
        "one of two builds in trouble keeps nobody from submitting",
        (Plot::Neighbours, 0, true),
        1,
        (1, 1),
    ),
    (
        "a second attempt supersedes the first",
        (Plot::Rerun, 0, true),
        1,
        (1, 0),
    ),
    (
        "two stages of one run are two submissions",
        (Plot::Stages, 0, true),
        1,
        (1, 0),
    ),
    (
        "an archive is one submission a report",
        (Plot::Each, 1, false),
        1,
        (0, 1),
    ),
    (
        "the same reports from another zone without a journal are the same",
        (Plot::Elsewhere, 0, true),
        1,
        (0, 1),
    ),
];

/// The small worlds in which each process has three workers, the same for every service.
const MANY: [Row; 6] = [
    (
        "three workers make what their reports share once",
        (Plot::Each, 1, false),
        1,
        (2, 0),
    ),
    (
        "an archive by three workers survives every single trouble",
        (Plot::Each, 1, false),
        1,
        (1, 1),
    ),
    (
        "what three workers sent is waited for where it arrives late",
        (Plot::Each, 1, false),
        0,
        (0, 1),
    ),
    (
        "archives by three workers on two machines share what they make",
        (Plot::Each, 1, true),
        1,
        (2, 0),
    ),
    (
        "one of two archives in trouble keeps nobody from submitting",
        (Plot::Each, 1, true),
        1,
        (1, 1),
    ),
    (
        "shards by three workers on two machines survive every single trouble",
        (Plot::Shards, 1, true),
        1,
        (1, 1),
    ),
];

/// The small worlds of one service each, in which tests are skipped, too: of two parts the second has no result on Azure.
const OWN: [(&str, Service, Plot, Ground); 8] = [
    (
        "a shard whose tests were all skipped keeps no run open",
        Service::Azure,
        Plot::Shards,
        Ground::Usual,
    ),
    (
        "shards in two plans are complete",
        Service::Azure,
        Plot::Shards,
        Ground::Other,
    ),
    (
        "the same command twice at once makes each case once",
        Service::Azure,
        Plot::Twins,
        Ground::Third,
    ),
    (
        "builds that begin at once make each case once",
        Service::Azure,
        Plot::Neighbours,
        Ground::Third,
    ),
    (
        "builds that begin at once without a module are each submitted",
        Service::Qtest,
        Plot::Neighbours,
        Ground::Other,
    ),
    (
        "without a module the same command twice at once submits once",
        Service::Qtest,
        Plot::Twins,
        Ground::Other,
    ),
    (
        "what stands there is known though notes are cut",
        Service::Qtest,
        Plot::Elsewhere,
        Ground::Third,
    ),
    (
        "shards without a module submit once",
        Service::Qtest,
        Plot::Shards,
        Ground::Other,
    ),
];

/// Returns all trials.
pub(crate) fn all() -> Vec<Trial> {
    let is_played = |it: &Trial| {
        it.small.plot != Plot::Remapped
            || matches!(it.small.service, Service::Azure | Service::Qtest)
    };
    Service::ALL
        .into_iter()
        .flat_map(of_service)
        .filter(is_played)
        .chain(of_one_service())
        .collect()
}

/// Returns the trials that every service has.
fn of_service(service: Service) -> impl Iterator<Item = Trial> {
    let of_one = WORLDS.into_iter().map(|row| (row, 1));
    let of_many = MANY.into_iter().map(|row| (row, 3));
    of_one.chain(of_many).map(
        move |((what, (plot, size, apart), queue, (turns, troubles)), jobs)| {
            let name = format!("{} {what}", service.word()).replace(' ', "_");
            // What stands still was there first.
            let later = if name.contains(STOPPED) { 2 } else { 0 };
            Trial {
                known: known(&name),
                name,
                small: Small {
                    service,
                    plot,
                    ground: Ground::Usual,
                    is_mixed: false,
                    lag: 0,
                    queue,
                    size,
                    apart,
                    later,
                    jobs,
                },
                depth: Depth {
                    turns,
                    delays: if later > 0 && service == Service::Azure {
                        2
                    } else {
                        0
                    },
                    troubles,
                },
            }
        },
    )
}

/// Returns the trials that one service has.
fn of_one_service() -> impl Iterator<Item = Trial> {
    OWN.into_iter().map(|(what, service, plot, ground)| {
        let name = format!("{} {what}", service.word()).replace(' ', "_");
        Trial {
            known: known(&name),
            name,
            small: Small {
                service,
                plot,
                ground,
                is_mixed: true,
                lag: 0,
                queue: 1,
                size: 1,
                apart: true,
                later: 0,
                jobs: 1,
            },
            depth: Depth {
                turns: 1,
                delays: 0,
                troubles: 1,
            },
        }
    })
}

/// The defects that are known, by the trial that shows them. This list only gets shorter.
const KNOWN: [(&str, &str); 0] = [];

fn known(name: &str) -> Option<&'static str> {
    let mut all = KNOWN.iter();
    all.find(|(known, _)| *known == name).map(|(_, why)| *why)
}
