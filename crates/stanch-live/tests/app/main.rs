//! The user's app run under watch, on small apps in a virtual environment that `python/test_venv.sh` makes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

mod common;
mod install;
mod running;
#[cfg(target_os = "linux")]
mod signals;
