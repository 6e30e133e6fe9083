//! What comes out with an item: which of its table's attributes are still in the flow, and of what class.

use stanch_api::{AttributeClass, Table};

use crate::FlowView;

/// The known attributes that a flow still carries.
#[derive(Debug)]
pub(crate) struct Exposure<'f> {
    /// Table, where it is known.
    pub(crate) table: Option<&'f Table>,
    /// Names of secret attributes, sorted.
    pub(crate) secret: Vec<&'f str>,
    /// Names of private attributes, sorted.
    pub(crate) private: Vec<&'f str>,
    /// Names of all other known attributes, sorted.
    pub(crate) ordinary: Vec<&'f str>,
    /// Whether attributes that nobody named can come along.
    pub(crate) open: bool,
}

impl<'f> Exposure<'f> {
    /// Reads it off a flow.
    pub(crate) fn of(view: &FlowView<'f>) -> Self {
        let table = view.table();
        let carried = |class: AttributeClass| -> Vec<&'f str> {
            table
                .into_iter()
                .flat_map(|table| &table.attributes)
                .filter(|(name, attribute)| attribute.class == class && carries(view, name))
                .map(|(name, _)| name.as_str())
                .collect()
        };
        Self {
            table,
            secret: carried(AttributeClass::Secret),
            private: carried(AttributeClass::Private),
            ordinary: carried(AttributeClass::Ordinary),
            open: view.flow.attributes.is_open(),
        }
    }

    /// `table users`, or `a table` where its name is not known.
    pub(crate) fn table_name(&self) -> String {
        self.table.map_or_else(|| "a table".to_owned(), |table| format!("table `{}`", table.name))
    }
}

/// Whether an attribute comes along. One inside a map (`profile.api_key`) comes with its map, unless only parts of the
/// map were picked.
fn carries(view: &FlowView<'_>, name: &str) -> bool {
    let attributes = &view.flow.attributes;
    match name.split_once('.') {
        None => attributes.contains(name),
        Some((map, _)) => {
            let taken_out = attributes.is_open() && !attributes.contains(name);
            view.flow.nested && attributes.contains(map) && !taken_out
        }
    }
}

/// Names in backquotes with commas and a last "and".
pub(crate) fn quoted(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", most.join(", "))
        }
    }
}

/// The projection that the read should have asked for, with every name behind an alias, since many everyday names are
/// reserved words of DynamoDB's expressions.
pub(crate) fn projection(names: &[&str]) -> String {
    let aliases: Vec<String> = names.iter().map(|name| format!("#{}", name.replace(['.', '-'], "_"))).collect();
    let pairs: Vec<String> = aliases.iter().zip(names).map(|(alias, name)| format!("'{alias}': '{name}'")).collect();
    format!("ProjectionExpression='{}', ExpressionAttributeNames={{{}}}", aliases.join(", "), pairs.join(", "))
}
