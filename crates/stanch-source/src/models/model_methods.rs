use std::collections::BTreeSet;

use stanch_api::{AttributeSet, AttributeType};

use crate::facts::{SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame, named_fields};
use crate::ir::{Expr, ExprKind, Span, Sym};
use crate::value::{ClassId, Key, Object, Shape, TableId, Value};

/// Ways into a pydantic model from a dictionary or an object (pydantic's documentation of `BaseModel`).
const INTO_MODEL: [&str; 7] =
    ["construct", "from_orm", "model_construct", "model_validate", "parse_obj", "parse_raw", "model_validate_json"];

/// Methods of PynamoDB's models and of marshmallow's schemas that are known here.
const METHODS: [&str; 24] = [
    "batch_get",
    "count",
    "create_table",
    "delete",
    "delete_table",
    "describe_table",
    "dump",
    "dumps",
    "exists",
    "get",
    "jsonify",
    "load",
    "loads",
    "query",
    "rate_limited_scan",
    "refresh",
    "save",
    "scan",
    "serialize",
    "to_dict",
    "to_dynamodb_dict",
    "to_json",
    "to_simple_dict",
    "update",
];

/// What PynamoDB's attributes hold (its documentation of `pynamodb.attributes`).
const TYPES: [(&str, AttributeType); 8] = [
    ("BinaryAttribute", AttributeType::Binary),
    ("BooleanAttribute", AttributeType::Boolean),
    ("JSONAttribute", AttributeType::String),
    ("ListAttribute", AttributeType::List),
    ("MapAttribute", AttributeType::Map),
    ("NumberAttribute", AttributeType::Number),
    ("UTCDateTimeAttribute", AttributeType::String),
    ("UnicodeAttribute", AttributeType::String),
];

impl Engine {
    /// A method that a library's base class brings to a class of the app: of schemas and of PynamoDB's models.
    pub(crate) fn model_method(
        &mut self,
        f: &mut Frame,
        receiver: &Value,
        place: Option<&Expr>,
        name: Sym,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        if !METHODS.contains(&&*self.text(name)) && !INTO_MODEL.contains(&&*self.text(name)) {
            return None;
        }
        for object in receiver.objects().to_vec() {
            let (Object::Class(class) | Object::Instance(class)) = object else { continue };
            if self.class_member(class, name).is_some() {
                continue;
            }
            let method = self.text(name);
            if self.is_item_class(class) {
                let value = self.item_method(f, class, receiver, place, &method, args, span);
                if value.is_some() {
                    return value;
                }
            }
            if self.descends(class, |base| base.starts_with("pynamodb.indexes.")) && &*method == "query" {
                let model = self.model_of_index(class)?;
                return self.item_method(f, model, receiver, place, "query_index", args, span);
            }
            let into = INTO_MODEL.contains(&&*method);
            if into || matches!(&*method, "dump" | "dumps" | "jsonify" | "load" | "loads") {
                let Some(_) = self.class_fields(class) else { continue };
                let model = self.model_of(&Value::object(Object::Class(class)));
                let value = self.through(&args.first().without_objects(), &model);
                return Some(if into { value.with_object(Object::Instance(class)) } else { value });
            }
        }
        None
    }

    /// Whether the instances of a class are items of a table: a model of PynamoDB.
    pub(crate) fn is_item_class(&self, class: ClassId) -> bool {
        self.descends(class, |base| base == "pynamodb.models.Model" || base.starts_with("pynamodb_mate."))
    }

    /// Whether an instance is what it holds, so that its methods see that: a model, a schema, a dataclass.
    pub(crate) fn is_data_class(&self, class: ClassId) -> bool {
        let decorated = self.program.class(class).ir.decorators.iter().any(|decorator| {
            let mut kind = &decorator.kind;
            if let crate::ir::ExprKind::Call(call) = kind {
                kind = &call.callee.kind;
            }
            matches!(kind, crate::ir::ExprKind::Name(sym) | crate::ir::ExprKind::Attr(_, sym)
                if matches!(self.program.names.text(*sym), "dataclass" | "define" | "attrs"))
        });
        decorated || self.is_item_class(class) || self.descends(class, |base| base.starts_with("pydantic."))
    }

    /// The model that has an index among its members.
    fn model_of_index(&mut self, index: ClassId) -> Option<ClassId> {
        let models: Vec<ClassId> = (0..self.program.classes.len()).map(ClassId::new).collect();
        models.into_iter().find(|class| {
            self.is_item_class(*class)
                && self
                    .heap
                    .peek(crate::flow::Owner::Class(*class))
                    .any(|(_, value)| value.objects().contains(&Object::Instance(index)))
        })
    }

