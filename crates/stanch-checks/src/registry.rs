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
}
