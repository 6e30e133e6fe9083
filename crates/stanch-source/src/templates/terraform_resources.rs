//! Resources of Terraform files.

use std::collections::BTreeSet;

use super::Source;
use super::cloudformation::{service, stated, switch};
use super::document::{Content, Document};
use super::environment;
use super::hcl::Block;
use super::policy::{grants, is_for_end_users, written};
use super::resource::{Grant, Machine, Resource, ResourceKind, Stated, TableResource};

/// The resources of a Terraform file.
pub(crate) fn resources(source: &Source<'_>, blocks: &[Block]) -> Vec<Resource> {
    let end_users: BTreeSet<String> = blocks
        .iter()
        .filter(|block| block.body.get("assume_role_policy").is_some_and(is_for_end_users))
        .map(address)
        .collect();
    let mut found = Vec::new();
    for block in blocks {
        match (block.kind.as_str(), &block.labels[..]) {
            ("resource", [kind, _]) => resource(source, block, kind, blocks, &end_users, &mut found),
            ("data", [kind, _]) if kind == "aws_iam_policy_document" => {
                document(source, block, blocks, &end_users, &mut found);
            }
            ("data", [kind, _]) if kind == "aws_iam_policy" => {
                if let Some(name) = block.body.get("name")
                    && let Some(text) = name.literal()
                {
                    let kind = ResourceKind::ManagedPolicy(text.to_owned());
                    found.push(Resource { place: source.place(name.at), name: address(block), kind });
                }
                grants(source, &address(block), &block.body, false, &mut found);
            }
            ("module", [_]) => module(source, block, &mut found),
            _ => {}
        }
    }
    found
}

/// `aws_dynamodb_table.users`, `module.vpc`.
fn address(block: &Block) -> String {
    match block.kind.as_str() {
        "resource" => block.labels.join("."),
        kind => format!("{kind}.{}", block.labels.join(".")),
    }
}

