//! The kinds of writes of a service, as one table.

/// Makes the enum of a service's kinds of writes and all that the engine asks of it from a table: a line a kind, with its rule, its word
/// in the journal, and what one is called; `{}` stands for its name there.
macro_rules! kinds {
    (
        $(#[$about:meta])*
        enum $name:ident {
            $($(#[$doc:meta])* $kind:ident: $rule:ident, $word:literal, $title:literal;)+
        }
        $($own:item)*
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum $name {
            $($(#[$doc])* $kind,)+
        }

        impl $name {
            /// Returns what one of this name is called.
            fn called(self, name: &str) -> String {
                let title = match self {
                    $(Self::$kind => $title,)+
                };
                title.replace("{}", name)
            }
        }

        impl $crate::services::engine::Kind for $name {
            fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }

            fn rule(self) -> $crate::services::engine::Rule {
                match self {
                    $(Self::$kind => $crate::services::engine::Rule::$rule,)+
                }
            }

            $($own)*
        }
    };
}

pub(in crate::services) use kinds;
