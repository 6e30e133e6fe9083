use std::collections::BTreeSet;

use crate::ir::{Stmt, StmtKind, Sym};
use crate::program::Program;
use crate::value::{ModuleId, Object};

/// Words without which a file by itself can neither answer requests, nor reach a table, nor leak its environment.
const WORDS: [&str; 14] = [
    "flask",
    "Flask",
    "boto",
    "chalice",
    "fastapi",
    "pynamodb",
    "dynamo",
    "dynamodb",
    "context",
    "environ",
    "getenv",
    "get_credentials",
    "starlette",
    "aws",
];

/// Which files have to be solved: those that name a framework, all that they import, and all that import them. The
/// others are parsed for their own sake and left.
pub(crate) fn relevant(program: &mut Program) -> Vec<bool> {
    let count = program.modules.len();
    let mut relevant: Vec<bool> = program
        .modules
        .iter()
        .map(|module| WORDS.iter().any(|word| memchr::memmem::find(module.text.as_bytes(), word.as_bytes()).is_some()))
        .collect();
    if relevant.iter().all(|relevant| *relevant) {
        return relevant;
    }
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    for index in 0..count {
        for target in imports(program, ModuleId::new(index)) {
            edges.insert((index, target.index()));
        }
    }
    loop {
        let mut changed = false;
        for (from, to) in &edges {
            if relevant[*from] != relevant[*to] {
                relevant[*from] = true;
                relevant[*to] = true;
                changed = true;
            }
        }
        if !changed {
            return relevant;
        }
    }
}

fn imports(program: &mut Program, module: ModuleId) -> Vec<ModuleId> {
    let body = program.modules[module.index()].body;
    let mut wanted: Vec<(u32, String)> = Vec::new();
    let mut index = body.index();
    while let Some(func) = program.functions.get(index).filter(|func| func.module == module) {
        let ir = func.ir.clone();
        collect(program, &ir.body, &mut wanted);
        index += 1;
    }
    let bases = std::mem::take(&mut program.import_bases);
    let levels = std::mem::take(&mut program.relative_levels);
    let found = wanted.into_iter().filter_map(|(level, name)| match program.import(module, level, &name) {
        Object::Module(module) => Some(module),
        _ => None,
    });
    let found = found.collect();
    // Looking is no import: what the solver imports is counted when it does.
    program.import_bases = bases;
    program.relative_levels = levels;
    found
}

fn collect(program: &Program, body: &[Stmt], wanted: &mut Vec<(u32, String)>) {
    let text = |sym: Sym| program.names.text(sym).to_owned();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Import(names) => wanted.extend(names.iter().map(|(name, _)| (0, text(*name)))),
            StmtKind::From { level, module, names } => {
                let module = module.map(text).unwrap_or_default();
                wanted.push((*level, module.clone()));
                let dot = if module.is_empty() { "" } else { "." };
                wanted.extend(names.iter().map(|(name, _)| (*level, format!("{module}{dot}{}", text(*name)))));
            }
            StmtKind::If { body, orelse, .. } | StmtKind::Loop { body, orelse, .. } => {
                collect(program, body, wanted);
                collect(program, orelse, wanted);
            }
            StmtKind::Try { body, handlers, orelse, finally } => {
                collect(program, body, wanted);
                handlers.iter().for_each(|handler| collect(program, &handler.body, wanted));
                collect(program, orelse, wanted);
                collect(program, finally, wanted);
            }
            StmtKind::With { body, .. } => collect(program, body, wanted),
            _ => {}
        }
    }
}
