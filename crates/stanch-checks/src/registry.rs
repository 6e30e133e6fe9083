//! All checks, collected from their folders when the crate is built.

use stanch_findings::Rule;

include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// Every rule, sorted by id.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|check| &check.rule)
}

/// The rule of that id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CHECKS;

    #[test]
    fn ids_are_sorted_and_named_like_their_folders() {
        assert!(CHECKS.is_sorted_by(|a, b| a.rule.id < b.rule.id));
        for check in CHECKS {
            assert!(
                check.rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                check.rule.id
            );
        }
    }

    #[test]
    fn every_page_has_the_sections_that_explain_shows() {
        const SECTIONS: [&str; 6] = [
            "## What it does",
            "## Why is this bad?",
            "## Example",
            "## Use instead",
            "## How it is proven",
            "## References",
        ];
        for check in CHECKS {
            assert!(check.rule.page.starts_with(&format!("# {}\n", check.rule.id)), "{}", check.rule.id);
            for section in SECTIONS {
                assert!(check.rule.page.contains(section), "{}: {section}", check.rule.id);
            }
        }
    }

    /// What `docs/exposures.md` lists and what the pages name, `- Exposure: E4, E9 (docs/exposures.md)`, cover each other.
    #[test]
    fn every_exposure_has_a_rule_and_every_rule_an_exposure() {
        const LIST: &str = include_str!("../../../docs/exposures.md");
        let known: BTreeSet<&str> =
            LIST.lines().filter_map(|line| line.strip_prefix("| E")?.split_once(' ').map(|(id, _)| id)).collect();
        assert!(known.len() >= 18, "{known:?}");
        let mut covered = BTreeSet::new();
        for check in CHECKS {
            let named: Vec<&str> = check
                .rule
                .page
                .lines()
                .filter_map(|line| line.strip_prefix("- Exposure: "))
                .flat_map(|line| line.split(" (").next().unwrap_or_default().split(", "))
                .filter_map(|id| id.strip_prefix('E'))
                .collect();
            assert!(!named.is_empty(), "the page of {} names no exposure", check.rule.id);
            assert!(named.iter().all(|id| known.contains(id)), "{}: {named:?}", check.rule.id);
            covered.extend(named);
        }
        assert_eq!(covered, known);
    }
}
