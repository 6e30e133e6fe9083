use stanch_api::AttributeSet;

use super::effects::Effect;
use super::routing::{Framework, Hook, HookKind, View};
use crate::facts::{ResponsePart, SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame};
use crate::ir::{ExprKind, FunctionIr, Span, Sym};
use crate::program::Program;
use crate::value::{FuncId, Key, Object, Shape, Value};

/// Key of a response value's body among its members. No Python name holds a space.
const BODY: &str = "response body";
const HEADERS: &str = "response headers";

impl Engine {
    pub(super) fn response_effect(&mut self, f: &mut Frame, effect: Effect, args: &Args<'_>, span: Span) -> Value {
        match effect {
            Effect::Json => {
                let first = args.first();
                // Flask's JSON provider knows no `os.environ`: it raises, and the client gets a 500.
                let refused = first.objects().iter().any(|object| self.is_named(object, "os.environ"));
                if refused {
                    return self.response(Value::default(), None);
                }
                let keywords = args.as_dict();
                let body = args.positional.iter().fold(keywords, |all, value| all.join(&value.without_objects()));
                self.response(body, None)
            }
            Effect::Response => {
                let first = args
                    .get(self, 0, "response")
                    .or_else(|| args.keyword(self, "content"))
                    .or_else(|| args.keyword(self, "body"))
                    .unwrap_or_default();
                let headers = args.keyword(self, "headers");
                let body = match first.objects().iter().any(|object| self.is_response(object)) {
                    true => self.response_body(&first, Framework::Flask),
                    false => self.response_body(&first, Framework::Flask).without_objects(),
                };
                self.response(body, headers)
            }
            Effect::Redirect => {
                let first = args.get(self, 0, "location").or_else(|| args.keyword(self, "url")).unwrap_or_default();
                let first = first.blurred();
                self.sink(f, &SinkKind::Response(ResponsePart::Redirect), span, &first);
                self.response(Value::default(), None)
            }
            Effect::Abort => {
                let message = crate::flow::as_text(&args.blurred());
                self.sink(f, &SinkKind::Response(ResponsePart::Body), span, &message);
                // What stands after it does not run.
                f.state.dead = true;
                Value::default()
            }
            Effect::HttpException => {
                let detail = args.get(self, 1, "detail").unwrap_or_default();
                let mut exception = detail.blurred();
                let name = self.program.names.intern("fastapi.HTTPException()");
                let site = self.site(f.func, span);
                exception = exception.with_object(Object::Ext(name, site));
                exception
            }
            Effect::Flash => {
                let message = args.blurred();
                self.sink(f, &SinkKind::Response(ResponsePart::Body), span, &message);
                Value::default()
            }
            Effect::Template | Effect::TemplateText => {
                let mut context = args.as_dict();
                for value in args.positional.iter().skip(1) {
                    context = self.merge(&context, &value.without_objects());
                }
                let name = args.first();
                let printed = self.render(f, &name, &context, effect == Effect::TemplateText);
                self.response(printed, None)
            }
            _ => Value::default(),
        }
    }

    /// An exception is raised: an HTTP exception's detail is a response.
    pub(crate) fn raised(&mut self, f: &mut Frame, value: &Value, span: Span) {
        if value.objects().iter().any(|object| self.is_named(object, "fastapi.HTTPException()")) {
            let sent = value.map_taints(&mut |taint| (taint.shape != Shape::Exception).then(|| taint.clone()));
            self.sink(f, &SinkKind::Response(ResponsePart::Body), span, &sent);
        } else if value.objects().iter().any(|object| self.is_told_error(object)) && !self.answers_an_event(f.func) {
            self.sink(f, &SinkKind::Response(ResponsePart::Body), span, &crate::flow::as_text(value));
        }
    }

    /// Whether a function of Chalice is called for a message, a stream or the clock, so that nobody waits for an answer:
    /// `@app.on_sns_message(…)`, `@app.schedule(…)`.
    fn answers_an_event(&self, func: FuncId) -> bool {
        self.program.func(func).ir.decorators.iter().any(|decorator| {
            let ExprKind::Call(call) = &decorator.kind else { return false };
            let ExprKind::Attr(_, name) = &call.callee.kind else { return false };
            let name = self.program.names.text(*name);
            name.starts_with("on_") || matches!(name, "schedule" | "lambda_function")
        })
    }

    /// An exception whose text the framework sends: Chalice's view errors (its documentation of `ChaliceViewError`),
    /// those of powertools' event handler, and Werkzeug's HTTP exceptions.
    fn is_told_error(&self, object: &Object) -> bool {
        let Object::Ext(name, _) = object else { return false };
        let name = self.program.names.text(*name);
        name.strip_prefix("chalice.").is_some_and(|rest| rest.ends_with("Error()"))
            || name.starts_with("aws_lambda_powertools.event_handler.exceptions.")
            || name.starts_with("werkzeug.exceptions.")
    }

    fn response(&mut self, body: Value, headers: Option<Value>) -> Value {
        let name = self.program.names.intern("flask.Response()");
        let body_key = self.program.names.intern(BODY);
        let mut response = Value::object(Object::Ext(name, crate::value::SiteId::default()));
        response.edit().fields.insert(Key::Name(body_key), body);
        if let Some(headers) = headers {
            let key = self.program.names.intern(HEADERS);
            response.edit().fields.insert(Key::Name(key), headers);
        }
        response
    }

