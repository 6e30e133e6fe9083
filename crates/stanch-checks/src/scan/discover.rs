//! Where the API is and which operations it has.

use stanch_api::{Method, ParameterLocation};
use stanch_live::driver::{from_route, template_names};
use stanch_live::http::Client;
use stanch_live::openapi::{self, ApiDescription, Operation};
use stanch_live::{Request, Response, SendError};
use stanch_secrets::names;
use url::Url;

use super::described::{DESCRIPTIONS, PAGES, inside_script, shown_on};
use super::index::listed_in;
use super::options::{ScanError, ScanOptions};
use super::paths::{LEFT_BEHIND, links, listed, older_versions, same_operation};
use super::scripts;

/// What is to be scanned.
pub(super) struct Target {
    /// Origin and base path.
    pub(super) base: Url,
    /// Operations, documented ones first.
    pub(super) operations: Vec<Operation>,
    /// What of the description was not understood.
    pub(super) problems: Vec<String>,
    /// What a reader should know.
    pub(super) notes: Vec<String>,
    /// Whether a description says which operations there are.
    pub(super) described: bool,
    /// The header that the description says keys are sent in.
    pub(super) key_header: Option<String>,
    /// Whether nothing says what there is, so that names have to be tried.
    pub(super) guess: bool,
}

/// Redirects within the host that are followed while looking for a description.
const REDIRECTS: usize = 3;

pub(super) async fn target(client: &Client, options: &ScanOptions) -> Result<Target, ScanError> {
    let target_url = url(&options.target);
    let Some(base) = target_url else {
        // A file: a list of addresses, or a description that says where the API stands.
        let text = std::fs::read_to_string(&options.target).unwrap_or_default();
        if let Some((base, operations, problems)) = listed(&text) {
            check_answers(client, &base).await?;
            return Ok(Target {
                base,
                operations,
                problems,
                notes: Vec::new(),
                described: false,
                key_header: None,
                guess: false,
            });
        }
        let description = read_file(&options.target)?;
        let server = description.servers.iter().find_map(|server| url(server)).ok_or(ScanError::NoServer)?;
        return Ok(assemble(server, Some(description), options, Vec::new()));
    };
    if let Some(spec) = &options.spec {
        let description = match url(spec) {
            Some(address) => fetch_description(client, &address, options).await?,
            None => read_file(spec)?,
        };
        check_answers(client, &base).await?;
        return Ok(assemble(base, Some(description), options, Vec::new()));
    }
    let first = get(client, &base, base.path(), options).await;
    let first = first.map_err(|error| ScanError::NoAnswer(shown(&base), error.to_string()))?;
    if let Ok(description) = openapi::parse(&first.body) {
        let base =
            description.servers.iter().find_map(|server| same_host(&base, server)).unwrap_or_else(|| root(&base));
        return Ok(assemble(base, Some(description), options, Vec::new()));
    }
    let prefix = base.path().trim_end_matches('/').to_owned();
    if let Some((place, description)) = find_description(client, &base, &prefix, options).await {
        let note = format!("the description was found at {place}");
        let base = description.servers.iter().find_map(|server| same_host(&base, server)).unwrap_or(base);
        return Ok(assemble(base, Some(description), options, vec![note]));
    }
    let base_page = base.clone();
    let mut target = assemble(base, None, options, Vec::new());
    target.guess = options.routes.is_empty();
    let links = links(&first, &base_page, &target.base);
    let links = links.into_iter().map(|path| Operation::undocumented(Method::Get, path));
    let called = called(client, &first, &target.base, options).await;
    let told = listed_in(&first, target.base.path().trim_end_matches('/'));
    for operation in told.into_iter().chain(called).chain(links) {
        match target.operations.iter_mut().find(|known| same_operation(known, &operation)) {
            Some(known) => known.documented |= operation.documented,
            None => target.operations.push(operation),
        }
    }
    Ok(target)
}

/// The description at one of the usual places, or where a page that shows it says it is, and its path.
async fn find_description(
    client: &Client,
    base: &Url,
    prefix: &str,
    options: &ScanOptions,
) -> Option<(String, ApiDescription)> {
    let prefixes = if prefix.is_empty() { &[""][..] } else { &[prefix, ""][..] };
    for path in DESCRIPTIONS {
        for place in prefixes.iter().map(|prefix| format!("{prefix}{path}")) {
            let Ok(answer) = get(client, base, &place, options).await else { continue };
            if answer.status == 200
                && let Ok(description) = openapi::parse(&answer.body)
            {
                return Some((place, description));
            }
        }
    }
    for path in PAGES {
        for place in prefixes.iter().map(|prefix| format!("{prefix}{path}")) {
            let Ok(page) = get(client, base, &place, options).await else { continue };
            let Ok(address) = base.join(&place) else { continue };
            for shown in if page.status == 200 { shown_on(&page, &address) } else { Vec::new() } {
                let Ok(answer) = get(client, base, shown.path(), options).await else { continue };
                let inside = inside_script(&answer.body);
                if answer.status == 200
                    && let Ok(description) = openapi::parse(inside.as_deref().unwrap_or(&answer.body))
                {
                    return Some((shown.path().to_owned(), description));
                }
            }
        }
    }
    None
}

/// The operations that the scripts of the first page call, and that the page itself calls.
async fn called(client: &Client, page: &Response, base: &Url, options: &ScanOptions) -> Vec<Operation> {
    let base_path = base.path().trim_end_matches('/');
    let mut operations = scripts::calls(&String::from_utf8_lossy(&page.body), base_path);
    for source in scripts::sources(page, base) {
        let Ok(answer) = get(client, base, source.path(), options).await else { continue };
        if answer.status == 200 {
            operations.extend(scripts::calls(&String::from_utf8_lossy(&answer.body), base_path));
        }
    }
    operations
}

