use stanch_api::AttributeSet;

use crate::flow::{Args, Engine, Frame};
use crate::ir::{Expr, Span, Sym};
use crate::value::{Key, Shape, Value};

impl Engine {
    /// A method of a dictionary, list or text; none for a method that those do not have.
    pub(crate) fn container_method(
        &mut self,
        f: &mut Frame,
        receiver: &Value,
        place: Option<&Expr>,
        name: Sym,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        let at = (f.func, span);
        let method = self.text(name);
        let keyed = !args.first().objects().is_empty();
        Some(match &*method {
            "get" | "getlist" | "get_item" if keyed || !receiver.is_nothing() => {
                if args.positional.is_empty() {
                    return None;
                }
                let member = self.index(f, receiver, &args.first(), span);
                match args.positional.get(1) {
                    Some(default) => member.join(default),
                    None => member,
                }
            }
            "setdefault" => {
                let member = self.index(f, receiver, &args.first(), span);
                let default = args.positional.get(1).cloned().unwrap_or_default();
                let key = args.first();
                if let Some(place) = place {
                    let value = member.join(&default);
                    self.change(f, place, &mut |engine, _, old| engine.put(old.clone(), &key, &value));
                }
                member.join(&default)
            }
            "pop" => {
                let key = args.first();
                let member = self.index(f, receiver, &key, span);
                if let (Some(place), Some(_)) = (place, key.text()) {
                    self.remove_key(f, place, &key, span);
                }
                match args.positional.get(1) {
                    Some(default) => member.join(default),
                    None => member,
                }
            }
            "items" => self.pairs(f, receiver, span),
            "values" => {
                let all = self.project(at, receiver, Key::Any);
                Value::list(all)
            }
            "keys" | "startswith" | "endswith" | "isdigit" | "isalnum" | "isalpha" | "isnumeric" | "count"
            | "index" | "find" | "rfind" | "rindex" | "isspace" | "isupper" | "islower" | "isidentifier"
            | "issubset" | "issuperset" | "isdisjoint" | "__len__" | "__contains__" => {
                if &*method == "keys" {
                    self.keys(receiver)
                } else {
                    Value::default()
                }
            }
            "append" | "add" | "appendleft" => {
                let value = args.first();
                self.grow(f, place, &value);
                Value::default()
            }
            "insert" => {
                let value = args.positional.get(1).cloned().unwrap_or_default();
                self.grow(f, place, &value);
                Value::default()
            }
            "extend" => {
                let list = args.first();
                let value = self.element(at, &list);
                // A list of items that is added to stays a list of items.
                let whole = list.map_taints(&mut |taint| (taint.shape == Shape::Items).then(|| taint.clone()));
                if let Some(place) = place {
                    self.change(f, place, &mut |_, _, old| {
                        let mut changed = old.join(&whole.without_objects());
                        if !value.is_nothing() {
                            let node = changed.edit();
                            node.rest = node.rest.join(&value);
                        }
                        changed
                    });
                }
                Value::default()
            }
            "update" => {
                let first = args.first().without_objects();
                let keywords = args.as_dict();
                let added = self.merge(&first, &keywords);
                if let Some(place) = place {
                    self.change(f, place, &mut |engine, _, old| engine.merge(old, &added));
                }
                Value::default()
            }
            "clear" => {
                if let Some(place) = place {
                    self.change(f, place, &mut |_, _, _| Value::default());
                }
                Value::default()
            }
            "copy" => receiver.without_objects(),
            "sort" | "reverse" | "remove" | "discard" => Value::default(),
            "to_dict" | "dict" | "model_dump" | "model_dump_json" | "json" | "as_dict" if !receiver.is_nothing() => {
                let listed = |value: Value| -> Vec<String> {
                    let node = value.node();
                    let parts = node.into_iter().flat_map(|node| node.fields.values().chain([&node.rest]));
                    parts.flat_map(Value::texts).map(|text| self.program.names.text(text).to_owned()).collect()
                };
                let excluded = args.keyword(self, "exclude").map(listed).unwrap_or_default();
                let included = args.keyword(self, "include").map(listed).unwrap_or_default();
                let mut set = if included.is_empty() { AttributeSet::all() } else { AttributeSet::only(included) };
                for name in excluded {
                    set = set.without(&name);
                }
                self.narrow(&receiver.without_objects(), &set)
            }
            "join" | "format" => {
                let text = crate::flow::as_text(&receiver.blurred().join(&args.blurred()));
                match receiver.text() {
                    Some(front) => text.with_object(crate::value::Object::Prefix(front)),
                    None => text,
                }
            }
            "format_map" | "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "title" | "capitalize" | "encode"
            | "decode" | "split" | "rsplit" | "splitlines" | "replace" | "zfill" | "isoformat" | "strftime"
            | "hexdigest" | "partition" | "rpartition" | "ljust" | "rjust" | "casefold" | "removeprefix" => {
                receiver.without_objects().join(&args.blurred())
            }
            "hex" if !receiver.is_nothing() => receiver.blurred(),
            _ => return None,
        })
    }

