//! Serves a world until standard input ends: `cargo run -p stanch-dynamodb --example world`, then point an SDK at the
//! printed endpoint. Every call is printed at the end.

use std::io::{Read, Write};

use stanch_dynamodb::{EngineError, World, WorldOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::start(WorldOptions::default()).map_err(|error: EngineError| error.to_string())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", world.endpoint())?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    for call in world.calls_since(0) {
        writeln!(
            out,
            "{} {:?} {:?} asked {:?} returned {:?} guessed {:?} {:?}",
            call.operation, call.probe, call.tables, call.asked, call.returned, call.guessed, call.outcome
        )?;
    }
    for table in world.tables() {
        writeln!(out, "{:?}", table.spec)?;
    }
    Ok(())
}
