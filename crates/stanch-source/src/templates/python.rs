//! Resources that Python makes: calls of boto3 and constructs of the AWS CDK, as far as their arguments are literal.

use super::Source;
use super::document::{Content, Document, parse};
use super::policy::{arn_name, at_call, grants};
use super::resource::{Grant, Machine, Resource, ResourceKind, Stated, TableResource, Written};
use crate::facts::SourceFacts;
use crate::sites::{Constant, LibraryCall};

/// The resources that calls of libraries make.
pub(crate) fn resources(facts: &SourceFacts) -> Vec<Resource> {
    let mut found = Vec::new();
    for call in &facts.library_calls {
        if let Some(name) = call.function.strip_prefix("aws_cdk.") {
            construct(call, name, &mut found);
        } else if let Some(name) = call.function.strip_prefix("aws.iam.") {
            policy(call, name, &mut found);
        } else if call.function.ends_with(".create_table") && !is_local(facts, call) {
            let name = call.keyword("TableName").and_then(Constant::text);
            add(call, name.unwrap_or("create_table"), ResourceKind::Table(created(call)), &mut found);
        }
    }
    found
}

fn add(call: &LibraryCall, name: &str, kind: ResourceKind, into: &mut Vec<Resource>) {
    into.push(Resource { place: call.place.clone(), name: name.to_owned(), kind });
}

/// Whether the client of a call is made for an endpoint of its own, which is an emulator far more often than not.
fn is_local(facts: &SourceFacts, call: &LibraryCall) -> bool {
    let makes =
        |made: &&LibraryCall| call.receiver.as_ref() == Some(&made.place) && made.function.starts_with("boto3.");
    facts.library_calls.iter().filter(makes).any(|made| made.keyword("endpoint_url").is_some() || made.open)
}

fn created(call: &LibraryCall) -> TableResource {
    let stream = call.keyword("StreamSpecification");
    TableResource {
        table: call.keyword("TableName").and_then(Constant::text).unwrap_or_default().to_owned(),
        encrypted: match call.keyword("SSESpecification") {
            None if call.open => Stated::Computed,
            None => Stated::Absent,
            Some(specification) => switch(specification.member("Enabled")),
        },
        // It is set by a call of its own.
        recoverable: Stated::Computed,
        stream: match stream.and_then(|stream| stream.member("StreamViewType")) {
            None => Stated::Absent,
            Some(view) => view.text().map_or(Stated::Computed, |view| Stated::Known(view.to_owned())),
        },
        replicated: false,
    }
}

fn switch(value: Option<&Constant>) -> Stated<bool> {
    match value {
        None | Some(Constant::Null) => Stated::Absent,
        Some(Constant::Bool(value)) => Stated::Known(*value),
        Some(_) => Stated::Computed,
    }
}

/// `attach_role_policy`, `put_role_policy` and their like.
fn policy(call: &LibraryCall, name: &str, into: &mut Vec<Resource>) {
    let method = name.rsplit('.').next().unwrap_or(name);
    if method.starts_with("attach_") {
        let arn = call.keyword("PolicyArn").and_then(Constant::text).and_then(arn_name);
        if let Some(policy) = arn {
            add(call, method, ResourceKind::ManagedPolicy(policy.to_owned()), into);
        }
        return;
    }
    let Some(written) = call.keyword("PolicyDocument") else { return };
    let document = match written {
        Constant::Text(text) => parse(text).map(|mut document| {
            settle(&mut document, call);
            document
        }),
        other => Some(document(other, call)),
    };
    let name = call.keyword("PolicyName").and_then(Constant::text).unwrap_or(method);
    if let Some(document) = document {
        grants(&Source { path: &call.place.path }, name, &document, false, into);
    }
}

/// A construct of the AWS CDK, by its name below `aws_cdk`.
fn construct(call: &LibraryCall, name: &str, into: &mut Vec<Resource>) {
    let id = call.positional.get(1).and_then(Constant::text).or_else(|| call.keyword("id").and_then(Constant::text));
    let id = id.unwrap_or_else(|| name.rsplit('.').next().unwrap_or(name));
    match name {
        "aws_dynamodb.Table" | "aws_dynamodb.TableV2" => add(call, id, ResourceKind::Table(constructed(call)), into),
        "aws_ec2.Vpc" => {
            add(call, id, ResourceKind::Network, into);
            if call.keyword("gateway_endpoints").is_some() || call.open {
                add(call, id, ResourceKind::Endpoint(Stated::Computed), into);
            }
        }
        "aws_ec2.Instance" | "aws_ec2.LaunchTemplate" => {
            let image = call.keyword("machine_image");
            let machine = Machine {
                tokens: match call.keyword("require_imdsv2") {
                    None if call.open => Stated::Computed,
                    None => Stated::Absent,
                    Some(Constant::Bool(true)) => Stated::Known("required".to_owned()),
                    Some(Constant::Bool(false)) => Stated::Known("optional".to_owned()),
                    Some(_) => Stated::Computed,
                },
                switched_off: false,
                modern_image: matches!(image, Some(Constant::Name(name)) if name.contains("2023")),
            };
            add(call, id, ResourceKind::Machine(machine), into);
        }
        "aws_iam.PolicyStatement" => statement(call, into),
        "aws_iam.ManagedPolicy.from_aws_managed_policy_name" => {
            if let Some(policy) = call.argument(0, "managed_policy_name").and_then(Constant::text) {
                let policy = policy.rsplit('/').next().unwrap_or(policy);
                add(call, policy, ResourceKind::ManagedPolicy(policy.to_owned()), into);
            }
        }
        _ if name.ends_with(".grant_full_access") && name.starts_with("aws_dynamodb.") => {
            let actions = vec![written(call, &Constant::Text("dynamodb:*".to_owned()))];
            let resources = vec![written(call, &Constant::Unknown)];
            add(call, "grant_full_access", ResourceKind::Grant(Grant { actions, resources, ..Grant::default() }), into);
        }
        _ if name.contains("_endpoint") && name.starts_with("aws_ec2.Vpc") => {
            let service = match call.keyword("service").or_else(|| call.positional.get(1)) {
                Some(Constant::Name(name)) if name.ends_with(".DYNAMODB") => Stated::Known("dynamodb".to_owned()),
                Some(Constant::Name(name)) => Stated::Known(name.rsplit('.').next().unwrap_or_default().to_lowercase()),
                _ => Stated::Computed,
            };
            add(call, id, ResourceKind::Endpoint(service), into);
        }
        _ => {}
    }
}

