use std::io;
use std::path::Path;

/// The runner's files, which are written beside the copy for each run: the program carries what it loads.
const FILES: [(&str, &str); 20] = [
    ("stanch_main.py", include_str!("../../../../python/stanch_main.py")),
    ("sitecustomize.py", include_str!("../../../../python/sitecustomize.py")),
    ("stanch_runner/__init__.py", include_str!("../../../../python/stanch_runner/__init__.py")),
    ("stanch_runner/after_import.py", include_str!("../../../../python/stanch_runner/after_import.py")),
    ("stanch_runner/asgi.py", include_str!("../../../../python/stanch_runner/asgi.py")),
    ("stanch_runner/config.py", include_str!("../../../../python/stanch_runner/config.py")),
    ("stanch_runner/control.py", include_str!("../../../../python/stanch_runner/control.py")),
    ("stanch_runner/frameworks.py", include_str!("../../../../python/stanch_runner/frameworks.py")),
    ("stanch_runner/loading.py", include_str!("../../../../python/stanch_runner/loading.py")),
    ("stanch_runner/logs.py", include_str!("../../../../python/stanch_runner/logs.py")),
    ("stanch_runner/outgoing.py", include_str!("../../../../python/stanch_runner/outgoing.py")),
    ("stanch_runner/parameters.py", include_str!("../../../../python/stanch_runner/parameters.py")),
    ("stanch_runner/places.py", include_str!("../../../../python/stanch_runner/places.py")),
    ("stanch_runner/probe.py", include_str!("../../../../python/stanch_runner/probe.py")),
    ("stanch_runner/routes.py", include_str!("../../../../python/stanch_runner/routes.py")),
    ("stanch_runner/run.py", include_str!("../../../../python/stanch_runner/run.py")),
    ("stanch_runner/sdk.py", include_str!("../../../../python/stanch_runner/sdk.py")),
    ("stanch_runner/wall.py", include_str!("../../../../python/stanch_runner/wall.py")),
    ("stanch_runner/watch.py", include_str!("../../../../python/stanch_runner/watch.py")),
    ("stanch_runner/wsgi.py", include_str!("../../../../python/stanch_runner/wsgi.py")),
];

/// Writes the runner into a directory.
pub(crate) fn write_to(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory.join("stanch_runner"))?;
    for (name, text) in FILES {
        std::fs::write(directory.join(name), text)?;
    }
    Ok(())
}
