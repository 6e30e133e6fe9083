//! Drives every route with what an attacker would send, and counts what reaches DynamoDB.

use std::collections::BTreeSet;

use crate::support::{UNKNOWN_KEY, World};
use serde_json::json;

const HOSTILE: [&str; 22] = [
    "",
    "..",
    "../bob",
    "alice/../bob",
    "%2e%2e%2fbob",
    "alice%00",
    "alice%0d%0aX-Injected:%201",
    "%1b%5b31malice",
    "a%20OR%201=1",
    "USER%23bob",
    "alice%23RECORD%23bob-1",
    ":v0",
    "%23n0",
    "x%29%20OR%20attribute_exists%28pk",
    "%D0%B0lice",
    "ali%E2%80%8Bce",
    "%EF%BD%81lice",
    "%C0%AE",
    "%FF%FE",
    "{\"S\":\"bob\"}",
    "$ne",
    "null",
];

#[test]
fn hostile_input_on_every_route_leaks_nothing_and_writes_nothing_foreign() {
    let world = World::start(&["--rate-limit", "1000000", "--guess-limit", "0"]);
    let foreign = world.items("USER#bob");
    let long = "A".repeat(5000);
    let key = [("X-API-Key", world.alice.as_str())];
    for text in HOSTILE.into_iter().chain([long.as_str(), &world.bob, &world.alice]) {
        let raw_space = text.replace(' ', "%20");
        for (method, path) in [
            ("GET", format!("/user/{raw_space}")),
            ("PUT", format!("/record/{raw_space}")),
            ("DELETE", format!("/keys/{raw_space}")),
            ("GET", format!("/records?page={raw_space}")),
            ("GET", format!("/records?limit={raw_space}")),
            ("GET", format!("/records?{raw_space}")),
            ("GET", format!("/{raw_space}")),
        ] {
            let answer = world.send(method, &path, &key, br#"{"status":"x"}"#);
            assert!((200..500).contains(&answer.status) || answer.status == 0, "{method} {path}: {}", answer.text());
            assert!(answer.header("x-injected").is_none());
        }
        for name in ["X-API-Key", "If-Match", "X-Request-Id", "Content-Type"] {
            let answer = world.send("PUT", "/record/alice-1", &[("X-API-Key", &world.alice), (name, text)], b"{}");
            assert!((400..500).contains(&answer.status), "{name}: {text}: {}", answer.text());
        }
    }
    for body in hostile_bodies() {
        for (method, path) in
            [("PUT", "/record/alice-1"), ("POST", "/keys"), ("GET", "/user/alice"), ("DELETE", "/keys/x")]
        {
            let answer = world.send(method, path, &key, &body);
            let expected = if method == "GET" { 200 } else { 400 };
            let told = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            assert!(answer.status == expected || answer.status == 413, "{method} {path} {told}: {}", answer.text());
        }
    }
    for raw in [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: a\r\n b\r\n\r\n".to_vec(),
        b"GET /\r\nX: HTTP/1.1\r\n\r\n".to_vec(),
        b"PUT /record/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n{}".to_vec(),
        b"PUT /record/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".to_vec(),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(100_000)).into_bytes(),
        [b"\x16\x03\x01\x02\x00".as_slice(), &[0; 64]].concat(),
    ] {
        let answer = world.send_raw(&raw);
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{}", answer.status);
    }
    assert_eq!(world.items("USER#bob"), foreign, "nothing of bob's has changed");
    world.assert_nothing_leaked(&[]);
}