    pub(crate) fn is_named(&self, object: &Object, wanted: &str) -> bool {
        matches!(object, Object::Ext(name, _) if self.program.names.text(*name) == wanted)
    }

    pub(crate) fn is_response(&self, object: &Object) -> bool {
        self.is_named(object, "flask.Response()")
    }

    /// What of a view's return value is the body.
    pub(crate) fn response_body(&mut self, value: &Value, framework: Framework) -> Value {
        let body_key = self.program.names.intern(BODY);
        let body = match framework {
            // `return body, status, headers`
            Framework::Flask => match value.field(Key::At(0)) {
                Some(body) if value.field(Key::At(1)).is_some() => self.response_body(&body.clone(), framework),
                _ => value.clone(),
            },
            Framework::Lambda => {
                let key = self.program.names.intern("body");
                let status = self.program.names.intern("statusCode");
                match (value.field(Key::Name(key)), value.field(Key::Name(status))) {
                    (Some(body), _) => body.clone(),
                    (None, Some(_)) => Value::default(),
                    (None, None) => value.clone(),
                }
            }
            Framework::FastApi | Framework::Chalice => value.clone(),
        };
        if body.field(Key::Name(body_key)).is_none() {
            return body;
        }
        let (sent, rest) = self.response_parts(&body);
        sent.join(&rest)
    }

    /// The body of the response object that a value is, and what else the value can be.
    pub(crate) fn response_parts(&mut self, value: &Value) -> (Value, Value) {
        let body_key = Key::Name(self.program.names.intern(BODY));
        let headers_key = Key::Name(self.program.names.intern(HEADERS));
        let sent = value.field(body_key).cloned().unwrap_or_default();
        let mut rest = value.without_objects();
        if !rest.is_nothing() {
            let node = rest.edit();
            node.fields.remove(&body_key);
            node.fields.remove(&headers_key);
            // What was stored into its headers left by them.
            if let Some(own) = self.program.names.get("headers").filter(|_| value.field(body_key).is_some()) {
                node.fields.remove(&Key::Name(own));
            }
        }
        (sent, rest)
    }

    /// Headers that a view returns beside the body.
    pub(crate) fn response_extras(&mut self, value: &Value) -> Vec<(ResponsePart, Value)> {
        let key = self.program.names.intern(HEADERS);
        let mut extras = Vec::new();
        let first = value.field(Key::At(0)).cloned();
        for value in [Some(value), first.as_ref()].into_iter().flatten() {
            if let Some(headers) = value.field(Key::Name(key)) {
                extras.push((ResponsePart::Header, headers.clone()));
            }
        }
        if let Some(headers) = value.field(Key::At(2)) {
            extras.push((ResponsePart::Header, headers.clone()));
        }
        extras
    }

    /// Methods of a response object.
    pub(super) fn response_method(
        &mut self,
        f: &mut Frame,
        name: &str,
        args: &Args<'_>,
        receiver: Option<&Value>,
        span: Span,
    ) -> Option<Value> {
        let method = name.strip_prefix("flask.Response().")?;
        match method {
            "set_cookie" => {
                let value = args.get(self, 1, "value").unwrap_or_default();
                self.sink(f, &SinkKind::Response(ResponsePart::Cookie), span, &value);
                Some(Value::default())
            }
            "headers.add" | "headers.set" | "headers.update" | "headers.extend" => {
                let value = args.blurred();
                self.sink(f, &SinkKind::Response(ResponsePart::Header), span, &value);
                Some(Value::default())
            }
            "get_json" | "json" | "get_data" => receiver.map(|value| self.response_body(value, Framework::Flask)),
            _ => Some(receiver.cloned().unwrap_or_default()),
        }
    }

    /// What a hook is called with.
    pub(crate) fn hook_argument(&mut self, hook: &Hook, span: Span) -> Option<Value> {
        match hook.kind {
            HookKind::Error => {
                let at = (hook.func, span);
                let taint = self.begin(at, SourceKind::Exception, Shape::Exception, None, AttributeSet::all());
                Some(Value::taint(taint))
            }
            HookKind::After => Some(self.response(Value::default(), None)),
            HookKind::Before | HookKind::HarmlessError | HookKind::Start => None,
        }
    }

    /// A Lambda handler by its shape: a function at module level, called `…handler` or so, that takes `event` and
    /// `context`.
    pub(crate) fn handler_view(&self, func: FuncId) -> Option<View> {
        is_handler(&self.program, &self.program.func(func).ir).then(|| View {
            framework: Framework::Lambda,
            func,
            target: Value::object(Object::Function(func)),
            ..View::default()
        })
    }
}

/// Whether a function is one that Lambda can call: `def handler(event, context)`.
pub(crate) fn is_handler(program: &Program, ir: &FunctionIr) -> bool {
    let [first, second] = &ir.params[..] else { return false };
    let name = |sym: Sym| program.names.text(sym).trim_matches('_');
    let second = name(second.name);
    !ir.method && !ir.nested && name(first.name).eq_ignore_ascii_case("event") && second.starts_with(['c', 'C'])
}
