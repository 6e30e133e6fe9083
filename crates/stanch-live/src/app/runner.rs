use std::io;
use std::path::Path;

/// The runner's files, which are written beside the copy for each run: the program carries what it loads.
const FILES: [(&str, &str); 32] = [
    ("stanch_main.py", include_str!("../../../../python/stanch_main.py")),
    ("sitecustomize.py", include_str!("../../../../python/sitecustomize.py")),
    ("stanch_runner/__init__.py", include_str!("../../../../python/stanch_runner/__init__.py")),
    ("stanch_runner/after_import.py", include_str!("../../../../python/stanch_runner/after_import.py")),
    ("stanch_runner/asgi.py", include_str!("../../../../python/stanch_runner/asgi.py")),
    ("stanch_runner/config.py", include_str!("../../../../python/stanch_runner/config.py")),
    ("stanch_runner/control.py", include_str!("../../../../python/stanch_runner/control.py")),
    ("stanch_runner/examples.py", include_str!("../../../../python/stanch_runner/examples.py")),
    ("stanch_runner/frameworks.py", include_str!("../../../../python/stanch_runner/frameworks.py")),
    ("stanch_runner/hashing.py", include_str!("../../../../python/stanch_runner/hashing.py")),
    ("stanch_runner/items.py", include_str!("../../../../python/stanch_runner/items.py")),
    ("stanch_runner/lambdas.py", include_str!("../../../../python/stanch_runner/lambdas.py")),
    ("stanch_runner/loading.py", include_str!("../../../../python/stanch_runner/loading.py")),
    ("stanch_runner/logs.py", include_str!("../../../../python/stanch_runner/logs.py")),
    ("stanch_runner/metadata.py", include_str!("../../../../python/stanch_runner/metadata.py")),
    ("stanch_runner/outgoing.py", include_str!("../../../../python/stanch_runner/outgoing.py")),
    ("stanch_runner/parameters.py", include_str!("../../../../python/stanch_runner/parameters.py")),
    ("stanch_runner/places.py", include_str!("../../../../python/stanch_runner/places.py")),
    ("stanch_runner/probe.py", include_str!("../../../../python/stanch_runner/probe.py")),
    ("stanch_runner/recall.py", include_str!("../../../../python/stanch_runner/recall.py")),
    ("stanch_runner/returns.py", include_str!("../../../../python/stanch_runner/returns.py")),
    ("stanch_runner/routes.py", include_str!("../../../../python/stanch_runner/routes.py")),
    ("stanch_runner/run.py", include_str!("../../../../python/stanch_runner/run.py")),
    ("stanch_runner/sdk.py", include_str!("../../../../python/stanch_runner/sdk.py")),
    ("stanch_runner/served.py", include_str!("../../../../python/stanch_runner/served.py")),
    ("stanch_runner/streams.py", include_str!("../../../../python/stanch_runner/streams.py")),
    ("stanch_runner/suite.py", include_str!("../../../../python/stanch_runner/suite.py")),
    ("stanch_runner/tracing.py", include_str!("../../../../python/stanch_runner/tracing.py")),
    ("stanch_runner/variables.py", include_str!("../../../../python/stanch_runner/variables.py")),
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::FILES;

    #[test]
    fn no_file_of_the_runner_is_left_behind() {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
        let names = |directory: &Path, prefix: &str| -> BTreeSet<String> {
            let files = std::fs::read_dir(directory).unwrap().flatten();
            let names = files.map(|file| file.file_name().into_string().unwrap());
            names.filter(|name| name.ends_with(".py")).map(|name| format!("{prefix}{name}")).collect()
        };
        let mut there = names(&python, "");
        there.extend(names(&python.join("stanch_runner"), "stanch_runner/"));
        // Run by itself, before there is an app.
        there.remove("stanch_imports.py");
        assert_eq!(FILES.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), there);
    }
}
