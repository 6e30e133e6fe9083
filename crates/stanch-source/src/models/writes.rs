use std::collections::BTreeSet;

use stanch_api::{AttributeSet, AttributeType};

use super::update::updated_names;
use crate::facts::{SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame, named_fields};
use crate::ir::{Expr, ExprKind, Span, Sym};
use crate::value::{Key, Object, Shape, TableId, Value};

impl Engine {
    /// `put_item`: the attributes of the item are learnt, and the variable that holds it now holds a written item.
    pub(super) fn put_item(&mut self, f: &mut Frame, table: Option<TableId>, args: &Args<'_>, span: Span) -> Value {
        let at = (f.func, span);
        let item = args.keyword(self, "Item").or_else(|| args.positional.first().cloned()).unwrap_or_default();
        let tagged = self.tagged(&item);
        self.sink(f, &SinkKind::Write, span, &tagged);
        if let Some(table) = table {
            self.learn_item(table, &item, at);
        }
        let names: Vec<String> = named_fields(self, &item).into_iter().map(|(name, _)| name.to_string()).collect();
        let open = names.is_empty() || !item.taints().is_empty();
        let set = if open { AttributeSet::all() } else { AttributeSet::only(names) };
        let taint = self.begin(at, SourceKind::WrittenItem, Shape::Item, table, set);
        // An item that was read before, changed and put back, stays what was read.
        let read = item
            .taints()
            .iter()
            .any(|taint| taint.source().is_some_and(|source| self.sources.get(source).kind == SourceKind::Item));
        if let Some(place) = args.expr(self, 0, "Item") {
            for place in written_places(place).into_iter().filter(|_| !read) {
                self.change(f, place, &mut |_, _, old| old.join(&Value::taint(taint.clone())));
            }
        }
        self.written(f, table, args, span, BTreeSet::new())
    }

    /// The values of a key or an item, each marked with the attribute that it becomes.
    pub(super) fn tagged(&mut self, item: &Value) -> Value {
        let Some(node) = item.node() else { return Value::default() };
        let mut tagged = item.clone();
        for (key, value) in &node.fields {
            if let Key::Name(sym) = key {
                let only = AttributeSet::only([self.program.names.text(*sym)]);
                let marked = value.map_taints(&mut |taint| {
                    let attributes = std::rc::Rc::new(only.clone());
                    Some(crate::value::Taint { attributes, ..taint.clone() })
                });
                tagged.edit().fields.insert(*key, marked);
            }
        }
        tagged
    }

    /// What an item that is written tells of its table.
    pub(crate) fn learn_item(&mut self, table: TableId, item: &Value, at: (crate::value::FuncId, Span)) {
        for (name, value) in named_fields(self, item) {
            let (value, kind) = self.typed(&value);
            let hashed = value.objects().iter().any(
                |object| matches!(object, Object::Ext(made, _) if is_password_hash(self.program.names.text(*made))),
            );
            let mut made = hashed.then_some("the hash of a password");
            for taint in value.flatten() {
                let Some(source) = taint.source() else { continue };
                match &self.sources.get(source).kind {
                    SourceKind::GeneratedKey if self.is_key(source, &taint.trail) => {
                        made = Some("a key that the app generates");
                    }
                    SourceKind::Request { name: Some(sent), .. } if stanch_secrets::names::key_kind(sent).is_some() => {
                        made = Some("a credential that the client sent");
                    }
                    _ => {}
                }
            }
            self.tables.written(table, &name, kind, made, at);
        }
    }

    /// A value as the client's `{"S": …}` or as the resource takes it, with its type where that is known.
    fn typed(&mut self, value: &Value) -> (Value, Option<AttributeType>) {
        if let [(name, inner)] = &named_fields(self, value)[..] {
            let kind = attribute_type(name);
            if kind.is_some() {
                return (inner.clone(), kind);
            }
        }
        let kind = value.objects().iter().find_map(|object| match object {
            Object::Text(_) | Object::Prefix(_) => Some(AttributeType::String),
            Object::Int(_) => Some(AttributeType::Number),
            Object::Bool(_) => Some(AttributeType::Boolean),
            _ => None,
        });
        let map = value.has_fields() && kind.is_none();
        let named = value.node().is_some_and(|node| node.fields.keys().any(|key| matches!(key, Key::Name(_))));
        (value.clone(), if map && named { Some(AttributeType::Map) } else { kind })
    }

