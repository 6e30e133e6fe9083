//! Reads and writes on the embedded engine.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use serde_json::json;
use stanch_dynamodb::Engine;
use stanch_table::{
    Binding, Condition, Connection, Digest, Document, IssuedKey, Item, Kind, Limits, PageSize, Pepper, Private, Sealer,
    Secret, Table, Transaction,
};
use tokio::net::TcpListener;

stanch_table::identifier! {
    /// Names a user.
    pub struct UserId: 1..=16 of UrlSafe;
}

stanch_table::identifier! {
    /// Names a note.
    pub struct NoteId: 1..=16 of UrlSafe;
}

/// A note with one attribute of each class and more.
#[derive(Item)]
#[item(partition = "USER#{user: UserId}", sort = "NOTE#{note: NoteId}")]
pub struct Note {
    #[public]
    name: NoteId,
    #[public]
    text: Document,
    #[private]
    version: Private<u64>,
    #[private]
    expires_at: Private<Option<u64>>,
    #[key]
    digest: Digest,
    #[key]
    webhook: Option<Secret>,
}

async fn table() -> (Engine, Table) {
    let engine = Engine::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(engine.serve(listener, std::future::pending()));
    let table = Table::new(Connection::local(&endpoint, Limits::default()), "notes");
    table.create_if_absent(Note::EXPIRES_AT).await.unwrap();
    table.create_if_absent(Note::EXPIRES_AT).await.unwrap();
    (engine, table)
}

fn note(name: &str) -> Note {
    let pepper = Pepper::from_bytes(&[1; 32]).unwrap();
    let text = Document::from_json(json!({"title": name, "token": "inner"}).as_object().unwrap().clone()).unwrap();
    Note {
        name: NoteId::parse(name).unwrap(),
        text,
        version: 1.into(),
        expires_at: None.into(),
        digest: IssuedKey::generate("t").unwrap().digest(&pepper),
        webhook: Some(Secret::new("hook-secret-value")),
    }
}

