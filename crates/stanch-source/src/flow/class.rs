use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::heap::Whole;
use super::{Engine, Frame, Owner, Scope};
use crate::ir::{ExprKind, Span, StmtKind, Sym};
use crate::program::Program;
use crate::value::{ClassId, FuncId, Key, ModuleId, Node, Object, Value};

impl Engine {
    /// A `def` statement: its defaults, annotations and decorators.
    pub(crate) fn define(&mut self, f: &mut Frame, index: usize) {
        let func = self.program.function_in(f.module, index);
        let ir = self.program.func(func).ir.clone();
        for param in &ir.params {
            if let Some(default) = &param.default {
                let value = self.eval(f, default);
                self.store(f, Owner::Default(func), param.name, &value);
            }
            if let Some(annotation) = &param.annotation {
                let value = self.eval(f, annotation);
                self.heap.store(Owner::Annotation(func), param.name, &value);
            }
        }
        let object = self.closure(f, func);
        let mut value = Value::object(object);
        f.defined.push(value.clone());
        for decorator in ir.decorators.iter().rev() {
            let applied = self.eval(f, decorator);
            value = self.decorate(f, &applied, value, func, decorator.span);
        }
        if let Scope::Class(class) = f.scope {
            self.heap.store(Owner::Class(class), ir.name, &value);
        }
        if f.scope == Scope::Module {
            self.heap.store(Owner::Module(f.module), ir.name, &value);
        }
        self.set_plain(f, ir.name, value);
    }

    pub(crate) fn define_class(&mut self, f: &mut Frame, index: usize) {
        let class = self.program.class_in(f.module, index);
        let ir = self.program.class(class).ir.clone();
        let body = self.program.class(class).body;
        let mut bases = Vec::new();
        for base in &ir.bases {
            let value = self.eval(f, base);
            bases.extend(value.objects().iter().cloned());
        }
        for base in &bases {
            if let Object::Class(parent) = base
                && self.subclasses.entry(*parent).or_default().insert(class)
            {
                self.heap.grew(Whole::Subclasses(*parent));
            }
        }
        if self.bases.get(&class) != Some(&bases) {
            self.bases.insert(class, bases);
            self.orders.clear();
            for below in self.descendants(class) {
                self.heap.grew(Whole::Bases(below));
            }
        }
        let mut inner = Frame::new(body, f.module, Scope::Class(class));
        inner.class = Some(class);
        // What stands in the module is found there.
        if f.scope != Scope::Module {
            inner.state = f.state.clone();
        }
        self.block(&mut inner, &ir.body.body);
        f.sinks.append(&mut inner.sinks);
        f.stores.append(&mut inner.stores);
        f.defined.append(&mut inner.defined);
        let mut value = Value::object(Object::Class(class));
        for decorator in ir.decorators.iter().rev() {
            let applied = self.eval(f, decorator);
            value = self.decorate(f, &applied, value, body, decorator.span);
        }
        if f.scope == Scope::Module {
            self.heap.store(Owner::Module(f.module), ir.name, &value);
        }
        if let Scope::Class(outer) = f.scope {
            self.heap.store(Owner::Class(outer), ir.name, &value);
        }
        self.set_plain(f, ir.name, value);
    }

    /// The function as a value: with the variables it captures, if it stands in another one.
    pub(crate) fn closure(&mut self, f: &Frame, func: FuncId) -> Object {
        let ir = &self.program.func(func).ir;
        if !ir.nested || f.scope != Scope::Function {
            return Object::Function(func);
        }
        let captured = ir.uses.iter().filter_map(|name| Some((Key::Name(*name), f.get(*name)?.value.clone())));
        let fields = captured.collect();
        let env = self.env(vec![Value::new(Node { fields, ..Node::default() }).bounded()]);
        Object::Closure(func, env)
    }

    /// Classes in the order in which a member is looked up.
    pub(crate) fn ancestry(&mut self, class: ClassId) -> Rc<[ClassId]> {
        self.heap.ask(Whole::Bases(class));
        if let Some(order) = self.orders.get(&class) {
            return order.clone();
        }
        let order: Rc<[ClassId]> = self.lookup_order(class).into();
        self.orders.insert(class, order.clone());
        order
    }

    /// A class and all that descend from it, in order.
    fn descendants(&self, class: ClassId) -> BTreeSet<ClassId> {
        let mut found = BTreeSet::from([class]);
        let mut open = vec![class];
        while let Some(next) = open.pop() {
            let below = self.subclasses.get(&next).into_iter().flatten();
            open.extend(below.copied().filter(|below| found.insert(*below)));
        }
        found
    }

