//! What cloud templates define: tables with their keys, and the resources, policies and environments that decide about
//! who gets at them. CloudFormation, SAM, Serverless and Chalice in YAML or JSON, policies in files of their own,
//! Terraform.

mod cloudformation;
mod definition;
mod document;
mod environment;
mod hcl;
mod policy;
pub(crate) mod python;
pub(crate) mod resource;
mod terraform;
mod terraform_resources;

use stanch_api::SourcePlace;

pub(crate) use definition::Definition;
use document::Position;
use resource::Resource;

use crate::files::is_too_deep;

/// Words without which a YAML or JSON file defines nothing that counts.
const WORDS: [&str; 6] = ["AWS::", "\"Effect\"", "Effect:", "iamRoleStatements", "serverless", "environment_variables"];

/// What one template tells.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) tables: Vec<Definition>,
    pub(crate) resources: Vec<Resource>,
}

/// Reads a template. `path` is relative to the project root.
pub(crate) fn read(path: &str, text: &str) -> Told {
    let source = Source { path };
    if is_too_deep(text.as_bytes()) {
        return Told::default();
    }
    if path.ends_with(".tf") {
        let blocks = hcl::blocks(text);
        return Told {
            tables: terraform::definitions(&blocks),
            resources: terraform_resources::resources(&source, &blocks),
        };
    }
    let serverless = path.rsplit('/').next().is_some_and(|name| name.starts_with("serverless."));
    if !serverless && !WORDS.iter().any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()) {
        return Told::default();
    }
    let Some(document) = document::parse(text) else { return Told::default() };
    Told { tables: definition::definitions(&document), resources: cloudformation::resources(&source, &document) }
}

/// A file whose positions become places.
struct Source<'p> {
    path: &'p str,
}

impl Source<'_> {
    fn place(&self, at: Position) -> SourcePlace {
        SourcePlace {
            path: self.path.to_owned(),
            line: at.line.max(1),
            column: at.column.max(1),
            end_line: at.line.max(1),
            end_column: at.end_column.max(1),
            symbol: None,
        }
    }
}
