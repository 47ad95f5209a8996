//! The flags that name a submission, and those that several processes share it with.

use clap::Args;

use crate::cli::{ExitStatus, Failure, values};
use crate::services::Sharing;

/// Which submission this is, and who else submits parts of it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which submission this is")]
pub(crate) struct SharingArgs {
    /// Name the build by hand
    ///
    /// The same key and the same reports are the same submission.
    #[arg(long, value_name = "TEXT", value_parser = key)]
    pub(super) key: Option<String>,
    /// This is shard I of N of one submission
    ///
    /// All shards of a build join one submission. The last one to arrive completes it.
    #[arg(long, value_name = "I/N", value_parser = shard, conflicts_with_all = ["open", "close"])]
    shard: Option<(u32, u32)>,
    /// Join the build's submission, and leave it open
    ///
    /// Others may join it too, until one call has `--close`.
    #[arg(long, conflicts_with = "close")]
    open: bool,
    /// Join the build's submission, and complete it
    ///
    /// Works without reports too.
    #[arg(long)]
    pub(super) close: bool,
    /// Submit the same thing once more, on purpose
    ///
    /// If the last such attempt is incomplete, it is completed instead.
    #[arg(long)]
    pub(super) again: bool,
}

/// Reads `2/4`.
fn key(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("a key is not empty");
    }
    values::name(text)
}

fn shard(text: &str) -> Result<(u32, u32), String> {
    let parts = text
        .split_once('/')
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    parts
        .filter(|(index, count)| (1..=*count).contains(index))
        .ok_or_else(|| "expected I/N with I from 1 to N, such as `2/4`".to_owned())
}

impl SharingArgs {
    /// Refuses `--again` where many submissions are made or several processes make one: whether a call continues the last
    /// attempt or begins another could not be told, and a name can.
    pub(super) fn refuse_vague_again(&self, each: bool) -> Result<(), Failure> {
        let (true, Some(with)) = (self.again, self.companion(each)) else {
            return Ok(());
        };
        let message = format!("`--again` cannot be used with `{with}`; nothing was written");
        Err(Failure::new(ExitStatus::Usage, message).hint(
            "name the second submission with `--key TEXT`, the same in every call that belongs to it",
        ))
    }

    /// Refuses `--again` for several runs of Katalon Studio, each of which is a submission.
    pub(super) fn refuse_again_for(&self, submissions: usize) -> Result<(), Failure> {
        if !self.again || submissions < 2 {
            return Ok(());
        }
        let message = format!(
            "`--again` means one submission, and these are {submissions}: each run of Katalon Studio is one; nothing was written"
        );
        Err(Failure::new(ExitStatus::Usage, message)
            .hint("name the folder of the run that is meant"))
    }

    fn companion(&self, each: bool) -> Option<&'static str> {
        [
            (each, "--each"),
            (self.shard.is_some(), "--shard"),
            (self.open, "--open"),
            (self.close, "--close"),
        ]
        .into_iter()
        .find_map(|(is_given, flag)| is_given.then_some(flag))
    }

    /// Returns whether other processes submit parts of the same submission.
    pub(super) fn sharing(&self) -> Sharing {
        let shared = self.shard.is_some() || self.open || self.close;
        Sharing {
            bulk: false,
            shared,
            completes: !shared || self.close,
            shard: self.shard,
        }
    }
}
