use std::collections::{BTreeMap, BTreeSet};

use stanch_api::{Parameter, ParameterLocation};
use stanch_secrets::names::{KeyKind, key_kind, words};

use super::access::{IDENTITIES, REGISTERING, VERBS, grants, of_role};
use super::identity::Idle;
use super::walk;
use crate::flow::Engine;
use crate::ir::{Comparison, Expr, ExprKind, FunctionIr, Span, StmtKind};
use crate::value::FuncId;

impl Engine {
    /// What in a function lets only known callers through, or uses who the caller is.
    pub(super) fn guards_of(&self, func: FuncId) -> BTreeSet<(&'static str, Span)> {
        let ir = self.program.func(func).ir.clone();
        let mut guards = BTreeSet::new();
        self.decorators(&ir, &mut guards);
        let idle = Idle::of(self, &ir);
        for param in &ir.params {
            let mut found = BTreeSet::new();
            let said = [&param.default, &param.annotation].into_iter().flatten();
            said.for_each(|e| self.dependency(e, &mut found));
            if IDENTITIES.contains(&self.program.names.text(param.name)) {
                found.insert(("identity", ir.span));
            }
            let idle = !idle.reads(param.name);
            guards.extend(found.into_iter().map(|(kind, span)| (as_used(kind, idle), span)));
        }
        walk::expressions(&ir.body, &mut |e| {
            if let Some(kind) = self.evidence(e) {
                guards.insert((as_used(kind, idle.holds(e.span)), e.span));
            }
            if self.speaks_of_role(e) {
                guards.insert(("role", e.span));
            }
        });
        guards
    }

    /// Guards that a class puts on all of its methods (`decorators`, `method_decorators`), by the class's body.
    pub(super) fn class_guards(&self) -> BTreeMap<FuncId, Span> {
        let mut guards = BTreeMap::new();
        for class in &self.program.classes {
            for stmt in &class.ir.body.body {
                let StmtKind::Assign { targets, value } = &stmt.kind else { continue };
                let Some(Expr { kind: ExprKind::Name(name), .. }) = targets.first() else { continue };
                if !matches!(self.program.names.text(*name), "decorators" | "method_decorators") {
                    continue;
                }
                let mut guarded = false;
                walk::expression(value, &mut |e| {
                    guarded |= matches!(&e.kind, ExprKind::Name(name) | ExprKind::Attr(_, name) if grants(self.program.names.text(*name)));
                });
                if guarded {
                    let prefix = format!("{}.", class.ir.qualified);
                    for (index, func) in self.program.functions.iter().enumerate() {
                        if func.module == class.module && func.ir.qualified.starts_with(&prefix) {
                            guards.insert(FuncId::new(index), stmt.span);
                        }
                    }
                }
            }
        }
        guards
    }

    /// Modules whose routers or apps name dependencies that every route passes, and whether an app as a whole does.
    pub(super) fn router_guards(&self) -> (BTreeSet<u32>, bool) {
        let (mut modules, mut everywhere) = (BTreeSet::new(), false);
        for (index, module) in self.program.modules.iter().enumerate() {
            let body = self.program.func(module.body).ir.clone();
            walk::expressions(&body.body, &mut |e| {
                let ExprKind::Call(call) = &e.kind else { return };
                let callee = self.last_name(&call.callee).unwrap_or_default();
                if !matches!(callee, "APIRouter" | "FastAPI" | "include_router") {
                    return;
                }
                for (name, value) in &call.keywords {
                    let named = name.is_some_and(|name| self.program.names.text(name) == "dependencies");
                    let mut guards = BTreeSet::new();
                    if named {
                        walk::expression(value, &mut |e| self.dependency(e, &mut guards));
                    }
                    if !guards.is_empty() {
                        modules.insert(u32::try_from(index).unwrap_or(u32::MAX));
                        everywhere |= callee != "APIRouter";
                    }
                }
            });
        }
        (modules, everywhere)
    }

