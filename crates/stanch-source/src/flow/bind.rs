use super::{Engine, Frame, Owner};
use crate::ir::{Call, Expr, ExprKind, ParamKind, Span, Sym};
use crate::value::{FuncId, Key, Value};

/// Arguments of a call, evaluated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args<'a> {
    pub(crate) positional: Vec<Value>,
    /// Value of `*args`.
    pub(crate) starred: Option<Value>,
    pub(crate) keywords: Vec<(Sym, Value)>,
    /// Value of `**kwargs`.
    pub(crate) spread: Option<Value>,
    /// The call as written, where there is one, so that what the callee changes is changed here too.
    pub(crate) written: Option<&'a Call>,
}

impl<'a> Args<'a> {
    pub(crate) fn of(positional: Vec<Value>) -> Self {
        Self { positional, ..Self::default() }
    }

    /// The argument at a position or with a name.
    pub(crate) fn get(&self, engine: &Engine, position: usize, name: &str) -> Option<Value> {
        if let Some(value) = self.positional.get(position) {
            return Some(value.clone());
        }
        self.keyword(engine, name)
    }

    pub(crate) fn keyword(&self, engine: &Engine, name: &str) -> Option<Value> {
        let sym = engine.program.names.get(name)?;
        if let Some((_, value)) = self.keywords.iter().find(|(keyword, _)| *keyword == sym) {
            return Some(value.clone());
        }
        self.spread.as_ref()?.field(Key::Name(sym)).cloned()
    }

    pub(crate) fn first(&self) -> Value {
        self.positional.first().or(self.starred.as_ref()).cloned().unwrap_or_default()
    }

    /// All of them together, without structure.
    pub(crate) fn blurred(&self) -> Value {
        let keywords = self.keywords.iter().map(|(_, value)| value);
        let values = self.positional.iter().chain(keywords).chain(&self.starred).chain(&self.spread);
        values.fold(Value::default(), |all, value| all.join(&value.blurred()))
    }

    /// Keyword arguments as a dictionary.
    pub(crate) fn as_dict(&self) -> Value {
        let mut dict = self.spread.clone().unwrap_or_default().without_objects();
        for (name, value) in &self.keywords {
            dict.edit().fields.insert(Key::Name(*name), value.clone());
        }
        dict
    }

    /// The expression at a position or with a name.
    pub(crate) fn expr(&self, engine: &Engine, position: usize, name: &str) -> Option<&'a Expr> {
        let call = self.written?;
        if let Some(e) = call.args.get(position) {
            return Some(e);
        }
        let sym = engine.program.names.get(name)?;
        call.keywords.iter().find(|(keyword, _)| *keyword == Some(sym)).map(|(_, e)| e)
    }
}

impl Engine {
    pub(crate) fn args<'a>(&mut self, f: &mut Frame, call: &'a Call) -> Args<'a> {
        let mut args = Args { written: Some(call), ..Args::default() };
        for arg in &call.args {
            if let ExprKind::Starred(inner) = &arg.kind {
                let value = self.eval(f, inner);
                let mut index = 0_u16;
                while let Some(known) = value.field(Key::At(index)) {
                    args.positional.push(known.clone());
                    index += 1;
                }
                if index == 0 || value.node().is_some_and(|n| !n.rest.is_nothing() || !n.taints.is_empty()) {
                    args.starred = Some(value);
                }
            } else {
                let value = self.eval(f, arg);
                args.positional.push(value);
            }
        }
        for (name, value) in &call.keywords {
            let value = self.eval(f, value);
            match name {
                Some(name) => args.keywords.push((*name, value)),
                None => {
                    args.spread = Some(args.spread.map_or_else(|| value.clone(), |known| known.join(&value)));
                }
            }
        }
        args
    }

    /// The arguments in the order of the callee's parameters, and what it captured after them.
    pub(crate) fn bind(
        &mut self,
        at: (FuncId, Span),
        func: FuncId,
        receiver: Option<Value>,
        args: &Args<'_>,
        captured: Option<Value>,
    ) -> Vec<Value> {
        let ir = self.program.func(func).ir.clone();
        let mut positional: Vec<Value> = receiver.into_iter().chain(args.positional.iter().cloned()).collect();
        positional.reverse();
        let mut taken = 0_u16;
        let mut bound = Vec::with_capacity(ir.params.len() + 1);
        let mut used: Vec<Sym> = Vec::new();
        for param in &ir.params {
            let value = match param.kind {
                ParamKind::Plain | ParamKind::KeywordOnly => {
                    let next = if param.kind == ParamKind::Plain { positional.pop() } else { None };
                    used.push(param.name);
                    next.unwrap_or_else(|| self.named_argument(at, func, param.name, args, &mut taken))
                }
                ParamKind::Positional => {
                    let mut rest = args.starred.clone().unwrap_or_default().without_objects();
                    let mut index = 0_u16;
                    while let Some(value) = positional.pop() {
                        rest.edit().fields.insert(Key::At(index), value);
                        index = index.saturating_add(1);
                    }
                    rest
                }
                ParamKind::Keywords => {
                    let mut rest = args.spread.clone().unwrap_or_default().without_objects();
                    for (name, value) in &args.keywords {
                        if !used.contains(name) {
                            rest.edit().fields.insert(Key::Name(*name), value.clone());
                        }
                    }
                    rest
                }
            };
            bound.push(value.bounded());
        }
        bound.extend(captured);
        bound
    }

    fn named_argument(
        &mut self,
        at: (FuncId, Span),
        func: FuncId,
        name: Sym,
        args: &Args<'_>,
        taken: &mut u16,
    ) -> Value {
        if let Some((_, value)) = args.keywords.iter().find(|(keyword, _)| *keyword == name) {
            return value.clone();
        }
        let mut value = Value::default();
        if let Some(spread) = &args.spread {
            value = self.project(at, spread, Key::Name(name));
        }
        if let (Some(starred), true) = (&args.starred, value.is_nothing()) {
            value = self.project(at, starred, Key::At(*taken));
            *taken = taken.saturating_add(1);
        }
        if value.is_nothing() {
            value = self.heap.get(Owner::Default(func), name).unwrap_or_default();
        }
        value
    }
}
