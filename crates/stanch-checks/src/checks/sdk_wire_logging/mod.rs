//! The SDK logs requests and answers with credentials in them.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{Constant, SourceFacts};

use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "sdk-wire-logging",
        title: "The SDK logs requests and answers with credentials in them",
        severity: Severity::Medium,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-532"],
            pci_dss: &["3.3.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

/// Loggers of the SDK whose debug records hold requests, answers and signatures.
const LOGGERS: [&str; 4] = ["boto3", "botocore", "urllib3", "http.client"];

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for call in &facts.library_calls {
        let last = call.function.rsplit('.').next().unwrap_or_default();
        let (says, sure) = match (call.function.as_str(), last) {
            // `boto3.set_stream_logger(name='boto3', level=logging.DEBUG)`; the empty name is every logger.
            (_, "set_stream_logger") => {
                let debug = call.argument(1, "level").or_else(|| call.argument(1, "log_level")).is_none_or(is_debug);
                let name = call.argument(0, "name").or_else(|| call.argument(0, "logger_name"));
                let wire = name.and_then(Constant::text).is_none_or(|name| name.is_empty() || is_sdk(name));
                // By itself `boto3` says little; `botocore` and everything say it all.
                let all =
                    name.and_then(Constant::text).is_some_and(|name| name.is_empty() || name.starts_with("botocore"));
                (debug && wire, all)
            }
            ("logging.getLogger().setLevel", _) => {
                let made = call.receiver.as_ref().and_then(|place| {
                    facts
                        .library_calls
                        .iter()
                        .find(|other| other.place == *place && other.function == "logging.getLogger")
                });
                let name = made.and_then(|made| made.argument(0, "name")).and_then(Constant::text);
                (name.is_some_and(is_sdk) && call.argument(0, "level").is_some_and(is_debug), true)
            }
            // The root logger at DEBUG lets every logger's debug records out, the SDK's among them.
            ("logging.basicConfig", _) => (call.keyword("level").is_some_and(is_debug), true),
            _ => (false, false),
        };
        if !says || facts.table_calls.is_empty() {
            continue;
        }
        let mut defect = Defect::bare(&CHECK.rule, Some(call.place.clone()));
        defect.confidence = Confidence::Likely;
        defect.severity = if sure { Severity::Medium } else { Severity::Low };
        defect.message = "At DEBUG botocore logs every request and answer as it goes over the wire: items with all their attributes, headers with session tokens \
             and signatures, and the answers that hand out credentials. Whoever reads the log has them; the maintainers keep it so (boto/botocore#2626)."
            .to_owned();
        defect.remediation = "Keep the SDK's loggers at INFO or above (`logging.getLogger(\"botocore\").setLevel(logging.INFO)`), also where the root logger is at DEBUG."
            .to_owned();
        if call.function == "logging.basicConfig" && quietened(facts) {
            continue;
        }
        defects.push(defect);
    }
    defects
}

/// Whether the app keeps botocore's logger above DEBUG by name.
fn quietened(facts: &SourceFacts) -> bool {
    facts.library_calls.iter().filter(|call| call.function == "logging.getLogger().setLevel").any(|call| {
        let made = facts
            .library_calls
            .iter()
            .find(|other| call.receiver.as_ref() == Some(&other.place) && other.function == "logging.getLogger");
        made.and_then(|made| made.argument(0, "name"))
            .and_then(Constant::text)
            .is_some_and(|name| name.starts_with("botocore"))
            && !call.argument(0, "level").is_some_and(is_debug)
    })
}

fn is_sdk(name: &str) -> bool {
    LOGGERS.iter().any(|logger| name == *logger || name.starts_with(&format!("{logger}.")))
}

fn is_debug(level: &Constant) -> bool {
    match level {
        Constant::Name(name) => name == "logging.DEBUG",
        Constant::Text(text) => text.eq_ignore_ascii_case("debug"),
        Constant::Int(level) => *level <= 10,
        _ => false,
    }
}
