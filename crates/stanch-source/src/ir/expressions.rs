use ruff_python_ast as ast;

use super::lower::{Lowering, span};
use super::{Call, Clause, Comparison, Comprehension, Expr, ExprKind, Operator, Piece};

/// Longest text that is kept whole; longer ones (embedded data, documents) are cut, since no name is that long.
const TEXT: usize = 4096;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, node: &ast::Expr) -> Expr {
        let kind = self.deeper(|this| this.kind(node));
        Self::constant(kind, node)
    }

    fn exprs(&mut self, nodes: &[ast::Expr]) -> Vec<Expr> {
        nodes.iter().map(|node| self.expr(node)).collect()
    }

    fn text(&mut self, text: &str) -> super::Sym {
        let mut end = text.len().min(TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.names.intern(text.get(..end).unwrap_or_default())
    }

    fn kind(&mut self, node: &ast::Expr) -> ExprKind {
        match node {
            ast::Expr::Name(node) => {
                let name = self.names.intern(&node.id);
                self.uses.push(name);
                ExprKind::Name(name)
            }
            ast::Expr::Attribute(node) => {
                let value = self.boxed(&node.value);
                ExprKind::Attr(value, self.names.intern(&node.attr))
            }
            ast::Expr::Call(node) => ExprKind::Call(Box::new(self.call(node))),
            ast::Expr::StringLiteral(node) => ExprKind::Str(self.text(node.value.to_str())),
            ast::Expr::Subscript(node) => {
                let value = self.boxed(&node.value);
                match &*node.slice {
                    ast::Expr::Slice(_) => ExprKind::Slice(value),
                    slice => ExprKind::Index(value, self.boxed(slice)),
                }
            }
            ast::Expr::Dict(node) => ExprKind::Dict(
                node.items.iter().map(|i| (i.key.as_ref().map(|k| self.expr(k)), self.expr(&i.value))).collect(),
            ),
            ast::Expr::List(node) => ExprKind::List(self.exprs(&node.elts)),
            ast::Expr::Set(node) => ExprKind::List(self.exprs(&node.elts)),
            ast::Expr::Tuple(node) => ExprKind::Tuple(self.exprs(&node.elts)),
            ast::Expr::Starred(node) => ExprKind::Starred(self.boxed(&node.value)),
            ast::Expr::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expr::NoneLiteral(_) => ExprKind::Null,
            ast::Expr::NumberLiteral(node) => match &node.value {
                ast::Number::Int(int) => int.as_i64().map_or(ExprKind::Other, ExprKind::Int),
                ast::Number::Float(_) | ast::Number::Complex { .. } => ExprKind::Other,
            },
            ast::Expr::BinOp(node) => ExprKind::Binary {
                op: match node.op {
                    ast::Operator::Add => Operator::Add,
                    ast::Operator::Mod => Operator::Modulo,
                    ast::Operator::BitOr => Operator::Or,
                    _ => Operator::Other,
                },
                left: self.boxed(&node.left),
                right: self.boxed(&node.right),
            },
            ast::Expr::Compare(node) => {
                let left = self.boxed(&node.left);
                ExprKind::Compare(left, self.comparators(node))
            }
            ast::Expr::UnaryOp(node) => match node.op {
                ast::UnaryOp::Not => ExprKind::Not(self.boxed(&node.operand)),
                ast::UnaryOp::USub => match self.expr(&node.operand).kind {
                    ExprKind::Int(int) => ExprKind::Int(int.saturating_neg()),
                    other => other,
                },
                ast::UnaryOp::UAdd | ast::UnaryOp::Invert => self.expr(&node.operand).kind,
            },
            ast::Expr::BoolOp(node) => ExprKind::Either(self.exprs(&node.values)),
            ast::Expr::If(node) => ExprKind::Conditional {
                test: self.boxed(&node.test),
                body: self.boxed(&node.body),
                orelse: self.boxed(&node.orelse),
            },
            ast::Expr::Lambda(node) => ExprKind::Lambda(self.lambda(node)),
            ast::Expr::FString(node) => {
                let mut pieces = Vec::new();
                for part in &node.value {
                    match part {
                        ast::FStringPart::Literal(literal) => pieces.push(Piece::Text(self.text(&literal.value))),
                        ast::FStringPart::FString(part) => {
                            part.elements.iter().for_each(|element| self.piece(element, &mut pieces));
                        }
                    }
                }
                ExprKind::Format(pieces)
            }
            ast::Expr::TString(node) => {
                let mut pieces = Vec::new();
                node.value.elements().for_each(|element| self.piece(element, &mut pieces));
                ExprKind::Format(pieces)
            }
            ast::Expr::ListComp(node) => self.comprehension(None, &node.elt, &node.generators),
            ast::Expr::SetComp(node) => self.comprehension(None, &node.elt, &node.generators),
            ast::Expr::Generator(node) => self.comprehension(None, &node.elt, &node.generators),
            ast::Expr::DictComp(node) => self.comprehension(node.key.as_deref(), &node.value, &node.generators),
            ast::Expr::Await(node) => self.expr(&node.value).kind,
            ast::Expr::Yield(node) => {
                self.generator = true;
                ExprKind::Yield(node.value.as_deref().map(|v| self.boxed(v)))
            }
            ast::Expr::YieldFrom(node) => {
                self.generator = true;
                ExprKind::Yield(Some(Box::new(Expr {
                    span: span(node.range),
                    kind: ExprKind::Starred(self.boxed(&node.value)),
                })))
            }
            ast::Expr::Named(node) => ExprKind::Named(self.boxed(&node.target), self.boxed(&node.value)),
            ast::Expr::Slice(_)
            | ast::Expr::BytesLiteral(_)
            | ast::Expr::EllipsisLiteral(_)
            | ast::Expr::IpyEscapeCommand(_) => ExprKind::Other,
        }
    }

    fn call(&mut self, node: &ast::ExprCall) -> Call {
        Call {
            callee: self.expr(&node.func),
            args: node.arguments.args.iter().map(|a| self.expr(a)).collect(),
            keywords: node
                .arguments
                .keywords
                .iter()
                .map(|k| (k.arg.as_ref().map(|n| self.names.intern(n)), self.expr(&k.value)))
                .collect(),
        }
    }

    fn comparators(&mut self, node: &ast::ExprCompare) -> Vec<(Comparison, Expr)> {
        node.ops
            .iter()
            .zip(&node.comparators)
            .map(|(op, operand)| {
                let op = match op {
                    ast::CmpOp::Eq => Comparison::Equal,
                    ast::CmpOp::NotEq => Comparison::NotEqual,
                    ast::CmpOp::In => Comparison::In,
                    ast::CmpOp::NotIn => Comparison::NotIn,
                    _ => Comparison::Other,
                };
                (op, self.expr(operand))
            })
            .collect()
    }

    fn piece(&mut self, element: &ast::InterpolatedStringElement, pieces: &mut Vec<Piece>) {
        pieces.push(match element {
            ast::InterpolatedStringElement::Literal(literal) => Piece::Text(self.text(&literal.value)),
            ast::InterpolatedStringElement::Interpolation(node) => Piece::Value(self.expr(&node.expression)),
        });
    }

    fn comprehension(
        &mut self,
        key: Option<&ast::Expr>,
        value: &ast::Expr,
        generators: &[ast::Comprehension],
    ) -> ExprKind {
        let clauses = generators
            .iter()
            .map(|g| Clause { target: self.expr(&g.target), iter: self.expr(&g.iter), tests: self.exprs(&g.ifs) })
            .collect();
        let key = key.map(|k| self.expr(k));
        ExprKind::Comprehension(Box::new(Comprehension { key, value: self.expr(value), clauses }))
    }
}
