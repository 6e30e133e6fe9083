//! A request and its answer between the front, the engine and what stands between them.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::Value;

/// A request as the front read it.
pub(crate) struct Question {
    pub(crate) probe: Option<u32>,
    /// `DynamoDB_20120810.GetItem`.
    pub(crate) target: String,
    pub(crate) operation: String,
    pub(crate) body: Bytes,
    /// The body, null when it is no JSON.
    pub(crate) json: Value,
}

/// An answer as the front writes it.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The engine's checksum of the body, for SDKs that compare it.
    pub(crate) checksum: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self { status, checksum: None, body: Bytes::from(body.to_string()) }
    }

    /// The same with the checksum of its body, where it is to have one: CRC-32 as a decimal number.
    pub(crate) fn checked(mut self, has_checksum: bool) -> Self {
        let mut sum = flate2::Crc::new();
        sum.update(&self.body);
        self.checksum = has_checksum.then(|| HeaderValue::from(sum.sum()));
        self
    }
}
