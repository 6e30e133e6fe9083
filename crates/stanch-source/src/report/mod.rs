//! From what the engine found to facts.

pub(crate) mod routes;
mod tables;

use stanch_api::{Converter, Parameter, ParameterLocation};

use crate::facts::{EnvironmentRead, Flow, FlowSink, FlowSource, Guard, SinkKind, SourceFacts, SourceKind};
use crate::flow::Engine;
use crate::ir::Span;
use crate::sites::{Validators, holders};
use crate::value::{FuncId, Note};
use routes::routes;
use tables::{looked_up, tables};

/// Most steps of a flow that are told.
const STEPS: usize = 16;

/// Turns what the engine found into facts, each list in a fixed order.
pub(crate) fn assemble(mut engine: Engine, facts: &mut SourceFacts) {
    looked_up(&mut engine);
    let table_numbers = tables(&engine, facts);
    let reach = routes(&engine, facts);
    crate::apps::apps(&engine, facts);
    let flows = engine.take_flows();
    let mut validators = Validators::default();
    for (key, seen) in flows {
        let source = engine.sources.get(key.source).clone();
        // A fresh value that is no key still makes the key of an item that is written.
        let written = matches!(key.kind, SinkKind::Write | SinkKind::Attribute(_));
        if source.kind == SourceKind::GeneratedKey && !written && !engine.is_key(key.source, &seen.trail) {
            continue;
        }
        // What no request comes to is no response; a view that an earlier rule shadows never answers.
        let unreached = matches!(key.kind, SinkKind::Response(_)) && !reach.alive(&seen.meets);
        if unreached || reach.only_shadowed(&seen.meets) {
            continue;
        }
        let mut steps: Vec<_> = Vec::new();
        for step in seen.trail.steps() {
            let given = step.note == Note::Source && engine.program.func(step.func).ir.span == step.span;
            let note = match &source.kind {
                SourceKind::Request { name: Some(name), .. } if given => format!("`{name}`, as the client sent it"),
                SourceKind::Request { name: None, .. } if given => "the event, as it came".to_owned(),
                _ => note(&engine, step.func, step.span, step.note),
            };
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
        let routes: Vec<usize> = reach.routes(&seen.meets).into_iter().collect();
        let mut guards = validators.on_the_way(&engine, &source, (key.func, key.span), &seen.trail);
        if let Some(place) = converted(facts, &routes, &source.kind) {
            guards.push(Guard { kind: "conversion".to_owned(), place });
            guards.sort();
        }
        facts.flows.push(Flow {
            source: FlowSource {
                kind: source.kind.clone(),
                place: engine.program.place(source.func, source.span),
                table: source.table.and_then(|table| table_numbers.get(table.index()).copied().flatten()),
                label: label(&engine, source.func, source.span, &source.kind),
                variable: holders(&engine, source.func, source.span)
                    .first()
                    .map(|name| engine.program.names.text(*name).to_owned()),
            },
            sink: FlowSink { kind: key.kind, place: sink_place, label: sink_label },
            steps,
            attributes: seen.attributes,
            nested: seen.nested,
            routes,
            guards,
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
    crate::sites::assemble(&engine, facts, &reach, &table_numbers);
    let made = crate::templates::python::resources(facts);
    facts.resources.extend(made);
    facts.resources.sort();
    let reads = |image: &str| {
        engine.program.modules.iter().any(|m| memchr::memmem::find(m.text.as_bytes(), image.as_bytes()).is_some())
    };
    facts.stream_images = (reads("OldImage"), reads("NewImage"));
}

/// Where the rule of every route that gives a value lets only numbers and the like through.
fn converted(facts: &SourceFacts, routes: &[usize], kind: &SourceKind) -> Option<stanch_api::SourcePlace> {
    let SourceKind::Request { location: Some(ParameterLocation::Path), name: Some(name) } = kind else { return None };
    let strict = |parameter: &Parameter| {
        parameter.location == ParameterLocation::Path
            && parameter.name == *name
            && !matches!(parameter.converter, Converter::Text | Converter::Path)
    };
    let routes: Vec<_> = routes.iter().filter_map(|index| facts.routes.get(*index)).collect();
    let all = routes.iter().all(|route| route.parameters.iter().any(strict));
    routes.first().filter(|_| all).map(|route| route.view.clone())
}

/// The call in the app's own words: what is called, without its arguments.
fn label(engine: &Engine, func: FuncId, span: Span, kind: &SourceKind) -> String {
    let text = engine.program.snippet(func, span, 80);
    match kind {
        // What a route or the runtime gives has no expression of its own, and what is picked in a function that was
        // called has that call's.
        SourceKind::Request { name: Some(name), .. } if !text.contains(name.as_str()) => name.clone(),
        SourceKind::Request { name: Some(name), .. } if engine.program.func(func).ir.span == span => name.clone(),
        SourceKind::Request { name: None, .. } if engine.program.func(func).ir.span == span => "event".to_owned(),
        SourceKind::Exception if engine.program.func(func).ir.span == span => {
            let params = &engine.program.func(func).ir.params;
            params.last().map_or(text, |param| engine.program.names.text(param.name).to_owned())
        }
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
        SinkKind::Write | SinkKind::Attribute(_) => "written to the table",
        SinkKind::Comparison => "compared",
        SinkKind::OutgoingUrl => "used as an address",
        SinkKind::OutgoingQuery => "put into a URL",
        SinkKind::OutgoingBody => "sent to another service",
        SinkKind::Prompt => "sent to a language model",
        SinkKind::Deserialiser => "deserialised",
    }
}
