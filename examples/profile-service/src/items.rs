//! Every kind of item of the one table. How a key is composed decides who can be reached by whom: records and key
//! entries lie in their owner's partition, so a caller never addresses another's.

use std::collections::BTreeSet;

use stanch_table::{Digest, Document, Item, Private};
use utoipa::ToSchema;

stanch_table::identifier! {
    /// Names a user.
    pub struct UserId: 1..=64 of UrlSafe;
}

stanch_table::identifier! {
    /// Names a record among its owner's.
    pub struct RecordId: 1..=64 of UrlSafe;
}

stanch_table::identifier! {
    /// Names an API key without being one. Safe to log.
    pub struct KeyId: 24..=24 of Hex;
}

stanch_table::identifier! {
    /// Names one request, so that its own write is known again after an answer that got lost.
    pub struct RequestId: 8..=64 of UrlSafe;
}

/// A user.
#[derive(Item)]
#[item(partition = "USER#{user: UserId}", sort = "PROFILE", public_derive(ToSchema))]
pub struct User {
    /// Free form, without keys at any depth.
    #[public]
    pub profile: Document,
    /// Free form, without keys at any depth.
    #[public]
    pub settings: Document,
}

/// A record of a user.
#[derive(Item)]
#[item(partition = "USER#{owner: UserId}", sort = "RECORD#{record: RecordId}", public_derive(ToSchema))]
pub struct Record {
    /// Its name.
    #[public]
    pub record_id: RecordId,
    /// When it was made, RFC 3339.
    #[public]
    pub created_at: String,
    /// Free form, without keys at any depth.
    #[public]
    pub metadata: Document,
    /// What the owner last said of it.
    #[private]
    pub status: Private<String>,
    /// Counts the updates.
    #[private]
    pub version: Private<u64>,
    /// The request that last updated it.
    #[private]
    pub last_write: Private<Option<RequestId>>,
}

/// An API key, found by its digest.
#[derive(Item)]
#[item(partition = "KEY#{digest: Digest}", sort = "KEY")]
pub struct ApiKey {
    /// Its name.
    #[public]
    pub key_id: KeyId,
    /// What it may do.
    #[public]
    pub scopes: BTreeSet<String>,
    /// Seconds since 1970 from which it is dead. DynamoDB removes it some time later.
    #[public]
    pub expires_at: u64,
    /// Whose it is.
    #[private]
    pub owner: Private<UserId>,
    /// HMAC-SHA-256 of the key under the pepper.
    #[key]
    pub digest: Digest,
}

/// The same key, found by its name in its owner's partition.
#[derive(Item)]
#[item(partition = "USER#{owner: UserId}", sort = "KEY#{key_id: KeyId}")]
pub struct KeyEntry {
    /// Its name.
    #[public]
    pub key_id: KeyId,
    /// As in [`ApiKey`].
    #[public]
    pub expires_at: u64,
    /// As in [`ApiKey`].
    #[key]
    pub digest: Digest,
}

/// How often a key was used in one minute.
#[derive(Item)]
#[item(partition = "RATE#{key_id: KeyId}", sort = "MINUTE#{minute: u64}")]
pub struct RateWindow {
    /// Requests so far.
    #[private]
    pub hits: Private<u64>,
    /// When DynamoDB may remove it.
    #[private]
    pub expires_at: Private<u64>,
}
