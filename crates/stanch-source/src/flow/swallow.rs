use super::{Engine, Frame};
use crate::ir::{Expr, ExprKind, Handler, Stmt, StmtKind};
use crate::value::{Object, Value};

impl Engine {
    /// Whether a library's exception of this kind cannot come out of a `try` body: every call in it stands in an inner
    /// `try` that catches all and always leaves by an exception of another kind, or not by one at all.
    pub(super) fn swallowed(&mut self, f: &mut Frame, body: &[Stmt], kind: &Value) -> bool {
        let foreign = |object: &Object| match object {
            Object::Ext(name, _) => !matches!(self.program.names.text(*name), ALL | BASE),
            _ => false,
        };
        if kind.objects().is_empty() || kind.has_fields() || !kind.objects().iter().all(foreign) {
            return false;
        }
        let mut inner = false;
        for stmt in body {
            match &stmt.kind {
                StmtKind::Try { body: _, handlers, orelse, finally } if orelse.is_empty() && finally.is_empty() => {
                    inner = true;
                    if !self.catches_all(f, handlers) || !handlers.iter().all(|h| self.leaves_otherwise(f, h, kind)) {
                        return false;
                    }
                }
                StmtKind::Assign { value, .. } if is_plain(value) => {}
                StmtKind::Return(value) if value.as_ref().is_none_or(is_plain) => {}
                StmtKind::Expr(value) if is_plain(value) => {}
                _ => return false,
            }
        }
        inner
    }

    fn catches_all(&mut self, f: &mut Frame, handlers: &[Handler]) -> bool {
        handlers.iter().any(|handler| match &handler.kind {
            None => true,
            Some(kind) => {
                let kind = self.eval(f, kind);
                kind.objects().iter().any(|object| self.is_named(object, ALL) || self.is_named(object, BASE))
            }
        })
    }

    /// Whether a handler raises nothing of the given kind. A plain `raise`, or one of the caught exception, does.
    fn leaves_otherwise(&mut self, f: &mut Frame, handler: &Handler, kind: &Value) -> bool {
        handler.body.iter().all(|stmt| match &stmt.kind {
            StmtKind::Raise(None) => false,
            StmtKind::Raise(Some(Expr { kind: ExprKind::Call(call), .. })) => {
                let raised = self.eval(f, &call.callee);
                !raised.is_nothing() && !raised.objects().iter().any(|object| kind.objects().contains(object))
            }
            StmtKind::Raise(Some(Expr { kind: ExprKind::Name(name), .. })) => {
                let raised = self.lookup(f, *name);
                Some(*name) != handler.name
                    && !raised.is_nothing()
                    && !raised.objects().iter().any(|object| kind.objects().contains(object))
            }
            StmtKind::Raise(_) => false,
            StmtKind::Expr(_) | StmtKind::Assign { .. } | StmtKind::Return(_) => true,
            _ => false,
        })
    }
}

const ALL: &str = "builtins.Exception";
const BASE: &str = "builtins.BaseException";

/// Whether an expression calls nothing.
fn is_plain(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Other | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Name(_)
    )
}