    fn decorators(&self, ir: &FunctionIr, guards: &mut BTreeSet<(&'static str, Span)>) {
        for decorator in &ir.decorators {
            let (callee, keywords) = match &decorator.kind {
                ExprKind::Call(call) => (&call.callee, &call.keywords[..]),
                _ => (decorator, &[][..]),
            };
            let last = self.last_name(callee).unwrap_or_default();
            let front = match &callee.kind {
                ExprKind::Attr(base, _) => self.last_name(base).unwrap_or_default(),
                _ => "",
            };
            if !REGISTERING.contains(&last) && (grants(last) || grants(front)) {
                guards.insert(("login-required", decorator.span));
            }
            if !REGISTERING.contains(&last) && of_role(last) {
                guards.insert(("role", decorator.span));
            }
            for (name, value) in keywords {
                let Some(name) = name.map(|name| self.program.names.text(name)) else { continue };
                let set = !matches!(value.kind, ExprKind::Null | ExprKind::Bool(false));
                if set && matches!(name, "authorizer" | "api_key_required" | "permissions" | "auth_required") {
                    guards.insert(("login-required", decorator.span));
                }
                if set && of_role(name) {
                    guards.insert(("role", decorator.span));
                }
                if name == "dependencies" {
                    walk::expression(value, &mut |e| self.dependency(e, guards));
                }
            }
        }
    }

    /// `Depends(get_current_user)`, `Security(scheme)`.
    fn dependency(&self, e: &Expr, guards: &mut BTreeSet<(&'static str, Span)>) {
        walk::expression(e, &mut |e| {
            let ExprKind::Call(call) = &e.kind else { return };
            let callee = self.last_name(&call.callee).unwrap_or_default();
            if !matches!(callee, "Depends" | "Security") {
                return;
            }
            let on = call.args.first().and_then(|arg| match &arg.kind {
                ExprKind::Call(inner) => self.last_name(&inner.callee),
                _ => self.last_name(arg),
            });
            let on = on.unwrap_or_default();
            if IDENTITIES.contains(&on) || on.contains("current_user") {
                guards.insert(("identity", e.span));
            }
            if callee == "Security"
                || grants(on)
                || on.contains("current_user")
                || key_kind(on).is_some()
                || on.contains("api_key")
            {
                guards.insert(("login-required", e.span));
            }
        });
    }

    /// What one expression says of access.
    fn evidence(&self, e: &Expr) -> Option<&'static str> {
        let text = |sym| self.program.names.text(sym);
        match &e.kind {
            // 401 and 403: somebody is turned away.
            ExprKind::Int(401 | 403) => Some("turns-away"),
            ExprKind::Name(name) | ExprKind::Attr(_, name)
                if IDENTITIES.contains(&text(*name).to_ascii_lowercase().as_str()) =>
            {
                Some("identity")
            }
            // `g.user`, `request.user`, `app.current_request.context`.
            ExprKind::Attr(base, name) => {
                let base = self.last_name(base)?;
                match (base, text(*name)) {
                    ("g" | "request" | "_request_ctx_stack", "user" | "user_id" | "identity" | "account") => {
                        Some("identity")
                    }
                    ("current_request", "context") => Some("identity"),
                    ("request", "authorization") => Some("credential-read"),
                    _ => None,
                }
            }
            ExprKind::Index(base, _) if self.last_name(base) == Some("session") => Some("identity"),
            // `"user" in session`
            ExprKind::Compare(_, rest) => {
                let session = |(op, right): &(Comparison, Expr)| {
                    matches!(op, Comparison::In | Comparison::NotIn) && self.last_name(right) == Some("session")
                };
                rest.iter().any(session).then_some("credential-read")
            }
            ExprKind::Call(call) => {
                if let (ExprKind::Attr(base, method), Some(first)) = (&call.callee.kind, call.args.first()) {
                    let url = matches!(first.kind, ExprKind::Str(key) if text(key).contains('/'));
                    if text(*method) == "get" && self.last_name(base) == Some("session") {
                        return (matches!(first.kind, ExprKind::Str(_)) && !url).then_some("identity");
                    }
                }
                let name = self.last_name(&call.callee)?;
                // A password is checked where somebody logs in, which guards nothing yet.
                if name.contains("password") || REGISTERING.contains(&name) {
                    return None;
                }
                let words = words(name);
                let verb = words.iter().any(|word| VERBS.contains(&word.as_str()));
                let alone = words.iter().any(|word| {
                    word.starts_with("authenticat") || word.starts_with("authoris") || word.starts_with("authoriz")
                });
                (alone || verb && grants(name)).then_some("credential-check")
            }
            _ => None,
        }
    }

    /// `user["role"]`, `claims.get("scope")`, `current_user.is_admin`, `check_admin(...)`.
    fn speaks_of_role(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Name(name) | ExprKind::Attr(_, name) | ExprKind::Str(name) => {
                of_role(self.program.names.text(*name))
            }
            _ => false,
        }
    }

    /// The last part of a dotted name.
    fn last_name(&self, e: &Expr) -> Option<&str> {
        match &e.kind {
            ExprKind::Name(name) | ExprKind::Attr(_, name) => Some(self.program.names.text(*name)),
            _ => None,
        }
    }
}

/// Whether a parameter carries a credential of the caller.
pub(super) fn is_credential(parameter: &Parameter) -> bool {
    match parameter.location {
        ParameterLocation::Header => {
            parameter.name.eq_ignore_ascii_case("authorization")
                || matches!(key_kind(&parameter.name), Some(kind) if kind != KeyKind::Password)
        }
        ParameterLocation::Cookie => key_kind(&parameter.name).is_some(),
        _ => false,
    }
}

/// Who the caller is, asked for in vain.
fn as_used(kind: &'static str, idle: bool) -> &'static str {
    if kind == "identity" && idle { "identity-unused" } else { kind }
}
