use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::copy::is_environment;
use super::error::LaunchError;

/// A Python that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program.
    pub path: PathBuf,
    /// Major, minor and micro version.
    pub version: (u32, u32, u32),
    /// Where it comes from, in words: `--python`, `VIRTUAL_ENV`, `.venv`, `PATH`, `--install`.
    pub origin: String,
}

/// Finds the interpreter that the app runs in: the one named, the active environment, an environment in the project,
/// `python3` on the path. One that was named must work; of the others the first that does is taken.
///
/// # Errors
/// [`LaunchError::NoPython`] when there is none, [`LaunchError::PythonUnusable`] when the one named does not run.
pub fn find_interpreter(project: &Path, named: Option<&Path>) -> Result<Interpreter, LaunchError> {
    if let Some(path) = named {
        // A directory is taken for an environment: that is what people have at hand.
        let path = if path.is_dir() { path.join("bin/python") } else { path.to_path_buf() };
        return check(&path, "--python").map_err(|why| LaunchError::PythonUnusable { path, why });
    }
    let mut tried = Vec::new();
    for (path, origin) in candidates(project) {
        match check(&path, &origin) {
            Ok(found) => return Ok(found),
            Err(why) => tried.push(format!("{origin}: {why}")),
        }
    }
    Err(LaunchError::NoPython { tried: tried.join("; ") })
}

/// Oldest version that the runner is written for.
const OLDEST: (u32, u32) = (3, 9);

fn candidates(project: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    if let Some(active) = std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty()) {
        found.push((PathBuf::from(active).join("bin/python"), "VIRTUAL_ENV".to_owned()));
    }
    for name in [".venv", "venv", "env", ".env", "virtualenv"] {
        let directory = project.join(name);
        if directory.is_dir() && is_environment(&directory) {
            found.push((directory.join("bin/python"), name.to_owned()));
        }
    }
    found.extend(["python3", "python"].map(|name| (PathBuf::from(name), format!("{name} on PATH"))));
    found
}

fn check(path: &Path, origin: &str) -> Result<Interpreter, String> {
    let mut command = Command::new(path);
    command.args(["-I", "-S", "-c", "import sys; print(*sys.version_info[:3]); print(sys.executable)"]);
    let text = output_within(command, Duration::from_secs(10))?;
    let mut lines = text.lines();
    let numbers: Vec<u32> =
        lines.next().unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    let &[major, minor, micro] = numbers.as_slice() else { return Err("it answers no version".to_owned()) };
    if (major, minor) < OLDEST {
        return Err(format!("it is Python {major}.{minor}, and {}.{} is the oldest that works", OLDEST.0, OLDEST.1));
    }
    // The path as it was given where it has one: a link resolved would lose the environment it stands in.
    let path = match lines.next() {
        Some(real) if path.components().count() == 1 && !real.is_empty() => PathBuf::from(real),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
    };
    Ok(Interpreter { path, version: (major, minor, micro), origin: origin.to_owned() })
}

/// Standard output of a short command that gets no input; an error in words when it fails, hangs or is not there.
fn output_within(mut command: Command, limit: Duration) -> Result<String, String> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => break,
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it does not answer within {} s", limit.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err("it does not start".to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
