use std::collections::BTreeSet;

use stanch_api::AttributeSet;

use super::expressions::attribute_names;
use crate::facts::{ExpressionKind, SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame, named_fields};
use crate::ir::{Span, Sym};
use crate::value::{Key, Object, Shape, TableId, Value};

/// What an operation does, by boto3's name of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Read,
    Batch,
    Put,
    Update,
    Delete,
    Statement,
    CreateTable,
    BatchWrite,
    TransactWrite,
}

static OPERATIONS: &[(&str, Operation)] = &[
    ("batch_execute_statement", Operation::Statement),
    ("batch_get_item", Operation::Batch),
    ("batch_write_item", Operation::BatchWrite),
    ("create_table", Operation::CreateTable),
    ("delete_item", Operation::Delete),
    ("execute_statement", Operation::Statement),
    ("get_item", Operation::Read),
    ("put_item", Operation::Put),
    ("query", Operation::Read),
    ("scan", Operation::Read),
    ("transact_get_items", Operation::Batch),
    ("transact_write_items", Operation::TransactWrite),
    ("update_item", Operation::Update),
];

/// Parameters of an operation that are expressions written as text.
const EXPRESSIONS: [(&str, ExpressionKind); 6] = [
    ("ConditionExpression", ExpressionKind::Condition),
    ("FilterExpression", ExpressionKind::Filter),
    ("KeyConditionExpression", ExpressionKind::KeyCondition),
    ("ProjectionExpression", ExpressionKind::Projection),
    ("Statement", ExpressionKind::PartiQl),
    ("UpdateExpression", ExpressionKind::Update),
];

impl Engine {
    /// A call of boto3: of a factory, a client, a resource, a paginator or the conditions module.
    pub(super) fn boto3_call(&mut self, f: &mut Frame, name: &str, args: &Args<'_>, span: Span) -> Option<Value> {
        let ext = |engine: &mut Self, name: &str| {
            let site = engine.site(f.func, span);
            Some(Value::object(Object::Ext(engine.program.names.intern(name), site)))
        };
        match name {
            "boto3.client" | "boto3.resource" => {
                self.endpoint_arguments(args);
                let service = args.get(self, 0, "service_name").and_then(|value| value.text());
                let service = service.map_or_else(|| "unknown".into(), |service| self.text(service));
                let kind = name.trim_start_matches("boto3.");
                return ext(self, &format!("aws.{service}.{kind}"));
            }
            // DynamoDB's cache answers as the service does.
            "amazondax.AmazonDaxClient.resource" => return ext(self, "aws.dynamodb.resource"),
            "amazondax.AmazonDaxClient" => return ext(self, "aws.dynamodb.client"),
            name if name.starts_with("boto3.dynamodb.conditions.") => {
                // `Key(name)`, `Attr(name)`, `And(a, b)`: boto3 sends names and values apart from the text it makes.
                let held = args.blurred().with_conditions(&args.first());
                let attribute = match name.rsplit('.').next() {
                    Some("Key" | "Attr") => args.first().text(),
                    _ => None,
                };
                let attribute = attribute.unwrap_or_else(|| self.program.names.intern(""));
                return Some(held.with_object(Object::Condition(attribute)));
            }
            "boto3.dynamodb.types.TypeDeserializer" | "boto3.dynamodb.types.TypeSerializer" => return None,
            _ => {}
        }
        let rest = name.strip_prefix("aws.")?;
        let (service, rest) = rest.split_once('.')?;
        let (kind, member) = rest.split_once('.')?;
        let member = member.strip_prefix("meta.client.").unwrap_or(member);
        if !matches!(service, "dynamodb" | "dax") {
            if member == "get_paginator" || member == "get_waiter" || member.contains('.') {
                return Some(Value::default());
            }
            let taint = self.begin((f.func, span), SourceKind::SdkResponse, Shape::Opaque, None, AttributeSet::all());
            self.sink_other_service(f, args, span);
            return Some(Value::taint(taint));
        }
        match (kind, member) {
            ("resource", "Table") => {
                let table = self.table_named(f, args, 0, "name", span);
                Some(Value::object(Object::Table(table)))
            }
            (_, "get_paginator") => {
                let operation = args.first().text().map(|sym| self.text(sym))?;
                let name = format!("aws.dynamodb.paginator.{operation}");
                ext(self, &name)
            }
            ("paginator", operation) => {
                let operation = operation.strip_suffix(".paginate")?;
                let table = self.table_argument(f, args, span);
                let pages = self.operation(f, operation, table, args, span);
                Some(pages.map_taints(&mut |taint| Some(crate::value::Taint { shape: Shape::Pages, ..taint.clone() })))
            }
            _ => {
                let table = self.table_argument(f, args, span);
                Some(self.operation(f, member, table, args, span))
            }
        }
    }

