use std::collections::{BTreeMap, BTreeSet};

use stanch_secrets::names::words;

use super::{SharedIdentity, walk};
use crate::facts::SourceFacts;
use crate::flow::Engine;
use crate::ir::{Comparison, Expr, ExprKind, Span, StmtKind, Sym};
use crate::report::routes::Reached;
use crate::value::{FuncId, ModuleId};

/// Words in the name of a variable that says who is signed in.
const IDENTITY: [&str; 12] = [
    "account",
    "authenticated",
    "email",
    "identity",
    "logged",
    "login",
    "session",
    "token",
    "uid",
    "user",
    "userid",
    "username",
];

/// Finds globals in which one view keeps who signed in, and by which another one decides.
pub(super) fn shared_identities(engine: &Engine, facts: &mut SourceFacts, reached: &Reached) {
    let mut set: BTreeMap<(ModuleId, Sym), Seen> = BTreeMap::new();
    let views: Vec<(FuncId, BTreeSet<usize>)> = engine
        .single
        .evaluations
        .iter()
        .map(|(func, nodes)| (*func, reached.routes(nodes)))
        .filter(|(_, routes)| !routes.is_empty())
        .collect();
    for (func, routes) in &views {
        let entry = engine.program.func(*func);
        for name in entry.ir.globals.iter().copied().filter(|name| names_a_caller(engine, *name)) {
            if let Some(span) = assigned(&entry.ir.body, name) {
                set.entry((entry.module, name)).or_insert((*func, span, routes.clone()));
            }
        }
    }
    if set.is_empty() {
        return;
    }
    let mut asked: BTreeMap<(ModuleId, Sym), Vec<Seen>> = BTreeMap::new();
    for (func, routes) in &views {
        let entry = engine.program.func(*func);
        for (module, name) in set.keys().filter(|(module, _)| *module == entry.module) {
            if let (Some(span), None) = (tested(&entry.ir.body, *name), assigned(&entry.ir.body, *name)) {
                asked.entry((*module, *name)).or_default().push((*func, span, routes.clone()));
            }
        }
    }
    for (key, (func, span, routes)) in set {
        let others = asked.get(&key).into_iter().flatten().filter(|(_, _, others)| others.is_disjoint(&routes));
        let asked: Vec<_> = others.map(|(func, span, _)| engine.program.place(*func, *span)).collect();
        if asked.is_empty() {
            continue;
        }
        facts.shared_identities.push(SharedIdentity {
            name: engine.program.names.text(key.1).to_owned(),
            place: engine.program.place(func, span),
            asked,
            routes: routes.into_iter().collect(),
        });
    }
    facts.shared_identities.sort();
}

/// A function, the place in it, and the routes that reach it.
type Seen = (FuncId, Span, BTreeSet<usize>);

fn names_a_caller(engine: &Engine, name: Sym) -> bool {
    words(engine.program.names.text(name)).iter().any(|word| IDENTITY.contains(&word.as_str()))
}

/// Where a name is given something other than `None`.
fn assigned(body: &[crate::ir::Stmt], name: Sym) -> Option<Span> {
    let mut found = None;
    walk::assignments(body, &mut |targets, value| {
        let own = |target: &Expr| match &target.kind {
            ExprKind::Name(own) => *own == name,
            ExprKind::Tuple(parts) => parts.iter().any(|part| matches!(part.kind, ExprKind::Name(own) if own == name)),
            _ => false,
        };
        if found.is_none() && targets.iter().any(own) && !matches!(value.kind, ExprKind::Null) {
            found = Some(value.span);
        }
    });
    found
}

/// Where a name is asked whether it is anything: `if user is None`, `if not user`.
fn tested(body: &[crate::ir::Stmt], name: Sym) -> Option<Span> {
    let is = |e: &Expr| matches!(e.kind, ExprKind::Name(own) if own == name);
    let mut found = None;
    for stmt in body {
        let StmtKind::If { test, .. } = &stmt.kind else { continue };
        let asks = match &test.kind {
            ExprKind::Name(_) => is(test),
            ExprKind::Not(inner) => is(inner),
            ExprKind::Compare(left, rest) => {
                is(left)
                    && matches!(&rest[..], [(Comparison::Equal | Comparison::NotEqual | Comparison::Other, right)]
                        if matches!(right.kind, ExprKind::Null))
            }
            _ => false,
        };
        if asks && found.is_none() {
            found = Some(test.span);
        }
    }
    found
}
