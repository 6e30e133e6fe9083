//! Cases of what an API answers: ```` ```http leak ```` and ```` ```http safe ```` blocks.
//!
//! A block holds exchanges with `---` between them: a line with method, path template and, if it is not the honest
//! request, the purpose (`anonymous`, `as-other`, …); headers; an empty line and a body if there is one; `HTTP 200`;
//! headers; an empty line; the body. Headers of the request that hold credentials make its sender.

use std::cell::RefCell;

use stanch_api::Method;
use stanch_live::openapi::Operation;
use stanch_live::{Request, Response};
use stanch_secrets::Masks;
use url::Url;

use super::Case;
use crate::Check;
use crate::registry::ANSWERS;
use crate::scan::jwt::tests::signed;
use crate::scan::sight::{self, KnownKeys};
use crate::scan::view::{Api, OperationView, Purpose, Trial};
use crate::scan::{Header, ScanOptions};

/// Claims with a password's hash among them.
const TELLING: &str = r#"{"sub":"ada","exp":1999999999,"password_hash":"pbkdf2:sha256:260000$Zy8x$0a1b2c3d4e5f"}"#;

/// Judges the blocks of a case.
///
/// # Panics
/// When the check is silent on a leak or speaks on a safe answer, or a block cannot be read.
pub(super) fn hold(check: &Check, case: &Case<'_>) {
    for (name, text) in &case.files {
        let expected = match *name {
            "leak" => 1,
            "safe" => 0,
            _ => continue,
        };
        let found = judged(check, text);
        assert_eq!(found, expected, "{}: case `{}`", check.rule.id, case.title);
    }
}

/// Whether the case has a block of that name.
pub(super) fn has(case: &Case<'_>, name: &str) -> bool {
    case.files.iter().any(|(other, _)| *other == name)
}

#[expect(clippy::unwrap_used, reason = "a case that cannot be read is a test that fails")]
fn judged(check: &Check, text: &str) -> usize {
    // Formats that scanners of repositories know are written as placeholders.
    let text = text
        .replace("{{aws-access-key-id}}", concat!("AK", "IAQ3EGRIQYVT4TXMKB"))
        .replace("{{weak-jwt}}", &signed(r#"{"sub":"ada","exp":1999999999}"#, "changeme"))
        .replace("{{telling-jwt}}", &signed(TELLING, "q7Zr-0912-kkdj-1123"))
        .replace("{{good-jwt}}", &signed(r#"{"sub":"ada","exp":1999999999}"#, "q7Zr-0912-kkdj-1123"));
    let mut options = ScanOptions::new("http://api.invalid/");
    let mut base = Url::parse("http://api.invalid/").unwrap();
    let mut operation = None;
    let mut drafts = Vec::new();
    for exchange in text.split("\n---\n") {
        let (sent, came) = exchange.split_once("HTTP ").unwrap();
        let mut lines = sent.lines();
        let words: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        let method = Method::from_name(words[0]).unwrap();
        // A whole URL says where the API stands.
        let target = match Url::parse(words[1]) {
            Ok(url) => {
                base = url;
                base.path().to_owned()
            }
            Err(_) => words[1].to_owned(),
        };
        operation.get_or_insert_with(|| Operation {
            documented: words.get(2) != Some(&"undocumented"),
            secured: words.get(2) == Some(&"secured"),
            answer_properties: words
                .get(2)
                .and_then(|word| word.strip_prefix("describes="))
                .map(|names| names.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            ..Operation::undocumented(method, target.split('?').next().unwrap())
        });
        let headers: Vec<(String, String)> = lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body: Vec<&str> = lines.collect();
        let purpose = match words.get(2).copied() {
            None => Purpose::Honest,
            Some("anonymous") => Purpose::Anonymous,
            Some("secured" | "undocumented") => Purpose::Honest,
            Some(word) if word.starts_with("describes=") => Purpose::Honest,
            Some("origin") => Purpose::Origin,
            Some("other-way") => Purpose::OtherWay,
            Some("outward") => Purpose::Outward,
            Some("malformed") => Purpose::Malformed,
            Some("as-other") => Purpose::AsOther(1),
            Some("forged") => Purpose::Forged,
            Some("confused") => Purpose::Confused,
            Some("wrong-key") => Purpose::WrongKey,
            Some("neighbour") => Purpose::Neighbour,
            Some("setup") => Purpose::Setup,
            Some("elevated") => Purpose::Elevated,
            Some("extra") => Purpose::Extra,
            Some("verify") => Purpose::Verify,
            Some("wrong-password") => Purpose::WrongPassword,
            Some("unknown-account") => Purpose::UnknownAccount,
            Some("repeated") => Purpose::Repeated,
            Some("foreign-write") => Purpose::ForeignWrite,
            Some(other) => unreachable!("no purpose is called {other}"),
        };
        let own = |name: &str| !["accept", "content-type", "origin"].contains(&&*name.to_ascii_lowercase());
        for (name, value) in headers.iter().filter(|(name, _)| own(name)) {
            let header = Header::parse(&format!("{name}: {value}")).unwrap();
            match purpose {
                Purpose::AsOther(_) => options.others.push(("other".to_owned(), header)),
                _ if options.headers.iter().all(|known| known.name != *name) => options.headers.push(header),
                _ => {}
            }
        }
        let request = Request { method, target, headers, body: body.join("\n").trim().to_owned().into() };
        let (came, logged) = came.split_once("\nLOG ").unwrap_or((came, ""));
        let (came, called) =
            came.split_once("\nCALLED ").map_or((came, None), |(came, by)| (came, Some(by.to_owned())));
        drafts.push((purpose, request, answer(came), logged.to_owned(), called));
    }
    let identities = options.identities();
    let known = KnownKeys {
        keys: identities
            .iter()
            .flat_map(|other| other.credentials.iter().map(|key| (other.name.clone(), key.clone())))
            .collect(),
        ..KnownKeys::default()
    };
    let guarded = operation.as_ref().map(Operation::label);
    let api = Api {
        base,
        identities,
        known,
        masks: RefCell::new(Masks::new()),
        described: true,
        key_header: None,
        writes: true,
        registered: false,
        guarded,
    };
    let trials: Vec<Trial> = drafts
        .into_iter()
        .map(|(purpose, request, answer, logged, called)| {
            let own = match purpose {
                Purpose::Anonymous => &[],
                Purpose::AsOther(index) => &*api.identities[index].credentials,
                _ => &*api.identities[0].credentials,
            };
            let sightings = sight::sightings(&request, &answer, own, &api.known);
            Trial { purpose, request, outcome: Ok(answer), sightings, logged, called }
        })
        .collect();
    let operation = operation.unwrap();
    let view = OperationView { api: &api, operation: &operation, route: &operation.path, trials: &trials };
    let judge = ANSWERS.iter().find(|(rule, _)| *rule == check.rule.id).unwrap().1;
    let defects = judge(&view);
    let report = format!("{defects:?}");
    for sighting in trials.iter().flat_map(|trial| &trial.sightings) {
        assert!(!report.contains(sighting.value.expose()), "{}: the report holds the key itself", check.rule.id);
    }
    usize::from(!defects.is_empty())
}

#[expect(clippy::unwrap_used, reason = "a case that cannot be read is a test that fails")]
fn answer(text: &str) -> Response {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap().trim().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Response { status, headers, body: body.trim_end().to_owned().into(), cut: false }
}
