use super::{Args, Engine, Frame};
use crate::ir::{Call, ExprKind, Span};
use crate::models::Mark;
use crate::value::{FuncId, Note, Object, Value};

impl Engine {
    /// A call expression.
    pub(crate) fn call(&mut self, f: &mut Frame, call: &Call, span: Span) -> Value {
        if let ExprKind::Attr(base, name) = &call.callee.kind {
            let receiver = self.eval(f, base);
            let args = self.args(f, call);
            return self.call_method(f, &receiver, Some(base), *name, &args, span);
        }
        let callee = self.eval(f, &call.callee);
        let args = self.args(f, call);
        self.call_value(f, &callee, &args, span)
    }

    /// A method call: what the receiver is decides first, then what it holds.
    fn call_method(
        &mut self,
        f: &mut Frame,
        receiver: &Value,
        place: Option<&crate::ir::Expr>,
        name: crate::ir::Sym,
        args: &Args<'_>,
        span: Span,
    ) -> Value {
        if let Some(value) = self.model_method(f, receiver, place, name, args, span) {
            return value;
        }
        let mut callee = receiver.field(crate::value::Key::Name(name)).cloned().unwrap_or_default();
        for object in receiver.objects().to_vec() {
            let member = self.object_member(f, &object, name, span);
            callee = callee.join(&member);
        }
        if self.is_provider(&callee) {
            return self.provided(&callee);
        }
        let mut result = Value::default();
        let mut answered = false;
        for object in callee.objects().to_vec() {
            if matches!(object, Object::Ext(..)) {
                continue;
            }
            if is_callable(&object) {
                let value = match &object {
                    // The method of an instance that is what it holds sees that.
                    Object::Method(func, owner)
                        if (!receiver.taints().is_empty() || receiver.has_fields())
                            && matches!(**owner, Object::Instance(class) if self.is_data_class(class)) =>
                    {
                        let owner = receiver.without_objects().with_object((**owner).clone());
                        self.call_function(f, *func, Some(owner), None, args, span)
                    }
                    _ => self.call_object(f, &object, args, span, None),
                };
                result = result.join(&value);
                answered = true;
            }
        }
        // What an app keeps in its context is not the framework's.
        let kept = callee.objects().iter().any(|object| {
            matches!(object, Object::Ext(name, _) if {
                let name = self.program.names.text(*name);
                name.starts_with("flask.Flask().") || name.starts_with("flask.g.")
            })
        });
        if kept
            && !answered
            && let Some(value) = self.table_like_call(f, place, name, args, span)
        {
            return value;
        }
        // What a library's object answers, unless the value is data that the library handed out.
        for object in callee.objects().to_vec() {
            if let Object::Ext(..) = object
                && let Some(value) = self.external_method(f, &object, receiver, args, span)
            {
                result = result.join(&value);
                answered = true;
            }
        }
        if answered {
            return result;
        }
        if let Some(value) = self.table_like_call(f, place, name, args, span) {
            return value;
        }
        if let Some(value) = self.container_method(f, receiver, place, name, args, span) {
            return value;
        }
        for object in callee.objects().to_vec() {
            if let Object::Ext(..) = object {
                let value = self.call_object(f, &object, args, span, Some(receiver));
                result = result.join(&value);
            }
        }
        if callee.objects().is_empty() {
            if makes_token(&self.text(name)) {
                return self.fresh_key((f.func, span));
            }
            result = receiver.blurred().join(&args.blurred()).with_conditions(receiver);
        }
        result
    }

    pub(crate) fn call_value(&mut self, f: &mut Frame, callee: &Value, args: &Args<'_>, span: Span) -> Value {
        if self.is_provider(callee) {
            return self.provided(callee);
        }
        let mut result = Value::default();
        let mut called = false;
        for object in callee.objects().to_vec() {
            called |= is_callable(&object);
            let value = self.call_object(f, &object, args, span, None);
            result = result.join(&value);
        }
        if !called {
            result = result.join(&args.blurred()).join(&callee.blurred());
        }
        result
    }

    pub(crate) fn call_object(
        &mut self,
        f: &mut Frame,
        object: &Object,
        args: &Args<'_>,
        span: Span,
        receiver: Option<&Value>,
    ) -> Value {
        match object {
            Object::Function(func) => self.call_function(f, *func, None, None, args, span),
            Object::Closure(func, env) => {
                let captured = self.captured(*env).first().cloned();
                self.call_function(f, *func, None, captured, args, span)
            }
            Object::Method(func, owner) => {
                let owner = Value::object((**owner).clone());
                self.call_function(f, *func, Some(owner), None, args, span)
            }
            Object::BoundClosure(inner, owner) => match &**inner {
                Object::Closure(func, env) => {
                    let captured = self.captured(*env).first().cloned();
                    self.call_function(f, *func, Some(Value::object((**owner).clone())), captured, args, span)
                }
                other => self.call_object(f, other, args, span, None),
            },
            Object::Class(class) => self.instance(f, *class, args, span),
            Object::Filtered(inner, filter) => {
                let value = self.call_object(f, inner, args, span, receiver);
                let model = self.filtered(*filter);
                self.through(&value, &model)
            }
            Object::Mark(mark) => {
                let mark = self.marked(*mark);
                let target = args.first();
                self.apply_mark(f, &mark, target)
            }
            Object::TableMember(table, member) => self.table_call(f, *table, *member, args, span),
            Object::Ext(name, _) => self.external_call(f, *name, args, receiver, span),
            Object::Instance(class) => {
                let call = self.program.names.intern("__call__");
                match self.method(*class, call) {
                    Some(method) => {
                        self.call_function(f, method, Some(Value::object(object.clone())), None, args, span)
                    }
                    None => args.blurred(),
                }
            }
            _ => Value::default(),
        }
    }

