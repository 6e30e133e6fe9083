//! Accounts of our own: where writing is allowed and the API lets anybody register, what one account may do to another
//! is tried on accounts that the scan made, so that nobody's record is changed.

use serde_json::{Map, Value, json};
use stanch_api::{Method, ParameterLocation};
use stanch_live::driver::{Values, build, template_names};
use stanch_live::openapi::{Operation, Parameter};
use stanch_secrets::Secret;
use stanch_secrets::names::{KeyKind, key_kind};

use super::session::Session;
use super::sight::By;
use super::view::{Identity, Purpose, Trial};

/// Properties that make an account more than it should be, when a registration takes them over.
const ELEVATING: [(&str, bool); 5] =
    [("admin", true), ("is_admin", true), ("isAdmin", true), ("is_staff", true), ("is_superuser", true)];
/// Wrong passwords sent in a row to see whether anybody stops it.
const REPEATS: usize = 8;

/// Text that one account writes into another one's record.
pub(crate) const MARK: &str = "stanch-was-here";

/// One account that the scan made.
#[derive(Clone, Debug)]
struct Account {
    name: String,
    password: Secret,
    identity: Identity,
}

/// What stands in the way of accounts, or the accounts: the first is acted upon, the second acts, the third asked for
/// more rights than it should have.
pub(super) struct Accounts {
    victim: Account,
    other: Account,
    elevated: Option<Account>,
    register: usize,
    login: usize,
}

impl Accounts {
    /// Registers and logs in. None where there is no such way in.
    pub(super) async fn make(session: &mut Session<'_>) -> Option<Self> {
        let register = find(session, &["register", "signup", "sign-up", "sign_up", "users", "accounts"])?;
        let login = find(session, &["login", "signin", "sign-in", "sign_in", "token", "session"])?;
        if register == login {
            return None;
        }
        let victim = account(session, register, login, "a", false).await?;
        let other = account(session, register, login, "b", false).await?;
        let elevated = account(session, register, login, "c", true).await;
        if session.api.identities[0].headers.is_empty() {
            session.api.identities[0].headers = other.identity.headers.clone();
            session.api.identities[0].credentials = other.identity.credentials.clone();
            session.api.registered = true;
            session
                .notes
                .push("no credentials were given: the scan asked with an account that it registered itself".to_owned());
        }
        if session.api.identities.len() == 1 {
            session.api.identities.push(victim.identity.clone());
        }
        Some(Self { victim, other, elevated, register, login })
    }

    /// After all operations were asked: what accounts may do to each other, and what the entrance gives away.
    pub(super) async fn try_out(&self, session: &mut Session<'_>) {
        self.verify_elevation(session).await;
        self.guess(session).await;
        for index in 0..session.asked.len() {
            self.write_as_other(session, index).await;
        }
        self.remove(session).await;
    }

    /// Whether the properties that were smuggled into the registration show in the account.
    async fn verify_elevation(&self, session: &mut Session<'_>) {
        let Some(elevated) = &self.elevated else { return };
        let own = session
            .asked
            .iter()
            .position(|asked| asked.operation.method == Method::Get && is_about_caller(&asked.operation));
        let by_name = session
            .asked
            .iter()
            .position(|asked| asked.operation.method == Method::Get && names_account(&asked.operation));
        for index in own.into_iter().chain(by_name) {
            let operation = session.asked[index].operation.clone();
            let values = &mut AccountValues { account: elevated, mark: None };
            let Ok(request) = build(&operation, session.api.base.path(), values) else { continue };
            let identity = elevated.identity.clone();
            // Kept with the registration, whose defect it would show.
            let trial = session.send(self.register, Purpose::Verify, request, Some(&identity)).await;
            if trial.is_some_and(Trial::succeeded) {
                return;
            }
        }
    }

