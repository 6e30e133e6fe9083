use crate::ir::{Stmt, StmtKind, Sym};
use crate::program::Program;
use crate::value::{ModuleId, Object};

/// Words without which a file by itself can neither answer requests, nor reach a table, nor leak its environment.
const WORDS: [&str; 12] = [
    "flask",
    "Flask",
    "boto",
    "chalice",
    "fastapi",
    "dynamo",
    "os.environ",
    "import environ",
    "getenv",
    "get_credentials",
    "pynamodb",
    "starlette",
];

/// Which files have to be solved: those that name a framework, all that import them, directly or through others, and all
/// that any of these import. The others are parsed for their own sake and left: what they hold reaches none of the former.
pub(crate) fn relevant(program: &mut Program) -> Vec<bool> {
    let count = program.modules.len();
    let mut relevant: Vec<bool> =
        program.modules.iter().map(|module| names_a_framework(module.text.as_bytes())).collect();
    if relevant.iter().all(|relevant| *relevant) {
        return relevant;
    }
    let mut imported: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut importers: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, own) in imported.iter_mut().enumerate() {
        own.extend(imports(program, ModuleId::new(index)).iter().map(|module| module.index()));
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|target| importers[*target].push(index));
    }
    spread(&mut relevant, &importers);
    spread(&mut relevant, &imported);
    relevant
}

fn names_a_framework(text: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    WORDS.iter().any(|word| has(word))
        // `def handler(event, context)`: what Lambda calls.
        || has("event") && has("context")
        // `aws_cdk`, `aws_lambda_powertools`, and not `draws`.
        || memchr::memmem::find_iter(text, "aws").any(|at| at == 0 || !text[at - 1].is_ascii_alphanumeric())
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
