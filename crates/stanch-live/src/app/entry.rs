use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// An app that may be there: what to import, from where, and what to take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Python module, as it is imported from `root`.
    pub module: String,
    /// Name in the module, a call with literal arguments included; none to look for an app in it.
    pub name: Option<String>,
    /// Whether the name is a function that makes the app.
    pub factory: bool,
    /// Directory that the module is imported from, relative to the project, `` for the project itself.
    pub root: String,
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.module)?;
        if let Some(name) = &self.name {
            write!(f, ":{name}{}", if self.factory && !name.contains('(') { "()" } else { "" })?;
        }
        if self.root.is_empty() { Ok(()) } else { write!(f, " in {}", self.root) }
    }
}

/// What to try, in order: the one named alone; else what `FLASK_APP` says, what the caller saw in the source, what
/// the names of files suggest.
pub(crate) fn candidates(
    project: &Path,
    named: Option<&str>,
    environment: &BTreeMap<String, String>,
    seen: &[Candidate],
) -> Vec<Candidate> {
    if let Some(named) = named {
        return vec![parse(project, named)];
    }
    let mut found = Vec::new();
    let said = environment.get("FLASK_APP").cloned().or_else(|| dotenv_value(project, "FLASK_APP"));
    found.extend(said.filter(|said| !said.trim().is_empty()).map(|said| parse(project, said.trim())));
    found.extend(seen.iter().cloned());
    // Guesses are for callers that saw nothing: each costs the start of a Python.
    if seen.is_empty() {
        found.extend(guess(project));
    }
    let mut unique: Vec<Candidate> = Vec::new();
    for candidate in found {
        if !unique.contains(&candidate) {
            unique.push(candidate);
        }
    }
    unique.truncate(MAX_TRIES);
    unique
}

/// Most candidates tried.
const MAX_TRIES: usize = 6;

/// Reads `MODULE`, `MODULE:NAME`, `MODULE:create_app()`, `path/to/file.py`, as `flask --app` does.
fn parse(project: &Path, text: &str) -> Candidate {
    let (module, name) = match text.split_once(':') {
        Some((module, name)) => (module, Some(name.to_owned()).filter(|name| !name.is_empty())),
        None => (text, None),
    };
    let factory = name.as_deref().is_some_and(|name| name.ends_with(')'));
    let path = module.strip_suffix(".py").unwrap_or(module);
    if path.contains('/') || module.len() != path.len() {
        let path = path.trim_start_matches("./");
        let (root, file) = path.rsplit_once('/').unwrap_or(("", path));
        return Candidate { module: file.to_owned(), name, factory, root: package_root(project, root) }
            .within_package(project, root);
    }
    // A module below `src` is imported from there.
    let first = module.split('.').next().unwrap_or_default();
    let stands = |root: &str| {
        let place = project.join(root).join(first);
        place.is_dir() || place.with_extension("py").is_file()
    };
    let root = if !stands("") && stands("src") { "src" } else { "" };
    Candidate { module: module.to_owned(), name, factory, root: root.to_owned() }
}

impl Candidate {
    /// A file in a package is imported with the package's name, from above it.
    fn within_package(mut self, project: &Path, directory: &str) -> Self {
        let above = directory.strip_prefix(self.root.as_str()).unwrap_or(directory).trim_matches('/');
        if !above.is_empty() && project.join(directory).join("__init__.py").is_file() {
            self.module = format!("{}.{}", above.replace('/', "."), self.module);
        }
        self
    }
}

/// The directory above all packages that `directory` lies in.
fn package_root(project: &Path, directory: &str) -> String {
    let mut root = directory;
    while !root.is_empty() && project.join(root).join("__init__.py").is_file() {
        root = root.rsplit_once('/').map_or("", |(above, _)| above);
    }
    root.to_owned()
}

/// Files that name a framework, the usual names first.
fn guess(project: &Path) -> Vec<Candidate> {
    const USUAL: [&str; 10] =
        ["app", "wsgi", "main", "application", "run", "server", "api", "index", "handler", "__init__"];
    let mut found: Vec<(usize, usize, String, String)> = Vec::new();
    let mut open = vec![(String::new(), 0_usize)];
    let mut read = 0;
    while let Some((directory, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(project.join(&directory)) else { continue };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            if kind.is_dir() && depth < 3 && !name.starts_with('.') && !is_foreign(&entry.path(), &name) {
                open.push((path, depth + 1));
            } else if let Some(stem) = name.strip_suffix(".py").filter(|_| kind.is_file() && read < 500) {
                read += 1;
                let rank = USUAL.iter().position(|usual| *usual == stem).unwrap_or(USUAL.len());
                if names_app(&entry.path(), rank < USUAL.len()) {
                    found.push((depth, rank, directory.clone(), stem.to_owned()));
                }
            }
        }
    }
    found.sort();
    found
        .into_iter()
        .map(|(_, _, directory, stem)| {
            let root = package_root(project, &directory);
            let candidate = Candidate { module: stem, name: None, factory: false, root };
            let mut candidate = candidate.within_package(project, &directory);
            // A package is imported by its own name.
            candidate.module = candidate.module.trim_end_matches(".__init__").to_owned();
            candidate
        })
        .filter(|candidate| candidate.module != "__init__")
        .collect()
}

fn is_foreign(path: &Path, name: &str) -> bool {
    matches!(name, "node_modules" | "site-packages" | "__pycache__" | "tests" | "test" | "docs")
        || super::copy::is_environment(path)
}

/// Whether the file makes an app, or, for a file of a usual name, takes it from where it is made.
fn names_app(path: &Path, usual: bool) -> bool {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > 1024 * 1024) {
        return false;
    }
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let made = ["Flask(", "FastAPI(", "Chalice(", "FlaskLambda("].iter().any(|call| text.contains(call));
    made || (usual && ["import app", "import create_app", "create_app("].iter().any(|word| text.contains(word)))
}

/// A value out of `.flaskenv` or `.env`, which `flask run` reads.
fn dotenv_value(project: &Path, name: &str) -> Option<String> {
    [".flaskenv", ".env"].iter().find_map(|file| {
        let text = fs::read_to_string(project.join(file)).ok()?;
        let value = text.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("export ").trim_start();
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        })?;
        Some(value)
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::candidates;

    #[test]
    fn names_files_and_packages_become_what_python_imports() {
        let tree = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/shop/__init__.py", "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n");
        write("src/shop/web/__init__.py", "");
        write("src/shop/web/main.py", "app = FastAPI()\n");
        write("tests/app.py", "Flask(1)");
        write("tool.py", "print(1)");
        let none = BTreeMap::new();
        let shown = |named: Option<&str>| -> Vec<String> {
            candidates(tree.path(), named, &none, &[]).iter().map(ToString::to_string).collect()
        };
        assert_eq!(shown(Some("src/shop/web/main.py:app")), ["shop.web.main:app in src"]);
        assert_eq!(shown(Some("shop:create_app('x')")), ["shop:create_app('x') in src"]);
        assert_eq!(shown(None), ["shop in src", "shop.web.main in src"]);
        write(".flaskenv", "export FLASK_APP='tool.py:make()'\n");
        assert_eq!(shown(None).first().unwrap(), "tool:make()");
    }
}
