//! The template is clean, the module says the same, and both name what the code declares.

use std::collections::BTreeSet;
use std::path::Path;

use profile_service::items::{ApiKey, KeyEntry, RateWindow, Record, User};
use serde_json::{Value, json};
use stanch_table::View;

use crate::support::python::{run, tool};
use crate::support::terraform::{Module, logical};

const TERRAFORM: &str = concat!(
    include_str!("../../infrastructure/terraform/main.tf"),
    include_str!("../../infrastructure/terraform/access.tf"),
    include_str!("../../infrastructure/terraform/variables.tf"),
);

/// Where the template and the module say the same thing: a pointer into a resource's properties on either side.
const SAID_TWICE: &[(&str, &str, &str)] = &[
    ("aws_kms_key.table", "/Description", "/description"),
    ("aws_kms_key.table", "/EnableKeyRotation", "/enable_key_rotation"),
    ("aws_kms_key.table", "/KeyPolicy", "/policy"),
    ("aws_dynamodb_table.this", "/TableName", "/name"),
    ("aws_dynamodb_table.this", "/BillingMode", "/billing_mode"),
    ("aws_dynamodb_table.this", "/KeySchema/0/AttributeName", "/hash_key"),
    ("aws_dynamodb_table.this", "/KeySchema/1/AttributeName", "/range_key"),
    ("aws_dynamodb_table.this", "/AttributeDefinitions/0/AttributeName", "/attribute/0/name"),
    ("aws_dynamodb_table.this", "/AttributeDefinitions/0/AttributeType", "/attribute/0/type"),
    ("aws_dynamodb_table.this", "/AttributeDefinitions/1/AttributeName", "/attribute/1/name"),
    ("aws_dynamodb_table.this", "/AttributeDefinitions/1/AttributeType", "/attribute/1/type"),
    ("aws_dynamodb_table.this", "/SSESpecification/SSEEnabled", "/server_side_encryption/enabled"),
    ("aws_dynamodb_table.this", "/SSESpecification/KMSMasterKeyId", "/server_side_encryption/kms_key_arn"),
    (
        "aws_dynamodb_table.this",
        "/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
        "/point_in_time_recovery/enabled",
    ),
    ("aws_dynamodb_table.this", "/TimeToLiveSpecification/AttributeName", "/ttl/attribute_name"),
    ("aws_dynamodb_table.this", "/TimeToLiveSpecification/Enabled", "/ttl/enabled"),
    ("aws_dynamodb_table.this", "/DeletionProtectionEnabled", "/deletion_protection_enabled"),
    ("aws_vpc_endpoint.dynamodb", "/VpcEndpointType", "/vpc_endpoint_type"),
    ("aws_vpc_endpoint.dynamodb", "/VpcId", "/vpc_id"),
    ("aws_vpc_endpoint.dynamodb", "/ServiceName", "/service_name"),
    ("aws_vpc_endpoint.dynamodb", "/RouteTableIds", "/route_table_ids"),
    ("aws_vpc_endpoint.dynamodb", "/PolicyDocument", "/policy"),
    ("aws_iam_role.service", "/AssumeRolePolicyDocument", "/assume_role_policy"),
    ("aws_iam_role_policy.access", "/RoleName", "/role"),
    ("aws_iam_role_policy.access", "/PolicyDocument", "/policy"),
    ("aws_iam_instance_profile.service", "/Roles/0", "/role"),
    ("aws_launch_template.service", "/LaunchTemplateData/ImageId", "/image_id"),
    ("aws_launch_template.service", "/LaunchTemplateData/IamInstanceProfile/Arn", "/iam_instance_profile/arn"),
    (
        "aws_launch_template.service",
        "/LaunchTemplateData/MetadataOptions/HttpEndpoint",
        "/metadata_options/http_endpoint",
    ),
    ("aws_launch_template.service", "/LaunchTemplateData/MetadataOptions/HttpTokens", "/metadata_options/http_tokens"),
    (
        "aws_launch_template.service",
        "/LaunchTemplateData/MetadataOptions/HttpPutResponseHopLimit",
        "/metadata_options/http_put_response_hop_limit",
    ),
    (
        "aws_launch_template.service",
        "/LaunchTemplateData/MetadataOptions/InstanceMetadataTags",
        "/metadata_options/instance_metadata_tags",
    ),
];

/// What the template has to say and the module has not, since Terraform implies it.
const SAID_ONCE: &[&str] =
    &["Table/KeySchema/0/KeyType", "Table/KeySchema/1/KeyType", "Table/SSESpecification/SSEType", "Access/PolicyName"];

