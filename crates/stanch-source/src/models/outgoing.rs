use crate::facts::{SinkKind, SourceKind};
use crate::flow::{Args, Engine, Frame};
use crate::ir::Span;
use crate::value::{Key, Object, Origin, Taint, Value};

impl Engine {
    /// A call to another host: its address, the query string of that, and what is sent along.
    pub(super) fn outgoing(&mut self, f: &mut Frame, position: usize, args: &Args<'_>, span: Span) {
        let url = args.get(self, position, "url").or_else(|| args.keyword(self, "host")).unwrap_or_default();
        if !self.has_fixed_host(&url) {
            self.sink(f, &SinkKind::OutgoingUrl, span, &url);
        }
        self.sink(f, &SinkKind::OutgoingQuery, span, &url);
        for keyword in ["json", "data", "headers", "params"] {
            if let Some(value) = args.keyword(self, keyword) {
                self.sink(f, &SinkKind::OutgoingBody, span, &value);
                if keyword == "params" {
                    self.sink(f, &SinkKind::OutgoingQuery, span, &value);
                }
            }
        }
    }

    /// What a token says. Where its signature is not looked at, it is what the client wrote.
    pub(super) fn claims(&mut self, args: &Args<'_>) -> Value {
        let verify = self.program.names.intern("verify_signature");
        let options = args.keyword(self, "options").unwrap_or_default();
        let is_off = |value: Option<Value>| value.is_some_and(|value| value.objects().contains(&Object::Bool(false)));
        let blind = is_off(args.keyword(self, "verify")) || is_off(options.field(Key::Name(verify)).cloned());
        if blind { args.first() } else { Value::default() }
    }

    /// A value in which what comes from the environment or the configuration is no longer known as such.
    pub(super) fn without_settings(&self, value: &Value) -> Value {
        value.map_taints(&mut |taint| {
            let setting = taint.source().is_some_and(|source| {
                matches!(self.sources.get(source).kind, SourceKind::Environment { .. } | SourceKind::Config { .. })
            });
            Some(if setting { Taint::of(Origin::Unknown(None)) } else { taint.clone() })
        })
    }
}
