//! A pytest file that fails for each proven leak until it is mended.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use stanch_findings::report::masked;
use stanch_findings::{Confidence, Diagnostic, Finding, Place, Report};

use crate::cli::ProveArgs;
use crate::talk::Told;

/// What stands above the tests. `PROJECT`, `OPTIONS` and `COMMAND` follow it.
const HEAD: &str = r#""""Each test fails while `stanch prove` can prove its leak, and passes when it is mended.

Written by `stanch prove --write-tests`. The variable STANCH names the program where it is not on the path.
"""

from __future__ import annotations

import json
import os
import subprocess

import pytest
"#;

const FIXTURE: &str = r#"

@pytest.fixture(scope="module")
def proven() -> dict[str, str]:
    """One run for all tests: the message of each leak that is proven now, by its fingerprint."""
    command = [os.environ.get("STANCH", "stanch"), "prove", PROJECT, "--format", "json", *OPTIONS]
    command += ["--", *COMMAND] if COMMAND else []
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    found = json.loads(ended.stdout)["findings"]
    return {one["fingerprint"]: one["message"] for one in found if one["confidence"] == "proven"}
"#;

/// Writes `test_stanch_leaks.py` into the directory, made if need be; gives the file's place.
pub(super) fn write(directory: &Path, report: &Report, project: &Path, args: &ProveArgs) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    let file = directory.join("test_stanch_leaks.py");
    let text = text(report, directory, &way(directory, project)?, args)?;
    std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

fn text(report: &Report, directory: &Path, project: &str, args: &ProveArgs) -> anyhow::Result<String> {
    let mut text = HEAD.to_owned();
    let plainly = |words: Vec<String>| words.iter().map(|word| plain(word)).collect::<anyhow::Result<Vec<_>>>();
    let options = plainly(options(args))?.into_iter().chain(places(directory, args)?).collect::<Vec<_>>();
    let command = plainly(args.command.clone())?;
    let _ = write!(
        text,
        "\nHERE = os.path.dirname(os.path.abspath(__file__))\n\
         PROJECT = os.path.normpath(os.path.join(HERE, {}))\nOPTIONS: list[str] = [{}]\nCOMMAND: list[str] = [{}]\n{FIXTURE}",
        plain(project)?,
        options.join(", "),
        command.join(", "),
    );
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.confidence == Confidence::Proven) {
        let name = name(finding);
        let number = taken.entry(name.clone()).and_modify(|number| *number += 1).or_insert(1);
        let name = if *number == 1 { name } else { format!("{name}_{number}") };
        let print = literal(&finding.fingerprint);
        let _ = write!(
            text,
            "\n\ndef test_{name}(proven: dict[str, str]) -> None:\n    {}\n    assert {print} not in proven, proven[{print}]\n",
            documentation(finding),
        );
    }
    Ok(text)
}

/// As [`literal`], of what the tests need as it is.
///
/// # Errors
/// When it holds a key, which would be committed with the tests.
fn plain(text: &str) -> anyhow::Result<String> {
    if masked(text) == text {
        return Ok(literal(text));
    }
    let told = Diagnostic::new(format!("`{text}` holds what looks like a key, and would stand in the tests"));
    Err(Told(told.help("give keys to the app by `--env-file`")).into())
}

/// The options that make the run another one, as they were given.
fn options(args: &ProveArgs) -> Vec<String> {
    let mut options = vec!["--seed".to_owned(), args.seed.to_string()];
    let mut add = |name: &str, value: String| options.extend([name.to_owned(), value]);
    if let Some(app) = &args.app {
        add("--app", app.clone());
    }
    if let (Some(command), Some(url)) = (&args.serve, &args.url) {
        add("--serve", command.clone());
        add("--url", url.to_string());
    }
    for port in &args.allow_port {
        add("--allow-port", port.to_string());
    }
    if args.start_timeout != 30 {
        add("--start-timeout", args.start_timeout.to_string());
    }
    options
}

/// The options that name places, as the file itself finds them from where it lies: each a Python expression.
fn places(directory: &Path, args: &ProveArgs) -> anyhow::Result<Vec<String>> {
    let placed = |option: &str, place: &Path| -> anyhow::Result<String> {
        Ok(format!("\"{option}=\" + os.path.normpath(os.path.join(HERE, {}))", plain(&way(directory, place)?)?))
    };
    let mut options = Vec::new();
    match &args.python {
        // A bare name is looked for on the path, wherever the tests run.
        Some(python) if python.components().count() == 1 && !python.exists() => {
            options.push(plain(&format!("--python={}", python.display()))?);
        }
        Some(python) => options.push(placed("--python", python)?),
        None => {}
    }
    match &args.install {
        Some(Some(place)) => options.push(placed("--install", place)?),
        Some(None) => options.push(literal("--install")),
        None => {}
    }
    for file in &args.env_file {
        options.push(placed("--env-file", file)?);
    }
    if let Some(file) = &args.spec {
        options.push(placed("--spec", file)?);
    }
    Ok(options)
}

/// `key_in_response_accounts_profile`: the rule and the function that leaks.
fn name(finding: &Finding) -> String {
    let source = finding.places.iter().find_map(|place| match place {
        Place::Source(place) => Some(format!("{} {}", stem(&place.path), place.symbol.as_deref().unwrap_or("module"))),
        _ => None,
    });
    let text = masked(&format!("{} {}", finding.rule.id, source.unwrap_or_default()));
    let plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("_")
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py")
}

fn documentation(finding: &Finding) -> String {
    let endpoint = finding.places.iter().find_map(|place| match place {
        Place::Endpoint { method, route } => Some(format!("{method} {route}: ")),
        _ => None,
    });
    let line = masked(&format!("{}{}", endpoint.unwrap_or_default(), finding.rule.title));
    let safe: String = line.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
    format!("\"\"\"{}.\"\"\"", safe.trim_end_matches('.'))
}

/// A Python string: JSON's escapes are Python's.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The way from one directory to the other, so that the tests can be committed with the project.
fn way(from: &Path, to: &Path) -> anyhow::Result<String> {
    let real = |place: &Path| place.canonicalize().with_context(|| place.display().to_string());
    let from = real(from)?;
    // The last part may be a link that means something else than what it leads to: the Python of an environment.
    let to = match (to.parent(), to.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            real(parent)?.join(name)
        }
        _ => real(to)?,
    };
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.components().count() - common);
    let way: PathBuf = up.chain(to.components().skip(common)).collect();
    Ok(if way.as_os_str().is_empty() { ".".to_owned() } else { way.to_string_lossy().into_owned() })
}
