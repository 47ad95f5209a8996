//! The settings that are one word of a few.

use crate::report::Retries;

/// A setting that is one word of a few.
pub trait Choice: Copy + Sized + 'static {
    /// The words, in the order of the variants.
    const WORDS: &'static [&'static str];

    /// Returns the choice that a word names.
    fn from_word(word: &str) -> Option<Self>;

    /// Returns the word.
    fn word(self) -> &'static str;
}

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl Choice for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                Self::from_word(word)
                    .ok_or_else(|| format!("expected one of {}", Self::WORDS.join(", ")))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

choice! {
    /// What trouble does to the pipeline.
    Reaction {
        /// It fails the command, before the first write.
        Fail = "fail",
        /// It is told, and the rest is done.
        Warn = "warn",
        /// It stands in the JSON and the summary only.
        Ignore = "ignore",
    }
}

choice! {
    /// What to do when an Azure case has several points that fit.
    Points {
        /// Refuse: nobody guesses.
        One = "one",
        /// Give the result to each of them.
        All = "all",
        /// Take the one with the lowest id.
        First = "first",
    }
}

choice! {
    /// What to do with skipped tests on Azure.
    Skipped {
        /// Leave them out: they would hide the last real outcome of the point.
        Omit = "omit",
        /// Send them.
        Send = "send",
    }
}

choice! {
    /// How an Azure run is marked.
    RunType {
        /// As automated where the service takes that, else as manual.
        Auto = "auto",
        /// As automated.
        Automated = "automated",
        /// As manual.
        Manual = "manual",
    }
}

choice! {
    /// Which CI is spoken to, besides the text that people read.
    CiOutput {
        /// The one that the environment shows.
        Auto = "auto",
        /// None.
        None = "none",
        /// GitHub Actions: outputs, the step's summary, annotations.
        GitHub = "github",
        /// Azure Pipelines: variables, the summary, issues.
        Azure = "azure",
        /// GitLab CI, which has no such commands.
        GitLab = "gitlab",
        /// Jenkins, which has no such commands.
        Jenkins = "jenkins",
    }
}

choice! {
    /// For which tests something goes along.
    Extent {
        /// For tests that failed, broke or never ended.
        Failed = "failed",
        /// For every test.
        All = "all",
        /// For none.
        None = "none",
    }
}

choice! {
    /// Which of several attempts of one test counts.
    Tries {
        /// The worst, also where the report itself takes the last.
        Worst = "worst",
        /// The last, also where nothing but the equal name says that they are tries of one test.
        Last = "last",
    }
}

impl From<Tries> for Retries {
    fn from(tries: Tries) -> Self {
        match tries {
            Tries::Worst => Self::Worst,
            Tries::Last => Self::Last,
        }
    }
}

choice! {
    /// How results reach qTest.
    QtestMode {
        /// In batches through the automation endpoint; mapped cases one by one, as they must be.
        Batch = "batch",
        /// Every one by itself, on the run of its case.
        Direct = "direct",
    }
}
