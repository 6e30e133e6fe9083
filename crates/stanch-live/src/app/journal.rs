use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stanch_api::{Method, SourcePlace};
use tokio::sync::Notify;

use super::hints::{Hint, lines};
use super::message::{Exchanged, Failed, Message, Place, Routes};
use crate::{Event, Exchange, LogRecord, LogStream, ProbeId, Request, Response};

/// All that one process of the app has told so far, from its control connections and its two streams.
pub(crate) struct Journal {
    prefix: String,
    state: Mutex<State>,
    /// Told whenever something was added.
    pub(crate) changed: Notify,
}

#[derive(Default)]
struct State {
    events: VecDeque<(Option<ProbeId>, Event)>,
    text: BTreeMap<(Option<ProbeId>, LogStream), Vec<u8>>,
    hints: Vec<Hint>,
    ended: BTreeMap<ProbeId, BTreeSet<End>>,
    /// Tests that nobody has taken, by name.
    tests: BTreeMap<ProbeId, String>,
    /// Where files of the copy were opened to be written, by their path in it.
    opened: BTreeMap<String, SourcePlace>,
    /// What the streams gave and nobody has taken to be shown.
    spoken: Vec<u8>,
    cut: BTreeSet<(Option<ProbeId>, &'static str)>,
    start: Start,
    misfits: Vec<String>,
    is_flooded: bool,
}

/// How far the start is.
#[derive(Default)]
pub(crate) struct Start {
    pub(crate) routes: Option<Routes>,
    pub(crate) port: Option<u16>,
    pub(crate) failed: Option<Failed>,
    pub(crate) hanging_at: Option<Place>,
    /// Whether any process of it said hello.
    pub(crate) greeted: bool,
}

/// The three ways on which the end of a probe is told. Only when all have come, everything before it has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Control,
    Stdout,
    Stderr,
}

