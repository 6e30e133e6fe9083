use stanch_api::AttributeSet;

use super::expressions::{columns, projected};
use crate::facts::SourceKind;
use crate::flow::{Args, Engine, named_fields};
use crate::value::{Object, Value};

impl Engine {
    /// The attributes that a read asks for.
    pub(super) fn projection(&mut self, args: &Args<'_>) -> AttributeSet {
        let aliases = self.aliases(args);
        if let Some(value) = args.keyword(self, "ProjectionExpression") {
            let texts: Vec<_> = value.texts().map(|text| self.text(text)).collect();
            let known = !texts.is_empty() && texts.len() == value.objects().len();
            if known {
                let sets = texts.iter().map(|text| projected(text, &aliases));
                return sets.fold(AttributeSet::none(), |all, set| all.union(&set));
            }
            // A projection that is put together where it is not seen is one all the same; not so one that may be left
            // out or that the client writes.
            let seen = |object: &Object| !matches!(object, Object::Prefix(_) | Object::Ext(..));
            let written = args.spread.is_none() && !value.objects().iter().any(seen);
            let sent = value.flatten().iter().any(|taint| match taint.source() {
                Some(source) => matches!(self.sources.get(source).kind, SourceKind::Request { .. }),
                None => true,
            });
            return if written && !sent { AttributeSet::none() } else { AttributeSet::all() };
        }
        let Some(legacy) = args.keyword(self, "AttributesToGet") else { return AttributeSet::all() };
        let names: Vec<String> = legacy
            .node()
            .into_iter()
            .flat_map(|node| node.fields.values().chain([&node.rest]))
            .flat_map(Value::texts)
            .map(|text| self.program.names.text(text).to_owned())
            .collect();
        if names.is_empty() { AttributeSet::all() } else { AttributeSet::only(names) }
    }

    /// The columns that a PartiQL statement names; everything where it names none.
    pub(super) fn selected(&self, args: &Args<'_>) -> AttributeSet {
        let Some(statement) = args.keyword(self, "Statement") else { return AttributeSet::all() };
        let mut set = AttributeSet::none();
        for object in statement.objects() {
            // Of a statement that is put together, the front is enough.
            let (Object::Text(text) | Object::Prefix(text)) = object else { return AttributeSet::all() };
            set = set.union(&columns(&self.text(*text)));
        }
        if set.is_empty() { AttributeSet::all() } else { set }
    }

    /// `ExpressionAttributeNames`.
    pub(super) fn aliases(&mut self, args: &Args<'_>) -> Vec<(String, String)> {
        let Some(names) = args.keyword(self, "ExpressionAttributeNames") else { return Vec::new() };
        named_fields(self, &names)
            .into_iter()
            .filter_map(|(alias, name)| Some((alias.to_string(), self.text(name.text()?).to_string())))
            .collect()
    }
}
