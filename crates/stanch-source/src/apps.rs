use std::collections::BTreeMap;

use crate::facts::{AppEntry, AppKind, SourceFacts};
use crate::flow::{Engine, Owner};
use crate::ir::Sym;
use crate::value::{FuncId, ModuleId, Object, SiteId, Value};

/// Files in which an app is usually made, most usual first.
const USUAL: [&str; 9] = ["app", "wsgi", "main", "application", "index", "run", "api", "server", "manage"];

/// Order of entries: no test, no handler, near the root, usually named, an object rather than a factory.
type Likelihood = (bool, bool, usize, usize, bool);

/// Apps, factories and handlers, most likely entry first.
pub(crate) fn apps(engine: &Engine, facts: &mut SourceFacts) {
    let mut found: Vec<(Likelihood, AppEntry)> = Vec::new();
    for index in 0..engine.program.modules.len() {
        let module = ModuleId::new(index);
        let globals: Vec<(Sym, &Value)> = engine.heap.peek(Owner::Module(module)).collect();
        for (name, value) in globals {
            if engine.imported_names.contains(&(module, name)) {
                continue;
            }
            let entry = value.objects().iter().find_map(|object| match object {
                Object::Ext(ext, site) => app_kind(engine.program.names.text(*ext)).map(|kind| (kind, *site)),
                Object::Instance(class) => {
                    let flask = engine.descends(*class, |base| base == "flask.Flask");
                    flask.then_some((AppKind::Flask, SiteId::default()))
                }
                _ => None,
            });
            if let Some((kind, site)) = entry {
                let (func, span) = engine.site_places[site.index()];
                let body = engine.program.modules[index].body;
                let own = site != SiteId::default() && engine.program.func(func).module == module;
                let place = if own {
                    engine.program.place(func, span)
                } else {
                    engine.program.place(body, crate::ir::Span::default())
                };
                push(engine, &mut found, module, name, kind, false, place);
            }
        }
    }
    for (func, kind) in engine.factories() {
        let ir = &engine.program.func(func).ir;
        let place = engine.program.place(func, ir.span);
        push(engine, &mut found, engine.program.func(func).module, ir.name, kind, true, place);
    }
    found.sort();
    facts.apps = found.into_iter().map(|(_, entry)| entry).collect();
    facts.apps.dedup();
}

fn app_kind(name: &str) -> Option<AppKind> {
    Some(match name {
        "flask.Flask()" => AppKind::Flask,
        "fastapi.FastAPI()" => AppKind::FastApi,
        "chalice.Chalice()" => AppKind::Chalice,
        _ => return None,
    })
}

fn push(
    engine: &Engine,
    found: &mut Vec<(Likelihood, AppEntry)>,
    module: ModuleId,
    name: Sym,
    kind: AppKind,
    factory: bool,
    place: stanch_api::SourcePlace,
) {
    let path = engine.program.modules[module.index()].path.clone();
    let stem = path.strip_suffix(".py").unwrap_or(&path);
    let root = root_of(engine, module);
    let below = stem.strip_prefix(&*root).unwrap_or(stem).trim_start_matches('/');
    let dotted = below.strip_suffix("/__init__").unwrap_or(below).replace('/', ".");
    let file = stem.strip_suffix("/__init__").unwrap_or(stem).rsplit('/').next().unwrap_or_default();
    let rank = USUAL.iter().position(|usual| *usual == file).unwrap_or(USUAL.len());
    let test = path.split('/').any(|part| part.starts_with("test") || part == "examples");
    let handler = kind == AppKind::LambdaHandler;
    let factory = factory && !handler;
    let entry =
        AppEntry { kind, module: dotted, name: engine.program.names.text(name).to_owned(), factory, root, place };
    found.push(((test, handler, path.matches('/').count(), rank, factory), entry));
}

/// The directory from which a module must be imported so that its own imports, and those of what it imports, work:
/// the one that most imports of the project agree on, above all packages that import relatively.
fn root_of(engine: &Engine, module: ModuleId) -> String {
    let path = &engine.program.modules[module.index()].path;
    let own = path.rfind('/').map_or("", |end| &path[..end]);
    let mut candidates = vec![own];
    let mut next = own;
    while !next.is_empty() {
        next = next.rfind('/').map_or("", |end| &next[..end]);
        candidates.push(next);
    }
    let relative = engine.program.relative_levels.get(&module).copied().unwrap_or_default() as usize;
    let init = usize::from(path.ends_with("/__init__.py")).max(relative).min(candidates.len() - 1);
    let allowed = &candidates[init..];
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for ((from, base), count) in &engine.program.import_bases {
        let weight = if *from == module { 1000 * count } else { *count };
        if let Some(candidate) = allowed.iter().find(|candidate| *candidate == base) {
            *votes.entry(candidate).or_default() += weight;
        }
    }
    let best = votes.into_iter().max_by_key(|(base, votes)| (*votes, base.len())).map(|(base, _)| base);
    let plain = allowed.iter().find(|directory| {
        let init = if directory.is_empty() { "__init__.py".to_owned() } else { format!("{directory}/__init__.py") };
        !engine.program.modules.iter().any(|module| *module.path == *init)
    });
    best.or(plain.copied()).unwrap_or_default().to_owned()
}

impl Engine {
    /// Functions at module level that give back an app, and Lambda handlers.
    fn factories(&self) -> Vec<(FuncId, AppKind)> {
        let mut found = Vec::new();
        for (func, value) in &self.returned {
            let ir = &self.program.func(*func).ir;
            if ir.nested || ir.method {
                continue;
            }
            let kind = value.objects().iter().find_map(|object| match object {
                Object::Ext(name, _) => app_kind(self.program.names.text(*name)),
                _ => None,
            });
            found.extend(kind.map(|kind| (*func, kind)));
        }
        found.extend(self.handlers.iter().map(|func| (*func, AppKind::LambdaHandler)));
        found
    }
}