    /// Values handed to another AWS service leave the app; its secrets manager and key service are meant to hold keys.
    fn sink_other_service(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) {
        let sent = args.blurred();
        self.sink(f, &SinkKind::OutgoingBody, span, &sent);
    }

    /// A call of a method of a table resource.
    pub(crate) fn table_call(
        &mut self,
        f: &mut Frame,
        table: TableId,
        member: Sym,
        args: &Args<'_>,
        span: Span,
    ) -> Value {
        let name = self.text(member);
        match &*name {
            // The batch writer has the table's own `put_item` and `delete_item`.
            "batch_writer" => Value::object(Object::Table(table)),
            "wait_until_exists" | "load" | "reload" => Value::default(),
            name => {
                let name = name.strip_prefix("meta.client.").unwrap_or(name);
                self.operation(f, name, Some(table), args, span)
            }
        }
    }

    pub(crate) fn table_member(&mut self, table: TableId, member: Sym, name: Sym) -> Value {
        let joined = self.program.names.member(member, name);
        Value::object(Object::TableMember(table, joined))
    }

    pub(super) fn operation(
        &mut self,
        f: &mut Frame,
        name: &str,
        table: Option<TableId>,
        args: &Args<'_>,
        span: Span,
    ) -> Value {
        let at = (f.func, span);
        self.expression_sinks(f, args, span);
        self.table_site(f, name, table, args, span);
        let Ok(index) = OPERATIONS.binary_search_by_key(&name, |(name, _)| name) else {
            if name.starts_with("get_waiter") || name == "exceptions" {
                return Value::default();
            }
            let taint = self.begin(at, SourceKind::SdkResponse, Shape::Opaque, table, AttributeSet::all());
            return Value::taint(taint);
        };
        if let Some(table) = table {
            self.key_use(f, table, args, span);
        }
        match OPERATIONS[index].1 {
            Operation::Read => {
                let asked = self.projection(args);
                if let (Some(table), AttributeSet::Only(names)) = (table, &asked) {
                    names.iter().for_each(|name| self.tables.read(table, name, at));
                }
                let select = args.keyword(self, "Select").and_then(|value| value.text());
                if select.is_some_and(|select| self.program.names.text(select) == "COUNT") {
                    return Value::default();
                }
                let taint = self.begin(at, SourceKind::Item, Shape::Read, table, asked);
                Value::taint(taint)
            }
            Operation::Batch | Operation::Statement => {
                let table = table.or_else(|| self.batch_table(f, args, span));
                for parameter in ["RequestItems", "TransactItems"] {
                    if let Some(keys) = args.keyword(self, parameter) {
                        self.sink(f, &SinkKind::Key, span, &keys);
                    }
                }
                let asked = self.selected(args);
                let taint = self.begin(at, SourceKind::Item, Shape::Read, table, asked);
                Value::taint(taint)
            }
            Operation::Put => self.put_item(f, table, args, span),
            Operation::Update | Operation::Delete => {
                let updated = self.update_attributes(f, table, args, span);
                self.written(f, table, args, span, updated)
            }
            Operation::CreateTable => self.create_table(f, args, span),
            Operation::BatchWrite | Operation::TransactWrite => {
                self.batch_write(f, args, span);
                let taint = self.begin(at, SourceKind::SdkResponse, Shape::Opaque, table, AttributeSet::all());
                Value::taint(taint)
            }
        }
    }

    /// The response of a write: the attributes that `ReturnValues` asks for, or only that it was done.
    pub(super) fn written(
        &mut self,
        f: &Frame,
        table: Option<TableId>,
        args: &Args<'_>,
        span: Span,
        updated: BTreeSet<String>,
    ) -> Value {
        let at = (f.func, span);
        let wanted = args.keyword(self, "ReturnValues").and_then(|value| value.text());
        let wanted = wanted.map(|wanted| self.text(wanted));
        let set = match wanted.as_deref() {
            Some("ALL_OLD" | "ALL_NEW") => AttributeSet::all(),
            Some("UPDATED_NEW" | "UPDATED_OLD") if !updated.is_empty() => AttributeSet::Only(updated),
            Some("UPDATED_NEW" | "UPDATED_OLD") => AttributeSet::all(),
            _ => {
                let taint = self.begin(at, SourceKind::SdkResponse, Shape::Opaque, table, AttributeSet::all());
                return Value::taint(taint);
            }
        };
        let taint = self.begin(at, SourceKind::WrittenItem, Shape::Written, table, set);
        Value::taint(taint)
    }