fn constructed(call: &LibraryCall) -> TableResource {
    let stated = |value: Option<&Constant>| match value {
        None if call.open => Stated::Computed,
        None => Stated::Absent,
        Some(Constant::Name(name)) => {
            Stated::Known(name.rsplit('.').next().is_some_and(|kind| !matches!(kind, "DEFAULT" | "dynamo_owned_key")))
        }
        Some(_) => Stated::Computed,
    };
    let encrypted = match call.keyword("encryption_key") {
        Some(_) => Stated::Known(true),
        None => match call.keyword("encryption") {
            // `TableEncryptionV2.aws_managed_key()`.
            Some(Constant::Name(name)) => {
                Stated::Known(!name.contains("dynamo_owned_key") && !name.ends_with(".DEFAULT"))
            }
            other => stated(other),
        },
    };
    TableResource {
        table: call.keyword("table_name").and_then(Constant::text).unwrap_or_default().to_owned(),
        encrypted,
        recoverable: match call.keyword("point_in_time_recovery") {
            Some(value) => switch(Some(value)),
            None => match call.keyword("point_in_time_recovery_specification") {
                Some(_) => Stated::Computed,
                None => stated(None),
            },
        },
        stream: match call.keyword("stream").or_else(|| call.keyword("dynamo_stream")) {
            Some(Constant::Name(name)) => Stated::Known(name.rsplit('.').next().unwrap_or_default().to_owned()),
            Some(_) => Stated::Computed,
            None => Stated::Absent,
        },
        replicated: call.keyword("replicas").is_some() || call.keyword("replication_regions").is_some(),
    }
}

fn statement(call: &LibraryCall, into: &mut Vec<Resource>) {
    let denies =
        call.keyword("effect").is_some_and(|effect| matches!(effect, Constant::Name(name) if !name.ends_with("ALLOW")));
    let principals = call.keyword("principals").is_some() || call.keyword("not_principals").is_some();
    let inverted = call.keyword("not_actions");
    let Some(actions) = call.keyword("actions").or(inverted).filter(|_| !denies && !principals) else { return };
    let list = |value: &Constant| match value {
        Constant::List(list) => list.iter().map(|one| written(call, one)).collect(),
        other => vec![written(call, other)],
    };
    let keys = match call.keyword("conditions") {
        Some(Constant::Map(operators)) => operators
            .iter()
            .flat_map(|(_, keys)| match keys {
                Constant::Map(keys) => keys.iter().map(|(key, _)| key.clone()).collect(),
                _ => vec!["*".to_owned()],
            })
            .collect(),
        Some(_) => vec!["*".to_owned()],
        None => Vec::new(),
    };
    let grant = Grant {
        actions: list(actions),
        inverted: inverted.is_some(),
        resources: call.keyword("resources").map(list).unwrap_or_default(),
        condition_keys: keys,
        end_users: false,
    };
    add(call, "PolicyStatement", ResourceKind::Grant(grant), into);
}

fn written(call: &LibraryCall, value: &Constant) -> Written {
    Written {
        text: value.text().unwrap_or_default().to_owned(),
        computed: value.text().is_none(),
        place: call.place.clone(),
    }
}

fn document(value: &Constant, call: &LibraryCall) -> Document {
    let content = match value {
        Constant::Text(text) => Content::Text(text.clone()),
        Constant::Bool(value) => Content::Text(value.to_string()),
        Constant::Int(value) => Content::Text(value.to_string()),
        Constant::List(list) => Content::List(list.iter().map(|inner| document(inner, call)).collect()),
        Constant::Map(pairs) => {
            Content::Map(pairs.iter().map(|(key, inner)| (key.clone(), document(inner, call))).collect())
        }
        Constant::Null | Constant::Name(_) | Constant::Unknown => Content::Computed(String::new()),
    };
    Document::new(at_call(&call.place), content)
}

/// Gives every node of a document that stands in a text of Python the place of the call.
fn settle(document: &mut Document, call: &LibraryCall) {
    document.at = at_call(&call.place);
    match &mut document.content {
        Content::List(list) => list.iter_mut().for_each(|inner| settle(inner, call)),
        Content::Map(pairs) => pairs.iter_mut().for_each(|(_, inner)| settle(inner, call)),
        Content::Text(_) | Content::Computed(_) => {}
    }
}
