//! A network without an endpoint for DynamoDB.

use stanch_findings::{Category, Oracle, Rule, Severity, Standards};
use stanch_source::{ResourceKind, SourceFacts, Stated};

use crate::posture::{defect, in_words, resources};
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "no-vpc-endpoint",
        title: "A network reaches DynamoDB over the internet",
        severity: Severity::Low,
        category: Category::Posture,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-923"],
            pci_dss: &["1.4.1"],
            soc2: &["CC6.6"],
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
    let reaches = |resource: &stanch_source::Resource| match &resource.kind {
        ResourceKind::Endpoint(Stated::Known(service)) => service == "dynamodb",
        ResourceKind::Endpoint(_) => true,
        _ => false,
    };
    if resources(facts).any(reaches) {
        return Vec::new();
    }
    let mut defects = Vec::new();
    for resource in resources(facts).filter(|resource| resource.kind == ResourceKind::Network) {
        // A network and a table that lie together are of one service.
        let beside = |path: &str| scope(path) == scope(&resource.place.path);
        let table =
            resources(facts).find(|other| matches!(other.kind, ResourceKind::Table(_)) && beside(&other.place.path));
        let Some(table) = table else { continue };
        let mut defect = defect(&CHECK.rule, resource, &resource.place, "endpoint");
        defect.message = format!(
            "`{}` has no endpoint for DynamoDB, so what runs in it needs a way to the internet to reach `{}`, and no endpoint \
             policy can say which tables may be reached from here, nor a table's policy that only this network may.",
            resource.name, table.name
        );
        defect.remediation = in_words(
            resource,
            "Add an `AWS::EC2::VPCEndpoint` of type Gateway for `com.amazonaws.${AWS::Region}.dynamodb` with the route tables of \
             the subnets and a `PolicyDocument` that names the table; it costs nothing.",
            "Add an `aws_vpc_endpoint` of type Gateway with `service_name = \"com.amazonaws.${var.region}.dynamodb\"`, the \
             `route_table_ids` of the subnets and a `policy` that names the table; it costs nothing.",
            "Call `vpc.add_gateway_endpoint(\"DynamoDb\", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)`; it costs nothing.",
        );
        defects.push(defect);
    }
    defects
}

/// What belongs together: the files of a directory in Terraform, where they are one module, and one file elsewhere.
fn scope(path: &str) -> &str {
    if path.ends_with(".tf") { path.rfind('/').map_or("", |slash| &path[..slash]) } else { path }
}
