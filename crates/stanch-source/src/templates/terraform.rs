use super::Definition;
use super::document::Document;
use super::hcl::Block;
use crate::models::attribute_type;

/// The tables that Terraform's blocks define.
pub(crate) fn definitions(blocks: &[Block]) -> Vec<Definition> {
    let mut found = Vec::new();
    for block in blocks.iter().filter(|block| block.kind == "resource") {
        let [kind, id] = &block.labels[..] else { continue };
        if kind != "aws_dynamodb_table" {
            continue;
        }
        let body = &block.body;
        let name = string(body, "name").unwrap_or_else(|| id.clone());
        let types = body
            .all("attribute")
            .filter_map(|attribute| Some((string(attribute, "name")?, attribute_type(&string(attribute, "type")?)?)));
        let indexes = ["global_secondary_index", "local_secondary_index"].into_iter().flat_map(|kind| {
            body.all(kind).filter_map(|index| {
                let partition = string(index, "hash_key").or_else(|| string(body, "hash_key"))?;
                Some((string(index, "name")?, partition, string(index, "range_key")))
            })
        });
        found.push(Definition {
            name,
            key: string(body, "hash_key").map(|partition| (partition, string(body, "range_key"))),
            indexes: indexes.collect(),
            types: types.collect(),
        });
    }
    found
}

fn string(body: &Document, key: &str) -> Option<String> {
    body.get(key)?.literal().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::definitions;

    #[test]
    fn a_table_with_its_keys() {
        let text = "resource \"aws_dynamodb_table\" \"users\" {\n  name = \"Users\"\n  hash_key = \"id\"\n  \
                    range_key = \"at\"\n  attribute {\n    name = \"id\"\n    type = \"N\"\n  }\n}\n";
        let found = definitions(&super::super::hcl::blocks(text));
        assert_eq!(found[0].name, "Users");
        assert_eq!(found[0].key, Some(("id".to_owned(), Some("at".to_owned()))));
        assert_eq!(found[0].types.len(), 1);
    }
}
