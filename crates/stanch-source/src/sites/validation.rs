use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use stanch_secrets::names::words;

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
}

/// What each function validates, looked up once. An expression counts wherever in its function it stands: that it does
/// not come too late, or only on another branch, is not looked at.
#[derive(Debug, Default)]
pub(crate) struct Validators {
    known: BTreeMap<FuncId, Rc<[Validation]>>,
}

impl Validators {
    /// What is validated of a request's value on its way.
    pub(crate) fn on_the_way(&mut self, engine: &Engine, source: &Source, sink: FuncId, trail: &Trail) -> Vec<Guard> {
        let mut guards = BTreeSet::new();
        let SourceKind::Request { location, name } = &source.kind else { return Vec::new() };
        let entry = engine.program.func(source.func).ir.span == source.span;
        if entry && location.is_some() && is_typed(engine, source.func) {
            let place = engine.program.place(source.func, source.span);
            guards.insert(Guard { kind: "schema".to_owned(), place });
        }
        if name.is_some() && engine.program.snippet(source.func, source.span, 200).contains("type=") {
            let place = engine.program.place(source.func, source.span);
            guards.insert(Guard { kind: "conversion".to_owned(), place });
        }
        let mut held: BTreeMap<FuncId, BTreeSet<Sym>> = BTreeMap::from([(source.func, BTreeSet::new())]);
        for step in trail.steps() {
            let names = held.entry(step.func).or_default();
            if let Note::Assigned(name) = step.note {
                names.insert(name);
            }
        }
        held.entry(sink).or_default();
        for (func, names) in &mut held {
            // What a function is given is what was passed on; a view is given the parameters of its route.
            if *func != source.func || entry {
                names.extend(engine.program.func(*func).ir.params.iter().map(|param| param.name));
            }
            for validation in self.of(engine, *func).iter() {
                let around = *func == source.func
                    && validation.span.start <= source.span.start
                    && source.span.end <= validation.span.end;
                if validation.all || around || !validation.names.is_disjoint(names) {
                    let place = engine.program.place(*func, validation.span);
                    guards.insert(Guard { kind: validation.kind.to_owned(), place });
                }
            }
        }
        guards.into_iter().collect()
    }

    fn of(&mut self, engine: &Engine, func: FuncId) -> Rc<[Validation]> {
        self.known.entry(func).or_insert_with(|| validations(engine, func).into()).clone()
    }
}

/// FastAPI and pydantic turn away what has not the type that the view's signature names.
fn is_typed(engine: &Engine, func: FuncId) -> bool {
    engine.routing.views().iter().any(|view| view.func == func && view.framework == Framework::FastApi)
}

fn validations(engine: &Engine, func: FuncId) -> Vec<Validation> {
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
            found.push(Validation { kind: "schema", span: decorator.span, names: BTreeSet::new(), all: true });
        }
    }
    walk::expressions(&ir.body, &mut |e| {
        let validation = match &e.kind {
            ExprKind::Call(call) => of_call(engine, call),
            ExprKind::Compare(left, rest) => of_comparison(engine, left, rest),
            _ => None,
        };
        if let Some((kind, names)) = validation
            && !names.is_empty()
        {
            found.push(Validation { kind, span: e.span, names, all: false });
        }
    });
    found
}

fn of_call(engine: &Engine, call: &Call) -> Option<(&'static str, BTreeSet<Sym>)> {
    let last = last_name(engine, &call.callee)?;
    let base = match &call.callee.kind {
        ExprKind::Attr(base, _) => Some(&**base),
        _ => None,
    };
    let given = || {
        let mut names = BTreeSet::new();
        call.args.iter().for_each(|arg| mentioned(arg, &mut names));
        call.keywords.iter().for_each(|(_, value)| mentioned(value, &mut names));
        names
    };
    let kind = match last {
        "isinstance" => "isinstance",
        "fullmatch" | "match" => "fullmatch",
        "search" if base.is_some_and(|base| is_pattern(engine, base)) => "fullmatch",
        "compare_digest" => "equality",
        "model_validate" | "parse_obj" => "schema",
        "load" if base.is_some_and(|base| is_schema(engine, base)) => "schema",
        _ if CONVERSIONS.contains(&last) => "conversion",
        _ if ALPHABETS.contains(&last) => {
            let mut names = BTreeSet::new();
            mentioned(base?, &mut names);
            return Some(("alphabet", names));
        }
        _ if is_model(engine, last) => "schema",
        _ if words(last).iter().any(|word| CHECKING.contains(&word.as_str())) && !last.contains("password") => {
            "validation"
        }
        _ => return None,
    };
    Some((kind, given()))
}

fn of_comparison(
    engine: &Engine,
    left: &Expr,
    rest: &[(Comparison, Expr)],
) -> Option<(&'static str, BTreeSet<Sym>)> {
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

/// A class of the app's that pydantic or marshmallow fills.
fn is_model(engine: &Engine, name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && engine.program.classes.iter().any(|class| {
            engine.program.names.text(class.ir.name) == name
                && class.ir.bases.iter().any(|base| matches!(last_name(engine, base), Some("BaseModel" | "Schema")))
        })
}

fn last_name<'e>(engine: &'e Engine, e: &Expr) -> Option<&'e str> {
    match &e.kind {
        ExprKind::Name(name) | ExprKind::Attr(_, name) => Some(engine.program.names.text(*name)),
        _ => None,
    }
}
