//! Request input becomes the text of a PartiQL statement.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ExpressionKind, SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "partiql-injection",
        title: "Request input becomes the text of a PartiQL statement",
        severity: Severity::High,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-943", "CWE-89"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { .. }),
        to: |kind| matches!(kind, SinkKind::Expression(ExpressionKind::PartiQl)),
        guards: Guarding::Lowers,
        message: "{source} becomes part of the statement of {sink}: a client can read or change other items, or another table.",
        remediation: "Keep the statement a literal with `?` in it and pass the input in `Parameters`.",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};
