use std::collections::BTreeSet;

/// One call to DynamoDB as the front saw it. Values are not kept, names only, apart from the key that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Number of the probe that caused it (header `X-Stanch-Probe`), none for calls outside a probe.
    pub probe: Option<u32>,
    /// Operation: `GetItem`.
    pub operation: String,
    /// Tables it names, in the order of the request.
    pub tables: Vec<String>,
    /// The request body (DynamoDB's typed JSON), bounded; for learning which input became which key.
    pub request: serde_json::Value,
    /// Top-level names of the attributes that went out in items.
    pub returned: BTreeSet<String>,
    /// Number of items that went out.
    pub items: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// With success.
    Done,
    /// With an error of this type: `ValidationException`.
    Failed(String),
    /// Answered by the front without the engine.
    Stubbed,
}
