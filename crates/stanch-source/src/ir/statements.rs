use ruff_python_ast::{self as ast, Pattern};
use ruff_text_size::Ranged as _;

use super::lower::{Lowering, span};
use super::{Case, Expr, ExprKind, Handler, Stmt, StmtKind, Sym};

impl Lowering<'_> {
    pub(super) fn block(&mut self, body: &[ast::Stmt]) -> Vec<Stmt> {
        self.deeper(|this| {
            let mut block = Vec::with_capacity(body.len());
            for stmt in body {
                if let Some(kind) = this.stmt(stmt) {
                    block.push(Stmt { span: span(stmt.range()), kind });
                }
            }
            block
        })
    }

    fn stmt(&mut self, stmt: &ast::Stmt) -> Option<StmtKind> {
        Some(match stmt {
            ast::Stmt::FunctionDef(node) => StmtKind::Def(self.function(node)),
            ast::Stmt::ClassDef(node) => StmtKind::Class(self.class(node)),
            ast::Stmt::Return(node) => StmtKind::Return(node.value.as_deref().map(|v| self.expr(v))),
            ast::Stmt::Delete(node) => StmtKind::Delete(node.targets.iter().map(|t| self.expr(t)).collect()),
            ast::Stmt::Assign(node) => StmtKind::Assign {
                targets: node.targets.iter().map(|t| self.expr(t)).collect(),
                value: self.expr(&node.value),
            },
            ast::Stmt::AugAssign(node) => StmtKind::Augmented {
                target: self.expr(&node.target),
                add: matches!(node.op, ast::Operator::Add | ast::Operator::BitOr),
                value: self.expr(&node.value),
            },
            ast::Stmt::AnnAssign(node) => StmtKind::Annotated {
                target: self.expr(&node.target),
                annotation: self.expr(&node.annotation),
                value: node.value.as_deref().map(|v| self.expr(v)),
            },
            ast::Stmt::For(node) => StmtKind::Loop {
                target: Some(self.expr(&node.target)),
                iter: self.expr(&node.iter),
                body: self.block(&node.body),
                orelse: self.block(&node.orelse),
            },
            ast::Stmt::While(node) => StmtKind::Loop {
                target: None,
                iter: self.expr(&node.test),
                body: self.block(&node.body),
                orelse: self.block(&node.orelse),
            },
            ast::Stmt::If(node) => self.branches(&node.test, &node.body, &node.elif_else_clauses),
            ast::Stmt::With(node) => StmtKind::With {
                items: node
                    .items
                    .iter()
                    .map(|i| (self.expr(&i.context_expr), i.optional_vars.as_deref().map(|v| self.expr(v))))
                    .collect(),
                body: self.block(&node.body),
            },
            ast::Stmt::Match(node) => StmtKind::Match {
                subject: self.expr(&node.subject),
                cases: node.cases.iter().map(|case| self.case(case)).collect(),
            },
            ast::Stmt::Raise(node) => StmtKind::Raise(node.exc.as_deref().map(|e| self.expr(e))),
            ast::Stmt::Try(node) => self.try_statement(node),
            ast::Stmt::Assert(node) => StmtKind::Expr(self.expr(&node.test)),
            ast::Stmt::Import(node) => StmtKind::Import(self.aliases(&node.names)),
            ast::Stmt::ImportFrom(node) => StmtKind::From {
                level: node.level,
                module: node.module.as_ref().map(|m| self.names.intern(m)),
                names: self.aliases(&node.names),
            },
            ast::Stmt::Global(node) => self.declare(&node.names)?,
            // An enclosing function's variable: read through the closure, writes stay within the function.
            ast::Stmt::Nonlocal(_) | ast::Stmt::Pass(_) | ast::Stmt::TypeAlias(_) | ast::Stmt::IpyEscapeCommand(_) => {
                return None;
            }
            // Documentation.
            ast::Stmt::Expr(node) if node.value.is_string_literal_expr() => return None,
            ast::Stmt::Expr(node) => StmtKind::Expr(self.expr(&node.value)),
            ast::Stmt::Break(_) | ast::Stmt::Continue(_) => StmtKind::Leave,
        })
    }

    fn declare(&mut self, names: &[ast::Identifier]) -> Option<StmtKind> {
        for name in names {
            let name = self.names.intern(name);
            self.globals.push(name);
        }
        None
    }

    fn aliases(&mut self, names: &[ast::Alias]) -> Vec<(Sym, Option<Sym>)> {
        names.iter().map(|a| (self.names.intern(&a.name), a.asname.as_ref().map(|n| self.names.intern(n)))).collect()
    }

    fn branches(&mut self, test: &ast::Expr, body: &[ast::Stmt], rest: &[ast::ElifElseClause]) -> StmtKind {
        let test = self.expr(test);
        let body = self.block(body);
        let orelse = match rest.split_first() {
            None => Vec::new(),
            Some((clause, rest)) => match &clause.test {
                None => self.block(&clause.body),
                Some(test) => {
                    let range = span(clause.range());
                    self.deeper(|this| vec![Stmt { span: range, kind: this.branches(test, &clause.body, rest) }])
                }
            },
        };
        StmtKind::If { test, body, orelse }
    }

    fn try_statement(&mut self, node: &ast::StmtTry) -> StmtKind {
        let body = self.block(&node.body);
        let mut handlers = Vec::new();
        for handler in &node.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            handlers.push(Handler {
                span: span(handler.range()),
                kind: handler.type_.as_deref().map(|t| self.expr(t)),
                name: handler.name.as_ref().map(|n| self.names.intern(n)),
                body: self.block(&handler.body),
            });
        }
        StmtKind::Try { body, handlers, orelse: self.block(&node.orelse), finally: self.block(&node.finalbody) }
    }

    fn case(&mut self, case: &ast::MatchCase) -> Case {
        let mut binds = Vec::new();
        self.deeper(|this| this.pattern(&case.pattern, &mut binds));
        Case { binds, guard: case.guard.as_deref().map(|g| self.expr(g)), body: self.block(&case.body) }
    }

    fn pattern(&mut self, pattern: &Pattern, binds: &mut Vec<Sym>) {
        let parts: Vec<&Pattern> = match pattern {
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => Vec::new(),
            Pattern::MatchSequence(node) => node.patterns.iter().collect(),
            Pattern::MatchMapping(node) => {
                binds.extend(node.rest.as_ref().map(|n| self.names.intern(n)));
                node.patterns.iter().collect()
            }
            Pattern::MatchClass(node) => {
                node.arguments.patterns.iter().chain(node.arguments.keywords.iter().map(|k| &k.pattern)).collect()
            }
            Pattern::MatchStar(node) => {
                binds.extend(node.name.as_ref().map(|n| self.names.intern(n)));
                Vec::new()
            }
            Pattern::MatchAs(node) => {
                binds.extend(node.name.as_ref().map(|n| self.names.intern(n)));
                node.pattern.iter().map(AsRef::as_ref).collect()
            }
            Pattern::MatchOr(node) => node.patterns.iter().collect(),
        };
        for part in parts {
            self.deeper(|this| this.pattern(part, binds));
        }
    }

    pub(super) fn boxed(&mut self, node: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(node))
    }

    pub(super) fn constant(kind: ExprKind, node: &ast::Expr) -> Expr {
        Expr { span: span(node.range()), kind }
    }
}
