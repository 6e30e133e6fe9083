use stanch_api::ParameterLocation;

use ParameterLocation::{Cookie, Form, Header, Json, Path, Query};

/// Parts of a request by the qualified name under which a framework gives them, sorted.
static PARTS: &[(&str, ParameterLocation)] = &[
    ("chalice.Chalice().current_request.headers", Header),
    ("chalice.Chalice().current_request.json_body", Json),
    ("chalice.Chalice().current_request.query_params", Query),
    ("chalice.Chalice().current_request.raw_body", Json),
    ("chalice.Chalice().current_request.uri_params", Path),
    ("fastapi.Request().body", Json),
    ("fastapi.Request().cookies", Cookie),
    ("fastapi.Request().form", Form),
    ("fastapi.Request().headers", Header),
    ("fastapi.Request().json", Json),
    ("fastapi.Request().path_params", Path),
    ("fastapi.Request().query_params", Query),
    ("flask.request.args", Query),
    ("flask.request.authorization", Header),
    ("flask.request.cookies", Cookie),
    ("flask.request.data", Json),
    ("flask.request.files", Form),
    ("flask.request.form", Form),
    ("flask.request.get_data", Json),
    ("flask.request.get_json", Json),
    ("flask.request.headers", Header),
    ("flask.request.json", Json),
    ("flask.request.query_string", Query),
    ("flask.request.values", Query),
    ("flask.request.view_args", Path),
];

/// Parts of the event that a resolver or router of powertools handles (its documentation of
/// `APIGatewayProxyEvent`).
static EVENT: &[(&str, ParameterLocation)] = &[
    ("body", Json),
    ("cookies", Cookie),
    ("decoded_body", Json),
    ("headers", Header),
    ("json_body", Json),
    ("path_parameters", Path),
    ("query_string_parameters", Query),
];

/// Single fields of a request that the client chooses and that hold no parameter by name. The method, the endpoint and
/// the like are values of the framework's own choice.
const FIELDS: [&str; 14] = [
    "base_url",
    "content_type",
    "full_path",
    "host",
    "host_url",
    "mimetype",
    "origin",
    "path",
    "referrer",
    "remote_addr",
    "remote_user",
    "url",
    "url_root",
    "user_agent",
];

/// Where the part of a request lies that a library's member or method gives.
pub(super) fn part(name: &str) -> Option<ParameterLocation> {
    if let Some(rest) = name.strip_prefix("aws_lambda_powertools.event_handler.") {
        let (_, part) = rest.split_once("().current_event.")?;
        return find(EVENT, part);
    }
    find(PARTS, name)
}

fn find(table: &[(&str, ParameterLocation)], name: &str) -> Option<ParameterLocation> {
    table.binary_search_by_key(&name, |(known, _)| known).ok().map(|index| table[index].1)
}

/// Whether a member of Flask's request is a single field that the client chooses.
pub(super) fn is_field(name: &str) -> bool {
    FIELDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{EVENT, PARTS};

    #[test]
    fn the_tables_are_sorted() {
        for table in [PARTS, EVENT] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
