//! A policy with a wildcard that reaches tables or keys.

use stanch_api::SourcePlace;
use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{Grant, ResourceKind, SourceFacts, Written};

use crate::posture::{defect, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "wildcard-iam",
        title: "A role may do more than the service does",
        severity: Severity::Medium,
        category: Category::FunctionAuthorisation,
        standards: Standards {
            owasp_api: &["API5:2023"],
            owasp_llm: &[],
            cwe: &["CWE-250"],
            pci_dss: &["7.2.5"],
            soc2: &["CC6.3"],
        },
        oracles: &[Oracle::Template, Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &["no-leading-key-condition"],
    source: SourceOracle::Facts(judge),
    #[cfg(feature = "live")]
    run: None,
};

/// Policies of AWS's own that give a service every table or every secret, and what they give.
const MANAGED: [(&str, Severity, &str); 11] = [
    ("AdministratorAccess", Severity::High, "everything in the account"),
    ("AmazonDynamoDBFullAccess", Severity::High, "every action on every table of the account"),
    ("AmazonDynamoDBFullAccess_v2", Severity::High, "every action on every table of the account"),
    ("AmazonDynamoDBFullAccesswithDataPipeline", Severity::High, "every action on every table of the account"),
    ("AmazonDynamoDBReadOnlyAccess", Severity::Medium, "reading every table of the account"),
    ("AmazonS3FullAccess", Severity::Medium, "every object of every bucket of the account"),
    ("AmazonSSMFullAccess", Severity::High, "every parameter of the account, the encrypted ones included"),
    ("AmazonSSMReadOnlyAccess", Severity::Medium, "every parameter of the account, the encrypted ones included"),
    ("IAMFullAccess", Severity::High, "every role and user of the account, and so everything"),
    ("PowerUserAccess", Severity::High, "everything in the account but its users"),
    ("SecretsManagerReadWrite", Severity::High, "every secret of the account"),
];

/// Actions of DynamoDB that know no table, or tell nothing of what lies in one (its service authorisation reference).
const HARMLESS: [&str; 7] = [
    "describeendpoints",
    "describelimits",
    "describetable",
    "listbackups",
    "liststreams",
    "listtables",
    "listtagsofresource",
];

/// Actions of other services that give keys away.
const KEY_READERS: [&str; 9] = [
    "kms:*",
    "kms:decrypt",
    "secretsmanager:*",
    "secretsmanager:get*",
    "secretsmanager:getsecretvalue",
    "ssm:*",
    "ssm:get*",
    "ssm:getparameter",
    "ssm:getparameter*",
];

fn judge(facts: &SourceFacts) -> Vec<Defect> {
    let mut defects = Vec::new();
    for resource in resources(facts) {
        let (place, severity, gives, what) = match &resource.kind {
            ResourceKind::ManagedPolicy(policy) => {
                let Some((_, severity, gives)) = MANAGED.iter().find(|(name, ..)| name == policy) else { continue };
                (resource.place.clone(), *severity, format!("attaches `{policy}`, which gives {gives}"), policy.clone())
            }
            ResourceKind::Grant(grant) => {
                let Some((place, severity, gives)) = wildcard(grant) else { continue };
                let what = grant.actions.iter().map(|action| action.text.as_str()).collect::<Vec<_>>().join(" ");
                (place, severity, gives, what)
            }
            _ => continue,
        };
        let mut defect = defect(&CHECK.rule, resource, &place, &what);
        defect.severity = severity;
        defect.message = format!(
            "`{}` {gives}. Whoever takes the role over, by a leaked key, a forged request to the metadata service or a bug in the \
             app, may do all of it, not only what the app does.",
            resource.name
        );
        defect.remediation =
            "Name the actions that the code calls (`dynamodb:GetItem`, `dynamodb:Query`, …) and the ARN of the \
                              table, with its indexes where they are queried; no `Scan` where nothing scans."
                .to_owned();
        defects.push(defect);
    }
    defects
}

/// Where the wildcard of a statement stands, how bad it is and what it gives; none without one.
fn wildcard(grant: &Grant) -> Option<(SourcePlace, Severity, String)> {
    let stated = |written: &&Written| !written.computed;
    let action = |is: fn(&str) -> bool| {
        grant.actions.iter().filter(stated).find(|action| !grant.inverted && is(&action.text.to_ascii_lowercase()))
    };
    let every = action(|action| matches!(action, "*" | "*:*"));
    let all = action(|action| action == "dynamodb:*");
    let data = action(touches_items);
    let keys = action(|action| KEY_READERS.contains(&action));
    let wide = |service: &str| grant.resources.iter().filter(stated).find(|resource| is_wide(&resource.text, service));
    let any = wide("*");
    let (place, severity, gives) = if grant.inverted {
        (&any?.place, Severity::High, "allows everything but what it names".to_owned())
    } else if let Some(every) = every {
        let severity = if any.is_some() { Severity::High } else { Severity::Medium };
        (&every.place, severity, "allows every action of every service".to_owned())
    } else if let Some(all) = all {
        let (severity, on) = match wide("dynamodb") {
            Some(_) => (Severity::High, "on every table of the account"),
            None => (Severity::Medium, "on its table, deletion and export included"),
        };
        (&all.place, severity, format!("allows every action of DynamoDB {on}"))
    } else if let (Some(data), Some(wide)) = (data, wide("dynamodb")) {
        (&wide.place, Severity::Medium, format!("allows `{}` and more on every table of the account", data.text))
    } else if let Some(keys) = keys {
        let service = keys.text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let on = if service == "kms" { "with every key" } else { "on every secret or parameter" };
        (&wide(&service)?.place, Severity::Medium, format!("allows `{}` {on} of the account", keys.text))
    } else {
        return None;
    };
    let narrowed = !grant.condition_keys.is_empty();
    let lower = || Severity::ALL.into_iter().rev().find(|step| *step < severity).unwrap_or(Severity::Info);
    Some((place.clone(), if narrowed { lower() } else { severity }, gives))
}

/// Whether an action reads or changes items, tables or their copies.
pub(crate) fn touches_items(action: &str) -> bool {
    action.strip_prefix("dynamodb:").is_some_and(|action| {
        !HARMLESS.contains(&action) && !action.starts_with("describe") && !action.starts_with("list")
    })
}

/// Whether a resource stands for everything, or for all that a service has.
fn is_wide(resource: &str, service: &str) -> bool {
    let resource = resource.strip_prefix("!Sub ").or_else(|| resource.strip_prefix("!Join :")).unwrap_or(resource);
    if resource == "*" {
        return true;
    }
    let Some((_, rest)) = resource.split_once(&format!(":{service}:")) else { return false };
    // Region, account, and then what is meant.
    let meant = rest.rsplit(':').next().unwrap_or_default();
    matches!(meant, "*" | "table/*" | "table/*/index/*" | "secret/*" | "parameter/*" | "parameter*" | "key/*")
}
