use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use stanch_secrets::names::words;

use super::branches::{Branch, branches, precedes};
use super::walk;
use crate::facts::{Guard, SourceKind};
use crate::flow::{Engine, Source};
use crate::ir::{Call, Comparison, Expr, ExprKind, Span, Sym};
use crate::models::Framework;
use crate::value::{FuncId, Note, Trail};

/// Calls whose result can only have the shape that they name, or that fail.
const CONVERSIONS: [&str; 9] =
    ["Decimal", "ObjectId", "UUID", "bool", "float", "fromisoformat", "int", "ip_address", "strptime"];

/// Methods of a text that tell which characters it is made of.
const ALPHABETS: [&str; 7] = ["isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "isnumeric"];

/// Words in the name of a function that refuses what has not the shape it should have.
const CHECKING: [&str; 9] =
    ["clean", "conform", "sanitise", "sanitize", "valid", "validate", "validated", "validation", "validator"];

/// Decorators that hand a view what a schema has let through.
const SCHEMAS: [&str; 7] =
    ["arguments", "expects_json", "use_args", "use_kwargs", "validate", "validate_json", "validate_schema"];

/// An expression that says something of the shape of a value.
#[derive(Debug)]
struct Validation {
    kind: &'static str,
    span: Span,
    /// Names of the variables that it looks at; empty for what holds for all that a view is given.
    names: BTreeSet<Sym>,
    all: bool,
    /// A function of the app that is called, and may look at the shape itself.
    callee: Option<Sym>,
}

/// What each function validates, looked up once. An expression counts where it has run before the value is used.
#[derive(Debug, Default)]
pub(crate) struct Validators {
    known: BTreeMap<FuncId, Rc<[Validation]>>,
    /// Blocks of each function that may not run.
    branches: BTreeMap<FuncId, Rc<[Branch]>>,
    /// By name, whether a function of the app looks at the shape of what it is given.
    callees: BTreeMap<Sym, bool>,
    /// Functions with parameters, by name; none before the first look.
    by_name: Option<FxHashMap<Sym, Vec<FuncId>>>,
    /// Names of classes that pydantic or marshmallow fills.
    models: Option<FxHashSet<Sym>>,
}

impl Validators {
    /// What is validated of a request's value on its way.
    pub(crate) fn on_the_way(
        &mut self,
        engine: &Engine,
        source: &Source,
        sink: (FuncId, Span),
        trail: &Trail,
    ) -> Vec<Guard> {
        let mut guards = BTreeSet::new();
        let SourceKind::Request { location, name } = &source.kind else { return Vec::new() };
        let entry = engine.program.func(source.func).ir.span == source.span;
        if entry && location.is_some() && is_typed(engine, source.func) {
            let place = engine.program.place(source.func, source.span);
            let text = name.as_deref().is_some_and(|name| is_text(engine, source.func, name));
            let kind = if text { "text" } else { "schema" };
            guards.insert(Guard { kind: kind.to_owned(), place });
        }
        if name.is_some() && engine.program.snippet(source.func, source.span, 200).contains("type=") {
            let place = engine.program.place(source.func, source.span);
            guards.insert(Guard { kind: "conversion".to_owned(), place });
        }
        let mut held: BTreeMap<FuncId, BTreeSet<Sym>> = BTreeMap::from([(source.func, BTreeSet::new())]);
        // Where each function uses the value last: in the call that passes it on, or in what it leaves by.
        let mut uses: BTreeMap<FuncId, Span> = BTreeMap::new();
        for step in trail.steps() {
            if engine.program.func(step.func).ir.span != step.span {
                uses.insert(step.func, step.span);
            }
            let names = held.entry(step.func).or_default();
            if let Note::Assigned(name) = step.note {
                names.insert(name);
            }
            names.extend(holders(engine, step.func, step.span));
        }
        held.entry(source.func).or_default().extend(holders(engine, source.func, source.span));
        held.entry(sink.0).or_default();
        uses.insert(sink.0, sink.1);
        for (func, names) in &mut held {
            // What a function is given is what was passed on; a view is given the parameters of its route.
            if *func != source.func || entry {
                names.extend(engine.program.func(*func).ir.params.iter().map(|param| param.name));
            }
            for validation in self.of(engine, *func).iter() {
                let around = *func == source.func
                    && validation.span.start <= source.span.start
                    && source.span.end <= validation.span.end;
                let seen = validation.all || around || !validation.names.is_disjoint(names);
                let in_time = validation.all
                    || around
                    || uses.get(func).is_none_or(|used| {
                        precedes(&self.branches(engine, *func), validation.span, *used, &validation.names)
                    });
                if seen && in_time && validation.callee.is_none_or(|callee| self.looks(engine, callee)) {
                    let place = engine.program.place(*func, validation.span);
                    guards.insert(Guard { kind: validation.kind.to_owned(), place });
                }
            }
        }
        guards.into_iter().collect()
    }

    /// Whether a function of that name looks at what a parameter of it is made of.
    fn looks(&mut self, engine: &Engine, name: Sym) -> bool {
        if let Some(known) = self.callees.get(&name) {
            return *known;
        }
        let mut looks = false;
        let by_name = self.by_name.get_or_insert_with(|| by_name(engine));
        for func in by_name.get(&name).cloned().unwrap_or_default() {
            let params: BTreeSet<Sym> = engine.program.func(func).ir.params.iter().map(|param| param.name).collect();
            looks |= self.of(engine, func).iter().any(|validation| {
                matches!(validation.kind, "isinstance" | "fullmatch" | "alphabet" | "length" | "schema")
                    && validation.callee.is_none()
                    && !validation.names.is_disjoint(&params)
            });
        }
        self.callees.insert(name, looks);
        looks
    }

    fn branches(&mut self, engine: &Engine, func: FuncId) -> Rc<[Branch]> {
        let body = || branches(&engine.program.func(func).ir.body, engine.program.names.get("abort")).into();
        self.branches.entry(func).or_insert_with(body).clone()
    }

    fn of(&mut self, engine: &Engine, func: FuncId) -> Rc<[Validation]> {
        let models = self.models.get_or_insert_with(|| models(engine));
        self.known.entry(func).or_insert_with(|| validations(engine, func, models).into()).clone()
    }
}

/// Names of the variables that what stands at a place is assigned to.
pub(crate) fn holders(engine: &Engine, func: FuncId, span: Span) -> Vec<Sym> {
    let mut names = Vec::new();
    if engine.program.func(func).ir.span == span {
        return names;
    }
    walk::assignments(&engine.program.func(func).ir.body, &mut |targets, value| {
        if value.span.start <= span.start && span.end <= value.span.end {
            for target in targets {
                match &target.kind {
                    ExprKind::Name(name) => names.push(*name),
                    ExprKind::Tuple(parts) => names.extend(parts.iter().filter_map(last_sym)),
                    _ => {}
                }
            }
        }
    });
    names
}

/// FastAPI and pydantic turn away what has not the type that the view's signature names.
fn is_typed(engine: &Engine, func: FuncId) -> bool {
    engine.routing.views().iter().any(|view| view.func == func && view.framework == Framework::FastApi)
}

/// Whether a parameter of a view is any text: it says `str`, or nothing.
fn is_text(engine: &Engine, func: FuncId, name: &str) -> bool {
    let mut params = engine.program.func(func).ir.params.iter();
    let param = params.find(|param| engine.program.names.text(param.name) == name);
    param.is_some_and(|param| {
        let mut other = false;
        if let Some(annotation) = &param.annotation {
            walk::expression(annotation, &mut |e| {
                let known = ["Annotated", "Optional", "Path", "Query", "Union", "str", "typing", "fastapi"];
                other |= match &e.kind {
                    ExprKind::Name(name) | ExprKind::Attr(_, name) => {
                        !known.contains(&engine.program.names.text(*name))
                    }
                    // `Path(pattern=…)`
                    ExprKind::Call(call) => !call.keywords.is_empty(),
                    _ => false,
                };
            });
        }
        let bounded = param.default.as_ref().is_some_and(|default| match &default.kind {
            ExprKind::Call(call) => !call.keywords.is_empty(),
            _ => false,
        });
        !other && !bounded
    })
}

fn validations(engine: &Engine, func: FuncId, models: &FxHashSet<Sym>) -> Vec<Validation> {
    let ir = engine.program.func(func).ir.clone();
    let mut found = Vec::new();
    for decorator in &ir.decorators {
        let (callee, call) = match &decorator.kind {
            ExprKind::Call(call) => (&call.callee, Some(call)),
            _ => (decorator, None),
        };
        let last = last_name(engine, callee).unwrap_or_default();
        let asked = call.is_some_and(|call| {
            call.keywords.iter().any(|(name, value)| {
                name.is_some_and(|name| engine.program.names.text(name) == "validate")
                    && matches!(value.kind, ExprKind::Bool(true))
            })
        });
        if SCHEMAS.contains(&last) || last == "expect" && asked {
            found.push(Validation {
                kind: "schema",
                span: decorator.span,
                names: BTreeSet::new(),
                all: true,
                callee: None,
            });
        }
    }
    walk::expressions(&ir.body, &mut |e| {
        let (validation, callee) = match &e.kind {
            ExprKind::Call(call) => match of_call(engine, call, models) {
                Some(validation) => (Some(validation), None),
                None => match last_sym(&call.callee) {
                    Some(callee) => (Some(("validation", given(call))), Some(callee)),
                    None => (None, None),
                },
            },
            ExprKind::Compare(left, rest) => (of_comparison(engine, left, rest), None),
            _ => (None, None),
        };
        let is_call = matches!(e.kind, ExprKind::Call(_));
        if let Some((kind, names)) = validation
            && (!names.is_empty() || is_call)
        {
            found.push(Validation { kind, span: e.span, names, all: false, callee });
        }
    });
    found
}

fn of_call(engine: &Engine, call: &Call, models: &FxHashSet<Sym>) -> Option<(&'static str, BTreeSet<Sym>)> {
    let name = last_sym(&call.callee)?;
    let last = engine.program.names.text(name);
    let base = match &call.callee.kind {
        ExprKind::Attr(base, _) => Some(&**base),
        _ => None,
    };
    let kind = match last {
        "isinstance" => "isinstance",
        "fullmatch" | "match" => "fullmatch",
        "search" if base.is_some_and(|base| is_pattern(engine, base)) => "fullmatch",
        "compare_digest" => "equality",
        // `name.replace("\n", "")`
        "replace" if call.args.first().is_some_and(|arg| is_break(engine, arg)) => {
            let mut names = BTreeSet::new();
            mentioned(base?, &mut names);
            return Some(("one-line", names));
        }
        "model_validate" | "parse_obj" => "schema",
        "load" if base.is_some_and(|base| is_schema(engine, base)) => "schema",
        _ if CONVERSIONS.contains(&last) => "conversion",
        _ if ALPHABETS.contains(&last) => {
            let mut names = BTreeSet::new();
            mentioned(base?, &mut names);
            return Some(("alphabet", names));
        }
        _ if models.contains(&name) => "schema",
        _ if words(last).iter().any(|word| CHECKING.contains(&word.as_str())) && !last.contains("password") => {
            "validation"
        }
        _ => return None,
    };
    Some((kind, given(call)))
}

fn of_comparison(engine: &Engine, left: &Expr, rest: &[(Comparison, Expr)]) -> Option<(&'static str, BTreeSet<Sym>)> {
    let mut names = BTreeSet::new();
    for operand in [left].into_iter().chain(rest.iter().map(|(_, operand)| operand)) {
        if let ExprKind::Call(call) = &operand.kind
            && last_name(engine, &call.callee) == Some("len")
        {
            call.args.iter().for_each(|arg| mentioned(arg, &mut names));
            return Some(("length", names));
        }
    }
    let [(comparison, right)] = rest else { return None };
    let constant = |e: &Expr| {
        matches!(e.kind, ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Other)
    };
    match comparison {
        // `"id" in body` asks only whether it is there.
        Comparison::In | Comparison::NotIn if !constant(left) => {
            mentioned(left, &mut names);
            Some(("membership", names))
        }
        Comparison::Equal | Comparison::NotEqual if !constant(left) && !constant(right) => {
            mentioned(left, &mut names);
            mentioned(right, &mut names);
            Some(("equality", names))
        }
        _ => None,
    }
}

/// Whether a literal holds a line break.
fn is_break(engine: &Engine, e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Str(text) if engine.program.names.text(text).contains(['\n', '\r']))
}

