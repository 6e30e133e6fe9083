//! Line breaks in what is sent: where they reach a log as they are, a client writes log lines of its own.

use serde_json::json;
use stanch_api::ParameterLocation;
use stanch_findings::Evidence;
use stanch_live::{Event, LogStream};

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::operation::Values;
use crate::prove::scrub::scrub;
use crate::prove::sign::{Kind, Sign, Way};

/// How a forged line begins; nothing else writes that.
const LINE: &str = "INFO stanch-forged-line";
/// Parameters that are tried one by one.
const SINGLE: usize = 4;

/// Sends every text with a line break and a line after it; then one at a time.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let texts: Vec<_> =
        honest.texts().into_iter().filter(|(location, ..)| *location != ParameterLocation::Header).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    let forged = |values: &mut Values, (location, name, text): &(ParameterLocation, &str, String)| {
        // The escape character is what terminals obey; CR and LF end a line everywhere.
        values.set(*location, name, json!(format!("{text}\u{1b}[0m\r\n{LINE} {text}")));
    };
    let mut tries = Vec::new();
    let mut values = honest.values.clone();
    texts.iter().for_each(|one| forged(&mut values, one));
    tries.push(values);
    if texts.len() > 1 {
        tries.extend(texts.iter().take(SINGLE).map(|one| {
            let mut values = honest.values.clone();
            forged(&mut values, one);
            values
        }));
    }
    let mut seen = Vec::new();
    for values in tries {
        let mut observation = driver.provoked(honest, &values).await;
        let signs = signs(&observation);
        // One by one they go another way where all of them together do, past a check that one of them fails.
        let is_same = observation.answer().map(|answer| answer.status) == honest.status;
        let is_over = !signs.is_empty() || is_same;
        observation.signs.extend(signs);
        seen.push(observation);
        if is_over {
            break;
        }
    }
    seen
}

/// Each line of the app that wrote the forged one so that it stands as a line of its own.
fn signs(observation: &Observation) -> Vec<Sign> {
    let written = observation.events.iter().any(|event| match event {
        Event::Log { stream: LogStream::Stdout | LogStream::Stderr, text, .. } => {
            text.lines().any(|line| line.trim_start_matches('\r').starts_with(LINE))
        }
        _ => false,
    });
    if !written {
        return Vec::new();
    }
    let broken = format!("\n{LINE}");
    let mut signs: Vec<Sign> = Vec::new();
    for event in &observation.events {
        let Event::Log { stream, text, source: Some(source), .. } = event else { continue };
        if !text.contains(&broken) || signs.iter().any(|sign| sign.source.as_ref() == Some(source)) {
            continue;
        }
        let before = text.split(&broken).next().unwrap_or_default().lines().last().unwrap_or_default();
        let words: Vec<&str> = before.split_whitespace().collect();
        // What stands before the value is the app's own; the value is ours.
        let own = words.get(..words.len().saturating_sub(1)).unwrap_or_default().join(" ");
        let own: String = own.chars().take(80).filter(|c| !c.is_control()).collect();
        let evidence = Evidence { what: "log".to_owned(), text: scrub(&format!("{own} … ⏎ {LINE} …")) };
        let mut sign = Sign::new(Kind::Forged, Way::Log(*stream, None), evidence);
        sign.source = Some(source.clone());
        signs.push(sign);
    }
    signs
}