    /// A call of a function of the app.
    pub(crate) fn call_function(
        &mut self,
        f: &mut Frame,
        func: FuncId,
        receiver: Option<Value>,
        captured: Option<Value>,
        args: &Args<'_>,
        span: Span,
    ) -> Value {
        let bound_receiver = receiver.is_some();
        if !self.is_script(f.func) {
            self.called.insert(func);
            self.reach.doing().called.push(func);
        }
        let values = self.bind((f.func, span), func, receiver, args, captured);
        let summary = self.summary(func, &values);
        self.pass_sinks(f, span, &values, &summary.sinks);
        for (owner, name, value) in &summary.stores {
            let value = self.instantiate(f, span, &values, value);
            self.store(f, *owner, *name, &value);
        }
        for (index, out) in &summary.outs {
            let Some(position) = index.checked_sub(usize::from(bound_receiver)) else { continue };
            let value = self.instantiate(f, span, &values, out);
            let name = self.program.func(func).ir.params.get(*index).map(|p| p.name);
            let name = name.map(|name| self.text(name)).unwrap_or_else(|| "".into());
            if let Some(place) = args.expr(self, position, &name) {
                self.change(f, place, &mut |_, _, old| {
                    let objects = old.objects().iter().cloned();
                    objects.fold(value.without_objects(), Value::with_object)
                });
            }
        }
        let mut result = Value::default();
        for (owner, at, value) in &summary.returns {
            let value = self.instantiate(f, span, &values, value);
            let value = value.map_taints(&mut |taint| {
                let returned = taint.stepped(*owner, *at, Note::Returned);
                Some(returned)
            });
            result = result.join(&value);
        }
        result.bounded()
    }

    /// A call of a class.
    pub(crate) fn instance(
        &mut self,
        f: &mut Frame,
        class: crate::value::ClassId,
        args: &Args<'_>,
        span: Span,
    ) -> Value {
        let init = self.program.names.intern("__init__");
        let object = Object::Instance(class);
        if let Some(method) = self.method(class, init) {
            self.call_function(f, method, Some(Value::object(object.clone())), None, args, span);
            let raised = self.descends(class, |base| base.starts_with("builtins.") && base.ends_with("Exception"));
            if raised {
                return args.blurred().with_object(object);
            }
            return Value::object(object);
        }
        // A model: its fields are its keyword arguments.
        let value = args.positional.iter().fold(args.as_dict(), |all, value| all.join(&value.without_objects()));
        let value = self.model_fields(class, &value);
        value.with_object(object)
    }

    /// A decorator is applied to a function or class.
    pub(crate) fn decorate(
        &mut self,
        f: &mut Frame,
        decorator: &Value,
        target: Value,
        func: FuncId,
        span: Span,
    ) -> Value {
        let mut result = Value::default();
        for object in decorator.objects().to_vec() {
            let value = match &object {
                Object::Mark(mark) => {
                    let mark = self.marked(*mark);
                    self.apply_mark_to(&mark, target.clone(), func)
                }
                Object::Function(_) | Object::Closure(..) | Object::Method(..) | Object::Instance(_) => {
                    let wrapped = self.call_object(f, &object, &Args::of(vec![target.clone()]), span, None);
                    // A decorator that only registers gives the function back, or nothing.
                    if wrapped.objects().iter().any(is_callable) { wrapped } else { target.clone() }
                }
                // `@app.before_request`, without a call: it registers, and gives the function back.
                Object::Ext(..) => {
                    let args = Args::of(vec![target.clone()]);
                    self.external_method(f, &object, &Value::default(), &args, span);
                    target.clone()
                }
                _ => target.clone(),
            };
            result = result.join(&value);
        }
        if result.is_nothing() { target } else { result }
    }

    fn apply_mark(&mut self, f: &Frame, mark: &Mark, target: Value) -> Value {
        let func = target.objects().iter().find_map(function_of).unwrap_or(f.func);
        self.apply_mark_to(mark, target, func)
    }
}

/// Whether a name says that a token is made: `create_access_token`, `write_token`, `generate_token`. What it is made for
/// is in it sealed, if at all.
pub(crate) fn makes_token(name: &str) -> bool {
    const MAKES: [&str; 7] = ["create", "encode", "generate", "issue", "make", "sign", "write"];
    let mut words = name.split('_');
    words.next().is_some_and(|first| MAKES.contains(&first)) && words.any(|word| word == "token" || word == "jwt")
}

/// The function behind a callable.
pub(crate) fn function_of(object: &Object) -> Option<FuncId> {
    match object {
        Object::Function(func) | Object::Closure(func, _) | Object::Method(func, _) => Some(*func),
        Object::BoundClosure(inner, _) | Object::Filtered(inner, _) => function_of(inner),
        _ => None,
    }
}

/// Whether something is known of what a call of it does.
pub(crate) fn is_callable(object: &Object) -> bool {
    !matches!(
        object,
        Object::Null
            | Object::Bool(_)
            | Object::Int(_)
            | Object::Text(_)
            | Object::Prefix(_)
            | Object::Variable(_)
            | Object::Module(_)
            | Object::Package(_)
            | Object::Table(_)
            | Object::Condition(_)
    )
}
