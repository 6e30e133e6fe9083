use stanch_api::AttributeType;
use stanch_secrets::names::words;

/// What a value has to look like so that an app can work with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lower-case letters and digits.
    Text,
    /// An address at example.com, which RFC 2606 reserves.
    Email,
    /// An address on example.com.
    Link,
    Uuid,
    /// A number long enough to be found.
    Number,
    /// As [`Shape::Number`], as text.
    Digits,
    /// A number of a narrow range, which proves nothing.
    Small {
        least: u64,
        most: u64,
    },
    /// Seconds since 1970, in the years 2017 to 2020.
    Past,
    /// Seconds since 1970, about the year 2097: a time to live that has not passed.
    Future,
    /// A day as ISO 8601 writes it.
    PastDate,
    FutureDate,
    Truth,
    AccessKeyId,
    SecretAccessKey,
    SessionToken,
}

impl Shape {
    /// The DynamoDB type for an attribute of unknown type.
    pub(super) const fn kind(self) -> AttributeType {
        match self {
            Self::Number | Self::Small { .. } | Self::Past | Self::Future => AttributeType::Number,
            Self::Truth => AttributeType::Boolean,
            Self::Text
            | Self::Email
            | Self::Link
            | Self::Uuid
            | Self::Digits
            | Self::PastDate
            | Self::FutureDate
            | Self::AccessKeyId
            | Self::SecretAccessKey
            | Self::SessionToken => AttributeType::String,
        }
    }
}

/// Names of numbers in a narrow range, with the range.
const SMALL: [(&str, u64, u64); 18] = [
    ("age", 18, 79),
    ("year", 1990, 2024),
    ("month", 1, 12),
    ("day", 1, 28),
    ("hour", 0, 23),
    ("minute", 0, 59),
    ("rating", 1, 5),
    ("stars", 1, 5),
    ("percent", 1, 99),
    ("percentage", 1, 99),
    ("port", 1024, 9999),
    ("level", 1, 9),
    ("priority", 1, 5),
    ("latitude", 1, 80),
    ("longitude", 1, 80),
    ("lat", 1, 80),
    ("lng", 1, 80),
    ("lon", 1, 80),
];
const COUNTED: [&str; 14] = [
    "count", "quantity", "qty", "stock", "attempts", "retries", "size", "length", "width", "height", "weight", "pages",
    "views", "likes",
];
const MONEY: [&str; 8] = ["price", "amount", "total", "balance", "cost", "salary", "score", "points"];
const TIMES: [&str; 8] = ["timestamp", "ts", "time", "date", "created", "updated", "modified", "datetime"];
const BEFORE_AT: [&str; 10] =
    ["created", "updated", "modified", "deleted", "expires", "expired", "issued", "logged", "seen", "login"];
const ENDS: [&str; 7] = ["ttl", "expires", "expiry", "expiration", "exp", "deadline", "until"];
const TRUE: [&str; 8] =
    ["active", "enabled", "verified", "confirmed", "published", "completed", "available", "subscribed"];
const FALSE: [&str; 9] =
    ["disabled", "deleted", "locked", "banned", "blocked", "revoked", "expired", "archived", "suspended"];

/// The shape that an attribute of this name and type needs. The type is binding, the name a hint.
pub(super) fn shape(path: &str, kind: Option<AttributeType>) -> Shape {
    let name = path.rsplit('.').next().unwrap_or(path).trim_end_matches(|c: char| "[]0123456789".contains(c));
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_time = TIMES.contains(&last) || (last == "at" && has(&BEFORE_AT)) || ENDS.contains(&last);
    let ends = has(&ENDS) || has(&["expires", "expired"]);
    let small = || {
        SMALL
            .iter()
            .find(|(word, ..)| *word == last)
            .map(|(_, least, most)| Shape::Small { least: *least, most: *most })
    };
    let number = || match () {
        () if is_time && ends => Shape::Future,
        () if is_time => Shape::Past,
        () if COUNTED.contains(&last) => Shape::Small { least: 1, most: 99 },
        () => small().unwrap_or(Shape::Number),
    };
    let text = || match () {
        () if has(&["email", "mail"]) => Shape::Email,
        () if has(&["uuid", "guid"]) => Shape::Uuid,
        () if has(&["url", "uri", "link", "website", "homepage", "avatar"]) => Shape::Link,
        () if has(&["phone", "mobile", "telephone", "pin", "ssn", "card"]) && !has(&["type", "name"]) => Shape::Digits,
        () if is_time && ends => Shape::FutureDate,
        () if is_time || has(&["dob", "birthday", "birthdate"]) => Shape::PastDate,
        () => Shape::Text,
    };
    match kind {
        Some(AttributeType::Number | AttributeType::NumberSet) => number(),
        Some(AttributeType::Boolean) => Shape::Truth,
        Some(AttributeType::String) => text(),
        Some(_) => Shape::Text,
        None => {
            let asks =
                words.first().is_some_and(|word| ["is", "has", "can"].contains(&word.as_str()) && words.len() > 1);
            if asks || TRUE.contains(&last) || FALSE.contains(&last) {
                Shape::Truth
            } else if small().is_some() || COUNTED.contains(&last) || MONEY.contains(&last) || last == "ttl" {
                number()
            } else {
                text()
            }
        }
    }
}

/// A truth value under which the app goes on: what is deleted, locked or expired is not.
pub(super) fn truth(path: &str) -> bool {
    !words(path).iter().any(|word| FALSE.contains(&word.as_str()))
}
