//! Reads texts from standard input, one JSON string a line, and tells for each the kind and byte range of the keys in
//! it as JSON, no key shown: for measuring against collections of samples. The path given as argument says what kind
//! of file the texts are (`--raw` for the bare formats, `--redact` for what redaction masks,
//! `--rules FILE` for the formats and those of a file of gitleaks rules).
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks on stdout")]

use std::io::BufRead as _;
use std::{env, fs, io};

use stanch_secrets::redact::{RedactOptions, spans};
use stanch_secrets::{Detector, files};

fn main() -> io::Result<()> {
    let path = env::args().nth(1).unwrap_or_else(|| "settings.env".to_owned());
    let options = RedactOptions::default();
    let mut own = None;
    if path == "--rules" {
        let rules = fs::read_to_string(env::args().nth(2).unwrap_or_default())?;
        let (detector, left_out) = Detector::with_gitleaks_rules(&rules).map_err(io::Error::other)?;
        for left in left_out {
            eprintln!("{} is left out: {}", left.rule, left.reason);
        }
        own = Some(detector);
    }
    let detector = own.as_ref().unwrap_or_else(|| Detector::shared());
    for line in io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let bytes = text.as_bytes();
        let found: Vec<(String, usize, usize)> = match path.as_str() {
            "--raw" | "--rules" => detector
                .find_decoded(bytes)
                .into_iter()
                .map(|hit| (hit.kind.to_owned(), hit.range.start, hit.range.end))
                .collect(),
            "--redact" => spans(bytes, &options)
                .into_iter()
                .map(|span| (span.kind.into_owned(), span.range.start, span.range.end))
                .collect(),
            _ => files::scan_file(&path, bytes)
                .into_iter()
                .filter(|secret| secret.confidence > stanch_secrets::Confidence::Low)
                .map(|secret| (secret.kind.into_owned(), secret.range.start, secret.range.end))
                .collect(),
        };
        println!("{}", serde_json::to_string(&found)?);
    }
    Ok(())
}
