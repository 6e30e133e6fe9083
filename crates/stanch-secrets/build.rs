//! Collects `patterns/*.toml` into one table, so that a provider is one new file and no edited list.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    provider: String,
    /// Where the vendor documents the format.
    #[serde(rename = "reference")]
    _reference: Option<String>,
    pattern: Vec<Pattern>,
}

/// One format; what each field means stands in `patterns/README.md`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    id: String,
    regex: String,
    #[serde(default)]
    literals: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    near: Option<String>,
    #[serde(default)]
    within: u16,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    check: Option<String>,
    #[serde(default)]
    confidence: Option<String>,
    #[serde(default)]
    loose: bool,
    #[serde(rename = "examples")]
    _examples: Vec<String>,
    #[serde(rename = "misses")]
    _misses: Vec<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("patterns");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut out = String::from("static BUILTIN: &[Builtin] = &[\n");
    for file in files {
        let provider: Provider =
            toml::from_str(&fs::read_to_string(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        for pattern in provider.pattern {
            let confidence = match pattern.confidence.as_deref() {
                Some("low") => "Low",
                Some("medium") => "Medium",
                None | Some("high") => "High",
                Some(other) => return Err(format!("{}: confidence {other}", file.display()).into()),
            };
            let check = match pattern.check.as_deref() {
                None => "None",
                Some("crc32-base62") => "Crc32Base62",
                Some("jwt") => "Jwt",
                Some("aws-key-id") => "AwsKeyId",
                Some("mixed") => "Mixed",
                Some(other) => return Err(format!("{}: check {other}", file.display()).into()),
            };
            writeln!(
                out,
                "Builtin {{ id: {:?}, provider: {:?}, regex: {:?}, literals: &{:?}, names: &{:?}, near: {:?}, within: {}, entropy: {:?}, check: Check::{check}, confidence: Confidence::{confidence}, loose: {} }},",
                pattern.id,
                provider.provider,
                pattern.regex,
                pattern.literals,
                pattern.names,
                pattern.near,
                pattern.within,
                pattern.entropy,
                pattern.loose
            )?;
        }
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("builtin.rs"), out)?;
    Ok(())
}
