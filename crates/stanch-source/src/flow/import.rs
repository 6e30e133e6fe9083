use super::{Engine, Frame, Owner};
use crate::ir::Sym;
use crate::value::{ModuleId, Object, Value};

impl Engine {
    pub(crate) fn import(&mut self, f: &mut Frame, names: &[(Sym, Option<Sym>)]) {
        for (name, alias) in names {
            let text = self.text(*name);
            let object = self.program.import(f.module, 0, &text);
            let whole = self.imported(object);
            match (alias, text.split_once('.')) {
                (Some(alias), _) => self.bind_import(f, *alias, whole),
                (None, None) => self.bind_import(f, *name, whole),
                (None, Some((first, _))) => {
                    let object = self.program.import(f.module, 0, first);
                    let top = self.imported(object);
                    let first = self.program.names.intern(first);
                    self.bind_import(f, first, top);
                }
            }
        }
    }

    pub(crate) fn import_from(&mut self, f: &mut Frame, level: u32, module: Option<Sym>, names: &[(Sym, Option<Sym>)]) {
        let text = module.map(|module| self.text(module)).unwrap_or_else(|| "".into());
        let object = self.program.import(f.module, level, &text);
        let value = self.imported(object.clone());
        for (name, alias) in names {
            if &*self.text(*name) == "*" {
                if let Object::Module(module) = object {
                    self.import_all(f, module);
                }
                continue;
            }
            let span = crate::ir::Span::default();
            let member = self.attr(f, &value, *name, span);
            self.bind_import(f, alias.unwrap_or(*name), member);
        }
    }

    fn bind_import(&mut self, f: &mut Frame, name: Sym, value: Value) {
        if f.scope == super::Scope::Module {
            self.imported_names.insert((f.module, name));
            self.heap.store(Owner::Module(f.module), name, &value);
        }
        self.set_plain(f, name, value);
    }

    fn import_all(&mut self, f: &mut Frame, module: ModuleId) {
        for (name, value) in self.heap.members(Owner::Module(module)) {
            if !self.text(name).starts_with('_') {
                self.bind_import(f, name, value);
            }
        }
    }

    /// An import runs the module first, if it has not been run.
    pub(crate) fn imported(&mut self, object: Object) -> Value {
        if let Object::Module(module) = object {
            self.run_module(module);
        }
        Value::object(object)
    }

    /// A name in a module: a global, or a module below a package.
    pub(crate) fn module_member(&mut self, module: ModuleId, name: Sym) -> Value {
        self.run_module(module);
        if let Some(value) = self.heap.get(Owner::Module(module), name) {
            return value;
        }
        let Some(directory) = self.program.package_directory(module) else { return Value::default() };
        self.program.below(&directory, name).map(|object| self.imported(object)).unwrap_or_default()
    }
}
