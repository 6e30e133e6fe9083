use std::collections::{BTreeMap, BTreeSet};

use stanch_api::{
    Attribute, AttributeClass, AttributeSet, KeySchema, Parameter, ParameterLocation, Reason, Route, Table,
};

use crate::facts::{EnvironmentRead, Flow, FlowSink, FlowSource, SinkKind, SourceFacts, SourceKind};
use crate::flow::Engine;
use crate::ir::Span;
use crate::models::{HookKind, rule_parameters};
use crate::tables::{AttributeSeen, ELSEWHERE, Evidence, KeySeen};
use crate::value::{FuncId, Note, SiteId};

/// Most steps of a flow that are told.
const STEPS: usize = 16;

/// Turns what the engine found into facts, each list in a fixed order.
pub(crate) fn assemble(mut engine: Engine, facts: &mut SourceFacts) {
    looked_up(&mut engine);
    let table_numbers = tables(&engine, facts);
    let routes_of = routes(&engine, facts);
    crate::apps::apps(&engine, facts);
    let answering: BTreeSet<FuncId> = facts_views(&engine, &routes_of);
    let flows = engine.take_flows();
    for (key, seen) in flows {
        let source = engine.sources.get(key.source).clone();
        if source.kind == SourceKind::GeneratedKey && !engine.is_key(key.source, &seen.trail) {
            continue;
        }
        let mut reached = BTreeSet::new();
        for func in &seen.meets {
            reached.extend(routes_of.get(func).into_iter().flatten().copied());
        }
        // A view that an earlier rule shadows never answers.
        let shadowed =
            |func: &FuncId| engine.routing.views().iter().any(|view| view.func == *func) && !answering.contains(func);
        if reached.is_empty() && !seen.meets.is_empty() && seen.meets.iter().all(shadowed) {
            continue;
        }
        let mut steps: Vec<_> = Vec::new();
        for step in seen.trail.steps() {
            let note = note(&engine, step.func, step.span, step.note);
            steps.push((engine.program.place(step.func, step.span), note));
        }
        let sink_place = engine.program.place(key.func, key.span);
        let sink_label = engine.program.snippet(key.func, key.span, 80);
        if steps.len() >= STEPS {
            steps.drain(STEPS / 2..steps.len() - STEPS / 2);
        }
        if steps.last().is_none_or(|(place, _)| *place != sink_place) {
            steps.push((sink_place.clone(), sink_note(&key.kind).to_owned()));
        }
        facts.flows.push(Flow {
            source: FlowSource {
                kind: source.kind.clone(),
                place: engine.program.place(source.func, source.span),
                table: source.table.and_then(|table| table_numbers.get(table.index()).copied().flatten()),
                label: label(&engine, source.func, source.span, &source.kind),
            },
            sink: FlowSink { kind: key.kind, place: sink_place, label: sink_label },
            steps,
            attributes: seen.attributes,
            nested: seen.nested,
            routes: reached.into_iter().collect(),
            guards: Vec::new(),
        });
    }
    facts.flows.sort_by(|a, b| {
        (&a.sink.place, &a.sink.kind, &a.source.place, &a.source.kind).cmp(&(
            &b.sink.place,
            &b.sink.kind,
            &b.source.place,
            &b.source.kind,
        ))
    });
    for (name, read) in &engine.environment.reads {
        facts.environment.push(EnvironmentRead {
            name: engine.program.names.text(*name).to_owned(),
            default: read.default.map(|sym| engine.program.names.text(sym).to_owned()),
            required: read.required,
            used_as: read.used_as.iter().map(|&used| used.to_owned()).collect(),
            place: engine.program.place(read.at.0, read.at.1),
        });
    }
    facts.environment.sort();
}

/// The call in the app's own words: what is called, without its arguments.
fn label(engine: &Engine, func: FuncId, span: Span, kind: &SourceKind) -> String {
    let text = engine.program.snippet(func, span, 80);
    match kind {
        SourceKind::Item | SourceKind::WrittenItem | SourceKind::SdkResponse => {
            text.split('(').next().unwrap_or_default().to_owned()
        }
        _ => text,
    }
}

