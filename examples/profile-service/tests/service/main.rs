//! The service as a process, against an embedded DynamoDB behind a front that counts calls and breaks them.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail by panicking")]

mod adversarial;
mod contract;
mod faults;
mod infrastructure;
mod parallel;
mod strangers;
mod support;
