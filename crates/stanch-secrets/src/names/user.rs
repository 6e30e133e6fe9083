//! What the user knows of names and values that nobody else can know.

use regex_automata::meta::Regex;

use super::{KeyKind, key_kind, words};

/// Names that the user calls keys, or calls harmless, before the built-in knowledge is asked.
#[derive(Clone, Debug, Default)]
pub struct UserNames {
    secret: Vec<String>,
    harmless: Vec<String>,
    /// Values that are no keys, whatever they look like and whatever they are called.
    values: Vec<Regex>,
}

impl UserNames {
    /// Both lists hold names in any casing; `api_key` covers `apiKey` too. A `*` at the end covers every name that
    /// starts so, one at the front every name that ends so.
    pub fn new<'n>(secret: impl IntoIterator<Item = &'n str>, harmless: impl IntoIterator<Item = &'n str>) -> Self {
        let fold = |name: &str| {
            let star = |at_end: bool| if at_end { "*" } else { "" };
            format!(
                "{}{}{}",
                star(name.starts_with('*')),
                words(name).join("_"),
                star(name.len() > 1 && name.ends_with('*'))
            )
        };
        Self {
            secret: secret.into_iter().map(fold).collect(),
            harmless: harmless.into_iter().map(fold).collect(),
            values: Vec::new(),
        }
    }

    /// As [`Self::new`], with expressions for values that are no keys. One that cannot be followed is left out: whoever
    /// takes them from the user asks [`Self::add_harmless_value`] of each, and tells.
    #[must_use]
    pub fn of_settings(secret: &[String], harmless: &[String], values: &[String]) -> Self {
        let mut names = Self::new(secret.iter().map(String::as_str), harmless.iter().map(String::as_str));
        for expression in values {
            let _ = names.add_harmless_value(expression);
        }
        names
    }

    /// Adds an expression for values that are no keys; it may match any part of one.
    ///
    /// # Errors
    /// What is wrong with the expression, or that it matches everything.
    pub fn add_harmless_value(&mut self, expression: &str) -> Result<(), String> {
        let regex = Regex::new(expression).map_err(|error| match error.syntax_error() {
            Some(error) => error.to_string().lines().last().unwrap_or_default().to_owned(),
            None => error.to_string(),
        })?;
        if regex.is_match("") {
            return Err("it matches every value".to_owned());
        }
        self.values.push(regex);
        Ok(())
    }

    /// Whether the user calls this value harmless.
    #[must_use]
    pub fn is_harmless_value(&self, value: &[u8]) -> bool {
        self.values.iter().any(|regex| regex.is_match(value))
    }

    /// Whether names count as keys that the built-in knowledge does not know.
    pub(crate) fn has_own(&self) -> bool {
        !self.secret.is_empty()
    }

    /// The kind of key that this name means to the user, or by [`key_kind`]. A name in both lists is a key.
    #[must_use]
    pub fn key_kind(&self, name: &str) -> Option<KeyKind> {
        if self.secret.is_empty() && self.harmless.is_empty() {
            return key_kind(name);
        }
        let folded = words(name).join("_");
        let listed = |list: &[String]| {
            list.iter().any(|entry| match (entry.strip_prefix('*'), entry.strip_suffix('*')) {
                (Some(end), None) => folded.ends_with(end),
                (None, Some(start)) => folded.starts_with(start),
                (Some(_), Some(start)) => folded.contains(start.trim_start_matches('*')),
                (None, None) => folded == *entry,
            })
        };
        if listed(&self.secret) {
            return Some(key_kind(name).unwrap_or(KeyKind::Secret));
        }
        if listed(&self.harmless) { None } else { key_kind(name) }
    }
}