fn note(engine: &Engine, func: FuncId, span: Span, note: Note) -> String {
    let text = engine.program.snippet(func, span, 60);
    match note {
        Note::Source => format!("read by `{text}`"),
        Note::Assigned(name) => format!("held in `{}`", engine.program.names.text(name)),
        Note::Passed => format!("passed by `{text}`"),
        Note::Returned => {
            let name = &engine.program.func(func).ir.qualified;
            if name.is_empty() { "returned".to_owned() } else { format!("returned by `{name}`") }
        }
        Note::Removed(name) => format!("without `{}`", engine.program.names.text(name)),
    }
}

const fn sink_note(kind: &SinkKind) -> &'static str {
    match kind {
        SinkKind::Response(_) => "sent to the client",
        SinkKind::Log => "written to the log",
        SinkKind::Expression(_) => "made part of an expression",
        SinkKind::Key => "used as a key",
        SinkKind::Write => "written to the table",
        SinkKind::OutgoingUrl => "used as an address",
        SinkKind::OutgoingBody => "sent to another service",
        SinkKind::Prompt => "sent to a language model",
        SinkKind::Deserialiser => "deserialised",
    }
}

/// An attribute by which an item is looked up with a credential of the request is one.
fn looked_up(engine: &mut Engine) {
    let flows = engine.take_flows();
    for (key, seen) in &flows {
        let source = engine.sources.get(key.source).kind.clone();
        let (SinkKind::Key, SourceKind::Request { name: Some(name), .. }) = (&key.kind, source) else { continue };
        let (Some(table), AttributeSet::Only(attributes)) =
            (engine.tables.keyed.get(&(key.func, key.span)).copied(), &seen.attributes)
        else {
            continue;
        };
        if stanch_secrets::names::key_kind(&name).is_some() {
            for attribute in attributes {
                engine.tables.compared(table, attribute, &name, (key.func, key.span));
            }
        }
    }
    engine.put_flows(flows);
}

/// Views that some route reaches.
fn facts_views(engine: &Engine, routes_of: &BTreeMap<FuncId, BTreeSet<usize>>) -> BTreeSet<FuncId> {
    let views = engine.routing.views().iter().map(|view| view.func);
    views.filter(|func| routes_of.get(func).is_some_and(|routes| !routes.is_empty())).collect()
}

/// Fills the tables; gives the place in the list of each of the engine's tables.
fn tables(engine: &Engine, facts: &mut SourceFacts) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (1..engine.tables.list.len()).collect();
    order.sort_by(|a, b| engine.tables.list[*a].name.cmp(&engine.tables.list[*b].name));
    let mut numbers = vec![None; engine.tables.list.len()];
    for index in order {
        let seen = &engine.tables.list[index];
        numbers[index] = Some(facts.tables.len());
        let attributes =
            seen.attributes.iter().map(|(name, attribute)| (name.clone(), describe(engine, name, attribute))).collect();
        facts.tables.push(Table {
            name: seen.name.clone(),
            key: seen.key.as_ref().map(key_schema),
            indexes: seen.indexes.iter().map(|(name, key)| (name.clone(), key_schema(key))).collect(),
            attributes,
        });
    }
    numbers
}

fn key_schema(key: &KeySeen) -> KeySchema {
    KeySchema { partition: key.partition.clone(), sort: key.sort.clone() }
}

fn describe(engine: &Engine, name: &str, seen: &AttributeSeen) -> Attribute {
    let mut reasons = Vec::new();
    let mut class = AttributeClass::Ordinary;
    let given = engine.secret_names.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    for (evidence, at) in &seen.evidence {
        let place = (*at != ELSEWHERE).then(|| engine.program.place(at.0, at.1));
        let text = match evidence {
            Evidence::Credential(credential) => {
                class = AttributeClass::Secret;
                format!("it is matched with the credential `{credential}` of a request")
            }
            Evidence::Made(made) => {
                class = AttributeClass::Secret;
                format!("it is given {made}")
            }
            Evidence::Key => "it is used as a key".to_owned(),
            Evidence::Written => "the app writes it".to_owned(),
            Evidence::Declared => "a definition names it".to_owned(),
            Evidence::Read => "the app reads it".to_owned(),
        };
        reasons.push(Reason { text, place });
    }
    if given || stanch_secrets::names::key_kind(name).is_some() {
        class = AttributeClass::Secret;
        reasons.insert(0, Reason { text: format!("its name says `{name}`"), place: None });
    } else if class == AttributeClass::Ordinary && stanch_secrets::names::is_private(name) {
        class = AttributeClass::Private;
        reasons.insert(0, Reason { text: format!("its name says `{name}`"), place: None });
    }
    Attribute { class, kind: seen.kind, reasons }
}

