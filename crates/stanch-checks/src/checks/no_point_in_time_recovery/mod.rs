//! A table without continuous backups.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts, Stated};

use crate::exposure::quoted;
use crate::posture::{defect, in_words, resources, secrets};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-point-in-time-recovery",
        title: "A table cannot be brought back to a point in time",
        severity: Severity::Info,
        category: Category::Posture,
        standards: Standards { owasp_api: &[], owasp_llm: &[], cwe: &[], pci_dss: &[], soc2: &["A1.2"] },
        oracles: &[Oracle::Template, Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for resource in resources(facts) {
        let ResourceKind::Table(table) = &resource.kind else { continue };
        if !matches!(table.recoverable, Stated::Absent | Stated::Known(false)) {
            continue;
        }
        let secrets = secrets(facts, table);
        let mut defect = defect(&CHECK.rule, resource, &resource.place, "recovery");
        // Keys that somebody overwrote have to be told from those that were issued.
        defect.severity = if secrets.is_empty() { Severity::Info } else { Severity::Low };
        let held = if secrets.is_empty() { String::new() } else { format!(" with {}", quoted(&secrets)) };
        defect.message = format!(
            "`{}`{held} keeps no history: after a write that should not have been (a forged key, an overwritten owner, a \
             deleted table) nobody can say what stood there before, or bring it back.",
            resource.name
        );
        defect.remediation = in_words(
            resource,
            "Add `PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}`.",
            "Add `point_in_time_recovery { enabled = true }`.",
            "Pass `point_in_time_recovery_specification=PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)`.",
        );
        defects.push(defect);
    }
    defects
}