    fn lookup_order(&self, class: ClassId) -> Vec<ClassId> {
        let mut order = vec![class];
        let mut index = 0;
        while let Some(next) = order.get(index).copied() {
            for base in self.bases.get(&next).into_iter().flatten() {
                if let Object::Class(base) = base
                    && !order.contains(base)
                    && order.len() < 32
                {
                    order.push(*base);
                }
            }
            index += 1;
        }
        order
    }

    /// Whether a class descends from one of a library, by a test on its qualified name.
    pub(crate) fn descends(&self, class: ClassId, is: impl Fn(&str) -> bool) -> bool {
        self.heap.ask(Whole::Bases(class));
        let order = self.orders.get(&class).cloned().unwrap_or_else(|| self.lookup_order(class).into());
        order.iter().any(|class| {
            self.bases.get(class).into_iter().flatten().any(|base| match base {
                Object::Ext(name, _) => is(self.program.names.text(*name)),
                _ => false,
            })
        })
    }

    /// What a class or its ancestors hold under a name.
    pub(crate) fn class_member(&mut self, class: ClassId, name: Sym) -> Option<Value> {
        self.ancestry(class).iter().find_map(|class| self.heap.get(Owner::Class(*class), name))
    }

    /// The function that a method name means.
    pub(crate) fn method(&mut self, class: ClassId, name: Sym) -> Option<FuncId> {
        let value = self.class_member(class, name)?;
        value.objects().iter().find_map(|object| match object {
            Object::Function(func) | Object::Closure(func, _) => Some(*func),
            _ => None,
        })
    }

    /// A member of an instance: methods are bound; an abstract method stands for those of the subclasses.
    pub(crate) fn instance_member(&mut self, class: ClassId, name: Sym) -> Value {
        let mut result = Value::default();
        let mut found = self.class_member(class, name).map(|value| (class, value));
        let mut classes = Vec::new();
        if found.as_ref().is_none_or(|(_, value)| self.is_abstract(value)) {
            classes.extend(self.descendants(class).into_iter().filter(|below| *below != class));
            for asked in classes.iter().chain([&class]) {
                self.heap.ask(Whole::Subclasses(*asked));
            }
            // An interface with more implementations than that is a plug-in point, not a data layer.
            classes.truncate(12);
        }
        for class in classes {
            if let Some(value) = self.heap.get(Owner::Class(class), name) {
                let value = self.bind_objects(&value, class);
                result = result.join(&value);
            }
        }
        if let Some((class, value)) = found.take() {
            let value = self.bind_objects(&value, class);
            result = result.join(&value);
        }
        result
    }

    fn is_abstract(&self, value: &Value) -> bool {
        value.objects().iter().any(|object| match object {
            Object::Function(func) => {
                let ir = &self.program.func(*func).ir;
                ir.method && ir.body.iter().all(|stmt| matches!(stmt.kind, StmtKind::Expr(_) | StmtKind::Raise(_)))
            }
            _ => false,
        })
    }

    fn bind_objects(&mut self, value: &Value, class: ClassId) -> Value {
        let Some(node) = value.node() else { return Value::default() };
        let objects = node.objects.iter().map(|object| self.bind_object(object, class)).collect();
        Value::new(Node { objects, ..node.clone() })
    }

    fn bind_object(&self, object: &Object, class: ClassId) -> Object {
        match object {
            Object::Function(func) if self.program.func(*func).ir.method && !self.is_static(*func) => {
                let owner = if self.has_decorator(*func, "classmethod") {
                    Object::Class(class)
                } else {
                    Object::Instance(class)
                };
                Object::Method(*func, Box::new(owner))
            }
            Object::Closure(..) => Object::BoundClosure(Box::new(object.clone()), Box::new(Object::Instance(class))),
            Object::Filtered(inner, filter) => Object::Filtered(Box::new(self.bind_object(inner, class)), *filter),
            other => other.clone(),
        }
    }

    pub(crate) fn is_static(&self, func: FuncId) -> bool {
        self.has_decorator(func, "staticmethod")
    }

    pub(crate) fn has_decorator(&self, func: FuncId, name: &str) -> bool {
        self.program.func(func).ir.decorators.iter().any(|decorator| match decorator.kind {
            crate::ir::ExprKind::Name(sym) => self.program.names.text(sym) == name,
            crate::ir::ExprKind::Attr(_, sym) => self.program.names.text(sym) == name,
            _ => false,
        })
    }

