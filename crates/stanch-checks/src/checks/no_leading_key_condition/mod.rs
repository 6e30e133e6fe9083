//! A policy that lets its bearer choose any partition.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts};

use super::wildcard_iam::touches_items;
use crate::posture::{defect, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-leading-key-condition",
        title: "A role may ask for the items of every owner",
        severity: Severity::Info,
        category: Category::ObjectAuthorisation,
        standards: Standards {
            owasp_api: &["API1:2023"],
            owasp_llm: &[],
            cwe: &["CWE-639"],
            pci_dss: &["7.2.5"],
            soc2: &["CC6.3"],
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
        let ResourceKind::Grant(grant) = &resource.kind else { continue };
        let reads = |action: &&stanch_source::Written| {
            let text = action.text.to_ascii_lowercase();
            !action.computed
                && (text == "*"
                    || touches_items(&text)
                        && !["stream", "record", "sharditerator"].iter().any(|word| text.contains(word)))
        };
        let narrowed = grant.condition_keys.iter().any(|key| {
            key == "*"
                || ["dynamodb:LeadingKeys", "dynamodb:Attributes"].iter().any(|known| key.eq_ignore_ascii_case(known))
        });
        let Some(action) = grant.actions.iter().find(reads).filter(|_| !narrowed && !grant.inverted) else { continue };
        let mut defect = defect(&CHECK.rule, resource, &action.place, &action.text);
        defect.severity = if grant.end_users { Severity::High } else { Severity::Info };
        defect.message = if grant.end_users {
            format!(
                "`{}` belongs to a role that people take on when they sign in, and allows `{}` on every partition: each of them \
                 can ask DynamoDB for the items of all others, past the app and its checks.",
                resource.name, action.text
            )
        } else {
            format!(
                "`{}` allows `{}` on every partition and every attribute. The app alone stands between a client and the items of \
                 others; a condition in the policy would hold where the app errs.",
                resource.name, action.text
            )
        };
        defect.remediation = if grant.end_users {
            "Add `Condition: {\"ForAllValues:StringEquals\": {\"dynamodb:LeadingKeys\": \
             [\"${cognito-identity.amazonaws.com:sub}\"]}}` to the statement, and leave `Scan` out of it."
                .to_owned()
        } else {
            "Add a condition on `dynamodb:LeadingKeys` with the prefixes that this service uses, and one on \
             `dynamodb:Attributes` with `dynamodb:Select: SPECIFIC_ATTRIBUTES` that names what it reads."
                .to_owned()
        };
        defects.push(defect);
    }
    defects
}
