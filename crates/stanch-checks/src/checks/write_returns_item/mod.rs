//! A write hands the whole item back to the client.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "write-returns-item",
        title: "A write hands the whole item back to the client",
        severity: Severity::Low,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-213"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::WrittenItem),
        to: |kind| matches!(kind, SinkKind::Response(_)),
        guards: Guarding::Ignored,
        message: "{sink} sends what {source} returns of {table}: the item as it was or is, with every attribute it has, not only those that were written.",
        remediation: "Ask for `ReturnValues='UPDATED_NEW'` or `'NONE'`, and build the answer from the fields the client needs.",
    }),
    #[cfg(feature = "live")]
    run: None,
};
