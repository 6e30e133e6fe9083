use std::collections::BTreeSet;

use crate::ir::{Expr, ExprKind, Span, Stmt, StmtKind, Sym};

use super::walk;

/// A block that runs only if a test says so.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    span: Span,
    /// Variables that the test is about.
    about: BTreeSet<Sym>,
}

/// Every block of a body that may not run, at any depth. What stands after an `if` that always leaves runs as surely as
/// the `if` does, and so does its `else`; a call of `abort` leaves too.
pub(super) fn branches(body: &[Stmt], abort: Option<Sym>) -> Vec<Branch> {
    let mut found = Vec::new();
    collect(body, abort, &mut found);
    found
}

/// Whether what stands at `first` has run whenever `then` runs. `names` are what it looks at: a branch that only asks
/// whether there is such a value is none.
pub(super) fn precedes(branches: &[Branch], first: Span, then: Span, names: &BTreeSet<Sym>) -> bool {
    let contains = |outer: Span, inner: Span| outer.start <= inner.start && inner.end <= outer.end;
    let between = |branch: &&Branch| contains(branch.span, first) && !contains(branch.span, then);
    first.start <= then.end && branches.iter().filter(between).all(|branch| !branch.about.is_disjoint(names))
}

fn collect(body: &[Stmt], abort: Option<Sym>, found: &mut Vec<Branch>) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::If { test, body, orelse } => {
                let mut about = BTreeSet::new();
                walk::expression(test, &mut |e| {
                    if let ExprKind::Name(name) = &e.kind {
                        about.insert(*name);
                    }
                });
                if !leaves(orelse, abort) {
                    push(body, about.clone(), found);
                }
                if !leaves(body, abort) {
                    push(orelse, about, found);
                }
                collect(body, abort, found);
                collect(orelse, abort, found);
            }
            StmtKind::Loop { body, orelse, .. } => {
                collect(body, abort, found);
                collect(orelse, abort, found);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                collect(body, abort, found);
                for handler in handlers {
                    push(&handler.body, BTreeSet::new(), found);
                    collect(&handler.body, abort, found);
                }
                collect(orelse, abort, found);
                collect(finally, abort, found);
            }
            StmtKind::With { body, .. } => collect(body, abort, found),
            StmtKind::Match { cases, .. } => {
                for case in cases {
                    push(&case.body, BTreeSet::new(), found);
                    collect(&case.body, abort, found);
                }
            }
            _ => {}
        }
    }
}

fn push(body: &[Stmt], about: BTreeSet<Sym>, found: &mut Vec<Branch>) {
    if let (Some(first), Some(last)) = (body.first(), body.last()) {
        found.push(Branch { span: Span { start: first.span.start, end: last.span.end }, about });
    }
}

/// Whether a block never runs to its end.
fn leaves(body: &[Stmt], abort: Option<Sym>) -> bool {
    match body.last().map(|stmt| &stmt.kind) {
        Some(StmtKind::Return(_) | StmtKind::Raise(_) | StmtKind::Leave) => true,
        Some(StmtKind::Expr(Expr { kind: ExprKind::Call(call), .. })) => match &call.callee.kind {
            ExprKind::Name(name) | ExprKind::Attr(_, name) => Some(*name) == abort,
            _ => false,
        },
        _ => false,
    }
}