fn hostile_bodies() -> Vec<Vec<u8>> {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let mut bodies: Vec<Vec<u8>> =
        ["", "null", "[]", "\"x\"", "1", "{", "{\"status\":}", "\u{feff}{}", "{\"status\":\"a\u{0}\"}"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
    for value in [
        json!(null),
        json!(1),
        json!(true),
        json!([]),
        json!({"S": "x"}),
        json!(""),
        json!("a\r\nb"),
        json!("\u{1b}[31m"),
        json!("x".repeat(257)),
        json!("x".repeat(20_000)),
    ] {
        bodies.push(json!({"status": value, "scopes": value}).to_string().into_bytes());
    }
    bodies.push(deep.into_bytes());
    bodies.push(b"{\"status\": \"\xff\xfe\"}".to_vec());
    bodies.push(br#"{"owner": "bob", "version": 99, "pk": "USER#bob"}"#.to_vec());
    bodies
}

#[test]
fn a_status_that_looks_like_an_expression_is_stored_as_text() {
    let world = World::start(&[]);
    for status in ["#n0 = :v0", "x, version = :v1", "if_not_exists(#n0, :v0)", "{\"S\": \"x\"}", "а\u{200b}dmin"] {
        let body = json!({"status": status, "version": 77, "owner": "bob"}).to_string();
        let answer = world.send("PUT", "/record/alice-1", &[("X-API-Key", &world.alice)], body.as_bytes());
        assert_eq!(answer.json(), json!({"updated": {"status": status}}));
    }
    let stored = world.items("USER#alice").into_iter().find(|item| item["sk"]["S"] == "RECORD#alice-1");
    let stored = stored.expect("the record");
    assert_eq!(stored["version"]["N"], "6");
    assert!(stored.get("owner").is_none());
    world.assert_nothing_leaked(&[]);
}

#[test]
fn dead_keys_are_refused_alike() {
    let world = World::start(&["--guess-limit", "0"]);
    let (revoked_id, revoked) = world.issue(&world.alice, &json!({}));
    let (_, expired) = world.issue(&world.alice, &json!({"expires_in": 60}));
    let (narrow_id, narrow) = world.issue(&world.alice, &json!({"scopes": ["user:read"]}));
    assert_eq!(world.send("GET", "/records", &[("X-API-Key", &revoked)], b"").status, 200);
    assert_eq!(world.send("DELETE", &format!("/keys/{revoked_id}"), &[("X-API-Key", &world.alice)], b"").status, 204);
    let soon = world.items("KEY#").into_iter().min_by_key(|item| item["expires_at"]["N"].as_str().map(str::to_owned));
    world.set(&soon.expect("a key"), "expires_at", &json!({"N": "1000"}));

    let two = [("X-API-Key", world.alice.as_str()), ("X-API-Key", world.alice.as_str())];
    let lower = world.alice.to_lowercase();
    let cut = &world.alice[..world.alice.len() - 1];
    let mut answers = BTreeSet::from([world.send("GET", "/records", &two, b"").comparable()]);
    for key in [revoked.as_str(), &expired, UNKNOWN_KEY, &lower, cut, "x", "Bearer x", "\u{430}"] {
        for (method, path) in [("GET", "/records"), ("GET", "/user/alice"), ("DELETE", "/keys/x")] {
            let answer = world.send(method, path, &[("X-API-Key", key)], b"");
            assert_eq!(answer.json(), json!({"error": "invalid api_key"}));
            if method == "GET" {
                answers.insert(answer.comparable());
            }
        }
    }
    assert_eq!(answers.len(), 1, "all dead keys are answered alike");

    let forbidden = world.send("GET", "/records", &[("X-API-Key", &narrow)], b"");
    assert_eq!((forbidden.status, forbidden.json()), (403, json!({"error": "forbidden"})));
    assert_eq!(world.send("POST", "/keys", &[("X-API-Key", &narrow)], b"{}").status, 403);
    let (_, keeper) = world.issue(&world.alice, &json!({"scopes": ["keys:write"]}));
    let more = json!({"scopes": ["records:write"]}).to_string();
    assert_eq!(
        world.send("POST", "/keys", &[("X-API-Key", &keeper)], more.as_bytes()).status,
        403,
        "no more than one has"
    );

    // Rotation without overlap: the new key works and the old one has stopped.
    let (_, rotated) = world.issue(&world.alice, &json!({"replaces": narrow_id, "overlap": 0}));
    assert_eq!(world.send("GET", "/user/alice", &[("X-API-Key", &rotated)], b"").status, 200);
    assert_eq!(world.send("GET", "/records", &[("X-API-Key", &rotated)], b"").status, 403, "no more than the old one");
    assert_eq!(world.send("GET", "/user/alice", &[("X-API-Key", &narrow)], b"").status, 401);
    world.assert_nothing_leaked(&[&revoked, &expired, &narrow, &keeper, &rotated]);
}

#[test]
fn not_there_and_not_yours_are_one_answer_and_the_same_calls() {
    let world = World::start(&[]);
    let (bobs_key_id, bobs_other) = world.issue(&world.bob, &json!({}));
    let (absent, bobs_key) = ("0".repeat(24), bobs_key_id);
    let replaces = |id: &str| json!({ "replaces": id }).to_string();
    let status = json!({"status": "mine"}).to_string();
    let none = || [String::new(), String::new()];
    let cases = [
        ("GET", ["/user/nobody".to_owned(), "/user/bob".to_owned()], none(), None),
        ("PUT", ["/record/nothing".into(), "/record/bob-1".into()], [status.clone(), status.clone()], None),
        ("PUT", ["/record/nothing".into(), "/record/bob-1".into()], [status.clone(), status], Some("\"1\"")),
        ("DELETE", [format!("/keys/{absent}"), format!("/keys/{bobs_key}")], none(), None),
        ("POST", ["/keys".into(), "/keys".into()], [replaces(&absent), replaces(&bobs_key)], None),
    ];
    for (method, paths, bodies, version) in cases {
        let mut headers = vec![("X-API-Key", world.alice.as_str())];
        headers.extend(version.map(|version| ("If-Match", version)));
        let ask = |number: usize| {
            world.front.take_calls();
            let answer = world.send(method, &paths[number], &headers, bodies[number].as_bytes());
            (answer, world.front.take_calls())
        };
        let ((mut absent, mut calls_for_absent), (mut foreign, mut calls_for_foreign)) = (ask(0), ask(1));
        // On a busy machine a call times out and is made again; a difference that is the service's own stays.
        for _ in 0..3 {
            if calls_for_absent != calls_for_foreign {
                ((absent, calls_for_absent), (foreign, calls_for_foreign)) = (ask(0), ask(1));
            }
        }
        assert_eq!(absent.comparable(), foreign.comparable(), "{method} {}", paths[1]);
        assert_eq!(calls_for_absent, calls_for_foreign, "{method} {}", paths[1]);
        assert!(calls_for_absent.len() >= 3, "the key, the rate and the item: {calls_for_absent:?}");
    }
    assert_eq!(world.send("GET", "/records", &[("X-API-Key", &bobs_other)], b"").status, 200, "bob's key lives");
    // A page token of bob's is nothing to alice.
    let page = world.send("GET", "/records?limit=1", &[("X-API-Key", &world.bob)], b"");
    let target = format!("/records?page={}", page.json()["next"].as_str().expect("a token"));
    assert_eq!(world.send("GET", &target, &[("X-API-Key", &world.alice)], b"").status, 400);
    let next = world.send("GET", &target, &[("X-API-Key", &world.bob)], b"");
    assert_eq!(next.json()["records"].as_array().map(Vec::len), Some(2));
    world.assert_nothing_leaked(&[&bobs_other]);
}
