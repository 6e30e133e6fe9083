//! One file for each resource; each handler reads the key first, then the rest, then the store.

mod health;
mod keys;
mod record;
mod records;
mod user;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::refusal::{Refusal, RefusalBody};
use crate::service::Shared;
use crate::{edge, openapi};

/// The whole service: routes, their description at `/openapi.json`, and the edge around both.
pub fn router(service: Shared) -> Router {
    let (router, mut description) = OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(user::get_user))
        .routes(routes!(records::list_records))
        .routes(routes!(record::update_record))
        .routes(routes!(keys::issue_key))
        .routes(routes!(keys::revoke_key))
        .layer(from_fn_with_state(Arc::clone(&service), edge::admit))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .split_for_parts();
    openapi::finish(&mut description);
    let router = router
        .route("/openapi.json", axum::routing::get(|| async move { axum::Json(description) }))
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
        .fallback(|| async { Refusal::NotFound });
    edge::around(router).with_state(service)
}

/// The refusals that every route behind a key can give.
struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let told = [
            ("400", "A part of the request is missing or malformed, or a key stands in the URL"),
            ("401", "The key is malformed, unknown, revoked or expired"),
            ("403", "The key lacks the scope"),
            ("413", "The body is too large"),
            ("429", "Too many requests in this minute"),
            ("500", "A defect of the service"),
            ("503", "The store does not answer, or has more to do than it bears"),
        ];
        let response = |description| {
            let schema = Ref::from_schema_name(RefusalBody::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            ResponseBuilder::new().description(description).content("application/json", content)
        };
        let answers = told.map(|(status, description)| {
            let header = match status {
                "401" => Some("WWW-Authenticate"),
                "429" | "503" => Some("Retry-After"),
                _ => None,
            };
            let text = HeaderBuilder::new().schema(Some(String::schema())).build();
            let response = response(description);
            let response = match header {
                Some(name) => response.header(name, text),
                None => response,
            };
            (status.to_owned(), RefOr::T(response.build()))
        });
        BTreeMap::from(answers)
    }
}
