//! A key in the environment of a function.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_secrets::names::key_kind;
use stanch_source::{EnvironmentValue, ResourceKind, SourceFacts};

use crate::exposure::quoted;
use crate::posture::{defect, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "secret-in-environment",
        title: "A function keeps a key in its environment",
        severity: Severity::Low,
        category: Category::Posture,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-526"],
            pci_dss: &["8.6.2"],
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

/// One defect an environment. A value that stands in the template is `hardcoded-key`'s.
fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for resource in resources(facts) {
        let ResourceKind::Environment(variables) = &resource.kind else { continue };
        let filled = variables.iter().filter_map(|variable| match &variable.value {
            EnvironmentValue::Reference(from) if key_kind(&variable.name).is_some() => Some((variable, from)),
            _ => None,
        });
        let found: Vec<_> = filled.collect();
        let Some((first, from)) = found.first() else { continue };
        let names: Vec<&str> = found.iter().map(|(variable, _)| variable.name.as_str()).collect();
        let mut defect = defect(&CHECK.rule, resource, &first.place, "environment");
        defect.message = format!(
            "The deployment writes {} (from `{from}`) into the environment of `{}`: whoever may read the function's \
             configuration sees it in the clear, it stays in the stack and in old versions, and one dump of `os.environ` gives \
             it away.",
            quoted(&names),
            resource.name
        );
        defect.remediation = format!(
            "Give the function the name of the secret, and let it fetch {} at its start \
             (`boto3.client(\"secretsmanager\").get_secret_value(SecretId=…)`) with a role that may read that one secret.",
            if names.len() > 1 { "the values" } else { "the value" }
        );
        defects.push(defect);
    }
    defects
}
