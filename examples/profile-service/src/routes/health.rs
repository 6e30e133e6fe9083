use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Shared;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub(super) struct Condition {
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses((status = 200, description = "It does", body = Condition)),
    security(())
)]
pub(super) async fn health() -> Json<Condition> {
    Json(Condition { status: "ok" })
}

/// Whether the table answers.
#[utoipa::path(
    get, path = "/ready", tag = "service",
    responses(
        (status = 200, description = "It does", body = Condition),
        (status = 503, description = "It does not", body = Condition)
    ),
    security(())
)]
pub(super) async fn ready(State(service): State<Shared>) -> (StatusCode, Json<Condition>) {
    if service.is_ready().await {
        (StatusCode::OK, Json(Condition { status: "ready" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Condition { status: "unavailable" }))
    }
}
