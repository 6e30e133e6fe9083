//! The way in: registering accounts of our own and logging them in.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stanch_api::{Method, ParameterLocation};
use stanch_live::driver::{HonestValues, Values, build, template_names};
use stanch_live::openapi::{Operation, Parameter, Shape};
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use super::harvest::folded;
use super::session::Session;
use super::sight::By;
use super::view::{Identity, Purpose, Trial};

/// Properties that make an account more than it should be, when a registration takes them over.
const ELEVATING: [(&str, bool); 5] =
    [("admin", true), ("is_admin", true), ("isAdmin", true), ("is_staff", true), ("is_superuser", true)];
/// One account that the scan made.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) password: Secret,
    pub(super) identity: Identity,
    /// What the registration answered, by folded name: the id that it gave the account.
    pub(super) given: BTreeMap<String, String>,
}

/// Registers one account and logs it in.
pub(super) async fn account(
    session: &mut Session<'_>,
    register: usize,
    login: usize,
    letter: &str,
    elevate: bool,
) -> Option<Account> {
    let operation = session.asked[register].operation.clone();
    let entrance = session.asked[login].operation.clone();
    let header = header_for_keys(session);
    // A name may be taken by an earlier scan that could not clean up.
    for number in 0..3 {
        let name = format!("stanch{letter}{number}");
        let password = Secret::new(format!("Stanch-{letter}{number}-Pass9"));
        let nobody = Identity { name: name.clone(), headers: Vec::new(), credentials: Vec::new() };
        let mut account = Account { name, password, identity: nobody, given: BTreeMap::new() };
        let values = &mut AccountValues { account: &account, mark: None };
        let mut request = build(&operation, session.api.base.path(), values).ok()?;
        if elevate && let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&request.body) {
            body.extend(elevating());
            request.body = Value::Object(body).to_string().into();
        }
        let purpose = if elevate { Purpose::Elevated } else { Purpose::Setup };
        let trial = session.send(register, purpose, request, None).await?;
        account.given = trial.json().map(|answer| scalars(&answer)).unwrap_or_default();
        let values = &mut AccountValues { account: &account, mark: None };
        let request = build(&entrance, session.api.base.path(), values).ok()?;
        let trial = session.send(login, Purpose::Setup, request, None).await?;
        if let Some((header, credential)) = handed_out(trial, &header) {
            account.identity.headers.push(header);
            account.identity.credentials.push(credential);
            return Some(account);
        }
    }
    None
}

/// Logs in with the account that the description shows as its example of a login, as an API without registration does
/// that is meant to be tried out.
pub(super) async fn shown_account(session: &mut Session<'_>, login: usize) -> Option<Account> {
    let operation = session.asked[login].operation.clone();
    let fields = || operation.body.iter().flat_map(|body| &body.properties).chain(&operation.parameters);
    let shown = |wanted: &dyn Fn(&str) -> bool| {
        let field = fields().find(|field| field.shape.example_given && wanted(&field.name))?;
        field.shape.example.as_str().map(str::to_owned)
    };
    let password = Secret::new(shown(&|name| key_kind(name) == Some(KeyKind::Password))?);
    let name = shown(&|name| is_account_name(name) || name.to_ascii_lowercase().contains("mail"))?;
    let request = build(&operation, session.api.base.path(), &mut HonestValues).ok()?;
    let header = header_for_keys(session);
    let trial = session.send(login, Purpose::Setup, request, None).await?;
    let (header, credential) = handed_out(trial, &header)?;
    let identity = Identity { name: name.clone(), headers: vec![header], credentials: vec![credential] };
    Some(Account { name, password, identity, given: BTreeMap::new() })
}

/// Where this API takes its keys: as the user's own header shows, or the description says.
fn header_for_keys(session: &Session<'_>) -> String {
    let own = session.api.identities.iter().flat_map(|identity| &identity.headers).next();
    let own = own.map(|(name, _)| name.clone()).or_else(|| session.api.key_header.clone());
    own.unwrap_or_else(|| "Authorization".to_owned())
}

fn elevating() -> Map<String, Value> {
    ELEVATING.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// Names of elevating properties.
pub(crate) fn elevating_names() -> impl Iterator<Item = &'static str> {
    ELEVATING.into_iter().map(|(name, _)| name)
}

/// The header to ask with, and the credential in it, out of the answer to a login.
fn handed_out(trial: &Trial, header: &str) -> Option<((String, Secret), Secret)> {
    if !trial.succeeded() {
        return None;
    }
    let token = trial.sightings.iter().find(|sighting| match &sighting.by {
        By::Name(kind) => matches!(kind, KeyKind::Token | KeyKind::Session | KeyKind::ApiKey),
        By::Format => true,
        By::Own | By::Known(_) => false,
    });
    if let Some(token) = token {
        let value = token.value.clone();
        let scheme = if header.eq_ignore_ascii_case("authorization") { "Bearer " } else { "" };
        return Some(((header.to_owned(), Secret::new(format!("{scheme}{}", value.expose()))), value));
    }
    let cookie = trial.answer()?.header("set-cookie")?.split(';').next()?.to_owned();
    let value = cookie.split_once('=')?.1.to_owned();
    (value.len() >= 8).then(|| (("Cookie".to_owned(), Secret::new(cookie)), Secret::new(value)))
}

