use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A package that the project says it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// Name with extras: `moto[dynamodb]`.
    pub(crate) name: String,
    /// Versions, as written; empty for any.
    pub(crate) versions: String,
    /// Environment marker, as written behind `;`; empty for none.
    pub(crate) marker: String,
}

impl Requirement {
    /// As `pip` takes it, with or without the versions.
    pub(crate) fn text(&self, pinned: bool) -> String {
        let versions = if pinned { self.versions.as_str() } else { "" };
        let marker = if self.marker.is_empty() { String::new() } else { format!("; {}", self.marker) };
        format!("{}{versions}{marker}", self.name)
    }
}

/// What the project's files ask for, by normalised name: `requirements*.txt`, `pyproject.toml` (PEP 621 and Poetry) and
/// `Pipfile`, at the top and one directory below. Needs of tests and documentation are left out.
pub(crate) fn requirements(project: &Path) -> BTreeMap<String, Requirement> {
    let mut found = BTreeMap::new();
    let mut directories = vec![project.to_path_buf()];
    if let Ok(entries) = fs::read_dir(project) {
        let mut below: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        below.retain(|path| !path.join("pyvenv.cfg").exists() && !path.ends_with("node_modules"));
        below.sort();
        directories.extend(below.into_iter().take(100));
    }
    for directory in directories {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
            let is_list = name.starts_with("requirements") && name.ends_with(".txt")
                || name.ends_with(".txt") && directory.file_name().is_some_and(|name| name == "requirements");
            if is_list && !["dev", "test", "doc", "lint"].iter().any(|word| name.contains(word)) {
                read_list(&file, 0, &mut found);
            } else if name == "pyproject.toml" || name == "pipfile" {
                read_toml(&file, &mut found);
            }
        }
    }
    found
}

/// Most packages that are installed.
const MAX_PACKAGES: usize = 300;

fn read_list(file: &Path, depth: usize, into: &mut BTreeMap<String, Requirement>) {
    let Some(text) = read_text(file) else { return };
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let follow = line.strip_prefix("-r").or_else(|| line.strip_prefix("--requirement"));
        if let Some(other) = follow.filter(|_| depth < 3) {
            read_list(&file.with_file_name(other.trim_start_matches('=').trim()), depth + 1, into);
        } else {
            add(line, into);
        }
    }
}

/// UTF-8, or UTF-16 with its mark, which PowerShell writes.
fn read_text(file: &Path) -> Option<String> {
    let bytes = fs::read(file).ok().filter(|bytes| bytes.len() < 1024 * 1024)?;
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).skip(1).filter_map(|pair| pair.try_into().ok()).map(from).collect();
        String::from_utf16_lossy(&units)
    };
    Some(match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned(),
    })
}

/// Takes one requirement in the form of PEP 508. Addresses are left out: a name can be had from the index, code from an
/// address of the project's choice is not fetched.
fn add(line: &str, into: &mut BTreeMap<String, Requirement>) {
    let line = line.split(" --hash").next().unwrap_or_default();
    let (requirement, marker) = line.split_once(';').unwrap_or((line, ""));
    let requirement = requirement.split('@').next().unwrap_or_default().trim();
    let end = requirement
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !requirement.contains("://");
    if !is_name || into.len() >= MAX_PACKAGES {
        return;
    }
    let rest = rest.trim();
    let (extras, versions) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, versions)) => (format!("[{extras}]"), versions),
        None => (String::new(), rest),
    };
    let versions: String = versions.trim().trim_matches(['(', ')']).to_owned();
    let key = name.to_ascii_lowercase().replace(['_', '.'], "-");
    into.entry(key).or_insert_with(|| Requirement {
        name: format!("{name}{extras}"),
        versions,
        marker: marker.trim().to_owned(),
    });
}

fn read_toml(file: &Path, into: &mut BTreeMap<String, Requirement>) {
    let Some(table) = read_text(file).and_then(|text| text.parse::<toml::Table>().ok()) else { return };
    let list = table.get("project").and_then(|project| project.get("dependencies")).and_then(toml::Value::as_array);
    for requirement in list.into_iter().flatten().filter_map(toml::Value::as_str) {
        add(requirement, into);
    }
    let poetry = table.get("tool").and_then(|tool| tool.get("poetry")).and_then(|poetry| poetry.get("dependencies"));
    for names in [poetry, table.get("packages")].into_iter().flatten().filter_map(toml::Value::as_table) {
        for name in names.keys().filter(|name| !name.eq_ignore_ascii_case("python")) {
            add(name, into);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use std::fs;

    use super::requirements;

    #[test]
    fn lists_tables_and_wide_text_are_read_and_addresses_are_not() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("api")).unwrap();
        let list = "Flask==2.0.2\n-r more.txt\n# note\nmoto[dynamodb]>=4 ; python_version > '3'\n-e .\n./local\n\
                    git+https://example.org/x.git\nzope.interface @ https://example.org/z.zip # why\n";
        fs::write(tree.path().join("requirements.txt"), list).unwrap();
        fs::write(tree.path().join("more.txt"), "boto3~=1.20 --hash=sha256:00\n").unwrap();
        fs::write(tree.path().join("requirements-dev.txt"), "pytest\n").unwrap();
        let wide: Vec<u8> = "\u{feff}PyJWT==1.0\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(tree.path().join("api/requirements.txt"), wide).unwrap();
        fs::write(tree.path().join("Pipfile"), "[packages]\npynamodb = \"*\"\n").unwrap();
        let pyproject =
            "[project]\ndependencies = [\"attrs>=1\"]\n[tool.poetry.dependencies]\npython = \"^3\"\nidna = \"1\"\n";
        fs::write(tree.path().join("pyproject.toml"), pyproject).unwrap();
        let found: Vec<String> = requirements(tree.path()).values().map(|one| one.text(true)).collect();
        let expected = [
            "attrs>=1",
            "boto3~=1.20",
            "Flask==2.0.2",
            "idna",
            "moto[dynamodb]>=4; python_version > '3'",
            "PyJWT==1.0",
            "pynamodb",
            "zope.interface",
        ];
        assert_eq!(found, expected);
    }
}
