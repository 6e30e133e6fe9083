//! Opening DynamoDB, real or embedded.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use stanch_dynamodb::Engine;
use stanch_table::{Connection, IssuedKey, Limits, Pepper, Table};
use tokio::net::TcpListener;

use crate::items::ApiKey;
use crate::settings::{Settings, names_dynamodb};

/// The variable that holds the pepper.
pub const PEPPER: &str = "PROFILE_SERVICE_PEPPER";

/// A table and the pepper of the digests in it.
pub struct Store {
    /// The table.
    pub table: Table,
    /// The pepper.
    pub pepper: Pepper,
    /// Where it is, for the operator.
    pub place: String,
    /// Requests that it bears at once. The embedded one has a single writer, at which more only wait.
    pub bears: u16,
}

impl Store {
    /// Opens the DynamoDB that the environment names, else the embedded one on its file.
    ///
    /// # Errors
    /// When it cannot be opened, or a table is asked for and cannot be made.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        if names_dynamodb() {
            let pepper = Pepper::from_env(PEPPER)?;
            let table = Table::new(Connection::from_env(Limits::default()).await, &settings.table);
            if settings.create_table || settings.seed {
                table
                    .create_if_absent(ApiKey::EXPIRES_AT)
                    .await
                    .map_err(|error| told(&error))
                    .context("the table cannot be made")?;
            }
            return Ok(Self { table, pepper, place: format!("table {} of DynamoDB", settings.table), bears: 64 });
        }
        let folder = private_folder(&settings.data)?;
        let file = folder.join("store.db");
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        // The engine's file holds digests and profiles: it is made by us, for us alone, before SQLite opens it.
        drop(private_file(&file, true)?);
        let engine = Engine::file(&file).with_context(|| format!("{} cannot be opened", file.display()))?;
        tokio::spawn(async move {
            if let Err(error) = engine.serve(listener, std::future::pending()).await {
                tracing::error!(%error, "the embedded store stopped");
            }
        });
        let table = Table::new(Connection::local(&endpoint, Limits::default()), &settings.table);
        table
            .create_if_absent(ApiKey::EXPIRES_AT)
            .await
            .map_err(|error| told(&error))
            .context("the table cannot be made")?;
        Ok(Self { table, pepper: pepper_beside(&folder)?, place: file.display().to_string(), bears: 8 })
    }
}

/// The inside of an error: the operator at the terminal is inside.
fn told(error: &stanch_table::Error) -> anyhow::Error {
    anyhow::anyhow!("{}", error.inside())
}

/// The pepper from the environment; for the embedded store one is made once and kept in a file of mode 600.
fn pepper_beside(folder: &Path) -> anyhow::Result<Pepper> {
    if std::env::var_os(PEPPER).is_some() {
        return Ok(Pepper::from_env(PEPPER)?);
    }
    let path = folder.join("pepper");
    match fs::read(&path) {
        Ok(bytes) => Ok(Pepper::from_bytes(bytes.trim_ascii())?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = IssuedKey::generate("pepper")?.show_once();
            private_file(&path, false)?.write_all(made.as_bytes())?;
            Ok(Pepper::from_bytes(made.as_bytes())?)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Puts a key into a file that only this user may read, and tells where.
///
/// # Errors
/// When the file cannot be written.
pub fn keep_key(settings: &Settings, name: &str, key: &str) -> anyhow::Result<PathBuf> {
    let path = private_folder(&settings.data.join("keys"))?.join(format!("{name}.key"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    private_file(&path, false)?.write_all(key.as_bytes())?;
    Ok(path)
}

fn private_folder(path: &Path) -> anyhow::Result<PathBuf> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    path.canonicalize().with_context(|| format!("{} cannot be opened", path.display()))
}

fn private_file(path: &Path, may_be_there: bool) -> anyhow::Result<fs::File> {
    let mut options = OpenOptions::new();
    let options = if may_be_there { options.append(true).create(true) } else { options.write(true).create_new(true) };
    options.mode(0o600).open(path).with_context(|| format!("{} cannot be made", path.display()))
}
