//! The named trials: small worlds that are tried in every way, and many large ones by chance.

use std::path::Path;

use crate::explore::{Depth, Sample, explore};
use crate::round::Manner;
use crate::scene::{Plot, Service, Small};

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
    pub(crate) fn run(&self, folder: &Path, manner: Manner, sample: Option<Sample>) -> Found {
        let manner = Manner {
            troubles: self.depth.troubles,
            ..manner
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
            },
        );
        found
    }
}

/// Returns all trials.
pub(crate) fn all() -> Vec<Trial> {
    let mut trials = Vec::new();
    for service in Service::ALL {
        let small = |plot, size, apart| Small {
            service,
            plot,
            lag: 0,
            size,
            apart,
        };
        let depth = |turns, troubles| Depth { turns, troubles };
        for (what, small, depth) in [
            (
                "a submission survives every single trouble",
                small(Plot::Alone, 1, false),
                depth(0, 1),
            ),
            (
                "the same command twice at once hands in once",
                small(Plot::Twins, 0, false),
                depth(2, 0),
            ),
            (
                "the same command at once on two machines hands in once",
                small(Plot::Twins, 0, true),
                depth(2, 0),
            ),
            (
                "shards that begin at once share what they make",
                small(Plot::Shards, 0, true),
                depth(2, 0),
            ),
            (
                "a second attempt supersedes the first",
                small(Plot::Rerun, 0, true),
                depth(1, 0),
            ),
            (
                "two stages of one run are two submissions",
                small(Plot::Stages, 0, true),
                depth(1, 0),
            ),
            (
                "an archive is one submission a report",
                small(Plot::Each, 1, false),
                depth(0, 0),
            ),
            (
                "the same reports from another zone without a journal are the same",
                small(Plot::Elsewhere, 0, true),
                depth(0, 0),
            ),
        ] {
            let name = format!("{} {what}", service.word()).replace(' ', "_");
            trials.push(Trial {
                known: known(&name),
                name,
                small,
                depth,
            });
        }
    }
    trials
}

/// The defects that are known, by the trial that shows them. This list only gets shorter.
const KNOWN: [(&str, &str); 13] = [
    (
        "azure_shards_that_begin_at_once_share_what_they_make",
        "where lists show no comments, runs of other names are passed over",
    ),
    (
        "azure_two_stages_of_one_run_are_two_submissions",
        "the stage is not in the name of a run",
    ),
    (
        "qtest_a_submission_survives_every_single_trouble",
        "a warning is told in the document alone",
    ),
    (
        "qtest_the_same_command_twice_at_once_hands_in_once",
        "rivals do not agree",
    ),
    (
        "qtest_the_same_command_at_once_on_two_machines_hands_in_once",
        "rivals do not agree",
    ),
    (
        "qtest_shards_that_begin_at_once_share_what_they_make",
        "rivals do not agree",
    ),
    (
        "qtest_a_second_attempt_supersedes_the_first",
        "rivals do not agree",
    ),
    (
        "qtest_two_stages_of_one_run_are_two_submissions",
        "rivals do not agree",
    ),
    (
        "qtest_the_same_reports_from_another_zone_without_a_journal_are_the_same",
        "an empty search is taken for absence",
    ),
    (
        "katalon_a_submission_survives_every_single_trouble",
        "a warning is told in the document alone",
    ),
    (
        "katalon_the_same_command_twice_at_once_hands_in_once",
        "rivals do not agree",
    ),
    (
        "katalon_the_same_command_at_once_on_two_machines_hands_in_once",
        "rivals do not agree",
    ),
    (
        "katalon_two_stages_of_one_run_are_two_submissions",
        "the stage is not in the name of an execution",
    ),
];

/// What is not yet sound enough for chance: it plays them, and tells of what it finds without calling it wrong. This list only gets
/// shorter.
const UNSOUND: [(Service, Plot); 15] = [
    (Service::Azure, Plot::Twins),
    (Service::Azure, Plot::Shards),
    (Service::Azure, Plot::Rerun),
    (Service::Azure, Plot::Stages),
    (Service::Qtest, Plot::Alone),
    (Service::Qtest, Plot::Twins),
    (Service::Qtest, Plot::Shards),
    (Service::Qtest, Plot::Rerun),
    (Service::Qtest, Plot::Stages),
    (Service::Qtest, Plot::Elsewhere),
    (Service::Katalon, Plot::Alone),
    (Service::Katalon, Plot::Twins),
    (Service::Katalon, Plot::Stages),
    (Service::Katalon, Plot::Each),
    (Service::Qtest, Plot::Each),
];

/// Tells whether a scene is not sound yet, by the first line of its story.
pub(crate) fn is_unsound(head: &str) -> bool {
    UNSOUND
        .iter()
        .any(|(service, plot)| head.starts_with(&format!("{plot:?} on {service:?}")))
}

fn known(name: &str) -> Option<&'static str> {
    let mut all = KNOWN.iter();
    all.find(|(known, _)| *known == name).map(|(_, why)| *why)
}
