use std::collections::BTreeSet;

use super::TableCallSeen;
use crate::facts::SinkKind;
use crate::flow::{Args, Engine, Frame, named_fields};
use crate::ir::Span;
use crate::value::{FuncId, Object, TableId, Value};

/// Parameters of an operation that make it conditional; `Expected` is the older form (boto3's documentation of
/// `PutItem`).
const CONDITIONS: [&str; 2] = ["ConditionExpression", "Expected"];

impl Engine {
    /// Notes a call of an operation, and follows each attribute that it writes.
    pub(crate) fn table_site(
        &mut self,
        f: &mut Frame,
        name: &str,
        table: Option<TableId>,
        args: &Args<'_>,
        span: Span,
    ) {
        let at = (f.func, span);
        let spread = args.spread.as_ref().is_some_and(|spread| !spread.taints().is_empty() || !spread.has_fields());
        let condition = spread || CONDITIONS.iter().any(|parameter| args.keyword(self, parameter).is_some());
        let return_values = args.keyword(self, "ReturnValues").and_then(|value| value.text());
        let return_values = return_values.map(|text| self.text(text).to_string());
        let mut attributes = BTreeSet::new();
        if name == "put_item" {
            let item = args.keyword(self, "Item").or_else(|| args.positional.first().cloned()).unwrap_or_default();
            attributes.extend(named_fields(self, &item).into_iter().map(|(name, _)| name.to_string()));
            self.attribute_sinks(f, at, &item);
        }
        if name == "update_item" {
            self.update_sinks(f, at, args);
        }
        let compared = self.condition_attributes(args);
        let update = args.keyword(self, "UpdateExpression");
        let mut updates = update.iter().flat_map(Value::texts).map(|text| self.text(text)).peekable();
        let counts = updates.peek().is_some()
            && updates.all(|text| {
                let text = text.trim_start();
                text.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("ADD ")) || text.contains("if_not_exists")
            });
        let table = table.filter(|table| *table != TableId::default());
        let nodes = BTreeSet::from([self.reach.current()]);
        let seen = TableCallSeen { table, condition, return_values, attributes, compared, counts, nodes };
        let calls = &mut self.reach.doing().sites.table_calls;
        calls.entry((at, name.to_owned())).and_modify(|known| known.meet(&seen)).or_insert(seen);
    }

    /// Attributes that the condition of a call compares with a value.
    fn condition_attributes(&self, args: &Args<'_>) -> BTreeSet<String> {
        let Some(condition) = args.keyword(self, "ConditionExpression") else { return BTreeSet::new() };
        let aliases = args.keyword(self, "ExpressionAttributeNames").unwrap_or_default();
        let aliases = named_fields(self, &aliases);
        let mut names = BTreeSet::new();
        for text in condition.texts() {
            let text = self.text(text);
            for (target, _) in assigned(&text) {
                match aliases.iter().find(|(alias, _)| **alias == *target) {
                    Some((_, name)) => names.extend(name.text().map(|name| self.text(name).to_string())),
                    None => {
                        names.insert(target.to_owned());
                    }
                }
            }
        }
        // `Attr("owner").eq(caller)` holds the value that it compares with; `Attr("id").exists()` holds none.
        if !condition.taints().is_empty() {
            names.extend(condition.objects().iter().filter_map(|object| match object {
                Object::Condition(name) => Some(self.text(*name).to_string()).filter(|name| !name.is_empty()),
                _ => None,
            }));
        }
        names
    }

    /// Every attribute of an item that is written is a way out of its own.
    pub(crate) fn attribute_sinks(&mut self, f: &mut Frame, at: (FuncId, Span), item: &Value) {
        for (name, value) in named_fields(self, item) {
            if name.starts_with(':') || name.len() > 255 {
                continue;
            }
            let kind = SinkKind::Attribute(name.to_string());
            for taint in value.flatten() {
                self.sink_taint(f, &kind, at, taint);
            }
        }
    }

    /// `SET password = :p`: what stands under `:p` becomes the attribute.
    fn update_sinks(&mut self, f: &mut Frame, at: (FuncId, Span), args: &Args<'_>) {
        let Some(values) = args.keyword(self, "ExpressionAttributeValues") else { return };
        let Some(expression) = args.keyword(self, "UpdateExpression") else { return };
        let aliases = args.keyword(self, "ExpressionAttributeNames").unwrap_or_default();
        let aliases = named_fields(self, &aliases);
        let values = named_fields(self, &values);
        let texts: Vec<_> = expression.texts().map(|text| self.text(text)).collect();
        for text in texts {
            for (target, placeholder) in assigned(&text) {
                let name = match aliases.iter().find(|(alias, _)| **alias == *target) {
                    Some((_, name)) => match name.text() {
                        Some(name) => self.text(name).to_string(),
                        None => continue,
                    },
                    None => target.to_owned(),
                };
                let Some((_, value)) = values.iter().find(|(name, _)| **name == *placeholder) else { continue };
                let kind = SinkKind::Attribute(name);
                for taint in value.flatten() {
                    self.sink_taint(f, &kind, at, taint);
                }
            }
        }
    }

    /// Two values are compared for equality.
    pub(crate) fn comparison_site(&mut self, f: &mut Frame, left: &Value, right: &Value, span: Span) {
        // No key is compared with a number, and whether there is one at all tells nothing of it.
        let plain = |value: &Value| {
            let objects = value.objects();
            !objects.is_empty()
                && objects.iter().all(|object| matches!(object, Object::Null | Object::Bool(_) | Object::Int(_)))
        };
        if plain(left) || plain(right) {
            return;
        }
        for side in [left, right] {
            if !side.taints().is_empty() {
                self.sink(f, &SinkKind::Comparison, span, side);
            }
        }
    }
}

impl TableCallSeen {
    /// Two ways to reach one call.
    pub(super) fn meet(&mut self, other: &Self) {
        self.condition &= other.condition;
        self.table = self.table.or(other.table);
        self.attributes.extend(other.attributes.iter().cloned());
        self.compared.retain(|name| other.compared.contains(name));
        self.counts &= other.counts;
        self.nodes.extend(&other.nodes);
    }
}

/// Pairs of attribute and placeholder that the `SET` clause of an update expression names: `a = :a`, `#b=:b`. What is
/// computed (`n + :one`) is left out.
fn assigned(expression: &str) -> Vec<(&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':' | '-');
    let mut pairs = Vec::new();
    for (index, _) in expression.match_indices('=') {
        let (before, after) = (expression[..index].trim_end(), expression[index + 1..].trim_start());
        let target = before.rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
        let value = after.split(|c: char| !is_word(c)).next().unwrap_or_default();
        if !target.is_empty() && value.starts_with(':') {
            pairs.push((target, value));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    #[test]
    fn assignments_of_an_update() {
        assert_eq!(
            super::assigned("set username=:u, #p = :p, n = n + :one, m = if_not_exists(m, :z)"),
            [("username", ":u"), ("#p", ":p")]
        );
    }
}
