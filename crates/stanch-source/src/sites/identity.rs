use std::collections::BTreeSet;

use super::walk;
use crate::flow::Engine;
use crate::ir::{Call, Comparison, Expr, ExprKind, FunctionIr, Span, StmtKind, Sym};

/// Where a function asks who the caller is and does nothing with the answer but to turn away whoever is nobody, to keep it
/// or to pass it on: such a place says that there is a caller, and nothing of what is the caller's.
#[derive(Default)]
pub(super) struct Idle {
    spans: BTreeSet<Span>,
    /// Variables that are read somewhere else.
    read: BTreeSet<Sym>,
}

impl Idle {
    /// Finds the places in a function's body, nested functions not included.
    pub(super) fn of(engine: &Engine, ir: &FunctionIr) -> Self {
        let mut idle = Self::default();
        walk::statements(&ir.body, &mut |stmt| match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|target| idle.kept(target)),
            StmtKind::Annotated { target, .. } => idle.kept(target),
            StmtKind::If { test, .. } => idle.asked(engine, test),
            _ => {}
        });
        walk::expressions(&ir.body, &mut |e| match &e.kind {
            ExprKind::Conditional { test, .. } => idle.asked(engine, test),
            ExprKind::Not(inner) => idle.asked(engine, inner),
            ExprKind::Call(call) if passes_on(call) || logs(engine, call) => {
                let keywords = call.keywords.iter().map(|(_, value)| value);
                call.args.iter().chain(keywords).for_each(|arg| idle.whole(arg));
            }
            _ => {}
        });
        walk::expressions(&ir.body, &mut |e| {
            if let ExprKind::Name(name) = &e.kind
                && !idle.spans.contains(&e.span)
            {
                idle.read.insert(*name);
            }
        });
        walk::assignments(&ir.body, &mut |targets, value| {
            let unread = match targets {
                [Expr { kind: ExprKind::Name(name), .. }] => !idle.read.contains(name),
                // `g.user = current_user`: whoever reads that is looked at there.
                [Expr { kind: ExprKind::Attr(..), .. }] => matches!(value.kind, ExprKind::Name(_)),
                _ => false,
            };
            if unread {
                idle.whole(value);
            }
        });
        idle
    }

    /// Whether the place makes no difference to what is done.
    pub(super) fn holds(&self, span: Span) -> bool {
        self.spans.contains(&span)
    }

    /// Whether a parameter or variable is read where it makes a difference.
    pub(super) fn reads(&self, name: Sym) -> bool {
        self.read.contains(&name)
    }

    fn kept(&mut self, target: &Expr) {
        self.spans.insert(target.span);
        if let ExprKind::Tuple(items) | ExprKind::List(items) = &target.kind {
            items.iter().for_each(|item| self.kept(item));
        }
    }

    /// What is only asked for being there at all.
    fn asked(&mut self, engine: &Engine, test: &Expr) {
        match &test.kind {
            ExprKind::Not(inner) => self.asked(engine, inner),
            ExprKind::Either(items) => items.iter().for_each(|item| self.asked(engine, item)),
            ExprKind::Compare(left, rest) if rest.iter().all(|(op, _)| matches!(op, Comparison::Other)) => {
                self.spans.insert(left.span);
            }
            ExprKind::Attr(base, name) => {
                self.spans.insert(test.span);
                if matches!(engine.program.names.text(*name), "is_authenticated" | "is_active" | "is_anonymous") {
                    self.spans.insert(base.span);
                }
            }
            ExprKind::Name(_) | ExprKind::Index(..) | ExprKind::Call(_) => {
                self.spans.insert(test.span);
            }
            _ => {}
        }
    }

    fn whole(&mut self, e: &Expr) {
        walk::expression(e, &mut |inner| {
            self.spans.insert(inner.span);
        });
    }
}

/// `view(user, *args, **kwargs)`: what a decorator calls.
fn passes_on(call: &Call) -> bool {
    call.args.iter().any(|arg| matches!(arg.kind, ExprKind::Starred(_)))
        && call.keywords.iter().any(|(name, _)| name.is_none())
}

fn logs(engine: &Engine, call: &Call) -> bool {
    let text = |sym| engine.program.names.text(sym);
    match &call.callee.kind {
        ExprKind::Name(name) => text(*name) == "print",
        ExprKind::Attr(base, _) => match &base.kind {
            ExprKind::Name(name) | ExprKind::Attr(_, name) => matches!(text(*name), "log" | "logger" | "logging"),
            _ => false,
        },
        _ => false,
    }
}
