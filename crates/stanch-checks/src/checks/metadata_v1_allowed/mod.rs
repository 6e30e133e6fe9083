//! A machine whose metadata service answers version 1.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts, Stated};

use crate::posture::{defect, in_words, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "metadata-v1-allowed",
        title: "A machine hands its role's credentials to whoever can make it ask",
        severity: Severity::Low,
        category: Category::Ssrf,
        standards: Standards {
            owasp_api: &["API7:2023"],
            owasp_llm: &[],
            cwe: &["CWE-918"],
            pci_dss: &["2.2.1"],
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
    let mut defects = Vec::new();
    for resource in resources(facts) {
        let ResourceKind::Machine(machine) = &resource.kind else { continue };
        let asked = match &machine.tokens {
            _ if machine.switched_off => continue,
            Stated::Absent if !machine.modern_image => false,
            Stated::Known(tokens) if tokens == "optional" => true,
            _ => continue,
        };
        let mut defect = defect(&CHECK.rule, resource, &resource.place, "metadata");
        // Without the option an image or the account may still ask for version 2.
        defect.severity = if asked { Severity::Medium } else { Severity::Low };
        let how = if asked {
            "allows version 1 of the metadata service"
        } else {
            "does not ask for version 2 of the metadata service"
        };
        defect.message = format!(
            "`{}` {how}: one request that the app can be made to send to 169.254.169.254 answers with the credentials of the \
             machine's role, which reach every table that the app does.",
            resource.name
        );
        defect.remediation = in_words(
            resource,
            "Set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}` in the launch template.",
            "Add `metadata_options { http_tokens = \"required\" }` with `http_put_response_hop_limit = 1`.",
            "Pass `require_imdsv2=True`.",
        );
        defects.push(defect);
    }
    defects
}