#[tokio::test]
async fn an_item_is_written_read_changed_and_removed() {
    let (_engine, table) = table().await;
    let (user, note) = (UserId::parse("alice").unwrap(), note("one"));
    let key = Note::key(&user, &note.name);
    assert!(table.get(&key).await.unwrap().is_none());
    let missing = Table::update(&key).add(Note::VERSION, 1).when(Condition::exists()).send(&table).await;
    assert_eq!(missing.unwrap_err().kind(), Kind::ConditionFailed);

    Table::put(&key, &note).when(Condition::absent()).send(&table).await.unwrap();
    let again = Table::put(&key, &note).when(Condition::absent()).send(&table).await.unwrap_err();
    assert_eq!((again.kind(), again.to_string().as_str()), (Kind::ConditionFailed, "the condition does not hold"));
    let public = table.get(&key).await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(&public).unwrap(), json!({"name": "one", "text": {"title": "one"}}));

    let whole = table.get_whole(&key).await.unwrap().unwrap();
    assert!(whole.digest == note.digest);
    assert_eq!(whole.webhook.as_ref().map(Secret::expose), Some("hook-secret-value"));
    let shown = format!("{whole:?}");
    assert!(shown.contains("one") && !shown.contains("hook-secret-value"), "{shown}");

    let update =
        Table::update(&key).add(Note::VERSION, 1).set(Note::EXPIRES_AT, &Some(5)).set_once(Note::EXPIRES_AT, &Some(9));
    let overlapping = update.when(Note::VERSION.equals(&1)).send(&table).await.unwrap_err();
    assert_eq!(overlapping.kind(), Kind::Refused, "one attribute set twice is a defect of the caller");
    let update = Table::update(&key).add(Note::VERSION, 1).set(Note::EXPIRES_AT, &Some(5));
    let updated = update.when(Note::VERSION.equals(&1)).returning_updated().send(&table).await.unwrap();
    assert_eq!(*updated.get(Note::VERSION).unwrap().reveal(), 2);
    assert_eq!(updated.get(Note::NAME).unwrap_err().kind(), Kind::Malformed, "it was not changed");
    let stale = Table::update(&key).set(Note::EXPIRES_AT, &None).when(Note::VERSION.less_than(&2)).send(&table).await;
    assert_eq!(stale.unwrap_err().kind(), Kind::ConditionFailed);
    Table::update(&key)
        .set(Note::EXPIRES_AT, &None)
        .when(Note::EXPIRES_AT.equals(&Some(5)))
        .send(&table)
        .await
        .unwrap();
    assert_eq!(*table.get_whole(&key).await.unwrap().unwrap().expires_at.reveal(), None);

    Table::delete(&key).when(Note::VERSION.equals(&2)).send(&table).await.unwrap();
    assert!(table.get(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_transaction_happens_whole_or_not_at_all() {
    let (engine, table) = table().await;
    let user = UserId::parse("alice").unwrap();
    let (one, two) = (note("one"), note("two"));
    let (key_one, key_two) = (Note::key(&user, &one.name), Note::key(&user, &two.name));
    Table::put(&key_two, &two).unconditionally("the table is empty").send(&table).await.unwrap();
    let transaction = Transaction::new()
        .put(Table::put(&key_one, &one).when(Condition::absent()))
        .put(Table::put(&key_two, &two).when(Condition::absent()));
    assert_eq!(transaction.send(&table).await.unwrap_err().kind(), Kind::ConditionFailed);
    assert_eq!(engine.items("notes").unwrap().len(), 1);
    let transaction = Transaction::new()
        .put(Table::put(&key_one, &one).when(Condition::absent()))
        .delete(Table::delete(&key_two).when(Condition::exists()));
    transaction.send(&table).await.unwrap();
    let kept = engine.items("notes").unwrap();
    assert_eq!((kept.len(), kept[0]["sk"]["S"].as_str()), (1, Some("NOTE#one")));
}

#[tokio::test]
async fn pages_follow_each_other_by_sealed_tokens() {
    let (_engine, table) = table().await;
    let (alice, bob) = (UserId::parse("alice").unwrap(), UserId::parse("bob").unwrap());
    for (user, count) in [(&alice, 5), (&bob, 1)] {
        for number in 0..count {
            let note = note(&format!("n{number}"));
            Table::put(&Note::key(user, &note.name), &note).when(Condition::absent()).send(&table).await.unwrap();
        }
    }
    let sealer = Sealer::new(&Pepper::from_bytes(&[1; 32]).unwrap(), Duration::from_secs(60));
    let binding = Binding { caller: "alice", route: "/notes" };
    let (mut seen, mut token) = (Vec::new(), None);
    let size = PageSize::new(2).unwrap();
    loop {
        let page = table.query(&Note::partition(&alice), size, &sealer, binding, token.as_deref()).await.unwrap();
        seen.extend(page.items.iter().map(|note| note.name.to_string()));
        token = page.next;
        let Some(token) = &token else { break };
        let other = Binding { caller: "bob", ..binding };
        let foreign = table.query(&Note::partition(&bob), size, &sealer, other, Some(token)).await.unwrap_err();
        assert_eq!(foreign.kind(), Kind::BadToken);
    }
    assert_eq!(seen, ["n0", "n1", "n2", "n3", "n4"]);
}

#[tokio::test]
async fn failures_are_told_outside_without_and_inside_with_their_cause() {
    let (engine, table) = table().await;
    let key = Note::key(&UserId::parse("alice").unwrap(), &NoteId::parse("odd").unwrap());
    let odd = json!({"pk": {"S": "USER#alice"}, "sk": {"S": "NOTE#odd"}, "name": {"S": "not valid at all #"}});
    engine.put_item("notes", &odd).unwrap();
    let error = table.get(&key).await.unwrap_err();
    assert_eq!((error.outside(), error.kind()), ("internal error", Kind::Malformed));
    assert_eq!(error.inside().to_string(), "GetItem: Malformed, attribute name");
    engine.delete_table("notes").unwrap();
    let error = table.get(&key).await.unwrap_err();
    assert_eq!(error.outside(), "internal error");
    assert!(
        error.inside().to_string().starts_with("GetItem: Refused, ResourceNotFoundException, status 400"),
        "{error:?}"
    );

    let limits = Limits { attempts: 1, connect: Duration::from_millis(200), ..Limits::default() };
    let nowhere = Table::new(Connection::local("http://127.0.0.1:1", limits), "notes");
    let error = nowhere.get(&key).await.unwrap_err();
    assert_eq!((error.outside(), error.kind()), ("unavailable, try again", Kind::Unavailable));
    assert_eq!(error.inside().to_string(), "GetItem: Unavailable, ConnectionFailed");
}