/// The operation that takes a password and whose path has one of the words; an earlier word is better.
pub(super) fn find(session: &Session<'_>, words: &[&str]) -> Option<usize> {
    let takes_password = |operation: &Operation| {
        let fields = operation.body.iter().flat_map(|body| &body.properties).chain(&operation.parameters);
        operation.method == Method::Post
            && template_names(&operation.path).is_empty()
            && fields.into_iter().any(|field| key_kind(&field.name) == Some(KeyKind::Password))
    };
    words.iter().find_map(|word| {
        session.asked.iter().position(|asked| {
            takes_password(&asked.operation) && asked.operation.path.to_ascii_lowercase().contains(word)
        })
    })
}

/// `GET /me`.
pub(super) fn is_about_caller(operation: &Operation) -> bool {
    let last = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    ["me", "profile", "whoami", "self", "account", "user"].contains(&last)
}

/// Whether the one placeholder of the path is the name of an account, or the id that the registration gave it.
pub(super) fn names_account(operation: &Operation, account: &Account) -> bool {
    matches!(&template_names(&operation.path)[..], [name] if is_account_name(name) || is_account_id(name, account))
}

/// Whether it changes an account that its body names: `PUT /profile` with a `username`, which need not be the caller's.
pub(super) fn names_account_in_body(operation: &Operation) -> bool {
    let mut fields = operation.body.iter().flat_map(|body| &body.properties);
    matches!(operation.method, Method::Put | Method::Patch)
        && is_about_caller(operation)
        && template_names(&operation.path).is_empty()
        && fields.any(|field| is_account_name(&field.name))
}

/// Whether it is `user_id` or the like, and the registration's answer had it.
fn is_account_id(name: &str, account: &Account) -> bool {
    let folded = folded(name);
    ["userid", "accountid", "uid", "memberid", "customerid"].contains(&folded.as_str())
        && account.given.contains_key(&folded)
}

fn is_account_name(name: &str) -> bool {
    let folded = folded(name);
    ["username", "user", "login", "loginname", "accountname", "nickname"].contains(&folded.as_str())
}

/// Values of a request that is about an account.
pub(super) struct AccountValues<'a> {
    pub(super) account: &'a Account,
    /// Written into every text of the body, to be found again where the record is shown.
    pub(super) mark: Option<&'static str>,
}

impl Values for AccountValues<'_> {
    fn value(&mut self, _: &Operation, parameter: &Parameter) -> Option<Value> {
        if key_kind(&parameter.name) == Some(KeyKind::Password) {
            return Some(Value::from(self.account.password.expose()));
        }
        // The password grant of OAuth 2.0 (RFC 6749, 4.3).
        match parameter.name.as_str() {
            "grant_type" => return Some(Value::from("password")),
            "scope" | "client_id" | "client_secret" => return None,
            _ => {}
        }
        if is_account_id(&parameter.name, self.account) {
            return self.account.given.get(&folded(&parameter.name)).map(|id| Value::from(id.as_str()));
        }
        let name = parameter.name.to_ascii_lowercase();
        if is_account_name(&name) || name == "name" {
            return Some(Value::from(self.account.name.clone()));
        }
        if name.contains("mail") {
            let local = self.mark.unwrap_or(&self.account.name);
            return Some(Value::from(format!("{local}@example.com")));
        }
        if let Some(mark) = self.mark
            && matches!(parameter.location, ParameterLocation::Json | ParameterLocation::Form)
            && is_free_text(&parameter.shape)
        {
            return Some(Value::from(mark));
        }
        let in_body = matches!(parameter.location, ParameterLocation::Json | ParameterLocation::Form);
        let in_query = parameter.location == ParameterLocation::Query && parameter.required;
        if (in_body || in_query) && is_free_text(&parameter.shape) {
            // What has to be unique is so: two accounts with one telephone number are refused by many.
            if ["phone", "mobile"].iter().any(|word| name.contains(word)) {
                return Some(Value::from(number_of(&self.account.name)));
            }
            if !parameter.shape.example_given {
                return Some(Value::from(self.account.name.clone()));
            }
        }
        match parameter.location {
            ParameterLocation::Path | ParameterLocation::Json | ParameterLocation::Form => {
                Some(parameter.shape.example.clone())
            }
            _ => parameter.required.then(|| parameter.shape.example.clone()),
        }
    }
}

/// Whether any text will do.
fn is_free_text(shape: &Shape) -> bool {
    shape.example.is_string() && shape.format.is_empty() && shape.allowed.is_empty()
}

/// A telephone number for an account, of those that are kept for fiction.
fn number_of(name: &str) -> String {
    let digit = |byte: Option<&u8>, from: u8| byte.map_or(0, |byte| byte.wrapping_sub(from) % 10);
    let bytes = name.as_bytes();
    let letter = bytes.len().checked_sub(2).and_then(|at| bytes.get(at));
    format!("+120255501{}{}", digit(letter, b'a'), digit(bytes.last(), b'0'))
}

/// Texts and numbers of an answer by folded name, the first of each name.
fn scalars(answer: &Value) -> BTreeMap<String, String> {
    const KEPT: usize = 100;
    let mut found = BTreeMap::new();
    let mut queue = vec![answer];
    while let Some(value) = queue.pop() {
        let Value::Object(fields) = value else { continue };
        for (name, value) in fields {
            match value {
                Value::Object(_) => queue.push(value),
                Value::String(text) if text.len() <= 128 && found.len() < KEPT => {
                    found.entry(folded(name)).or_insert_with(|| text.clone());
                }
                Value::Number(number) if found.len() < KEPT => {
                    found.entry(folded(name)).or_insert_with(|| number.to_string());
                }
                _ => {}
            }
        }
    }
    found
}
