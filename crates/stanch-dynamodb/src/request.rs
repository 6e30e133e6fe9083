//! What a request says of the tables that it touches.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::expression::{self, Token, comparisons, tokens};
use crate::spec::{KeyAttribute, KeyType};

/// One way in which a request touches a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableUse {
    pub(crate) table: String,
    pub(crate) how: Use,
}

/// How a table is touched, as far as that tells its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// By its whole primary key.
    Key(Vec<KeyAttribute>),
    /// By a condition on the key of the table or of an index.
    Query {
        /// The index, none for the table itself.
        index: Option<String>,
        /// Attributes compared for equality, in order.
        equal: Vec<KeyAttribute>,
        /// The attribute compared otherwise: a sort key.
        range: Option<KeyAttribute>,
        /// Whether a consistent read is asked for, which only a local index can give.
        consistent: bool,
    },
    /// By writing this item: its scalar attributes in the order of the request.
    Item(Vec<KeyAttribute>),
    /// From end to end.
    Scan {
        /// The index, none for the table itself.
        index: Option<String>,
    },
}

/// Every use of a table in a request that reads or writes items. Administration (DescribeTable, CreateTable) is none.
pub(crate) fn uses(operation: &str, body: &Value) -> Vec<TableUse> {
    let table = table_name(body);
    let one = |how: Option<Use>| -> Vec<TableUse> {
        let both = table.clone().zip(how);
        both.map(|(table, how)| TableUse { table, how }).into_iter().collect()
    };
    match operation {
        "GetItem" | "DeleteItem" | "UpdateItem" => one(Some(key_use(&body["Key"]))),
        "PutItem" => one(Some(Use::Item(scalars(&body["Item"])))),
        "Query" => one(Some(query(body))),
        "Scan" => one(Some(Use::Scan { index: text(&body["IndexName"]) })),
        "BatchGetItem" => per_table(&body["RequestItems"], |block| {
            block["Keys"].as_array().into_iter().flatten().map(key_use).collect()
        }),
        "BatchWriteItem" => per_table(&body["RequestItems"], |block| {
            block.as_array().into_iter().flatten().filter_map(written_in_batch).collect()
        }),
        "TransactGetItems" | "TransactWriteItems" => {
            let members = body["TransactItems"].as_array().into_iter().flatten();
            members.filter_map(|member| in_transaction(member.as_object()?.values().next()?)).collect()
        }
        "ExecuteStatement" => statement(body).into_iter().collect(),
        "ExecuteTransaction" | "BatchExecuteStatement" => {
            let member = if operation == "ExecuteTransaction" { "TransactStatements" } else { "Statements" };
            body[member].as_array().into_iter().flatten().filter_map(statement).collect()
        }
        _ => Vec::new(),
    }
}

/// Names of all tables that a request names, in order, once each.
pub(crate) fn tables(operation: &str, body: &Value) -> Vec<String> {
    let mut names: Vec<String> = table_name(body).into_iter().collect();
    for used in uses(operation, body) {
        if !names.contains(&used.table) {
            names.push(used.table);
        }
    }
    names
}

/// Whether the operation can change items.
pub(crate) fn writes(operation: &str, body: &Value) -> bool {
    let statement_writes = |statement: &Value| {
        let first = statement["Statement"].as_str().unwrap_or("").trim_start().get(..6).unwrap_or("");
        !first.eq_ignore_ascii_case("select")
    };
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems" => true,
        "ExecuteStatement" => statement_writes(body),
        "ExecuteTransaction" => body["TransactStatements"].as_array().into_iter().flatten().any(statement_writes),
        "BatchExecuteStatement" => body["Statements"].as_array().into_iter().flatten().any(statement_writes),
        _ => false,
    }
}

