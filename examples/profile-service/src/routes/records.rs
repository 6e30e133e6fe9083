use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use stanch_table::{Binding, PageSize};
use utoipa::{IntoParams, ToSchema};

use super::Refusals;
use crate::caller::Caller;
use crate::items::{Record, RecordPublic};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::service::Shared;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Records on a page, at most.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before. It opens for 15 minutes and for the caller it was made for.
    #[param(max_length = 1500, pattern = "^[A-Za-z0-9_-]+$")]
    page: Option<String>,
}

/// A page of records.
#[derive(Serialize, ToSchema)]
pub(super) struct Records {
    records: Vec<RecordPublic>,
    /// Ask for the next page with it; missing on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List the caller's records.
#[utoipa::path(
    get, path = "/records", tag = "records",
    params(PageQuery),
    responses((status = 200, description = "The records, in order of their names", body = Records), Refusals),
    security(("key" = []))
)]
pub(super) async fn list_records(
    State(service): State<Shared>,
    query: Result<Query<PageQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let scope = Scope::RecordsRead;
    let caller = Caller::identify(
        &service,
        request.headers(),
        request.extensions(),
        scope,
        Refusal::MissingKey("missing api_key"),
    )
    .await?;
    let Query(query) = query.map_err(|_| Refusal::InvalidQuery)?;
    let size = query.limit.map_or(Some(PageSize::MAX), PageSize::new).ok_or(Refusal::InvalidQuery)?;
    let binding = Binding { caller: caller.owner.as_str(), route: "/records" };
    let partition = Record::partition(&caller.owner);
    let page = service.table.query(&partition, size, &service.sealer, binding, query.page.as_deref()).await?;
    Ok(Json(Records { records: page.items, next: page.next }).into_response())
}
