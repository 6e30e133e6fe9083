//! Requests go out without encryption or without asking who answers.

pub(crate) mod answer;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{Constant, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-tls",
        title: "Requests go out without encryption or without asking who answers",
        severity: Severity::Medium,
        category: Category::Encryption,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-319"],
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
    for call in &facts.library_calls {
        let sdk = matches!(call.function.as_str(), "boto3.client" | "boto3.resource");
        let unchecked = call.keyword("verify").is_some_and(Constant::is_false);
        let endpoint = call.keyword("endpoint_url").and_then(Constant::text).filter(|_| sdk);
        let plain = endpoint.is_some_and(is_plain) || sdk && call.keyword("use_ssl").is_some_and(Constant::is_false);
        // An emulator on this machine is for development.
        let local = endpoint.is_some_and(|url| is_local(host(url)));
        if local || !(unchecked || plain) {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
        defect.confidence = Confidence::Likely;
        defect.message = match (sdk, unchecked) {
            (true, true) => "The SDK's client takes any certificate: whoever stands in between reads the items and the session token of each request.".to_owned(),
            (true, false) => "The SDK's client speaks plain HTTP: whoever is on the way reads the items and the session token of each request.".to_owned(),
            (false, _) => "`verify=False` takes any certificate: whoever stands in between answers in the other's name and reads what is sent.".to_owned(),
        };
        defect.remediation = "Leave `verify` and `use_ssl` alone, and name an `https://` endpoint; for a private authority give `verify` the path of its certificate.".to_owned();
        defects.push(defect);
    }
    defects
}

fn is_plain(url: &str) -> bool {
    url.len() > 7 && url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

/// Loopback, and the one-word names that containers give to an emulator beside them.
fn is_local(host: &str) -> bool {
    host.starts_with("127.")
        || host.starts_with("[")
        || host == "0.0.0.0"
        || !host.contains('.')
        || host.ends_with(".internal")
        || host.ends_with(".local")
}
