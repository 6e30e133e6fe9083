//! Lets the app get to know two people: registers them, logs them in, asks for keys, and has them make things of their
//! own, all through the app's own routes. What the tables hold afterwards is what an app in use holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use stanch_api::Method;
use stanch_dynamodb::{Snapshot, World};
use stanch_secrets::Secret;

use super::demand;
use super::drive::{Driver, Style};
use super::hint;
use super::identity::{Identity, plain, singular};
use super::learn::learn;
use super::observation::Observation;
use super::operation::{Operation, Values};

/// The two, and the tables with what is theirs.
pub(super) struct Introduced {
    /// Who owns what is asked for, and the stranger.
    pub(super) people: [Identity; 2],
    /// The tables as they are with both of them.
    pub(super) world: Snapshot,
    /// The same, with every role raised to that of an administrator.
    pub(super) raised: Snapshot,
}

/// Requests to one operation at most.
const ROUNDS: usize = 6;

/// What an operation is for, in the order in which people meet them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Register,
    LogIn,
    Make,
}

/// Introduces both; `keys` are those that they have already. None when the tables cannot be read.
pub(super) async fn introduce(
    driver: &mut Driver<'_>,
    operations: &mut [Operation],
    keys: &[Secret],
) -> Option<Introduced> {
    driver.world.restore(driver.clean).ok()?;
    let mut order: Vec<(Purpose, usize)> =
        operations.iter().enumerate().filter_map(|(index, operation)| Some((purpose(operation)?, index))).collect();
    order.sort_by_key(|(purpose, index)| (*purpose, operations[*index].rule.matches(['<', '{']).count(), *index));
    let mut people = [Identity::default(), Identity::default()];
    for (identity, key) in people.iter_mut().zip(keys) {
        identity.add_key("api_key", key.expose());
    }
    // Credentials that were needed to make something exist only after the first round.
    for (person, identity) in (0..).zip(&mut people) {
        for (purpose, index) in &order {
            let operation = &mut operations[*index];
            meet(driver, operation, *purpose, person, identity).await;
        }
    }
    driver.planter.enrich(driver.world);
    let world = driver.world.snapshot().ok()?;
    raise(driver.world);
    let raised = driver.world.snapshot().ok()?;
    driver.world.restore(&world).ok()?;
    Some(Introduced { people, world, raised })
}

/// Asks one operation until it answers with success and, where that is its purpose, with a credential.
async fn meet(
    driver: &mut Driver<'_>,
    operation: &mut Operation,
    purpose: Purpose,
    person: u32,
    identity: &mut Identity,
) {
    let mut values = Values::default();
    let mut may_plant = false;
    for _ in 0..ROUNDS {
        if operation.asks_authorization()
            && let Some((scheme, credential)) = identity.authorizations().into_iter().next()
        {
            values.scheme = scheme;
            values.set(stanch_api::ParameterLocation::Header, "authorization", json!(credential));
        }
        driver.planter.fill(operation, Style::As(identity), person, &mut values);
        let before = items(driver.world);
        let observation = {
            let mut asking = Driver {
                client: driver.client,
                base: driver.base,
                world: driver.world,
                stubs: driver.stubs,
                app: &mut *driver.app,
                planter: &mut *driver.planter,
                clean: driver.clean,
                standing: std::mem::take(&mut driver.standing),
                probes: driver.probes,
                identity: Some(&*identity),
                waited: driver.waited,
            };
            let observation = asking.probe(operation, &values).await;
            (driver.probes, driver.waited) = (asking.probes, asking.waited);
            observation
        };
        let mut learnt = learn(operation, &observation);
        let Some(answer) = observation.answer() else { return };
        if observation.succeeded() {
            let gained = identity.take(&operation.rule, answer);
            if gained || purpose != Purpose::LogIn {
                identity.told(&values);
                note_items(driver.world, &before, identity);
                return;
            }
        } else {
            learnt |= hint::follow(answer, operation, &mut values);
        }
        // Somebody who cannot register is put into the table, at the second attempt to log in.
        if purpose == Purpose::LogIn && may_plant {
            learnt |= plant(driver, operation, &observation, person, identity, &mut values);
        }
        if !learnt && (may_plant || purpose != Purpose::LogIn) {
            return;
        }
        may_plant |= !learnt;
    }
}

/// Plants what a log-in looked for in vain; tells whether there was anything.
fn plant(
    driver: &mut Driver<'_>,
    operation: &Operation,
    observation: &Observation,
    person: u32,
    identity: &Identity,
    values: &mut Values,
) -> bool {
    let demands: BTreeSet<_> = observation.calls.iter().flat_map(demand::of_call).collect();
    for demand in &demands {
        let demand = demand::Demand { person, ..demand.clone() };
        driver.planter.plant(driver.world, &demand);
        driver.adopt(operation, &demand, Some(identity), values);
    }
    !demands.is_empty()
}

