use std::cell::RefCell;

use stanch_findings::{Confidence, Evidence, Rule};
use stanch_live::driver::curl_hiding;
use stanch_live::openapi::Operation;
use stanch_secrets::{Masks, Secret};
use url::Url;

use super::sight::{KnownKeys, Part, Sighting};
pub(crate) use super::trial::{Purpose, Trial};
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
    /// The header that the description says keys are sent in.
    pub(crate) key_header: Option<String>,
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

    /// Trials of the operation itself: what looks at the effect of one asks another operation, where it is judged.
    pub(crate) fn own_trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.purpose != Purpose::Verify)
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
            Purpose::Honest | Purpose::Paged | Purpose::Neighbour => nobody,
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
