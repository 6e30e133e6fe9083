//! Every file that was read, and how the files import each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use stanch_api::SourcePlace;

use crate::files::LineIndex;
use crate::ir::{ClassIr, FunctionIr, Interner, ModuleIr, Span, Sym};
use crate::value::{ClassId, FuncId, ModuleId, Object, SiteId};

/// Names that mean the library even where a file of the project is called the same.
const LIBRARIES: [&str; 24] = [
    "boto3",
    "botocore",
    "chalice",
    "collections",
    "copy",
    "datetime",
    "decimal",
    "fastapi",
    "flask",
    "flask_restful",
    "flask_restx",
    "functools",
    "itertools",
    "json",
    "logging",
    "os",
    "pydantic",
    "pynamodb",
    "re",
    "requests",
    "sys",
    "time",
    "typing",
    "uuid",
];

#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) path: Rc<str>,
    pub(crate) text: Rc<str>,
    pub(crate) lines: Option<LineIndex>,
    pub(crate) body: FuncId,
    first_function: usize,
    first_class: usize,
}

#[derive(Debug)]
pub(crate) struct Func {
    pub(crate) module: ModuleId,
    pub(crate) ir: Rc<FunctionIr>,
}

#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) module: ModuleId,
    pub(crate) ir: Rc<ClassIr>,
    pub(crate) body: FuncId,
}

/// The whole source.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) names: Interner,
    pub(crate) modules: Vec<Module>,
    pub(crate) functions: Vec<Func>,
    pub(crate) classes: Vec<Class>,
    /// Path without `.py` or `/__init__.py` to the file.
    by_path: BTreeMap<Rc<str>, ModuleId>,
    /// Directories below which there is a file.
    directories: std::collections::BTreeSet<String>,
    /// Directories from which absolute imports were found, by the importing file, and how often.
    pub(crate) import_bases: BTreeMap<(ModuleId, String), usize>,
    /// The most dots with which a file imports.
    pub(crate) relative_levels: BTreeMap<ModuleId, u32>,
    /// Last part of a path to the files that end so.
    by_last: BTreeMap<Rc<str>, Vec<ModuleId>>,
}

