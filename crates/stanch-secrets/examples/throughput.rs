//! Does the work of one mode over standard input and tells how many keys it met; the caller measures the time.
//!
//! `formats`, `decoded` and `file` look at the whole text at once, `bodies` redacts it in pieces of 4 KiB as bodies
//! of answers come, `stream` feeds it to the stream scanner 64 bytes at a time; `redact` copies it to standard output
//! as the command does.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks")]

use std::io::{self, Read as _};
use std::{env, fs};

use stanch_secrets::redact::{RedactOptions, spans, stream};
use stanch_secrets::{Detector, StreamScanner, files};

fn main() -> io::Result<()> {
    let mode = env::args().nth(1).unwrap_or_default();
    let options = RedactOptions::default();
    if mode == "redact" {
        let summary = stream(io::stdin().lock(), io::stdout().lock(), &options)?;
        let peak = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("no peak known");
        eprintln!("{} bytes, {:?}, {peak}", summary.bytes, summary.masked);
        return Ok(());
    }
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text)?;
    let count = match mode.as_str() {
        "formats" => Detector::shared().find(&text).count(),
        "decoded" => Detector::shared().find_decoded(&text).len(),
        "file" => files::scan_file("text.json", &text).len(),
        "bodies" => text.chunks(4096).map(|body| spans(body, &options).len()).sum(),
        "stream" => {
            let mut scanner = StreamScanner::new(Detector::shared());
            let mut count = 0;
            for piece in text.chunks(64) {
                scanner.feed(piece, |_| count += 1);
            }
            scanner.finish(|_| count += 1);
            count
        }
        _ => return Err(io::Error::other("formats, decoded, file, bodies, stream or redact")),
    };
    println!("{count}");
    Ok(())
}