    /// `map(f, xs)`, `filter(f, xs)`, `enumerate(xs)`.
    pub(super) fn mapped(&mut self, f: &mut Frame, name: &str, args: &Args<'_>, span: Span) -> Value {
        let at = (f.func, span);
        let list = args.positional.last().cloned().unwrap_or_default();
        let element = self.element(at, &list);
        match name {
            "builtins.enumerate" => {
                let mut pair = Value::default();
                let first = args.first();
                let element = self.element(at, &first);
                pair.edit().fields.insert(Key::At(0), Value::default());
                pair.edit().fields.insert(Key::At(1), element);
                Value::list(pair)
            }
            "builtins.filter" => {
                self.call_value(f, &args.first(), &Args::of(vec![element]), span);
                list.without_objects()
            }
            _ => {
                let result = self.call_value(f, &args.first(), &Args::of(vec![element]), span);
                Value::list(result)
            }
        }
    }

    fn grow(&mut self, f: &mut Frame, place: Option<&Expr>, value: &Value) {
        let Some(place) = place else { return };
        if value.is_nothing() {
            return;
        }
        self.change(f, place, &mut |_, _, old| {
            let mut changed = old.clone();
            let node = changed.edit();
            node.rest = node.rest.join(value);
            changed
        });
    }

    /// `.items()`: pairs of a key, which is harmless, and a value.
    fn pairs(&mut self, f: &Frame, receiver: &Value, span: Span) -> Value {
        let at = (f.func, span);
        let pairs = receiver.map_taints(&mut |taint| match taint.shape {
            Shape::Item => Some(crate::value::Taint { shape: Shape::Pairs, ..taint.clone() }),
            _ => None,
        });
        let mut list = Value::new(crate::value::Node { taints: pairs.taints().to_vec(), ..Default::default() });
        let others = receiver.map_taints(&mut |taint| (taint.shape != Shape::Item).then(|| taint.clone()));
        let mut value = self.project(at, &others, Key::Any);
        // What the environment holds, whatever its names.
        for taint in receiver.taints().iter().filter(|taint| taint.shape == Shape::Named) {
            value = value.join(&Value::taint(crate::value::Taint { shape: Shape::Opaque, ..taint.clone() }));
        }
        let keys = self.key_names(receiver);
        if !value.is_nothing() || !keys.is_nothing() {
            let mut pair = Value::default();
            pair.edit().fields.insert(Key::At(0), keys);
            pair.edit().fields.insert(Key::At(1), value);
            list.edit().rest = pair;
        }
        list
    }

    fn keys(&mut self, receiver: &Value) -> Value {
        let names = self.key_names(receiver);
        if names.is_nothing() { names } else { Value::list(names) }
    }

    fn key_names(&mut self, receiver: &Value) -> Value {
        let mut names = Value::default();
        if let Some(node) = receiver.node() {
            for key in node.fields.keys() {
                if let Key::Name(sym) = key {
                    names = names.with_object(crate::value::Object::Text(*sym));
                }
            }
        }
        names
    }

    /// Two values are compared. What is compared with something the client sent as a credential is one itself.
    pub(crate) fn compared(&mut self, f: &mut Frame, left: &Value, right: &Value, span: Span) {
        for (stored, sent) in [(left, right), (right, left)] {
            let credential = sent.flatten().iter().find_map(|taint| {
                let source = self.sources.get(taint.source()?);
                match &source.kind {
                    crate::facts::SourceKind::Request { name: Some(name), .. }
                        if stanch_secrets::names::key_kind(name).is_some() =>
                    {
                        Some(name.clone())
                    }
                    _ => None,
                }
            });
            let Some(credential) = credential else { continue };
            for taint in stored.flatten() {
                let (Some(source), AttributeSet::Only(names)) = (taint.source(), &*taint.attributes) else { continue };
                let Some(table) = self.sources.get(source).table else { continue };
                if let [name] = &names.iter().collect::<Vec<_>>()[..] {
                    let name = (*name).clone();
                    self.tables.compared(table, &name, &credential, (f.func, span));
                }
            }
        }
    }
}
