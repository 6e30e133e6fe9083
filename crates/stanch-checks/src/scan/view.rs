use std::cell::RefCell;

use serde_json::Value;
use stanch_findings::{Confidence, Evidence, Rule};
use stanch_live::driver::curl_hiding;
use stanch_live::openapi::Operation;
use stanch_live::{Request, Response, SendError};
use stanch_secrets::{Masks, Secret};
use url::Url;

use super::sight::{KnownKeys, Part, Sighting, documents};
use crate::Defect;

/// What is known of the API as a whole.
pub(crate) struct Api {
    /// Where it stands; its path is the base path of all operations.
    pub(crate) base: Url,
    /// Who asks, the caller of `-H` first.
    pub(crate) identities: Vec<Identity>,
    /// Keys that must not be seen.
    pub(crate) known: KnownKeys,
    /// Labels of keys, one set for the whole report.
    pub(crate) masks: RefCell<Masks>,
    /// Whether a description or a source says which operations there are.
    pub(crate) described: bool,
    /// Whether requests that write were allowed.
    pub(crate) writes: bool,
    /// Whether the caller is an account that the scan registered itself.
    pub(crate) registered: bool,
    /// The first operation that the caller may ask and nobody without credentials may: `GET /me`.
    pub(crate) guarded: Option<String>,
}

/// Somebody who asks.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Name in reports: `caller`, or as given by `--as`.
    pub(crate) name: String,
    /// Headers with their credentials.
    pub(crate) headers: Vec<(String, Secret)>,
    /// The credentials themselves, without the scheme in front.
    pub(crate) credentials: Vec<Secret>,
}

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

/// One operation with all that was tried on it: what a check judges from the outside.
#[derive(Clone, Copy)]
pub(crate) struct OperationView<'s> {
    pub(crate) api: &'s Api,
    pub(crate) operation: &'s Operation,
    /// Base path and path template.
    pub(crate) route: &'s str,
    pub(crate) trials: &'s [Trial],
}

impl OperationView<'_> {
    /// A defect that shows at this operation, the words left to the check.
    pub(crate) fn defect(&self, rule: &'static Rule) -> Defect {
        Defect {
            rule,
            severity: rule.severity,
            confidence: Confidence::Likely,
            source: None,
            endpoints: [(self.route.to_owned(), self.operation.method)].into(),
            others: std::collections::BTreeSet::new(),
            message: String::new(),
            flow: Vec::new(),
            evidence: Vec::new(),
            reproduce: None,
            remediation: String::new(),
            identity: None,
        }
    }

    /// Trials sent for a purpose, in order.
    pub(crate) fn of(&self, purpose: &Purpose) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(move |trial| trial.purpose == *purpose)
    }

    /// Whether a trial carried no credentials of anybody: what it was answered is everybody's.
    pub(crate) fn is_open(&self, trial: &Trial) -> bool {
        let nobody = self.api.identities[0].credentials.is_empty() && self.api.identities[0].headers.is_empty();
        match trial.purpose {
            Purpose::Anonymous => true,
            Purpose::Honest | Purpose::Paged => nobody,
            _ => false,
        }
    }

    /// `GET /users/{id}`.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.operation.method, self.route)
    }

    /// The command line that sends a trial again, credentials as variables.
    pub(crate) fn reproduce(&self, trial: &Trial) -> String {
        let mut secrets = Vec::new();
        for (index, identity) in self.api.identities.iter().enumerate() {
            for (number, credential) in identity.credentials.iter().enumerate() {
                let mut name = if index == 0 { "KEY".to_owned() } else { format!("KEY_{}", variable(&identity.name)) };
                if number > 0 {
                    name = format!("{name}_{}", number + 1);
                }
                secrets.push((name, credential.clone()));
            }
        }
        // Whatever its name says, what the user put into a header is the user's to show.
        let given: Vec<&str> = self
            .api
            .identities
            .iter()
            .flat_map(|identity| identity.headers.iter().map(|(name, _)| name.as_str()))
            .collect();
        curl_hiding(&self.api.base, &trial.request, &secrets, &given)
    }

    /// The part of a text that starts with the sign, keys in it masked.
    pub(crate) fn quote(&self, text: &str, sign: &str) -> Vec<Evidence> {
        const SHOWN: usize = 160;
        let from = text.find(sign).unwrap_or(0);
        // Masked first and cut then, so that no half of a key is left.
        let window = text[from..].chars().take(SHOWN + 4_096);
        let mut part: String = window.map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut masks = self.api.masks.borrow_mut();
        // Keys that were seen in this operation's answers may stand here without a name beside them.
        for sighting in self.trials.iter().flat_map(|trial| &trial.sightings) {
            let value = sighting.value.expose();
            if part.contains(value) {
                part = part.replace(value, &masks.label(&sighting.kind, value));
            }
        }
        for (name, value) in self.api.identities.iter().flat_map(|identity| &identity.headers) {
            let value = value.expose();
            if value.len() >= 4 && part.contains(value) {
                part = part.replace(value, &masks.label(&format!("header-{}", name.to_ascii_lowercase()), value));
            }
        }
        let text = stanch_secrets::redact::line(&part, &mut masks).chars().take(SHOWN).collect();
        vec![Evidence { what: "response body".to_owned(), text }]
    }

    /// Evidence of keys in an answer: where each stands, and its label.
    pub(crate) fn evidence(&self, sightings: &[&Sighting]) -> Vec<Evidence> {
        const SHOWN: usize = 5;
        let mut evidence: Vec<Evidence> = Vec::new();
        for sighting in sightings.iter().take(SHOWN) {
            let label = self.api.masks.borrow_mut().label(&sighting.kind, sighting.value.expose());
            let what = match &sighting.part {
                Part::Header(name) => format!("response header {name}"),
                Part::Body => "response body".to_owned(),
                Part::ModelOutput => "model output in the response body".to_owned(),
            };
            let text = if sighting.path.is_empty() { label } else { format!("{} = {label}", sighting.path) };
            evidence.push(Evidence { what, text });
        }
        if sightings.len() > SHOWN {
            let more = format!("and {} more", sightings.len() - SHOWN);
            evidence.push(Evidence { what: "response".to_owned(), text: more });
        }
        evidence
    }
}

/// A shell variable's name.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// An origin that no API can have allowed by name.
pub(crate) const FOREIGN_ORIGIN: &str = "https://stanch-probe.invalid";

/// Whether a segment of the path is a version: `/api/v1/users`.
pub(crate) fn is_versioned(path: &str) -> bool {
    path.split('/').any(|segment| version(segment).is_some())
}

/// The number of a version: 2 of `v2`.
pub(crate) fn version(segment: &str) -> Option<u32> {
    segment.strip_prefix('v').filter(|rest| !rest.is_empty() && rest.len() <= 3)?.parse().ok()
}
