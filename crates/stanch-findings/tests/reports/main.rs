//! The formats, seen on one report.
mod sample;

use stanch_findings::Shown;
use stanch_findings::report::text::{self, Style};

#[test]
fn text() {
    let shown = Shown::new(&sample::report(), &sample::source);
    println!("{}", text::render(&shown, Style { width: 80, ..Style::default() }));
    println!("{}", text::render(&shown, Style { width: 120, colour: true, verbose: true }));
}
