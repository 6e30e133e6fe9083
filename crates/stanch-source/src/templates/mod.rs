//! Tables that cloud templates define: CloudFormation, SAM and Serverless in YAML or JSON, Terraform.

mod definition;
mod document;
mod terraform;

pub(crate) use definition::{Definition, definitions};
pub(crate) use terraform::definitions as terraform;
