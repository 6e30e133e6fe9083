//! Every example of every pattern file is found, every near miss is not.
#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

mod generate;

use std::fs;

use generate::expand;
use serde::Deserialize;
use stanch_secrets::{Detector, providers};

#[derive(Deserialize)]
struct Provider {
    pattern: Vec<Pattern>,
}

#[derive(Deserialize)]
struct Pattern {
    id: String,
    examples: Vec<String>,
    misses: Vec<String>,
}

fn patterns() -> Vec<(String, Pattern)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/patterns");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut patterns = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let provider: Provider = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        patterns.extend(provider.pattern.into_iter().map(|pattern| (name.clone(), pattern)));
    }
    patterns
}

#[test]
fn every_example_is_found_and_no_near_miss() {
    let mut wrong = Vec::new();
    for (file, pattern) in patterns() {
        if pattern.examples.len() < 3 || pattern.misses.len() < 2 {
            wrong.push(format!("{file}: {} has too few examples or misses", pattern.id));
        }
        for seed in 0..3 {
            for example in &pattern.examples {
                let text = expand(example, seed);
                if Detector::shared().find(text.as_bytes()).next().is_none() {
                    wrong.push(format!("{file}: {} not found in {text:?}", pattern.id));
                }
            }
            for miss in &pattern.misses {
                let text = expand(miss, seed);
                if let Some(hit) = Detector::shared().find(text.as_bytes()).find(|hit| hit.kind == pattern.id) {
                    wrong.push(format!("{file}: {} found {hit:?} in {text:?}", pattern.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_file_is_in_the_program() {
    let known: Vec<&str> = providers().into_iter().flat_map(|provider| provider.patterns).collect();
    for (file, pattern) in patterns() {
        assert!(known.contains(&pattern.id.as_str()), "{file}: {}", pattern.id);
    }
}
