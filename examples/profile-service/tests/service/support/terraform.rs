//! Terraform read as far as the module goes, with references spelt as CloudFormation's `Fn::Sub` spells them, so that
//! the two can be compared.

use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{BlockLabel, Body};
use hcl_edit::template::Element;
use serde_json::{Map, Value};

/// A module: all of its files in one.
pub(crate) struct Module {
    body: Body,
    locals: Map<String, Value>,
}

impl Module {
    /// Parses the text of a module.
    pub(crate) fn parse(text: &str) -> Self {
        let body = hcl_edit::parser::parse_body(text).unwrap_or_else(|error| panic!("no Terraform: {error}"));
        let mut module = Self { body: body.clone(), locals: Map::new() };
        for locals in body.get_blocks("locals") {
            module.locals.extend(module.block(&locals.body));
        }
        module
    }

    /// The names of all resources: `aws_iam_role.service`.
    pub(crate) fn resources(&self) -> Vec<String> {
        self.body.get_blocks("resource").map(|block| labels(&block.labels)).collect()
    }

    /// The attributes of a resource, its blocks as objects, or as a list of them where there are several.
    pub(crate) fn resource(&self, name: &str) -> Value {
        let block = self.body.get_blocks("resource").find(|block| labels(&block.labels) == name);
        Value::Object(self.block(&block.unwrap_or_else(|| panic!("no {name}")).body))
    }

    fn block(&self, body: &Body) -> Map<String, Value> {
        let mut members: Map<String, Value> = body
            .attributes()
            .map(|attribute| (attribute.key.as_str().to_owned(), self.value(&attribute.value)))
            .collect();
        for block in body.blocks() {
            let value = Value::Object(self.block(&block.body));
            match members.get_mut(block.ident.as_str()) {
                Some(Value::Array(several)) => several.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
                None => drop(members.insert(block.ident.as_str().to_owned(), value)),
            }
        }
        members
    }

    fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(number) => number.value().as_i64().expect("a whole number").into(),
            Expression::String(text) => text.as_str().into(),
            Expression::Array(elements) => elements.iter().map(|element| self.value(element)).collect(),
            Expression::Object(members) => {
                members.iter().map(|(name, member)| (self.name(name), self.value(member.expr()))).collect()
            }
            Expression::StringTemplate(template) => {
                let parts = template.iter().map(|element| match element {
                    Element::Literal(text) => text.as_str().to_owned(),
                    Element::Interpolation(inner) => self.value(&inner.expr).as_str().expect("a text").to_owned(),
                    Element::Directive(_) => panic!("a directive"),
                });
                parts.collect::<String>().into()
            }
            Expression::FuncCall(call) => {
                let mut arguments = call.args.iter().map(|argument| self.value(argument));
                match call.name.name.as_str() {
                    "jsonencode" => arguments.next().expect("an argument"),
                    "concat" => arguments.flat_map(|list| list.as_array().expect("a list").clone()).collect(),
                    other => panic!("the function {other}"),
                }
            }
            Expression::Traversal(traversal) => self.reference(traversal),
            other => panic!("not read: {other:?}"),
        }
    }

    fn name(&self, key: &ObjectKey) -> String {
        match key {
            ObjectKey::Ident(name) => name.as_str().to_owned(),
            ObjectKey::Expression(text) => self.value(text).as_str().expect("a text").to_owned(),
        }
    }

    /// A local's value; anything else as the template names it.
    fn reference(&self, traversal: &Traversal) -> Value {
        let mut path = vec![first(&traversal.expr)];
        for operator in &traversal.operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) => path.push(name.as_str().to_owned()),
                other => panic!("not read: {other:?}"),
            }
        }
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["local", name] => self.locals[name].clone(),
            ["var", name] => format!("${{{}}}", camel(name)).into(),
            ["data", "aws_region", _, _] => "${AWS::Region}".into(),
            ["data", "aws_partition", _, _] => "${AWS::Partition}".into(),
            ["data", "aws_caller_identity", _, "account_id"] => "${AWS::AccountId}".into(),
            [kind, name, "arn"] => format!("${{{}.Arn}}", logical(kind, name)).into(),
            [kind, name, "id" | "name"] => format!("${{{}}}", logical(kind, name)).into(),
            _ => panic!("not known: {path:?}"),
        }
    }
}

fn first(expression: &Expression) -> String {
    match expression {
        Expression::Variable(name) => name.as_str().to_owned(),
        other => panic!("not read: {other:?}"),
    }
}

fn labels(labels: &[BlockLabel]) -> String {
    labels.iter().map(BlockLabel::as_str).collect::<Vec<_>>().join(".")
}

/// What the template calls a resource of the module.
pub(crate) fn logical(kind: &str, name: &str) -> &'static str {
    match (kind, name) {
        ("aws_kms_key", "table") => "Key",
        ("aws_dynamodb_table", "this") => "Table",
        ("aws_vpc_endpoint", "dynamodb") => "Endpoint",
        ("aws_iam_role", "service") => "Role",
        ("aws_iam_role_policy", "access") => "Access",
        ("aws_iam_instance_profile", "service") => "Profile",
        ("aws_launch_template", "service") => "Launch",
        _ => panic!("the template has no {kind}.{name}"),
    }
}

/// `route_table_ids` as `RouteTableIds`.
fn camel(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}