    /// The table of a model by its `Meta`, with the attributes that the class declares.
    fn model_table(&mut self, class: ClassId, span: Span) -> (TableId, Vec<String>) {
        let meta = self.program.names.intern("Meta");
        let table_name = self.program.names.intern("table_name");
        let meta = self.class_member(class, meta).and_then(|value| {
            value.objects().iter().find_map(|object| match object {
                Object::Class(meta) => Some(*meta),
                _ => None,
            })
        });
        let name = meta.and_then(|meta| self.class_member(meta, table_name)).and_then(|value| {
            value.objects().iter().find_map(|object| match object {
                Object::Text(name) => Some(self.text(*name).to_string()),
                Object::Variable(name) => Some(format!("${}", self.text(*name))),
                _ => None,
            })
        });
        let name = name.unwrap_or_else(|| self.program.names.text(self.program.class(class).ir.name).to_owned());
        let table = self.tables.named(&name);
        let at = (self.program.class(class).body, span);
        let mut keys = Vec::new();
        let mut types = Vec::new();
        for (attribute, value) in self.declared(class) {
            let kind = value.objects().iter().find_map(|object| match object {
                Object::Ext(name, _) => {
                    let name = self.program.names.text(*name).trim_end_matches("()").rsplit('.').next()?.to_owned();
                    TYPES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
                }
                _ => None,
            });
            types.push((attribute.clone(), kind.unwrap_or(AttributeType::String)));
            for (position, keyword) in ["hash_key", "range_key"].into_iter().enumerate() {
                let given = self.program.names.get(keyword).and_then(|sym| value.field(Key::Name(sym)));
                if given.is_some_and(|given| given.objects().contains(&Object::Bool(true))) {
                    keys.push((position, attribute.clone()));
                }
            }
        }
        keys.sort();
        let keys: Vec<String> = keys.into_iter().map(|(_, name)| name).collect();
        self.tables.schema(table, None, keys.first().cloned(), keys.get(1).cloned(), &types, at);
        (table, keys)
    }

    /// The attributes that a model declares.
    fn declared(&mut self, class: ClassId) -> Vec<(String, Value)> {
        let mut declared = Vec::new();
        for class in self.ancestry(class).iter().copied() {
            for (name, value) in self.heap.members(crate::flow::Owner::Class(class)) {
                let attribute = value.objects().iter().any(|object| {
                    matches!(object, Object::Ext(name, _)
                        if self.program.names.text(*name).ends_with("Attribute()"))
                });
                if attribute {
                    declared.push((self.program.names.text(name).to_owned(), value.clone()));
                }
            }
        }
        declared
    }

    #[expect(clippy::too_many_arguments, reason = "a call is its receiver, its arguments and its place")]
    fn item_method(
        &mut self,
        f: &mut Frame,
        class: ClassId,
        receiver: &Value,
        place: Option<&Expr>,
        method: &str,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        let at = (f.func, span);
        let (table, keys) = self.model_table(class, span);
        let read = |engine: &mut Self, shape| {
            let asked = engine.asked_attributes(args);
            let taint = engine.begin(at, SourceKind::Item, shape, Some(table), asked);
            let instance = Value::object(Object::Instance(class));
            match shape {
                Shape::Item => Value::taint(taint).with_object(Object::Instance(class)),
                _ => Value::list(instance).join(&Value::taint(taint)),
            }
        };
        Some(match method {
            "get" | "query" | "query_index" => {
                let mut key = Value::default();
                let names = if method == "query_index" { Vec::new() } else { keys };
                for (value, name) in args.positional.iter().zip(&names) {
                    let name = self.program.names.intern(name);
                    key.edit().fields.insert(Key::Name(name), value.without_objects());
                }
                let key = if names.is_empty() { args.first().without_objects() } else { self.tagged(&key) };
                self.sink(f, &SinkKind::Key, span, &key);
                self.tables.keyed.insert(at, table);
                let operation = if method == "get" { "get_item" } else { "query" };
                self.table_site(f, operation, Some(table), args, span);
                read(self, if method == "get" { Shape::Item } else { Shape::Items })
            }
            "scan" | "rate_limited_scan" | "batch_get" => {
                self.table_site(f, "scan", Some(table), args, span);
                read(self, Shape::Items)
            }
            "count" | "exists" | "create_table" | "delete_table" | "describe_table" | "refresh" | "delete" => {
                Value::default()
            }
            "save" => {
                let conditional = !args.positional.is_empty() || !args.keywords.is_empty();
                self.save_item(f, class, table, receiver, place, conditional, span);
                Value::default()
            }
            "update" => {
                let written = args.blurred();
                self.sink(f, &SinkKind::Write, span, &written);
                let set = self.action_values(f, args);
                self.attribute_sinks(f, at, &set);
                self.learn_item(table, &set, at);
                self.item_write(f, "update_item", table, Value::default(), true, span);
                Value::default()
            }
            "serialize" | "to_dict" | "to_json" | "to_simple_dict" | "to_dynamodb_dict" => receiver.without_objects(),
            _ => return None,
        })
    }

