use std::rc::Rc;

use rustc_hash::FxHashMap;

/// An interned name or text. Numbers follow the order of the files, never that of the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(u32);

/// Names and short texts, each held once.
#[derive(Debug)]
pub(crate) struct Interner {
    numbers: FxHashMap<Rc<str>, Sym>,
    texts: Vec<Rc<str>>,
    joined: FxHashMap<(Sym, Sym), Sym>,
}

impl Interner {
    pub(crate) fn new() -> Self {
        let mut interner = Self { numbers: FxHashMap::default(), texts: Vec::new(), joined: FxHashMap::default() };
        interner.intern("");
        interner
    }

    pub(crate) fn intern(&mut self, text: &str) -> Sym {
        if let Some(sym) = self.numbers.get(text) {
            return *sym;
        }
        let sym = Sym(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Rc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, sym);
        sym
    }

    pub(crate) fn get(&self, text: &str) -> Option<Sym> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, sym: Sym) -> &str {
        self.texts.get(sym.0 as usize).map_or("", AsRef::as_ref)
    }

    /// The text, to hold while other names are interned.
    pub(crate) fn shared(&self, sym: Sym) -> Rc<str> {
        self.texts.get(sym.0 as usize).cloned().unwrap_or_else(|| "".into())
    }

    /// `left.right`, the qualified name of a member.
    pub(crate) fn member(&mut self, left: Sym, right: Sym) -> Sym {
        if let Some(sym) = self.joined.get(&(left, right)) {
            return *sym;
        }
        let text = format!("{}.{}", self.text(left), self.text(right));
        let sym = self.intern(&text);
        self.joined.insert((left, right), sym);
        sym
    }

    /// `name()`, the qualified name of what a call yields.
    pub(crate) fn called(&mut self, name: Sym) -> Sym {
        let text = format!("{}()", self.text(name));
        self.intern(&text)
    }
}
