//! A table without a key of the account.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts, Stated};

use crate::posture::{defect, in_words, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "unencrypted-table",
        title: "A table is encrypted with a key that only AWS has a say in",
        severity: Severity::Low,
        category: Category::Encryption,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-311"],
            pci_dss: &["3.6.1"],
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
        let ResourceKind::Table(table) = &resource.kind else { continue };
        if !matches!(table.encrypted, Stated::Absent | Stated::Known(false)) {
            continue;
        }
        let mut defect = defect(&CHECK.rule, resource, &resource.place, "encryption");
        defect.message = format!(
            "`{}` names no key, so DynamoDB encrypts it with one that AWS owns: whoever may read the table reads it \
             decrypted, no key policy of yours stands in the way, and no log shows the key's use. A stolen role or a copied \
             table is stopped by nothing else.",
            resource.name
        );
        defect.remediation = in_words(
            resource,
            "Add `SSESpecification: {SSEEnabled: true}` for the account's managed key, with `SSEType: KMS` and \
             `KMSMasterKeyId` for one of your own.",
            "Add `server_side_encryption { enabled = true }`, with `kms_key_arn` for a key of your own.",
            "Pass `SSESpecification={\"Enabled\": True, \"SSEType\": \"KMS\"}` (boto3) or \
             `encryption=TableEncryption.CUSTOMER_MANAGED` (CDK).",
        );
        defects.push(defect);
    }
    defects
}
