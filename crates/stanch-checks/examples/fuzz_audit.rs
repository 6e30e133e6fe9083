//! Audits mutated apps and templates until the time is over: no input may panic, take long or leave a key in a report.
//! The first inputs are the cases of the checks.
//!
//! `fuzz_audit SECONDS [DIRECTORY] [SEED]`. The input that is being looked at lies in the directory as `current.*`, and
//! one that failed as `failed-….*`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use stanch_checks::audit::{self, AuditOptions};
use stanch_findings::report::{json, sarif, text};
use stanch_findings::{Report, Shown};
use stanch_source::ReadOptions;

#[path = "../../stanch-live/examples/support/mutate.rs"]
#[expect(dead_code, reason = "the corpus is not a directory here")]
mod mutate;

/// An input that takes longer is told.
const LONG: Duration = Duration::from_secs(2);

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let key = ["q8Zr7TkVb2Wn5Ls0", "9f2c41d07be85a36"].concat();
    let mut mutators: Vec<(String, mutate::Mutator)> =
        seeds(&key)?.into_iter().map(|(kind, corpus)| (kind, mutate::Mutator::of(corpus, seed))).collect();
    mutators.sort_by_key(|(kind, _)| kind != "py");
    let root = tempfile::tempdir()?;
    let (mut runs, mut findings, mut failed, mut slowest) = (0_u64, 0, 0, Duration::ZERO);
    while Instant::now() < end {
        // Python twice as often as each kind of template.
        let turn = runs as usize % (mutators.len() + 1);
        let (kind, mutator) = &mut mutators[turn.saturating_sub(1)];
        let input = mutator.next();
        let name = if *kind == "html" { "templates/page.html".to_owned() } else { format!("app.{kind}") };
        std::fs::write(directory.join(format!("current.{kind}")), &input)?;
        let start = Instant::now();
        let outcome = catch_unwind(|| look(root.path(), &name, input.clone(), &key));
        let took = start.elapsed();
        slowest = slowest.max(took);
        match &outcome {
            Ok(Ok(count)) => {
                findings += count;
                // What is found in a changed input leads to places that few reach.
                if *count > 0 && runs % 7 == 0 {
                    mutator.keep(input.clone());
                }
            }
            Ok(Err(why)) => println!("run {runs}: {why}"),
            Err(_) => println!("run {runs}: a panic"),
        }
        if outcome.is_err() || took > LONG || matches!(outcome, Ok(Err(_))) {
            failed += 1;
            std::fs::write(directory.join(format!("failed-{seed}-{runs}.{kind}")), &input)?;
        }
        runs += 1;
    }
    println!("{runs} inputs, {findings} findings, {failed} failed, slowest {slowest:?}");
    std::process::exit(i32::from(failed > 0));
}

/// Audits one input and writes it in formats that show source; the number of findings, or what is wrong.
fn look(root: &Path, name: &str, input: Vec<u8>, key: &str) -> Result<usize, String> {
    let given = String::from_utf8_lossy(&input).into_owned();
    let read = ReadOptions { stdin: Some((root.join(name), input)), threads: Some(1), ..ReadOptions::default() };
    let report: Report =
        audit::run(&AuditOptions { root: root.to_owned(), read }).map_err(|error| error.to_string())?;
    let count = report.findings.len();
    let shown = Shown::new(&report, &|path| (path == name).then(|| given.clone()));
    let told = [
        json::render(shown.report()).map_err(|error| error.to_string())?,
        sarif::render(&shown).map_err(|error| error.to_string())?,
        text::render(&shown, text::Style::default()),
    ];
    // A key that stands whole in the text and was found must not stand in a report.
    if report.findings.iter().any(|finding| finding.rule.id == "hardcoded-key")
        && told.iter().any(|text| text.contains(key))
    {
        return Err("a report holds the key".to_owned());
    }
    Ok(count)
}

/// The files of every case, by the end of their names.
fn seeds(key: &str) -> std::io::Result<BTreeMap<String, Vec<Vec<u8>>>> {
    let mut seeds: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
    let mut folders: Vec<_> = std::fs::read_dir(checks)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        let Ok(text) = std::fs::read_to_string(folder.join("cases.md")) else { continue };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let name = line.strip_prefix("```").and_then(|info| info.split_once(' ')).map(|(_, name)| name);
            let Some(end) = name.and_then(|name| name.rsplit_once('.')).map(|(_, end)| end) else { continue };
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let body = body.join("\n").replace("{{hex-key}}", key).replace("{{aws-secret-access-key}}", key);
            let kind = match end {
                "py" | "tf" | "json" | "html" => end,
                "yml" | "yaml" => "yaml",
                _ => continue,
            };
            seeds.entry(kind.to_owned()).or_default().push(body.into_bytes());
        }
    }
    Ok(seeds)
}
