use std::path::Path;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The embedded DynamoDB: an engine that holds tables in memory or in one file and answers DynamoDB's JSON protocol.
///
/// A handle is cheap to clone; all clones see the same tables. Methods block for the length of one SQLite statement or
/// a few, so an asynchronous caller may call them directly for single items.
#[derive(Clone)]
pub struct Engine {
    database: Database,
}

/// Why the engine refused or failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// DynamoDB's own refusal.
    #[error("{kind}: {message}")]
    Refused {
        /// The short name of the exception: `ValidationException`.
        kind: String,
        /// Its text.
        message: String,
    },
    /// The request is not what the operation takes, or there is no such operation.
    #[error("{operation} cannot be read: {reason}")]
    Unreadable {
        /// Operation as asked for.
        operation: String,
        /// What is wrong with the request.
        reason: String,
    },
    /// The file cannot be opened, or the listener failed.
    #[error("the embedded DynamoDB cannot run: {0}")]
    Failed(String),
}

impl Engine {
    /// An empty engine that lives and dies with its handles.
    ///
    /// # Errors
    /// When the in-memory store cannot be made.
    pub fn memory() -> Result<Self, EngineError> {
        Ok(Self { database: Database::memory().map_err(|error| refusal(&error))? })
    }

    /// An engine on a file, made when it is not there. One process at a time.
    ///
    /// # Errors
    /// When the path is no UTF-8 or the file cannot be opened as a store of this engine.
    pub fn file(path: &Path) -> Result<Self, EngineError> {
        let text = path.to_str().ok_or_else(|| EngineError::Failed(format!("{} is no UTF-8", path.display())))?;
        Ok(Self { database: Database::new(text).map_err(|error| EngineError::Failed(error.to_string()))? })
    }

    /// Answers AWS SDKs over HTTP on this listener until `shutdown` resolves. Any region and any key will do: the
    /// engine looks at the shape of the signature, never at its value. The future can be spawned; a listener of the
    /// standard library becomes tokio's by `set_nonblocking(true)` and `TcpListener::from_std`.
    ///
    /// # Errors
    /// When the listener fails.
    pub fn serve<Shutdown>(
        &self,
        listener: tokio::net::TcpListener,
        shutdown: Shutdown,
    ) -> impl Future<Output = Result<(), EngineError>> + Send + 'static + use<Shutdown>
    where
        Shutdown: Future<Output = ()> + Send + 'static,
    {
        let database = self.database.clone();
        async move { dynoxide::server::serve_with_shutdown(listener, database, shutdown).await.map_err(EngineError::Failed) }
    }

    /// Runs one operation by name on DynamoDB's typed JSON, as an SDK would send it.
    ///
    /// # Errors
    /// DynamoDB's refusal, or a request that the operation cannot read.
    pub fn call(&self, operation: &str, request: Value) -> Result<Value, EngineError> {
        let db = &self.database;
        match operation {
            "CreateTable" => run(operation, request, |r| db.create_table(r)),
            "DeleteTable" => run(operation, request, |r| db.delete_table(r)),
            "DescribeTable" => run(operation, request, |r| db.describe_table(r)),
            "UpdateTable" => run(operation, request, |r| db.update_table(r)),
            "ListTables" => run(operation, request, |r| db.list_tables(r)),
            "PutItem" => run(operation, request, |r| db.put_item(r)),
            "GetItem" => run(operation, request, |r| db.get_item(r)),
            "DeleteItem" => run(operation, request, |r| db.delete_item(r)),
            "UpdateItem" => run(operation, request, |r| db.update_item(r)),
            "BatchGetItem" => run(operation, request, |r| db.batch_get_item(r)),
            "BatchWriteItem" => run(operation, request, |r| db.batch_write_item(r)),
            "Query" => run(operation, request, |r| db.query(r)),
            "Scan" => run(operation, request, |r| db.scan(r)),
            "TransactGetItems" => run(operation, request, |r| db.transact_get_items(r)),
            "TransactWriteItems" => run(operation, request, |r| db.transact_write_items(r)),
            "UpdateTimeToLive" => run(operation, request, |r| db.update_time_to_live(r)),
            "DescribeTimeToLive" => run(operation, request, |r| db.describe_time_to_live(r)),
            _ => Err(EngineError::Unreadable {
                operation: operation.to_owned(),
                reason: "this operation is served over HTTP only".to_owned(),
            }),
        }
    }

