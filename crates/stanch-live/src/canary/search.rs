//! The search for the texts of canaries, which grows while they are planted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use stanch_secrets::{Form, KnownValues, Secret};

use super::CanaryPlace;

/// Finds texts and tells where each is planted now.
///
/// Preparing a search costs far more than searching, and a run plants the same items again before each request. So
/// texts are never taken out, only their places are; and texts that are new are prepared as a layer of their own, which
/// is joined with older ones only when it has grown to their size.
#[derive(Default)]
pub(super) struct Finder {
    layers: Vec<Layer>,
    /// Texts that no layer holds yet, and the layer of them once somebody has searched.
    new: Vec<String>,
    newest: OnceLock<Layer>,
    /// Where each text is planted; nowhere, where something else took its place.
    places: BTreeMap<String, BTreeSet<CanaryPlace>>,
}

/// A prepared search for some texts.
struct Layer {
    known: KnownValues,
    texts: Vec<String>,
}

/// A text that was found.
pub(super) struct Found<'f> {
    /// The first of the places that it is planted in.
    pub(super) place: &'f CanaryPlace,
    pub(super) form: Form,
    pub(super) range: std::ops::Range<usize>,
    /// Whether the text is a number.
    pub(super) digits: bool,
}

impl Finder {
    /// Notes that these texts stand in a place, instead of those that did before.
    pub(super) fn put(&mut self, place: &CanaryPlace, before: &[Secret], now: &[Secret]) {
        for text in before {
            if let Some(places) = self.places.get_mut(text.expose()) {
                places.remove(place);
            }
        }
        for text in now.iter().map(Secret::expose) {
            if !self.places.contains_key(text) {
                self.enter(text);
            }
            self.places.entry(text.to_owned()).or_default().insert(place.clone());
        }
    }

    fn enter(&mut self, text: &str) {
        if let Some(layer) = self.newest.take() {
            self.new.clear();
            self.layers.push(layer);
            while let [.., older, newer] = self.layers.as_slice()
                && newer.texts.len() * 2 > older.texts.len()
            {
                let joined = older.texts.iter().chain(&newer.texts).cloned().collect();
                self.layers.truncate(self.layers.len() - 2);
                self.layers.push(Layer::of(joined));
            }
        }
        self.new.push(text.to_owned());
    }

    /// Every planted text in this one, in any of its forms.
    pub(super) fn find<'f>(&'f self, text: &[u8]) -> Vec<Found<'f>> {
        let newest = (!self.new.is_empty()).then(|| self.newest.get_or_init(|| Layer::of(self.new.clone())));
        let found = self.layers.iter().chain(newest).flat_map(|layer| {
            layer.known.find(text).into_iter().filter_map(|hit| {
                let known = layer.texts.get(hit.value)?;
                let place = self.places.get(known)?.first()?;
                let digits = known.bytes().all(|byte| byte.is_ascii_digit());
                Some(Found { place, form: hit.form, range: hit.range, digits })
            })
        });
        found.collect()
    }
}

impl Layer {
    fn of(texts: Vec<String>) -> Self {
        Self { known: KnownValues::new(texts.iter().map(String::as_str)), texts }
    }
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Finder")
    }
}

#[cfg(test)]
mod tests {
    use stanch_secrets::Secret;

    use super::{CanaryPlace, Finder};

    fn place(name: &str) -> CanaryPlace {
        CanaryPlace::Environment { name: name.to_owned() }
    }

    fn names(finder: &Finder, text: &str) -> Vec<String> {
        let found = finder.find(text.as_bytes());
        let names = found.into_iter().map(|found| match found.place {
            CanaryPlace::Environment { name } => name.clone(),
            CanaryPlace::Attribute { .. } => String::new(),
        });
        names.collect()
    }

    #[test]
    fn a_text_is_found_where_it_stands_now_and_each_only_once() {
        let mut finder = Finder::default();
        let text = |number: u32| format!("text-of-a-canary-{number:03}");
        for number in 0..40 {
            finder.put(&place(&number.to_string()), &[], &[Secret::new(text(number))]);
            for known in 0..=number {
                assert_eq!(names(&finder, &text(known)), [known.to_string()]);
            }
        }
        assert!(finder.layers.len() < 7, "{}", finder.layers.len());
        // Another text takes the place, and the first one comes back.
        let (first, second) = ([Secret::new(text(7))], [Secret::new(text(100))]);
        finder.put(&place("7"), &first, &second);
        assert!(names(&finder, &text(7)).is_empty());
        assert_eq!(names(&finder, &text(100)), ["7"]);
        finder.put(&place("7"), &second, &first);
        assert_eq!(names(&finder, &text(7)), ["7"]);
        assert!(names(&finder, &text(100)).is_empty());
    }
}
