use std::rc::Rc;

use stanch_api::ParameterLocation;

use super::call::function_of;
use super::frame::Scope;
use super::{Args, Engine, Frame, Owner};
use crate::facts::{ResponsePart, SinkKind};
use crate::ir::Span;
use crate::models::{Framework, View};
use crate::relevance::Reading;
use crate::value::{ClassId, FuncId, Key, ModuleId, Note, Object, Origin, Shape, Taint, Value};

/// Deepest chain of imports.
const IMPORTS: usize = 400;

impl Engine {
    /// Functions that were defined while a function was interpreted.
    pub(crate) fn pending_functions(&mut self, defined: &[Value]) {
        for value in defined {
            let known = value.objects().first().and_then(function_of);
            if known.is_none_or(|func| !self.is_analysed(func) && !self.queued.contains(&func)) {
                self.queued.extend(known);
                self.pending.push(value.clone());
            }
        }
    }

    pub(super) fn next_unseen(&mut self) -> Option<Value> {
        while let Some(value) = self.pending.pop() {
            let func = value.objects().first().and_then(function_of);
            if func.is_some_and(|func| !self.is_analysed(func)) {
                return Some(value);
            }
        }
        while let Some(entry) = self.program.functions.get(self.unseen) {
            let func = FuncId::new(self.unseen);
            self.unseen += 1;
            let all = self.reading[entry.module.index()] == Reading::Whole;
            let whole = !entry.ir.nested && entry.ir.span != Span::default();
            let left = !self.is_analysed(func) || self.is_only_tried(func);
            if all && whole && left && !self.is_class_body(func) {
                return Some(Value::object(Object::Function(func)));
            }
        }
        None
    }

    fn is_analysed(&self, func: FuncId) -> bool {
        self.analysed.get(func.index()).copied().unwrap_or(false)
    }

    pub(super) fn set_analysed(&mut self, func: FuncId) {
        if let Some(analysed) = self.analysed.get_mut(func.index()) {
            *analysed = true;
        }
    }

    /// A Lambda handler that only a script or a test calls: the service calls it all the same.
    fn is_only_tried(&self, func: FuncId) -> bool {
        !self.called.contains(&func) && !self.handlers.contains(&func) && self.handler_view(func).is_some()
    }

    /// Whether what a function does is done by hand or by a test: a module's body, a function in a test.
    pub(crate) fn is_script(&self, func: FuncId) -> bool {
        let module = &self.program.modules[self.program.func(func).module.index()];
        module.body == func || is_test(&module.path)
    }

    fn is_class_body(&self, func: FuncId) -> bool {
        self.class_bodies.contains_key(&func)
    }

    pub(crate) fn run_module(&mut self, module: ModuleId) {
        if self.reading[module.index()] == Reading::Left
            || self.started.len() > self.finished + IMPORTS
            || !self.started.insert(module)
        {
            return;
        }
        let body = self.program.modules[module.index()].body;
        self.set_analysed(body);
        let importer = self.enter();
        self.reach.others.push(self.reach.current());
        let ir = self.program.func(body).ir.clone();
        let mut frame = Frame::new(body, module, Scope::Module);
        self.block(&mut frame, &ir.body);
        self.finished += 1;
        self.switch(importer);
        for (name, variable) in frame.state.variables.iter() {
            self.heap.store(Owner::Module(module), *name, &variable.value);
        }
    }

    /// A view is called with what the client sends.
    pub(super) fn run_view(&mut self, view: &View) {
        self.enter();
        self.reach.views.push(self.reach.current());
        let func = view.func;
        let module = self.program.func(func).module;
        let mut frame = Frame::new(func, module, Scope::Function);
        let span = self.program.func(func).ir.span;
        let mut args = Args::default();
        for (name, _) in crate::models::rule_parameters(&view.rule) {
            let taint = self.request((func, span), Some(ParameterLocation::Path), Some(&name));
            let sym = self.program.names.intern(&name);
            args.keywords.push((sym, Value::taint(taint)));
        }
        if view.framework == Framework::FastApi {
            self.client_parameters(&mut frame, func, &mut args);
        }
        for object in view.target.objects().to_vec() {
            self.run_entry(&mut frame, &object, &args, span, view);
        }
    }

