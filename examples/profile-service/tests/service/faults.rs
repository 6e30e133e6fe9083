//! Breaks the way to DynamoDB and the process itself: no acknowledged write is lost, nothing leaks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::client::send;
use crate::support::front::Fault;
use crate::support::{Process, World, key_of};
use serde_json::{Value, json};

fn record(world: &World, name: &str) -> Value {
    let sort = format!("RECORD#{name}");
    world.items("USER#alice").into_iter().find(|item| item["sk"]["S"] == sort.as_str()).expect("the record")
}

#[test]
fn acknowledged_writes_survive_every_fault() {
    let world = World::start(&["--rate-limit", "1000000"]);
    let faults = [Fault::Throttle, Fault::ServerError, Fault::LoseAnswer, Fault::HalfAnswer, Fault::Garbage];
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for (round, fault) in faults.into_iter().enumerate() {
        for number in 0..12 {
            // Two calls of three break, so that some operations succeed at the last attempt and some never.
            world.front.choose(move |call, _| if (call + number) % 3 == 0 { Fault::None } else { fault });
            let status = format!("{round}-{number}");
            let before = record(&world, "alice-1")["status"]["S"].clone();
            let body = json!({ "status": status }).to_string();
            let answer = world.send("PUT", "/record/alice-1", &[("X-API-Key", &world.alice)], body.as_bytes());
            let stored = record(&world, "alice-1")["status"]["S"].clone();
            match answer.status {
                200 => {
                    assert_eq!(answer.json(), json!({"updated": {"status": status}}));
                    assert_eq!(stored, status.as_str(), "{fault:?}: acknowledged and not there");
                    acknowledged.push(status);
                }
                500 | 503 => {
                    // Whether it was written is not known, but nothing else was.
                    assert!(stored == before || stored == status.as_str(), "{fault:?}: {stored}");
                    refused += 1;
                }
                other => panic!("{fault:?}: {other} {}", answer.text()),
            }
        }
    }
    assert!(acknowledged.len() >= 5 && refused >= 5, "{} acknowledged, {refused} refused", acknowledged.len());
    world.assert_nothing_leaked(&[]);
}

