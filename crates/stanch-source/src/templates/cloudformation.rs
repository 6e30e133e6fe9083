//! Resources of CloudFormation, SAM, Serverless and Chalice files, and of a policy in a file of its own.

use std::collections::BTreeSet;

use super::Source;
use super::definition::{logical, names};
use super::document::{Content, Document};
use super::environment;
use super::policy::{grants, is_for_end_users};
use super::resource::{Machine, Resource, ResourceKind, Stated, TableResource};

/// The resources of a YAML or JSON template.
pub(crate) fn resources(source: &Source<'_>, document: &Document) -> Vec<Resource> {
    let mut found = Vec::new();
    let logical = logical(document);
    let end_users: BTreeSet<&str> = logical
        .iter()
        .filter(|(_, resource)| {
            resource.path(&["Properties", "AssumeRolePolicyDocument"]).is_some_and(is_for_end_users)
        })
        .map(|(id, _)| *id)
        .collect();
    let known = names(document);
    for (id, resource) in &logical {
        let Some(kind) = resource.get("Type") else { continue };
        let nothing = Document::new(kind.at, Content::Map(Vec::new()));
        let properties = resource.get("Properties").unwrap_or(&nothing);
        let mut add = |kind_of: ResourceKind| {
            found.push(Resource { place: source.place(kind.at), name: (*id).to_owned(), kind: kind_of });
        };
        match kind.text().unwrap_or_default() {
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | "AWS::Serverless::SimpleTable" => {
                let table = TableResource { table: known.get(id).cloned().unwrap_or_default(), ..table(properties) };
                add(ResourceKind::Table(table));
            }
            "AWS::EC2::VPC" => add(ResourceKind::Network),
            "AWS::EC2::VPCEndpoint" => add(ResourceKind::Endpoint(service(properties.get("ServiceName")))),
            "AWS::EC2::LaunchTemplate" => {
                let data = properties.get("LaunchTemplateData").unwrap_or(&nothing);
                add(ResourceKind::Machine(machine(document, data)));
            }
            "AWS::AutoScaling::LaunchConfiguration" => add(ResourceKind::Machine(machine(document, properties))),
            // What the launch template says counts for the instance.
            "AWS::EC2::Instance" if properties.get("LaunchTemplate").is_none() => {
                add(ResourceKind::Machine(machine(document, properties)));
            }
            _ => {}
        }
        let users =
            end_users.contains(id)
                || ["Roles", "RoleName"].iter().filter_map(|key| properties.get(key)).flat_map(Document::each).any(
                    |role| role.written().is_some_and(|text| end_users.iter().any(|id| text == format!("!Ref {id}"))),
                );
        grants(source, id, properties, users, &mut found);
        environment::of_function(source, id, properties, &logical, &mut found);
    }
    for (key, value) in document.pairs() {
        match key.as_str() {
            "Resources" | "resources" => {}
            "Globals" => {
                if let Some(globals) = value.get("Function") {
                    environment::of_function(source, "Globals", globals, &logical, &mut found);
                }
            }
            _ if logical.iter().any(|(id, _)| id == key) => {}
            "provider" | "functions" | "stages" | "environment_variables" | "iamRoleStatements" | "custom" => {
                grants(source, key, value, false, &mut found);
                environment::of_tool(source, key, value, &logical, &mut found);
            }
            "Statement" => {
                let stem = source.path.rsplit('/').next().unwrap_or(source.path);
                grants(source, stem.split('.').next().unwrap_or(stem), value, false, &mut found);
            }
            _ => {}
        }
    }
    // A list of statements that a Serverless file takes in.
    if let Content::List(_) = document.content {
        grants(source, source.path, document, false, &mut found);
    }
    found
}

fn table(properties: &Document) -> TableResource {
    let replicas = properties.get("Replicas").map(Document::list).unwrap_or_default();
    let recovery = "PointInTimeRecoverySpecification";
    let recovery = properties.get(recovery).or_else(|| replicas.iter().find_map(|replica| replica.get(recovery)));
    let stream = properties.get("StreamSpecification");
    TableResource {
        table: String::new(),
        encrypted: switch(properties.get("SSESpecification"), "SSEEnabled"),
        recoverable: switch(recovery, "PointInTimeRecoveryEnabled"),
        stream: match stream {
            None => Stated::Absent,
            Some(stream) => stream.get("StreamViewType").map_or(Stated::Computed, stated),
        },
        replicated: !replicas.is_empty() || properties.get("Replicas").is_some_and(Document::is_computed),
    }
}

/// A switch inside a specification that may be missing.
pub(super) fn switch(specification: Option<&Document>, key: &str) -> Stated<bool> {
    match specification {
        None => Stated::Absent,
        Some(specification) if specification.is_computed() => Stated::Computed,
        Some(specification) => match specification.get(key).map(stated) {
            None => Stated::Absent,
            Some(Stated::Known(text)) => Stated::Known(text.eq_ignore_ascii_case("true")),
            Some(_) => Stated::Computed,
        },
    }
}

/// A text, if it stands there as it will be.
pub(super) fn stated(document: &Document) -> Stated<String> {
    document.literal().map_or(Stated::Computed, |text| Stated::Known(text.to_owned()))
}

/// The service of an endpoint: the last part of `com.amazonaws.eu-west-1.dynamodb`, whatever the region is.
pub(super) fn service(name: Option<&Document>) -> Stated<String> {
    let Some(text) = name.and_then(Document::written) else { return Stated::Computed };
    let last = text.trim_end_matches('"').rsplit('.').next().unwrap_or_default();
    if last.is_empty() || last.contains(['$', '}', ' ', ']']) || !text.contains("amazonaws") {
        return Stated::Computed;
    }
    Stated::Known(last.to_owned())
}

fn machine(document: &Document, data: &Document) -> Machine {
    let options = data.get("MetadataOptions");
    let image = data.get("ImageId").and_then(Document::written).unwrap_or_default();
    let parameter = image.strip_prefix("!Ref ").and_then(|name| document.path(&["Parameters", name, "Default"]));
    let image = parameter.and_then(Document::literal).unwrap_or(&image);
    Machine {
        tokens: match options {
            None => Stated::Absent,
            Some(options) if options.is_computed() => Stated::Computed,
            Some(options) => options.get("HttpTokens").map_or(Stated::Absent, stated),
        },
        switched_off: options.and_then(|options| options.get("HttpEndpoint")?.literal()) == Some("disabled"),
        modern_image: image.contains("al2023"),
    }
}
