//! Canaries: the values that are planted in a user's app, and the search for them in everything that comes out.
//!
//! Each value is derived from the seed, the table, the item and the attribute, so the same input gives the same bytes.
//! Its class says what finding it proves: a secret one proves a leaked key, a foreign one that whole items leave, an
//! ordinary one nothing by itself. What is too short or too guessable to be unique is planted but never searched for.

mod derive;
mod item;
mod layers;
mod search;
mod shape;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};
use stanch_api::{AttributeClass, AttributeType};
use stanch_secrets::{Form, Secret};

use derive::Deriver;
pub use item::{FOREIGN_NAME, ItemPlan};
pub use layers::Layer;
use search::{Finder, Found};
use shape::{Shape, shape};

/// What a canary stands for, in rising order of what finding it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanaryClass {
    /// An attribute that nothing says is a key.
    Ordinary,
    /// An attribute that the app knows nothing of: it can only leave with its whole item.
    Foreign,
    /// Code, model, template or name says that the app treats it as a key.
    Secret,
}

impl From<AttributeClass> for CanaryClass {
    fn from(class: AttributeClass) -> Self {
        match class {
            AttributeClass::Secret => Self::Secret,
            AttributeClass::Private | AttributeClass::Ordinary => Self::Ordinary,
        }
    }
}

/// Where a canary was planted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanaryPlace {
    /// In an item.
    Attribute {
        /// Table.
        table: String,
        /// Number of the item within its table, as the caller counts.
        item: u32,
        /// Path of the attribute: `password`, `profile.api_key`, `tokens[0]`.
        attribute: String,
    },
    /// In the app's surroundings: an SDK credential, a setting, a secret from a cloud service.
    Environment {
        /// Name of the variable or of the secret.
        name: String,
    },
}

/// A canary that was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryHit {
    /// Where it had been planted.
    pub place: CanaryPlace,
    /// What it stands for.
    pub class: CanaryClass,
    /// How it was written.
    pub form: Form,
    /// Byte range in the text; of the whole packed part, where it stood inside one.
    pub range: Range<usize>,
    /// The packing that was looked through to find it.
    pub layer: Option<Layer>,
}

/// AWS credentials for the app: of the shape that SDKs take, and each of them a secret canary.
#[derive(Clone, Debug)]
pub struct SdkCredentials {
    /// For `AWS_ACCESS_KEY_ID`. An identifier, but leaked together with the others.
    pub access_key_id: Secret,
    /// For `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret,
    /// For `AWS_SESSION_TOKEN`.
    pub session_token: Secret,
}

/// Every canary of a run: makes them, remembers them, finds them.
#[derive(Debug)]
pub struct CanaryBook {
    deriver: Deriver,
    canaries: BTreeMap<CanaryPlace, Canary>,
    finder: Finder,
}

#[derive(Debug)]
struct Canary {
    class: CanaryClass,
    /// The texts by which it is found, none when it is too guessable.
    texts: Vec<Secret>,
}

impl CanaryBook {
    /// A book for this seed.
    #[must_use]
    pub fn new(seed: &str) -> Self {
        Self::with_variant(seed, 0)
    }

    /// A book whose secret canaries differ from those of another variant while all other values are the same: for the
    /// second run that shows what no decoder sees.
    #[must_use]
    pub fn with_variant(seed: &str, variant: u32) -> Self {
        Self { deriver: Deriver::new(seed, variant), canaries: BTreeMap::new(), finder: Finder::default() }
    }

    /// From now on secret canaries are those of the other variant; what was planted before stays known until it is
    /// planted anew.
    pub fn turn_secrets(&mut self) {
        self.deriver.turn();
    }

    /// The value of an attribute in DynamoDB's typed JSON, remembered as planted. Without a `kind` the attribute's
    /// name decides between text, number and truth value.
    pub fn value(
        &mut self,
        table: &str,
        item: u32,
        attribute: &str,
        class: CanaryClass,
        kind: Option<AttributeType>,
    ) -> Value {
        let place = |attribute: String| CanaryPlace::Attribute { table: table.to_owned(), item, attribute };
        let shape = shape(attribute, kind);
        let mut part = |suffix: &str, shape: Shape| self.plant(place(format!("{attribute}{suffix}")), class, shape);
        let free = |shape: Shape| if matches!(shape, Shape::Number | Shape::Digits) { shape } else { Shape::Number };
        match kind.unwrap_or_else(|| shape.kind()) {
            AttributeType::String => json!({ "S": part("", shape) }),
            AttributeType::Number => json!({ "N": part("", shape) }),
            AttributeType::Binary => json!({ "B": derive::base64(part("", Shape::Text).as_bytes()) }),
            AttributeType::Boolean => json!({ "BOOL": shape::truth(attribute) }),
            AttributeType::Null => json!({ "NULL": true }),
            AttributeType::Map => json!({ "M": { "value": { "S": part(".value", Shape::Text) } } }),
            AttributeType::List => json!({ "L": [{ "S": part("[0]", Shape::Text) }] }),
            AttributeType::StringSet => json!({ "SS": [part("[0]", Shape::Text), part("[1]", Shape::Text)] }),
            AttributeType::NumberSet => json!({ "NS": [part("[0]", free(shape)), part("[1]", Shape::Number)] }),
            AttributeType::BinarySet => json!({ "BS": [derive::base64(part("[0]", Shape::Text).as_bytes())] }),
        }
    }

    /// A canary for a setting that reaches the app from outside: a variable of its environment such as
    /// `JWT_SECRET_KEY`, or a parameter or secret that it asks a cloud service for.
    pub fn setting(&mut self, name: &str, class: CanaryClass) -> Secret {
        let place = CanaryPlace::Environment { name: name.to_owned() };
        Secret::new(self.plant(place, class, Shape::Text))
    }

