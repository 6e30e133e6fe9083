use stanch_api::{AttributeSet, ParameterLocation};

use crate::flow::{Args, Engine, Frame, Owner};
use crate::ir::{ExprKind, Param, Span, Sym};
use crate::value::{ClassId, FuncId, Key, Object, Value};

/// What says where FastAPI takes a parameter from, as a default or within `Annotated`; none for what is no text.
const PLACES: [(&str, Option<ParameterLocation>); 7] = [
    ("fastapi.Body()", Some(ParameterLocation::Json)),
    ("fastapi.Cookie()", Some(ParameterLocation::Cookie)),
    ("fastapi.File()", None),
    ("fastapi.Form()", Some(ParameterLocation::Form)),
    ("fastapi.Header()", Some(ParameterLocation::Header)),
    ("fastapi.Path()", Some(ParameterLocation::Path)),
    ("fastapi.Query()", Some(ParameterLocation::Query)),
];

/// Packages whose types are values that a client can write: dates, ids, constrained texts. Other library types are the
/// framework's own objects.
const SCALARS: [&str; 8] =
    ["builtins.", "datetime.", "decimal.", "enum.", "pydantic.", "typing.", "typing_extensions.", "uuid."];

impl Engine {
    /// FastAPI: what is not in the path comes from the body, if its type is a model, from where the parameter's marker
    /// says, or from the query. A dependency's parameters are taken in the same way.
    pub(crate) fn client_parameters(&mut self, f: &mut Frame, func: FuncId, args: &mut Args<'_>) {
        let ir = self.program.func(func).ir.clone();
        let span: Span = ir.span;
        let skipped = usize::from(ir.method && !self.is_static(func));
        for param in ir.params.iter().skip(skipped) {
            if args.keywords.iter().any(|(name, _)| *name == param.name) {
                continue;
            }
            if let Some(value) = self.client_parameter(f, func, param, span) {
                args.keywords.push((param.name, value));
            }
        }
    }

    fn client_parameter(&mut self, f: &mut Frame, func: FuncId, param: &Param, span: Span) -> Option<Value> {
        let annotation = self.heap.get(Owner::Annotation(func), param.name).unwrap_or_default();
        let default = self.heap.get(Owner::Default(func), param.name).unwrap_or_default();
        // `Annotated[type, marker]`
        let pair = annotation.field(Key::At(0)).filter(|pair| pair.field(Key::At(1)).is_some());
        let (annotation, marker) = match pair {
            Some(pair) => (
                pair.field(Key::At(0)).cloned().unwrap_or_default(),
                pair.field(Key::At(1)).cloned().unwrap_or_default(),
            ),
            None => (annotation.clone(), default),
        };
        if marker.objects().iter().any(|object| self.is_named(object, "fastapi.Depends()")) {
            // `service: Service = Depends()`: the type is what is called.
            let class = annotation.objects().iter().find_map(class_of)?;
            return Some(self.instance(f, class, &Args::default(), span));
        }
        if pair.is_some() {
            if marker.is_nothing() {
                return None;
            }
            if !marker.objects().iter().any(|object| self.describes(object)) {
                return Some(marker);
            }
            if marker.objects().iter().any(|object| self.is_type(object)) {
                return Some(self.whole_body((func, span)));
            }
        } else if self.is_provided(param)
            || !marker.taints().is_empty()
            || marker.objects().iter().any(|object| !is_plain(object))
        {
            return None;
        }
        if let Some(value) = self.framework_object(&annotation) {
            return Some(value);
        }
        if annotation.objects().iter().any(|object| self.is_named(object, "builtins.dict")) {
            return Some(self.whole_body((func, span)));
        }
        let listed = annotation.field(Key::At(0)).cloned();
        if let Some(class) = annotation.objects().iter().find_map(class_of)
            && let Some(model) = self.client_model(func, class, span)
        {
            return Some(model);
        }
        if let Some(class) = listed.as_ref().and_then(|inner| inner.objects().iter().find_map(class_of))
            && let Some(model) = self.client_model(func, class, span)
        {
            // One of `Optional[Model]` and `List[Model]`.
            return Some(model.join(&Value::list(model.clone())));
        }
        let object = annotation.objects().iter().any(|object| match object {
            Object::Ext(name, _) => {
                let name = self.program.names.text(*name);
                !SCALARS.iter().any(|scalar| name.starts_with(scalar))
            }
            _ => false,
        });
        if object {
            return None;
        }
        let place = PLACES.iter().find(|(name, _)| marker.objects().iter().any(|object| self.is_named(object, name)));
        let location = place.map_or(Some(ParameterLocation::Query), |(_, location)| *location)?;
        let text = self.text(param.name);
        let name = match location {
            ParameterLocation::Header => text.replace('_', "-"),
            _ => text.to_string(),
        };
        Some(Value::taint(self.request((func, span), Some(location), Some(&name))))
    }

