//! Values that came out: canaries that the request had not sent, keys that it had, and keys that the app has just made.

use stanch_findings::Evidence;
use stanch_live::Exchange;
use stanch_live::canary::{CanaryBook, CanaryClass, CanaryPlace};
use stanch_secrets::{KnownValues, Masks};

use super::channels::{Channel, channels};
use super::excerpt::{Cover, covers, excerpt};
use super::fresh::{FreshKey, fresh};
use super::observation::Observation;
use super::sign::{Kind, Sign};
use super::told;

/// Searches everything that came out during a probe.
pub(super) fn search(book: &CanaryBook, observation: &Observation, masks: &mut Masks) -> Vec<Sign> {
    let sent = sent(&observation.exchange);
    let fresh = fresh(book, observation, &sent);
    let wanted = Wanted {
        sent: KnownValues::new(observation.sent.iter().map(|key| key.value.expose())),
        made: KnownValues::new(fresh.iter().map(|key| key.value.expose())),
        foreign: KnownValues::new(observation.foreign.as_deref()),
    };
    let mut signs = Vec::new();
    for channel in channels(observation) {
        let (channel, covers) = (&channel, Vec::new());
        let mut look = Look { book, observation, sent: &sent, fresh: &fresh, wanted: &wanted, channel, masks, covers };
        signs.extend(look.all());
    }
    signs
}

/// What is looked for besides canaries, prepared once for all texts of a probe.
struct Wanted {
    sent: KnownValues,
    made: KnownValues,
    foreign: KnownValues,
}

/// One text under search.
struct Look<'l> {
    book: &'l CanaryBook,
    observation: &'l Observation,
    sent: &'l [u8],
    fresh: &'l [FreshKey],
    wanted: &'l Wanted,
    channel: &'l Channel,
    masks: &'l mut Masks,
    covers: Vec<Cover>,
}

impl Look<'_> {
    fn all(&mut self) -> Vec<Sign> {
        // Every value is covered before the first excerpt is made.
        let hits = self.book.search(&self.channel.text);
        let mut covers = covers(&hits, self.masks);
        let repeated = self.wanted.sent.find(&self.channel.text);
        for hit in &repeated {
            if let Some(key) = self.observation.sent.get(hit.value) {
                let label = self.masks.label(key.kind.as_str(), &format!("sent\n{}", key.name));
                covers.push(Cover { range: hit.range.clone(), label });
            }
        }
        let made = self.wanted.made.find(&self.channel.text);
        for hit in &made {
            if let Some(key) = self.fresh.get(hit.value) {
                let label = self.masks.label(key.kind.as_str(), key.value.expose());
                covers.push(Cover { range: hit.range.clone(), label });
            }
        }
        self.covers = covers;
        let mut signs: Vec<Sign> = self.planted(hits).into_iter().collect();
        if let Some(first) = repeated.first() {
            let mut sign = self.sign(Kind::Sent, &first.range);
            let keys = repeated.iter().filter_map(|hit| self.observation.sent.get(hit.value));
            sign.keys = keys.map(|key| key.name.clone()).collect();
            signs.push(sign);
        }
        // An answer gives the key to whom it was made for.
        if let Some(first) = made.first().filter(|_| !self.channel.way.is_answer()) {
            let mut sign = self.sign(Kind::Fresh, &first.range);
            sign.keys = made.iter().filter_map(|hit| self.fresh.get(hit.value)).map(|key| key.name.clone()).collect();
            signs.push(sign);
        }
        if let Some(hit) = self.wanted.foreign.find(&self.channel.text).first() {
            signs.push(self.sign(Kind::Dumped, &hit.range));
        }
        signs.extend(told::in_text(&self.channel.text, &self.channel.way).map(|(kind, range)| self.sign(kind, &range)));
        signs
    }

    fn planted(&mut self, hits: Vec<stanch_live::canary::CanaryHit>) -> Option<Sign> {
        let leaked = self.book.without_sent(hits, &[self.sent]);
        // The most telling hit is shown: a secret before anything else.
        let shown = leaked
            .iter()
            .max_by_key(|hit| (hit.class == CanaryClass::Secret, std::cmp::Reverse(hit.range.start)))?
            .range
            .clone();
        let mut sign = self.sign(Kind::Planted, &shown);
        for hit in leaked {
            match hit.place {
                CanaryPlace::Attribute { table, attribute, item } => {
                    // An identifier that tables share, and that was not sent, came out of an item of its owner.
                    sign.people.insert(item);
                    sign.attributes.insert((table, attribute), hit.class);
                }
                CanaryPlace::Environment { name } => {
                    sign.variables.insert(name);
                }
            }
        }
        Some(sign)
    }

    fn sign(&self, kind: Kind, shown: &std::ops::Range<usize>) -> Sign {
        let text = excerpt(&self.channel.text, shown, &self.covers);
        let evidence = Evidence { what: self.channel.what.clone(), text };
        let mut sign = Sign::new(kind, self.channel.way.clone(), evidence);
        sign.source = self.channel.source.clone();
        sign
    }
}

/// The request as it went out: the caller knows everything in it already.
pub(super) fn sent(exchange: &Exchange) -> Vec<u8> {
    let request = &exchange.request;
    let mut text = request.target.clone().into_bytes();
    for (name, value) in &request.headers {
        text.extend_from_slice(format!("\n{name}: {value}").as_bytes());
    }
    text.push(b'\n');
    text.extend_from_slice(&request.body);
    text
}
