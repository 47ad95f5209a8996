//! A token, with one way out.

use std::borrow::Cow;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use memchr::memmem;
use secrecy::{ExposeSecret as _, SecretString};

/// A token or a password. It never shows itself: not in `Debug`, not in an error, not in a log.
#[derive(Clone)]
pub struct Secret(SecretString);

/// Why a text cannot be a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// Nothing was given.
    #[error("the token is empty")]
    Empty,
    /// A header cannot carry it, so it cannot be what the service gave out.
    #[error(
        "the token contains blanks, line breaks or characters that no token has; was something else pasted along?"
    )]
    Malformed,
}

impl Secret {
    /// Takes a token, without the white space around it that pasting leaves.
    ///
    /// # Errors
    ///
    /// When nothing is left, or when it holds blanks, control or non-ASCII characters, so that it cannot corrupt a request.
    pub fn token(text: &str) -> Result<Self, InvalidSecret> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidSecret::Empty);
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(InvalidSecret::Malformed);
        }
        Ok(Self::known(text))
    }

    /// Takes a password as it is: blanks may belong to it.
    ///
    /// # Errors
    ///
    /// When it is empty.
    pub fn password(text: &str) -> Result<Self, InvalidSecret> {
        if text.is_empty() {
            Err(InvalidSecret::Empty)
        } else {
            Ok(Self::known(text))
        }
    }

    /// Takes a text that is to be hidden wherever it would leave the program, such as a token as a header carries it.
    pub fn hide(text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|other| other.expose_secret() == text) {
            known.push(SecretString::from(text));
            // What holds another one goes first, or the rest of it would stay.
            known.sort_by_key(|text| std::cmp::Reverse(text.expose_secret().len()));
        }
    }

    fn known(text: &str) -> Self {
        Self::hide(text);
        Self(SecretString::from(text))
    }

    /// Returns the secret itself. The only way out: for the header of a request and for the keyring.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Has the system keep no image of this process, which would hold its secrets: no core dump, and no look into it by other processes of
/// the same user, where the system lets one say so.
pub fn keep_in_memory() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        // Where the system does not let one say so, nothing is worse than before.
        setrlimit(Resource::Core, none).ok();
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
    }
}

/// Every secret that this process held: the edge, where text leaves the program, knows them all, wherever a service or a report put them.
static KNOWN: RwLock<Vec<SecretString>> = RwLock::new(Vec::new());

/// What is shorter is found in every other word.
const SHORTEST: usize = 8;

/// What stands where a secret was.
pub(crate) const MARK: &str = "***";

/// Returns a text without the secrets that this process held. The last step before a text leaves.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    without(text, SHORTEST)
}

/// How long a secret is that stands in an answer by no chance: shorter ones are taken out of what is shown, not of what is read.
const UNMISTAKABLE: usize = 12;

/// Returns the bytes of a body without the secrets that this process held: before anything is read from it, shown or cut.
pub fn without_secrets_in(bytes: &[u8]) -> Cow<'_, [u8]> {
    // What is UTF-8, as nearly all is, is not gone through byte by byte for it.
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    match without(&text, UNMISTAKABLE) {
        Cow::Borrowed(_) => Cow::Borrowed(bytes),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Returns a text without the secrets of at least this length.
fn without(text: &str, least: usize) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let known = known.iter().map(SecretString::expose_secret);
    masked(text, known.filter(|secret| secret.len() >= least))
}

/// Returns a text with a mark in place of each of these words, the longest of which come first.
pub(crate) fn masked<'t, 's>(text: &'t str, words: impl Iterator<Item = &'s str>) -> Cow<'t, str> {
    words.fold(Cow::Borrowed(text), |text, word| {
        // Every answer is gone through for every word: by what searches faster than the standard library.
        let holds =
            word.len() <= text.len() && memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        if holds {
            Cow::Owned(text.replace(word, MARK))
        } else {
            text
        }
    })
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", Secret::token("s3cret").unwrap()), "***");
    }

    #[test]
    fn what_was_once_a_secret_leaves_in_no_text() {
        let token = Secret::token("marked-secret-of-this-test").unwrap();
        Secret::hide("bWFya2VkLW9mLXRoaXMtdGVzdA");
        let text = format!("a {}, and bWFya2VkLW9mLXRoaXMtdGVzdA", token.expose());
        assert_eq!(without_secrets(&text), "a ***, and ***");
        assert_eq!(without_secrets("harmless"), "harmless");
        let body = b"\xff marked-secret-of-this-test";
        assert_eq!(&*without_secrets_in(body), "\u{fffd} ***".as_bytes());
        assert!(matches!(
            without_secrets_in(b"\xff harmless"),
            Cow::Borrowed(b"\xff harmless")
        ));
    }

    #[test]
    fn a_token_with_a_line_break_inside_is_refused() {
        assert_eq!(
            Secret::token("abc\ndef").unwrap_err(),
            InvalidSecret::Malformed
        );
        assert_eq!(Secret::token(" abc\n").unwrap().expose(), "abc");
    }
}