    /// Wrong passwords for a known and an unknown account, and a row of them.
    async fn guess(&self, session: &mut Session<'_>) {
        let operation = session.asked[self.login].operation.clone();
        let wrong = Account { password: Secret::new("Wr0ng-stanch-pass"), ..self.victim.clone() };
        let unknown = Account { name: "stanchnobody0".to_owned(), ..wrong.clone() };
        let mut tries = vec![(Purpose::WrongPassword, &wrong), (Purpose::UnknownAccount, &unknown)];
        tries.extend(std::iter::repeat_n((Purpose::Repeated, &wrong), REPEATS));
        for (purpose, account) in tries {
            let values = &mut AccountValues { account, mark: None };
            let Ok(request) = build(&operation, session.api.base.path(), values) else { return };
            if session.send(self.login, purpose, request, None).await.is_none() {
                return;
            }
        }
    }

    /// Changes the first account with the credentials of the second, and looks whether it was changed: many a server
    /// answers with success and changes the account that asked.
    async fn write_as_other(&self, session: &mut Session<'_>, index: usize) {
        let operation = session.asked[index].operation.clone();
        let writes = matches!(operation.method, Method::Put | Method::Patch | Method::Post);
        if !writes || !names_account(&operation) {
            return;
        }
        let changed = Account { password: Secret::new("Ch4nged-by-stanch"), ..self.victim.clone() };
        let values = &mut AccountValues { account: &changed, mark: Some(MARK) };
        let Ok(request) = build(&operation, session.api.base.path(), values) else { return };
        session.asked[index].skipped = None;
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let identity = self.other.identity.clone();
        let done = session.send(index, Purpose::ForeignWrite, request, Some(&identity)).await;
        if !done.is_some_and(Trial::succeeded) {
            return;
        }
        // The first account opens with the password that the second one set, or shows the text that it wrote.
        if body.contains(changed.password.expose()) {
            let login = session.asked[self.login].operation.clone();
            let values = &mut AccountValues { account: &changed, mark: None };
            if let Ok(request) = build(&login, session.api.base.path(), values) {
                session.send(index, Purpose::Verify, request, None).await;
            }
        } else if body.contains(MARK) {
            let shows = session.asked.iter().position(|asked| {
                let operation = &asked.operation;
                operation.method == Method::Get && (is_about_caller(operation) || names_account(operation))
            });
            let Some(shows) = shows.map(|shows| session.asked[shows].operation.clone()) else { return };
            let values = &mut AccountValues { account: &self.victim, mark: None };
            if let Ok(request) = build(&shows, session.api.base.path(), values) {
                let identity = self.victim.identity.clone();
                session.send(index, Purpose::Verify, request, Some(&identity)).await;
            }
        }
    }

    /// Deletes the accounts again, each by itself or by the one with more rights.
    async fn remove(&self, session: &mut Session<'_>) {
        let found = session
            .asked
            .iter()
            .position(|asked| asked.operation.method == Method::Delete && names_account(&asked.operation));
        let mut left = Vec::new();
        for account in [Some(&self.victim), Some(&self.other), self.elevated.as_ref()].into_iter().flatten() {
            let mut gone = false;
            if let Some(index) = found {
                let operation = session.asked[index].operation.clone();
                for by in [Some(account), self.elevated.as_ref()].into_iter().flatten() {
                    let values = &mut AccountValues { account, mark: None };
                    let Ok(request) = build(&operation, session.api.base.path(), values) else { break };
                    session.asked[index].skipped = None;
                    let identity = by.identity.clone();
                    gone = session
                        .send(index, Purpose::Cleanup, request, Some(&identity))
                        .await
                        .is_some_and(Trial::succeeded);
                    if gone {
                        break;
                    }
                }
            }
            if !gone {
                left.push(account.name.clone());
            }
        }
        if !left.is_empty() {
            session.notes.push(format!("accounts that the scan registered and could not delete: {}", left.join(", ")));
        }
    }
}

