use rustc_hash::FxHashMap;
use stanch_api::{AttributeSet, Parameter, ParameterLocation};
use std::rc::Rc;

use super::Engine;
use crate::facts::SourceKind;
use crate::ir::Span;
use crate::value::{FuncId, Note, Origin, Shape, SourceId, TableId, Taint, Trail};

/// One source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) kind: SourceKind,
    pub(crate) func: FuncId,
    pub(crate) span: Span,
    pub(crate) table: Option<TableId>,
}

/// All sources met, each once.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    numbers: FxHashMap<Source, SourceId>,
    list: Vec<Source>,
}

impl Sources {
    pub(crate) fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    fn number(&mut self, source: Source) -> SourceId {
        if let Some(id) = self.numbers.get(&source) {
            return *id;
        }
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(source.clone());
        self.numbers.insert(source, id);
        id
    }
}

impl Engine {
    /// A taint that begins at a call or expression.
    pub(crate) fn begin(
        &mut self,
        at: (FuncId, Span),
        kind: SourceKind,
        shape: Shape,
        table: Option<TableId>,
        attributes: AttributeSet,
    ) -> Taint {
        let (func, span) = at;
        let source = self.sources.number(Source { kind, func, span, table });
        Taint {
            origin: Origin::Source(source),
            shape,
            attributes: Rc::new(attributes),
            nested: true,
            trail: Trail::default().push(func, span, Note::Source),
        }
    }

    /// Whether a generated value is a key: random text is made for nothing else, but a UUID is an identifier unless
    /// the app calls it a key.
    pub(crate) fn is_key(&self, source: SourceId, trail: &Trail) -> bool {
        let made = self.sources.get(source);
        let text = self.program.snippet(made.func, made.span, 40);
        let named = |name| stanch_secrets::names::key_kind(self.program.names.text(name)).is_some();
        !text.contains("uuid")
            || trail.steps().iter().any(|step| matches!(step.note, Note::Assigned(name) if named(name)))
    }

    /// A taint of request input; a named one is noted as a parameter that the function reads.
    pub(crate) fn request(
        &mut self,
        at: (FuncId, Span),
        location: Option<ParameterLocation>,
        name: Option<&str>,
    ) -> Taint {
        if let (Some(location), Some(name)) = (location, name) {
            let parameter = Parameter { name: name.to_owned(), location, converter: stanch_api::Converter::default() };
            self.reach.doing().parameters.insert(parameter);
        }
        let shape = if name.is_none() { Shape::RequestPart } else { Shape::Opaque };
        let kind = SourceKind::Request { location, name: name.map(str::to_owned) };
        self.begin(at, kind, shape, None, AttributeSet::all())
    }
}
