//! Routes, envelopes and texts that clients rely on.

use serde_json::{Value, json};

use crate::support::World;

#[test]
fn envelopes_and_texts_are_as_clients_know_them() {
    let world = World::start(&[]);
    let key = [("X-API-Key", world.alice.as_str())];
    let send = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| -> (u16, Value) {
        let answer = world.send(method, path, headers, body.as_bytes());
        (answer.status, answer.json())
    };
    let error = |text: &str| json!({ "error": text });

    let user = json!({"profile": {"city": "Lisbon", "name": "alice"}, "settings": {"mail": {"weekly": true}, "theme": "dark"}});
    assert_eq!(send("GET", "/user/alice", &key, ""), (200, user));
    assert_eq!(send("GET", "/user/no.dots", &key, ""), (400, error("invalid user_id")));
    assert_eq!(send("GET", "/user/nobody", &key, ""), (404, error("not found")));
    assert_eq!(send("GET", "/user/alice", &[], ""), (401, error("api_key required")));

    let (status, records) = send("GET", "/records", &key, "");
    assert_eq!((status, records["records"].as_array().map(Vec::len)), (200, Some(3)));
    let first = json!({"record_id": "alice-1", "created_at": "2026-01-01T09:00:00Z",
        "metadata": {"title": "Record 1", "tags": ["demo"]}});
    assert_eq!(records["records"][0], first);
    assert_eq!(records.get("next"), None);
    assert_eq!(send("GET", "/records", &[], ""), (400, error("missing api_key")));

    let done = r#"{"status": "done"}"#;
    assert_eq!(send("PUT", "/record/alice-1", &key, done), (200, json!({"updated": {"status": "done"}})));
    assert_eq!(send("PUT", "/record/alice-1", &[], done), (400, error("api_key required")));
    assert_eq!(send("PUT", "/record/alice-1", &key, "[]"), (400, error("invalid body")));
    assert_eq!(send("PUT", "/record/alice-1", &key, "{}"), (400, error("update failed")));
    assert_eq!(send("PUT", "/record/nothing", &key, done), (400, error("update failed")));

    // The three differences.
    let in_url = format!("/records?api_key={}", world.alice);
    assert_eq!(send("GET", &in_url, &[], ""), (400, error("send the key in X-API-Key")));
    assert_eq!(send("GET", "/user/alice", &[("X-API-Key", &world.bob)], ""), (404, error("not found")));
    assert_eq!(send("PUT", "/record/bob-1", &key, done), (400, error("update failed")));

    let paged: Vec<Value> = pages(&world, &key);
    assert_eq!(paged, records["records"].as_array().cloned().unwrap_or_default());
    world.assert_nothing_leaked(&[]);
}

fn pages(world: &World, key: &[(&str, &str)]) -> Vec<Value> {
    let (mut all, mut target) = (Vec::new(), "/records?limit=1".to_owned());
    for _ in 0..10 {
        let page = world.send("GET", &target, key, b"").json();
        all.extend(page["records"].as_array().cloned().unwrap_or_default());
        let Some(next) = page["next"].as_str() else { return all };
        target = format!("/records?limit=1&page={next}");
    }
    panic!("the pages do not end");
}

#[test]
fn every_answer_is_hardened_and_traced() {
    let world = World::start(&[]);
    for (path, headers) in
        [("/health", vec![]), ("/nope", vec![]), ("/records", vec![("X-Request-Id", "client-trace-1")])]
    {
        let answer = world.send("GET", path, &headers, b"");
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(answer.header("content-type").as_deref(), Some("application/json"));
        let id = answer.header("x-request-id").expect("an id");
        let output = world.output();
        let lines: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let line = lines.iter().find(|line| line["request_id"] == id.as_str());
        assert_eq!(line.map(|line| line["status"].clone()), Some(json!(answer.status)), "{path}: {output}");
    }
    let answer = world.send("GET", "/health", &[("X-Request-Id", "a b\u{1b}[31m")], b"");
    assert!(answer.header("x-request-id").is_none_or(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let described = world.send("GET", "/openapi.json", &[], b"").json();
    assert_eq!(described["openapi"], "3.1.0");
    let user = &described["paths"]["/user/{user_id}"]["get"]["parameters"][0]["schema"];
    assert_eq!((user["maxLength"].clone(), user["pattern"].clone()), (json!(64), json!("^[A-Za-z0-9_-]+$")));
}

#[test]
fn keys_inside_free_form_attributes_stay_inside() {
    let world = World::start(&[]);
    let items = world.items("USER#alice");
    let user = items.iter().find(|item| item["sk"]["S"] == "PROFILE").expect("alice");
    let profile = json!({"M": {
        "name": {"S": "alice"}, "api_key": {"S": "nested-key-value-1"}, "groups": {"SS": ["b", "a"]},
        "photo": {"B": "AAEC"}, "inner": {"M": {"password": {"S": "nested-key-value-2"}, "n": {"N": "1.50"}}},
    }});
    world.set(user, "profile", &profile);
    let answer = world.send("GET", "/user/alice", &[("X-API-Key", &world.alice)], b"");
    let expected = json!({"groups": ["a", "b"], "inner": {"n": 1.5}, "name": "alice", "photo": "AAEC"});
    assert_eq!(answer.json()["profile"], expected);
    world.assert_nothing_leaked(&["nested-key-value-1", "nested-key-value-2"]);
}
