use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// What was copied, and what was left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copied {
    /// Size and time of each file as it was copied, by path relative to the tree.
    pub(crate) files: BTreeMap<PathBuf, (u64, Option<SystemTime>)>,
    /// Bytes copied.
    pub bytes: u64,
    /// Files that were left out although they might matter, with the reason in words.
    pub skipped: Vec<(PathBuf, String)>,
}

/// Copies the tree, without version control, environments, installed packages and caches. Symbolic links are followed
/// inside the tree only: what they lead to elsewhere is not the project's.
///
/// # Errors
/// When the tree cannot be listed or the copy cannot be written. A single file that cannot be read is skipped.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<Copied> {
    let root = fs::canonicalize(from)?;
    fs::create_dir_all(to)?;
    let mut copied = Copied::default();
    let mut open = vec![(PathBuf::new(), 0_usize, false)];
    while let Some((directory, depth, linked)) = open.pop() {
        let mut entries: Vec<_> = match fs::read_dir(root.join(&directory)) {
            Ok(entries) => entries.flatten().collect(),
            Err(error) if directory.as_os_str().is_empty() => return Err(error),
            Err(error) => {
                copied.skipped.push((directory, error.to_string()));
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let relative = directory.join(entry.file_name());
            let Some(real) = inside(&root, &entry.path()) else {
                copied.skipped.push((relative, "a link that leaves the project".to_owned()));
                continue;
            };
            if real.is_dir() {
                // Links that lead to each other would be copied for ever: none is followed below another.
                let link = entry.path().is_symlink();
                let turns_back = link && (linked || root.join(&directory).starts_with(&real));
                if turns_back || is_left_out(&entry.path()) {
                    continue;
                }
                if depth >= MAX_DEPTH {
                    copied.skipped.push((relative, format!("deeper than {MAX_DEPTH} directories")));
                    continue;
                }
                fs::create_dir_all(to.join(&relative))?;
                open.push((relative, depth + 1, linked || link));
            } else if real.is_file() {
                copy_file(&real, to, relative, &mut copied)?;
            }
        }
    }
    Ok(copied)
}

/// Puts links where a command names a file of the tree that was left out of the copy, as programs that were built are:
/// `./target/debug/service`. The file itself is not the app's to change, and is no file that it wrote.
pub(crate) fn link_named(command: &str, from: &Path, to: &Path, copied: &mut Copied) -> io::Result<()> {
    let root = fs::canonicalize(from)?;
    let words = command.split(|c: char| c.is_whitespace() || "\"'=;&|".contains(c));
    for word in words.filter(|word| word.contains('/') && !word.starts_with('/')) {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        let relative: PathBuf = Path::new(word).components().filter(|part| *part != Component::CurDir).collect();
        let (target, here) = (root.join(&relative), to.join(&relative));
        if !Path::new(word).components().all(plain) || !target.is_file() || here.exists() {
            continue;
        }
        if let Some(parent) = here.parent() {
            fs::create_dir_all(parent)?;
        }
        std::os::unix::fs::symlink(&target, &here)?;
        let metadata = fs::metadata(&target)?;
        copied.files.insert(relative, (metadata.len(), metadata.modified().ok()));
    }
    Ok(())
}

/// Files that were made or changed in the copy since, by the app.
pub(crate) fn changed(copied: &Copied, copy: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(copy.join(&directory)) else { continue };
        for entry in entries.flatten() {
            let relative = directory.join(entry.file_name());
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                if found.len() < MAX_FILES && relative.components().count() <= MAX_DEPTH {
                    open.push(relative);
                }
            } else if metadata.is_file()
                && copied.files.get(&relative) != Some(&(metadata.len(), metadata.modified().ok()))
            {
                found.push(relative);
            }
        }
    }
    found.sort();
    found
}

const MAX_DEPTH: usize = 40;
const MAX_FILES: usize = 50_000;
/// Largest file: models, archives and databases beyond it are left out.
const MAX_FILE: u64 = 64 * 1024 * 1024;
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// Directories that hold no code of the project: version control, installed packages, caches, builds.
const LEFT_OUT: [&str; 17] = [
    ".git",
    ".hg",
    ".svn",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".serverless",
    ".terraform",
    ".tox",
    ".aws-sam",
    "__pycache__",
    "__pypackages__",
    "cdk.out",
    "node_modules",
    "site-packages",
    ".eggs",
];

