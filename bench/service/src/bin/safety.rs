//! What each safety measure costs by itself, in nanoseconds of one thread: with it, and with the nearest thing without.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use profile_service::log::JsonLines;
use serde_json::{Map, Value, json};
use stanch_table::{Binding, Document, IssuedKey, Pepper, PresentedKey, Sealer};
use tracing_subscriber::layer::SubscriberExt;

fn main() -> anyhow::Result<()> {
    let pepper = Pepper::from_bytes(&[7; 32])?;
    let sealer = Sealer::new(&pepper, Duration::from_secs(900));
    let binding = Binding { caller: "alice", route: "/records" };
    let text = IssuedKey::generate("psk")?.show_once();
    let sort = "RECORD#alice-2";
    let token = sealer.seal(binding, sort)?;
    let plain = URL_SAFE_NO_PAD.encode(sort);
    let profile = json!({"name": "alice", "city": "Lisbon", "mail": {"weekly": true, "address": "a@example.org"}});
    let profile = profile.as_object().cloned().unwrap_or_default();

    let mut out = std::io::stdout().lock();
    writeln!(out, "| measure | with, ns | without, ns |\n| --- | --- | --- |")?;
    let rows: [(&str, f64, f64); 4] = [
        (
            "digest of a key (parse and HMAC; parse alone)",
            time(|| PresentedKey::parse("psk", black_box(&text)).map(|key| pepper.digest(&key))),
            time(|| PresentedKey::parse("psk", black_box(&text))),
        ),
        (
            "page token made (sealed; base64 alone)",
            time(|| sealer.seal(binding, black_box(sort)).is_ok()),
            time(|| URL_SAFE_NO_PAD.encode(black_box(sort))),
        ),
        (
            "page token read (opened; base64 alone)",
            time(|| sealer.open(binding, black_box(&token)).is_ok()),
            time(|| URL_SAFE_NO_PAD.decode(black_box(&plain)).is_ok()),
        ),
        (
            "keys taken out of a map of four members (and copied; copied alone)",
            time(|| Document::from_json(black_box(&profile).clone())),
            time(|| black_box(&profile).clone()),
        ),
    ];
    for (name, with, without) in rows {
        writeln!(out, "| {name} | {with:.0} | {without:.0} |")?;
    }
    let lines = JsonLines::new(std::io::sink());
    let with = tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
        time(|| {
            tracing::info!(
                request_id = "0123456789abcdef",
                method = "GET",
                route = "/records",
                status = 200,
                "answered"
            );
        })
    });
    let without = time(|| {
        let mut line = Map::new();
        line.insert("time".to_owned(), json!(1.5));
        for (name, value) in [("level", "INFO"), ("message", "answered"), ("request_id", "0123456789abcdef")] {
            line.insert(name.to_owned(), black_box(value).into());
        }
        line.insert("method".to_owned(), "GET".into());
        line.insert("route".to_owned(), "/records".into());
        line.insert("status".to_owned(), 200.into());
        Value::Object(line).to_string()
    });
    writeln!(out, "| a log line (masked, escaped; the same JSON alone) | {with:.0} | {without:.0} |")?;
    Ok(())
}

/// Nanoseconds of one run: the least of seven rounds, since other work on the machine only ever adds.
fn time<T>(mut run: impl FnMut() -> T) -> f64 {
    const RUNS: u32 = 20_000;
    let mut round = || {
        let started = Instant::now();
        for _ in 0..RUNS {
            black_box(run());
        }
        started.elapsed().as_secs_f64() * 1e9 / f64::from(RUNS)
    };
    (0..7).map(|_| round()).fold(f64::INFINITY, f64::min)
}