    /// Remembers a value that the app itself made and keeps, a password's hash say, so that it is found like those
    /// that were planted.
    pub fn adopt(&mut self, place: CanaryPlace, class: CanaryClass, text: &str) {
        self.remember(place, Canary { class, texts: vec![Secret::new(text.to_owned())] });
    }

    /// AWS credentials that no account has, remembered as planted in the variables that hold them.
    pub fn sdk_credentials(&mut self) -> SdkCredentials {
        let mut one = |name: &str, shape| {
            let place = CanaryPlace::Environment { name: name.to_owned() };
            Secret::new(self.plant(place, CanaryClass::Secret, shape))
        };
        SdkCredentials {
            access_key_id: one("AWS_ACCESS_KEY_ID", Shape::AccessKeyId),
            secret_access_key: one("AWS_SECRET_ACCESS_KEY", Shape::SecretAccessKey),
            session_token: one("AWS_SESSION_TOKEN", Shape::SessionToken),
        }
    }

    /// Every canary in the text, raw or encoded, in upper case, in base64 that is wrapped into lines, and inside what is
    /// packed by gzip or zlib, in order of where it stands.
    #[must_use]
    pub fn search(&self, text: &[u8]) -> Vec<CanaryHit> {
        let mut hits = self.search_plain(text, None);
        for (range, layer, inner) in layers::unpacked(text) {
            hits.extend(self.search_plain(&inner, Some(&(range, layer))));
        }
        if let Some((joined, places)) = layers::unwrapped(text) {
            let encoded = self.search_plain(&joined, None).into_iter().filter(|hit| hit.form != Form::Raw);
            hits.extend(encoded.filter_map(|hit| {
                let last = places.get(hit.range.end.checked_sub(1)?)?;
                Some(CanaryHit { range: *places.get(hit.range.start)?..last + 1, ..hit })
            }));
        }
        hits.sort_by(|a, b| {
            (a.range.start, a.range.end, &a.place, a.form).cmp(&(b.range.start, b.range.end, &b.place, b.form))
        });
        hits.dedup();
        hits
    }

    /// The hits that count against an app to which the same request had sent these texts: a value that was sent, in
    /// whatever form, is no leak.
    #[must_use]
    pub fn without_sent(&self, hits: Vec<CanaryHit>, sent: &[&[u8]]) -> Vec<CanaryHit> {
        if hits.is_empty() {
            return hits;
        }
        let excused: Vec<CanaryPlace> = sent.iter().flat_map(|text| self.search(text)).map(|hit| hit.place).collect();
        hits.into_iter().filter(|hit| !excused.contains(&hit.place)).collect()
    }

    /// Whether what was planted there can be found at all; none when nothing was planted there.
    #[must_use]
    pub fn is_searchable(&self, place: &CanaryPlace) -> Option<bool> {
        self.canaries.get(place).map(|canary| !canary.texts.is_empty())
    }

    /// Everything that is planted, with its class, in order.
    pub fn places(&self) -> impl Iterator<Item = (&CanaryPlace, CanaryClass)> {
        self.canaries.iter().map(|(place, canary)| (place, canary.class))
    }

    /// Secret values that are planted, for masking them in evidence.
    pub fn secrets(&self) -> impl Iterator<Item = (&CanaryPlace, &Secret)> {
        let secret = self.canaries.iter().filter(|(_, canary)| canary.class == CanaryClass::Secret);
        secret.flat_map(|(place, canary)| canary.texts.iter().map(move |text| (place, text)))
    }

    fn plant(&mut self, place: CanaryPlace, class: CanaryClass, shape: Shape) -> String {
        let derived = self.deriver.derive(&place, class, shape);
        let texts = derived.found_by.into_iter().map(Secret::new).collect();
        self.remember(place, Canary { class, texts });
        derived.value
    }

    fn remember(&mut self, place: CanaryPlace, canary: Canary) {
        let before = self.canaries.get(&place);
        // A run plants the same again before each request.
        if before.is_some_and(|before| before.class == canary.class && before.texts == canary.texts) {
            return;
        }
        self.finder.put(&place, before.map_or(&[], |before| before.texts.as_slice()), &canary.texts);
        self.canaries.insert(place, canary);
    }

    fn search_plain(&self, text: &[u8], packed: Option<&(Range<usize>, Layer)>) -> Vec<CanaryHit> {
        let mut found = self.finder.find(text);
        if text.iter().any(u8::is_ascii_uppercase) {
            // Canaries are written in lower case, so whatever changed their case is undone by lowering all of it.
            let lower = text.to_ascii_lowercase();
            let raw = self.finder.find(&lower).into_iter().filter(|hit| hit.form == Form::Raw);
            let is_same = |a: &Found<'_>, b: &Found<'_>| (a.place, a.form, &a.range) == (b.place, b.form, &b.range);
            let more: Vec<_> = raw.filter(|hit| !found.iter().any(|known| is_same(known, hit))).collect();
            found.extend(more);
        }
        let hit = |found: Found<'_>| {
            if found.digits && found.form == Form::Raw && touches_digit(text, &found.range) {
                return None;
            }
            let class = self.canaries.get(found.place)?.class;
            let (range, layer) = match packed {
                Some((range, layer)) => (range.clone(), Some(*layer)),
                None => (found.range, None),
            };
            Some(CanaryHit { place: found.place.clone(), class, form: found.form, range, layer })
        };
        found.into_iter().filter_map(hit).collect()
    }
}

/// Whether a digit stands beside the range: then the digits are part of another number.
fn touches_digit(text: &[u8], range: &Range<usize>) -> bool {
    let before = range.start.checked_sub(1).and_then(|at| text.get(at));
    [before, text.get(range.end)].into_iter().flatten().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests;
