use crate::flow::{Args, Engine, Frame};
use crate::ir::Span;
use crate::value::{Key, Object, Value};

/// Providers of the `dependency_injector` package by the front of their names.
const PROVIDERS: &str = "dependency_injector.providers.";

impl Engine {
    /// `providers.Factory(Service, table=table_provider)`: what it provides is the call with the arguments' own
    /// providers called too.
    pub(super) fn provider_call(&mut self, f: &mut Frame, name: &str, args: &Args<'_>, span: Span) -> Option<Value> {
        let kind = name.strip_prefix(PROVIDERS)?;
        if kind.contains('.') || kind == "Configuration" {
            return None;
        }
        let mut positional = args.positional.iter();
        let made = positional.next().cloned().unwrap_or_default();
        let inner = Args {
            positional: positional.map(|value| self.provided(value)).collect(),
            keywords: args.keywords.iter().map(|(name, value)| (*name, self.provided(value))).collect(),
            ..Args::default()
        };
        let value = if kind == "Object" { made } else { self.call_value(f, &made, &inner, span) };
        let site = self.site(f.func, span);
        let own = self.program.names.intern(&format!("{name}()"));
        let mut provider = Value::object(Object::Ext(own, site));
        provider.edit().fields.insert(Key::At(0), value);
        Some(provider)
    }

    /// What a provider gives; any other value as it is.
    pub(crate) fn provided(&self, value: &Value) -> Value {
        match value.field(Key::At(0)) {
            Some(inner) if self.is_provider(value) => inner.clone(),
            _ => value.clone(),
        }
    }

    pub(crate) fn is_provider(&self, value: &Value) -> bool {
        value.objects().iter().any(|object| {
            matches!(object, Object::Ext(name, _) if {
                let name = self.program.names.text(*name);
                name.starts_with(PROVIDERS) && name.ends_with("()")
            })
        })
    }
}