/// Registers one account and logs it in.
async fn account(
    session: &mut Session<'_>,
    register: usize,
    login: usize,
    letter: &str,
    elevate: bool,
) -> Option<Account> {
    let operation = session.asked[register].operation.clone();
    let entrance = session.asked[login].operation.clone();
    // A name may be taken by an earlier scan that could not clean up.
    for number in 0..3 {
        let name = format!("stanch{letter}{number}");
        let password = Secret::new(format!("Stanch-{letter}{number}-Pass9"));
        let nobody = Identity { name: name.clone(), headers: Vec::new(), credentials: Vec::new() };
        let mut account = Account { name, password, identity: nobody };
        let values = &mut AccountValues { account: &account, mark: None };
        let mut request = build(&operation, session.api.base.path(), values).ok()?;
        if elevate && let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&request.body) {
            body.extend(elevating());
            request.body = Value::Object(body).to_string().into();
        }
        let purpose = if elevate { Purpose::Elevated } else { Purpose::Setup };
        session.send(register, purpose, request, None).await?;
        let values = &mut AccountValues { account: &account, mark: None };
        let request = build(&entrance, session.api.base.path(), values).ok()?;
        let trial = session.send(login, Purpose::Setup, request, None).await?;
        if let Some((header, credential)) = handed_out(trial) {
            account.identity.headers.push(header);
            account.identity.credentials.push(credential);
            return Some(account);
        }
    }
    None
}

fn elevating() -> Map<String, Value> {
    ELEVATING.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// Names of elevating properties.
pub(crate) fn elevating_names() -> impl Iterator<Item = &'static str> {
    ELEVATING.into_iter().map(|(name, _)| name)
}

/// The header to ask with, and the credential in it, out of the answer to a login.
fn handed_out(trial: &Trial) -> Option<((String, Secret), Secret)> {
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
        return Some((("Authorization".to_owned(), Secret::new(format!("Bearer {}", value.expose()))), value));
    }
    let cookie = trial.answer()?.header("set-cookie")?.split(';').next()?.to_owned();
    let value = cookie.split_once('=')?.1.to_owned();
    (value.len() >= 8).then(|| (("Cookie".to_owned(), Secret::new(cookie)), Secret::new(value)))
}

/// The operation that takes a password and whose path has one of the words; an earlier word is better.
fn find(session: &Session<'_>, words: &[&str]) -> Option<usize> {
    let takes_password = |operation: &Operation| {
        let fields = operation.body.iter().flat_map(|body| &body.properties);
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
fn is_about_caller(operation: &Operation) -> bool {
    let last = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    ["me", "profile", "whoami", "self", "account", "user"].contains(&last)
}

/// Whether the one placeholder of the path is the name of an account.
fn names_account(operation: &Operation) -> bool {
    matches!(&template_names(&operation.path)[..], [name] if is_account_name(name))
}

fn is_account_name(name: &str) -> bool {
    let folded: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    ["username", "user", "login", "loginname", "accountname", "nickname"].contains(&folded.as_str())
}

/// Values of a request that is about an account.
struct AccountValues<'a> {
    account: &'a Account,
    /// Written into every text of the body, to be found again where the record is shown.
    mark: Option<&'static str>,
}

impl Values for AccountValues<'_> {
    fn value(&mut self, _: &Operation, parameter: &Parameter) -> Option<Value> {
        if key_kind(&parameter.name) == Some(KeyKind::Password) {
            return Some(Value::from(self.account.password.expose()));
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
            && parameter.location != ParameterLocation::Path
            && parameter.shape.example.is_string()
            && parameter.shape.format.is_empty()
            && parameter.shape.allowed.is_empty()
        {
            return Some(Value::from(mark));
        }
        match parameter.location {
            ParameterLocation::Path | ParameterLocation::Json | ParameterLocation::Form => {
                Some(parameter.shape.example.clone())
            }
            _ => parameter.required.then(|| parameter.shape.example.clone()),
        }
    }
}
