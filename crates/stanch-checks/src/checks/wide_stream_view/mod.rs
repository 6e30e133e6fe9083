//! A stream whose records hold whole items that nobody reads.

use stanch_findings::{Category, Confidence, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts, Stated};

use crate::posture::{defect, in_words, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "wide-stream-view",
        title: "A stream carries more of each item than its readers take",
        severity: Severity::Low,
        category: Category::Posture,
        standards: Standards {
            owasp_api: &["API3:2023"],
            owasp_llm: &[],
            cwe: &["CWE-200"],
            pci_dss: &["7.2.1"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Template, Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let (old, new) = facts.stream_images;
    let mut defects = Vec::new();
    for resource in resources(facts) {
        let ResourceKind::Table(table) = &resource.kind else { continue };
        let Stated::Known(view) = &table.stream else { continue };
        // Replicas are fed by both images.
        if table.replicated {
            continue;
        }
        let (carried, enough) = match (view.as_str(), old, new) {
            ("NEW_AND_OLD_IMAGES", true, true) | ("OLD_IMAGE", true, _) | ("NEW_IMAGE", _, true) => continue,
            ("NEW_AND_OLD_IMAGES", true, false) => ("both images", "OLD_IMAGE"),
            ("NEW_AND_OLD_IMAGES", false, true) => ("both images", "NEW_IMAGE"),
            ("NEW_AND_OLD_IMAGES", false, false) => ("both images", "KEYS_ONLY"),
            ("OLD_IMAGE" | "NEW_IMAGE", ..) => ("the whole image", "KEYS_ONLY"),
            _ => continue,
        };
        let mut defect = defect(&CHECK.rule, resource, &resource.place, "stream");
        // A reader in another language or another repository is not seen.
        defect.confidence = if old || new { Confidence::Likely } else { Confidence::Suspected };
        let read = match (old, new) {
            (true, _) => "reads `OldImage` alone",
            (_, true) => "reads `NewImage` alone",
            _ => "reads no image",
        };
        defect.message = format!(
            "The stream of `{}` carries {carried} of every item that changes, keys and all, for 24 hours, and the code here \
             {read}: every reader of the stream, every log of its records and every queue behind it gets the rest as well.",
            resource.name
        );
        defect.remediation = in_words(
            resource,
            &format!("Set `StreamViewType: {enough}`."),
            &format!("Set `stream_view_type = \"{enough}\"`."),
            &format!("Ask for `StreamViewType.{enough}`."),
        );
        defects.push(defect);
    }
    defects
}
