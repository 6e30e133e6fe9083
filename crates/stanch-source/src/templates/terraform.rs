use hcl_edit::structure::Body;

use super::Definition;
use crate::models::attribute_type;

/// The `aws_dynamodb_table` resources of a Terraform file.
pub(crate) fn definitions(text: &str) -> Vec<Definition> {
    if !text.contains("aws_dynamodb_table") {
        return Vec::new();
    }
    let Ok(body) = hcl_edit::parser::parse_body(text) else { return Vec::new() };
    let mut found = Vec::new();
    for block in body.get_blocks("resource") {
        let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        let ["aws_dynamodb_table", id] = labels[..] else { continue };
        let name = string(&block.body, "name").unwrap_or_else(|| id.to_owned());
        let types = block.body.get_blocks("attribute").filter_map(|attribute| {
            Some((string(&attribute.body, "name")?, attribute_type(&string(&attribute.body, "type")?)?))
        });
        let indexes = ["global_secondary_index", "local_secondary_index"].into_iter().flat_map(|kind| {
            block.body.get_blocks(kind).filter_map(|index| {
                let partition = string(&index.body, "hash_key").or_else(|| string(&block.body, "hash_key"))?;
                Some((string(&index.body, "name")?, partition, string(&index.body, "range_key")))
            })
        });
        found.push(Definition {
            name,
            key: string(&block.body, "hash_key").map(|partition| (partition, string(&block.body, "range_key"))),
            indexes: indexes.collect(),
            types: types.collect(),
        });
    }
    found
}

fn string(body: &Body, key: &str) -> Option<String> {
    body.get_attribute(key)?.value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::definitions;

    #[test]
    fn a_table_with_its_keys() {
        let text = "resource \"aws_dynamodb_table\" \"users\" {\n  name = \"Users\"\n  hash_key = \"id\"\n  \
                    range_key = \"at\"\n  attribute {\n    name = \"id\"\n    type = \"N\"\n  }\n}\n";
        let found = definitions(text);
        assert_eq!(found[0].name, "Users");
        assert_eq!(found[0].key, Some(("id".to_owned(), Some("at".to_owned()))));
        assert_eq!(found[0].types.len(), 1);
    }
}
