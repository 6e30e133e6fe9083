use crate::flow::{Args, Engine, Frame};
use crate::ir::{Expr, Span, Sym};
use crate::value::{Object, Value};

/// Operations that are told by their name and one parameter that no other library's method of that name has.
const TELLING: [(&str, &[&str]); 10] = [
    ("batch_get_item", &["RequestItems"]),
    ("batch_write_item", &["RequestItems"]),
    ("delete_item", &["Key", "TableName"]),
    ("get_item", &["Key", "TableName"]),
    ("put_item", &["Item", "TableName"]),
    ("query", &["KeyConditionExpression", "KeyConditions"]),
    ("scan", &["FilterExpression", "ProjectionExpression", "ExclusiveStartKey", "TableName"]),
    ("transact_get_items", &["TransactItems"]),
    ("transact_write_items", &["TransactItems"]),
    ("update_item", &["Key", "TableName"]),
];

impl Engine {
    /// A call of a method of which nothing else is known, but that has the name and the parameters of a DynamoDB
    /// operation: tables come from dependency injection, application contexts and extensions that are not followed.
    pub(crate) fn table_like_call(
        &mut self,
        f: &mut Frame,
        place: Option<&Expr>,
        name: Sym,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        let method = self.text(name);
        if &*method == "Table" {
            let one = args.positional.len() == 1 && args.keywords.is_empty();
            let table = one.then(|| self.table_named(f, args, 0, "name", span))?;
            return Some(Value::object(Object::Table(table)));
        }
        let (_, parameters) = TELLING.iter().find(|(operation, _)| *operation == &*method)?;
        let told = parameters.iter().any(|parameter| args.keyword(self, parameter).is_some());
        let named = || {
            let text = place.map_or_else(String::new, |place| self.program.snippet(f.func, place.span, 60));
            let text = text.to_ascii_lowercase();
            ["table", "dynamo", "ddb"].iter().any(|word| text.contains(word))
        };
        // `table.scan()`, `table.query(**params)`: here the name of the variable has to say what it is.
        let unsaid = args.positional.is_empty() && matches!(&*method, "scan" | "query" | "get_item") && named();
        if !told && !unsaid {
            return None;
        }
        let table = self.table_argument(f, args, span);
        Some(self.operation(f, &method, table, args, span))
    }
}