    /// `attributes_to_get`.
    fn asked_attributes(&mut self, args: &Args<'_>) -> AttributeSet {
        let Some(asked) = args.keyword(self, "attributes_to_get") else { return AttributeSet::all() };
        let node = asked.node();
        let names: BTreeSet<String> = node
            .into_iter()
            .flat_map(|node| node.fields.values().chain([&node.rest]))
            .flat_map(Value::texts)
            .map(|text| self.program.names.text(text).to_owned())
            .collect();
        if names.is_empty() { AttributeSet::all() } else { AttributeSet::Only(names) }
    }

    /// `update(actions=[Model.name.set(value), …])`: the attributes that are set, with their values.
    fn action_values(&mut self, f: &mut Frame, args: &Args<'_>) -> Value {
        let mut set = Value::default();
        let Some(ExprKind::List(actions)) = args.expr(self, 0, "actions").map(|list| &list.kind) else { return set };
        for action in actions {
            let ExprKind::Call(call) = &action.kind else { continue };
            let ExprKind::Attr(owner, method) = &call.callee.kind else { continue };
            let ExprKind::Attr(_, name) = &owner.kind else { continue };
            if matches!(self.program.names.text(*method), "set" | "add" | "append" | "prepend") {
                // The action as a whole holds what it is given.
                let value = self.eval(f, action).blurred();
                set.edit().fields.insert(Key::Name(*name), value);
            }
        }
        set
    }

    /// A write by a model, noted as the operation that it comes to.
    fn item_write(
        &mut self,
        f: &mut Frame,
        operation: &str,
        table: TableId,
        item: Value,
        conditional: bool,
        span: Span,
    ) {
        let mut written = Args::of(vec![item]);
        if conditional {
            let condition = self.program.names.intern("ConditionExpression");
            written.keywords.push((condition, Value::default()));
        }
        self.table_site(f, operation, Some(table), &written, span);
    }

    /// `instance.save()`: what the instance holds is written.
    #[expect(clippy::too_many_arguments, reason = "a call is its receiver, its arguments and its place")]
    fn save_item(
        &mut self,
        f: &mut Frame,
        class: ClassId,
        table: TableId,
        receiver: &Value,
        place: Option<&Expr>,
        conditional: bool,
        span: Span,
    ) {
        let mut item = receiver.without_objects();
        // What was assigned to the instance's attributes one by one.
        for (name, value) in self.declared(class) {
            let assigned = value.without_objects();
            if !assigned.taints().is_empty() {
                let name = self.program.names.intern(&name);
                let known = item.field(Key::Name(name)).cloned().unwrap_or_default();
                let taints =
                    Value::new(crate::value::Node { taints: assigned.taints().to_vec(), ..Default::default() });
                item.edit().fields.insert(Key::Name(name), known.join(&taints));
            }
        }
        let tagged = self.tagged(&item);
        self.sink(f, &SinkKind::Write, span, &tagged);
        self.learn_item(table, &item, (f.func, span));
        let read = item
            .taints()
            .iter()
            .any(|taint| taint.source().is_some_and(|source| self.sources.get(source).kind == SourceKind::Item));
        // What was read is there already: to save it again is an update.
        match read {
            true => {
                self.attribute_sinks(f, (f.func, span), &tagged);
                self.item_write(f, "update_item", table, Value::default(), true, span);
            }
            false => self.item_write(f, "put_item", table, tagged.clone(), conditional, span),
        }
        let names: Vec<String> = named_fields(self, &item).into_iter().map(|(name, _)| name.to_string()).collect();
        if let (Some(place), false) = (place, read) {
            let set = if names.is_empty() { AttributeSet::all() } else { AttributeSet::only(names) };
            let taint = self.begin((f.func, span), SourceKind::WrittenItem, Shape::Item, Some(table), set);
            self.change(f, place, &mut |_, _, old| old.join(&Value::taint(taint.clone())));
        }
    }
}
