//! Serves the stubbed services until standard input ends: point `AWS_ENDPOINT_URL` at the printed address. Every call is
//! printed at the end.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use stanch_live::stubs::ServiceStubs;

fn main() -> std::io::Result<()> {
    let values = |name: &str, is_key: bool| format!("value-of-{name}-{is_key}");
    let stubs = ServiceStubs::start(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::new(values))?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", stubs.endpoint())?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    for call in stubs.calls_since(0) {
        writeln!(out, "{} {} {:?} {} bytes", call.service, call.operation, call.resource, call.body.len())?;
    }
    Ok(())
}
