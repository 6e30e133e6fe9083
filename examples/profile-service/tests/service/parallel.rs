//! Many at once on one record and on one counter: nothing is lost, nothing is counted twice.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use crate::support::World;
use crate::support::client::{Answer, send};
use serde_json::json;

const WRITERS: usize = 200;

/// The answers to as many requests at once, each with a status of its own for the record.
fn race(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let body = json!({"status": format!("writer {writer}")}).to_string();
                scope.spawn(move || insist(address, method, path, headers, body.as_bytes()))
            })
            .collect();
        sent.into_iter().map(|answer| answer.join().expect("no panic")).collect()
    })
}

/// Repeats a request for as long as the service says that it is busy and has done nothing, which it does on a machine
/// with other work.
fn insist(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    for _ in 0..100 {
        let answer = send(address, method, path, headers, body);
        if answer.json() != json!({"error": "busy, try again"}) {
            return answer;
        }
        assert_eq!((answer.status, answer.header("retry-after").as_deref()), (503, Some("1")));
        std::thread::sleep(Duration::from_secs(1));
    }
    panic!("the service stays busy");
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[test]
fn parallel_writers_lose_no_update() {
    let world = World::start(&["--rate-limit", "1000000"]);
    let put = |headers: &[(&str, &str)]| race(world.process.address, "PUT", "/record/alice-2", headers);
    // All have seen version 1: one may write, the others are told which version there is now.
    let answers = put(&[("X-API-Key", &world.alice), ("If-Match", "\"1\"")]);
    assert_eq!((count(&answers, 200), count(&answers, 412)), (1, WRITERS - 1));
    assert!(answers.iter().all(|answer| answer.header("etag").as_deref() == Some("\"2\"")));
    // Without a version all write, and each gets a version of its own.
    let answers = put(&[("X-API-Key", &world.alice)]);
    assert_eq!(count(&answers, 200), WRITERS);
    let versions: BTreeSet<_> = answers.iter().map(|answer| answer.header("etag").expect("a version")).collect();
    assert_eq!(versions, (3..3 + WRITERS).map(|version| format!("\"{version}\"")).collect());
    // What is stored is what the last version acknowledged.
    let last = format!("\"{}\"", 2 + WRITERS);
    let last = answers.iter().find(|answer| answer.header("etag").as_ref() == Some(&last)).expect("a last one");
    let stored = world.items("USER#alice").into_iter().find(|item| item["sk"]["S"] == "RECORD#alice-2");
    assert_eq!(stored.expect("the record")["status"]["S"], last.json()["updated"]["status"]);
    world.assert_nothing_leaked(&[]);
}

#[test]
fn parallel_requests_pass_the_limit_one_by_one() {
    let world = World::start(&["--rate-limit", "50"]);
    let answers = race(world.process.address, "GET", "/records", &[("X-API-Key", &world.alice)]);
    let passed = count(&answers, 200);
    assert_eq!(passed + count(&answers, 429), WRITERS);
    let windows = world.items("RATE#");
    let hits: Vec<usize> =
        windows.iter().map(|item| item["hits"]["N"].as_str().expect("a number").parse().expect("digits")).collect();
    // One window, or more when the minute turned in between; each is used up to the limit and no further.
    assert!(hits.iter().all(|hits| *hits <= 50), "{hits:?}");
    assert_eq!(hits.iter().sum::<usize>(), passed);
    assert!(hits.contains(&50));
    world.assert_nothing_leaked(&[]);
}
