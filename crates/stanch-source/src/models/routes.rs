use std::rc::Rc;

use stanch_api::Method;

use super::routing::{Framework, Hook, HookKind, Mark, View};
use crate::facts::{ResponsePart, SinkKind};
use crate::flow::{Args, Engine, Frame, function_of};
use crate::ir::{Span, Sym};
use crate::value::{ClassId, FuncId, Key, Object, SiteId, Value};

/// What makes a container of routes: constructor, whether it is an app, framework, keyword and position of its prefix.
static CONTAINERS: &[(&str, bool, Framework, &str, usize)] = &[
    ("aws_lambda_powertools.event_handler.APIGatewayRestResolver", true, Framework::Flask, "", 9),
    ("aws_lambda_powertools.event_handler.router.Router", false, Framework::Flask, "", 9),
    ("chalice.Blueprint", false, Framework::Chalice, "url_prefix", 9),
    ("chalice.Chalice", true, Framework::Chalice, "", 9),
    ("fastapi.APIRouter", false, Framework::FastApi, "prefix", 9),
    ("fastapi.FastAPI", true, Framework::FastApi, "", 9),
    ("flask.Blueprint", false, Framework::Flask, "url_prefix", 9),
    ("flask.Flask", true, Framework::Flask, "", 9),
    ("flask_restful.Api", false, Framework::Flask, "prefix", 1),
    ("flask_restx.Api", false, Framework::Flask, "prefix", 9),
    ("flask_restx.Namespace", false, Framework::Flask, "path", 2),
    ("flask_smorest.Blueprint", false, Framework::Flask, "url_prefix", 9),
];

/// Methods of a container that register a function for one method.
const VERBS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

pub(crate) fn is_container(name: &str) -> bool {
    container(name).is_some()
}

fn container(name: &str) -> Option<&'static (&'static str, bool, Framework, &'static str, usize)> {
    CONTAINERS.iter().find(|row| row.0 == name)
}

impl Engine {
    /// A call that makes a container.
    pub(super) fn new_container(&mut self, f: &Frame, name: &str, args: &Args<'_>, span: Span) -> Option<Value> {
        let &(name, app, framework, keyword, position) = container(name)?;
        let site = self.site(f.func, span);
        let prefix = args.get(self, position, keyword).and_then(|value| value.text());
        let prefix = match prefix {
            Some(prefix) => self.text(prefix).to_string(),
            // A namespace answers below its own name unless it is given a path.
            None if name.ends_with(".Namespace") => {
                args.first().text().map(|name| format!("/{}", self.text(name))).unwrap_or_default()
            }
            None => String::new(),
        };
        self.registry().add_container(site, app, framework, &prefix);
        if name.ends_with(".Api")
            && let Some(app) = args.get(self, 0, "app")
        {
            for parent in self.container_sites(&app) {
                self.registry().mount(parent, site, None);
            }
        }
        let made = self.program.names.intern(&format!("{name}()"));
        Some(Value::object(Object::Ext(made, site)))
    }

    fn container_sites(&mut self, value: &Value) -> Vec<SiteId> {
        let containers = &self.registry().containers;
        let sites = value.objects().iter().filter_map(|object| match object {
            Object::Ext(_, site) if containers.contains_key(site) => Some(*site),
            _ => None,
        });
        sites.collect()
    }

