//! Accounts of our own: where writing is allowed and the API lets anybody register, what one account may do to another
//! is tried on accounts that the scan made, so that nobody's record is changed.

use stanch_api::Method;
use stanch_live::driver::build;
use stanch_secrets::Secret;

use super::entrance::{
    Account, AccountValues, account, find, is_about_caller, names_account, names_account_in_body, shown_account,
};
use super::records::EXTRA;
use super::session::Session;
use super::view::{Purpose, Trial};

/// Wrong passwords sent in a row to see whether anybody stops it.
const REPEATS: usize = 8;

/// Text that one account writes into another one's record.
pub(crate) const MARK: &str = "stanch-was-here";

/// The accounts: the first is acted upon, the second acts, the third asked for more rights than it should have.
pub(super) struct Accounts {
    victim: Account,
    other: Account,
    elevated: Option<Account>,
    register: usize,
    login: usize,
}

/// The account that the description shows, where nobody can register one: it is logged in and nothing more.
pub(super) struct ShownAccount {
    account: Account,
    login: usize,
}

/// Words in the path of what logs in, the surest first.
const LOGINS: [&str; 7] = ["login", "signin", "sign-in", "sign_in", "token", "session", "auth"];

impl ShownAccount {
    /// Logs in, and makes the account the caller where the user named none.
    pub(super) async fn log_in(session: &mut Session<'_>) -> Option<Self> {
        let login = find(session, &LOGINS)?;
        let account = shown_account(session, login).await?;
        if session.api.identities[0].headers.is_empty() {
            session.api.identities[0].headers = account.identity.headers.clone();
            session.api.identities[0].credentials = account.identity.credentials.clone();
            let note = "no credentials were given: the scan asked with the account that the description shows";
            session.notes.push(note.to_owned());
        }
        Some(Self { account, login })
    }

    /// What the login says of a wrong password and of an unknown account, once each: the account is somebody else's.
    pub(super) async fn try_out(&self, session: &mut Session<'_>) {
        let wrong = Account { password: Secret::new("Wr0ng-stanch-pass"), ..self.account.clone() };
        let unknown = Account { name: NOBODY.to_owned(), ..wrong.clone() };
        for (purpose, account) in [(Purpose::WrongPassword, &wrong), (Purpose::UnknownAccount, &unknown)] {
            log_in_wrongly(session, self.login, purpose, account).await;
        }
    }
}

/// An account that no API has.
const NOBODY: &str = "stanchnobody0";

/// One login with an account as it stands; whether it was sent.
async fn log_in_wrongly(session: &mut Session<'_>, login: usize, purpose: Purpose, account: &Account) -> bool {
    let operation = session.asked[login].operation.clone();
    let values = &mut AccountValues { account, mark: None };
    let Ok(request) = build(&operation, session.api.base.path(), values) else { return false };
    session.send(login, purpose, request, None).await.is_some()
}

impl Accounts {
    /// Registers and logs in. None where there is no such way in.
    pub(super) async fn make(session: &mut Session<'_>) -> Option<Self> {
        let register = find(session, &["register", "signup", "sign-up", "sign_up", "users", "accounts"])?;
        let login = find(session, &LOGINS)?;
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
            .position(|asked| asked.operation.method == Method::Get && names_account(&asked.operation, elevated));
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
        let wrong = Account { password: Secret::new("Wr0ng-stanch-pass"), ..self.victim.clone() };
        let unknown = Account { name: NOBODY.to_owned(), ..wrong.clone() };
        let mut tries = vec![(Purpose::WrongPassword, &wrong), (Purpose::UnknownAccount, &unknown)];
        tries.extend(std::iter::repeat_n((Purpose::Repeated, &wrong), REPEATS));
        for (purpose, account) in tries {
            if !log_in_wrongly(session, self.login, purpose, account).await {
                return;
            }
        }
    }

    /// Changes the first account with the credentials of the second, and looks whether it was changed: many a server
    /// answers with success and changes the account that asked.
    async fn write_as_other(&self, session: &mut Session<'_>, index: usize) {
        let operation = session.asked[index].operation.clone();
        let writes = matches!(operation.method, Method::Put | Method::Patch | Method::Post);
        if !writes || !names_account(&operation, &self.victim) && !names_account_in_body(&operation) {
            return;
        }
        let changed = Account { password: Secret::new("Ch4nged-by-stanch"), ..self.victim.clone() };
        let values = &mut AccountValues { account: &changed, mark: Some(MARK) };
        let Ok(mut request) = build(&operation, session.api.base.path(), values) else { return };
        if request.body.is_empty() {
            // Nothing is known of the body: a property that no account has shows whether anything is written.
            request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            request.body = serde_json::json!({ EXTRA: MARK }).to_string().into();
        }
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
                operation.method == Method::Get
                    && (is_about_caller(operation) || names_account(operation, &self.victim))
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
        let found = session.asked.iter().position(|asked| {
            asked.operation.method == Method::Delete && names_account(&asked.operation, &self.victim)
        });
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
