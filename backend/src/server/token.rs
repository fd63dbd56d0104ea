//! The secret that lets a page in: whoever has the link has it, and no other site does.

use std::fmt;

use subtle::ConstantTimeEq;

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// The one that was asked for is short or cannot stand in a link.
    #[error("--token: {} or more letters and digits are wanted", Token::LEAST)]
    NotPlain,
    /// The system has no chance to give.
    #[error("a token cannot be made: {0}")]
    NoChance(#[from] getrandom::Error),
}

/// A token of at least [`Token::LEAST`] characters.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    /// Characters that a token has at least.
    pub(super) const LEAST: usize = 16;

    /// A new one: 128 bits of chance, in hexadecimal.
    ///
    /// # Errors
    /// When the system has no chance to give.
    pub(super) fn new() -> Result<Self, TokenError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token that was asked for on the command line.
    ///
    /// # Errors
    /// When it is short or cannot stand in a link.
    pub(super) fn chosen(text: &str) -> Result<Self, TokenError> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if text.len() < Self::LEAST || !is_plain {
            return Err(TokenError::NotPlain);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether this is it; takes as long for a near miss as for a far one.
    pub(super) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The token, for a link.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
