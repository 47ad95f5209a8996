//! The settings that are one word of a few.

use crate::keys::choice;
use crate::report::Retries;

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
