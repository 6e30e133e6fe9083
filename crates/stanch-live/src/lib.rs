//! What answers? The HTTP client, descriptions of APIs, the user's app run under watch, canaries and the events that
//! all of them yield. Events only; which of them is a problem is for the checks to say.

pub mod app;
pub mod canary;
pub mod driver;
mod event;
pub mod http;
pub mod openapi;
pub mod stubs;

pub use event::{Event, Exchange, LogRecord, LogStream, ProbeId, Request, Response, SendError};
