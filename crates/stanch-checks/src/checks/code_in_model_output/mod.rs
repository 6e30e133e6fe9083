//! Text that a model wrote is run.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{SinkKind, SourceKind};

use crate::{Check, FlowRule, Guarding, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "code-in-model-output",
        title: "A model's answer is run as code",
        severity: Severity::Critical,
        category: Category::Llm,
        standards: Standards {
            owasp_api: &["API10:2023"],
            owasp_llm: &["LLM05:2025"],
            cwe: &["CWE-94", "CWE-502"],
            pci_dss: &["6.2.4"],
            soc2: &["CC7.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Flows(FlowRule {
        from: |kind| matches!(kind, SourceKind::ModelOutput),
        to: |kind| matches!(kind, SinkKind::Deserialiser),
        guards: Guarding::Ignored,
        message: "{sink} runs what {source} answered: whoever can put words before the model, in a question, a record or a page that it reads, runs code with the app's credentials.",
        remediation: "Ask the model for data, read it with `json.loads`, check it against a schema, and choose what to do from a fixed list.",
    }),
    #[cfg(feature = "live")]
    run: None,
};
