//! Feeds mutated descriptions to the parser until the time is over: no input may panic, hang or grow without bound.
//!
//! `fuzz_spec SECONDS CORPUS [SEED]`. What takes longer than two seconds, or panics, is named with its seed and round.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::{Duration, Instant};

use stanch_live::driver::{HonestValues, build, destructive};
use stanch_live::openapi;

#[path = "support/mutate.rs"]
mod mutate;

fn main() -> std::io::Result<()> {
    let (mut mutator, end) = mutate::Mutator::from_arguments()?;
    let (mut rounds, mut parsed, mut kept, mut slowest) = (0_u64, 0_u64, 0_u64, Duration::ZERO);
    while Instant::now() < end {
        let input = mutator.next();
        let start = Instant::now();
        if let Ok(description) = openapi::parse(&input) {
            parsed += 1;
            for operation in description.operations.iter().take(50) {
                let _ = destructive(operation);
                let _ = build(operation, "/api", &mut HonestValues);
            }
        }
        slowest = slowest.max(start.elapsed());
        if start.elapsed() > Duration::from_secs(2) {
            println!("slow: round {rounds}, {} bytes, {:?}", input.len(), start.elapsed());
            std::fs::write(format!("slow-{rounds}.spec"), &input)?;
        }
        if parsed > kept * 50 {
            kept += 1;
            mutator.keep(input);
        }
        rounds += 1;
    }
    println!("{rounds} descriptions, {parsed} of them read, slowest {slowest:?}");
    Ok(())
}
