use crate::ir::{Expr, ExprKind, Piece, Stmt, StmtKind};

/// Calls `look` on every expression of a body, those inside others included; nested functions and classes have bodies
/// of their own.
pub(super) fn expressions(body: &[Stmt], look: &mut impl FnMut(&Expr)) {
    for stmt in body {
        statement(stmt, look);
    }
}

fn statement(stmt: &Stmt, look: &mut impl FnMut(&Expr)) {
    match &stmt.kind {
        StmtKind::Expr(e) | StmtKind::Return(Some(e)) | StmtKind::Raise(Some(e)) => expression(e, look),
        StmtKind::Assign { targets, value } => {
            targets.iter().for_each(|target| expression(target, look));
            expression(value, look);
        }
        StmtKind::Annotated { target, annotation, value } => {
            [Some(target), Some(annotation), value.as_ref()].into_iter().flatten().for_each(|e| expression(e, look));
        }
        StmtKind::Augmented { target, value, .. } => {
            expression(target, look);
            expression(value, look);
        }
        StmtKind::If { test, body, orelse } => {
            expression(test, look);
            expressions(body, look);
            expressions(orelse, look);
        }
        StmtKind::Loop { target, iter, body, orelse } => {
            target.iter().for_each(|target| expression(target, look));
            expression(iter, look);
            expressions(body, look);
            expressions(orelse, look);
        }
        StmtKind::Try { body, handlers, orelse, finally } => {
            expressions(body, look);
            handlers.iter().for_each(|handler| expressions(&handler.body, look));
            expressions(orelse, look);
            expressions(finally, look);
        }
        StmtKind::With { items, body } => {
            items.iter().for_each(|(item, _)| expression(item, look));
            expressions(body, look);
        }
        StmtKind::Match { subject, cases } => {
            expression(subject, look);
            cases.iter().for_each(|case| expressions(&case.body, look));
        }
        StmtKind::Delete(targets) => targets.iter().for_each(|target| expression(target, look)),
        _ => {}
    }
}

/// Calls `look` on every statement of a body, those inside others included.
pub(super) fn statements(body: &[Stmt], look: &mut impl FnMut(&Stmt)) {
    for stmt in body {
        look(stmt);
        match &stmt.kind {
            StmtKind::If { body, orelse, .. } | StmtKind::Loop { body, orelse, .. } => {
                statements(body, look);
                statements(orelse, look);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                statements(body, look);
                handlers.iter().for_each(|handler| statements(&handler.body, look));
                statements(orelse, look);
                statements(finally, look);
            }
            StmtKind::With { body, .. } => statements(body, look),
            StmtKind::Match { cases, .. } => cases.iter().for_each(|case| statements(&case.body, look)),
            _ => {}
        }
    }
}

/// Calls `look` on every target and value of the assignments of a body.
pub(super) fn assignments(body: &[Stmt], look: &mut impl FnMut(&[Expr], &Expr)) {
    statements(body, &mut |stmt| match &stmt.kind {
        StmtKind::Assign { targets, value } => look(targets, value),
        StmtKind::Annotated { target, value: Some(value), .. } => look(std::slice::from_ref(target), value),
        _ => {}
    });
}

/// Calls `look` on an expression and on every one inside it.
pub(super) fn expression(e: &Expr, look: &mut impl FnMut(&Expr)) {
    look(e);
    match &e.kind {
        ExprKind::Attr(inner, _) | ExprKind::Slice(inner) | ExprKind::Starred(inner) | ExprKind::Not(inner) => {
            expression(inner, look);
        }
        ExprKind::Index(a, b) | ExprKind::Named(a, b) | ExprKind::Binary { left: a, right: b, .. } => {
            expression(a, look);
            expression(b, look);
        }
        ExprKind::Call(call) => {
            expression(&call.callee, look);
            call.args.iter().for_each(|arg| expression(arg, look));
            call.keywords.iter().for_each(|(_, value)| expression(value, look));
        }
        ExprKind::Dict(pairs) => {
            for (key, value) in pairs {
                key.iter().for_each(|key| expression(key, look));
                expression(value, look);
            }
        }
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Either(items) => {
            items.iter().for_each(|item| expression(item, look));
        }
        ExprKind::Format(pieces) => {
            for piece in pieces {
                if let Piece::Value(value) = piece {
                    expression(value, look);
                }
            }
        }
        ExprKind::Compare(left, rest) => {
            expression(left, look);
            rest.iter().for_each(|(_, right)| expression(right, look));
        }
        ExprKind::Conditional { test, body, orelse } => {
            [test, body, orelse].into_iter().for_each(|e| expression(e, look));
        }
        ExprKind::Comprehension(node) => {
            node.key.iter().for_each(|key| expression(key, look));
            expression(&node.value, look);
            for clause in &node.clauses {
                expression(&clause.iter, look);
                clause.tests.iter().for_each(|test| expression(test, look));
            }
        }
        ExprKind::Yield(Some(inner)) => expression(inner, look),
        _ => {}
    }
}
