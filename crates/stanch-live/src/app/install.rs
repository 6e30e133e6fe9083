use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

use super::error::LaunchError;
use super::interpreter::{Interpreter, find_interpreter};
use super::packages;
use super::requirements::{Requirement, requirements};

/// Makes a virtual environment with the packages that the project asks for, or takes the one made before.
///
/// The newest versions are tried first, since pins are mostly older than the Python at hand and nearly every app still
/// runs; then the versions as written; then package by package, leaving out what does not install. Needs the network,
/// so it comes before [`super::isolate`]. `into` is where the environment goes; without it, it goes into the user's
/// cache, by a digest of the packages and the Python. `tell` gets what is done, for standard error.
///
/// # Errors
/// [`LaunchError::Install`] when the environment cannot be made or nothing can be installed.
pub fn install(
    project: &Path,
    base: &Interpreter,
    into: Option<&Path>,
    tell: &mut dyn FnMut(&str),
) -> Result<Interpreter, LaunchError> {
    let mut wanted: Vec<Requirement> = requirements(project).into_values().collect();
    if wanted.is_empty() {
        tell("the project lists no packages; installing flask and boto3");
        wanted.extend(["flask", "boto3"].map(plain));
    }
    // Older packages import `pkg_resources`, which setuptools 81 took away.
    wanted.retain(|one| one.name != "setuptools");
    wanted.push(Requirement { versions: "<81".to_owned(), ..plain("setuptools") });

    let directory = into.map_or_else(|| cached(base, &wanted), |into| Ok(into.to_path_buf()))?;
    fs::create_dir_all(&directory).map_err(failed)?;
    // Two runs at a time: the second one waits, and takes what the first one made.
    let lock = File::create(directory.with_extension("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    // The first line changes with what is done here, so that an environment of an older program is filled again.
    let list = format!("2\n{}", wanted.iter().map(|one| one.text(true)).collect::<Vec<_>>().join("\n"));
    let complete = directory.join("stanch-installed.txt");
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == list) {
        tell(&format!("using the environment in {}", directory.display()));
    } else {
        if !directory.join("pyvenv.cfg").exists() {
            if fs::read_dir(&directory).map_err(failed)?.next().is_some() {
                let why = format!("{} is neither empty nor a virtual environment", directory.display());
                return Err(LaunchError::Install { why });
            }
            tell(&format!("making a virtual environment in {}", directory.display()));
            run(Command::new(&base.path).args(["-m", "venv"]).arg(&directory))
                .map_err(|why| LaunchError::Install { why })?;
        }
        fill(&directory, &wanted, tell)?;
        mend(project, &directory, &wanted, tell);
        fs::write(&complete, list).map_err(failed)?;
    }
    let interpreter = find_interpreter(project, Some(&directory))?;
    Ok(Interpreter { origin: "--install".to_owned(), ..interpreter })
}

fn plain(name: &str) -> Requirement {
    Requirement { name: name.to_owned(), versions: String::new(), marker: String::new() }
}

fn fill(directory: &Path, wanted: &[Requirement], tell: &mut dyn FnMut(&str)) -> Result<(), LaunchError> {
    let setuptools = |one: &Requirement| one.name == "setuptools";
    let newest: Vec<String> = wanted.iter().map(|one| one.text(setuptools(one))).collect();
    tell(&format!("installing {} (newest versions)", newest.join(", ")));
    if pip(directory, &newest).is_ok() {
        return Ok(());
    }
    tell("that failed; trying the versions as the project writes them");
    let pinned: Vec<String> = wanted.iter().map(|one| one.text(true)).collect();
    if pip(directory, &pinned).is_ok() {
        return Ok(());
    }
    tell("that failed too; installing one by one");
    let (mut done, mut last) = (0, String::new());
    for one in wanted {
        match pip(directory, &[one.text(setuptools(one))]).or_else(|_| pip(directory, &[one.text(true)])) {
            Ok(()) => done += usize::from(!setuptools(one)),
            Err(why) => {
                tell(&format!("left out {}: {}", one.name, why.lines().next_back().unwrap_or_default()));
                last = why;
            }
        }
    }
    if done > 0 { Ok(()) } else { Err(LaunchError::Install { why: last }) }
}

/// What the project imports and the environment does not give.
#[derive(Debug, Default, serde::Deserialize)]
struct Imports {
    missing: Vec<String>,
    broken: Vec<String>,
}

/// Imports what the project imports of other people's packages, and installs what is missing and well known, and
/// versions of the kind that the project was written for where the newest ones no longer fit.
fn mend(project: &Path, directory: &Path, wanted: &[Requirement], tell: &mut dyn FnMut(&str)) {
    let setuptools = "setuptools<81".to_owned();
    let Some(mut imports) = imports(project, directory) else { return };
    let missing: Vec<String> = imports.missing.iter().filter_map(|module| packages::known(module)).collect();
    if !missing.is_empty() {
        tell(&format!("installing {}, which the code imports and no list names", missing.join(", ")));
        let _ = pip(directory, &missing).inspect_err(|why| tell(why));
    }
    let same_major: Vec<String> =
        wanted.iter().filter(|one| one.name != "setuptools").map(packages::same_major).collect();
    let older = packages::of_older_days(&imports.broken);
    for (what, versions) in [("the major versions that the project names", same_major), ("older versions", older)] {
        if imports.broken.is_empty() {
            return;
        }
        if versions.iter().any(|one| one.contains('<')) {
            tell(&format!("{} cannot be imported so; trying {what}", imports.broken.join(", ")));
            let versions: Vec<String> = versions.into_iter().chain([setuptools.clone()]).collect();
            if let Err(why) = pip(directory, &versions) {
                tell(&why);
            }
            imports = self::imports(project, directory).unwrap_or_default();
        }
    }
}

/// Asks the environment's own Python; none if it gives no answer.
fn imports(project: &Path, directory: &Path) -> Option<Imports> {
    let script = directory.join("stanch_imports.py");
    fs::write(&script, include_str!("../../../../python/stanch_imports.py")).ok()?;
    let output = Command::new(directory.join("bin/python"))
        .arg(&script)
        .arg(project)
        .current_dir(directory)
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn pip(directory: &Path, packages: &[String]) -> Result<(), String> {
    let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    run(Command::new(directory.join("bin/python")).args(options).arg("--").args(packages))
}

/// Runs to its end; on failure the end of what it said. The user's own `pip` settings and proxies hold.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    Err(lines.get(lines.len().saturating_sub(4)..).unwrap_or_default().join("\n"))
}

fn cached(base: &Interpreter, wanted: &[Requirement]) -> Result<PathBuf, LaunchError> {
    let mut digest = Sha256::new().chain_update(base.path.as_os_str().as_encoded_bytes());
    digest.update(format!("{:?}", base.version));
    for one in wanted {
        digest.update(format!("\n{}", one.text(true)));
    }
    let name: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let cache = match std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(cache) => PathBuf::from(cache),
        None => {
            let home = std::env::home_dir().ok_or_else(|| LaunchError::Install {
                why: "no home directory; name a directory with `--install=DIR`".to_owned(),
            })?;
            home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" })
        }
    };
    Ok(cache.join("stanch/venvs").join(name))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
fn failed(error: std::io::Error) -> LaunchError {
    LaunchError::Install { why: error.to_string() }
}
