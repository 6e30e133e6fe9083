//! Variables that templates put into the environment of functions and tasks.

use super::Source;
use super::document::{Content, Document};
use super::resource::{EnvironmentValue, EnvironmentVariable, Resource, ResourceKind};

/// Types of resources that `Ref` stands for by an ARN or a name, not by what lies in them (CloudFormation's pages of
/// their return values).
const STORES: [&str; 4] =
    ["AWS::KMS::Key", "AWS::SSM::Parameter", "AWS::SecretsManager::RotationSchedule", "AWS::SecretsManager::Secret"];

/// The variables of a Lambda function or a task of ECS in CloudFormation.
pub(crate) fn of_function(
    source: &Source<'_>,
    name: &str,
    properties: &Document,
    logical: &[(&str, &Document)],
    into: &mut Vec<Resource>,
) {
    if let Some(variables) = properties.path(&["Environment", "Variables"]) {
        push(source, name, variables, logical, into);
    }
    for container in properties.get("ContainerDefinitions").map(Document::list).unwrap_or_default() {
        if let Some(environment) = container.get("Environment") {
            push_list(source, name, environment, ["Name", "Value"], logical, into);
        }
    }
}

/// The variables that a Serverless file or Chalice's settings give to all functions or to one.
pub(crate) fn of_tool(
    source: &Source<'_>,
    key: &str,
    value: &Document,
    logical: &[(&str, &Document)],
    into: &mut Vec<Resource>,
) {
    if key == "environment_variables" {
        return push(source, "all functions", value, logical, into);
    }
    if let Some(variables) = value.get("environment").filter(|_| key == "provider") {
        push(source, "provider", variables, logical, into);
    }
    for (name, part) in value.pairs() {
        match key {
            "functions" => {
                if let Some(variables) = part.get("environment") {
                    push(source, name, variables, logical, into);
                }
            }
            "stages" => {
                if let Some(variables) = part.get("environment_variables") {
                    push(source, name, variables, logical, into);
                }
            }
            _ => {}
        }
    }
}

/// A map of names and values.
pub(crate) fn push(
    source: &Source<'_>,
    name: &str,
    variables: &Document,
    logical: &[(&str, &Document)],
    into: &mut Vec<Resource>,
) {
    let read = variables.pairs().iter().filter_map(|(name, value)| variable(source, name, value, logical));
    add(source, name, variables, read.collect(), into);
}

/// A list of entries with a name and a value each.
pub(crate) fn push_list(
    source: &Source<'_>,
    name: &str,
    entries: &Document,
    [key, value]: [&str; 2],
    logical: &[(&str, &Document)],
    into: &mut Vec<Resource>,
) {
    let read = entries
        .list()
        .iter()
        .filter_map(|entry| variable(source, entry.get(key)?.literal()?, entry.get(value)?, logical));
    add(source, name, entries, read.collect(), into);
}

fn add(source: &Source<'_>, name: &str, at: &Document, variables: Vec<EnvironmentVariable>, into: &mut Vec<Resource>) {
    if !variables.is_empty() {
        let kind = ResourceKind::Environment(variables);
        into.push(Resource { place: source.place(at.at), name: name.to_owned(), kind });
    }
}

fn variable(
    source: &Source<'_>,
    name: &str,
    value: &Document,
    logical: &[(&str, &Document)],
) -> Option<EnvironmentVariable> {
    let text = value.written()?;
    if text.is_empty() {
        return None;
    }
    let stores = |id: &str| {
        let kind =
            logical.iter().find(|(known, _)| *known == id).and_then(|(_, resource)| resource.get("Type")?.text());
        kind.is_some_and(|kind| STORES.contains(&kind))
    };
    let is_reference = value.is_computed() || text.starts_with("{{resolve:");
    let value_kind = if is_pointer(&text) || text.strip_prefix("!Ref ").is_some_and(stores) {
        EnvironmentValue::Pointer
    } else if is_reference {
        EnvironmentValue::Reference(text)
    } else {
        EnvironmentValue::Literal
    };
    let place = source.place(match value.content {
        Content::Map(_) | Content::List(_) => super::document::Position { end_column: value.at.column, ..value.at },
        _ => value.at,
    });
    Some(EnvironmentVariable { name: name.to_owned(), value: value_kind, place })
}

/// Whether a value says where a secret lies: an ARN, a path of the parameter store, the name or id of a resource.
fn is_pointer(text: &str) -> bool {
    let last = text.trim_end_matches(['}', '"', ')']).rsplit('.').next().unwrap_or_default();
    let of_resource = text.starts_with("!GetAtt") || text.contains("aws_");
    text.starts_with("arn:")
        || text.starts_with('/')
        || text.starts_with("!Sub arn:")
        || of_resource && matches!(last.to_ascii_lowercase().as_str(), "arn" | "name" | "id" | "key_id" | "keyid")
        || text.ends_with("SecretArn")
        || text.ends_with("Arn")
}

#[cfg(test)]
mod tests {
    use super::is_pointer;

    #[test]
    fn an_arn_is_no_secret() {
        for text in ["arn:aws:secretsmanager:eu-west-1:1:secret:x", "/app/token", "!GetAtt Token.Arn", "!Ref TokenArn"]
        {
            assert!(is_pointer(text), "{text}");
        }
        for text in ["!Ref Token", "${ssm:/app/token}", "random_password.token.result", "var.token", "plain"] {
            assert!(!is_pointer(text), "{text}");
        }
        assert!(is_pointer("aws_secretsmanager_secret.token.arn"));
    }
}
