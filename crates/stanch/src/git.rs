//! What `git` knows of a project. It is asked in ways that run none of the repository's own programs: no hooks, no
//! filters, no external differ, no file watcher.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use stanch_findings::Diagnostic;
use tempfile::TempDir;

use crate::talk::Told;

/// A directory of a repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The directory that is looked at.
    directory: PathBuf,
    /// Its path within the repository, with a slash at its end; empty for the repository's own.
    prefix: String,
}

impl Repository {
    /// The repository that a directory lies in.
    ///
    /// # Errors
    /// When it lies in none, or there is no `git`.
    pub(crate) fn of(directory: &Path) -> anyhow::Result<Self> {
        let prefix = asked(git(directory).args(["rev-parse", "--show-prefix"])).map_err(|why| {
            Told(
                Diagnostic::new(format!("{} cannot be looked up in git: {why}", directory.display()))
                    .help("run it inside a repository, with git on the PATH"),
            )
        })?;
        Ok(Self { directory: directory.to_owned(), prefix: prefix.trim_end_matches('\n').to_owned() })
    }

    /// The directory as it was at a revision, in a temporary one; empty if it was not there.
    ///
    /// # Errors
    /// When the revision is not known, or its files cannot be written.
    pub(crate) fn at(&self, revision: &str) -> anyhow::Result<TempDir> {
        let wanted = format!("{revision}^{{commit}}");
        let commit =
            asked(git(&self.directory).args(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]));
        let Ok(commit) = commit else {
            let told = Diagnostic::new(format!("no revision is called `{revision}`"));
            return Err(Told(told.help("give a branch, a tag or a commit; a shallow clone may lack it")).into());
        };
        let tree = format!("{}:{}", commit.trim(), self.prefix.trim_end_matches('/'));
        let place =
            tempfile::Builder::new().prefix("stanch-").tempdir().context("no temporary directory can be made")?;
        if asked(git(&self.directory).args(["rev-parse", "--verify", "--quiet", &tree])).is_err() {
            return Ok(place);
        }
        self.write(&tree, place.path()).with_context(|| format!("`{revision}` cannot be written out"))?;
        Ok(place)
    }

    /// Writes the files of a tree as they lie in the repository, past every filter. Links and files too large to be
    /// looked at are left out.
    fn write(&self, tree: &str, place: &Path) -> anyhow::Result<()> {
        let listed = asked(git(&self.directory).args(["ls-tree", "-r", "-l", "-z", "--full-tree", tree]));
        let listed = listed.map_err(anyhow::Error::msg)?;
        let mut child = git(&self.directory)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("git cannot be started")?;
        let mut wanted = child.stdin.take().context("git takes nothing")?;
        let mut given = BufReader::new(child.stdout.take().context("git says nothing")?);
        for (hash, path) in listed.split('\0').filter_map(blob) {
            writeln!(wanted, "{hash}")?;
            wanted.flush()?;
            let mut head = String::new();
            given.read_line(&mut head)?;
            let size: u64 = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).context("no size")?;
            let mut bytes = Vec::new();
            given.by_ref().take(size).read_to_end(&mut bytes)?;
            given.read_exact(&mut [0])?;
            let path = place.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(place))?;
            std::fs::write(path, bytes)?;
        }
        drop(wanted);
        child.wait()?;
        Ok(())
    }

    /// The patches of every commit that a reference reaches, newest first, limited to the directory.
    ///
    /// # Errors
    /// When `git` cannot be started.
    pub(crate) fn history(&self) -> anyhow::Result<History> {
        let mut child = git(&self.directory)
            .args(["log", "--all", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv"])
            .args(["--no-renames", "--diff-filter=AM", "--relative", "--format=%x00%H", "--", "."])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("git cannot be started")?;
        let output = child.stdout.take().context("git says nothing")?;
        Ok(History { child, patch: BufReader::with_capacity(1 << 16, output) })
    }
}

/// Hash and path of a line of `git ls-tree -r -l -z`, if it is a plain file of a size that is looked at.
fn blob(line: &str) -> Option<(&str, &str)> {
    /// Largest file that is written out, in bytes.
    const LARGEST: u64 = 4 << 20;
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split_whitespace();
    let (mode, _, hash, size) = (about.next()?, about.next()?, about.next()?, about.next()?);
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (mode.starts_with("100") && plain && size.parse::<u64>().ok()? <= LARGEST).then_some((hash, path))
}

/// A history that is being told.
#[derive(Debug)]
pub(crate) struct History {
    child: Child,
    /// What `git` writes.
    pub(crate) patch: BufReader<ChildStdout>,
}

impl History {
    /// Whether `git` came to its end without an error.
    pub(crate) fn ended_whole(mut self) -> bool {
        // What was not read is let go, so that git does not wait for a reader.
        std::io::copy(&mut self.patch, &mut std::io::sink()).ok();
        self.child.wait().is_ok_and(|status| status.success())
    }
}

fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(["-c", "core.quotePath=false", "-c", "core.fsmonitor=false"]);
    command.args(["-c", "core.hooksPath=/dev/null"]);
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// What it writes; its own words if it fails.
fn asked(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("git cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ").to_owned())
}
