//! Settings that are one word of a few.

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

        impl $crate::keys::Choice for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Default for $name {
            /// The first word. What counts where nothing is said, the row of the setting says.
            fn default() -> Self {
                [$($name::$variant),+][0]
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                <Self as $crate::keys::Choice>::from_word(word)
                    .ok_or_else(|| format!("expected one of {}", <Self as $crate::keys::Choice>::WORDS.join(", ")))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str($crate::keys::Choice::word(*self))
            }
        }
    };
}
pub(crate) use choice;

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