    fn run_entry(&mut self, f: &mut Frame, object: &Object, args: &Args<'_>, span: Span, view: &View) {
        match object {
            Object::Filtered(inner, filter) => {
                let set = self.filtered(*filter);
                let view = View { filter: Some(set), ..view.clone() };
                self.run_entry(f, inner, args, span, &view);
            }
            _ => {
                let Some(func) = function_of(object) else { return };
                let (receiver, captured) = match object {
                    Object::Method(_, owner) => (Some(Value::object((**owner).clone())), None),
                    Object::Closure(_, env) => (None, self.captured(*env).first().cloned()),
                    Object::BoundClosure(inner, owner) => match &**inner {
                        Object::Closure(_, env) => {
                            (Some(Value::object((**owner).clone())), self.captured(*env).first().cloned())
                        }
                        _ => (Some(Value::object((**owner).clone())), None),
                    },
                    _ => (None, None),
                };
                let values = self.bind((f.func, span), func, receiver, args, captured);
                let summary = self.summary(func, &values);
                self.pass_sinks(f, span, &values, &summary.sinks);
                for (owner, name, value) in &summary.stores {
                    let value = self.instantiate(f, span, &values, value);
                    self.store(f, *owner, *name, &value);
                }
                for (owner, at, value) in &summary.returns {
                    let value = self.instantiate(f, span, &values, value);
                    self.respond(view, (*owner, *at), &value);
                }
            }
        }
    }

    /// A view's return value becomes a response.
    fn respond(&mut self, view: &View, at: (FuncId, Span), value: &Value) {
        let body = self.filtered_body(view, value);
        for taint in body.flatten() {
            let Origin::Source(source) = taint.origin else { continue };
            // An exception object itself is no JSON and no text: the framework raises, and nothing of it gets out.
            if taint.shape == Shape::Exception {
                continue;
            }
            let at = own_return(&taint, view.func).unwrap_or(at);
            self.flow(source, &SinkKind::Response(ResponsePart::Body), at, &taint);
        }
        for (part, value) in self.response_extras(value) {
            for taint in value.flatten() {
                let Origin::Source(source) = taint.origin else { continue };
                self.flow(source, &SinkKind::Response(part), at, &taint);
            }
        }
    }

    /// The body, through the view's response model. FastAPI sends a response object past the model.
    fn filtered_body(&mut self, view: &View, value: &Value) -> Value {
        let Some(model) = &view.filter else { return self.response_body(value, view.framework) };
        let raw = value.objects().iter().any(|object| self.is_response(object));
        if !raw || view.framework != Framework::FastApi {
            let body = self.response_body(value, view.framework);
            return self.through(&body, model);
        }
        let (sent, rest) = self.response_parts(value);
        sent.join(&self.through(&rest, model))
    }

    pub(super) fn run_hook(&mut self, hook: &crate::models::Hook) {
        self.enter();
        self.reach.hooks.push(self.reach.current());
        let view = View { func: hook.func, target: hook.target.clone(), framework: hook.framework, ..View::default() };
        let module = self.program.func(hook.func).module;
        let mut frame = Frame::new(hook.func, module, Scope::Function);
        let span = self.program.func(hook.func).ir.span;
        let argument = self.hook_argument(hook, span);
        for object in hook.target.objects().to_vec() {
            let args = Args::of(argument.iter().cloned().collect());
            self.run_entry(&mut frame, &object, &args, span, &view);
        }
    }