/// Top-level names that the request's projections ask for, none when one of them asks for everything.
pub(crate) fn asked(body: &Value) -> Option<BTreeSet<String>> {
    let of_block = |block: &Value| -> Option<BTreeSet<String>> {
        if let Some(names) = block["AttributesToGet"].as_array() {
            return Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        let expression = block["ProjectionExpression"].as_str()?;
        Some(expression::projected(expression, &block["ExpressionAttributeNames"]))
    };
    if body["Select"] == "COUNT" {
        return Some(BTreeSet::new());
    }
    let blocks: Vec<&Value> = match (&body["RequestItems"], &body["TransactItems"]) {
        (Value::Object(blocks), _) => blocks.values().collect(),
        (_, Value::Array(members)) => members.iter().filter_map(|m| m.get("Get")).collect(),
        _ => vec![body],
    };
    let sets: Option<Vec<BTreeSet<String>>> = blocks.into_iter().map(of_block).collect();
    sets.filter(|sets| !sets.is_empty()).map(|sets| sets.into_iter().flatten().collect())
}

/// Top-level names that the request writes, as far as it names them.
pub(crate) fn written(operation: &str, body: &Value) -> BTreeSet<String> {
    let of_item = |item: &Value| -> BTreeSet<String> {
        item.as_object().into_iter().flat_map(|members| members.keys().cloned()).collect()
    };
    let of_update = |update: &Value| {
        let mut names = of_item(&update["AttributeUpdates"]);
        if let Some(expression) = update["UpdateExpression"].as_str() {
            names.extend(expression::updated(expression, &update["ExpressionAttributeNames"]));
        }
        names
    };
    match operation {
        "PutItem" => of_item(&body["Item"]),
        "UpdateItem" => of_update(body),
        "BatchWriteItem" => {
            let blocks = body["RequestItems"].as_object().into_iter().flat_map(|blocks| blocks.values());
            let requests = blocks.filter_map(Value::as_array).flatten();
            requests.flat_map(|request| of_item(&request["PutRequest"]["Item"])).collect()
        }
        "TransactWriteItems" => {
            let members = body["TransactItems"].as_array().into_iter().flatten();
            members.flat_map(|m| of_item(&m["Put"]["Item"]).into_iter().chain(of_update(&m["Update"]))).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// `TableName`, or the name at the end of the table's ARN.
fn table_name(body: &Value) -> Option<String> {
    let name = body["TableName"].as_str().or_else(|| body["ResourceArn"].as_str())?;
    Some(bare(name).to_owned())
}

fn bare(name: &str) -> &str {
    match name.strip_prefix("arn:") {
        Some(arn) => arn.split('/').nth(1).unwrap_or(name),
        None => name,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A key, or nothing of use when a value has a type that no key can have.
fn key_use(key: &Value) -> Use {
    let attributes = key.as_object().into_iter().flatten();
    let read: Option<Vec<KeyAttribute>> = attributes.map(|(name, value)| attribute(name, value)).collect();
    Use::Key(read.unwrap_or_default())
}

fn attribute(name: &str, value: &Value) -> Option<KeyAttribute> {
    Some(KeyAttribute { name: name.to_owned(), kind: KeyType::of_value(value)? })
}

fn scalars(item: &Value) -> Vec<KeyAttribute> {
    item.as_object().into_iter().flatten().filter_map(|(name, value)| attribute(name, value)).collect()
}

fn query(body: &Value) -> Use {
    let mut equal = Vec::new();
    let mut range = None;
    let mut add = |attribute: KeyAttribute, is_equal: bool| {
        if is_equal {
            equal.push(attribute);
        } else {
            range = Some(attribute);
        }
    };
    if let Some(expression) = body["KeyConditionExpression"].as_str() {
        for comparison in comparisons(&tokens(expression), &body["ExpressionAttributeNames"]) {
            let value = match comparison.with {
                Token::Value(placeholder) => &body["ExpressionAttributeValues"][placeholder],
                _ => &Value::Null,
            };
            let kind = KeyType::of_value(value).unwrap_or(KeyType::String);
            add(KeyAttribute { name: comparison.name, kind }, comparison.equal);
        }
    }
    for (name, condition) in body["KeyConditions"].as_object().into_iter().flatten() {
        if let Some(attribute) = attribute(name, &condition["AttributeValueList"][0]) {
            add(attribute, condition["ComparisonOperator"] == "EQ");
        }
    }
    Use::Query { index: text(&body["IndexName"]), equal, range, consistent: body["ConsistentRead"] == true }
}

fn per_table(blocks: &Value, uses: impl Fn(&Value) -> Vec<Use>) -> Vec<TableUse> {
    let blocks = blocks.as_object().into_iter().flatten();
    blocks
        .flat_map(|(table, block)| {
            let table = bare(table).to_owned();
            uses(block).into_iter().map(move |how| TableUse { table: table.clone(), how })
        })
        .collect()
}

fn written_in_batch(request: &Value) -> Option<Use> {
    match (request.get("PutRequest"), request.get("DeleteRequest")) {
        (Some(put), _) => Some(Use::Item(scalars(&put["Item"]))),
        (_, Some(delete)) => Some(key_use(&delete["Key"])),
        _ => None,
    }
}

fn in_transaction(action: &Value) -> Option<TableUse> {
    let how = action.get("Item").map_or_else(|| key_use(&action["Key"]), |item| Use::Item(scalars(item)));
    Some(TableUse { table: table_name(action)?, how })
}

/// Table and condition of a PartiQL statement.
fn statement(body: &Value) -> Option<TableUse> {
    let tokens = tokens(body["Statement"].as_str()?);
    let keyword = |token: &Token<'_>, words: &[&str]| matches!(token, Token::Word(word) if words.iter().any(|w| word.eq_ignore_ascii_case(w)));
    let at = tokens.iter().position(|token| keyword(token, &["from", "into", "update"]))?;
    let Token::Word(table) = tokens.get(at + 1)? else { return None };
    let index = match (tokens.get(at + 2), tokens.get(at + 3)) {
        (Some(Token::Sign(".")), Some(Token::Word(index))) => Some((*index).to_owned()),
        _ => None,
    };
    let parameters = body["Parameters"].as_array();
    if keyword(tokens.first()?, &["insert"]) {
        let item = inserted(&tokens, parameters.map_or(&[], Vec::as_slice));
        return Some(TableUse { table: (*table).to_owned(), how: Use::Item(item) });
    }
    let where_at = tokens.iter().position(|token| keyword(token, &["where"]));
    let mut how = Use::Scan { index: index.clone() };
    if let Some(where_at) = where_at {
        let mut marks = tokens[..where_at].iter().filter(|t| matches!(t, Token::Sign("?"))).count();
        let mut equal = Vec::new();
        for comparison in comparisons(&tokens[where_at..], &Value::Null) {
            let mut kind = KeyType::String;
            if comparison.with == Token::Sign("?") {
                kind = parameters.and_then(|p| KeyType::of_value(p.get(marks)?)).unwrap_or(kind);
                marks += 1;
            } else if matches!(comparison.with, Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit())) {
                kind = KeyType::Number;
            }
            if comparison.equal {
                equal.push(KeyAttribute { name: comparison.name, kind });
            }
        }
        // UPDATE and DELETE take the whole key; a SELECT may compare anything, so only its first name says something.
        how = if matches!(tokens.first(), Some(first) if keyword(first, &["update", "delete"])) {
            Use::Key(equal)
        } else {
            equal.truncate(1);
            Use::Query { index, equal, range: None, consistent: false }
        };
    }
    Some(TableUse { table: (*table).to_owned(), how })
}

/// Scalar members of `VALUE {'name': value, …}`, nested ones included, which is more than a key needs.
fn inserted(tokens: &[Token<'_>], parameters: &[Value]) -> Vec<KeyAttribute> {
    let mut marks = parameters.iter();
    let mut members = Vec::new();
    for window in tokens.windows(3) {
        // The colon is read as the sign of a value: without a name before a space, with digits before a number.
        let [Token::Literal(name), Token::Value(colon), value] = window else { continue };
        let kind = match value {
            _ if colon.len() > 1 => colon[1..].starts_with(|c: char| c.is_ascii_digit()).then_some(KeyType::Number),
            Token::Sign("?") => marks.next().and_then(KeyType::of_value),
            Token::Literal(_) => Some(KeyType::String),
            Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => Some(KeyType::Number),
            _ => None,
        };
        members.extend(kind.map(|kind| KeyAttribute { name: (*name).to_owned(), kind }));
    }
    members
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{KeyAttribute, KeyType, Use, asked, tables, uses, writes, written};

    fn attribute(name: &str, kind: KeyType) -> KeyAttribute {
        KeyAttribute { name: name.to_owned(), kind }
    }

    #[test]
    fn every_kind_of_request_tells_its_tables() {
        let key = json!({"id": {"N": "1"}});
        let batch = json!({"RequestItems": {"aaa": {"Keys": [key]}, "arn:aws:dynamodb:eu-west-1:1:table/bbb": {"Keys": [key]}}});
        assert_eq!(tables("BatchGetItem", &batch), ["aaa", "bbb"]);
        assert_eq!(uses("BatchGetItem", &batch)[0].how, Use::Key(vec![attribute("id", KeyType::Number)]));
        let transaction = json!({"TransactItems": [{"Put": {"TableName": "ccc", "Item": {"pk": {"S": "x"}}}}, {"Delete": {"TableName": "ddd", "Key": key}}]});
        assert_eq!(tables("TransactWriteItems", &transaction), ["ccc", "ddd"]);
        assert_eq!(written("TransactWriteItems", &transaction), ["pk".to_owned()].into());
    }

    #[test]
    fn a_query_tells_partition_sort_and_types() {
        let body = json!({
            "TableName": "notes", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o AND at > :a",
            "ExpressionAttributeNames": {"#o": "owner"}, "ExpressionAttributeValues": {":o": {"S": "x"}, ":a": {"N": "1"}},
        });
        let expected = Use::Query {
            index: Some("by-owner".to_owned()),
            equal: vec![attribute("owner", KeyType::String)],
            range: Some(attribute("at", KeyType::Number)),
            consistent: false,
        };
        assert_eq!(uses("Query", &body)[0].how, expected);
        let legacy = json!({"TableName": "notes", "IndexName": "by-owner", "KeyConditions": {
            "at": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "1"}]},
            "owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}}});
        assert_eq!(uses("Query", &legacy)[0].how, expected);
    }

    #[test]
    fn partiql_tells_table_index_and_condition() {
        let body = json!({"Statement": "SELECT * FROM \"users\".\"by-mail\" WHERE mail = ? AND age = 3", "Parameters": [{"S": "x"}]});
        let expected = Use::Query {
            index: Some("by-mail".to_owned()),
            equal: vec![attribute("mail", KeyType::String)],
            range: None,
            consistent: false,
        };
        assert_eq!(uses("ExecuteStatement", &body)[0].how, expected);
        let delete = json!({"Statement": "delete from users where mail = 'x' and age = 3"});
        let key = vec![attribute("mail", KeyType::String), attribute("age", KeyType::Number)];
        assert_eq!(uses("ExecuteStatement", &delete)[0].how, Use::Key(key));
        let insert = json!({"Statement": "INSERT INTO users VALUE {'mail': ?, 'age':3, 'tags': ['a']}", "Parameters": [{"S": "x"}]});
        let item = vec![attribute("mail", KeyType::String), attribute("age", KeyType::Number)];
        assert_eq!(uses("ExecuteStatement", &insert)[0].how, Use::Item(item));
        assert!(!writes("ExecuteStatement", &body));
        assert!(writes("ExecuteStatement", &json!({"Statement": "DELETE FROM users WHERE id = 'x'"})));
    }

    #[test]
    fn a_projection_of_every_block_is_a_projection() {
        let block = json!({"Keys": [], "ProjectionExpression": "#a, b.c", "ExpressionAttributeNames": {"#a": "a"}});
        let both = json!({"RequestItems": {"aaa": block, "bbb": block}});
        assert_eq!(asked(&both), Some(["a", "b"].map(str::to_owned).into()));
        assert_eq!(asked(&json!({"RequestItems": {"aaa": block, "bbb": {"Keys": []}}})), None);
        assert_eq!(asked(&json!({"TableName": "aaa", "AttributesToGet": ["z"]})), Some(["z".to_owned()].into()));
        assert_eq!(asked(&json!({"TableName": "aaa"})), None);
    }
}
