//! A JSON Web Token that anybody can make.

#[cfg(feature = "live")]
pub(crate) mod answer;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{LibraryCall, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "jwt-weakness",
        title: "A token can be forged",
        severity: Severity::Critical,
        category: Category::Authentication,
        standards: Standards {
            owasp_api: &["API2:2023"],
            owasp_llm: &[],
            cwe: &["CWE-347", "CWE-1391"],
            pci_dss: &["8.3.2"],
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
    let decodes =
        facts.library_calls.iter().filter(|call| matches!(call.function.as_str(), "jwt.decode" | "jose.jwt.decode"));
    decodes.filter_map(unsigned).collect()
}

/// A token is read and its signature is not.
fn unsigned(call: &LibraryCall) -> Option<Defect> {
    let options = call.keyword("options").and_then(|options| options.member("verify_signature"));
    let algorithms = call.argument(2, "algorithms").map(stanch_source::Constant::texts).unwrap_or_default();
    let (what, instead) = if options.is_some_and(stanch_source::Constant::is_false) {
        ("`verify_signature` is switched off", "leave `verify_signature` alone")
    } else if call.keyword("verify").is_some_and(stanch_source::Constant::is_false) {
        ("`verify=False` reads it without its signature in older releases of the library", "leave `verify` out")
    } else if algorithms.iter().any(|name| name.eq_ignore_ascii_case("none")) {
        ("`none` is among the algorithms, which stands for a token without a signature", "leave `none` out")
    } else {
        return None;
    };
    let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
    defect.severity = Severity::High;
    defect.confidence = Confidence::Likely;
    defect.message = format!(
        "`{}` takes a token that anybody can have written: {what}. Whoever writes one with another's id in it is that other.",
        call.function
    );
    defect.remediation = format!("Read it with `jwt.decode(token, SIGNING_KEY, algorithms=[\"HS256\"])`; {instead}.");
    Some(defect)
}
