#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::{Value, json};
use stanch_api::{Attribute, AttributeClass, AttributeType, KeySchema, Table};
use stanch_dynamodb::{Engine, Origin, TableSpec};
use stanch_secrets::Form;

use super::{CanaryBook, CanaryClass, CanaryPlace, FOREIGN_NAME, ItemPlan, Layer};

const KINDS: [AttributeType; 10] = [
    AttributeType::String,
    AttributeType::Number,
    AttributeType::Binary,
    AttributeType::Boolean,
    AttributeType::Null,
    AttributeType::Map,
    AttributeType::List,
    AttributeType::StringSet,
    AttributeType::NumberSet,
    AttributeType::BinarySet,
];

fn place(attribute: &str) -> CanaryPlace {
    CanaryPlace::Attribute { table: "users".to_owned(), item: 0, attribute: attribute.to_owned() }
}

fn text(book: &mut CanaryBook, attribute: &str) -> String {
    let value = book.value("users", 0, attribute, CanaryClass::Secret, Some(AttributeType::String));
    value["S"].as_str().unwrap().to_owned()
}

fn facts() -> Table {
    let attribute = |class, kind| Attribute { class, kind, reasons: Vec::new() };
    let mut attributes = BTreeMap::new();
    attributes.insert("id".to_owned(), attribute(AttributeClass::Ordinary, Some(AttributeType::String)));
    attributes.insert("password".to_owned(), attribute(AttributeClass::Secret, None));
    attributes.insert("profile".to_owned(), attribute(AttributeClass::Ordinary, Some(AttributeType::Map)));
    attributes.insert("profile.api_key".to_owned(), attribute(AttributeClass::Secret, None));
    attributes.insert("cards[].number".to_owned(), attribute(AttributeClass::Secret, None));
    for kind in KINDS {
        attributes.insert(format!("as_{kind:?}").to_lowercase(), attribute(AttributeClass::Ordinary, Some(kind)));
    }
    let key = KeySchema { partition: "id".to_owned(), sort: Some("at".to_owned()) };
    Table { name: "users".to_owned(), key: Some(key), indexes: BTreeMap::new(), attributes }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_any_other_input_others() {
    let value = |seed: &str, table: &str, item, attribute: &str| {
        CanaryBook::new(seed).value(table, item, attribute, CanaryClass::Secret, None).to_string()
    };
    assert_eq!(value("s", "users", 0, "token"), value("s", "users", 0, "token"));
    let others = [
        value("s", "users", 0, "token"),
        value("t", "users", 0, "token"),
        value("s", "user", 0, "stoken"),
        value("s", "users", 1, "token"),
        value("s", "users", 0, "key"),
    ];
    assert_eq!(others.iter().collect::<BTreeSet<_>>().len(), others.len());
}

#[test]
fn a_variant_changes_secrets_only() {
    let (mut one, mut two) = (CanaryBook::with_variant("s", 1), CanaryBook::with_variant("s", 2));
    for (class, same) in [(CanaryClass::Secret, false), (CanaryClass::Ordinary, true), (CanaryClass::Foreign, true)] {
        let pair = [&mut one, &mut two].map(|book| book.value("users", 0, "thing", class, None));
        assert_eq!(pair[0] == pair[1], same, "{class:?}");
    }
}

#[test]
fn values_have_the_shape_that_names_and_types_ask_for() {
    let mut book = CanaryBook::new("s");
    let mut of = |name: &str, kind| book.value("users", 0, name, CanaryClass::Ordinary, kind);
    assert!(of("contactEmail", None)["S"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(
        of("user_uuid", None)["S"].as_str().unwrap().split('-').map(str::len).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12]
    );
    assert_eq!(of("is_admin", None), json!({"BOOL": true}));
    assert_eq!(of("deleted", None), json!({"BOOL": false}));
    let age: u32 = of("age", None)["N"].as_str().unwrap().parse().unwrap();
    assert!((18..80).contains(&age));
    assert_eq!(of("balance", None)["N"].as_str().unwrap().len(), 14);
    assert_eq!(of("created_at", None)["S"].as_str().unwrap().len(), 10);
    let ends: u64 = of("expires_at", Some(AttributeType::Number))["N"].as_str().unwrap().parse().unwrap();
    assert!(ends > 4_000_000_000);
    let name = of("nickname", None)["S"].as_str().unwrap().to_owned();
    assert!((16..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    for guessable in ["age", "created_at", "expires_at"] {
        assert_eq!(book.is_searchable(&place(guessable)), Some(false), "{guessable}");
    }
}

#[test]
fn items_hold_every_known_attribute_and_the_engine_takes_them() {
    let engine = Engine::memory().unwrap();
    let table = facts();
    let spec = TableSpec::from_facts(&table, Origin::Code).unwrap();
    engine.create_table(spec.create_request()).unwrap();
    let mut book = CanaryBook::new("s");
    let given = BTreeMap::from([("at".to_owned(), json!({"S": "today"}))]);
    let item = book.item(Some(&table), &spec, &ItemPlan { item: 3, given, without_foreign: false });
    engine.put_item("users", &item).unwrap();
    let read = engine.get_item("users", &spec.key.of(&item).unwrap()).unwrap().unwrap().to_string();
    let found: BTreeMap<String, CanaryClass> = book
        .search(read.as_bytes())
        .into_iter()
        .map(|hit| match hit.place {
            CanaryPlace::Attribute { attribute, item: 3, .. } => (attribute, hit.class),
            other => panic_on(&other),
        })
        .collect();
    assert_eq!(item["at"], json!({"S": "today"}));
    assert_eq!(found["password"], CanaryClass::Secret);
    assert_eq!(found["profile.api_key"], CanaryClass::Secret);
    assert_eq!(found["cards[0].number"], CanaryClass::Secret);
    assert_eq!(found["profile.zz_note"], CanaryClass::Foreign);
    assert_eq!(found[FOREIGN_NAME], CanaryClass::Foreign);
    assert_eq!(found["as_binary"], CanaryClass::Ordinary);
    assert!(
        found.contains_key("as_stringset[1]")
            && found.contains_key("as_numberset[0]")
            && found.contains_key("as_list[0]")
    );
    let bare = book.item(Some(&table), &spec, &ItemPlan { without_foreign: true, ..ItemPlan::default() }).to_string();
    assert!(!bare.contains(FOREIGN_NAME));
}

#[expect(clippy::panic, reason = "a test may fail by panicking")]
fn panic_on(place: &CanaryPlace) -> ! {
    panic!("found at {place:?}")
}

#[test]
fn packed_and_changed_texts_are_looked_through() {
    let mut book = CanaryBook::new("s");
    let canary = text(&mut book, "token");
    let body = format!("{{\"user\": \"{canary}\", \"pad\": \"{}\"}}", "x".repeat(300));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(body.as_bytes()).unwrap();
    let cookie = format!("session=.{}.sig; Path=/", URL_SAFE_NO_PAD.encode(zlib.finish().unwrap()));
    let layer = |text: &[u8]| book.search(text).first().map(|hit| hit.layer);
    assert_eq!(layer(&gzip), Some(Some(Layer::Gzip)));
    assert_eq!(layer(&gzip[..gzip.len() - 5]), Some(Some(Layer::Gzip)));
    assert_eq!(layer(STANDARD.encode(&gzip).as_bytes()), Some(Some(Layer::Base64Gzip)));
    assert_eq!(layer(cookie.as_bytes()), Some(Some(Layer::Base64Zlib)));
    let upper = canary.to_uppercase();
    assert_eq!(book.search(upper.as_bytes())[0].form, Form::Raw);
}

#[test]
fn base64_in_lines_is_read_as_one() {
    let mut book = CanaryBook::new("s");
    let canary = text(&mut book, "token");
    for pad in 30..80 {
        let whole = STANDARD.encode(format!("{}{canary}{}", "x".repeat(pad), "y".repeat(80)));
        for end in ["\n", "\r\n", "\\n"] {
            let lines: Vec<&str> = whole.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let wrapped = format!("data: {}", lines.join(end));
            let hits = book.search(wrapped.as_bytes());
            assert!(!hits.is_empty() && hits[0].form == Form::Base64, "{pad}");
            let shown: String = wrapped[hits[0].range.clone()].replace(end, "");
            assert!(whole.contains(&shown) && shown.len() >= 24, "{pad} {shown}");
        }
    }
}

#[test]
fn a_number_counts_only_as_a_whole() {
    let mut book = CanaryBook::new("s");
    let value = book.value("users", 0, "card", CanaryClass::Secret, Some(AttributeType::Number));
    let digits = value["N"].as_str().unwrap();
    assert_eq!(book.search(format!("\"card\": {digits}.0,").as_bytes()).len(), 1);
    assert!(book.search(format!("{digits}1").as_bytes()).is_empty());
    assert!(book.search(format!("1{digits}").as_bytes()).is_empty());
}

#[test]
fn what_the_request_sent_is_no_leak() {
    let mut book = CanaryBook::new("s");
    let (sent, other) = (text(&mut book, "token"), text(&mut book, "password"));
    let hits = book.search(format!("{sent} {other}").as_bytes());
    let basic = format!("Basic {}", STANDARD.encode(format!("bob:{sent}")));
    let left = book.without_sent(hits.clone(), &[b"/path", basic.as_bytes()]);
    assert_eq!(left.iter().map(|hit| &hit.place).collect::<Vec<_>>(), [&place("password")]);
    assert_eq!(book.without_sent(hits, &[b"/path"]).len(), 2);
}

#[test]
fn sdk_credentials_are_canaries_of_the_environment() {
    let mut book = CanaryBook::new("s");
    let credentials = book.sdk_credentials();
    let id = credentials.access_key_id.expose();
    assert!(id.len() == 20 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    assert_eq!(credentials.secret_access_key.expose().len(), 40);
    let dump = format!("{{'AWS_SECRET_ACCESS_KEY': '{}'}}", credentials.secret_access_key.expose());
    let name = CanaryPlace::Environment { name: "AWS_SECRET_ACCESS_KEY".to_owned() };
    assert_eq!(book.search(dump.as_bytes())[0].place, name);
    assert!(!format!("{book:?}{credentials:?}").contains(id));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands around it, a planted text is found in every form, exactly where it stands, and in no other
    /// book's texts.
    #[test]
    fn a_planted_text_is_found_in_any_surroundings(
        seed in "[ -~]{0,12}", before in "\\PC{0,40}", after in "\\PC{0,40}", form in 0_usize..6, item in any::<u32>(),
    ) {
        let mut book = CanaryBook::new(&seed);
        let value = book.value("t", item, "a", CanaryClass::Secret, Some(AttributeType::String));
        let canary = value["S"].as_str().unwrap();
        let whole = format!("{before}{canary}{after}");
        let text = match form {
            0 => whole,
            1 => Value::from(whole).to_string(),
            2 => STANDARD.encode(whole),
            3 => whole.bytes().map(|byte| format!("{byte:02x}")).collect(),
            4 => percent_encoding::utf8_percent_encode(&whole, percent_encoding::NON_ALPHANUMERIC).to_string(),
            _ => whole.chars().rev().collect(),
        };
        let hits = book.search(text.as_bytes());
        assert!(!hits.is_empty(), "{form}");
        assert!(hits.iter().all(|hit| hit.range.end <= text.len() && hit.class == CanaryClass::Secret));
        let mut other = CanaryBook::new(&format!("{seed}+"));
        other.value("t", item, "a", CanaryClass::Secret, Some(AttributeType::String));
        assert!(other.search(text.as_bytes()).is_empty());
    }

    /// Bytes of any kind neither break the search nor hold a canary.
    #[test]
    fn arbitrary_bytes_hold_no_canary(bytes in proptest::collection::vec(any::<u8>(), 0..600), head in 0_usize..4) {
        let mut book = CanaryBook::new("s");
        for kind in KINDS {
            book.value("t", 0, "a", CanaryClass::Secret, Some(kind));
        }
        let mut text = [b"".as_slice(), b"\x1f\x8b\x08\x00", b"H4sIAAAA", b".eJw"][head].to_vec();
        text.extend(bytes);
        assert!(book.search(&text).is_empty());
    }
}

#[test]
fn texts_made_to_be_slow_are_not() {
    let mut book = CanaryBook::new("s");
    let canary = text(&mut book, "token");
    let gzip = |content: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(content).unwrap();
        gzip.finish().unwrap()
    };
    let start = std::time::Instant::now();
    assert!(book.search(&" eJ H4sI\n".repeat(50_000).into_bytes()).is_empty());
    assert!(book.search(&b"\x1f\x8b\x08\x00".repeat(100_000)).is_empty());
    // A bomb is opened up to a limit; what stands before it is found.
    let bomb = gzip(&[canary.as_bytes(), &vec![0; 30_000_000]].concat());
    assert_eq!(book.search(&bomb)[0].layer, Some(Layer::Gzip));
    let late = gzip(&[&vec![0; 30_000_000], canary.as_bytes()].concat());
    assert!(book.search(&late).is_empty());
    // Generous for a loaded machine and an unoptimised build.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
