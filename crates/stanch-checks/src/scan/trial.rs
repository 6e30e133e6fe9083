//! One request of an operation: why it was sent and what came of it.

use serde_json::Value;
use stanch_live::{Request, Response, SendError};

use super::sight::{Sighting, documents};

/// Why a request was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To see what the operation honestly answers.
    Honest,
    /// The same without credentials.
    Anonymous,
    /// The same request by another identity, by its number.
    AsOther(usize),
    /// As a page of a foreign website would ask.
    Origin,
    /// Without credentials, by another method or another spelling of the path.
    OtherWay,
    /// With the address of our own collector in it.
    Outward,
    /// To see what it says of nonsense.
    Malformed,
    /// One row at a time, so that the answer has to say how to go on.
    Paged,
    /// With the caller's token, its signature taken away.
    Forged,
    /// With the caller's token, signed with the server's public key as if it were a shared secret.
    Confused,
    /// With a key that nobody has in the place of the caller's, again and again.
    WrongKey,
    /// For the object whose number is next to one that the caller was given.
    Neighbour,
    /// To register or log in an account of the scan's own.
    Setup,
    /// To register one with rights that nobody should be able to ask for.
    Elevated,
    /// To change a record of the scan's own by a property that nobody offered.
    Extra,
    /// To see what the request before it brought about.
    Verify,
    /// To log in to a known account with a wrong password.
    WrongPassword,
    /// To log in to an account that does not exist.
    UnknownAccount,
    /// The same again and again.
    Repeated,
    /// To change one account with the credentials of another.
    ForeignWrite,
    /// To delete what the scan made.
    Cleanup,
}

impl Purpose {
    /// How the coverage names it: `asked without credentials`.
    pub(crate) const fn words(&self) -> &'static str {
        match self {
            Self::Honest => "honestly",
            Self::Anonymous => "without credentials",
            Self::AsOther(_) => "as another identity",
            Self::Origin => "from a foreign website",
            Self::OtherWay => "by another method or spelling",
            Self::Outward => "with the collector's address",
            Self::Malformed => "with nonsense",
            Self::Paged => "page by page",
            Self::Forged => "with an unsigned token",
            Self::Confused => "with a token signed by the public key",
            Self::WrongKey => "with a wrong key",
            Self::Neighbour => "for the next number",
            Self::Setup => "to register or log in",
            Self::Elevated => "to register with more rights",
            Self::Extra => "with a property that nobody offered",
            Self::Verify => "to see what was changed",
            Self::WrongPassword => "with a wrong password",
            Self::UnknownAccount => "for an unknown account",
            Self::Repeated => "again and again",
            Self::ForeignWrite => "to change what is another's",
            Self::Cleanup => "to delete what the scan made",
        }
    }
}

/// One request of an operation and what came of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) purpose: Purpose,
    pub(crate) request: Request,
    pub(crate) outcome: Result<Response, SendError>,
    /// Keys in the answer.
    pub(crate) sightings: Vec<Sighting>,
    /// What the API's log file gained meanwhile.
    pub(crate) logged: String,
    /// What the collector was asked because of it.
    pub(crate) called: Option<String>,
}

impl Trial {
    /// The answer, if there is one.
    pub(crate) fn answer(&self) -> Option<&Response> {
        self.outcome.as_ref().ok()
    }

    /// The body, if it is JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.answer()?.body).ok()
    }

    /// The documents of the body: one, or one for each line or event.
    pub(crate) fn documents(&self) -> Vec<Value> {
        self.answer().map(|answer| documents(&String::from_utf8_lossy(&answer.body))).unwrap_or_default()
    }

    /// Whether it was answered with success.
    pub(crate) fn succeeded(&self) -> bool {
        self.answer().is_some_and(|answer| (200..300).contains(&answer.status))
    }
}