    fn expression_sinks(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) {
        for (parameter, kind) in EXPRESSIONS {
            if let Some(value) = args.keyword(self, parameter) {
                self.sink(f, &SinkKind::Expression(kind), span, &value);
            }
        }
        // The older parameters are dictionaries, so only one that the client sends whole says what is asked.
        for parameter in ["QueryFilter", "ScanFilter"] {
            if let Some(value) = args.keyword(self, parameter) {
                let whole = Value::new(crate::value::Node { taints: value.taints().to_vec(), ..Default::default() });
                self.sink(f, &SinkKind::Expression(ExpressionKind::Filter), span, &whole);
            }
        }
        if let Some(value) = args.keyword(self, "TableName") {
            self.sink(f, &SinkKind::Expression(ExpressionKind::TableName), span, &value);
        }
        if let Some(names) = args.keyword(self, "ExpressionAttributeNames") {
            self.sink(f, &SinkKind::Expression(ExpressionKind::AttributeName), span, &names);
        }
    }

    /// Attributes that a call's key names, which are the table's key, or a part of it.
    fn key_use(&mut self, f: &mut Frame, table: TableId, args: &Args<'_>, span: Span) {
        let at = (f.func, span);
        if let Some(key) = args.keyword(self, "Key") {
            let names: Vec<String> = named_fields(self, &key).into_iter().map(|(name, _)| name.to_string()).collect();
            let tagged = self.tagged(&key);
            self.sink(f, &SinkKind::Key, span, &tagged);
            self.tables.keyed.insert(at, table);
            self.tables.key(table, None, &names, at);
        }
        if let Some(condition) = args.keyword(self, "KeyConditionExpression") {
            let aliases = self.aliases(args);
            let mut names: Vec<String> = condition
                .objects()
                .iter()
                .filter_map(|object| match object {
                    Object::Condition(name) => Some(self.text(*name).to_string()).filter(|name| !name.is_empty()),
                    _ => None,
                })
                .collect();
            for text in condition.texts().map(|text| self.text(text)).collect::<Vec<_>>() {
                names.extend(attribute_names(&text, &aliases));
            }
            if let Some(values) = args.keyword(self, "ExpressionAttributeValues") {
                self.sink(f, &SinkKind::Key, span, &values);
            }
            let condition = condition.without_objects();
            self.sink(f, &SinkKind::Key, span, &condition);
            let index = args.keyword(self, "IndexName").and_then(|value| value.text());
            let index = index.map(|index| self.text(index).to_string());
            let asked = args.keyword(self, "IndexName").is_some();
            if !asked || index.is_some() {
                self.tables.key(table, index.as_deref(), &names, at);
            }
        }
    }

    /// The table that `TableName` says.
    pub(super) fn table_argument(&mut self, f: &Frame, args: &Args<'_>, span: Span) -> Option<TableId> {
        args.keyword(self, "TableName")?;
        Some(self.table_named(f, args, usize::MAX, "TableName", span))
    }

    pub(super) fn table_named(
        &mut self,
        f: &Frame,
        args: &Args<'_>,
        position: usize,
        keyword: &str,
        _span: Span,
    ) -> TableId {
        let value = args.get(self, position, keyword).unwrap_or_default();
        let mut name = None;
        for object in value.objects() {
            match object {
                Object::Text(text) => {
                    name = Some(self.text(*text).to_string());
                    break;
                }
                Object::Variable(variable) => {
                    name = Some(format!("${}", self.text(*variable)));
                }
                _ => {}
            }
        }
        self.environment.used(value.objects(), "table");
        let known = name.is_some();
        let name = name.unwrap_or_else(|| {
            args.expr(self, position, keyword).map_or_else(String::new, |e| self.program.snippet(f.func, e.span, 60))
        });
        let parameter = value.taints().iter().any(|taint| taint.source().is_none());
        if !known && parameter {
            return TableId::default();
        }
        self.tables.named(&name)
    }

    fn batch_table(&mut self, _f: &Frame, args: &Args<'_>, _span: Span) -> Option<TableId> {
        let items = args.keyword(self, "RequestItems")?;
        let (name, _) = named_fields(self, &items).into_iter().next()?;
        Some(self.tables.named(&name))
    }

    fn endpoint_arguments(&mut self, args: &Args<'_>) {
        let uses = [
            ("aws_access_key_id", "secret"),
            ("aws_secret_access_key", "secret"),
            ("aws_session_token", "secret"),
            ("endpoint_url", "endpoint"),
            ("region_name", "region"),
        ];
        for (keyword, used_as) in uses {
            if let Some(value) = args.keyword(self, keyword) {
                self.environment.used(value.objects(), used_as);
            }
        }
    }

    /// The dictionary's first list as a list of dictionaries: `KeySchema=[{…}]`.
    pub(super) fn dicts(&self, value: &Value) -> Vec<Value> {
        let fields = value.node().into_iter().flat_map(|node| node.fields.iter());
        fields.filter(|(key, _)| matches!(key, Key::At(_))).map(|(_, value)| value.clone()).collect()
    }
}
