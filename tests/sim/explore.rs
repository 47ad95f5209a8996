//! Every schedule of a small world: all ways to give the turn away so many times, and all places for so many troubles.

use std::path::Path;

use fastrand::Rng;

use crate::round::{OutputOptions, Played, play};
use crate::tape::{Kind, Tape};

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    /// How often the turn is given away, beyond what must be.
    pub(crate) turns: u32,
    /// How many requests take a moment longer.
    pub(crate) delays: u32,
    /// How many troubles come.
    pub(crate) troubles: u32,
}

/// How many of the schedules are played, where not all are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample(pub(crate) usize);

/// Plays a scene in every way that the depth allows, or in a sample of them, and hands each round on, as long as `take` wants
/// another one. `scene` are the choices that make the scene.
pub(crate) fn explore(
    scene: &[u32],
    (manner, depth, sample): (OutputOptions, Depth, Option<Sample>),
    folder: &Path,
    take: &mut dyn FnMut(&[u32], &Played) -> bool,
) {
    let mut open = vec![(scene.to_vec(), scene.len(), depth)];
    let mut rng = Rng::with_seed(1);
    let mut left = sample.map_or(usize::MAX, |Sample(most)| most);
    while !open.is_empty() && left > 0 {
        left -= 1;
        // Where not all are played, any of those that are open.
        let next = match sample {
            Some(_) => rng.usize(..open.len()),
            None => open.len() - 1,
        };
        let (given, from, depth) = open.swap_remove(next);
        let played = play(Tape::of(given.clone()), manner, folder);
        if !take(&given, &played) {
            return;
        }
        for (at, choice) in played.made.iter().enumerate().skip(from) {
            let left = match choice.kind {
                Kind::Turn if depth.turns > 0 => Depth {
                    turns: depth.turns - 1,
                    ..depth
                },
                Kind::Trouble if depth.troubles > 0 => Depth {
                    troubles: depth.troubles - 1,
                    ..depth
                },
                Kind::Delay if depth.delays > 0 => Depth {
                    delays: depth.delays - 1,
                    ..depth
                },
                Kind::Extent => depth,
                Kind::Scene | Kind::Turn | Kind::Delay | Kind::Trouble => continue,
            };
            for value in 1..choice.of {
                let mut next: Vec<u32> = played.made[..at].iter().map(|it| it.value).collect();
                next.push(value);
                open.push((next, at + 1, left));
            }
        }
    }
}
