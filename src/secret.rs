//! A token, with one way out.

use std::fmt;

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
        Ok(Self(SecretString::from(text)))
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
            Ok(Self(SecretString::from(text)))
        }
    }

    /// Returns the secret itself. The only way out: for the header of a request and for the keyring.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
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
    fn a_token_with_a_line_break_inside_is_refused() {
        assert_eq!(
            Secret::token("abc\ndef").unwrap_err(),
            InvalidSecret::Malformed
        );
        assert_eq!(Secret::token(" abc\n").unwrap().expose(), "abc");
    }
}
