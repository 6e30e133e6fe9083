//! Rule files in the format of gitleaks.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use serde::Deserialize;

use super::Confidence;
use super::allow::{Allow, Target};
use super::check::Check;
use super::rule::{Rule, compile};

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It is no TOML, or not of that shape.
    #[error("the rule file cannot be read: {0}")]
    Format(#[from] toml::de::Error),
}

/// A rule of an imported file that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Id of the rule.
    pub rule: String,
    /// Why, as the end of a sentence.
    pub reason: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rules: Vec<Entry>,
    allowlist: Option<List>,
    #[serde(default)]
    allowlists: Vec<List>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    regex: Option<String>,
    path: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    entropy: f64,
    secret_group: Option<usize>,
    allowlist: Option<List>,
    #[serde(default)]
    allowlists: Vec<List>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    #[serde(default)]
    condition: String,
    #[serde(default)]
    regex_target: String,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    target_rules: Vec<String>,
}

/// The rules of such a file, and those that cannot be used. Text has no path here: rules that hold for certain files
/// alone are left out, and so are the allow lists that ask for a path or commit besides something else.
pub(super) fn rules(toml: &str) -> Result<(Vec<Rule>, Vec<LeftOut>), RulesError> {
    let file: File = toml::from_str(toml)?;
    let everywhere: Vec<&List> = file.allowlists.iter().chain(&file.allowlist).collect();
    let mut rules = Vec::new();
    let mut left_out = Vec::new();
    for entry in &file.rules {
        match rule(entry, &everywhere) {
            Ok(rule) => rules.push(rule),
            Err(reason) => left_out.push(LeftOut { rule: entry.id.clone(), reason }),
        }
    }
    Ok((rules, left_out))
}

fn rule(entry: &Entry, everywhere: &[&List]) -> Result<Rule, String> {
    let Some(source) = &entry.regex else { return Err("it names files, not keys".to_owned()) };
    if let Some(path) = &entry.path {
        return Err(format!("it holds only for files whose path matches {path}"));
    }
    let regex = expression(source)?;
    let global = everywhere.iter().filter(|list| list.target_rules.is_empty() || list.target_rules.contains(&entry.id));
    let lists = entry.allowlists.iter().chain(&entry.allowlist).chain(global.copied());
    let allowed = lists.filter_map(|list| allow(list).transpose()).collect::<Result<_, _>>()?;
    Ok(Rule {
        id: Box::leak(entry.id.clone().into_boxed_str()),
        source: Cow::Owned(source.clone()),
        group: entry.secret_group.filter(|group| *group > 0),
        literals: Vec::new(),
        names: Vec::new(),
        // One of a single letter says nothing: such a rule is tried on every text.
        keywords: match entry.keywords.iter().any(|word| word.len() < 2) {
            true => Vec::new(),
            false => entry.keywords.iter().cloned().map(Cow::Owned).collect(),
        },
        near: None,
        within: 0,
        entropy: entry.entropy,
        check: Check::None,
        confidence: Confidence::Medium,
        loose: true,
        imported: true,
        allowed,
        gate: OnceLock::new(),
        regex: OnceLock::from(Some(regex)),
    })
}

/// None for a list that never applies here.
fn allow(list: &List) -> Result<Option<Allow>, String> {
    let both = list.condition.eq_ignore_ascii_case("and");
    if both && !(list.paths.is_empty() && list.commits.is_empty())
        || list.regexes.is_empty() && list.stopwords.is_empty()
    {
        return Ok(None);
    }
    Ok(Some(Allow {
        target: match list.regex_target.as_str() {
            "match" => Target::Match,
            "line" => Target::Line,
            _ => Target::Key,
        },
        regexes: list.regexes.iter().map(|source| expression(source)).collect::<Result<_, _>>()?,
        words: list.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
        both: both && !list.regexes.is_empty() && !list.stopwords.is_empty(),
    }))
}

fn expression(source: &str) -> Result<Regex, String> {
    compile(&as_here(source)).map_err(|error| {
        // The cause says what is wrong; the error itself only where.
        let cause = std::error::Error::source(&*error).map_or_else(|| error.to_string(), ToString::to_string);
        format!("its expression cannot be used: {cause}")
    })
}

