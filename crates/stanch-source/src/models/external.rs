use stanch_api::{AttributeSet, ParameterLocation};

use super::effects::{Effect, effect};
use super::language_models::is_model_call;
use super::names::canonical;
use super::requests;
use crate::facts::{ResponsePart, SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame, Owner};
use crate::ir::{Span, Sym};
use crate::value::{Object, Shape, SiteId, Value};

/// FastAPI's security schemes whose value is a key that the client sends.
const API_KEYS: [&str; 3] = [".APIKeyHeader()", ".APIKeyQuery()", ".APIKeyCookie()"];

/// Whether a call makes a connection: it keeps the password that it is given, and what it answers later is no part of it.
fn keeps_credentials(name: &str) -> bool {
    const MADE: [&str; 8] = ["client", "connect", "database", "engine", "mongo", "pool", "redis", "session"];
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    MADE.iter().any(|word| last.contains(word))
}

impl Engine {
    /// A member of a library's object.
    pub(crate) fn external_member(&mut self, f: &mut Frame, ext: Sym, site: SiteId, name: Sym, span: Span) -> Value {
        let joined = self.program.names.member(ext, name);
        let text = self.text(joined);
        if text.len() > 160 {
            return Value::default();
        }
        let same = canonical(&text);
        let joined = if *same == *text { joined } else { self.program.names.intern(same) };
        let text = self.text(joined);
        let mut value = Value::object(Object::Ext(joined, site));
        if let Some(location) = requests::part(&text) {
            let taint = self.request((f.func, span), Some(location), None);
            return Value::taint(taint).with_object(Object::Ext(joined, site));
        }
        if let Some(field) = text.strip_prefix("flask.request.")
            && requests::is_field(field)
        {
            let taint = self.request((f.func, span), None, Some(field));
            return Value::taint(taint).with_object(Object::Ext(joined, site));
        }
        let (kind, shape) = match &*text {
            "os.environ" => (SourceKind::Environment { name: None }, Shape::Named),
            "flask.Flask().config" => (SourceKind::Config { name: None }, Shape::Named),
            _ => {
                let owner = self.heap_owner(ext);
                if let Some(stored) = self.heap.get(owner, name) {
                    value = value.join(&stored);
                }
                return value;
            }
        };
        let taint = self.begin((f.func, span), kind, shape, None, AttributeSet::all());
        Value::taint(taint).with_object(Object::Ext(joined, site))
    }

    pub(crate) fn heap_owner(&self, ext: Sym) -> Owner {
        Owner::Ext(ext)
    }

    /// `container[key]` of a library's object: the session, `g`, the configuration, the environment.
    pub(crate) fn external_index(&mut self, f: &Frame, object: &Object, index: &Value, span: Span) -> Value {
        let Object::Ext(ext, _) = object else { return Value::default() };
        let text = self.text(*ext);
        if &*text == "dependency_injector.wiring.Provide" {
            return self.provided(index);
        }
        if &*text == "os.environ" {
            return self.environment_read(f, index, None, true, span);
        }
        match index.text() {
            Some(name) => {
                let owner = self.heap_owner(*ext);
                self.heap.get(owner, name).unwrap_or_default()
            }
            // `List[Model]`: the model stands as the element.
            None if text.starts_with("typing.") || text.starts_with("builtins.") => {
                let mut list = Value::default();
                list.edit().fields.insert(crate::value::Key::At(0), index.clone());
                list
            }
            None => Value::default(),
        }
    }

    /// A value is stored into a library's object: a header of a response is a way out.
    pub(crate) fn external_store(&mut self, f: &mut Frame, ext: Sym, value: &Value, span: Span) {
        let text = self.text(ext);
        if text.ends_with("Response().headers") {
            self.sink(f, &SinkKind::Response(ResponsePart::Header), span, value);
        } else if text.starts_with("flask.session") {
            self.sink(f, &SinkKind::Response(ResponsePart::Cookie), span, value);
        }
    }

    /// A method of a library's object that is decided before the receiver's data is looked at.
    pub(crate) fn external_method(
        &mut self,
        f: &mut Frame,
        callee: &Object,
        receiver: &Value,
        args: &Args<'_>,
        span: Span,
    ) -> Option<Value> {
        let Object::Ext(name, site) = callee else { return None };
        let text = self.text(*name);
        let (owner, method) = text.rsplit_once('.')?;
        self.library_site(f, &text, *site, args, span);
        if let Some(location) = requests::part(&text) {
            // `request.get_json()`: the member already is the data.
            let taint = self.request((f.func, span), Some(location), None);
            return Some(Value::taint(taint));
        }
        if let Some(owner) = owner.strip_suffix("()")
            && let Some(value) = self.container_call(f, owner, method, *site, args, span)
        {
            return Some(value);
        }
        let known = effect(&text).is_some()
            || is_model_call(&text)
            || text.starts_with("boto3.")
            || text.starts_with("aws.")
            || text.starts_with("flask.Response()")
            || super::routes::is_container(&text);
        (known || receiver.taints().is_empty() && !receiver.has_fields() && self.is_library(&text))
            .then(|| self.external_call(f, *name, args, Some(receiver), span))
    }

