//! The description of the interface.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};

/// The part of the description that belongs to no route.
pub fn base() -> OpenApi {
    let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
        "X-API-Key",
        "A key in the URL is refused: logs, proxies and histories keep URLs.",
    )));
    let info = InfoBuilder::new()
        .title("profile-service")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Profiles, settings and records on DynamoDB, for the owners of keys."));
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(ComponentsBuilder::new().security_scheme("key", key).build()))
        .build()
}

/// What can be said only when every route is in.
pub fn finish(description: &mut OpenApi) {
    // The macro repeats the doc comment's first line as summary and the rest as description; empty ones go.
    for item in description.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten() {
            operation.description = operation.description.take().filter(|text| !text.is_empty());
        }
    }
}
