//! Names that many APIs have, tried where nothing else says what there is.

use bytes::Bytes;
use serde_json::{Map, Value};
use stanch_api::{Method, ParameterLocation};
use stanch_live::openapi::{Body, BodyKind, Operation, Parameter, Shape};
use stanch_live::{Request, Response};

use super::paths::same_path;
use super::session::{Asked, Session};

/// Where APIs stand below their host.
const PREFIXES: [&str; 4] = ["", "/api", "/api/v1", "/v1"];
/// Names of collections, tried with the number of one record too.
const THINGS: [&str; 12] = [
    "users",
    "user",
    "orders",
    "products",
    "items",
    "accounts",
    "records",
    "posts",
    "books",
    "notes",
    "customers",
    "profile",
];
/// Names that are tried below every prefix.
const COMMON: [&str; 8] = ["users", "user", "login", "me", "health", "status", "products", "items"];
/// Names that are tried below a prefix which has one of the common ones, and below none.
const FURTHER: [&str; 55] = [
    "account",
    "accounts",
    "admin",
    "api-keys",
    "api_keys",
    "apikeys",
    "auth/login",
    "auth/register",
    "auth/token",
    "backup",
    "books",
    "cards",
    "comments",
    "contacts",
    "customers",
    "dashboard",
    "docs",
    "documents",
    "employees",
    "events",
    "export",
    "files",
    "get_users",
    "healthz",
    "hello",
    "invoices",
    "keys",
    "log",
    "logs",
    "messages",
    "metrics",
    "movies",
    "notes",
    "orders",
    "payments",
    "ping",
    "posts",
    "profile",
    "records",
    "register",
    "search",
    "secret",
    "secrets",
    "sessions",
    "settings",
    "signin",
    "signup",
    "tasks",
    "todos",
    "token",
    "transactions",
    "user/login",
    "user/register",
    "users/login",
    "users/register",
];
/// A name that no API has: how it is answered says how a miss looks.
pub(super) const NOTHING: &str = "stanch-0-nothing";
/// Most operations that are taken over from guesses.
const MOST: usize = 100;

/// How a path that is not there is answered.
struct Miss {
    status: u16,
    page: bool,
    place: Option<String>,
}

