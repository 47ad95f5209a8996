//! Every choice that a round makes, in their order: drawn from a seed, or given.

use fastrand::Rng;

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The world and the commands.
    Scene,
    /// Whose turn it is; 0 goes on with whoever had it.
    Turn,
    /// Whether a request takes a moment longer than others; 0 is no.
    Delay,
    /// What befalls a call; 0 is nothing.
    Trouble,
    /// How far that goes.
    Extent,
}

/// One choice that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) kind: Kind,
    /// What was chosen.
    pub(crate) value: u32,
    /// Of how many.
    pub(crate) of: u32,
}

/// The choices of a round.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    given: Vec<u32>,
    rng: Option<Rng>,
    /// What was chosen so far.
    pub(crate) made: Vec<Choice>,
}

impl Tape {
    /// Returns a tape whose choices are drawn from a seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            given: Vec::new(),
            rng: Some(Rng::with_seed(seed)),
            made: Vec::new(),
        }
    }

    /// Returns a tape of given choices; what comes after them is 0: on goes whoever had the turn, and nothing befalls anyone.
    pub(crate) fn of(given: Vec<u32>) -> Self {
        Self {
            given,
            rng: None,
            made: Vec::new(),
        }
    }

    /// Chooses one of `of`, where each but 0 has a chance of `odds` in 1000 all together.
    pub(crate) fn pick(&mut self, kind: Kind, of: u32, odds: u32) -> u32 {
        let value = match (self.given.get(self.made.len()), &mut self.rng) {
            _ if of <= 1 => 0,
            (Some(given), _) => (*given).min(of - 1),
            (None, Some(rng)) => {
                let happens = rng.u32(..1000) < odds;
                if happens { rng.u32(1..of) } else { 0 }
            }
            (None, None) => 0,
        };
        self.made.push(Choice { kind, value, of });
        value
    }

    /// Chooses one of `of` for the scene, each with the same chance.
    pub(crate) fn even(&mut self, of: u32) -> u32 {
        self.even_of(Kind::Scene, of)
    }

    /// Chooses one of `of`, each with the same chance.
    pub(crate) fn even_of(&mut self, kind: Kind, of: u32) -> u32 {
        let odds = 1000 - 1000 / of.max(1);
        self.pick(kind, of, odds)
    }
}