    /// A call of a container's method; none if it is none that registers something.
    pub(super) fn container_call(
        &mut self,
        f: &mut Frame,
        owner: &str,
        method: &str,
        site: SiteId,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        let &(_, _, framework, ..) = container(owner)?;
        let mark = |engine: &mut Self, mark| Some(Value::object(engine.mark(mark)));
        match method {
            "route" | "api_route" => {
                let methods = self.methods(args);
                let rules = self.rules(args, 0);
                self.route_marks(site, &rules, &methods, framework, args)
            }
            _ if VERBS.contains(&method) => {
                let methods = Method::from_name(method).into_iter().collect::<Vec<_>>();
                let rules = self.rules(args, 0);
                self.route_marks(site, &rules, &methods, framework, args)
            }
            "add_url_rule" | "add_api_route" => {
                let target = args.get(self, 2, "view_func").or_else(|| args.get(self, 1, "endpoint"))?;
                let methods = self.methods(args);
                for rule in self.rules(args, 0) {
                    self.register(site, &rule, &methods, framework, &target);
                }
                Some(Value::default())
            }
            "add_resource" => {
                let target = args.first();
                for position in 1..args.positional.len() {
                    for rule in self.rules(args, position) {
                        self.register(site, &rule, &[], framework, &target);
                    }
                }
                Some(Value::default())
            }
            "register_blueprint" | "add_namespace" | "include_router" | "register_namespace" => {
                let child = args.first();
                let prefix = args
                    .keyword(self, "url_prefix")
                    .or_else(|| args.keyword(self, "prefix"))
                    .or_else(|| args.get(self, 1, "path").filter(|_| method == "add_namespace"))
                    .or_else(|| args.get(self, 2, "name_prefix"))
                    .and_then(|value| value.text());
                let prefix = prefix.map(|prefix| self.text(prefix));
                let children = self.container_sites(&child);
                self.registry().unknown_mount |= children.is_empty();
                for child in children {
                    self.registry().mount(site, child, prefix.clone());
                }
                Some(Value::default())
            }
            "init_app" => {
                let parent = args.first();
                for parent in self.container_sites(&parent) {
                    self.registry().mount(parent, site, None);
                }
                Some(Value::default())
            }
            "before_request" | "before_app_request" | "before_first_request" => {
                self.hook(f, HookKind::Before, site, framework, args)
            }
            "after_request" | "after_app_request" | "teardown_request" => {
                self.hook(f, HookKind::After, site, framework, args)
            }
            "on_event" | "cli" => self.hook(f, HookKind::Start, site, framework, args),
            "errorhandler" | "app_errorhandler" | "exception_handler" => {
                let kind = self.error_kind(&args.first());
                self.hook(f, kind, site, framework, args)
            }
            "register_error_handler" | "add_exception_handler" => {
                let kind = self.error_kind(&args.first());
                let target = args.positional.get(1)?.clone();
                let made = self.mark(Mark::Hook { kind, container: site, framework });
                Some(self.call_object(f, &made, &Args::of(vec![target]), Span::default(), None))
            }
            "marshal_with" | "marshal_list_with" => {
                let set = self.model_of(&args.first());
                let filter = self.filter(set);
                mark(self, Mark::Model(filter))
            }
            "model" | "inherit" | "clone" => Some(self.restx_model(args)),
            "response" if owner == "flask_smorest.Blueprint" => {
                let schema = args.get(self, 1, "schema")?;
                let set = self.model_of(&schema);
                let filter = self.filter(set);
                mark(self, Mark::Model(filter))
            }
            "abort" => {
                let message = crate::flow::as_text(&args.blurred());
                self.sink(f, &SinkKind::Response(ResponsePart::Body), span, &message);
                f.state.dead = true;
                Some(Value::default())
            }
            _ => None,
        }
    }

    /// `@marshal_with(fields)` and `marshal(data, fields)` of Flask-RESTful and flask-restx, which let through what the
    /// model names.
    pub(super) fn marshal_call(&mut self, name: &str, args: &Args<'_>) -> Option<Value> {
        match name {
            "flask_restx.marshal_with" | "flask_restx.marshal_list_with" => {
                let model = args.get(self, 0, "fields")?;
                let set = self.model_of(&model);
                let filter = self.filter(set);
                Some(Value::object(self.mark(Mark::Model(filter))))
            }
            "flask_restx.marshal" => {
                let model = args.get(self, 1, "fields")?;
                let set = self.model_of(&model);
                Some(self.through(&args.first(), &set))
            }
            _ => None,
        }
    }

    /// A hook is registered by a decorator, or by a call with the function.
    fn hook(
        &mut self,
        f: &mut Frame,
        kind: HookKind,
        container: SiteId,
        framework: Framework,
        args: &Args<'_>,
    ) -> Option<Value> {
        let mark = self.mark(Mark::Hook { kind, container, framework });
        let direct = args.positional.first().filter(|value| value.objects().iter().any(|o| function_of(o).is_some()));
        match direct.cloned() {
            Some(target) => Some(self.call_object(f, &mark, &Args::of(vec![target]), Span::default(), None)),
            None => Some(Value::object(mark)),
        }
    }

    fn error_kind(&self, which: &Value) -> HookKind {
        let harmless = which.objects().iter().any(|object| match object {
            Object::Int(code) => *code != 500,
            Object::Ext(name, _) => super::is_harmless_exception(self.program.names.text(*name)),
            Object::Class(_) => true,
            _ => false,
        });
        if harmless { HookKind::HarmlessError } else { HookKind::Error }
    }

    fn methods(&self, args: &Args<'_>) -> Vec<Method> {
        let Some(value) = args.keyword(self, "methods") else { return Vec::new() };
        let parts = value.node().into_iter().flat_map(|node| node.fields.values().chain([&node.rest]));
        let names = value.texts().chain(parts.flat_map(Value::texts));
        let mut methods: Vec<Method> =
            names.filter_map(|name| Method::from_name(self.program.names.text(name))).collect();
        methods.sort();
        methods.dedup();
        methods
    }

    fn rules(&self, args: &Args<'_>, position: usize) -> Vec<Rc<str>> {
        let value = args.get(self, position, "rule").or_else(|| args.keyword(self, "path")).unwrap_or_default();
        let mut rules: Vec<Rc<str>> = value.texts().map(|rule| self.text(rule)).collect();
        if rules.is_empty() {
            rules.extend(value.objects().iter().filter_map(|object| match object {
                // Only the front is known, say of `BASE + '/x'` with a base from the environment.
                Object::Prefix(front) => Some(self.text(*front)),
                _ => None,
            }));
        }
        rules
    }

