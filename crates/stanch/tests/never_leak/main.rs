//! No output of any command in any format holds a key: neither raw nor encoded. Keys are planted where developers
//! leave them, and every byte that the real program writes is searched for them.
#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[path = "../support/environment.rs"]
mod environment;
mod git;
mod keys;
mod prove;
mod redact;
mod scan;
mod watch;

use crate::keys::Keys;
use crate::watch::Watch;

/// Formats of `-f`.
const FORMATS: [&str; 7] = ["text", "concise", "json", "sarif", "github", "junit", "markdown"];
/// A name for each format that a file can have.
const FILES: [&str; 5] = ["out.txt", "out.json", "out.sarif", "out.xml", "out.md"];

#[test]
fn audit_in_every_format_to_every_file() {
    let watch = Watch::new(&Keys::new());
    for format in FORMATS {
        for colour in ["always", "never"] {
            let everything = ["--min-severity", "info", "--min-confidence", "suspected", "-v", "--color", colour];
            let written = watch.run(&[&["audit", "-f", format], &everything[..]].concat());
            assert!(written > 0, "{format}");
        }
    }
    let outputs = FILES.map(|file| ["-o", file]).concat();
    watch.run(&[&["audit", "-q", "--min-severity", "info"], &outputs[..]].concat());
    for file in FILES {
        let bytes = std::fs::read(watch.path().join(file)).unwrap();
        assert!(!bytes.is_empty(), "{file}");
        watch.search(file, &bytes);
    }
}

#[test]
fn the_search_would_find_a_key() {
    // The test above is worth something only if the app does hold what is searched for.
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    let app = std::fs::read(watch.path().join("app.py")).unwrap();
    let found = watch.known.find(&app);
    for (index, key) in keys.all().into_iter().enumerate() {
        assert!(found.iter().any(|hit| hit.value == index), "{} bytes", key.len());
    }
}

#[test]
fn file_names_settings_and_problems() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    watch.write(&format!("backup_{}.py", keys.aws_id), &keys.app());
    watch.write(&format!("old/{}/views.py", keys.hex), &keys.app());
    watch.write("broken.py", &format!("def broken(:\n    api_key = \"{}\"\n", keys.stripe));
    watch.write("ignored.py", &format!("x = 1  # stanch: ignore[{}] {}\n", keys.github, keys.jwt));
    for format in FORMATS {
        watch.run(&["audit", "-v", "-f", format, "--min-severity", "info"]);
    }
    for settings in [
        format!("api_key = \"{}\"\n", keys.stripe),
        format!("fail-on = \"{}\"\n", keys.github),
        format!("select = [\"{}\"]\n", keys.aws_secret),
        format!("password = \"{}\nfail-on = 1", keys.password),
        format!("\"{}\" = 1\n", keys.aws_id),
    ] {
        watch.write("stanch.toml", &settings);
        watch.run(&["audit"]);
    }
}

#[test]
fn a_description_and_an_editors_buffer() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    assert!(watch.run(&["spec", "."]) > 0);
    watch.run(&["spec", ".", "-o", "openapi.json"]);
    let described = std::fs::read(watch.path().join("openapi.json")).unwrap();
    assert!(String::from_utf8_lossy(&described).contains("/hooks/"));
    watch.search("openapi.json", &described);
    for format in FORMATS {
        let buffer = ["audit", "--stdin-filename", "app.py", "--min-severity", "info", "-f", format];
        assert!(watch.run_with(&buffer, &keys.app()) > 0, "{format}");
    }
}

#[test]
fn wrong_command_lines() {
    let keys = Keys::new();
    let watch = Watch::new(&keys);
    for key in [&keys.aws_id, &keys.github, &keys.stripe, &keys.aws_secret, &keys.hex, &keys.jwt] {
        watch.run(&["explain", key]);
        watch.run(&["man", key]);
        watch.run(&["audit", key]);
        watch.run(&["audit", "--fail-on", key]);
        watch.run(&["audit", "-o", key]);
        watch.run(&[key]);
        watch.run(&["audit", &format!("--{key}")]);
    }
}
