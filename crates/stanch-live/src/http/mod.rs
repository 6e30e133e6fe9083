//! One HTTP/1.1 client for everything that is asked of an API: `prove` drives the user's app with it, `scan` a running
//! server that may be hostile. Each request has one deadline for all of it, each answer a limit of bytes.

mod client;
mod connect;
mod decode;

pub use client::{Client, ClientOptions};