/// Variables in the arguments of a call.
fn given(call: &Call) -> BTreeSet<Sym> {
    let mut names = BTreeSet::new();
    call.args.iter().for_each(|arg| mentioned(arg, &mut names));
    call.keywords.iter().for_each(|(_, value)| mentioned(value, &mut names));
    names
}

fn mentioned(e: &Expr, names: &mut BTreeSet<Sym>) {
    walk::expression(e, &mut |e| {
        if let ExprKind::Name(name) = &e.kind {
            names.insert(*name);
        }
    });
}

/// `re`, `PATTERN`, `id_regex`.
fn is_pattern(engine: &Engine, base: &Expr) -> bool {
    last_name(engine, base).is_some_and(|name| {
        let words = words(name);
        words.iter().any(|word| matches!(word.as_str(), "re" | "regex" | "pattern" | "regexp"))
            || name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

/// `schema`, `UserSchema()`.
fn is_schema(engine: &Engine, base: &Expr) -> bool {
    let name = match &base.kind {
        ExprKind::Call(call) => last_name(engine, &call.callee),
        _ => last_name(engine, base),
    };
    name.is_some_and(|name| words(name).last().is_some_and(|word| word == "schema"))
}

/// Classes of the app's that pydantic or marshmallow fills.
fn models(engine: &Engine) -> FxHashSet<Sym> {
    let is_base = |base: &Expr| matches!(last_name(engine, base), Some("BaseModel" | "Schema"));
    let classes = engine.program.classes.iter().filter(|class| class.ir.bases.iter().any(is_base));
    let names = classes.map(|class| class.ir.name);
    names.filter(|name| engine.program.names.text(*name).starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

fn by_name(engine: &Engine) -> FxHashMap<Sym, Vec<FuncId>> {
    let mut functions: FxHashMap<Sym, Vec<FuncId>> = FxHashMap::default();
    for (index, func) in engine.program.functions.iter().enumerate() {
        if !func.ir.params.is_empty() {
            functions.entry(func.ir.name).or_default().push(FuncId::new(index));
        }
    }
    functions
}

fn last_name<'e>(engine: &'e Engine, e: &Expr) -> Option<&'e str> {
    last_sym(e).map(|name| engine.program.names.text(name))
}

fn last_sym(e: &Expr) -> Option<Sym> {
    match &e.kind {
        ExprKind::Name(name) | ExprKind::Attr(_, name) => Some(*name),
        _ => None,
    }
}
