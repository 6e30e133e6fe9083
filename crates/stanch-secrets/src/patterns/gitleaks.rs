//! Rule files in the format of gitleaks.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use serde::Deserialize;

use super::Confidence;
use super::check::Check;
use super::rule::{Rule, compile};

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It is no TOML, or not of that shape.
    #[error("the rule file cannot be read: {0}")]
    Format(#[from] toml::de::Error),
    /// One expression is none.
    #[error("rule `{rule}`: the expression cannot be used: {reason}")]
    Expression {
        /// Id of the rule.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rules: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    regex: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    entropy: f64,
    secret_group: Option<usize>,
    allowlist: Option<Allowed>,
    #[serde(default)]
    allowlists: Vec<Allowed>,
}

#[derive(Deserialize)]
struct Allowed {
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
}

/// The rules of such a file. Rules about paths alone are left out: they name files, not keys.
pub(super) fn rules(toml: &str) -> Result<Vec<Rule>, RulesError> {
    let file: File = toml::from_str(toml)?;
    file.rules.into_iter().filter_map(|mut entry| entry.regex.take().map(|regex| rule(entry, regex))).collect()
}

fn rule(entry: Entry, source: String) -> Result<Rule, RulesError> {
    let expression = |source: &str| {
        compile(source).map_err(|error| RulesError::Expression { rule: entry.id.clone(), reason: error.to_string() })
    };
    let regex = expression(&source)?;
    let mut allowed: Vec<Regex> = Vec::new();
    for list in entry.allowlists.iter().chain(&entry.allowlist) {
        for regex in &list.regexes {
            allowed.push(expression(regex)?);
        }
        for word in &list.stopwords {
            allowed.push(expression(&format!("(?i){}", escaped(word)))?);
        }
    }
    // A rule with no keyword is tried on every line: the line break and the blank are its keywords.
    let keywords = if entry.keywords.is_empty() {
        vec!["\n".to_owned(), " ".to_owned(), "=".to_owned(), ":".to_owned(), "\"".to_owned()]
    } else {
        entry.keywords
    };
    Ok(Rule {
        id: Box::leak(entry.id.into_boxed_str()),
        source: Cow::Owned(source),
        group: entry.secret_group.filter(|group| *group > 0),
        literals: Vec::new(),
        names: Vec::new(),
        keywords: keywords.into_iter().map(Cow::Owned).collect(),
        near: None,
        within: 0,
        entropy: entry.entropy,
        check: Check::None,
        confidence: Confidence::Medium,
        loose: true,
        allowed,
        regex: OnceLock::from(Some(regex)),
    })
}

fn escaped(word: &str) -> String {
    word.chars()
        .flat_map(|character| character.is_ascii_punctuation().then_some('\\').into_iter().chain([character]))
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a rule file that is refused fails the test")]
mod tests {
    use crate::Detector;

    const RULES: &str = r#"
        title = "own rules"
        [[rules]]
        id = "acme-key"
        regex = '''acme[_-]([0-9a-f]{16})'''
        secretGroup = 1
        keywords = ["acme"]
        entropy = 2
        [[rules.allowlists]]
        stopwords = ["deadbeef"]
    "#;

    #[test]
    fn imported_rules_find_their_keys() {
        let detector = Detector::with_gitleaks_rules(RULES).unwrap();
        let found: Vec<_> = detector.find(b"x = acme_8f14e45fceea167a;").collect();
        assert_eq!((found[0].kind, found[0].range.clone()), ("acme-key", 9..25));
        assert_eq!(detector.find(b"x = acme_deadbeef45ceea16").count(), 0);
        assert_eq!(detector.find(b"x = acme_0000000000000000").count(), 0);
    }

    #[test]
    fn what_is_no_rule_file_is_refused() {
        assert!(Detector::with_gitleaks_rules("rules = 3").is_err());
        let error = Detector::with_gitleaks_rules("[[rules]]\nid = \"x\"\nregex = '(a'").unwrap_err();
        assert!(error.to_string().contains("rule `x`"), "{error}");
    }
}