fn resource(
    source: &Source<'_>,
    block: &Block,
    kind: &str,
    blocks: &[Block],
    end_users: &BTreeSet<String>,
    into: &mut Vec<Resource>,
) {
    let body = &block.body;
    let mut add = |kind: ResourceKind| {
        into.push(Resource { place: source.place(block.at), name: address(block), kind });
    };
    match kind {
        "aws_dynamodb_table" => add(ResourceKind::Table(table(body, &block.labels))),
        "aws_vpc" => add(ResourceKind::Network),
        "aws_vpc_endpoint" => add(ResourceKind::Endpoint(service(body.get("service_name")))),
        // What the launch template says counts for the instance.
        "aws_instance" if body.get("launch_template").is_some() => {}
        "aws_instance" | "aws_launch_template" | "aws_launch_configuration" => {
            add(ResourceKind::Machine(machine(body, blocks)));
        }
        "aws_lambda_function" => {
            if let Some(variables) = body.path(&["environment", "variables"]) {
                environment::push(source, &address(block), variables, &[], into);
            }
        }
        "aws_ecs_task_definition" => {
            for container in body.get("container_definitions").map(Document::list).unwrap_or_default() {
                if let Some(list) = container.get("environment") {
                    environment::push_list(source, &address(block), list, ["name", "value"], &[], into);
                }
            }
        }
        _ => {}
    }
    let users = end_users.contains(&address(block))
        || body.get("role").and_then(Document::written).is_some_and(|role| {
            end_users.iter().any(|name| role.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')))
        });
    grants(source, &address(block), body, users, into);
}

fn table(body: &Document, labels: &[String]) -> TableResource {
    let streams = body.get("stream_enabled").map_or(Stated::Absent, stated);
    TableResource {
        table: body
            .get("name")
            .and_then(Document::literal)
            .or(labels.last().map(String::as_str))
            .unwrap_or_default()
            .to_owned(),
        encrypted: switch(body.get("server_side_encryption"), "enabled"),
        recoverable: switch(body.get("point_in_time_recovery"), "enabled"),
        stream: match streams {
            Stated::Known(enabled) if enabled == "true" => body.get("stream_view_type").map_or(Stated::Absent, stated),
            Stated::Computed => Stated::Computed,
            _ => Stated::Absent,
        },
        replicated: body.get("replica").is_some(),
    }
}

fn machine(body: &Document, blocks: &[Block]) -> Machine {
    let options = body.get("metadata_options");
    let image =
        ["ami", "image_id"].iter().find_map(|key| body.get(key)).and_then(Document::written).unwrap_or_default();
    let looked_up =
        blocks.iter().find(|block| block.kind == "data" && image.starts_with(&format!("{}.", address(block))));
    Machine {
        tokens: match options {
            None => Stated::Absent,
            Some(options) if options.is_computed() => Stated::Computed,
            Some(options) => options.get("http_tokens").map_or(Stated::Absent, stated),
        },
        switched_off: options.and_then(|options| options.get("http_endpoint")?.literal()) == Some("disabled"),
        modern_image: image.contains("al2023") || looked_up.is_some_and(|block| mentions(&block.body, "al2023")),
    }
}

fn mentions(document: &Document, word: &str) -> bool {
    match &document.content {
        Content::Text(text) | Content::Computed(text) => text.contains(word),
        Content::List(list) => list.iter().any(|inner| mentions(inner, word)),
        Content::Map(pairs) => pairs.iter().any(|(_, inner)| mentions(inner, word)),
    }
}

/// `data "aws_iam_policy_document"`: statements as blocks, which allow unless they say otherwise.
fn document(
    source: &Source<'_>,
    block: &Block,
    blocks: &[Block],
    end_users: &BTreeSet<String>,
    into: &mut Vec<Resource>,
) {
    // The role whose policy it becomes, in the same file.
    let name = address(block);
    let uses = |other: &&Block| mentions(&other.body, &format!("{name}.json"));
    let users = blocks.iter().filter(uses).any(|user| {
        end_users.contains(&address(user))
            || user
                .body
                .get("role")
                .and_then(Document::written)
                .is_some_and(|role| end_users.iter().any(|name| role.starts_with(&format!("{name}."))))
    });
    for statement in block.body.all("statement").filter(|statement| !statement.is_computed()) {
        let effect = statement.get("effect").map_or(Some("Allow"), Document::literal);
        let principals = ["principals", "not_principals"].iter().any(|key| statement.get(key).is_some());
        if effect != Some("Allow") || principals {
            continue;
        }
        let inverted = statement.get("not_actions");
        let Some(actions) = statement.get("actions").or(inverted) else { continue };
        let keys = statement
            .all("condition")
            .map(|condition| condition.get("variable").and_then(Document::literal).unwrap_or("*").to_owned());
        let mut condition_keys: Vec<String> = keys.collect();
        condition_keys.sort();
        condition_keys.dedup();
        let grant = Grant {
            actions: written(source, actions),
            inverted: inverted.is_some(),
            resources: statement.get("resources").map(|list| written(source, list)).unwrap_or_default(),
            condition_keys,
            end_users: users,
        };
        let place = source.place(statement.at);
        into.push(Resource { place, name: name.clone(), kind: ResourceKind::Grant(grant) });
    }
}

/// The modules of the registry that make networks and their endpoints.
fn module(source: &Source<'_>, block: &Block, into: &mut Vec<Resource>) {
    let from = block.body.get("source").and_then(Document::literal).unwrap_or_default();
    let mut add = |kind: ResourceKind| {
        into.push(Resource { place: source.place(block.at), name: address(block), kind });
    };
    if from.contains("vpc-endpoints") {
        // Which services it serves may stand in a map of any shape.
        add(ResourceKind::Endpoint(Stated::Computed));
    } else if from.contains("vpc/aws") {
        add(ResourceKind::Network);
        if block.body.get("enable_dynamodb_endpoint").is_some() {
            add(ResourceKind::Endpoint(Stated::Computed));
        }
    }
}