#[test]
fn cfn_lint_has_nothing_to_say() {
    let told = run(tool("cfn-lint").args(["--include-checks", "I", "--format", "parseable", "--"]).arg(template()));
    assert_eq!(told, "");
}

#[test]
fn the_template_and_the_module_say_the_same() {
    let program =
        "import json, sys; from cfnlint.decode import cfn_yaml; print(json.dumps(cfn_yaml.load(sys.argv[1])))";
    let text = run(tool("python").args(["-c", program]).arg(template()));
    let template: Value = serde_json::from_str(&text).expect("JSON");
    let module = Module::parse(TERRAFORM);

    let named = |name: &str| name.split_once('.').map(|(kind, name)| logical(kind, name)).expect("two parts");
    let built: BTreeSet<_> = module.resources().iter().map(|name| named(name)).collect();
    let declared = template["Resources"].as_object().expect("resources");
    assert_eq!(built, declared.keys().map(String::as_str).collect());

    let mut compared: Vec<String> = SAID_ONCE.iter().map(|&path| path.to_owned()).collect();
    for (resource, in_template, in_module) in SAID_TWICE {
        let properties = &declared[named(resource)]["Properties"];
        let one = normal(properties.pointer(in_template).unwrap_or_else(|| panic!("{resource}: {in_template}")));
        let module = module.resource(resource);
        let other = normal(module.pointer(in_module).unwrap_or_else(|| panic!("{resource}: {in_module}")));
        assert_eq!(one, other, "{resource}: {in_template}");
        compared.push(format!("{}{in_template}", named(resource)));
    }
    // Nothing stands in the template that was not compared.
    for (name, resource) in declared {
        for leaf in leaves(&resource["Properties"], name.clone()) {
            let known = compared.iter().any(|path| leaf == *path || leaf.starts_with(&format!("{path}/")));
            assert!(known, "{leaf} is in the template only");
        }
    }
}

#[test]
fn the_role_may_touch_exactly_the_declared_attributes() {
    let declared: BTreeSet<&str> = [
        &["pk", "sk"],
        <User as View<User>>::ATTRIBUTES,
        <Record as View<Record>>::ATTRIBUTES,
        <ApiKey as View<ApiKey>>::ATTRIBUTES,
        <KeyEntry as View<KeyEntry>>::ATTRIBUTES,
        <RateWindow as View<RateWindow>>::ATTRIBUTES,
    ]
    .concat()
    .into_iter()
    .collect();
    let access = Module::parse(TERRAFORM).resource("aws_iam_role_policy.access");
    for statement in 0..2 {
        let path = format!("/policy/Statement/{statement}/Condition/ForAllValues:StringEquals/dynamodb:Attributes");
        let named = access.pointer(&path).and_then(Value::as_array).expect("a list for reads and one for writes");
        assert_eq!(named.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(), declared);
    }
}

fn template() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("infrastructure/template.yaml")
}

/// References as texts, lists of texts sorted, a list of one as that one: IAM takes both.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => match members.iter().next() {
            Some((name, target)) if name == "Ref" => format!("${{{}}}", text(target)).into(),
            Some((name, target)) if name == "Fn::GetAtt" => {
                format!("${{{}.{}}}", text(&target[0]), text(&target[1])).into()
            }
            Some((name, target)) if name == "Fn::Sub" => target.clone(),
            _ => members.iter().map(|(name, member)| (name.clone(), normal(member))).collect(),
        },
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(normal).collect();
            if elements.iter().all(Value::is_string) {
                elements.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            if elements.len() == 1 { elements.remove(0) } else { Value::Array(elements) }
        }
        other => other.clone(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Pointers to everything in a value that is no object and no list.
fn leaves(value: &Value, path: String) -> Vec<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, member)| leaves(member, format!("{path}/{name}"))).collect()
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .flat_map(|(index, element)| leaves(element, format!("{path}/{index}")))
            .collect(),
        _ => vec![path],
    }
}

#[test]
fn a_difference_shows() {
    let wider = TERRAFORM.replacen("\"dynamodb:GetItem\", ", "\"dynamodb:GetItem\", \"dynamodb:Scan\", ", 1);
    let policy = |text: &str| normal(&Module::parse(text).resource("aws_iam_role_policy.access"));
    assert_ne!(policy(&wider), policy(TERRAFORM));
    assert_eq!(normal(&json!({"Fn::GetAtt": ["Key", "Arn"]})), json!("${Key.Arn}"));
}