#[test]
fn a_write_whose_answer_got_lost_is_known_again() {
    let world = World::start(&[]);
    // The first attempt of the update happens and its answer breaks off; the retry finds another version.
    let updates = AtomicU64::new(0);
    world.front.choose(move |_, operation| {
        // Update 0 counts the rate, update 1 is the record's first attempt.
        match operation == "UpdateItem" && updates.fetch_add(1, Ordering::SeqCst) == 1 {
            true => Fault::LoseAnswer,
            false => Fault::None,
        }
    });
    let headers = [("X-API-Key", world.alice.as_str()), ("If-Match", "\"1\"")];
    let answer = world.send("PUT", "/record/alice-1", &headers, br#"{"status": "once"}"#);
    let calls = world.front.take_calls();
    assert_eq!(answer.status, 200, "{} {calls:?}", answer.text());
    assert_eq!(answer.header("etag").as_deref(), Some("\"2\""), "written once");
    assert_eq!(calls.iter().filter(|operation| *operation == "UpdateItem").count(), 3, "{calls:?}");

    // The same for a new key: the transaction is sent twice and happens once.
    let transactions = AtomicU64::new(0);
    world.front.choose(move |_, operation| {
        match operation == "TransactWriteItems" && transactions.fetch_add(1, Ordering::SeqCst) == 0 {
            true => Fault::LoseAnswer,
            false => Fault::None,
        }
    });
    let (_, issued) = world.issue(&world.alice, &json!({}));
    world.front.choose(|_, _| Fault::None);
    assert_eq!(world.send("GET", "/records", &[("X-API-Key", &issued)], b"").status, 200);
    world.assert_nothing_leaked(&[&issued]);
}

#[test]
fn a_store_that_does_not_answer_is_told_in_time() {
    let world = World::start(&[]);
    world.front.choose(|_, _| Fault::Hang);
    let started = Instant::now();
    let answer = world.send("GET", "/user/alice", &[("X-API-Key", &world.alice)], b"");
    assert_eq!((answer.status, answer.json()), (503, json!({"error": "unavailable, try again"})));
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    assert_eq!(world.send("GET", "/ready", &[], b"").status, 503);
    assert_eq!(world.send("GET", "/health", &[], b"").status, 200);
    world.front.choose(|_, _| Fault::None);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(world.send("GET", "/ready", &[], b"").status, 200, "it comes back by itself");
    assert_eq!(world.send("GET", "/user/alice", &[("X-API-Key", &world.alice)], b"").status, 200);
    world.assert_nothing_leaked(&[]);
}

#[test]
fn more_than_the_store_bears_is_refused_before_anything_is_done() {
    let world = World::start(&["--at-once", "1"]);
    let get = || world.send("GET", "/user/alice", &[("X-API-Key", &world.alice)], b"");
    world.front.choose(|_, _| Fault::Hang);
    std::thread::scope(|scope| {
        let first = scope.spawn(get);
        while world.front.calls() == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        let started = Instant::now();
        let second = get();
        assert_eq!((second.status, second.json()), (503, json!({"error": "busy, try again"})));
        assert_eq!(second.header("retry-after").as_deref(), Some("1"));
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
        assert_eq!(world.send("GET", "/health", &[], b"").status, 200, "health waits for nobody");
        assert_eq!(first.join().expect("no panic").json(), json!({"error": "unavailable, try again"}));
    });
    let calls = world.front.take_calls();
    assert!(calls.len() <= 3 && calls.iter().all(|call| call == "GetItem"), "the first one's attempts only: {calls:?}");
    world.front.choose(|_, _| Fault::None);
    assert_eq!(get().status, 200, "the place is free again");
    world.assert_nothing_leaked(&[]);
}

#[test]
fn the_embedded_store_keeps_what_was_acknowledged_through_a_kill() {
    let data = tempfile::tempdir().expect("a folder");
    let arguments = ["--rate-limit", "1000000"];
    Process::start(data.path(), &["--seed"], &[]).stop();
    let key = key_of(data.path(), "alice");
    let mut last = 1;
    for round in 0..3 {
        let process = &Process::start(data.path(), &arguments, &[]);
        assert!(version(process, &key) >= last, "round {round}: an acknowledged write is gone");
        let acknowledged = AtomicU64::new(last);
        std::thread::scope(|scope| {
            let acknowledged = &acknowledged;
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let headers = [("X-API-Key", key.as_str())];
                        let Some(answer) = try_send(process, &headers) else { return };
                        acknowledged.fetch_max(answer, Ordering::SeqCst);
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(700));
            process.kill();
        });
        assert!(acknowledged.load(Ordering::SeqCst) > last, "something was written");
        last = acknowledged.load(Ordering::SeqCst);
    }
    let process = Process::start(data.path(), &arguments, &[]);
    assert!(version(&process, &key) >= last);
    let output = process.output.lock().expect("no panic").clone();
    assert!(
        output.contains(&format!("store: {}", data.path().canonicalize().expect("a path").join("store.db").display()))
    );
    assert!(!output.contains(&key));
    assert_eq!(process.stop(), Some(0), "a graceful end");
}

/// The version that a write acknowledges, none when the service is gone.
fn try_send(process: &Process, headers: &[(&str, &str)]) -> Option<u64> {
    let answer = send(process.address, "PUT", "/record/alice-1", headers, br#"{"status":"x"}"#);
    (answer.status == 200).then(|| etag(&answer))
}

/// The stored version, asked for by a write that cannot happen.
fn version(process: &Process, key: &str) -> u64 {
    let headers = [("X-API-Key", key), ("If-Match", "\"0\"")];
    let answer = send(process.address, "PUT", "/record/alice-1", &headers, br#"{"status":"x"}"#);
    assert_eq!(answer.status, 412, "{}", answer.text());
    etag(&answer)
}

fn etag(answer: &crate::support::client::Answer) -> u64 {
    answer.header("etag").expect("a version").trim_matches('"').parse().expect("a number")
}