fn is_left_out(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    LEFT_OUT.contains(&name) || is_environment(directory) || directory.join("CACHEDIR.TAG").exists()
}

/// Whether it is a Python environment, whatever it is called.
pub(crate) fn is_environment(directory: &Path) -> bool {
    directory.join("pyvenv.cfg").exists()
        || directory.join("conda-meta").is_dir()
        || ["lib", "Lib"].iter().any(|lib| {
            fs::read_dir(directory.join(lib)).is_ok_and(|entries| {
                entries.flatten().take(64).any(|entry| entry.path().join("site-packages").is_dir())
            })
        })
}

/// The real path, if it lies in the tree.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(path).ok()?;
    let relative = real.strip_prefix(root).ok()?;
    relative.components().all(|part| matches!(part, Component::Normal(_))).then_some(real)
}

fn copy_file(real: &Path, to: &Path, relative: PathBuf, copied: &mut Copied) -> io::Result<()> {
    let length = fs::metadata(real).map(|metadata| metadata.len()).unwrap_or_default();
    if length > MAX_FILE {
        copied.skipped.push((relative, format!("larger than {} MiB", MAX_FILE >> 20)));
        return Ok(());
    }
    if copied.files.len() >= MAX_FILES || copied.bytes + length > MAX_BYTES {
        copied.skipped.push((relative, "the project is too large to copy whole".to_owned()));
        return Ok(());
    }
    let target = to.join(&relative);
    match fs::copy(real, &target) {
        Ok(bytes) => {
            copied.bytes += bytes;
            let metadata = fs::metadata(&target)?;
            make_writable(&target, &metadata);
            copied.files.insert(relative, (metadata.len(), metadata.modified().ok()));
            Ok(())
        }
        Err(error) if target.parent().is_some_and(Path::is_dir) && fs::File::open(real).is_err() => {
            copied.skipped.push((relative, error.to_string()));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The app may write to its copy; and the copy must be removable.
fn make_writable(path: &Path, metadata: &fs::Metadata) {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode();
    if mode & 0o200 == 0 {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o200));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::{changed, copy_tree, link_named};

    #[test]
    fn a_program_that_a_command_names_is_there_although_builds_are_not_copied() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        fs::create_dir_all(root.join("target/debug")).unwrap();
        fs::write(root.join("target/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55").unwrap();
        fs::write(root.join("target/debug/service"), "program").unwrap();
        fs::write(root.join("app.toml"), "x = 1").unwrap();
        let (to, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(place.path().join("other"), "elsewhere").unwrap();
        let mut copied = copy_tree(root, to.path()).unwrap();
        assert!(!to.path().join("target/debug/service").exists());
        link_named("X=1 './target/debug/service' --config=./app.toml ../other", root, to.path(), &mut copied).unwrap();
        assert_eq!(fs::read_to_string(to.path().join("target/debug/service")).unwrap(), "program");
        assert!(!to.path().join("app.toml").is_symlink());
        assert!(changed(&copied, to.path()).is_empty());
    }

    #[test]
    fn environments_links_out_and_loops_stay_behind_and_changes_are_seen() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "no").unwrap();
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        for directory in ["src/app", "weird-env/lib/python3.9/site-packages", ".git", "node_modules/x"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        fs::write(root.join("src/app/main.py"), "x = 1\n").unwrap();
        fs::write(root.join("weird-env/lib/python3.9/site-packages/flask.py"), "").unwrap();
        fs::write(root.join(".git/config"), "").unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(outside.path().join("secret"), root.join("src/leak")).unwrap();
        symlink("..", root.join("src/up")).unwrap();
        symlink("main.py", root.join("src/app/alias.py")).unwrap();

        let to = tempfile::tempdir().unwrap();
        let copied = copy_tree(root, to.path()).unwrap();
        let files: Vec<_> = copied.files.keys().cloned().collect();
        assert_eq!(files, [PathBuf::from("src/app/alias.py"), PathBuf::from("src/app/main.py")]);
        assert_eq!(copied.skipped.len(), 2);

        fs::write(to.path().join("src/app/main.py"), "x = 12\n").unwrap();
        fs::write(to.path().join("app.log"), "line").unwrap();
        assert_eq!(changed(&copied, to.path()), [PathBuf::from("app.log"), PathBuf::from("src/app/main.py")]);
    }
}
