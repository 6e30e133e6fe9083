use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Body, Structure};

use super::document::{Content, Document, Position, parse};
use crate::files::LineIndex;

/// Deepest nesting of expressions, and of locals that name each other.
const DEPTH: usize = 40;

/// A block at the top of a Terraform file: `resource "aws_dynamodb_table" "users" { … }`.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) at: Position,
    pub(crate) body: Document,
}

/// The blocks of a Terraform file; none if it does not parse. A local that the same file defines stands as what it is.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let Ok(body) = hcl_edit::parser::parse_body(text) else { return Vec::new() };
    let mut locals = BTreeMap::new();
    for block in body.get_blocks("locals") {
        locals.extend(block.body.attributes().map(|attribute| (attribute.key.as_str(), &attribute.value)));
    }
    let reader = Reader { text, lines: LineIndex::new(text), locals };
    body.blocks()
        .map(|block| Block {
            kind: block.ident.as_str().to_owned(),
            labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
            at: reader.position(block.ident.span()),
            body: reader.body(&block.body, reader.position(block.span()), 0),
        })
        .collect()
}

struct Reader<'t> {
    text: &'t str,
    lines: LineIndex,
    locals: BTreeMap<&'t str, &'t Expression>,
}

impl Reader<'_> {
    fn position(&self, span: Option<Range<usize>>) -> Position {
        let span = span.unwrap_or(0..0);
        let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let (line, column) = self.lines.position(self.text, offset(span.start));
        let (end_line, end_column) = self.lines.position(self.text, offset(span.end));
        Position { line, column, end_column: if end_line == line { end_column } else { column } }
    }

    fn body(&self, body: &Body, at: Position, depth: usize) -> Document {
        let mut pairs = Vec::new();
        for structure in body {
            match structure {
                // What is null is as if it were not there.
                Structure::Attribute(attribute) if matches!(attribute.value, Expression::Null(_)) => {}
                Structure::Attribute(attribute) => {
                    pairs.push((attribute.key.to_string(), self.expression(&attribute.value, depth + 1)));
                }
                Structure::Block(block) => {
                    let at = self.position(block.ident.span());
                    // `dynamic "ttl" { … }`: how often it stands there is decided elsewhere.
                    let (name, inner) = match block.labels.first() {
                        Some(label) if block.ident.as_str() == "dynamic" => {
                            (label.as_str().to_owned(), Document::new(at, Content::Computed("dynamic".to_owned())))
                        }
                        _ if depth >= DEPTH => continue,
                        _ => (block.ident.to_string(), self.body(&block.body, at, depth + 1)),
                    };
                    pairs.push((name, inner));
                }
            }
        }
        Document::new(at, Content::Map(pairs))
    }

    fn expression(&self, expression: &Expression, depth: usize) -> Document {
        let at = self.position(expression.span());
        let source = || {
            let span = expression.span().unwrap_or(0..0);
            self.text.get(span).unwrap_or_default().to_owned()
        };
        let content = match expression {
            _ if depth >= DEPTH => Content::Computed(String::new()),
            Expression::String(text) => return self.string(text.as_str(), at),
            Expression::Bool(value) => Content::Text(value.to_string()),
            Expression::Number(number) => Content::Text(number.to_string()),
            Expression::Array(array) => {
                Content::List(array.iter().map(|element| self.expression(element, depth + 1)).collect())
            }
            Expression::Object(object) => Content::Map(
                object
                    .iter()
                    .filter(|(_, value)| !matches!(value.expr(), Expression::Null(_)))
                    .map(|(key, value)| (name(key), self.expression(value.expr(), depth + 1)))
                    .collect(),
            ),
            Expression::Parenthesis(inner) => return self.expression(inner.inner(), depth + 1),
            Expression::StringTemplate(_) => {
                return self.string(source().trim_matches('"'), at);
            }
            Expression::HeredocTemplate(heredoc) => {
                let span = heredoc.template.span().unwrap_or(0..0);
                let inner = self.position(Some(span.clone()));
                return self.string(self.text.get(span).unwrap_or_default(), inner);
            }
            Expression::FuncCall(call) if matches!(call.name.name.as_str(), "jsonencode" | "tolist" | "toset") => {
                match call.args.get(0) {
                    Some(argument) => return self.expression(argument, depth + 1),
                    None => Content::Computed(source()),
                }
            }
            Expression::Traversal(traversal) => {
                let local = match (&traversal.expr, traversal.operators.first().map(|operator| &**operator)) {
                    (Expression::Variable(base), Some(TraversalOperator::GetAttr(name)))
                        if base.as_str() == "local" && traversal.operators.len() == 1 =>
                    {
                        self.locals.get(name.as_str())
                    }
                    _ => None,
                };
                match local {
                    Some(value) => return self.expression(value, depth + DEPTH / 8),
                    None => Content::Computed(source()),
                }
            }
            _ => Content::Computed(source()),
        };
        Document::new(at, content)
    }

    /// A text, or the JSON document that it is.
    fn string(&self, text: &str, at: Position) -> Document {
        if text.trim_start().starts_with('{')
            && text.contains("\"Statement\"")
            && let Some(mut document) = parse(text)
        {
            shift(&mut document, at.line.saturating_sub(1));
            return document;
        }
        Document::new(at, Content::Text(text.to_owned()))
    }
}

fn name(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(ident) => ident.to_string(),
        ObjectKey::Expression(expression) => expression.as_str().unwrap_or_default().to_owned(),
    }
}

/// Moves a document that stands inside another file down to its lines.
pub(crate) fn shift(document: &mut Document, lines: u32) {
    document.at.line = document.at.line.saturating_add(lines);
    match &mut document.content {
        Content::List(list) => list.iter_mut().for_each(|inner| shift(inner, lines)),
        Content::Map(pairs) => pairs.iter_mut().for_each(|(_, inner)| shift(inner, lines)),
        Content::Text(_) | Content::Computed(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn locals_heredocs_and_calls_are_read_through() {
        let text = "locals {\n  all = [\"dynamodb:*\"]\n}\nresource \"aws_iam_policy\" \"p\" {\n  a = jsonencode({ Action = \
                    local.all, R = aws_x.y.arn })\n  b = <<EOF\n{\"Statement\": [\n {\"Effect\": \"Allow\"}]}\nEOF\n}\n";
        let blocks = blocks(text);
        let body = &blocks[1].body;
        let action = body.path(&["a", "Action"]).and_then(|action| action.list().first()?.literal());
        assert_eq!(action, Some("dynamodb:*"));
        assert!(body.path(&["a", "R"]).is_some_and(super::Document::is_computed));
        let effect = body.path(&["b", "Statement"]).and_then(|list| list.list().first()?.get("Effect"));
        assert_eq!(effect.map(|effect| effect.at.line), Some(8));
        assert_eq!(blocks[1].at.line, 4);
    }
}
