use std::collections::HashMap;
use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{PARTITION, Value};

/// What must hold of the stored item for a write to happen. Built from declared attributes only; every name and every
/// value goes behind a placeholder.
pub struct Condition<I> {
    node: Node,
    of: PhantomData<fn() -> I>,
}

enum Node {
    Compare(&'static str, &'static str, Option<AttributeValue>),
    Function(&'static str, &'static str),
    Join(Box<Self>, &'static str, Box<Self>),
}

impl<I> Condition<I> {
    /// The item is there.
    #[must_use]
    pub fn exists() -> Self {
        function("attribute_exists", PARTITION)
    }

    /// The item is not there.
    #[must_use]
    pub fn absent() -> Self {
        function("attribute_not_exists", PARTITION)
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join("AND", other)
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join("OR", other)
    }

    fn join(self, word: &'static str, other: Self) -> Self {
        Self { node: Node::Join(Box::new(self.node), word, Box::new(other.node)), of: PhantomData }
    }

    /// The expression, with its names and values added to `expression`.
    pub(crate) fn render(&self, expression: &mut Expression) -> String {
        self.node.render(expression)
    }
}

pub(crate) fn compare<I>(name: &'static str, operator: &'static str, value: &impl Value) -> Condition<I> {
    Condition { node: Node::Compare(name, operator, value.to_stored()), of: PhantomData }
}

pub(crate) fn function<I>(function: &'static str, name: &'static str) -> Condition<I> {
    Condition { node: Node::Function(function, name), of: PhantomData }
}

impl Node {
    fn render(&self, expression: &mut Expression) -> String {
        match self {
            Self::Compare(name, operator, Some(value)) => {
                format!("{} {operator} {}", expression.name(name), expression.value(value.clone()))
            }
            // A value that is stored as no attribute is equal to a missing one.
            Self::Compare(name, _, None) => format!("attribute_not_exists({})", expression.name(name)),
            Self::Function(function, name) => format!("{function}({})", expression.name(name)),
            Self::Join(left, word, right) => {
                format!("({}) {word} ({})", left.render(expression), right.render(expression))
            }
        }
    }
}

/// The names and values of one request, each behind a placeholder.
#[derive(Default)]
pub(crate) struct Expression {
    names: Vec<&'static str>,
    values: Vec<AttributeValue>,
}

impl Expression {
    /// The placeholder of a declared name; the same name keeps the same one.
    pub(crate) fn name(&mut self, name: &'static str) -> String {
        let index = self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        format!("#n{index}")
    }

    /// The placeholder of a value.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":v{}", self.values.len() - 1)
    }

    /// A projection of these names.
    pub(crate) fn projection(&mut self, names: &[&'static str]) -> String {
        names.iter().map(|name| self.name(name)).collect::<Vec<_>>().join(", ")
    }

    /// Names as the SDK takes them, none for none.
    pub(crate) fn names(&self) -> Option<HashMap<String, String>> {
        let pairs = self.names.iter().enumerate().map(|(index, name)| (format!("#n{index}"), (*name).to_owned()));
        (!self.names.is_empty()).then(|| pairs.collect())
    }

    /// Values as the SDK takes them, none for none.
    pub(crate) fn values(self) -> Option<HashMap<String, AttributeValue>> {
        let pairs = self.values.into_iter().enumerate().map(|(index, value)| (format!(":v{index}"), value));
        let values: HashMap<_, _> = pairs.collect();
        (!values.is_empty()).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Expression};
    use crate::{Attribute, PublicClass};

    enum Thing {}
    const NAME: Attribute<Thing, PublicClass, String> = Attribute::declared("name");

    #[test]
    fn names_and_values_go_behind_placeholders() {
        let hostile = "x) OR attribute_exists(pk".to_owned();
        let condition = Condition::exists().and(NAME.equals(&hostile).or(NAME.is_absent()));
        let mut expression = Expression::default();
        let text = condition.render(&mut expression);
        assert_eq!(text, "(attribute_exists(#n0)) AND ((#n1 = :v0) OR (attribute_not_exists(#n1)))");
        assert_eq!(expression.names().map(|names| names["#n1"].clone()), Some("name".to_owned()));
        assert_eq!(expression.values().and_then(|values| values[":v0"].as_s().ok().cloned()), Some(hostile));
    }
}