/// Fills the routes; gives the routes that reach each function.
fn routes(engine: &Engine, facts: &mut SourceFacts) -> BTreeMap<FuncId, BTreeSet<usize>> {
    let mut found: Vec<(SiteId, u32, u32, Route, FuncId)> = Vec::new();
    for view in engine.routing.views() {
        for (prefix, order, app) in engine.routing.ways(view.container) {
            let rule = if prefix.is_empty() {
                stanch_api::join_rules("", &view.rule)
            } else if view.rule.is_empty() {
                prefix
            } else {
                stanch_api::join_rules(&prefix, &view.rule)
            };
            let ir = &engine.program.func(view.func).ir;
            let order = if order == 0 { view.order } else { order };
            let route = Route {
                methods: view.methods.clone(),
                rule: rule.clone(),
                view: engine.program.place(view.func, ir.span),
                view_name: ir.qualified.to_string(),
                parameters: Vec::new(),
            };
            found.push((app, order, view.order, route, view.func));
        }
    }
    found.sort_by_key(|(app, order, own, ..)| (*app, *order, *own));
    // A rule that an earlier one answers for the same method never runs.
    let mut taken: BTreeSet<(SiteId, String, stanch_api::Method)> = BTreeSet::new();
    found.retain_mut(|(app, _, _, route, _)| {
        let shape = rule_shape(&route.rule);
        route.methods.retain(|method| taken.insert((*app, shape.clone(), *method)));
        !route.methods.is_empty()
    });
    found.sort_by(|a, b| (&a.3.view, &a.3.rule).cmp(&(&b.3.view, &b.3.rule)));
    let mut reach: BTreeMap<FuncId, BTreeSet<usize>> = BTreeMap::new();
    for (index, (_, _, _, mut route, func)) in found.into_iter().enumerate() {
        let mut reached = reachable(engine, func);
        // Hooks of the app, and of the view's own blueprint, run with it.
        let container = engine.routing.views().iter().find(|view| view.func == func).map(|view| view.container);
        for hook in engine.routing.hooks() {
            let of_app = engine.routing.containers.get(&hook.container).is_none_or(|container| container.app);
            if (of_app || Some(hook.container) == container) && hook.kind != HookKind::Start {
                reached.extend(reachable(engine, hook.func));
            }
        }
        let mut parameters: BTreeSet<Parameter> = rule_parameters(&route.rule)
            .into_iter()
            .map(|(name, converter)| Parameter { name, location: ParameterLocation::Path, converter })
            .collect();
        for func in &reached {
            reach.entry(*func).or_default().insert(index);
            let range = engine.parameters.iter().filter(|(of, _)| of == func);
            for (_, parameter) in range {
                let known = parameters.iter().any(|p| p.name == parameter.name && p.location == parameter.location);
                if !known && parameter.location != ParameterLocation::Path {
                    parameters.insert(parameter.clone());
                }
            }
        }
        route.parameters = parameters.into_iter().collect();
        facts.routes.push(route);
    }
    reach
}

fn reachable(engine: &Engine, from: FuncId) -> BTreeSet<FuncId> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for (_, callee) in engine.calls.range((next, FuncId::default())..=(next, FuncId(u32::MAX))) {
            if seen.insert(*callee) {
                open.push(*callee);
            }
        }
    }
    seen
}

/// A rule with its parameters unnamed: two rules of one shape answer the same requests.
fn rule_shape(rule: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    let mut word = String::new();
    for c in rule.chars() {
        match c {
            '<' | '{' => {
                inside = true;
                word.clear();
            }
            '>' | '}' => {
                inside = false;
                let kind = word.split(':').next().filter(|_| word.contains(':')).unwrap_or("");
                shape.push('<');
                shape.push_str(if kind == "string" { "" } else { kind });
                shape.push('>');
            }
            _ if inside => word.push(c),
            _ => shape.push(c),
        }
    }
    shape
}