    fn is_library(&self, text: &str) -> bool {
        !text.starts_with("flask.session") && !text.starts_with("flask.g.") && !text.contains(".config.")
    }

    /// A call of a library's function.
    pub(crate) fn external_call(
        &mut self,
        f: &mut Frame,
        name: Sym,
        args: &Args<'_>,
        receiver: Option<&Value>,
        span: Span,
    ) -> Value {
        let raw = self.text(name);
        let text: &str = canonical(&raw);
        self.library_site(f, text, crate::value::SiteId::default(), args, span);
        if self.digest(text) {
            let made = self.program.names.called(name);
            let own = self.site(f.func, span);
            return Value::object(Object::Ext(made, own));
        }
        if let Some(effect) = effect(text) {
            return self.effect_call(f, effect, text, args, span);
        }
        if is_model_call(text) {
            return self.model_call(f, args, span);
        }
        if let Some(value) = self.marshal_call(text, args) {
            return value;
        }
        if let Some(value) = self.new_container(f, text, args, span) {
            return value;
        }
        if let Some(value) = self.boto3_call(f, text, args, span) {
            return value;
        }
        if let Some(value) = self.response_method(f, text, args, receiver, span) {
            return value;
        }
        let made = self.program.names.called(name);
        let canonical_made = self.text(made);
        let made = self.program.names.intern(canonical(&canonical_made));
        let own = self.site(f.func, span);
        let mut result = args.blurred();
        if let Some(receiver) = receiver {
            let mut held = receiver.blurred();
            // A client answers what its service says, and not the key that it was made with.
            if text.contains("().") {
                held = self.without_settings(&held);
            }
            result = result.join(&held);
        }
        if let Some(value) = self.buffer_call(f, text, args, span) {
            return value;
        }
        if matches!(text, "builtins.str" | "builtins.repr") {
            return self.printed(&args.first(), span, f);
        }
        if let Some(provider) = self.provider_call(f, text, args, span) {
            return provider;
        }
        if text.starts_with("builtins.") && !text.ends_with("Exception") && !text.ends_with("Error") {
            return result;
        }
        if text.rsplit('.').next().is_some_and(crate::flow::makes_token) {
            return self.fresh_key((f.func, span));
        }
        // A field of a model keeps what it is a field of.
        if text.ends_with(".fields.Nested") || text.ends_with(".fields.List") {
            result.edit().fields.insert(crate::value::Key::At(0), args.first());
        } else if text.starts_with("pynamodb.attributes.") {
            result = result.join(&args.as_dict());
        }
        if keeps_credentials(text) {
            result = self.without_settings(&result);
        }
        // A function that is handed over may be called with what else is handed over.
        self.call_handed(f, args, span);
        result.with_object(Object::Ext(made, own))
    }

    pub(crate) fn fresh_key(&mut self, at: (crate::value::FuncId, Span)) -> Value {
        Value::taint(self.begin(at, SourceKind::GeneratedKey, Shape::Opaque, None, AttributeSet::all()))
    }

    fn call_handed(&mut self, f: &mut Frame, args: &Args<'_>, span: Span) {
        for value in &args.positional {
            for object in value.objects().to_vec() {
                if let Object::Closure(..) = object {
                    self.call_object(f, &object, &Args::default(), span, None);
                }
            }
        }
    }