impl Session<'_> {
    /// Tries the names, and adds what is there to the operations that are asked. `told` hears of each try.
    pub(super) async fn guess(&mut self, told: &dyn Fn(usize, usize, &str)) {
        let before = self.asked.len();
        let mut tried = 0;
        // An answer that came at the root already is the same thing by another name.
        let mut bodies = Vec::new();
        let prefixes = if self.api.base.path() == "/" { &PREFIXES[..] } else { &PREFIXES[..1] };
        for prefix in prefixes {
            let Some(Ok(nothing)) = self.try_out(Method::Get, &format!("{prefix}/{NOTHING}")).await else { return };
            let miss = Miss::of(&nothing);
            let mut hits = 0;
            for names in [&COMMON[..], &FURTHER[..]] {
                // A prefix without one of the common names has hardly another.
                let hopeless = hits == 0 && names.len() == FURTHER.len() && !prefix.is_empty();
                for name in names.iter().filter(|_| !hopeless) {
                    tried += 1;
                    let path = format!("{prefix}/{name}");
                    told(self.asked.len(), self.asked.len() + 1, &path);
                    hits += usize::from(self.try_name(&path, &miss, &mut bodies).await);
                }
            }
            if hits > 0 || prefix.is_empty() {
                for thing in THINGS {
                    tried += 1;
                    self.try_record(&format!("{prefix}/{thing}"), &miss).await;
                }
            }
        }
        let known = |asked: &&Asked| asked.operation.documented;
        let (named, guessed) = (self.asked[..before].iter().filter(known).count(), self.asked.len() - before);
        self.notes.push(format!(
            "no description was found: {named} operations are named by the first answer, {guessed} were found by trying \
             {tried} names that APIs often have; give a description with --spec, or the source with --source, to reach \
             all there is"
        ));
    }

    /// Tries one name; whether something is there.
    async fn try_name(&mut self, path: &str, miss: &Miss, bodies: &mut Vec<Bytes>) -> bool {
        let Some(Ok(answer)) = self.try_out(Method::Get, path).await else { return false };
        if !miss.differs(&answer, path) {
            return false;
        }
        // `/users/login` may be nothing but the user of that name.
        if let Some((parent, _)) = path.rsplit_once('/').filter(|(parent, _)| self.has_records(parent)) {
            let neighbour = self.try_out(Method::Get, &format!("{parent}/{NOTHING}")).await;
            if neighbour.and_then(Result::ok).is_none_or(|other| other.status == answer.status) {
                return false;
            }
        }
        if answer.status == 200 && answer.body.len() > 20 {
            if bodies.contains(&answer.body) {
                return false;
            }
            bodies.push(answer.body.clone());
        }
        if answer.status == 405 {
            let mut methods = allowed(&answer);
            if methods.is_empty() {
                // Error pages of an app's own leave the header out; what answers OPTIONS by itself has it.
                let options = self.try_out(Method::Options, path).await;
                methods = options.and_then(Result::ok).map(|answer| allowed(&answer)).unwrap_or_default();
            }
            if methods.is_empty() {
                methods.push(Method::Post);
            }
            methods.into_iter().for_each(|method| self.found(method, path));
            return true;
        }
        // A path that wants a slash at its end says so.
        let slash = format!("{path}/");
        let path = if leads_to(&answer).is_some_and(|place| place.ends_with(&slash)) { &slash } else { path };
        self.found(Method::Get, path);
        if let Some(Ok(options)) = self.try_out(Method::Options, path).await {
            let writes = allowed(&options).into_iter().filter(|method| !method.is_safe());
            for method in writes.collect::<Vec<_>>() {
                self.found(method, path);
            }
        }
        true
    }

    /// Tries the first record of a collection.
    async fn try_record(&mut self, collection: &str, miss: &Miss) {
        let Some(Ok(answer)) = self.try_out(Method::Get, &format!("{collection}/1")).await else { return };
        // The names of other records may be of another form, so that what is not found here may be there.
        if miss.differs(&answer, collection) && (200..300).contains(&answer.status) {
            self.found(Method::Get, &format!("{collection}/{{id}}"));
        }
    }

    /// Whether something was found at a path, below which its records may stand.
    fn has_records(&self, path: &str) -> bool {
        self.asked.iter().any(|asked| asked.operation.documented && asked.operation.path.trim_end_matches('/') == path)
    }

    async fn try_out(&self, method: Method, path: &str) -> Option<Result<Response, stanch_live::SendError>> {
        let target = format!("{}{path}", self.api.base.path().trim_end_matches('/'));
        let mut headers = vec![("Accept".to_owned(), "application/json, */*;q=0.5".to_owned())];
        let own = &self.api.identities[0].headers;
        headers.extend(own.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())));
        let exchange = self.driver.exchange(Request { method, target, headers, body: "".into() }).await?;
        Some(exchange.outcome)
    }

    /// Takes an operation over. What answers is there, whoever wrote it down.
    fn found(&mut self, method: Method, path: &str) {
        let known = |asked: &&mut Asked| {
            asked.operation.method == method
                && same_path(asked.operation.path.trim_end_matches('/'), path.trim_end_matches('/'))
        };
        if let Some(asked) = self.asked.iter_mut().find(known) {
            asked.operation.documented = true;
        } else if self.asked.len() < MOST {
            let body = (method == Method::Post).then(|| entrance(path)).flatten();
            let operation = Operation { documented: true, body, ..Operation::undocumented(method, path) };
            self.asked.push(Asked { operation, trials: Vec::new(), skipped: None });
        }
    }
}

impl Miss {
    fn of(answer: &Response) -> Self {
        Self { status: answer.status, page: is_page(answer), place: leads_to(answer).map(without_name) }
    }

