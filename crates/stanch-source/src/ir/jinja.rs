use minijinja::machinery::ast::{self, Expr as Node, Stmt as Tag};
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;

use super::{Call, Expr, ExprKind, Interner, Operator, Span, Stmt, StmtKind, Sym};

/// Deepest nesting that is read.
const DEPTH: u32 = 80;
/// Filters and tests whose result says nothing of their input.
const HARMLESS: [&str; 8] =
    ["count", "length", "wordcount", "filesizeformat", "default_if_none", "sum", "round", "int"];

/// A Jinja template as statements: what it prints is yielded. `Err` is the line and why it was not parsed.
pub(crate) fn lower_template(text: &str, name: &str, names: &mut Interner) -> Result<Vec<Stmt>, (Option<u32>, String)> {
    let template = parse(text, name, SyntaxConfig::default()).map_err(|error| {
        let line = error.line().and_then(|line| u32::try_from(line).ok());
        (line, format!("its template syntax was not understood: {}", error.detail().unwrap_or("no reason given")))
    })?;
    let mut lowering = Lowering { names, depth: 0 };
    let mut body = Vec::new();
    lowering.tag(&template, &mut body);
    Ok(body)
}

struct Lowering<'a> {
    names: &'a mut Interner,
    depth: u32,
}

fn expr(kind: ExprKind) -> Expr {
    Expr { span: Span::default(), kind }
}

fn stmt(kind: StmtKind) -> Stmt {
    Stmt { span: Span::default(), kind }
}

