//! The log: JSON lines, masked, without control characters.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use stanch_secrets::Detector;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::caller::KEY_PREFIX;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::builtin);

/// One JSON object a line, keys masked, control characters escaped.
///
/// Handlers log no input to begin with; this is the second wall, for what a later change might let through.
pub struct JsonLines<W> {
    out: Mutex<W>,
}

impl<W: Write> JsonLines<W> {
    /// Lines go to this writer, each in one call.
    pub const fn new(out: W) -> Self {
        Self { out: Mutex::new(out) }
    }
}

/// Starts the log on stderr. Only this service's own events are kept: at its finer levels the SDK logs whole requests
/// and answers, so no setting turns that on.
pub fn start(level: LevelFilter) {
    let own = Targets::new().with_target("profile_service", level);
    tracing_subscriber::registry().with(JsonLines::new(std::io::stderr()).with_filter(own)).init();
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote a value, so only the place is told.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for JsonLines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut fields = Fields(Map::new());
        fields.0.insert("time".to_owned(), since.as_secs_f64().into());
        fields.0.insert("level".to_owned(), event.metadata().level().as_str().into());
        event.record(&mut fields);
        let mut line = plain(&Value::Object(fields.0).to_string());
        line.push('\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written to must not stop the service.
        let _ = out.write_all(line.as_bytes());
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, masked(value).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, masked(&format!("{value:?}")).into());
    }
}

/// The text with every key in it replaced by its kind.
fn masked(text: &str) -> String {
    let mut ranges: Vec<_> =
        DETECTOR.find(text.as_bytes()).map(|found| (found.range, found.kind)).chain(own_keys(text)).collect();
    ranges.sort_by_key(|(range, _)| range.start);
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for (range, kind) in ranges {
        if range.start >= end {
            masked.push_str(text.get(end..range.start).unwrap_or_default());
            let _ = write!(masked, "[{kind}]");
            end = range.end;
        }
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}

/// Whether a text holds a key of ours or of a known vendor.
#[must_use]
pub fn holds_key(text: &str) -> bool {
    own_keys(text).next().is_some() || DETECTOR.find(text.as_bytes()).next().is_some()
}

/// Keys of this service's own format, also when cut short: half of a key is still half of a secret.
fn own_keys(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &'static str)> {
    text.match_indices(KEY_PREFIX).filter_map(|(start, prefix)| {
        let rest = text[start + prefix.len()..].strip_prefix('_')?;
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
        (length >= 16).then_some((start..start + prefix.len() + 1 + length, "api-key"))
    })
}

/// JSON escapes the ASCII control characters only. The others move the cursor in terminals or break lines in viewers.
fn plain(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        let code = u32::from(character);
        if matches!(code, 0x7f..=0x9f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x2069 | 0xfeff) {
            let _ = write!(plain, "\\u{code:04x}");
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::JsonLines;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_object_without_keys_or_control_characters() {
        let kept = Kept::default();
        let issued = format!("psk_{}", "aB3-".repeat(11).split_at(43).0);
        let vendor = format!("{}{}", "AKIA", "ABCDEFGHIJ234567");
        let hostile = format!("a\r\nb\u{1b}[31m\u{9b}\u{2028}\u{202e} {issued}, {vendor} \"end");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(JsonLines::new(kept.clone())), || {
            tracing::info!(path = hostile.as_str(), shown = ?hostile, count = 3, "seen {hostile}");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
        assert!(!text.contains('\u{2028}') && !text.contains('\u{202e}'));
        assert!(!text.contains(&issued) && !text.contains(&vendor), "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["path"], "a\r\nb\u{1b}[31m\u{9b}\u{2028}\u{202e} [api-key], [aws-access-key-id] \"end");
        assert_eq!(line["count"], 3);
    }
}
