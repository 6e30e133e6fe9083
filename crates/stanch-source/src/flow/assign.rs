use std::rc::Rc;

use stanch_api::AttributeSet;

use super::frame::{Path, Variable};
use super::{Engine, Frame, Owner, Scope};
use crate::ir::{Expr, ExprKind, Span, Sym};
use crate::value::{Key, Note, Object, Origin, Shape, Value};

/// Most cells of the heap that one function leaves to its callers to fill.
const STORES: usize = 64;

impl Engine {
    /// Binds a value to a target; `alias` is the place of which the target becomes another name.
    pub(crate) fn assign(&mut self, f: &mut Frame, target: &Expr, value: &Value, alias: Option<Path>, span: Span) {
        match &target.kind {
            ExprKind::Name(name) => {
                let stepped = value.map_taints(&mut |taint| Some(taint.stepped(f.func, span, Note::Assigned(*name))));
                self.bind_name(f, *name, &stepped, alias);
            }
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let key = u16::try_from(index).map_or(Key::Any, Key::At);
                    if let ExprKind::Starred(inner) = &part.kind {
                        let rest = self.element((f.func, span), value);
                        self.assign(f, inner, &Value::list(rest), None, span);
                    } else {
                        let member = self.project((f.func, span), value, key);
                        self.assign(f, part, &member, None, span);
                    }
                }
            }
            ExprKind::Starred(inner) => self.assign(f, inner, value, None, span),
            ExprKind::Index(base, index) => {
                let owner = self.eval(f, base);
                let key = self.eval(f, index);
                self.store_member(f, &owner, key.text(), value, true, span);
                self.change(f, base, &mut |engine, _, old| engine.put(old, &key, value));
            }
            ExprKind::Attr(base, name) => {
                let owner = self.eval(f, base);
                let stored = self.store_member(f, &owner, Some(*name), value, false, span);
                // `user.password = hashed`: what a model came with under that name is gone.
                let model = |object: &Object| {
                    matches!(object, Object::Instance(class)
                    if self.is_data_class(*class) && !self.is_item_class(*class))
                };
                if !stored || owner.objects().iter().any(model) {
                    let key = Value::object(Object::Text(*name));
                    self.change(f, base, &mut |engine, _, old| engine.put(old, &key, value));
                }
            }
            _ => {}
        }
    }

    fn bind_name(&mut self, f: &mut Frame, name: Sym, value: &Value, alias: Option<Path>) {
        let global = f.scope == Scope::Module || f.globals.contains(&name);
        if global {
            self.store(f, Owner::Module(f.module), name, value);
        }
        if let Scope::Class(class) = f.scope {
            self.store(f, Owner::Class(class), name, value);
        }
        if !f.globals.contains(&name) || f.scope == Scope::Module {
            let alias = alias.filter(|path| path.root != name).map(Rc::new);
            f.set(name, Variable { value: value.clone().bounded(), alias });
        }
    }

    /// Stores into the heap. What depends on the function's parameters is left to its callers.
    pub(crate) fn store(&mut self, f: &mut Frame, owner: Owner, name: Sym, value: &Value) {
        let open = value.has_taint(&|taint| matches!(taint.origin, Origin::Param { .. }));
        if open {
            if let Some((_, _, known)) = f.stores.iter_mut().find(|(o, n, _)| (*o, *n) == (owner, name)) {
                *known = known.join(value).bounded();
            } else if f.stores.len() < STORES {
                f.stores.push((owner, name, value.clone()));
            }
        }
        if value.has_taint(&|taint| taint.source().is_none()) {
            let closed = value.map_taints(&mut |taint| taint.source().map(|_| taint.clone()));
            self.heap.store(owner, name, &closed);
        } else {
            self.heap.store(owner, name, value);
        }
    }

    /// Stores a member of an object that lives in the heap; false if the value is none.
    fn store_member(
        &mut self,
        f: &mut Frame,
        owner: &Value,
        name: Option<Sym>,
        value: &Value,
        by_key: bool,
        span: Span,
    ) -> bool {
        let mut stored = false;
        for object in owner.objects().to_vec() {
            match object {
                Object::Instance(class) | Object::Class(class) if !by_key => {
                    if let Some(setter) = name.and_then(|name| self.setter(class, name)) {
                        let args = super::Args::of(vec![value.clone()]);
                        self.call_function(f, setter, Some(Value::object(object.clone())), None, &args, span);
                    } else if let Some(name) = name {
                        self.store(f, Owner::Class(class), name, value);
                    }
                    stored = true;
                }
                Object::Module(module) if !by_key => {
                    if let Some(name) = name {
                        self.store(f, Owner::Module(module), name, value);
                    }
                    stored = true;
                }
                Object::Ext(ext, _) => {
                    if let Some(name) = name {
                        let owner = self.heap_owner(ext);
                        self.store(f, owner, name, value);
                    }
                    self.setting_site(f, ext, name, value, span);
                    self.external_store(f, ext, value, span);
                    stored = true;
                }
                _ => {}
            }
        }
        stored
    }

    /// Changes the value at a place, and at every other name of it.
    pub(crate) fn change(
        &mut self,
        f: &mut Frame,
        place: &Expr,
        change: &mut dyn FnMut(&mut Self, &Frame, &Value) -> Value,
    ) {
        let Some(path) = self.path(f, place) else { return };
        self.change_path(f, &path, change, 0);
    }

    fn change_path(
        &mut self,
        f: &mut Frame,
        path: &Path,
        change: &mut dyn FnMut(&mut Self, &Frame, &Value) -> Value,
        depth: u32,
    ) {
        let Some(variable) = f.get(path.root).cloned() else { return };
        let value = self.change_at(f, &variable.value, &path.keys, change).bounded();
        if f.scope == Scope::Module {
            self.heap.store(Owner::Module(f.module), path.root, &value);
        }
        Rc::make_mut(&mut f.state.variables).insert(path.root, Variable { value, alias: variable.alias.clone() });
        // Other names of the changed place.
        let names: Vec<(Sym, Value)> = f
            .state
            .variables
            .iter()
            .filter(|(_, other)| other.alias.as_ref().is_some_and(|alias| **alias == *path))
            .map(|(name, other)| (*name, other.value.clone()))
            .collect();
        for (name, old) in names {
            let value = change(self, f, &old);
            if let Some(other) = Rc::make_mut(&mut f.state.variables).get_mut(&name) {
                other.value = value;
            }
        }
        if let (Some(alias), true) = (&variable.alias, depth < 4) {
            let mut keys = alias.keys.clone();
            keys.extend_from_slice(&path.keys);
            self.change_path(f, &Path { root: alias.root, keys }, change, depth + 1);
        }
    }

    fn change_at(
        &mut self,
        f: &Frame,
        value: &Value,
        keys: &[Key],
        change: &mut dyn FnMut(&mut Self, &Frame, &Value) -> Value,
    ) -> Value {
        let Some((key, rest)) = keys.split_first() else { return change(self, f, value) };
        let name = match key {
            Key::Name(sym) => Some(self.text(*sym)),
            _ => None,
        };
        // The items of a response or a list carry their attributes in the taint of the whole: change that.
        let whole =
            matches!(key, Key::Each) || matches!(name.as_deref(), Some("Item" | "Items" | "Attributes" | "Responses"));
        let mut changed = value.clone();
        if whole {
            let front = Value::new(crate::value::Node { taints: value.taints().to_vec(), ..Default::default() });
            let after = change(self, f, &front);
            let extra = after.node().map(|node| node.fields.clone()).unwrap_or_default();
            changed.edit().taints = after.taints().to_vec();
            if !extra.is_empty() && *key == Key::Each {
                let node = changed.edit();
                node.rest = node.rest.join(&Value::new(crate::value::Node { fields: extra, ..Default::default() }));
            }
            if *key == Key::Each {
                let rest = changed.node().map(|node| node.rest.clone()).unwrap_or_default();
                if !rest.is_nothing() {
                    let rest = self.change_at(f, &rest, keys.get(1..).unwrap_or_default(), change);
                    changed.edit().rest = rest;
                }
                let fields: Vec<(Key, Value)> =
                    changed.node().map(|n| n.fields.iter().map(|(k, v)| (*k, v.clone())).collect()).unwrap_or_default();
                for (key, field) in fields {
                    if matches!(key, Key::At(_) | Key::Any) {
                        let field = change(self, f, &field);
                        changed.edit().fields.insert(key, field);
                    }
                }
                return changed;
            }
            if changed.field(*key).is_none() {
                return changed;
            }
        }
        let member = self.project((f.func, Span::default()), &changed, *key);
        let member = self.change_at(f, &member, rest, change);
        match key {
            Key::Any | Key::Each => {
                let node = changed.edit();
                node.rest = node.rest.join(&member);
            }
            Key::At(_) | Key::Name(_) => {
                changed.edit().fields.insert(*key, member);
            }
        }
        changed
    }

    /// `del place`, `place.pop(key)`: the key goes from the value and from every other name of it.
    pub(crate) fn remove_key(&mut self, f: &mut Frame, base: &Expr, key: &Value, span: Span) {
        let mut set = AttributeSet::all();
        let names: Vec<Sym> = key.texts().collect();
        // A key that can be one of several is removed only if it is known which.
        for name in &names {
            set = set.without(self.program.names.text(*name));
        }
        let Some(first) = names.first().copied() else { return };
        self.change(f, base, &mut |engine, f, old| {
            let old = old.map_taints(&mut |taint| {
                let item = matches!(taint.shape, Shape::Item | Shape::Items | Shape::Read | Shape::Written)
                    || taint.source().is_none();
                Some(if item { taint.stepped(f.func, span, Note::Removed(first)) } else { taint.clone() })
            });
            engine.narrow(&old, &set)
        });
    }
}