/// What the operation is for, by method and words of its rule; none for what only reads or takes away.
fn purpose(operation: &Operation) -> Option<Purpose> {
    const REGISTER: [&str; 12] = [
        "register",
        "registration",
        "signup",
        "user",
        "account",
        "customer",
        "member",
        "client",
        "tenant",
        "profile",
        "onboard",
        "join",
    ];
    const LOG_IN: [&str; 9] =
        ["login", "signin", "auth", "authenticate", "authentication", "token", "session", "authorize", "logon"];
    let rule = operation.rule.trim_end_matches('/').to_ascii_lowercase();
    if [
        "logout",
        "signout",
        "delete",
        "remove",
        "reset",
        "revoke",
        "recover",
        "forgot",
        "change",
        "cancel",
        "disable",
        "unsubscribe",
    ]
    .iter()
    .any(|word| rule.contains(word))
    {
        return None;
    }
    let joined = rule.replace(['-', '_'], "");
    let words: Vec<String> = rule.split(['/', '-', '_']).map(singular).collect();
    let has = |list: &[&str]| list.iter().any(|word| words.iter().any(|known| known == word));
    let last = joined.rsplit('/').next().unwrap_or_default();
    let logs_in = LOG_IN.contains(&last) || has(&["login", "signin", "authenticate"]);
    let registers =
        REGISTER.iter().any(|word| singular(last) == *word) || last.contains("register") || last.contains("signup");
    let asks_password = operation
        .asked
        .iter()
        .any(|(_, name)| stanch_secrets::names::key_kind(name) == Some(stanch_secrets::names::KeyKind::Password));
    match operation.method {
        Method::Post if logs_in => Some(Purpose::LogIn),
        Method::Post if registers || joined.contains("signup") || joined.contains("register") => {
            Some(Purpose::Register)
        }
        Method::Post => Some(Purpose::Make),
        Method::Get if logs_in && asks_password => Some(Purpose::LogIn),
        Method::Put if registers || !operation.rule.contains(['<', '{']) => Some(Purpose::Make),
        _ => None,
    }
}

type Items = BTreeMap<String, Vec<Value>>;

fn items(world: &World) -> Items {
    let tables = world.tables().into_iter().map(|state| state.spec.name);
    tables.map(|name| (name.clone(), world.items(&name).unwrap_or_default())).collect()
}

/// Lets the identity know the texts and numbers of items that are new: ids that no answer told.
fn note_items(world: &World, before: &Items, identity: &mut Identity) {
    for (table, items) in items(world) {
        let thing = thing(&table);
        for item in items.iter().filter(|item| before.get(&table).is_none_or(|known| !known.contains(item))) {
            for (name, value) in item.as_object().into_iter().flatten() {
                let value = match (value.get("S"), value.get("N").and_then(Value::as_str)) {
                    (Some(text), _) => text.clone(),
                    (None, Some(number)) => number.parse::<i64>().map_or(Value::Null, |number| json!(number)),
                    _ => continue,
                };
                let name = plain(name);
                if name == "id" && !thing.is_empty() {
                    identity.note(&format!("{thing}_id"), &value);
                }
                identity.note(&name, &value);
            }
        }
    }
}

/// What a table's items are: `user` of `prod-users-table`.
fn thing(table: &str) -> String {
    let words = stanch_secrets::names::words(table);
    words
        .iter()
        .rev()
        .find(|word| !matches!(word.as_str(), "table" | "dev" | "prod" | "test"))
        .map(|word| singular(word))
        .unwrap_or_default()
}

/// Gives every item that has a role the one that may do everything.
fn raise(world: &World) {
    const ROLES: [&str; 9] =
        ["role", "user_role", "user_type", "account_type", "is_admin", "admin", "is_staff", "is_superuser", "roles"];
    for (table, items) in items(world) {
        for item in items {
            let Value::Object(item) = item else { continue };
            let raised: Map<String, Value> = item
                .iter()
                .map(|(name, value)| {
                    (name.clone(), if ROLES.contains(&plain(name).as_str()) { highest(value) } else { value.clone() })
                })
                .collect();
            if raised != item {
                // An item that the table refuses stays as it is.
                let _ = world.plant(&table, &Value::Object(raised));
            }
        }
    }
}

fn highest(value: &Value) -> Value {
    match value.as_object().and_then(|typed| typed.keys().next()).map(String::as_str) {
        Some("BOOL") => json!({"BOOL": true}),
        Some("N") => json!({"N": "1"}),
        Some("L") => json!({"L": [{"S": "admin"}]}),
        Some("SS") => json!({"SS": ["admin"]}),
        _ => {
            let is_upper = value
                .get("S")
                .and_then(Value::as_str)
                .is_some_and(|text| text.chars().all(|c| c.is_uppercase() || c == '_'));
            json!({"S": if is_upper { "ADMIN" } else { "admin" }})
        }
    }
}