    fn route_marks(
        &mut self,
        container: SiteId,
        rules: &[Rc<str>],
        methods: &[Method],
        framework: Framework,
        args: &Args<'_>,
    ) -> Option<Value> {
        let model = args.keyword(self, "response_model").map(|model| {
            let set = self.model_of(&model);
            self.filter(set)
        });
        let mut value = Value::default();
        for rule in rules {
            let mark = Mark::Route { container, rule: rule.clone(), methods: methods.to_vec(), framework, model };
            value = value.with_object(self.mark(mark));
        }
        Some(value)
    }

    /// Puts a mark on a function or class; the result stands in its place.
    pub(crate) fn apply_mark_to(&mut self, mark: &Mark, target: Value, func: FuncId) -> Value {
        match mark {
            Mark::Route { container, rule, methods, framework, model } => {
                let filter = model.map(|model| self.filtered(model));
                self.register_as((*container, rule), methods, *framework, &target, filter.as_ref(), Some(func));
                target
            }
            Mark::Model(filter) => {
                let Some(node) = target.node() else { return target };
                let objects =
                    node.objects.iter().map(|object| Object::Filtered(Box::new(object.clone()), *filter)).collect();
                Value::new(crate::value::Node { objects, ..node.clone() })
            }
            Mark::Hook { kind, container, framework } => {
                let func = target.objects().iter().find_map(function_of).unwrap_or(func);
                self.registry().add_hook(Hook {
                    kind: *kind,
                    container: *container,
                    framework: *framework,
                    func,
                    target: target.clone(),
                });
                target
            }
        }
    }

    fn register(
        &mut self,
        container: SiteId,
        rule: &Rc<str>,
        methods: &[Method],
        framework: Framework,
        target: &Value,
    ) {
        self.register_as((container, rule), methods, framework, target, None, None);
    }

    fn register_as(
        &mut self,
        (container, rule): (SiteId, &Rc<str>),
        methods: &[Method],
        framework: Framework,
        target: &Value,
        filter: Option<&super::Model>,
        func: Option<FuncId>,
    ) {
        // The members of a class that is made by `type(…)`.
        for verb in VERBS {
            let sym = self.program.names.intern(verb);
            let Some(member) = target.field(Key::Name(sym)).cloned() else { continue };
            let Some(own) = member.objects().iter().find_map(function_of) else { continue };
            self.registry().add_view(View {
                container,
                rule: rule.clone(),
                methods: Method::from_name(verb).into_iter().collect(),
                framework,
                func: own,
                target: member,
                filter: filter.cloned(),
                order: 0,
            });
        }
        for object in target.objects().to_vec() {
            if let Object::Class(class) = object {
                // A class-based view: each method that is named as an HTTP method answers it.
                for verb in VERBS {
                    let sym = self.program.names.intern(verb);
                    let member = self.instance_member(class, sym);
                    let Some(own) = member.objects().iter().find_map(function_of) else { continue };
                    let verb = Method::from_name(verb);
                    self.registry().add_view(View {
                        container,
                        rule: rule.clone(),
                        methods: verb.into_iter().collect(),
                        framework,
                        func: own,
                        target: member.clone(),
                        filter: filter.cloned(),
                        order: 0,
                    });
                }
            } else if let Some(own) = function_of(&object) {
                let methods = if methods.is_empty() { vec![Method::Get] } else { methods.to_vec() };
                self.registry().add_view(View {
                    container,
                    rule: rule.clone(),
                    methods,
                    framework,
                    func: func.unwrap_or(own),
                    target: Value::object(object),
                    filter: filter.cloned(),
                    order: 0,
                });
            }
        }
    }

    /// A member of an instance of the app's class that a library's parent class brings.
    pub(crate) fn foreign_member(&mut self, class: ClassId, name: Sym) -> Value {
        let body = self.program.class(class).body;
        let order = self.ancestry(class);
        let bases = order.iter().filter_map(|class| self.bases.get(class)).flatten();
        let foreign: Vec<Sym> = bases
            .filter_map(|base| match base {
                Object::Ext(ext, _) => Some(*ext),
                _ => None,
            })
            .collect();
        let mut result = Value::default();
        for ext in foreign {
            let text = self.text(ext);
            if is_container(super::names::canonical(&text)) {
                let made = self.program.names.intern(&format!("{}()", super::names::canonical(&text)));
                let joined = self.program.names.member(made, name);
                let span = self.program.func(body).ir.span;
                let site = self.site(body, span);
                result = result.with_object(Object::Ext(joined, site));
            }
        }
        result
    }

    fn restx_model(&mut self, args: &Args<'_>) -> Value {
        let mut model = Value::default();
        for value in &args.positional {
            let named = crate::flow::named_fields(self, value);
            for (name, field) in named {
                let sym = self.program.names.intern(&name);
                model.edit().fields.insert(Key::Name(sym), field);
            }
        }
        model.with_object(Object::Null)
    }
}
