use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use stanch_table::{Condition, ItemKey, Kind, Table, Transaction};
use utoipa::ToSchema;

use super::Refusals;
use crate::caller::Caller;
use crate::input;
use crate::issue::{NewKey, new_key};
use crate::items::{ApiKey, KeyEntry, KeyId};
use crate::refusal::{Refusal, RefusalBody};
use crate::scope::{Scope, Scopes};
use crate::service::{Service, Shared, now};

/// What kind of key to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyForm {
    /// What it may do; at most what the caller's key may. Without it, the same as the key that it replaces, or as the
    /// caller's.
    #[serde(default)]
    scopes: Option<Scopes>,
    /// Seconds until it expires.
    #[serde(default = "ninety_days", deserialize_with = "input::whole")]
    #[schema(minimum = 60, maximum = 31_536_000, default = 7_776_000)]
    expires_in: u64,
    /// Rotation: the name of the key that it replaces.
    #[serde(default)]
    replaces: Option<KeyId>,
    /// Seconds for which the replaced key still works.
    #[serde(default = "five_minutes", deserialize_with = "input::whole")]
    #[schema(minimum = 0, maximum = 86_400, default = 300)]
    overlap: u64,
}

/// The new key. This answer is the only place where it can be read.
#[derive(Serialize, ToSchema)]
pub(super) struct Issued {
    key_id: KeyId,
    /// Send it in `X-API-Key`. It is not stored and not shown again.
    api_key: String,
    scopes: Scopes,
    /// Seconds since 1970.
    expires_at: u64,
}

const fn ninety_days() -> u64 {
    90 * 24 * 3600
}

const fn five_minutes() -> u64 {
    300
}

/// Issue a key, or rotate one.
#[utoipa::path(
    post, path = "/keys", tag = "keys",
    request_body = KeyForm,
    responses(
        (status = 201, description = "Issued", body = Issued),
        (status = 404, description = "The caller has no such key to replace", body = RefusalBody),
        Refusals
    ),
    security(("key" = []))
)]
pub(super) async fn issue_key(State(service): State<Shared>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let scope = Scope::KeysWrite;
    let caller = Caller::identify(&service, &parts.headers, &parts.extensions, scope, Refusal::Unauthenticated).await?;
    let form: KeyForm = input::form(body).await?;
    if !(60..=365 * 24 * 3600).contains(&form.expires_in) || form.overlap > 24 * 3600 {
        return Err(Refusal::InvalidBody);
    }
    let replaced = match &form.replaces {
        Some(id) => Some(replaced(&service, &caller, id).await?),
        None => None,
    };
    let scopes = form.scopes.unwrap_or_else(|| replaced.as_ref().map_or(&caller.scopes, |old| &old.scopes).clone());
    if scopes.are_none() {
        return Err(Refusal::InvalidBody);
    }
    if !scopes.are_within(&caller.scopes) {
        return Err(Refusal::Forbidden);
    }
    let expires_at = now() + form.expires_in;
    let NewKey { text, item, entry } =
        new_key(&service.pepper, &caller.owner, &scopes, expires_at).map_err(|_| Refusal::Internal)?;
    let mut writes = Transaction::new()
        .put(Table::put(&ApiKey::key(&item.digest), &item).when(Condition::absent()))
        .put(Table::put(&KeyEntry::key(&caller.owner, &item.key_id), &entry).when(Condition::absent()));
    if let Some(Replaced { entry_key, entry, .. }) = &replaced {
        let ends = entry.expires_at.min(now() + form.overlap);
        let by_digest = ApiKey::key(&entry.digest);
        writes = writes
            .update(Table::update(entry_key).set(KeyEntry::EXPIRES_AT, &ends).when(Condition::exists()))
            .update(Table::update(&by_digest).set(ApiKey::EXPIRES_AT, &ends).when(Condition::exists()));
    }
    match writes.send(&service.table).await {
        // The replaced key was revoked in between.
        Err(error) if error.kind() == Kind::ConditionFailed => return Err(Refusal::NotFound),
        other => other?,
    }
    let issued = Issued { key_id: item.key_id, api_key: text, scopes, expires_at };
    Ok((StatusCode::CREATED, Json(issued)).into_response())
}

/// A key that is to be replaced.
struct Replaced {
    entry_key: ItemKey<KeyEntry>,
    entry: KeyEntry,
    scopes: Scopes,
}

/// Finds the caller's key of this name.
async fn replaced(service: &Service, caller: &Caller, id: &KeyId) -> Result<Replaced, Refusal> {
    let entry_key = KeyEntry::key(&caller.owner, id);
    let entry = service.table.get_whole(&entry_key).await?.ok_or(Refusal::NotFound)?;
    // Time to live may have removed one of the two items before the other.
    let key = service.table.get(&ApiKey::key(&entry.digest)).await?.ok_or(Refusal::NotFound)?;
    Ok(Replaced { entry_key, entry, scopes: Scopes::from_stored(&key.scopes) })
}

/// Revoke a key of the caller's. It stops working at once.
#[utoipa::path(
    delete, path = "/keys/{id}", tag = "keys",
    params(("id" = inline(KeyId), Path, description = "The key's name")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "The caller has no such key", body = RefusalBody),
        Refusals
    ),
    security(("key" = []))
)]
pub(super) async fn revoke_key(
    State(service): State<Shared>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    const INVALID: Refusal = Refusal::InvalidIdentifier("invalid key id");
    let scope = Scope::KeysWrite;
    let caller =
        Caller::identify(&service, request.headers(), request.extensions(), scope, Refusal::Unauthenticated).await?;
    let id = id.map_err(|_| INVALID).and_then(|Path(text)| KeyId::parse(&text).map_err(|_| INVALID))?;
    let entry_key = KeyEntry::key(&caller.owner, &id);
    let entry = service.table.get_whole(&entry_key).await?.ok_or(Refusal::NotFound)?;
    let gone = Transaction::new()
        .delete(Table::delete(&ApiKey::key(&entry.digest)).unconditionally("time to live may have removed it already"))
        .delete(Table::delete(&entry_key).when(Condition::exists()));
    match gone.send(&service.table).await {
        Err(error) if error.kind() == Kind::ConditionFailed => Err(Refusal::NotFound),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