    /// Makes a table. The request is CreateTable's.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn create_table(&self, request: Value) -> Result<Value, EngineError> {
        self.call("CreateTable", request)
    }

    /// Removes a table with all its items.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn delete_table(&self, table: &str) -> Result<(), EngineError> {
        self.call("DeleteTable", json!({ "TableName": table })).map(drop)
    }

    /// The `Table` member of DescribeTable's answer.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn describe_table(&self, table: &str) -> Result<Value, EngineError> {
        self.call("DescribeTable", json!({ "TableName": table })).map(|mut answer| answer["Table"].take())
    }

    /// Names of all tables, sorted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn table_names(&self) -> Result<Vec<String>, EngineError> {
        let mut names = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = json!({});
            if start.is_string() {
                request["ExclusiveStartTableName"] = start;
            }
            let mut page = self.call("ListTables", request)?;
            names.extend(
                page["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned),
            );
            start = page["LastEvaluatedTableName"].take();
            if !start.is_string() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// Writes a whole item in typed JSON: `{"id": {"S": "1"}}`.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn put_item(&self, table: &str, item: &Value) -> Result<(), EngineError> {
        self.call("PutItem", json!({ "TableName": table, "Item": item })).map(drop)
    }

    /// Reads one item in typed JSON, none when there is none.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn get_item(&self, table: &str, key: &Value) -> Result<Option<Value>, EngineError> {
        let mut answer = self.call("GetItem", json!({ "TableName": table, "Key": key, "ConsistentRead": true }))?;
        Ok(answer.get_mut("Item").map(Value::take))
    }

    /// Removes one item.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn delete_item(&self, table: &str, key: &Value) -> Result<(), EngineError> {
        self.call("DeleteItem", json!({ "TableName": table, "Key": key })).map(drop)
    }

    /// Every item of a table, in the engine's order, which depends on the keys alone.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn items(&self, table: &str) -> Result<Vec<Value>, EngineError> {
        let mut items = Vec::new();
        let mut start = Value::Null;
        loop {
            let mut request = json!({ "TableName": table, "ConsistentRead": true });
            if start.is_object() {
                request["ExclusiveStartKey"] = start;
            }
            let mut page = self.call("Scan", request)?;
            if let Some(Value::Array(more)) = page.get_mut("Items").map(Value::take) {
                items.extend(more);
            }
            start = page.get_mut("LastEvaluatedKey").map_or(Value::Null, Value::take);
            if !start.is_object() {
                return Ok(items);
            }
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    operation: &str,
    request: Value,
    call: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<Value, EngineError> {
    let unreadable = |error: serde_json::Error| EngineError::Unreadable {
        operation: operation.to_owned(),
        reason: error.to_string(),
    };
    let request = serde_json::from_value(request).map_err(unreadable)?;
    let answer = call(request).map_err(|error| refusal(&error))?;
    serde_json::to_value(answer).map_err(unreadable)
}

fn refusal(error: &DynoxideError) -> EngineError {
    let kind = error.error_type();
    EngineError::Refused { kind: kind.rsplit('#').next().unwrap_or(kind).to_owned(), message: error.to_string() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use serde_json::json;

    use super::{Engine, EngineError};

    fn users(engine: &Engine) {
        let table = json!({
            "TableName": "users", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        });
        engine.create_table(table).unwrap();
    }

    #[test]
    fn items_are_written_read_listed_and_removed() {
        let engine = Engine::memory().unwrap();
        users(&engine);
        assert_eq!(engine.table_names().unwrap(), ["users"]);
        for n in 0..150 {
            engine.put_item("users", &json!({"id": {"S": format!("u{n:03}")}, "n": {"N": n.to_string()}})).unwrap();
        }
        assert_eq!(engine.items("users").unwrap().len(), 150);
        engine.delete_item("users", &json!({"id": {"S": "u000"}})).unwrap();
        assert_eq!(engine.get_item("users", &json!({"id": {"S": "u000"}})).unwrap(), None);
        let found = engine.get_item("users", &json!({"id": {"S": "u001"}})).unwrap().unwrap();
        assert_eq!(found["n"], json!({"N": "1"}));
        assert_eq!(engine.describe_table("users").unwrap()["TableStatus"], "ACTIVE");
    }

    #[test]
    fn refusals_keep_the_name_of_the_exception() {
        let engine = Engine::memory().unwrap();
        let missing = engine.put_item("nowhere", &json!({"id": {"S": "1"}})).unwrap_err();
        assert!(matches!(missing, EngineError::Refused { kind, .. } if kind == "ResourceNotFoundException"));
        assert!(matches!(engine.call("Nonsense", json!({})), Err(EngineError::Unreadable { .. })));
        assert!(matches!(engine.call("GetItem", json!([1])), Err(EngineError::Unreadable { .. })));
    }

    #[test]
    fn a_file_keeps_its_items_between_handles() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        {
            let engine = Engine::file(&path).unwrap();
            users(&engine);
            engine.put_item("users", &json!({"id": {"S": "kept"}})).unwrap();
        }
        let again = Engine::file(&path).unwrap();
        assert!(again.get_item("users", &json!({"id": {"S": "kept"}})).unwrap().is_some());
    }
}