    /// Attributes that an update sets, learnt and given back.
    pub(super) fn update_attributes(
        &mut self,
        f: &mut Frame,
        table: Option<TableId>,
        args: &Args<'_>,
        span: Span,
    ) -> BTreeSet<String> {
        let at = (f.func, span);
        let aliases = self.aliases(args);
        let mut names = BTreeSet::new();
        if let Some(expression) = args.keyword(self, "UpdateExpression") {
            for text in expression.texts().collect::<Vec<Sym>>() {
                let text = self.text(text);
                names.extend(updated_names(&text, &aliases));
            }
        }
        if let Some(values) = args.keyword(self, "ExpressionAttributeValues") {
            self.sink(f, &SinkKind::Write, span, &values);
        }
        if let Some(table) = table {
            for name in &names {
                self.tables.written(table, name, None, None, at);
            }
        }
        names
    }

    /// `batch_write_item`, `transact_write_items`: every `Put` in them is a write.
    pub(super) fn batch_write(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) {
        let items = args
            .keyword(self, "RequestItems")
            .or_else(|| args.keyword(self, "TransactItems"))
            .or_else(|| args.positional.first().cloned())
            .unwrap_or_default();
        self.sink(f, &SinkKind::Write, span, &items);
    }

    /// `create_table`: name, keys and indexes.
    pub(super) fn create_table(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) -> Value {
        let at = (f.func, span);
        let table = self.table_named(f, args, usize::MAX, "TableName", span);
        let types: Vec<(String, AttributeType)> = args
            .keyword(self, "AttributeDefinitions")
            .map(|list| self.dicts(&list))
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| {
                let name = self.text_field(entry, "AttributeName")?;
                Some((name, attribute_type(&self.text_field(entry, "AttributeType")?)?))
            })
            .collect();
        if let Some(schema) = args.keyword(self, "KeySchema") {
            let (partition, sort) = self.key_schema(&schema);
            self.tables.schema(table, None, partition, sort, &types, at);
        }
        for parameter in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            for index in args.keyword(self, parameter).map(|list| self.dicts(&list)).unwrap_or_default() {
                let Some(name) = self.text_field(&index, "IndexName") else { continue };
                let key = self.program.names.intern("KeySchema");
                if let Some(schema) = index.field(Key::Name(key)).cloned() {
                    let (partition, sort) = self.key_schema(&schema);
                    self.tables.schema(table, Some(&name), partition, sort, &types, at);
                }
            }
        }
        Value::object(Object::Table(table))
    }

    fn key_schema(&mut self, schema: &Value) -> (Option<String>, Option<String>) {
        let (mut partition, mut sort) = (None, None);
        for entry in self.dicts(schema) {
            let name = self.text_field(&entry, "AttributeName");
            match self.text_field(&entry, "KeyType").as_deref() {
                Some("RANGE") => sort = name,
                _ => partition = name,
            }
        }
        (partition, sort)
    }

    fn text_field(&mut self, value: &Value, name: &str) -> Option<String> {
        let key = self.program.names.get(name)?;
        let text = value.field(Key::Name(key))?.text()?;
        Some(self.text(text).to_string())
    }
}

/// Whether a call has made the stored form of a password (documentation of hashlib, bcrypt, passlib, argon2, Werkzeug).
fn is_password_hash(made: &str) -> bool {
    const MADE: [&str; 6] = [
        "bcrypt.hashpw()",
        "bcrypt.kdf()",
        "hashlib.pbkdf2_hmac()",
        "hashlib.scrypt()",
        "werkzeug.security.generate_password_hash()",
        "argon2.PasswordHasher().hash()",
    ];
    MADE.contains(&made) || made.starts_with("passlib.") && made.ends_with(".hash()")
}

/// DynamoDB's type descriptors (the documentation of `AttributeValue`).
pub(crate) fn attribute_type(descriptor: &str) -> Option<AttributeType> {
    Some(match descriptor {
        "S" => AttributeType::String,
        "N" => AttributeType::Number,
        "B" => AttributeType::Binary,
        "BOOL" => AttributeType::Boolean,
        "NULL" => AttributeType::Null,
        "M" => AttributeType::Map,
        "L" => AttributeType::List,
        "SS" => AttributeType::StringSet,
        "NS" => AttributeType::NumberSet,
        "BS" => AttributeType::BinarySet,
        _ => return None,
    })
}

/// The variables whose content is written whole: the item itself, and what is spread into it.
fn written_places(item: &Expr) -> Vec<&Expr> {
    match &item.kind {
        ExprKind::Dict(pairs) => pairs
            .iter()
            .filter(|(key, _)| key.is_none())
            .map(|(_, value)| match &value.kind {
                // `**user.dict()`
                ExprKind::Call(call) => match &call.callee.kind {
                    ExprKind::Attr(base, _) => base,
                    _ => value,
                },
                _ => value,
            })
            .collect(),
        _ => vec![item],
    }
}