impl Journal {
    /// `prefix` stands before the paths of places.
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), state: Mutex::default(), changed: Notify::new() }
    }

    /// Adds a line of the control connection.
    pub(crate) fn tell(&self, message: Message) {
        let event = {
            let mut state = self.lock();
            match message {
                Message::Hello { .. } => {
                    state.start.greeted = true;
                    None
                }
                Message::Routes(routes) => {
                    state.start.routes.get_or_insert(routes);
                    None
                }
                Message::Ready { port } => {
                    state.start.port.get_or_insert(port);
                    None
                }
                Message::Failed(failed) => {
                    state.start.failed.get_or_insert(failed);
                    None
                }
                Message::StillStarting { place } => {
                    state.start.hanging_at = place;
                    None
                }
                Message::Misfit { module, error } => {
                    if state.misfits.len() < 100 {
                        state.misfits.push(format!("{module}: {error}"));
                    }
                    None
                }
                Message::ProbeEnd { probe, marked } => {
                    state.end(ProbeId(probe), End::Control);
                    if !marked {
                        state.end(ProbeId(probe), End::Stdout);
                        state.end(ProbeId(probe), End::Stderr);
                    }
                    None
                }
                Message::Test { probe, name } => {
                    if state.tests.len() < MAX_EVENTS {
                        state.tests.insert(ProbeId(probe), name);
                    }
                    None
                }
                Message::FileOpened { path, source } => {
                    if state.opened.len() < MAX_EVENTS {
                        state.opened.entry(path).or_insert_with(|| source.source(&self.prefix));
                    }
                    None
                }
                Message::Captured { probe, stream, text } => {
                    let stream = if stream == "stderr" { LogStream::Stderr } else { LogStream::Stdout };
                    state.write(Some(ProbeId(probe)), stream, text.as_bytes());
                    None
                }
                Message::Printed { probe, text, source } => {
                    state.hint(probe.map(ProbeId), text, source.map(|place| place.source(&self.prefix)));
                    None
                }
                other => self.event(&mut state, other),
            }
        };
        if let Some((probe, event)) = event {
            self.lock().push(probe, event);
        }
        self.changed.notify_waiters();
    }

    fn event(&self, state: &mut State, message: Message) -> Option<(Option<ProbeId>, Event)> {
        let place = |source: Option<Place>| source.map(|place| place.source(&self.prefix));
        Some(match message {
            Message::Record { probe, text, logger, level, emitted, source } => {
                let (probe, source) = (probe.map(ProbeId), place(source));
                if emitted {
                    state.hint(probe, text.clone(), source.clone());
                }
                let record = Some(LogRecord { logger, level, emitted });
                (probe, Event::Log { probe, stream: LogStream::Record, text, source, record })
            }
            Message::Sdk { probe, service, operation, source } => {
                let probe = probe.map(ProbeId);
                (probe, Event::SdkCall { probe, service, operation, source: place(source) })
            }
            Message::Refused { probe, address, source } => {
                let probe = probe.map(ProbeId);
                (probe, Event::Refused { probe, address, source: place(source) })
            }
            Message::Reached { probe, address, source } => {
                let probe = probe.map(ProbeId);
                (probe, Event::Reached { probe, address, source: place(source) })
            }
            Message::FileRefused { probe, path, source } => {
                let probe = probe.map(ProbeId);
                (probe, Event::FileRefused { probe, path, source: place(source) })
            }
            Message::Outgoing(sent) => {
                let probe = sent.probe.map(ProbeId);
                let event = Event::Outgoing {
                    probe,
                    method: sent.method,
                    address: sent.address,
                    target: sent.target,
                    headers: sent.headers,
                    body: sent.body,
                    source: place(sent.source),
                };
                (probe, event)
            }
            Message::Exchange(seen) => {
                let probe = seen.probe.map(ProbeId);
                let rule = seen.rule.clone();
                (probe, Event::Answered { probe, exchange: exchange(seen)?, rule })
            }
            Message::Item { probe, exchange, table, written, attributes } => {
                let probe = probe.map(ProbeId);
                (probe, Event::Item { probe, exchange: exchange.map(ProbeId), table, written, attributes })
            }
            Message::Parameter { probe, location, name, example, source } => {
                let probe = ProbeId(probe);
                (Some(probe), Event::ParameterAsked { probe, location, name, example, source: place(source) })
            }
            Message::Returned { probe, handler, source } => {
                let probe = ProbeId(probe);
                (Some(probe), Event::Returned { probe, handler, source: source.source(&self.prefix) })
            }
            Message::Hello { .. }
            | Message::Routes(_)
            | Message::Ready { .. }
            | Message::Failed(_)
            | Message::StillStarting { .. }
            | Message::ProbeEnd { .. }
            | Message::Test { .. }
            | Message::Captured { .. }
            | Message::FileOpened { .. }
            | Message::Printed { .. }
            | Message::Misfit { .. } => return None,
        })
    }

    /// Adds what was read from a stream during a probe.
    pub(crate) fn write(&self, probe: Option<ProbeId>, stream: LogStream, bytes: &[u8]) {
        let mut state = self.lock();
        let room = MAX_TEXT.saturating_sub(state.spoken.len());
        state.spoken.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        state.write(probe, stream, bytes);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Takes out what both streams gave since the last time, as far as it was kept.
    pub(crate) fn take_spoken(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().spoken)
    }

    /// The line that opened a file of the copy to write to it.
    pub(crate) fn opened_at(&self, path: &str) -> Option<SourcePlace> {
        self.lock().opened.get(path).cloned()
    }

    /// Takes out a test that has ended, with its name.
    pub(crate) fn take_ended_test(&self) -> Option<(ProbeId, String)> {
        let mut state = self.lock();
        let is_over = |probe: &ProbeId| state.ended.get(probe).is_some_and(|ends| ends.len() == 3);
        let probe = state.tests.keys().copied().find(is_over)?;
        state.tests.remove(&probe).map(|name| (probe, name))
    }

    /// Takes out a test that has begun and not ended.
    pub(crate) fn take_open_test(&self) -> Option<(ProbeId, String)> {
        self.lock().tests.pop_first()
    }

    /// Notes that one of the streams came to the end of a probe.
    pub(crate) fn end(&self, probe: ProbeId, by: End) {
        self.lock().end(probe, by);
        self.changed.notify_waiters();
    }

    /// Notes that a stream is read no further, since it does not end.
    pub(crate) fn flooded(&self) {
        self.lock().is_flooded = true;
    }

    /// Whether the app was ended since it printed without end.
    pub(crate) fn is_flooded(&self) -> bool {
        self.lock().is_flooded
    }

    /// Whether everything of the probe has come.
    pub(crate) fn has_ended(&self, probe: ProbeId) -> bool {
        self.lock().ended.get(&probe).is_some_and(|ends| ends.len() == 3)
    }

    /// Takes out all events of the probe and those that belong to none, in order: what was told, then what was printed.
    pub(crate) fn take(&self, probe: Option<ProbeId>) -> Vec<Event> {
        self.lock().take(|of| of.is_none() || of == probe)
    }

    /// Takes out every event that is left.
    pub(crate) fn take_all(&self) -> Vec<Event> {
        self.lock().take(|_| true)
    }

    /// Looks at the start.
    pub(crate) fn start<T>(&self, look: impl FnOnce(&Start) -> T) -> T {
        look(&self.lock().start)
    }

    /// Patches that did not fit a library of the app, as `module: error`.
    pub(crate) fn misfits(&self) -> Vec<String> {
        self.lock().misfits.clone()
    }

    /// The last text of standard error, for a message about an end that nobody expected.
    pub(crate) fn last_words(&self) -> String {
        let state = self.lock();
        let text = state.text.iter().rfind(|((_, stream), text)| *stream == LogStream::Stderr && !text.is_empty());
        let text = text.map(|(_, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(12)..).unwrap_or_default().join("\n")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most text kept of one stream during one probe, in bytes.
const MAX_TEXT: usize = 256 * 1024;
/// Most events kept that nobody has taken yet.
const MAX_EVENTS: usize = 20_000;

/// A request and its answer as they were told.
fn exchange(seen: Exchanged) -> Option<Exchange> {
    let response = Response {
        status: seen.status,
        headers: seen.headers,
        body: STANDARD.decode(seen.body).ok()?.into(),
        cut: false,
    };
    let request = Request {
        method: Method::from_name(&seen.method)?,
        target: seen.target,
        headers: seen.request_headers,
        body: seen.request_body.into(),
    };
    Some(Exchange { probe: ProbeId(seen.number), request, outcome: Ok(response) })
}

impl State {
    fn write(&mut self, probe: Option<ProbeId>, stream: LogStream, bytes: &[u8]) {
        let kept = self.text.entry((probe, stream)).or_default();
        let room = MAX_TEXT.saturating_sub(kept.len());
        kept.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        if bytes.len() > room {
            self.cut(probe, if stream == LogStream::Stderr { "stderr" } else { "stdout" });
        }
    }

    fn push(&mut self, probe: Option<ProbeId>, event: Event) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back((probe, event));
        } else {
            self.cut(probe, "events");
        }
    }

    fn cut(&mut self, probe: Option<ProbeId>, what: &'static str) {
        if self.cut.len() < MAX_EVENTS && self.cut.insert((probe, what)) {
            self.events.push_back((probe, Event::Cut { probe, what: what.to_owned() }));
        }
    }

    fn end(&mut self, probe: ProbeId, by: End) {
        if self.ended.len() < MAX_EVENTS || self.ended.contains_key(&probe) {
            self.ended.entry(probe).or_default().insert(by);
        }
    }

    fn hint(&mut self, probe: Option<ProbeId>, text: String, source: Option<SourcePlace>) {
        if let Some(source) = source
            && self.hints.len() < MAX_EVENTS
            && !text.trim().is_empty()
        {
            self.hints.push(Hint { probe, text, source });
        }
    }

    fn take(&mut self, wanted: impl Fn(Option<ProbeId>) -> bool) -> Vec<Event> {
        let (taken, left): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.events).into_iter().partition(|(probe, _)| wanted(*probe));
        self.events = left;
        let mut events: Vec<Event> = taken.into_iter().map(|(_, event)| event).collect();
        let streams: Vec<_> = self.text.keys().filter(|(probe, _)| wanted(*probe)).copied().collect();
        for (probe, stream) in streams {
            let bytes = self.text.remove(&(probe, stream)).unwrap_or_default();
            let hints = self.hints.iter().filter(|hint| hint.probe == probe);
            events.extend(
                lines(&String::from_utf8_lossy(&bytes), hints).into_iter().map(|(text, source)| Event::Log {
                    probe,
                    stream,
                    text,
                    source,
                    record: None,
                }),
            );
        }
        self.hints.retain(|hint| !wanted(hint.probe));
        self.ended.retain(|probe, _| !wanted(Some(*probe)));
        events
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Journal};
    use crate::{Event, LogStream, ProbeId};

    #[test]
    fn a_probe_ends_on_three_ways_and_endless_output_is_cut() {
        let journal = Journal::new("");
        let probe = ProbeId(7);
        for _ in 0..40 {
            journal.write(Some(probe), LogStream::Stdout, &[b'x'; 10_000]);
        }
        journal.end(probe, End::Stdout);
        journal.end(probe, End::Control);
        assert!(!journal.has_ended(probe));
        journal.end(probe, End::Stderr);
        assert!(journal.has_ended(probe));
        assert!(journal.take(Some(ProbeId(8))).is_empty());
        let events = journal.take(Some(probe));
        assert!(matches!(events.as_slice(), [Event::Cut { what, .. }, Event::Log { text, .. }]
            if what == "stdout" && text.len() == super::MAX_TEXT));
    }
}
