//! The patterns of `patterns/*.toml`, as the build script collected them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Confidence;
use super::check::Check;
use super::rule::Rule;

struct Builtin {
    id: &'static str,
    provider: &'static str,
    regex: &'static str,
    literals: &'static [&'static str],
    names: &'static [&'static str],
    near: Option<&'static str>,
    within: u16,
    entropy: f32,
    check: Check,
    confidence: Confidence,
    loose: bool,
}

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// A vendor and the ids of its formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The vendor's name.
    pub name: &'static str,
    /// Pattern ids, sorted.
    pub patterns: Vec<&'static str>,
}

/// Every vendor whose formats come with the program, sorted by name.
#[must_use]
pub fn providers() -> Vec<Provider> {
    let mut providers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for pattern in BUILTIN {
        providers.entry(pattern.provider).or_default().push(pattern.id);
    }
    providers
        .into_iter()
        .map(|(name, mut patterns)| {
            patterns.sort_unstable();
            patterns.dedup();
            Provider { name, patterns }
        })
        .collect()
}

pub(super) fn rules() -> Vec<Rule> {
    BUILTIN
        .iter()
        .map(|pattern| Rule {
            id: pattern.id,
            source: Cow::Borrowed(pattern.regex),
            group: None,
            literals: pattern.literals.iter().copied().map(Cow::Borrowed).collect(),
            names: pattern.names.iter().copied().map(Cow::Borrowed).collect(),
            keywords: Vec::new(),
            near: pattern.near,
            within: usize::from(pattern.within),
            entropy: f64::from(pattern.entropy),
            check: pattern.check,
            confidence: pattern.confidence,
            loose: pattern.loose,
            imported: false,
            allowed: Vec::new(),
            gate: OnceLock::new(),
            regex: OnceLock::new(),
        })
        .collect()
}