/// The same expression in this dialect: gitleaks reads a brace that begins no count as itself, `{{[^}]+}}`.
fn as_here(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars();
    let mut class = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                out.push(character);
                let escaped = rest.next();
                out.extend(escaped);
                // The braces of `\x{41}` and `\p{L}` belong to the escape.
                if matches!(escaped, Some('x' | 'p' | 'P')) && rest.as_str().starts_with('{') {
                    out.extend(rest.next());
                }
                continue;
            }
            '[' if !class => class = true,
            ']' => class = false,
            '{' if !class && !is_count(rest.as_str()) => out.push('\\'),
            _ => {}
        }
        out.push(character);
    }
    out
}

/// Whether a count follows the brace: `3}`, `3,}`, `3,5}`.
fn is_count(rest: &str) -> bool {
    let Some((count, _)) = rest.split_once('}') else { return false };
    let (least, most) = count.split_once(',').unwrap_or((count, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a rule file that is refused fails the test")]
mod tests {
    use crate::Detector;

    const RULES: &str = r#"
        title = "own rules"
        [allowlist]
        regexes = ['^0011']
        [[rules]]
        id = "acme-key"
        regex = '''acme[_-]([0-9a-f]{16})'''
        secretGroup = 1
        keywords = ["acme"]
        entropy = 2
        [[rules.allowlists]]
        stopwords = ["deadbeef"]
        [[rules.allowlists]]
        regexTarget = "line"
        regexes = ['for tests']
        [[rules.allowlists]]
        condition = "AND"
        paths = ['\.md$']
        regexes = ['.']
        [[rules]]
        id = "bare-key"
        regex = '''\bq[0-9]{8}\b'''
        [[rules]]
        id = "php-key"
        regex = '''php[0-9]{8}'''
        path = '''\.php$'''
        [[rules]]
        id = "key-file"
        path = '''\.p12$'''
        [[rules]]
        id = "broken"
        regex = '(a'
    "#;

    #[test]
    fn imported_rules_find_their_keys() {
        let (detector, left_out) = Detector::with_gitleaks_rules(RULES).unwrap();
        let found = |text: &str| -> Vec<(&str, &str)> {
            let of = |hit: crate::Match| (hit.kind, text.get(hit.range).unwrap().to_owned());
            detector.find(text.as_bytes()).map(of).map(|(kind, key)| (kind, &*key.leak())).collect()
        };
        assert_eq!(found("x = acme_8f14e45fceea167a;"), [("acme-key", "8f14e45fceea167a")]);
        // A keyword wakes its rule for the whole text.
        assert_eq!(
            found("ACME\n\n\n\nacme_8f14e45fceea167a acme_8f14e45fceea167b"),
            [("acme-key", "8f14e45fceea167a"), ("acme-key", "8f14e45fceea167b")]
        );
        for allowed in [
            "acme_deadbeef45ceea16",
            "acme_0000000000000000",
            "acme_0011e45fceea167a",
            "acme_8f14e45fceea167a for tests",
        ] {
            assert_eq!(found(allowed), [], "{allowed}");
        }
        assert_eq!(found("a q12345678 b"), [("bare-key", "q12345678")]);
        let names: Vec<&str> = left_out.iter().map(|left| left.rule.as_str()).collect();
        assert_eq!(names, ["php-key", "key-file", "broken"]);
        assert!(left_out[2].reason.contains("unclosed group"), "{}", left_out[2].reason);
    }

    #[test]
    fn a_brace_that_begins_no_count_is_itself() {
        for (there, here) in [
            (r"^\$(?:\d+|{\d+})$", r"^\$(?:\d+|\{\d+})$"),
            (r"{{[^}]+}}", r"\{\{[^}]+}}"),
            (r"a{3}b{3,}c{3,5}", r"a{3}b{3,}c{3,5}"),
            (r"[{]\{\x{41}\p{L}", r"[{]\{\x{41}\p{L}"),
        ] {
            assert_eq!(super::as_here(there), here);
            assert!(super::expression(there).is_ok() || there.contains("\\p"), "{there}");
        }
    }

    #[test]
    fn what_is_no_rule_file_is_refused() {
        assert!(Detector::with_gitleaks_rules("rules = 3").is_err());
    }
}
