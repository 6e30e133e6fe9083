use std::path::{Path, PathBuf};
use std::rc::Rc;

use rayon::prelude::*;
use ruff_python_ast::PySourceType;
use ruff_python_parser::parse_unchecked_source;

use crate::facts::{SourceFacts, Unreadable};
use crate::files::{FileKind, Found, LineIndex, decode, discover, is_too_deep};
use crate::flow;
use crate::ir::{Interner, lower};
use crate::program::Program;

/// Files parsed at a time: so many trees are in memory together.
const CHUNK: usize = 64;
/// Stack of a thread that parses or solves, in bytes; only what is touched counts as memory.
const STACK: usize = 256 * 1024 * 1024;

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Files or directories, absolute or relative to the root; empty for the whole root.
    pub paths: Vec<PathBuf>,
    /// Threads that parse; none for one per processor. The facts do not depend on it.
    pub threads: Option<usize>,
    /// A file whose text is given rather than read from the disk (an unsaved editor buffer).
    pub stdin: Option<(PathBuf, Vec<u8>)>,
    /// Names that the user calls secret, beside those that `stanch-secrets` knows.
    pub secret_names: Vec<String>,
    /// Names that the user calls harmless: a value in a file that is given to one is no key.
    pub harmless_names: Vec<String>,
    /// Regular expressions for values in files that are no keys. One that cannot be read is left out.
    pub harmless_values: Vec<String>,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The root, or a path that was named, does not exist or cannot be opened.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// No thread could be started.
    #[error("cannot start a thread: {0}")]
    Thread(String),
}

/// Reads the Python files of a project into facts. A file that cannot be read or parsed is listed in
/// [`SourceFacts::unreadable`] and the rest is read all the same.
///
/// # Errors
///
/// If the root or a path that was named does not exist, or no thread can be started.
pub fn read(root: &Path, options: &ReadOptions) -> Result<SourceFacts, ReadError> {
    for path in std::iter::once(root.to_path_buf()).chain(options.paths.iter().map(|path| root.join(path))) {
        if let Err(error) = std::fs::metadata(&path)
            && options.stdin.as_ref().is_none_or(|(stdin, _)| root.join(stdin) != path)
        {
            return Err(ReadError::Unreadable { path, reason: error.to_string() });
        }
    }
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    if let Some(threads) = options.threads {
        pool = pool.num_threads(threads.max(1));
    }
    let pool = pool.build().map_err(|error| ReadError::Thread(error.to_string()))?;
    std::thread::scope(|scope| {
        let solve = || read_all(root, options, &pool);
        let thread = std::thread::Builder::new()
            .name("solver".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, solve)
            .map_err(|error| ReadError::Thread(error.to_string()))?;
        thread.join().map_err(|panic| std::panic::resume_unwind(panic))
    })
}

fn read_all(root: &Path, options: &ReadOptions, pool: &rayon::ThreadPool) -> SourceFacts {
    let mut facts = SourceFacts::default();
    let mut found = discover(root, &options.paths, &mut facts.unreadable);
    if let Some((path, _)) = &options.stdin {
        let relative = crate::files::relative(root, &root.join(path));
        if !found.iter().any(|file| file.relative == relative) {
            let kind = FileKind::of(path).unwrap_or(FileKind::Python);
            found.push(Found { absolute: root.join(path), relative, kind });
        }
    }
    let stdin = options.stdin.as_ref().map(|(path, bytes)| (root.join(path), bytes.clone()));
    let (python, templates): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|file| file.kind == FileKind::Python);
    let mut program = Program::new(Interner::new());
    for chunk in python.chunks(CHUNK) {
        let parsed: Vec<_> = pool.install(|| chunk.par_iter().map(|file| parse(file, stdin.as_ref())).collect());
        for (file, parsed) in chunk.iter().zip(parsed) {
            match parsed {
                Err(reason) => {
                    facts.unreadable.push(Unreadable { path: file.relative.clone(), line: None, reason });
                }
                Ok(Parsed { text, lines, tree, error }) => {
                    facts.files += 1;
                    facts.lines += lines.count(&text);
                    if let Some((offset, reason)) = error {
                        let line = Some(lines.line(offset));
                        facts.unreadable.push(Unreadable { path: file.relative.clone(), line, reason });
                    }
                    let ir = lower(&tree.syntax().body, &mut program.names);
                    program.add(&file.relative, Rc::from(text), lines, ir);
                }
            }
        }
    }
    flow::solve(program, &templates, stdin.as_ref(), options, &mut facts);
    facts.unreadable.sort();
    facts.unreadable.dedup();
    facts
}

struct Parsed {
    text: String,
    lines: LineIndex,
    tree: ruff_python_parser::Parsed<ruff_python_ast::ModModule>,
    error: Option<(u32, String)>,
}

fn parse(file: &Found, given: Option<&(PathBuf, Vec<u8>)>) -> Result<Parsed, String> {
    let bytes = file.bytes(given).map_err(|error| error.to_string())?;
    let text = decode(&bytes).map_err(str::to_owned)?;
    if is_too_deep(text.as_bytes()) {
        return Err("it nests brackets too deeply to be parsed".to_owned());
    }
    let tree = parse_unchecked_source(&text, PySourceType::Python);
    let error = tree.errors().first().map(|error| (error.location.start().to_u32(), error.error.to_string()));
    let lines = LineIndex::new(&text);
    Ok(Parsed { text, lines, tree, error })
}
