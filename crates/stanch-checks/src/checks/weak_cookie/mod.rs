//! A session cookie is sent where others can read it.

pub(crate) mod answer;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::{key_kind, words};
use stanch_source::{Constant, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "weak-cookie",
        title: "A session cookie is sent where others can read it",
        severity: Severity::Medium,
        category: Category::Encryption,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-614"],
            pci_dss: &["4.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for call in facts.library_calls.iter().filter(|call| call.function.ends_with(".set_cookie")) {
        let Some(name) = call.argument(0, "key").and_then(Constant::text) else { continue };
        if !carries_key(name) {
            continue;
        }
        let open = |flag: &str| call.keyword(flag).is_none_or(Constant::is_false);
        let missing: Vec<&str> = ["secure", "httponly"].into_iter().filter(|flag| open(flag)).collect();
        if missing.is_empty() {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
        defect.confidence = Confidence::Likely;
        defect.message = format!(
            "The cookie `{name}` carries a key and is set without {}: {}.",
            missing.join(" and "),
            harm(&missing)
        );
        defect.remediation =
            format!("`response.set_cookie(\"{name}\", …, secure=True, httponly=True, samesite=\"Lax\")`.");
        defects.push(defect);
    }
    for setting in &facts.settings {
        let flag = match setting.name.as_str() {
            "SESSION_COOKIE_SECURE" | "REMEMBER_COOKIE_SECURE" | "JWT_COOKIE_SECURE" => "secure",
            "SESSION_COOKIE_HTTPONLY" | "REMEMBER_COOKIE_HTTPONLY" => "httponly",
            _ => continue,
        };
        if !setting.value.is_false() || facts.apps.is_empty() {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(setting.place.clone()));
        defect.confidence = Confidence::Likely;
        defect.severity = Severity::Low;
        defect.message = format!("`{}` is switched off: {}.", setting.name, harm(&[flag]));
        defect.remediation = format!("Set `{}` to `True` wherever others reach the app.", setting.name);
        defects.push(defect);
    }
    defects
}

/// Whether a cookie of that name lets its bearer in.
fn carries_key(name: &str) -> bool {
    key_kind(name).is_some()
        || words(name).iter().any(|word| matches!(word.as_str(), "session" | "sid" | "auth" | "jwt"))
}

fn harm(missing: &[&str]) -> String {
    let harms = missing.iter().map(|flag| match *flag {
        "secure" => "it goes out over plain HTTP too, where anybody on the way reads it",
        _ => "any script that gets into the page reads it",
    });
    harms.collect::<Vec<_>>().join("; ")
}
