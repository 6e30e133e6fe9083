use crate::ir::{Stmt, StmtKind, Sym};
use crate::models::is_handler;
use crate::program::Program;
use crate::value::{ModuleId, Object};

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// Parsed for its own sake: nothing of it reaches the others.
    Left,
    /// It can only pass on what it is given: its functions are read when they are called.
    Called,
    /// It may hold where a value comes from or where one leaves: every function is read, called or not.
    Whole,
}

/// Fronts of the names of modules with which a file answers requests, reaches a table or defines one.
const FRAMEWORKS: [&str; 12] = [
    "aioboto",
    "apig_wsgi",
    "aws_",
    "boto",
    "chalice",
    "dynamo",
    "fastapi",
    "flask",
    "mangum",
    "pynamodb",
    "serverless",
    "starlette",
];

/// Words of DynamoDB's own, for tables that are handed in from elsewhere.
const TABLES: [&str; 8] =
    ["dynamo", "Dynamo", "DYNAMO", "KeyConditionExpression", "TableName", ".get_item(", ".put_item(", ".update_item("];

/// Words with which a file reads the environment or credentials, and nothing else that counts.
const ENVIRONMENT: [&str; 4] = ["os.environ", "import environ", "getenv", "get_credentials"];

/// How each file has to be read. Whole: what names a framework and all that import it, directly or through others, for
/// there its values come to; what reads the environment and what imports that. Called: all that any of these import.
pub(crate) fn relevant(program: &mut Program) -> Vec<Reading> {
    let count = program.modules.len();
    let mut imported: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut importers: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut whole = vec![false; count];
    for index in 0..count {
        let module = ModuleId::new(index);
        let wanted = wanted(program, module);
        whole[index] = wanted.iter().any(|(level, name)| *level == 0 && names_a_framework(name))
            || holds(program, module, &TABLES)
            || has_handler(program, module);
        imported[index] = resolved(program, module, wanted);
        imported[index].iter().for_each(|target| importers[*target].push(index));
    }
    spread(&mut whole, &importers);
    for index in 0..count {
        if holds(program, ModuleId::new(index), &ENVIRONMENT) {
            whole[index] = true;
            importers[index].iter().for_each(|importer| whole[*importer] = true);
        }
    }
    let mut called = whole.clone();
    spread(&mut called, &imported);
    let reading = |(whole, called): (bool, bool)| match (whole, called) {
        (true, _) => Reading::Whole,
        (false, true) => Reading::Called,
        (false, false) => Reading::Left,
    };
    whole.into_iter().zip(called).map(reading).collect()
}

fn names_a_framework(name: &str) -> bool {
    FRAMEWORKS.iter().any(|front| name.get(..front.len()).is_some_and(|own| own.eq_ignore_ascii_case(front)))
}

fn holds(program: &Program, module: ModuleId, words: &[&str]) -> bool {
    let text = program.modules[module.index()].text.as_bytes();
    words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a function of the file is one that Lambda can call.
fn has_handler(program: &Program, module: ModuleId) -> bool {
    let from = program.modules[module.index()].body.index();
    let mut own = program.functions[from..].iter().take_while(|func| func.module == module);
    own.any(|func| is_handler(program, &func.ir))
}

/// Takes in everything that edges lead to.
fn spread(taken: &mut [bool], edges: &[Vec<usize>]) {
    let mut open: Vec<usize> = (0..taken.len()).filter(|index| taken[*index]).collect();
    while let Some(index) = open.pop() {
        for target in &edges[index] {
            if !std::mem::replace(&mut taken[*target], true) {
                open.push(*target);
            }
        }
    }
}

/// What a file imports anywhere in it: level of dots and name, each once.
fn wanted(program: &Program, module: ModuleId) -> Vec<(u32, String)> {
    let from = program.modules[module.index()].body.index();
    let mut wanted: Vec<(u32, String)> = Vec::new();
    for func in program.functions[from..].iter().take_while(|func| func.module == module) {
        collect(program, &func.ir.body, &mut wanted);
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The files of the project that are meant.
fn resolved(program: &mut Program, module: ModuleId, wanted: Vec<(u32, String)>) -> Vec<usize> {
    let bases = std::mem::take(&mut program.import_bases);
    let levels = std::mem::take(&mut program.relative_levels);
    let found = wanted.into_iter().filter_map(|(level, name)| match program.import(module, level, &name) {
        Object::Module(module) => Some(module.index()),
        _ => None,
    });
    let mut found: Vec<usize> = found.collect();
    // Looking is no import: what the solver imports is counted when it does.
    program.import_bases = bases;
    program.relative_levels = levels;
    found.sort_unstable();
    found.dedup();
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
