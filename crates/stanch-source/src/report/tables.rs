use stanch_api::{Attribute, AttributeClass, AttributeSet, KeySchema, Reason, Table};
use stanch_secrets::names::KeyKind;

use crate::facts::{SinkKind, SourceFacts, SourceKind};
use crate::flow::Engine;
use crate::tables::{AttributeSeen, ELSEWHERE, Evidence, KeySeen};

/// An attribute by which an item is looked up with a credential of the request is one.
pub(super) fn looked_up(engine: &mut Engine) {
    let flows = engine.take_flows();
    for (key, seen) in &flows {
        let source = engine.sources.get(key.source).kind.clone();
        let (SinkKind::Key, SourceKind::Request { name: Some(name), .. }) = (&key.kind, source) else { continue };
        let (Some(table), AttributeSet::Only(attributes)) =
            (engine.tables.keyed.get(&(key.func, key.span)).copied(), &seen.attributes)
        else {
            continue;
        };
        if stanch_secrets::names::key_kind(&name).is_some() && !is_part(engine, &seen.trail) {
            for attribute in attributes.iter().filter(|attribute| !is_public(attribute)) {
                engine.tables.compared(table, attribute, &name, (key.func, key.span));
            }
        }
    }
    engine.put_flows(flows);
}

/// A kind of key in a sentence.
const fn described(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::ApiKey => "an API key",
        KeyKind::Token => "a token",
        KeyKind::Password => "a password",
        KeyKind::PasswordHash => "a password hash",
        KeyKind::KeyHash => "the digest of a key",
        KeyKind::Secret => "a secret",
        KeyKind::PrivateKey => "a private key",
        KeyKind::Session => "a session",
        KeyKind::Pin => "a PIN",
        KeyKind::Mfa => "a second factor",
        KeyKind::Card => "a payment card",
    }
}

/// Whether only a part of the credential goes on: the public id in front of the secret.
fn is_part(engine: &Engine, trail: &crate::value::Trail) -> bool {
    trail.steps().iter().any(|step| {
        let text = engine.program.snippet(step.func, step.span, 200);
        [".group(", ".groups(", ".split(", ".rsplit(", ".partition("].iter().any(|cut| text.contains(cut))
            || matches!(step.note, crate::value::Note::Assigned(name) if is_public(engine.program.names.text(name)))
    })
}

/// `key_id`, `kid`, `key_prefix`.
fn is_public(name: &str) -> bool {
    let words = stanch_secrets::names::words(name);
    let last = words.last().map(String::as_str);
    stanch_secrets::names::key_kind(name).is_none()
        && (last == Some("kid")
            || matches!(last, Some("id" | "prefix" | "selector" | "digest"))
                && words.iter().any(|word| word == "key" || word == "token"))
}

/// Fills the tables; gives the place in the list of each of the engine's tables.
pub(super) fn tables(engine: &Engine, facts: &mut SourceFacts) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (1..engine.tables.list.len()).collect();
    order.sort_by(|a, b| engine.tables.list[*a].name.cmp(&engine.tables.list[*b].name));
    let mut numbers = vec![None; engine.tables.list.len()];
    for index in order {
        let seen = &engine.tables.list[index];
        numbers[index] = Some(facts.tables.len());
        let attributes =
            seen.attributes.iter().map(|(name, attribute)| (name.clone(), describe(engine, name, attribute))).collect();
        facts.tables.push(Table {
            name: seen.name.clone(),
            key: seen.key.as_ref().map(key_schema),
            indexes: seen.indexes.iter().map(|(name, key)| (name.clone(), key_schema(key))).collect(),
            attributes,
        });
    }
    numbers
}

fn key_schema(key: &KeySeen) -> KeySchema {
    KeySchema { partition: key.partition.clone(), sort: key.sort.clone() }
}

fn describe(engine: &Engine, name: &str, seen: &AttributeSeen) -> Attribute {
    let mut reasons = Vec::new();
    let mut class = AttributeClass::Ordinary;
    let given = engine.secret_names.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    for (evidence, at) in &seen.evidence {
        let place = (*at != ELSEWHERE).then(|| engine.program.place(at.0, at.1));
        let text = match evidence {
            Evidence::Credential(credential) => {
                class = AttributeClass::Secret;
                format!("it is matched with the credential `{credential}` of a request")
            }
            Evidence::Made(made) => {
                class = AttributeClass::Secret;
                format!("it is given {made}")
            }
            Evidence::Key => "it is used as a key".to_owned(),
            Evidence::Written => "the app writes it".to_owned(),
            Evidence::Declared => "a definition names it".to_owned(),
            Evidence::Read => "the app reads it".to_owned(),
        };
        reasons.push(Reason { text, place });
    }
    if given || stanch_secrets::names::key_kind(name).is_some() {
        class = AttributeClass::Secret;
        let text = match stanch_secrets::names::key_kind(name) {
            Some(kind) => format!("its name means {}", described(kind)),
            None => "the settings name it".to_owned(),
        };
        reasons.insert(0, Reason { text, place: None });
    } else if class == AttributeClass::Ordinary && stanch_secrets::names::is_private(name) {
        class = AttributeClass::Private;
        reasons.insert(0, Reason { text: "its name means something personal or internal".to_owned(), place: None });
    }
    Attribute { class, kind: seen.kind, reasons }
}
