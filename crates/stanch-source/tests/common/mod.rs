//! Small programs read into facts.
#![expect(clippy::unwrap_used, reason = "a test that cannot write its files has failed")]

use std::path::PathBuf;

use stanch_source::{Flow, ReadOptions, SinkKind, SourceFacts, SourceKind, read};

/// The front of every program that reads a table.
pub(crate) const FRONT: &str = "import boto3\nfrom flask import Flask, jsonify, request\n\
                         app = Flask(__name__)\ntable = boto3.resource('dynamodb').Table('users')\n";

/// Facts of a tree with these files.
pub(crate) fn facts_of(files: &[(&str, &str)]) -> SourceFacts {
    facts_with(files, ReadOptions::default())
}

#[expect(clippy::needless_pass_by_value, reason = "options are made for the one call")]
pub(crate) fn facts_with(files: &[(&str, &str)], options: ReadOptions) -> SourceFacts {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path: PathBuf = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    read(root.path(), &options).unwrap()
}

/// Flows of one kind of source into responses.
pub(crate) fn responses<'a>(facts: &'a SourceFacts, kind: &SourceKind) -> Vec<&'a Flow> {
    let out = |flow: &&Flow| matches!(flow.sink.kind, SinkKind::Response(_)) && flow.source.kind == *kind;
    facts.flows.iter().filter(out).collect()
}

/// `all`, `all but a, b` or `a, b`.
pub(crate) fn told(set: &stanch_api::AttributeSet) -> String {
    let list = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    match set {
        stanch_api::AttributeSet::AllBut(names) if names.is_empty() => "all".to_owned(),
        stanch_api::AttributeSet::AllBut(names) => format!("all but {}", list(names)),
        stanch_api::AttributeSet::Only(names) => list(names),
    }
}