impl Lowering<'_> {
    fn body(&mut self, tags: &[Tag<'_>]) -> Vec<Stmt> {
        let mut body = Vec::new();
        if self.depth < DEPTH {
            self.depth += 1;
            tags.iter().for_each(|tag| self.tag(tag, &mut body));
            self.depth -= 1;
        }
        body
    }

    fn tag(&mut self, tag: &Tag<'_>, into: &mut Vec<Stmt>) {
        match tag {
            Tag::Template(node) => into.extend(self.body(&node.children)),
            Tag::EmitExpr(node) => {
                let value = self.expr(&node.expr);
                into.push(stmt(StmtKind::Expr(expr(ExprKind::Yield(Some(Box::new(value)))))));
            }
            Tag::ForLoop(node) => {
                let iter = self.expr(&node.iter);
                let target = self.expr(&node.target);
                let body = self.body(&node.body);
                let orelse = self.body(&node.else_body);
                into.push(stmt(StmtKind::Loop { target: Some(target), iter, body, orelse }));
            }
            Tag::IfCond(node) => {
                let test = self.expr(&node.expr);
                let body = self.body(&node.true_body);
                let orelse = self.body(&node.false_body);
                into.push(stmt(StmtKind::If { test, body, orelse }));
            }
            Tag::WithBlock(node) => {
                for (target, value) in &node.assignments {
                    self.assign(target, value, into);
                }
                into.extend(self.body(&node.body));
            }
            Tag::Set(node) => self.assign(&node.target, &node.expr, into),
            Tag::SetBlock(node) => into.extend(self.body(&node.body)),
            Tag::AutoEscape(node) => into.extend(self.body(&node.body)),
            Tag::FilterBlock(node) => into.extend(self.body(&node.body)),
            Tag::Block(node) => into.extend(self.body(&node.body)),
            Tag::Extends(node) => self.include(&node.name, into),
            Tag::Include(node) => self.include(&node.name, into),
            Tag::CallBlock(node) => into.extend(self.body(&node.macro_decl.body)),
            // A macro prints where it is called, and there its arguments are taken as printed.
            _ => {}
        }
    }

    fn include(&mut self, name: &Node<'_>, into: &mut Vec<Stmt>) {
        let name = self.expr(name);
        into.push(stmt(StmtKind::Include(name)));
    }

    fn assign(&mut self, target: &Node<'_>, value: &Node<'_>, into: &mut Vec<Stmt>) {
        let value = self.expr(value);
        let target = self.expr(target);
        into.push(stmt(StmtKind::Assign { targets: vec![target], value }));
    }

    fn expr(&mut self, node: &Node<'_>) -> Expr {
        if self.depth >= DEPTH {
            return Expr::default();
        }
        self.depth += 1;
        let kind = self.kind(node);
        self.depth -= 1;
        expr(kind)
    }

    fn kind(&mut self, node: &Node<'_>) -> ExprKind {
        match node {
            Node::Var(node) => ExprKind::Name(self.names.intern(node.id)),
            Node::Const(node) => match (node.value.as_str(), node.value.as_i64()) {
                (Some(text), _) => ExprKind::Str(self.names.intern(text)),
                (None, Some(int)) => ExprKind::Int(int),
                (None, None) => ExprKind::Other,
            },
            Node::Slice(node) => ExprKind::Slice(Box::new(self.expr(&node.expr))),
            Node::UnaryOp(node) => match node.op {
                ast::UnaryOpKind::Not => ExprKind::Other,
                ast::UnaryOpKind::Neg => self.expr(&node.expr).kind,
            },
            Node::BinOp(node) => {
                let (left, right) = (self.expr(&node.left), self.expr(&node.right));
                match node.op {
                    ast::BinOpKind::ScAnd | ast::BinOpKind::ScOr => ExprKind::Either(vec![left, right]),
                    ast::BinOpKind::Add | ast::BinOpKind::Concat => {
                        ExprKind::Binary { op: Operator::Add, left: Box::new(left), right: Box::new(right) }
                    }
                    _ => ExprKind::Other,
                }
            }
            Node::IfExpr(node) => ExprKind::Conditional {
                test: Box::new(Expr::default()),
                body: Box::new(self.expr(&node.true_expr)),
                orelse: Box::new(node.false_expr.as_ref().map_or_else(Expr::default, |e| self.expr(e))),
            },
            Node::Filter(node) => self.filter(node),
            Node::GetAttr(node) => {
                // Jinja looks an attribute up as a key too; a library's own object has attributes only.
                let base = Box::new(self.expr(&node.expr));
                ExprKind::Attr(base, self.names.intern(node.name))
            }
            Node::GetItem(node) => {
                let base = Box::new(self.expr(&node.expr));
                ExprKind::Index(base, Box::new(self.expr(&node.subscript_expr)))
            }
            Node::Call(node) => {
                let callee = self.expr(&node.expr);
                let (args, keywords) = self.args(&node.args);
                ExprKind::Call(Box::new(Call { callee, args, keywords }))
            }
            Node::List(node) => ExprKind::List(node.items.iter().map(|item| self.expr(item)).collect()),
            Node::Tuple(node) => ExprKind::Tuple(node.items.iter().map(|item| self.expr(item)).collect()),
            Node::Map(node) => ExprKind::Dict(
                node.keys.iter().zip(&node.values).map(|(k, v)| (Some(self.expr(k)), self.expr(v))).collect(),
            ),
            _ => ExprKind::Other,
        }
    }

    fn filter(&mut self, node: &ast::Filter<'_>) -> ExprKind {
        let Some(input) = &node.expr else { return ExprKind::Other };
        if HARMLESS.contains(&node.name) {
            return ExprKind::Other;
        }
        let input = self.expr(input);
        let (args, _) = self.args(&node.args);
        match (node.name, args.into_iter().next()) {
            ("default" | "d", Some(default)) => ExprKind::Either(vec![input, default]),
            ("attr", Some(name)) => ExprKind::Index(Box::new(input), Box::new(name)),
            ("dictsort" | "items", _) => {
                let items = self.names.intern("items");
                let callee = expr(ExprKind::Attr(Box::new(input), items));
                ExprKind::Call(Box::new(Call { callee, args: Vec::new(), keywords: Vec::new() }))
            }
            _ => input.kind,
        }
    }

    fn args(&mut self, args: &[ast::CallArg<'_>]) -> (Vec<Expr>, Vec<(Option<Sym>, Expr)>) {
        let (mut positional, mut keywords) = (Vec::new(), Vec::new());
        for arg in args {
            match arg {
                ast::CallArg::Pos(value) | ast::CallArg::PosSplat(value) => positional.push(self.expr(value)),
                ast::CallArg::Kwarg(name, value) => {
                    let name = self.names.intern(name);
                    keywords.push((Some(name), self.expr(value)));
                }
                ast::CallArg::KwargSplat(value) => keywords.push((None, self.expr(value))),
            }
        }
        (positional, keywords)
    }
}
