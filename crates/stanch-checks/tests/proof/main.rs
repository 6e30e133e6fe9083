//! Proofs on running apps: the cases of every check with the `run` oracle, the shapes that are easily missed, and the
//! examples. The apps are children of one warm interpreter.
//!
//! The program is its own supervisor of the apps, as the command is; so it has no harness but a small one of its own.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![expect(clippy::print_stdout, reason = "a test program tells its results on stdout")]

mod apps;
mod cases;
mod examples;
mod shapes;
mod suite;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;

/// A test: its name and what it does.
pub(crate) type Test = (String, Box<dyn Fn(&apps::Warm) + Send + Sync>);

/// Apps at once: they mostly wait for each other's answers.
const AT_ONCE: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == stanch_live::app::RUN_COMMAND) {
        return stanch_live::app::run_child(rest);
    }
    let words: Vec<String> = arguments.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let mut tests: Vec<Test> = cases::tests();
    tests.extend(shapes::tests());
    tests.extend(suite::tests());
    tests.extend(examples::tests());
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    tests.retain(|(name, _)| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())));
    if words.iter().any(|word| word == "--list") {
        tests.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let warm = apps::Warm::start();
    let (queue, failed) = (Mutex::new(tests.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((name, test)) = queue.lock().unwrap().next() else { break };
                    let passed = catch_unwind(AssertUnwindSafe(|| test(&warm))).is_ok();
                    println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
                    if !passed {
                        failed.lock().unwrap().push(name.clone());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("{} passed, {} failed: {}", tests.len() - failed.len(), failed.len(), failed.join(", "));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
