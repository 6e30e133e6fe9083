//! Starts the service: settings, store, listener, and the end on a signal.

use std::io::Write;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use profile_service::service::Service;
use profile_service::settings::Settings;
use profile_service::store::Store;
use profile_service::{log, routes, seed, serve};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    log::start(settings.log_level);
    let store = Store::open(&settings).await?;
    say(&format!("store: {}", store.place))?;
    if let Some(user) = &settings.issue_key {
        return say(&seed::issue_into_file(&store, &settings, user).await?);
    }
    if settings.seed {
        for line in seed::seed(&store, &settings).await? {
            say(&line)?;
        }
    }
    let listener = TcpListener::bind(settings.listen).await?;
    say(&format!("listening: http://{}", listener.local_addr()?))?;
    let service = Service::new(store, settings.bounds);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    serve::serve(listener, routes::router(service), stop).await?;
    Ok(())
}

/// What the operator has to know stands on stdout; the log is on stderr.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