    /// A function that nothing calls: a library's entry, or a response made where no route was seen.
    pub(super) fn run_alone(&mut self, value: &Value) {
        for object in value.objects().to_vec() {
            let Some(func) = function_of(&object) else { continue };
            self.enter();
            if let Some(view) = self.handler_view(func) {
                self.handlers.insert(func);
                self.reach.others.push(self.reach.current());
                self.run_handler(&view);
                continue;
            }
            if self.is_registered_elsewhere(func) {
                self.reach.others.push(self.reach.current());
            }
            let captured = match &object {
                Object::Closure(_, env) => self.captured(*env).first().cloned(),
                _ => None,
            };
            let module = self.program.func(func).module;
            let mut frame = Frame::new(func, module, Scope::Function);
            let span = self.program.func(func).ir.span;
            let receiver = self.owner_of(func);
            let values = self.bind((func, span), func, receiver, &Args::default(), captured);
            let summary = self.summary(func, &values);
            // Stores of what was passed in are nothing without a caller; those of what was read count.
            for (owner, name, value) in &summary.stores {
                let value = self.instantiate(&frame, span, &values, value);
                self.store(&mut frame, *owner, *name, &value);
            }
            for (owner, at, value) in &summary.returns {
                if value.objects().iter().any(|object| self.is_response(object)) {
                    let value = self.instantiate(&frame, span, &values, value);
                    let view = View { func, target: Value::object(object.clone()), ..View::default() };
                    self.respond(&view, (*owner, *at), &value);
                }
            }
        }
    }

    /// Whether a decorator that is not the app's own stands on a function: it may register it somewhere.
    fn is_registered_elsewhere(&self, func: FuncId) -> bool {
        const PLAIN: [&str; 8] = [
            "abstractmethod",
            "cache",
            "cached_property",
            "classmethod",
            "lru_cache",
            "override",
            "property",
            "staticmethod",
        ];
        let decorators = &self.program.func(func).ir.decorators;
        !decorators.is_empty() && !PLAIN.iter().any(|plain| self.has_decorator(func, plain))
    }

    fn run_handler(&mut self, view: &View) {
        let func = view.func;
        let module = self.program.func(func).module;
        let mut frame = Frame::new(func, module, Scope::Function);
        let span = self.program.func(func).ir.span;
        let event = self.request((func, span), None, None);
        let args = Args::of(vec![Value::taint(event)]);
        self.run_entry(&mut frame, &Object::Function(func), &args, span, view);
    }

    /// The instance that a method is called on when nobody calls it.
    fn owner_of(&mut self, func: FuncId) -> Option<Value> {
        let ir = &self.program.func(func).ir;
        if !ir.method || self.is_static(func) {
            return None;
        }
        let class = self.method_class(func)?;
        Some(Value::object(Object::Instance(class)))
    }

    /// The class in whose body a method stands.
    pub(crate) fn method_class(&self, func: FuncId) -> Option<ClassId> {
        let method = self.program.func(func);
        let (front, _) = method.ir.qualified.rsplit_once('.')?;
        self.class_names.get(&(method.module, front.into())).copied()
    }
}

/// Whether a file is a test by its name or by a directory that it lies in (pytest's and unittest's defaults).
fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || path.split('/').any(|part| matches!(part, "test" | "tests"))
}

/// The `return` of the view itself, where the value went through it on its way to a wrapper's `return`.
fn own_return(taint: &Taint, view: FuncId) -> Option<(FuncId, Span)> {
    let steps = taint.trail.steps();
    steps.iter().rev().find(|step| step.func == view && step.note == Note::Returned).map(|step| (step.func, step.span))
}

/// The members of a dictionary by their names.
pub(crate) fn named_fields(engine: &Engine, value: &Value) -> Vec<(Rc<str>, Value)> {
    let fields = value.node().into_iter().flat_map(|node| &node.fields);
    fields
        .filter_map(|(key, value)| match key {
            Key::Name(sym) => Some((engine.text(*sym), value.clone())),
            _ => None,
        })
        .collect()
}