    /// A member of a value by attribute: `value.name`.
    pub(crate) fn attr(&mut self, f: &mut Frame, base: &Value, name: Sym, span: Span) -> Value {
        let mut result = self.project((f.func, span), base, Key::Name(name));
        // The dictionary of an instance is all that it holds.
        if matches!(&*self.text(name), "__dict__" | "attribute_values") && !base.taints().is_empty() {
            result = base.without_objects();
        }
        for object in base.objects().to_vec() {
            let member = self.object_member(f, &object, name, span);
            result = result.join(&member);
        }
        result
    }

    /// What an object has under a name.
    pub(crate) fn object_member(&mut self, f: &mut Frame, object: &Object, name: Sym, span: Span) -> Value {
        match object {
            Object::Module(module) => self.module_member(*module, name),
            Object::Package(directory) => {
                let directory = self.text(*directory);
                self.program.below(&directory, name).map(|object| self.imported(object)).unwrap_or_default()
            }
            Object::Class(class) => self.class_attribute(*class, name),
            Object::Instance(class) => {
                let dict = self.text(name);
                let member = self.instance_member(*class, name);
                if member.is_nothing() && matches!(&*dict, "__dict__" | "attribute_values") {
                    return self.instance_dict(*class);
                }
                let member = self.property(f, &member, span);
                if let Some(value) = self.form_member((f.func, span), *class, name, &member) {
                    return value;
                }
                let external = self.foreign_member(*class, name);
                member.join(&external)
            }
            Object::Parent(class, instance) => {
                let order = self.ancestry(*class);
                let found = order.iter().skip(1).find_map(|class| self.heap.get(Owner::Class(*class), name));
                let instance_class = match **instance {
                    Object::Instance(class) | Object::Class(class) => class,
                    _ => *class,
                };
                found.map(|value| self.bind_objects(&value, instance_class)).unwrap_or_default()
            }
            Object::Table(table) => Value::object(Object::TableMember(*table, name)),
            Object::TableMember(table, member) => self.table_member(*table, *member, name),
            Object::Ext(ext, site) => self.external_member(f, *ext, *site, name, span),
            _ => Value::default(),
        }
    }

    fn class_attribute(&mut self, class: ClassId, name: Sym) -> Value {
        let Some(value) = self.class_member(class, name) else { return self.foreign_member(class, name) };
        let Some(node) = value.node() else { return value };
        let objects = node
            .objects
            .iter()
            .map(|object| match object {
                Object::Function(func) if self.has_decorator(*func, "classmethod") => {
                    Object::Method(*func, Box::new(Object::Class(class)))
                }
                other => other.clone(),
            })
            .collect();
        Value::new(Node { objects, ..node.clone() })
    }

    /// A property is called when it is read.
    fn property(&mut self, f: &mut Frame, member: &Value, span: Span) -> Value {
        let mut result = member.clone();
        for object in member.objects() {
            if let Object::Method(func, _) = object
                && (self.has_decorator(*func, "property") || self.has_decorator(*func, "cached_property"))
            {
                let bound = Value::object(object.clone());
                let value = self.call_value(f, &bound, &super::Args::default(), span);
                result.edit().objects.retain(|other| other != object);
                result = result.join(&value);
            }
        }
        result
    }

    /// The function that a property is set by: `@password.setter`.
    pub(crate) fn setter(&mut self, class: ClassId, name: Sym) -> Option<FuncId> {
        if self.setters.is_empty() {
            return None;
        }
        self.method(class, name)?;
        let text = self.text(name);
        let known = self.program.class(class);
        let wanted = format!("{}.{text}", known.ir.qualified);
        let module = known.module;
        self.setters.get(&(module, wanted.into())).copied()
    }

    /// `vars(instance)`: every member that is data.
    pub(crate) fn instance_dict(&mut self, class: ClassId) -> Value {
        let mut dict = Node::default();
        for class in self.ancestry(class).iter().copied() {
            for (name, value) in self.heap.members(Owner::Class(class)) {
                let is_code = value.objects().iter().any(|o| matches!(o, Object::Function(_) | Object::Class(_)));
                if !is_code {
                    dict.fields.entry(Key::Name(name)).or_insert(value);
                }
            }
        }
        Value::new(dict)
    }
}

/// The functions with `@name.setter`, by their qualified name.
pub(super) fn setters(program: &Program) -> FxHashMap<(ModuleId, Rc<str>), FuncId> {
    let is_setter = |decorator: &crate::ir::Expr| match decorator.kind {
        ExprKind::Attr(_, name) => program.names.text(name) == "setter",
        _ => false,
    };
    let mut setters = FxHashMap::default();
    for (index, func) in program.functions.iter().enumerate() {
        if func.ir.method && func.ir.decorators.iter().any(is_setter) {
            setters.entry((func.module, func.ir.qualified.clone())).or_insert(FuncId::new(index));
        }
    }
    setters
}
