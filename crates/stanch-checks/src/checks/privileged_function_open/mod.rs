//! A function for administrators answers everybody.

#[cfg(feature = "live")]
pub(crate) mod answer;
mod route;
#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};

use crate::{Check, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "privileged-function-open",
        title: "A function for administrators is open",
        severity: Severity::High,
        category: Category::FunctionAuthorisation,
        standards: Standards {
            owasp_api: &["API5:2023"],
            owasp_llm: &[],
            cwe: &["CWE-285", "CWE-862"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1", "CC6.3"],
        },
        oracles: &[Oracle::Source, Oracle::Run, Oracle::BlackBox],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(route::judge),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};

/// Segments of a path that name what is not for everybody.
const WORDS: [&str; 9] =
    ["admin", "admins", "administrator", "internal", "management", "manage", "superuser", "root", "backoffice"];

/// Whether a path says that it is for administrators.
fn is_privileged(path: &str) -> bool {
    path.split('/').any(|segment| WORDS.contains(&&*segment.to_ascii_lowercase()))
}
