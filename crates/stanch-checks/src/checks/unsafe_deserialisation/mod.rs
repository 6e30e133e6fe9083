//! Input is read by a deserialiser that runs what it reads.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unsafe-deserialisation",
        title: "Input is read by a deserialiser that runs what it reads",
        severity: Severity::Critical,
        category: Category::InputValidation,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-502"],
            pci_dss: &["6.2.4"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::Request { .. } | SourceKind::Item | SourceKind::StreamImage),
        to: |kind| matches!(kind, SinkKind::Deserialiser),
        guards: Guarding::Ignored,
        message: "{sink} reads {source} with a format that can run code. Who can put a value there runs commands in the service, with its role.",
        remediation: "Read JSON, or `yaml.safe_load`; sign what must be kept in another format.",
    }),
    #[cfg(feature = "live")]
    run: None,
};
