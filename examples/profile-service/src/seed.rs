//! Demo data, and keys for operators.

use anyhow::Context;
use serde_json::{Value, json};
use stanch_table::{Condition, Document, Kind, Table};

use crate::issue::issue;
use crate::items::{Record, RecordId, User, UserId};
use crate::scope::{Scope, Scopes};
use crate::service::now;
use crate::settings::Settings;
use crate::store::{Store, keep_key};

/// How long a key issued on the command line lives, in seconds: 90 days.
const LIFETIME: u64 = 90 * 24 * 3600;

/// Fills in two users with three records each where they are missing, and issues a key for each.
///
/// A key is never printed: it goes into a file that only this user may read, and the path is told.
///
/// # Errors
/// When the store fails or a file cannot be written.
pub async fn seed(store: &Store, settings: &Settings) -> anyhow::Result<Vec<String>> {
    let mut told = Vec::new();
    for (name, city) in [("alice", "Lisbon"), ("bob", "Oslo")] {
        let user = UserId::parse(name)?;
        let profile = document(&json!({"name": name, "city": city}))?;
        let settings_map = document(&json!({"theme": "dark", "mail": {"weekly": true}}))?;
        let item = User { profile, settings: settings_map };
        once(Table::put(&User::key(&user), &item).when(Condition::absent()).send(&store.table).await)?;
        for number in 1..=3 {
            let record = record(&RecordId::parse(&format!("{name}-{number}"))?, number)?;
            let key = Record::key(&user, &record.record_id);
            once(Table::put(&key, &record).when(Condition::absent()).send(&store.table).await)?;
        }
        told.push(issue_into_file(store, settings, &user).await?);
    }
    Ok(told)
}

/// Issues a key with all scopes and puts it into a file.
///
/// # Errors
/// As [`seed`].
pub async fn issue_into_file(store: &Store, settings: &Settings, user: &UserId) -> anyhow::Result<String> {
    let scopes = Scopes::of(Scope::ALL);
    let key = issue(&store.table, &store.pepper, user, &scopes, now() + LIFETIME).await?;
    let path = keep_key(settings, user.as_str(), &key)?;
    Ok(format!("key of {user}: {}", path.display()))
}

fn record(id: &RecordId, number: u64) -> anyhow::Result<Record> {
    Ok(Record {
        record_id: id.clone(),
        created_at: format!("2026-01-0{number}T09:00:00Z"),
        metadata: document(&json!({"title": format!("Record {number}"), "tags": ["demo"]}))?,
        status: "open".to_owned().into(),
        version: 1.into(),
        last_write: None.into(),
    })
}

fn document(value: &Value) -> anyhow::Result<Document> {
    value.as_object().and_then(|object| Document::from_json(object.clone())).context("the demo data is no document")
}

/// An item that is there already stays as it is.
fn once(written: Result<(), stanch_table::Error>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() != Kind::ConditionFailed => Err(anyhow::anyhow!("{}", error.inside())),
        _ => Ok(()),
    }
}
