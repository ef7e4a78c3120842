//! What a client shows when it asks for a session: the [`Token`], and by which program it is. The server opens a session only
//! where both are right.

use std::str::FromStr;

use burn::server::{AuthorizationRequest, Credential, PeerAuthorizer, TokenAuthorizer};

use crate::ops::OPERATIONS_FORMAT;

/// The secret that a server and its clients share. It travels unencrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why words are no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// There is nothing.
    #[error("the token is empty; leave it out and `ddpm serve` makes one")]
    Empty,
    /// There is a character that a command line or the credential cannot carry as it is.
    #[error("the token has a space or an invisible character; use letters, digits and signs")]
    Unprintable,
}

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        if text.is_empty() {
            return Err(BadToken::Empty);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadToken::Unprintable);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Without the token itself, so that it stays out of messages.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// This program and the format of its operations. Client and server must have the same.
pub fn program() -> String {
    format!(
        "ddpm {}, operations {OPERATIONS_FORMAT}",
        env!("CARGO_PKG_VERSION")
    )
}

impl Token {
    /// A token of 128 random bits, as 32 hexadecimal digits.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn random() -> Result<Self, String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| format!("the system gives no random numbers: {error}"))?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// The words of the token.
    pub fn words(&self) -> &str {
        &self.0
    }

    /// What a client of the program `program` shows: the token in the first line, the program in the second.
    pub(super) fn credential(&self, program: &str) -> Credential {
        Credential::from(format!("{}\n{program}", self.0))
    }

    /// What checks clients on the server.
    pub(super) fn authorizer(&self) -> Authorizer {
        Authorizer(TokenAuthorizer::new(self.0.as_str()).expect("tokens are not empty"))
    }
}

/// Opens sessions for clients that show the token and are of the same program.
pub struct Authorizer(TokenAuthorizer);

impl Authorizer {
    /// Checks what a client shows.
    ///
    /// # Errors
    /// Why it is refused. The client is told only that it was.
    pub fn check(&self, request: &AuthorizationRequest<'_>) -> Result<(), String> {
        let shown = String::from_utf8_lossy(request.credential.as_bytes());
        let (token, theirs) = shown.split_once('\n').unwrap_or((&shown, ""));
        if token.is_empty() {
            return Err("it shows no token (--token, or the variable DDPM_TOKEN)".into());
        }
        self.0
            .authorize(AuthorizationRequest {
                client: request.client,
                device_index: request.device_index,
                credential: &Credential::from(token),
            })
            .map_err(|_| "it shows another token".to_owned())?;
        let ours = program();
        if theirs != ours {
            // What a stranger sends does not get into the output as it is.
            let theirs: String = theirs.escape_debug().take(80).collect();
            let theirs = if theirs.is_empty() {
                "none that it names"
            } else {
                &theirs
            };
            return Err(format!(
                "it is of another version of the program: {theirs}, and this is {ours}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::server::ClientId;

    use super::*;

    fn check(credential: Credential) -> Result<(), String> {
        let server: Token = "abc".parse().unwrap();
        server.authorizer().check(&AuthorizationRequest {
            client: ClientId::WebSocket("127.0.0.1:1".parse().unwrap()),
            device_index: 0,
            credential: &credential,
        })
    }

    #[test]
    fn only_the_token_and_the_same_program_get_in() {
        let token: Token = "abc".parse().unwrap();
        assert_eq!(check(token.credential(&program())), Ok(()));
        for (credential, part) in [
            (token.credential("ddpm 0.0.9, operations 1"), "ddpm 0.0.9"),
            (token.credential(""), "none that it names"),
            (token.credential("\u{1b}[31m"), "\\u{1b}[31m"),
            (Credential::from("abc"), "another version"),
            (Credential::from("abd\nddpm"), "another token"),
            (Credential::from("ab"), "another token"),
            (Credential::default(), "no token"),
        ] {
            let reason = check(credential).unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
    }

    #[test]
    fn random_tokens_differ_and_are_tokens() {
        let [a, b] = [Token::random().unwrap(), Token::random().unwrap()];
        assert!(a != b);
        assert_eq!(a.words().len(), 32);
        assert_eq!(a.words().parse(), Ok(a.clone()));
        assert_eq!("".parse::<Token>(), Err(BadToken::Empty));
        assert_eq!("a b".parse::<Token>(), Err(BadToken::Unprintable));
        assert!(!format!("{a:?}").contains(a.words()));
    }
}
