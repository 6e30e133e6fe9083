//! A key stands in a file of the project.

use std::collections::BTreeMap;

use stanch_api::SourcePlace;
use stanch_findings::{Category, Confidence, Evidence, Oracle, Rule, Severity, Standards};
use stanch_secrets::Confidence as Sureness;
use stanch_secrets::files::FileKind;
use stanch_secrets::names::words;

use crate::audit::{FileKey, FileKeys};
use crate::exposure::quoted;
use crate::{Check, Defect, SourceOracle};

pub(crate) static CHECK: Check = Check {
    rule: Rule {
        id: "hardcoded-key",
        title: "A key stands in a file",
        severity: Severity::High,
        category: Category::DataExposure,
        standards: Standards {
            owasp_api: &["API8:2023"],
            owasp_llm: &[],
            cwe: &["CWE-798", "CWE-540"],
            pci_dss: &["8.6.2"],
            soc2: &["CC6.1"],
        },
        oracles: &[Oracle::Source],
        page: include_str!("README.md"),
    },
    supersedes: &[],
    source: SourceOracle::Files(in_file),
    #[cfg(feature = "live")]
    run: None,
};

/// One defect a line, whatever the number of keys in it.
fn in_file(file: &FileKeys) -> Vec<Defect> {
    let mut lines: BTreeMap<u32, Vec<&FileKey>> = BTreeMap::new();
    for key in file.keys.iter().filter(|key| counts(file, key)) {
        lines.entry(key.found.line).or_default().push(key);
    }
    lines.into_values().filter_map(|keys| defect(file, &keys)).collect()
}

/// What a name alone makes a key of is an example in a test or in prose, where nothing else says that it is real.
fn counts(file: &FileKeys, key: &FileKey) -> bool {
    key.found.confidence > Sureness::Low
        || key.found.weak && !matches!(file.kind, FileKind::Test | FileKind::Prose | FileKind::Template)
}

fn defect(file: &FileKeys, keys: &[&FileKey]) -> Option<Defect> {
    let first = keys.first()?;
    let (line, column) = (first.found.line, first.found.column);
    let place = SourcePlace {
        path: file.path.clone(),
        line,
        column,
        end_line: line,
        end_column: column.saturating_add(first.length),
        symbol: None,
    };
    let worst = keys.iter().max_by_key(|key| severity(file, key))?;
    let mut defect = Defect::bare(&CHECK.rule, Some(place));
    defect.severity = severity(file, worst);
    let unsure = keys.iter().all(|key| key.found.confidence == Sureness::Low);
    defect.confidence = if unsure { Confidence::Suspected } else { Confidence::Likely };
    let mut names: Vec<&str> = keys.iter().filter_map(|key| key.found.name.as_deref()).collect();
    names.dedup();
    defect.message = message(file, worst, &names);
    defect.remediation = remediation(worst, &names);
    defect.evidence = vec![Evidence { what: "source line".to_owned(), text: first.line.clone() }];
    let digests: Vec<&str> = keys.iter().filter_map(|key| key.digest.as_deref()).collect();
    defect.identity = Some(format!("{} {}", first.line, digests.join(" ")));
    Some(defect)
}

fn severity(file: &FileKeys, key: &FileKey) -> Severity {
    let found = &key.found;
    if is_emulator(found.confidence, key) || is_hash(key) {
        return Severity::Info;
    }
    if matches!(file.kind, FileKind::Test | FileKind::Prose | FileKind::Template | FileKind::Generated) {
        return Severity::Low;
    }
    // The id of an AWS key opens nothing without its secret.
    let alone = found.kind == "aws-access-key-id"
        && !file.keys.iter().any(|other| matches!(&*other.found.kind, "aws-secret-access-key" | "secret"));
    if found.weak || found.commented || alone { Severity::Medium } else { Severity::High }
}

/// A guessable pair of AWS credentials: no such pair exists, so it is for DynamoDB Local or LocalStack.
fn is_emulator(confidence: Sureness, key: &FileKey) -> bool {
    key.found.weak && confidence == Sureness::Low
}

/// The stored form of a password, which opens nothing by itself.
fn is_hash(key: &FileKey) -> bool {
    key.found.kind.starts_with("password-hash")
}

fn message(file: &FileKeys, key: &FileKey, names: &[&str]) -> String {
    let what = if names.is_empty() { format!("a key ({})", key.found.kind) } else { quoted(names) };
    if is_emulator(key.found.confidence, key) {
        return format!(
            "`{}` gives {what} a made-up value, as a local emulator takes it. It opens nothing, but where such a constructor \
             runs in the cloud it hides the credentials of the role.",
            file.path
        );
    }
    if is_hash(key) {
        return format!(
            "`{}` holds the hash of a password. It opens nothing as it stands; a password that people guess is found from it \
             by trying.",
            file.path
        );
    }
    let comment = if key.found.commented { " in a comment" } else { "" };
    let (one, them) = if names.len() > 1 { ("values", "them") } else { ("a value", "it") };
    if key.found.weak {
        let harm = if signs_sessions(names) {
            "Who signs with it is anybody: sessions and tokens can be forged."
        } else {
            "Anybody can try it."
        };
        return format!("`{}` gives {what} {one} that people guess{comment}. {harm}", file.path);
    }
    format!(
        "{what} stands in `{}`{comment}: whoever gets hold of the repository, an image, a backup or an old copy of it has \
         {them}, and it stays in the history after it is taken out.",
        file.path
    )
}

fn remediation(key: &FileKey, names: &[&str]) -> String {
    let kind = &*key.found.kind;
    let variable = match names.first() {
        None => "KEY".to_owned(),
        // A call that takes the key has no name for it.
        Some(name) if name.starts_with("jwt.") || name.ends_with("Serializer") || name.ends_with("Signer") => {
            "SECRET_KEY".to_owned()
        }
        Some(name) => words(name).join("_").to_uppercase(),
    };
    if kind.starts_with("aws-") || names.iter().any(|name| words(name).iter().any(|word| word == "aws")) {
        return "Leave the arguments out: boto3 finds the credentials of the role, or of the environment. Delete this key \
                pair in IAM, since it has to be taken for known."
            .to_owned();
    }
    if signs_sessions(names) {
        return format!(
            "Read it from the environment or a secrets manager, without a fallback (`os.environ['{variable}']`), with at \
             least 32 random bytes; the change signs every user out."
        );
    }
    if kind == "password" {
        return format!(
            "Read it with `os.environ['{variable}']`, or give the account a random password at set-up that its owner has \
             to change."
        );
    }
    format!(
        "Read it with `os.environ['{variable}']` or from a secrets manager, and have this key revoked: it has to be taken \
         for known."
    )
}

fn signs_sessions(names: &[&str]) -> bool {
    names.iter().any(|name| {
        let joined = words(name).concat();
        joined.ends_with("secretkey") && !joined.contains("access") || joined.contains("jwt")
    })
}
