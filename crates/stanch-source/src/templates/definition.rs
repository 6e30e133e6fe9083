use std::collections::BTreeMap;

use stanch_api::AttributeType;

use super::document::{Content, Document};
use crate::models::attribute_type;

/// A table as a template defines it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Its name; `$VARIABLE` if it is known only by the environment variable that hands it to the app.
    pub(crate) name: String,
    pub(crate) key: Option<(String, Option<String>)>,
    pub(crate) indexes: Vec<(String, String, Option<String>)>,
    pub(crate) types: Vec<(String, AttributeType)>,
}

/// The tables of a CloudFormation, SAM or Serverless template.
pub(crate) fn definitions(document: &Document) -> Vec<Definition> {
    let mut variables = Vec::new();
    environment(document, 0, &mut variables);
    let mut found = Vec::new();
    for (id, resource) in logical(document) {
        let kind = resource.get("Type").and_then(Document::text).unwrap_or_default();
        if !matches!(kind, "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | "AWS::Serverless::SimpleTable") {
            continue;
        }
        let Some(properties) = resource.get("Properties") else { continue };
        found.push(definition(id, properties, &variables));
    }
    found
}

/// The name under which the code knows each table of a template, by logical name.
pub(crate) fn names(document: &Document) -> BTreeMap<&str, String> {
    let mut variables = Vec::new();
    environment(document, 0, &mut variables);
    logical(document)
        .into_iter()
        .filter_map(|(id, resource)| Some((id, name(id, resource.get("Properties")?, &variables))))
        .collect()
}

/// The resources of a template by their logical names: its own, those that a Serverless file holds in one piece or in
/// several, or those of a piece that such a file takes in.
pub(crate) fn logical(document: &Document) -> Vec<(&str, &Document)> {
    let own = document.get("Resources").into_iter();
    let inside =
        document.get("resources").into_iter().flat_map(Document::each).filter_map(|part| part.get("Resources"));
    let mut all: Vec<&(String, Document)> = own.chain(inside).flat_map(Document::pairs).collect();
    if all.is_empty() {
        let is_resource =
            |part: &Document| part.get("Type").and_then(Document::text).is_some_and(|kind| kind.starts_with("AWS::"));
        all = document.pairs().iter().filter(|(_, part)| is_resource(part)).collect();
    }
    all.into_iter().map(|(id, resource)| (id.as_str(), resource)).collect()
}

fn definition(id: &str, properties: &Document, variables: &[(String, String)]) -> Definition {
    let name = name(id, properties, variables);
    let entries = |key: &str| properties.get(key).map(Document::list).unwrap_or_default();
    let mut types: Vec<(String, AttributeType)> = entries("AttributeDefinitions")
        .iter()
        .filter_map(|entry| {
            let kind = attribute_type(entry.get("AttributeType")?.text()?)?;
            Some((entry.get("AttributeName")?.text()?.to_owned(), kind))
        })
        .collect();
    let mut key = schema(properties);
    // SAM's short form has a partition key only, `id` unless it is named.
    if let Some(primary) = properties.get("PrimaryKey") {
        let name = primary.get("Name").and_then(Document::text).unwrap_or("id");
        let kind = primary.get("Type").and_then(Document::text).unwrap_or("String");
        let kind = match kind {
            "Number" => AttributeType::Number,
            "Binary" => AttributeType::Binary,
            _ => AttributeType::String,
        };
        key = Some((name.to_owned(), None));
        types.push((name.to_owned(), kind));
    }
    let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]
        .iter()
        .flat_map(|key| entries(key))
        .filter_map(|index| {
            let (partition, sort) = schema(index)?;
            Some((index.get("IndexName")?.text()?.to_owned(), partition, sort))
        })
        .collect();
    Definition { name, key, indexes, types }
}

fn name(id: &str, properties: &Document, variables: &[(String, String)]) -> String {
    let written = properties.get("TableName").and_then(Document::text);
    let reference = format!("!Ref {id}");
    let handed = variables.iter().find(|(_, value)| Some(value.as_str()) == written || *value == reference);
    match (written, handed) {
        (Some(name), _) if !name.contains("${") && !name.starts_with('!') => name.to_owned(),
        (_, Some((variable, _))) => format!("${variable}"),
        _ => id.to_owned(),
    }
}

fn schema(of: &Document) -> Option<(String, Option<String>)> {
    let (mut partition, mut sort) = (None, None);
    for entry in of.get("KeySchema")?.list() {
        let name = entry.get("AttributeName").and_then(Document::text).map(str::to_owned);
        match entry.get("KeyType").and_then(Document::text) {
            Some("RANGE") => sort = name,
            _ => partition = name,
        }
    }
    Some((partition?, sort))
}

/// Environment variables that the template sets, wherever it does.
fn environment(document: &Document, depth: usize, into: &mut Vec<(String, String)>) {
    if depth > 12 {
        return;
    }
    for (name, value) in document.pairs() {
        if matches!(name.as_str(), "environment" | "Variables") {
            let reference = |value: &Document| match &value.content {
                Content::Map(_) => value.written().filter(|text| text.starts_with("!Ref ")),
                Content::Text(text) => Some(text.clone()),
                Content::List(_) | Content::Computed(_) => None,
            };
            into.extend(value.pairs().iter().filter_map(|(name, value)| Some((name.clone(), reference(value)?))));
        }
        environment(value, depth + 1, into);
    }
    document.list().iter().for_each(|value| environment(value, depth + 1, into));
}

#[cfg(test)]
mod tests {
    use super::super::document::parse;
    use super::Definition;

    fn definitions(text: &str) -> Vec<Definition> {
        parse(text).map(|document| super::definitions(&document)).unwrap_or_default()
    }

    #[test]
    fn serverless_names_its_table_by_the_variable() {
        let text = "provider:\n  environment:\n    USERS: ${self:custom.t}\nresources:\n  Resources:\n    T:\n      \
                    Type: 'AWS::DynamoDB::Table'\n      Properties:\n        TableName: ${self:custom.t}\n        \
                    AttributeDefinitions:\n          - AttributeName: userId\n            AttributeType: S\n        \
                    KeySchema:\n          - AttributeName: userId\n            KeyType: HASH\n";
        let found = definitions(text);
        assert_eq!((found[0].name.as_str(), found[0].types.len()), ("$USERS", 1));
        assert_eq!(found[0].key, Some(("userId".to_owned(), None)));
        assert!(definitions("a: [AWS::DynamoDB::Table").is_empty());
    }

    #[test]
    fn sam_refers_to_its_table() {
        let text = "Resources:\n  Users:\n    Type: AWS::Serverless::SimpleTable\n    Properties:\n      PrimaryKey:\n        \
                    Name: email\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Environment:\n        \
                    Variables:\n          TABLE: !Ref Users\n";
        let found = definitions(text);
        assert_eq!(found[0].name, "$TABLE");
        assert_eq!(found[0].key, Some(("email".to_owned(), None)));
    }
}