    /// Whether an answer says that something is there: none of a miss, and not the page that a front end answers every
    /// path with, nor the entrance that it sends everybody to.
    fn differs(&self, answer: &Response, path: &str) -> bool {
        if matches!(answer.status, 404 | 410 | 502 | 503 | 429) {
            return false;
        }
        if answer.status != self.status {
            return true;
        }
        let other_kind = (200..300).contains(&answer.status) && self.page && !is_page(answer);
        let other_place = leads_to(answer).is_some_and(|place| {
            place.trim_end_matches('/').ends_with(path) && self.place.as_deref() != Some(&without_name(place))
        });
        other_kind || other_place
    }
}

fn is_page(answer: &Response) -> bool {
    answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

fn leads_to(answer: &Response) -> Option<&str> {
    answer.header("location").filter(|_| (300..400).contains(&answer.status))
}

/// The place without what was asked for, so that two redirects that only repeat the path are one.
fn without_name(place: &str) -> String {
    place.trim_end_matches('/').rsplit_once('/').map_or("", |(before, _)| before).to_owned()
}

/// Methods that an answer says the path knows.
fn allowed(answer: &Response) -> Vec<Method> {
    let names = answer.header("allow").unwrap_or_default().split(',');
    let methods = names.filter_map(|name| Method::from_name(&name.trim().to_ascii_uppercase()));
    methods.filter(|method| !matches!(method, Method::Head | Method::Options)).collect()
}

/// The body of what registers an account or logs one in, as most take it.
pub(super) fn entrance(path: &str) -> Option<Body> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let registers = ["register", "signup", "users", "user"].contains(&last);
    let logs_in = ["login", "signin", "token"].contains(&last);
    let names: &[&str] = match (registers, logs_in) {
        (true, _) => &["username", "email", "password", "name"],
        (_, true) => &["username", "password"],
        _ => return None,
    };
    let shape = || Shape { kind: "string".to_owned(), example: Value::from("stanch"), ..Shape::default() };
    let property = |name: &&str| Parameter {
        name: (*name).to_owned(),
        location: ParameterLocation::Json,
        required: true,
        shape: shape(),
    };
    let example: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::from("stanch"))).collect();
    let properties = names.iter().map(property).collect();
    Some(Body { kind: BodyKind::Json, required: true, example: Value::Object(example), properties })
}

#[cfg(test)]
mod tests {
    use stanch_api::Method;
    use stanch_live::Response;

    use super::{Miss, allowed};

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: "".into(), cut: false }
    }

    #[test]
    fn a_hit_is_what_no_miss_looks_like() {
        let missing = Miss::of(&answer(404, &[]));
        for status in [200, 400, 401, 403, 405, 500] {
            assert!(missing.differs(&answer(status, &[]), "/users"), "{status}");
        }
        assert!(!missing.differs(&answer(404, &[]), "/users"));
        // A guard in front of everything, a front end that answers every path, a redirect of every path.
        let guard = Miss::of(&answer(401, &[]));
        assert!(!guard.differs(&answer(401, &[]), "/users") && guard.differs(&answer(200, &[]), "/users"));
        let front = Miss::of(&answer(200, &[("content-type", "text/html; charset=utf-8")]));
        assert!(!front.differs(&answer(200, &[("content-type", "text/html")]), "/users"));
        assert!(front.differs(&answer(200, &[("content-type", "application/json")]), "/users"));
        let to_login = Miss::of(&answer(302, &[("location", "/login")]));
        assert!(!to_login.differs(&answer(302, &[("location", "/login")]), "/users"));
        let slashes = Miss::of(&answer(301, &[("location", "/stanch-0-nothing/")]));
        assert!(!slashes.differs(&answer(301, &[("location", "/users/")]), "/users"));
    }

    #[test]
    fn methods_are_read_from_allow() {
        assert_eq!(allowed(&answer(405, &[("allow", "OPTIONS, POST, get")])), [Method::Post, Method::Get]);
        assert!(allowed(&answer(200, &[])).is_empty());
    }
}
