use std::collections::BTreeSet;

/// One call to DynamoDB as the front saw it. Values are not kept, names only, apart from the request itself, which
/// holds the key that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Place in the order of arrival, from 0, counting every call that the front ever saw.
    pub sequence: u64,
    /// Number of the probe that caused it (header `X-Stanch-Probe`), none for calls outside a probe.
    pub probe: Option<u32>,
    /// Operation: `GetItem`.
    pub operation: String,
    /// Tables it names, in the order of the request.
    pub tables: Vec<String>,
    /// The index it reads, where it names one.
    pub index: Option<String>,
    /// The request body (DynamoDB's typed JSON), null when it was longer than [`Call::REQUEST_LIMIT`] bytes or no
    /// JSON; for learning which input became which key.
    pub request: serde_json::Value,
    /// Top-level names that a projection asked for, aliases resolved; none when the whole item was asked for.
    pub asked: Option<BTreeSet<String>>,
    /// Top-level names of the attributes that the request writes, as far as it names them.
    pub written: BTreeSet<String>,
    /// Top-level names of the attributes that went out in items, keys, images and error payloads.
    pub returned: BTreeSet<String>,
    /// Number of items that went out.
    pub items: u32,
    /// Tables that the front made or rebuilt, by guess, so that this call could be answered.
    pub guessed: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
}

impl Call {
    /// Longest request body that is kept, in bytes.
    pub const REQUEST_LIMIT: usize = 64 * 1024;
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// With success.
    Done,
    /// With an error of this type: `ValidationException`.
    Failed(String),
    /// Answered by the front without the engine, because the engine lacks the operation.
    Stubbed,
    /// Answered by the front with an error that was asked for by [`crate::World::inject`].
    Injected(String),
}