    /// Whether a dependency provides a parameter's value: its default is a call of `Depends` or `Security`.
    fn is_provided(&self, param: &Param) -> bool {
        let Some(ExprKind::Call(call)) = param.default.as_ref().map(|default| &default.kind) else { return false };
        let (ExprKind::Name(name) | ExprKind::Attr(_, name)) = &call.callee.kind else { return false };
        matches!(self.program.names.text(*name), "Depends" | "Security")
    }

    /// Whether metadata of `Annotated` only says more of the type or of where the value comes from.
    fn describes(&self, object: &Object) -> bool {
        match object {
            Object::Ext(name, _) => {
                let name = self.program.names.text(*name);
                ["fastapi.", "annotated_types.", "pydantic.", "typing.", "builtins."]
                    .iter()
                    .any(|front| name.starts_with(front))
            }
            other => is_plain(other),
        }
    }

    /// `Dict[str, Any]`: the other half of a pair is a type.
    fn is_type(&self, object: &Object) -> bool {
        match object {
            Object::Class(_) => true,
            Object::Ext(name, _) => {
                let name = self.program.names.text(*name);
                !name.ends_with(')') && (name.starts_with("typing.") || name.starts_with("builtins."))
            }
            _ => false,
        }
    }

    fn whole_body(&mut self, at: (FuncId, Span)) -> Value {
        Value::taint(self.request(at, Some(ParameterLocation::Json), None))
    }

    /// The body as an instance of a model, each of its fields a parameter.
    fn client_model(&mut self, func: FuncId, class: ClassId, span: Span) -> Option<Value> {
        let Some(AttributeSet::Only(names)) = self.class_fields(class) else { return None };
        let mut value = Value::object(Object::Instance(class));
        for name in names {
            let taint = self.request((func, span), Some(ParameterLocation::Json), Some(&name));
            let key: Sym = self.program.names.intern(&name);
            value.edit().fields.insert(Key::Name(key), Value::taint(taint));
        }
        Some(value)
    }

    /// The request itself, or the response that headers and cookies can be put on.
    fn framework_object(&mut self, annotation: &Value) -> Option<Value> {
        let made = annotation.objects().iter().find_map(|object| {
            let Object::Ext(name, site) = object else { return None };
            match super::names::canonical(self.program.names.text(*name)) {
                "fastapi.Request" => Some(("fastapi.Request()", *site)),
                "fastapi.responses.Response" => Some(("flask.Response()", *site)),
                _ => None,
            }
        });
        let (name, site) = made?;
        Some(Value::object(Object::Ext(self.program.names.intern(name), site)))
    }
}

fn class_of(object: &Object) -> Option<ClassId> {
    match object {
        Object::Class(class) => Some(*class),
        _ => None,
    }
}

/// A literal default, or a library's object, which says no more than what the type is.
fn is_plain(object: &Object) -> bool {
    matches!(
        object,
        Object::Text(_) | Object::Int(_) | Object::Bool(_) | Object::Null | Object::Ext(..) | Object::Class(_)
    )
}
