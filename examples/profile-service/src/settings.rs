//! The command line and the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser};
use tracing::level_filters::LevelFilter;

use crate::items::UserId;

/// An API on DynamoDB that keeps its keys.
///
/// Without AWS settings it keeps its data in a file. With AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL in
/// the environment it uses that DynamoDB, and PROFILE_SERVICE_PEPPER must be set.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Settings {
    /// Where to listen.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The table.
    #[arg(long, env = "TABLE_NAME", default_value = "profile-service")]
    pub table: String,

    /// Folder of the embedded store, its pepper, and keys issued on the command line.
    #[arg(long, env = "DATA_DIR", default_value = "profile-service-data")]
    pub data: PathBuf,

    /// Make the table when it is not there. The embedded store always does.
    #[arg(long)]
    pub create_table: bool,

    /// Fill in two users with records, and put a key for each into a file in the data folder.
    #[arg(long)]
    pub seed: bool,

    /// Put a key with all scopes for this user into a file in the data folder, and exit.
    #[arg(long, value_name = "USER_ID", value_parser = UserId::parse)]
    pub issue_key: Option<UserId>,

    /// How much the service takes.
    #[command(flatten)]
    pub bounds: Bounds,

    /// Least severe log lines: off, error, warn, info, debug.
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: LevelFilter,
}

/// How much the service takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct Bounds {
    /// Requests that one key may make in a minute.
    #[arg(long, env = "RATE_LIMIT", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub rate_limit: u64,

    /// Keys that are none which one address may try in a minute, 0 for no limit.
    #[arg(long, env = "GUESS_LIMIT", default_value_t = 120)]
    pub guess_limit: u32,

    /// Requests that may be at the store at once. Further ones wait, and are refused when their turn does not come.
    /// Without it 64, and 8 for the embedded store.
    #[arg(long, env = "AT_ONCE", value_parser = clap::value_parser!(u16).range(1..))]
    pub at_once: Option<u16>,
}

/// Whether the environment names a DynamoDB.
#[must_use]
pub fn names_dynamodb() -> bool {
    ["AWS_REGION", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
