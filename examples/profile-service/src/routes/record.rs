use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use stanch_table::{Condition, Kind, Private, Table};
use utoipa::ToSchema;

use super::Refusals;
use crate::caller::Caller;
use crate::edge::OwnRequestId;
use crate::items::{Record, RecordId, RequestId};
use crate::refusal::{Refusal, RefusalBody, entity_tag};
use crate::scope::Scope;
use crate::service::{Service, Shared};
use crate::{input, items};

/// The new status.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read member by member, since a missing one has its own answer")]
pub(super) struct StatusForm {
    /// Text without control characters.
    #[schema(min_length = 1, max_length = 256)]
    status: String,
}

/// What was updated.
#[derive(Serialize, ToSchema)]
pub(super) struct Updated {
    updated: UpdatedStatus,
}

#[derive(Serialize, ToSchema)]
struct UpdatedStatus {
    status: String,
}

/// Update the status of one of the caller's records.
///
/// With `If-Match` the update happens on that version only. The version after it is in `ETag`.
#[utoipa::path(
    put, path = "/record/{record_id}", tag = "records",
    params(
        ("record_id" = inline(RecordId), Path, description = "The record", example = "alice-1"),
        ("If-Match" = Option<String>, Header, pattern = "^\"[0-9]{1,18}\"$", description = "The version to update"),
    ),
    request_body = StatusForm,
    responses(
        (status = 200, description = "Updated", body = Updated, headers(("ETag" = String, description = "The new version"))),
        (status = 412, description = "The record has another version", body = RefusalBody,
            headers(("ETag" = String, description = "The version it has"))),
        Refusals
    ),
    security(("key" = []))
)]
pub(super) async fn update_record(
    State(service): State<Shared>,
    record_id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    const INVALID: Refusal = Refusal::InvalidIdentifier("invalid record_id");
    let (parts, body) = request.into_parts();
    let scope = Scope::RecordsWrite;
    let caller =
        Caller::identify(&service, &parts.headers, &parts.extensions, scope, Refusal::MissingKey("api_key required"))
            .await?;
    let record_id =
        record_id.map_err(|_| INVALID).and_then(|Path(text)| RecordId::parse(&text).map_err(|_| INVALID))?;
    let expected = input::version(&parts.headers)?;
    let status = status(&input::object(body).await?)?;
    let request_id = parts.extensions.get::<OwnRequestId>().ok_or(Refusal::Internal)?.0.clone();

    let key = Record::key(&caller.owner, &record_id);
    let condition = match &expected {
        Some(version) => Condition::exists().and(Record::VERSION.equals(version)),
        None => Condition::exists(),
    };
    let sent = Table::update(&key)
        .set(Record::STATUS, &status)
        .set(Record::LAST_WRITE, &Some(request_id.clone()))
        .add(Record::VERSION, 1)
        .when(condition)
        .returning_updated()
        .send(&service.table)
        .await;
    let (status, version) = match sent {
        Ok(updated) => (updated.get(Record::STATUS)?.into_revealed(), updated.get(Record::VERSION)?),
        Err(error) if error.kind() == Kind::ConditionFailed => after_refusal(&service, &key, &request_id).await?,
        Err(error) => return Err(error.into()),
    };
    let answer = Json(Updated { updated: UpdatedStatus { status } });
    Ok(([(ETAG, entity_tag(*version.reveal()))], answer).into_response())
}

/// The record was not as expected. Either this very request wrote it and the answer to the first attempt got lost, or
/// it has another version, or the caller has no such record.
async fn after_refusal(
    service: &Service,
    key: &stanch_table::ItemKey<Record>,
    request_id: &RequestId,
) -> Result<(String, Private<u64>), Refusal> {
    let items::Record { status, version, last_write, .. } =
        service.table.get_whole(key).await?.ok_or(Refusal::UpdateFailed)?;
    if last_write.reveal().as_ref() == Some(request_id) {
        return Ok((status.into_revealed(), version));
    }
    Err(Refusal::VersionMismatch(*version.reveal()))
}

/// The status in the body. A body without one is answered as an update that failed, as clients know it.
fn status(body: &serde_json::Map<String, Value>) -> Result<String, Refusal> {
    let fits = |text: &str| (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    match body.get("status") {
        None => Err(Refusal::UpdateFailed),
        Some(Value::String(text)) if fits(text) => Ok(text.clone()),
        Some(_) => Err(Refusal::InvalidBody),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::status;

    #[test]
    fn a_status_is_short_plain_text() {
        let read = |body: serde_json::Value| body.as_object().and_then(|body| status(body).ok());
        assert_eq!(read(json!({"status": "done"})).as_deref(), Some("done"));
        let wrong =
            [json!(1), json!(null), json!([]), json!({"S": "x"}), json!(""), json!("a\r\nb"), json!("é".repeat(257))];
        for value in wrong {
            assert_eq!(read(json!({ "status": value })), None);
        }
    }
}
