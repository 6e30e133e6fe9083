//! What a file is, as far as keys in it are concerned.

use crate::Confidence;

/// Kinds of files that differ in what a key looks like in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Not text; not looked at.
    Binary,
    /// Lock files, minified and generated assets: full of hashes. Only formats that nothing else has count.
    Generated,
    /// Python, notebooks included: a bare word is code.
    Python,
    /// Other programming languages: a bare word is code.
    Code,
    /// `.env`, YAML, TOML, INI, Dockerfile, shell: a bare word is a value.
    Config,
    /// The like of `.env.example`, meant to be filled in.
    Template,
    /// Tests and their fixtures.
    Test,
    /// Markdown, HTML and other prose.
    Prose,
}

impl FileKind {
    /// The kind by path and first bytes.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(8192)];
        if memchr::memchr(0, head).is_some() {
            return Self::Binary;
        }
        let path = path.replace('\\', "/").to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or(&path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if matches!(
            extension,
            "png"
                | "jpg"
                | "jpeg"
                | "gif"
                | "ico"
                | "webp"
                | "pdf"
                | "woff"
                | "woff2"
                | "ttf"
                | "eot"
                | "zip"
                | "gz"
                | "jar"
                | "pyc"
                | "so"
                | "dll"
                | "exe"
                | "mp4"
                | "mp3"
                | "wasm"
        ) {
            return Self::Binary;
        }
        if is_generated(name, extension, head)
            || [
                "node_modules/",
                "site-packages/",
                "/vendor/",
                "bower_components/",
                ".venv/",
                "/venv/",
                ".tox/",
                ".serverless/",
                ".dist-info/",
            ]
            .iter()
            .any(|folder| path.contains(folder))
        {
            return Self::Generated;
        }
        if is_template(name) {
            return Self::Template;
        }
        if is_test(&path, name) {
            return Self::Test;
        }
        match extension {
            "py" | "pyw" | "pyi" | "ipynb" => Self::Python,
            "txt" if !is_notes(name) => Self::Prose,
            "md" | "rst" | "html" | "htm" | "adoc" | "svg" | "jinja" | "jinja2" | "j2" | "css" | "csv" | "po"
            | "pot" | "tex" => Self::Prose,
            "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "go" | "rs" | "java" | "kt" | "scala"
            | "rb" | "php" | "cs" | "c" | "h" | "cpp" | "hpp" | "swift" | "dart" | "lua" | "pl" | "ex" | "exs"
            | "vue" | "svelte" | "groovy" | "ps1" | "psm1" | "psd1" | "m" | "r" | "sql" => Self::Code,
            _ => Self::Config,
        }
    }

    /// Whether a key of this format, confidence and length in bytes counts in such a file.
    pub(super) fn takes_format(self, id: &str, confidence: Confidence, length: usize) -> bool {
        // A digest of a password in source is a fixture or a default account; beside that, text about hashing.
        let digest = id.starts_with("password-hash");
        // A checksum that does not hold lowers the confidence of these two; it must not hide them.
        let sure = confidence == Confidence::High || matches!(id, "github-token" | "npm-token");
        match self {
            Self::Binary => false,
            Self::Generated | Self::Prose | Self::Test => {
                // Documentation shows the first line of a private key.
                let sample = id == "private-key" && length < 400;
                sure && !matches!(id, "url-password" | "jwt" | "jwe" | "azure-shared-access-signature")
                    && !digest
                    && !sample
            }
            Self::Python | Self::Code | Self::Config | Self::Template => confidence > Confidence::Low,
        }
    }

    /// The confidence of a format in such a file: what stands in tests and prose is often made up.
    pub(super) fn lower(self, confidence: Confidence) -> Confidence {
        if matches!(self, Self::Test | Self::Prose) { confidence.min(Confidence::Medium) } else { confidence }
    }

    /// Whether a bare word behind an operator is a value.
    pub(super) const fn takes_bare(self) -> bool {
        matches!(self, Self::Config | Self::Template)
    }

    /// Whether the line that begins at `start` belongs to a documentation comment (`/** … */`, `///`).
    pub(super) fn is_documentation(text: &[u8], start: usize) -> bool {
        let front = text[start..].iter().take(80).position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let front = &text[start + front..];
        front.starts_with(b"* ") || front.starts_with(b"/**") || front.starts_with(b"///")
    }

    /// Whether a comment mark stands before this place in its line, which begins at `start`.
    pub(super) fn is_comment(self, text: &[u8], start: usize, at: usize) -> bool {
        let front = text[start..at.min(start + 80)].trim_ascii_start();
        // Lines without end are data; looking at all of it for every key would take time in its square.
        let line = text[start.max(at.saturating_sub(2048))..at].trim_ascii_start();
        let front = front.strip_prefix(b"\"").unwrap_or(front);
        front.starts_with(b"#")
            || front.starts_with(b"//")
            || front.starts_with(b";")
            || front.starts_with(b"--")
            || front.starts_with(b"/*")
            || front.starts_with(b"* ")
            || memchr::memmem::find(line, b" # ").is_some()
            || (self == Self::Code && memchr::memmem::find(line, b" // ").is_some())
    }
}

fn is_generated(name: &str, extension: &str, head: &[u8]) -> bool {
    if extension == "lock"
        || name.ends_with("-lock.json")
        || name.ends_with("-lock.yaml")
        || matches!(name, "go.sum" | "npm-shrinkwrap.json" | "gradle.lockfile" | "packages.lock.json")
    {
        return true;
    }
    if name.contains(".min.") || extension == "map" || name.contains(".bundle.") || name.contains(".chunk.") {
        return true;
    }
    // Lines as long as no person writes them.
    matches!(extension, "js" | "css" | "mjs")
        && head.len() > 4000
        && memchr::memchr_iter(b'\n', head).count() * 500 < head.len()
}

/// Whether a `.txt` file can hold settings and notes: most do, but for the documents that packages carry.
fn is_notes(name: &str) -> bool {
    ![
        "readme",
        "license",
        "licence",
        "copying",
        "notice",
        "changes",
        "changelog",
        "history",
        "news",
        "authors",
        "contributors",
        "credits",
        "requirements",
        "robots",
        "todo",
        "install",
        "release",
        "copyright",
        "third",
        "top_level",
        "entry_points",
        "sources",
        "cmakelists",
        "index",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

fn is_template(name: &str) -> bool {
    ["example", "sample", "template", "dist", "tmpl", "tpl", "default"]
        .iter()
        .any(|word| name.split(['.', '-', '_']).any(|part| part == *word))
        && !name.ends_with(".py")
}

fn is_test(path: &str, name: &str) -> bool {
    let folder = path.split('/').rev().skip(1).any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "testing"
                | "__tests__"
                | "spec"
                | "specs"
                | "fixtures"
                | "fixture"
                | "mocks"
                | "__mocks__"
                | "testdata"
                | "test_data"
                | "e2e"
        )
    });
    let mut parts = name.split(['-', '_', '.']);
    let said = !name.starts_with("test.py") && parts.any(|part| matches!(part, "test" | "tests"));
    folder
        || said
        || name.starts_with("test_")
        || name.starts_with("test.")
        || name == "conftest.py"
        || name.split(['.', '-', '_']).any(|part| matches!(part, "examples" | "samples"))
        || ["_test.", ".test.", ".spec.", "_spec.", "tests."].iter().any(|part| name.contains(part))
}