    fn effect_call(&mut self, f: &mut Frame, effect: Effect, name: &str, args: &Args<'_>, span: Span) -> Value {
        let at = (f.func, span);
        let source =
            |engine: &mut Self, kind| Value::taint(engine.begin(at, kind, Shape::Opaque, None, AttributeSet::all()));
        match effect {
            Effect::Clean if name == "builtins.type" => made_class(args),
            Effect::Clean => Value::default(),
            Effect::Same => args.first(),
            Effect::Text => crate::flow::as_text(&args.blurred()),
            Effect::List => {
                let first = args.first();
                if name == "builtins.next" || name == "builtins.max" || name == "builtins.min" {
                    return self.element(at, &first);
                }
                first.without_objects()
            }
            Effect::Map => self.mapped(f, name, args, span),
            Effect::Reduce => {
                let list = args.positional.get(1).cloned().unwrap_or_default();
                let element = self.element(at, &list);
                let pair = Args::of(vec![element.clone(), element.clone()]);
                self.call_value(f, &args.first(), &pair, span).join(&element)
            }
            Effect::Dict => {
                let first = args.first().without_objects();
                let keywords = args.as_dict();
                self.merge(&first, &keywords)
            }
            Effect::Log => {
                let values: Vec<Value> =
                    args.positional.iter().chain(args.keywords.iter().map(|(_, value)| value)).cloned().collect();
                let mut logged = Value::default();
                for value in values {
                    let printed = self.printed(&value, span, f);
                    logged = logged.join(&printed);
                }
                self.sink(f, &SinkKind::Log, span, &logged);
                if name.ends_with(".exception") {
                    let trace = source(self, SourceKind::Traceback);
                    self.sink(f, &SinkKind::Log, span, &trace);
                }
                Value::default()
            }
            Effect::Traceback => source(self, SourceKind::Traceback),
            Effect::PrintTraceback => {
                let trace = source(self, SourceKind::Traceback);
                self.sink(f, &SinkKind::Log, span, &trace);
                Value::object(Object::Null)
            }
            Effect::Generated => source(self, SourceKind::GeneratedKey),
            Effect::Claims => self.claims(args),
            Effect::Credentials => source(self, SourceKind::SdkCredentials),
            Effect::Environment => {
                let index = args.first();
                let default = args.get(self, 1, "default");
                self.environment_read(f, &index, default, false, span)
            }
            Effect::Outgoing | Effect::OutgoingSecond => {
                self.outgoing(f, usize::from(effect == Effect::OutgoingSecond), args, span);
                Value::default()
            }
            Effect::Deserialise => {
                let first = args.first();
                self.sink(f, &SinkKind::Deserialiser, span, &first);
                first.blurred()
            }
            Effect::Depends => {
                let first = args.first();
                let credential = first.objects().iter().any(|object| {
                    let Object::Ext(name, _) = object else { return false };
                    API_KEYS.iter().any(|scheme| self.program.names.text(*name).ends_with(scheme))
                });
                if credential {
                    let taint = self.request((f.func, span), Some(ParameterLocation::Header), Some("X-API-Key"));
                    return Value::taint(taint);
                }
                if args.positional.is_empty() && args.keywords.is_empty() {
                    let name = self.program.names.intern("fastapi.Depends()");
                    let site = self.site(f.func, span);
                    return Value::object(Object::Ext(name, site));
                }
                // What an injector provides is no function to call.
                let called = first.objects().iter().any(|object| {
                    crate::flow::function_of(object).is_some() || matches!(object, Object::Class(_) | Object::Ext(..))
                });
                if !called {
                    return first;
                }
                let mut given = Args::default();
                if let [Object::Function(func)] = first.objects() {
                    self.client_parameters(f, *func, &mut given);
                }
                let value = self.call_value(f, &first, &given, span);
                // A dependency that yields gives what it yields.
                let yields = first
                    .objects()
                    .iter()
                    .filter_map(crate::flow::function_of)
                    .any(|func| self.program.func(func).ir.generator);
                if yields { self.element(at, &value) } else { value }
            }
            Effect::Vars => {
                let first = args.first();
                let dict = self.program.names.intern("__dict__");
                self.attr(f, &first, dict, span)
            }
            Effect::Getattr => {
                let first = args.first();
                match args.positional.get(1).and_then(Value::text) {
                    Some(name) => self.attr(f, &first, name, span),
                    None => self.project(at, &first, crate::value::Key::Any),
                }
            }
            Effect::Super => match f.class {
                Some(class) => Value::object(Object::Parent(class, Box::new(Object::Instance(class)))),
                None => Value::default(),
            },
            Effect::Json
            | Effect::Response
            | Effect::Redirect
            | Effect::Abort
            | Effect::Flash
            | Effect::Template
            | Effect::TemplateText
            | Effect::HttpException => self.response_effect(f, effect, args, span),
        }
    }
}

/// `type(name, bases, members)`: a class that is made of its bases and its members.
fn made_class(args: &Args<'_>) -> Value {
    let [_, bases, members] = &args.positional[..] else { return Value::default() };
    let mut made = members.without_objects();
    for base in bases.node().into_iter().flat_map(|node| node.fields.values()) {
        for object in base.objects().iter().filter(|object| matches!(object, Object::Class(_))) {
            made = made.with_object(object.clone());
        }
    }
    made
}
