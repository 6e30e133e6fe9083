//! Request input becomes the text of a DynamoDB expression.

#[cfg(feature = "live")]
mod run;

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ExpressionKind, SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "expression-injection",
        title: "Request input becomes the text of a DynamoDB expression",
        severity: Severity::High,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-943"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source, Oracle::Run],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { .. }),
        to: |kind| {
            matches!(
                kind,
                SinkKind::Expression(
                    ExpressionKind::KeyCondition
                        | ExpressionKind::Filter
                        | ExpressionKind::Projection
                        | ExpressionKind::Update
                        | ExpressionKind::Condition
                )
            )
        },
        guards: Guarding::Lowers,
        message: "{source} becomes part of the expression of {sink}: a client can widen the filter, ask for attributes that were left out, or change what the update sets.",
        remediation: "Keep the expression a literal and pass the input through ExpressionAttributeValues (values) or an allow-list and ExpressionAttributeNames (names).",
    }),
    #[cfg(feature = "live")]
    run: Some(run::at_run_time),
};