/// The operations of description and source on their base.
fn assemble(base: Url, description: Option<ApiDescription>, options: &ScanOptions, notes: Vec<String>) -> Target {
    let mut base = root_if_relative(base);
    let described = description.is_some();
    let description = description.unwrap_or_default();
    // A server given as a path (`/api/v1`) is the base path, unless the user's URL has one already.
    let path = description.servers.iter().find(|server| server.starts_with('/') && server.len() > 1);
    let absolute = description.servers.iter().find_map(|server| same_host(&base, server));
    if base.path() == "/" {
        if let Some(path) = path {
            base.set_path(path);
        } else if let Some(server) = absolute {
            base.set_path(server.path());
        }
    }
    let mut operations = description.operations;
    let base_path = base.path().trim_end_matches('/').to_owned();
    for route in &options.routes {
        for method in &route.methods {
            let mut operation = from_route(route, *method);
            // That a view reads a value says not that it needs one.
            for parameter in &mut operation.parameters {
                parameter.required = parameter.location == ParameterLocation::Path;
            }
            // A source has whole paths, a description those below its base path.
            if let Some(below) = operation.path.strip_prefix(&base_path).filter(|below| below.starts_with('/')) {
                operation.path = below.to_owned();
            }
            match operations.iter_mut().find(|known| same_operation(known, &operation)) {
                // The source's own notation, by which its findings are joined.
                Some(known) if template_names(&known.path) == template_names(&operation.path) => {
                    known.path = operation.path;
                }
                Some(_) => {}
                None => operations.push(operation),
            }
        }
    }
    let left_behind = LEFT_BEHIND
        .into_iter()
        .map(|path| path.strip_prefix(&base_path).filter(|below| below.starts_with('/')).unwrap_or(path))
        .map(|path| Operation::undocumented(Method::Get, path));
    let older = older_versions(&operations);
    for operation in left_behind.chain(older) {
        if !operations.iter().any(|known| same_operation(known, &operation)) {
            operations.push(operation);
        }
    }
    if description.title.is_empty() && operations.iter().all(|operation| !operation.documented) {
        operations.push(Operation::undocumented(Method::Get, "/"));
    }
    let key_header = description.key_header.or_else(|| header_of_keys(&operations));
    Target { base, operations, problems: description.problems, notes, described, key_header, guess: false }
}

/// The header that operations take and whose name means a key, where no security scheme says it.
fn header_of_keys(operations: &[Operation]) -> Option<String> {
    let parameters = operations.iter().flat_map(|operation| &operation.parameters);
    let mut headers = parameters.filter(|parameter| parameter.location == ParameterLocation::Header);
    headers.find(|header| names::key_kind(&header.name).is_some()).map(|header| header.name.clone())
}

fn url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The server of a description, if it stands on the host that was given: no other host is ever asked.
fn same_host(base: &Url, server: &str) -> Option<Url> {
    let server = base.join(server).ok()?;
    // `localhost`, `127.0.0.1` and `[::1]` are one host to a developer.
    let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0"));
    let same = server.host_str() == base.host_str() || local(&server) && local(base);
    same.then(|| {
        let mut url = base.clone();
        url.set_path(server.path());
        url.set_query(None);
        url
    })
}

fn root(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_path("/");
    url.set_query(None);
    url
}

fn root_if_relative(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn read_file(path: &str) -> Result<ApiDescription, ScanError> {
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ScanError::BadTarget(path.to_owned()),
        _ => ScanError::BadDescription(path.to_owned(), error.to_string()),
    })?;
    openapi::parse(&bytes).map_err(|error| ScanError::BadDescription(path.to_owned(), error.to_string()))
}

async fn fetch_description(client: &Client, url: &Url, options: &ScanOptions) -> Result<ApiDescription, ScanError> {
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let bad = |why: String| ScanError::BadDescription(shown(url), why);
    let answer = get(client, url, &path, options).await.map_err(|error| bad(error.to_string()))?;
    if answer.status != 200 {
        return Err(bad(format!("it answers {}", answer.status)));
    }
    openapi::parse(&answer.body).map_err(|error| bad(error.to_string()))
}

async fn check_answers(client: &Client, base: &Url) -> Result<(), ScanError> {
    let request = Request { method: Method::Get, target: base.path().to_owned(), headers: Vec::new(), body: "".into() };
    let outcome = client.send(base, &request).await;
    outcome.map(drop).map_err(|error| ScanError::NoAnswer(shown(base), error.to_string()))
}

/// One GET with the caller's headers, redirects within the host followed.
async fn get(client: &Client, base: &Url, path: &str, options: &ScanOptions) -> Result<Response, SendError> {
    let headers: Vec<(String, String)> =
        options.headers.iter().map(|header| (header.name.clone(), header.value.expose().to_owned())).collect();
    let mut target = path.to_owned();
    for hop in 0.. {
        let request =
            Request { method: Method::Get, target: target.clone(), headers: headers.clone(), body: "".into() };
        let answer = client.send(base, &request).await?;
        let onward = answer.header("location").and_then(|location| base.join(location).ok());
        match onward {
            Some(onward)
                if (300..400).contains(&answer.status) && hop < REDIRECTS && onward.origin() == base.origin() =>
            {
                target = onward.path().to_owned();
            }
            _ => return Ok(answer),
        }
    }
    Err(SendError::Other("it redirects without end".to_owned()))
}

/// An address without credentials and query.
fn shown(url: &Url) -> String {
    let path = url.path().trim_end_matches('/');
    format!("{}{path}", url.origin().ascii_serialization())
}
