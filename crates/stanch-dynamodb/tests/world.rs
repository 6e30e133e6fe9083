//! The world as an SDK meets it: raw HTTP requests through the front.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};
use stanch_dynamodb::{Fault, FaultKind, KeyAttribute, KeyType, Origin, Outcome, TableSpec, World, WorldOptions};

/// One keep-alive connection that speaks DynamoDB's protocol without any credentials.
struct Client {
    stream: BufReader<TcpStream>,
    probe: Option<u32>,
}

impl Client {
    fn new(world: &World) -> Self {
        let stream = TcpStream::connect(world.addresses()[0]).unwrap();
        Self { stream: BufReader::new(stream), probe: None }
    }

    /// Status and answer.
    fn call(&mut self, operation: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        self.raw(operation, &format!("Content-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// As [`Self::call`], with the body cut into chunks of `size` bytes.
    fn call_chunked(&mut self, operation: &str, body: &Value, size: usize) -> (u16, Value) {
        let body = body.to_string();
        let mut text = "Transfer-Encoding: chunked\r\n\r\n".to_owned();
        for chunk in body.as_bytes().chunks(size) {
            text.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
        }
        text.push_str("0\r\n\r\n");
        self.raw(operation, &text)
    }

    fn raw(&mut self, operation: &str, rest: &str) -> (u16, Value) {
        let probe = self.probe.map(|probe| format!("X-Stanch-Probe: {probe}\r\n")).unwrap_or_default();
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n{probe}");
        self.stream.get_mut().write_all(format!("{head}{rest}").as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

fn world(tables: Vec<TableSpec>) -> World {
    World::start(WorldOptions { tables, ..WorldOptions::default() }).unwrap()
}

fn users() -> TableSpec {
    TableSpec::simple("users", "id", KeyType::String, Origin::Template)
}

fn key_of(world: &World, table: &str) -> (String, Option<String>) {
    let state = world.tables().into_iter().find(|state| state.spec.name == table).unwrap();
    (state.spec.key.partition.name, state.spec.key.sort.map(|sort| sort.name))
}

#[test]
fn a_call_is_answered_and_recorded_with_its_probe() {
    let world = world(vec![users()]);
    world.plant("users", &json!({"id": {"S": "u1"}, "name": {"S": "n"}, "password": {"S": "p"}})).unwrap();
    let mut client = Client::new(&world);
    client.probe = Some(7);
    let get = json!({"TableName": "users", "Key": {"id": {"S": "u1"}}, "ProjectionExpression": "#n, id",
        "ExpressionAttributeNames": {"#n": "name"}});
    let (status, answer) = client.call_chunked("GetItem", &get, 5);
    assert_eq!((status, &answer["Item"]["name"]["S"]), (200, &json!("n")));
    let (_, whole) = client.call("Scan", &json!({"TableName": "users"}));
    assert_eq!(whole["Count"], 1);
    let calls = world.calls_since(0);
    assert_eq!(calls.len(), 2);
    assert_eq!((calls[0].probe, calls[0].operation.as_str()), (Some(7), "GetItem"));
    assert_eq!(calls[0].asked, Some(["id", "name"].map(str::to_owned).into()));
    assert_eq!((&calls[0].request, &calls[0].outcome), (&get, &Outcome::Done));
    assert_eq!((calls[1].asked.clone(), calls[1].items), (None, 1));
    assert!(calls[1].returned.contains("password") && !calls[0].returned.contains("password"));
    assert_eq!(world.calls_since(1).len(), 1);
}

#[test]
fn a_missing_table_is_made_from_the_request_that_misses_it() {
    let world = world(vec![]);
    let mut client = Client::new(&world);
    let get = json!({"TableName": "orders", "Key": {"at": {"N": "1"}, "owner": {"S": "o"}}});
    assert_eq!(client.call("GetItem", &get).0, 200);
    let query = json!({"TableName": "notes", "IndexName": "by-tag", "KeyConditionExpression": "tag = :t",
        "ExpressionAttributeValues": {":t": {"S": "x"}}});
    assert_eq!(client.call("Query", &query).0, 200);
    assert_eq!(client.call("Scan", &json!({"TableName": "things"})).0, 200);
    let batch = json!({"RequestItems": {"aaa": {"Keys": [{"k": {"S": "1"}}]}, "bbb": {"Keys": [{"l": {"N": "1"}}]}}});
    assert_eq!(client.call("BatchGetItem", &batch).0, 200);
    let statement = json!({"Statement": "SELECT * FROM people WHERE mail = 'x'"});
    assert_eq!(client.call("ExecuteStatement", &statement).0, 200);
    for (table, partition) in [("aaa", "k"), ("bbb", "l"), ("people", "mail"), ("things", "id")] {
        assert_eq!(key_of(&world, table).0, partition);
    }
    assert_eq!(world.calls_since(0)[0].guessed, ["orders"]);
    assert!(world.tables().iter().all(|state| state.spec.origin == Origin::Guessed && !state.created_by_app));
    // Asking for a table is no use of it.
    assert_eq!(client.call("DescribeTable", &json!({"TableName": "absent"})).0, 400);
}

#[test]
fn a_guess_is_bettered_and_items_stay_as_far_as_they_fit() {
    let world = world(vec![]);
    let mut client = Client::new(&world);
    let put = |id: &str, mail: Option<&str>| {
        let mut item = json!({"id": {"S": id}});
        if let Some(mail) = mail {
            item["mail"] = json!({"S": mail});
        }
        json!({"TableName": "users", "Item": item})
    };
    assert_eq!(client.call("PutItem", &put("1", Some("a@example.com"))).0, 200);
    assert_eq!(client.call("PutItem", &put("2", None)).0, 200);
    assert_eq!(key_of(&world, "users").0, "id");
    let before = world.tables()[0].generation;
    let get = json!({"TableName": "users", "Key": {"mail": {"S": "a@example.com"}}});
    let (status, answer) = client.call("GetItem", &get);
    assert_eq!((status, &answer["Item"]["id"]["S"]), (200, &json!("1")));
    assert_eq!(key_of(&world, "users").0, "mail");
    assert!(world.tables()[0].generation > before);
    let query = json!({"TableName": "users", "IndexName": "id-index", "KeyConditionExpression": "id = :i",
        "ExpressionAttributeValues": {":i": {"S": "1"}}});
    assert_eq!(client.call("Query", &query).1["Count"], 1);
    // The app contradicts itself from here on, which is its own bug.
    let wrong = json!({"TableName": "users", "Key": {"id": {"S": "1"}}});
    assert_eq!(client.call("GetItem", &wrong).0, 400);
}

#[test]
fn a_guess_from_nothing_gives_way_to_the_first_item() {
    let world = world(vec![]);
    let mut client = Client::new(&world);
    assert_eq!(client.call("Scan", &json!({"TableName": "students"})).0, 200);
    let put = json!({"TableName": "students", "Item": {"rollno": {"N": "4"}, "ok": {"BOOL": true}}});
    assert_eq!(client.call("PutItem", &put).0, 200);
    assert_eq!(key_of(&world, "students").0, "rollno");
}

#[test]
fn a_guess_of_the_caller_is_bettered_too() {
    let mut spec = TableSpec::simple("notes", "holder", KeyType::String, Origin::Guessed);
    spec.key.sort = Some(KeyAttribute { name: "moment".to_owned(), kind: KeyType::String });
    let world = world(vec![spec]);
    let mut client = Client::new(&world);
    let query = |condition: &str| {
        json!({"TableName": "notes", "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {":o": {"S": "x"}}})
    };
    assert_eq!(client.call("Query", &query("holder = :o")).0, 200);
    assert_eq!(key_of(&world, "notes"), ("holder".to_owned(), Some("moment".to_owned())));
    assert_eq!(client.call("Query", &query("author = :o")).0, 400);
    let get = json!({"TableName": "notes", "Key": {"id": {"S": "x"}}});
    assert_eq!(client.call("GetItem", &get).0, 200);
    assert_eq!(key_of(&world, "notes"), ("id".to_owned(), None));
}

#[test]
fn a_table_of_a_template_is_never_rebuilt() {
    let world = world(vec![users()]);
    let mut client = Client::new(&world);
    let (status, answer) = client.call("GetItem", &json!({"TableName": "users", "Key": {"mail": {"S": "x"}}}));
    assert_eq!(status, 400);
    assert!(answer["__type"].as_str().unwrap().ends_with("ValidationException"));
    assert_eq!(world.calls_since(0)[0].outcome, Outcome::Failed("ValidationException".to_owned()));
    assert_eq!(key_of(&world, "users").0, "id");
}

#[test]
fn the_oracle_is_asked_first() {
    let told = |name: &str, _: &str, _: &Value| {
        (name == "people").then(|| TableSpec::simple("people", "mail", KeyType::String, Origin::Code))
    };
    let world = World::start(WorldOptions { oracle: Arc::new(told), ..WorldOptions::default() }).unwrap();
    let mut client = Client::new(&world);
    assert_eq!(client.call("DescribeTable", &json!({"TableName": "people"})).0, 200);
    assert_eq!(client.call("Scan", &json!({"TableName": "others"})).0, 200);
    assert_eq!((key_of(&world, "people").0.as_str(), key_of(&world, "others").0.as_str()), ("mail", "id"));
}

#[test]
fn the_app_may_create_each_of_our_tables_once() {
    let world = world(vec![users()]);
    world.plant("users", &json!({"id": {"S": "1"}, "mail": {"S": "m"}})).unwrap();
    let mut client = Client::new(&world);
    let create = json!({"TableName": "users", "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "mail", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"});
    let mut broken = create.clone();
    broken["AttributeDefinitions"] = json!([]);
    assert_eq!(client.call("CreateTable", &broken).0, 400);
    assert_eq!(world.items("users").unwrap().len(), 1);
    let (status, answer) = client.call("CreateTable", &create);
    assert_eq!((status, &answer["TableDescription"]["TableStatus"]), (200, &json!("CREATING")));
    assert_eq!((key_of(&world, "users").0.as_str(), world.items("users").unwrap().len()), ("mail", 1));
    let (status, answer) = client.call("CreateTable", &create);
    assert_eq!(status, 400);
    assert!(answer["__type"].as_str().unwrap().ends_with("ResourceInUseException"));
    world.app_starts();
    assert_eq!(client.call("CreateTable", &create).0, 200);
}

#[test]
fn a_restore_undoes_everything_but_knowledge() {
    let world = world(vec![users(), TableSpec::simple("other", "id", KeyType::String, Origin::Template)]);
    for n in 0..5 {
        world.plant("users", &json!({"id": {"S": format!("u{n}")}, "tags": {"SS": ["b", "a"]}})).unwrap();
    }
    let before = world.items("users").unwrap();
    let snapshot = world.snapshot().unwrap();
    let mut client = Client::new(&world);
    for round in 0..2 {
        client.call("DeleteItem", &json!({"TableName": "users", "Key": {"id": {"S": "u1"}}}));
        client.call("PutItem", &json!({"TableName": "users", "Item": {"id": {"S": "new"}}}));
        client.call(
            "UpdateItem",
            &json!({"TableName": "users", "Key": {"id": {"S": "u2"}},
            "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}),
        );
        client.call("PutItem", &json!({"TableName": "fresh", "Item": {"id": {"S": "new"}}}));
        assert_eq!(client.call("DeleteTable", &json!({"TableName": "other"})).0, 200, "{round}");
        assert_ne!(world.items("users").unwrap(), before);
        world.restore(&snapshot).unwrap();
        assert_eq!(world.items("users").unwrap(), before);
        assert_eq!(world.items("fresh").unwrap(), Vec::<Value>::new());
        assert_eq!(world.items("other").unwrap(), Vec::<Value>::new());
    }
}

#[test]
fn stubs_faults_and_garbage_are_answered() {
    let world = world(vec![users()]);
    let mut client = Client::new(&world);
    assert_eq!(client.call("DescribeEndpoints", &json!({})).0, 200);
    assert_eq!(client.call("DescribeLimits", &json!({})).0, 200);
    assert_eq!(client.call("DescribeContinuousBackups", &json!({"TableName": "users"})).0, 200);
    assert_eq!(client.call("DescribeTimeToLive", &json!({"TableName": "users"})).0, 200);
    assert_eq!(client.call("Nonsense", &json!({})).0, 400);
    assert_eq!(client.call("GetItem", &json!([[[]]])).0, 400);
    assert_eq!(client.call("GetItem", &json!({"TableName": 5})).0, 400);
    let get = json!({"TableName": "users", "Key": {"id": {"S": "1"}}});
    world.inject(Fault { probe: Some(3), operation: None, kind: FaultKind::ThroughputExceeded, times: 1 });
    assert_eq!(client.call("GetItem", &get).0, 200);
    client.probe = Some(3);
    assert_eq!(client.call("DescribeTable", &json!({"TableName": "users"})).0, 200);
    let (status, answer) = client.call("GetItem", &get);
    assert_eq!(status, 400);
    assert!(answer["__type"].as_str().unwrap().ends_with("ProvisionedThroughputExceededException"));
    assert_eq!(client.call("GetItem", &get).0, 200);
    let outcomes: Vec<Outcome> = world.drain_calls().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes[0], Outcome::Stubbed);
    assert!(outcomes.contains(&Outcome::Injected("ProvisionedThroughputExceededException".to_owned())));
}

#[test]
fn hostile_clients_neither_stop_the_world_nor_delay_a_restore() {
    let world = world(vec![users()]);
    let snapshot = world.snapshot().unwrap();
    let connect = || TcpStream::connect(world.addresses()[0]).unwrap();
    let mut garbage = connect();
    garbage.write_all(b"\x16\x03\x01 not http\r\n\r\n").unwrap();
    let mut huge = connect();
    huge.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{").unwrap();
    let mut answer = [0; 12];
    huge.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    let mut slow = connect();
    slow.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{").unwrap();
    let gone = connect();
    drop(gone);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut client = Client::new(&world);
    assert_eq!(client.raw("PutItem", &format!("Content-Length: {}\r\n\r\n{deep}", deep.len())).0, 400);
    let start = std::time::Instant::now();
    world.restore(&snapshot).unwrap();
    assert!(start.elapsed().as_millis() < 900, "{:?}", start.elapsed());
    assert_eq!(client.call("Scan", &json!({"TableName": "users"})).0, 200);
}

#[test]
fn an_app_that_names_a_table_per_request_is_bounded() {
    let world = world(vec![]);
    let mut client = Client::new(&world);
    let statuses: Vec<u16> =
        (0..300).map(|n| client.call("Scan", &json!({"TableName": format!("tenant-{n}")})).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 256);
    assert_eq!(world.tables().len(), 256);
}

#[test]
fn a_restore_of_dozens_of_items_is_quick_when_nothing_changed() {
    let world = world(vec![users()]);
    for n in 0..60 {
        world.plant("users", &json!({"id": {"S": format!("u{n}")}})).unwrap();
    }
    let snapshot = world.snapshot().unwrap();
    let start = std::time::Instant::now();
    for _ in 0..100 {
        world.restore(&snapshot).unwrap();
    }
    assert!(start.elapsed().as_millis() < 200, "{:?}", start.elapsed());
    let mut client = Client::new(&world);
    let put = json!({"TableName": "users", "Item": {"id": {"S": "new"}}});
    let mut restoring = std::time::Duration::ZERO;
    for _ in 0..20 {
        assert_eq!(client.call("PutItem", &put).0, 200);
        let start = std::time::Instant::now();
        world.restore(&snapshot).unwrap();
        restoring += start.elapsed();
        assert_eq!(world.items("users").unwrap().len(), 60);
    }
    // Generous for a loaded machine and an unoptimised build; measured 3 ms each.
    assert!(restoring.as_millis() < 2_000, "{restoring:?}");
}
