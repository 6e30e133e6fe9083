//! What is seen during a probe and may be a defect: values that came out, texts that give something away, effects that
//! no honest request has.

use std::collections::{BTreeMap, BTreeSet};

use stanch_api::{ParameterLocation, SourcePlace};
use stanch_findings::Evidence;
use stanch_live::LogStream;
use stanch_live::canary::CanaryClass;
use stanch_secrets::names::KeyKind;

/// Something that was seen, and where.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    /// What it is.
    pub(crate) kind: Kind,
    /// The way by which it came out.
    pub(crate) way: Way,
    /// Attributes, as table and path, whose planted values came out or were touched.
    pub(crate) attributes: BTreeMap<(String, String), CanaryClass>,
    /// Whose items they came from: 0 for the owner's, 1 for the stranger's.
    pub(crate) people: BTreeSet<u32>,
    /// Variables of the environment and secrets of other services whose values came out.
    pub(crate) variables: BTreeSet<String>,
    /// Keys that the request had sent, or that the app made, by name.
    pub(crate) keys: BTreeSet<String>,
    /// The app's own line that did it, where it is known.
    pub(crate) source: Option<SourcePlace>,
    /// What was seen, masked.
    pub(crate) evidence: Evidence,
}

/// Kinds of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A planted value came out that the request had not sent.
    Planted,
    /// A key that the request had sent came out again.
    Sent,
    /// A value came out that is made from a secret.
    Derived,
    /// A field of the request that the app knows nothing of came out: all of the request did.
    Dumped,
    /// A key that the app has just made came out.
    Fresh,
    /// The text of a traceback came out.
    Traceback,
    /// The page of Werkzeug's debugger came out.
    Debugger,
    /// The text of an error of the AWS SDK came out.
    SdkError,
    /// A text that the client sent stands as a line of its own.
    Forged,
    /// A text that the client sent became syntax of an expression, with an effect.
    Injected,
    /// The same of a PartiQL statement.
    InjectedStatement,
    /// Attributes that the view does not ask for were written as the client sent them.
    Assigned,
    /// An item of somebody else was replaced.
    Overwritten,
    /// An item of the owner's was changed or deleted.
    Changed,
    /// The app called a host that the client named.
    Reached,
    /// A page of a foreign origin may read the answer, with the visitor's cookies.
    ForeignOrigin,
}

/// Ways out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The body of the answer.
    Body,
    /// The mark in it where the next page starts.
    PageToken,
    /// A header of the answer, by its name in lower case.
    Header(String),
    /// A log line of the app or of a library in it, with the name of the logger where one is known.
    Log(LogStream, Option<String>),
    /// A line of the server that holds the request's URL.
    AccessLog,
    /// A call to DynamoDB.
    Call,
    /// A message to another service or host, by its name: `sns`, `hooks.example.com:443`.
    Handed(String),
}

/// Shortest text that is taken for a key that was sent, in bytes.
pub(crate) const SHORTEST_KEY: usize = 8;

/// A key that a request sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentKey {
    pub(crate) location: ParameterLocation,
    pub(crate) name: String,
    /// What its name says it is; a secret where only its value does.
    pub(crate) kind: KeyKind,
    pub(crate) value: stanch_secrets::Secret,
}

impl Sign {
    /// A sign of this kind with nothing else known.
    pub(crate) const fn new(kind: Kind, way: Way, evidence: Evidence) -> Self {
        Self {
            kind,
            way,
            attributes: BTreeMap::new(),
            people: BTreeSet::new(),
            variables: BTreeSet::new(),
            keys: BTreeSet::new(),
            source: None,
            evidence,
        }
    }

    /// Attributes of one class, sorted.
    pub(crate) fn of_class(&self, class: CanaryClass) -> impl Iterator<Item = &(String, String)> {
        self.attributes.iter().filter(move |(_, known)| **known == class).map(|(attribute, _)| attribute)
    }

    /// Whether attributes of this class are in it.
    pub(crate) fn has(&self, class: CanaryClass) -> bool {
        self.of_class(class).next().is_some()
    }

    /// Attributes of one class in words: `` `token` of table `users` and … ``; empty for none.
    pub(crate) fn named(&self, class: CanaryClass) -> String {
        let names = self.of_class(class).map(|(table, name)| format!("`{name}` of table `{table}`"));
        names.collect::<Vec<_>>().join(" and ")
    }

    /// Whether values that a metadata service gave are in it.
    pub(crate) fn is_metadata(&self) -> bool {
        self.variables.iter().any(|name| name.starts_with("metadata:"))
    }

    /// Names of keys in words.
    pub(crate) fn key_names(&self) -> String {
        crate::exposure::quoted(&self.keys.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Way {
    /// Whether it leads to the client.
    pub(crate) const fn is_answer(&self) -> bool {
        matches!(self, Self::Body | Self::PageToken | Self::Header(_))
    }

    /// Whether it is a log line of the app's own doing.
    pub(crate) const fn is_log(&self) -> bool {
        matches!(self, Self::Log(..))
    }
}