impl Program {
    pub(crate) fn new(names: Interner) -> Self {
        Self {
            names,
            modules: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            by_path: BTreeMap::new(),
            directories: std::collections::BTreeSet::new(),
            by_last: BTreeMap::new(),
            import_bases: BTreeMap::new(),
            relative_levels: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, path: &str, text: Rc<str>, lines: LineIndex, ir: ModuleIr) {
        let module = ModuleId::new(self.modules.len());
        let body = FuncId::new(self.functions.len());
        self.functions.push(Func { module, ir: ir.body });
        let first_function = self.functions.len();
        self.functions.extend(ir.functions.into_iter().map(|ir| Func { module, ir }));
        let first_class = self.classes.len();
        for ir in ir.classes {
            let body = FuncId::new(self.functions.len());
            self.functions.push(Func { module, ir: ir.body.clone() });
            self.classes.push(Class { module, ir, body });
        }
        let stem = path.strip_suffix(".py").unwrap_or(path);
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        let stem: Rc<str> = if stem == "__init__" { "".into() } else { stem.into() };
        self.by_path.insert(stem.clone(), module);
        let mut directory = &path[..path.rfind('/').unwrap_or(0)];
        while !directory.is_empty() && self.directories.insert(directory.to_owned()) {
            directory = &directory[..directory.rfind('/').unwrap_or(0)];
        }
        let last = stem.rsplit('/').next().unwrap_or_default().into();
        self.by_last.entry(last).or_default().push(module);
        self.modules.push(Module { path: path.into(), text, lines: Some(lines), body, first_function, first_class });
    }

    pub(crate) fn function_in(&self, module: ModuleId, index: usize) -> FuncId {
        FuncId::new(self.modules[module.index()].first_function + index)
    }

    pub(crate) fn class_in(&self, module: ModuleId, index: usize) -> ClassId {
        ClassId::new(self.modules[module.index()].first_class + index)
    }

    pub(crate) fn func(&self, func: FuncId) -> &Func {
        &self.functions[func.index()]
    }

    pub(crate) fn class(&self, class: ClassId) -> &Class {
        &self.classes[class.index()]
    }

    pub(crate) fn place(&self, func: FuncId, span: Span) -> SourcePlace {
        let func = self.func(func);
        let module = &self.modules[func.module.index()];
        let symbol = (!func.ir.qualified.is_empty()).then(|| func.ir.qualified.to_string());
        let Some(lines) = &module.lines else { return SourcePlace::line(&*module.path, 1) };
        let (line, column) = lines.position(&module.text, span.start);
        let (end_line, end_column) = lines.position(&module.text, span.end);
        SourcePlace { path: module.path.to_string(), line, column, end_line, end_column, symbol }
    }

    /// The source text of a span, on one line and shortened.
    pub(crate) fn snippet(&self, func: FuncId, span: Span, limit: usize) -> String {
        let text = &self.modules[self.func(func).module.index()].text;
        let text = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let mut snippet: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = snippet.char_indices().nth(limit) {
            snippet.truncate(end);
            snippet.push('…');
        }
        snippet
    }

    /// What `import name` (or `from name import`) in a module means. Python's own order cannot be known without the
    /// command that starts it, so every directory above the file counts as a root, the nearest first.
    pub(crate) fn import(&mut self, from: ModuleId, level: u32, name: &str) -> Object {
        let path = self.modules[from.index()].path.clone();
        let directory = &path[..path.rfind('/').unwrap_or(0)];
        let wanted = name.replace('.', "/");
        if level > 0 {
            let known = self.relative_levels.entry(from).or_default();
            *known = level.max(*known);
            let mut base = directory;
            for _ in 1..level {
                base = &base[..base.rfind('/').unwrap_or(0)];
            }
            let full = join(base, &wanted);
            return self.local(&full).unwrap_or_else(|| self.external(name));
        }
        let first = name.split('.').next().unwrap_or_default();
        if LIBRARIES.binary_search(&first).is_ok() {
            return self.external(name);
        }
        let mut base = directory;
        loop {
            let full = join(base, &wanted);
            match self.local(&full) {
                Some(Object::Module(module)) if module == from => {}
                Some(object) => {
                    *self.import_bases.entry((from, base.to_owned())).or_default() += 1;
                    return object;
                }
                None => {}
            }
            if base.is_empty() {
                break;
            }
            base = &base[..base.rfind('/').unwrap_or(0)];
        }
        // A root that is no directory above the file: taken if one file alone can be meant.
        let last = wanted.rsplit('/').next().unwrap_or_default();
        let suffix = format!("/{wanted}");
        let ends = |module: &&ModuleId| {
            let path = &self.modules[module.index()].path;
            path.strip_suffix(".py").is_some_and(|p| p.strip_suffix("/__init__").unwrap_or(p).ends_with(&suffix))
        };
        let candidates: Vec<ModuleId> =
            self.by_last.get(last).map_or_else(Vec::new, |all| all.iter().filter(ends).copied().collect());
        match candidates[..] {
            [module] if module != from => Object::Module(module),
            _ => self.external(name),
        }
    }

    fn external(&mut self, name: &str) -> Object {
        Object::Ext(self.names.intern(name), SiteId::default())
    }

    fn local(&mut self, path: &str) -> Option<Object> {
        if let Some(module) = self.by_path.get(path) {
            return Some(Object::Module(*module));
        }
        self.directories.contains(path).then(|| Object::Package(self.names.intern(path)))
    }

    /// The module or package `name` below a package's directory.
    pub(crate) fn below(&mut self, directory: &str, name: Sym) -> Option<Object> {
        let path = join(directory, self.names.text(name));
        self.local(&path)
    }

    /// The directory of a package's `__init__.py`; none for a plain module.
    pub(crate) fn package_directory(&self, module: ModuleId) -> Option<Rc<str>> {
        let path = &self.modules[module.index()].path;
        if &**path == "__init__.py" { Some("".into()) } else { path.strip_suffix("/__init__.py").map(Into::into) }
    }
}

fn join(directory: &str, name: &str) -> String {
    match (directory.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => directory.to_owned(),
        _ => format!("{directory}/{name}"),
    }
}
