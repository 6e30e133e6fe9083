use std::collections::{BTreeMap, BTreeSet};

use super::{LibraryCall, Setting, SettingHolder, TableCall, guards};
use crate::facts::{Guard, SourceFacts};
use crate::flow::Engine;
use crate::ir::{Comparison, ExprKind, Span, Stmt, StmtKind};
use crate::report::routes::Reached;
use crate::value::{FuncId, SiteId};

/// Fills the lists of single places. `reached` tells the routes of each evaluation, `tables` the place in the facts of
/// each of the engine's tables.
pub(crate) fn assemble(engine: &Engine, facts: &mut SourceFacts, reached: &Reached, tables: &[Option<usize>]) {
    let mut main = BTreeMap::new();
    for ((at, function), seen) in &engine.single.calls {
        let receiver = (seen.receiver != SiteId::default()).then(|| {
            let (func, span) = engine.site_places[seen.receiver.index()];
            engine.program.place(func, span)
        });
        facts.library_calls.push(LibraryCall {
            place: engine.program.place(at.0, at.1),
            function: function.clone(),
            positional: seen.positional.clone(),
            keywords: seen.keywords.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            receiver,
            open: seen.open,
            under_main: under_main(engine, &mut main, *at),
        });
    }
    facts.library_calls.sort();
    for ((at, name), value) in &engine.single.settings {
        facts.settings.push(Setting {
            place: engine.program.place(at.0, at.1),
            name: name.clone(),
            value: value.clone(),
            holder: SettingHolder::App,
            under_main: under_main(engine, &mut main, *at),
        });
    }
    facts.settings.extend(engine.written_settings());
    facts.settings.sort();
    facts.settings.dedup();
    for ((at, operation), seen) in &engine.single.table_calls {
        facts.table_calls.push(TableCall {
            place: engine.program.place(at.0, at.1),
            operation: operation.clone(),
            table: seen.table.and_then(|table| tables.get(table.index()).copied().flatten()),
            condition: seen.condition,
            return_values: seen.return_values.clone(),
            attributes: seen.attributes.clone(),
            compared: seen.compared.clone(),
            counts: seen.counts,
            routes: reached.routes(&seen.nodes).into_iter().collect(),
        });
    }
    facts.table_calls.sort();
    route_guards(engine, facts, reached);
    super::process::shared_identities(engine, facts, reached);
}

/// What stands guard before each route: what its functions, its class and its router say.
fn route_guards(engine: &Engine, facts: &mut SourceFacts, reached: &Reached) {
    let mut guards: Vec<BTreeSet<Guard>> = vec![BTreeSet::new(); facts.routes.len()];
    let classes = engine.class_guards();
    let (routers, everywhere) = engine.router_guards();
    for (guards, route) in guards.iter_mut().zip(&facts.routes) {
        if route.parameters.iter().any(guards::is_credential) {
            guards.insert(Guard { kind: "credential-read".to_owned(), place: route.view.clone() });
        }
    }
    for (func, nodes) in &engine.single.evaluations {
        let routes = reached.routes(nodes);
        if routes.is_empty() {
            continue;
        }
        let mut found = engine.guards_of(*func);
        if let Some(span) = classes.get(func) {
            found.insert(("login-required", *span));
        }
        let ir = &engine.program.func(*func).ir;
        if everywhere || routers.contains(&engine.program.func(*func).module.0) {
            found.insert(("login-required", ir.span));
        }
        for route in routes {
            if let Some(guards) = guards.get_mut(route) {
                guards.extend(
                    found.iter().map(|(kind, span)| Guard {
                        kind: (*kind).to_owned(),
                        place: engine.program.place(*func, *span),
                    }),
                );
            }
        }
    }
    facts.route_guards = guards.into_iter().map(|guards| guards.into_iter().collect()).collect();
}

/// Whether a place runs only when its file is started as a program.
fn under_main(engine: &Engine, known: &mut BTreeMap<FuncId, Vec<Span>>, at: (FuncId, Span)) -> bool {
    let spans = known.entry(at.0).or_insert_with(|| {
        let mut spans = Vec::new();
        main_blocks(engine, &engine.program.func(at.0).ir.body, &mut spans);
        spans
    });
    spans.iter().any(|span| span.start <= at.1.start && at.1.end <= span.end)
}

fn main_blocks(engine: &Engine, body: &[Stmt], spans: &mut Vec<Span>) {
    for stmt in body {
        let StmtKind::If { test, body, .. } = &stmt.kind else { continue };
        let ExprKind::Compare(left, rest) = &test.kind else { continue };
        let named = |kind: &ExprKind| match kind {
            ExprKind::Name(name) => engine.program.names.text(*name) == "__name__",
            _ => false,
        };
        if let [(Comparison::Equal, right)] = &rest[..]
            && (named(&left.kind) || named(&right.kind))
            && let (Some(first), Some(last)) = (body.first(), body.last())
        {
            spans.push(Span { start: first.span.start, end: last.span.end });
        }
    }
}
