//! Settings: the closest of `.stanch.toml`, `stanch.toml` and `[tool.stanch]` in `pyproject.toml`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ignore::gitignore::GitignoreBuilder;
use serde::Deserialize;
use stanch_checks::registry;
use stanch_findings::{Confidence, Diagnostic, Limit, Severity};
use stanch_secrets::names::UserNames;
use toml::Spanned;
use toml::de::DeTable;

use crate::project::{Project, reason};
use crate::talk::Told;

/// What a settings file says; each option of the command line beats it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// The file they are from, relative to the project.
    pub(crate) file: Option<PathBuf>,
    pub(crate) fail_on: Option<Limit>,
    pub(crate) min_severity: Option<Severity>,
    pub(crate) min_confidence: Option<Confidence>,
    /// Only these rules count, if any is named.
    pub(crate) select: Vec<String>,
    /// These rules do not count.
    pub(crate) ignore: Vec<String>,
    /// Patterns as in `.gitignore`: files that are read, since others may call them, but not reported on.
    pub(crate) exclude: Vec<String>,
    /// Names of attributes, headers and variables that mean a key in this project, beside those that are known.
    pub(crate) secret_names: Vec<String>,
    /// Names that look like those of keys and are none.
    pub(crate) harmless_names: Vec<String>,
    /// Regular expressions for values that look like keys and are none.
    pub(crate) harmless_values: Vec<String>,
}

impl Settings {
    /// What they say of names and values.
    pub(crate) fn names(&self) -> UserNames {
        UserNames::of_settings(&self.secret_names, &self.harmless_names, &self.harmless_values)
    }
}

/// As written. Every field stands in [`KEYS`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Written {
    fail_on: Option<Spanned<String>>,
    min_severity: Option<Spanned<String>>,
    min_confidence: Option<Spanned<String>>,
    select: Vec<Spanned<String>>,
    ignore: Vec<Spanned<String>>,
    exclude: Vec<Spanned<String>>,
    secret_names: Vec<String>,
    harmless_names: Vec<String>,
    harmless_values: Vec<Spanned<String>>,
}

const KEYS: [&str; 9] = [
    "fail-on",
    "min-severity",
    "min-confidence",
    "select",
    "ignore",
    "exclude",
    "secret-names",
    "harmless-names",
    "harmless-values",
];

/// Names of settings files, the first that exists in a directory counts.
const NAMES: [&str; 3] = [".stanch.toml", "stanch.toml", "pyproject.toml"];

/// The settings of the project: from the given file, else from the closest one in the first path's directory or above
/// it, up to the project's root.
///
/// # Errors
/// When the file cannot be read or says what is not known, drawn at the line.
pub(crate) fn load(project: &Project, file: Option<&Path>) -> anyhow::Result<Settings> {
    if let Some(file) = file {
        return match read(project, file)? {
            Some(settings) => Ok(settings),
            None => Err(Told(
                Diagnostic::new(format!("{} has no [tool.stanch] section", file.display()))
                    .help("write the settings there, or give another file"),
            )
            .into()),
        };
    }
    let start = project.paths.first().unwrap_or(&project.root);
    for directory in start.ancestors().take_while(|directory| directory.starts_with(&project.root)) {
        for name in NAMES {
            let file = directory.join(name);
            if file.is_file()
                && let Some(settings) = read(project, &file)?
            {
                return Ok(settings);
            }
        }
    }
    Ok(Settings::default())
}

/// The settings of a file; none for a `pyproject.toml` without a section of ours.
fn read(project: &Project, file: &Path) -> anyhow::Result<Option<Settings>> {
    let name = project.relative(file);
    let unreadable = |why: String| {
        Told(
            Diagnostic::new(format!("the settings in {} cannot be read: {why}", name.display()))
                .help("mend the file, or run with --no-config"),
        )
    };
    let bytes = std::fs::read(file).map_err(|error| unreadable(reason(&error)))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| unreadable(format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to())))?;
    let source = Source { name, text: &text };
    let document = DeTable::parse(&text).map_err(|error| source.wrong(&error))?;
    let is_ours = file.file_name().is_none_or(|name| name != "pyproject.toml");
    let section = if is_ours { Some(document.get_ref()) } else { ours(document.get_ref()) };
    let Some(section) = section else { return Ok(None) };
    for key in section.keys() {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            return Err(source.unknown("setting", key.get_ref(), &key.span(), &KEYS).into());
        }
    }
    let deserializer =
        toml::de::ValueDeserializer::from(Spanned::new(0..text.len(), toml::de::DeValue::Table(section.clone())));
    let written = Written::deserialize(deserializer).map_err(|error| source.wrong(&error))?;
    Ok(Some(Settings { file: Some(name.to_path_buf()), ..source.settings(&written)? }))
}

fn ours<'d, 't>(document: &'d DeTable<'t>) -> Option<&'d DeTable<'t>> {
    document.get("tool")?.get_ref().get("stanch")?.get_ref().as_table()
}

/// A settings file, for pointing into it.
struct Source<'s> {
    name: &'s Path,
    text: &'s str,
}

impl Source<'_> {
    fn settings(&self, written: &Written) -> Result<Settings, Told> {
        Ok(Settings {
            file: None,
            fail_on: self.parsed(written.fail_on.as_ref())?,
            min_severity: self.parsed(written.min_severity.as_ref())?,
            min_confidence: self.parsed(written.min_confidence.as_ref())?,
            select: self.rules(&written.select)?,
            ignore: self.rules(&written.ignore)?,
            exclude: self.patterns(&written.exclude)?,
            secret_names: written.secret_names.clone(),
            harmless_names: written.harmless_names.clone(),
            harmless_values: self.expressions(&written.harmless_values)?,
        })
    }

    fn parsed<T: std::str::FromStr<Err = String>>(&self, value: Option<&Spanned<String>>) -> Result<Option<T>, Told> {
        let Some(value) = value else { return Ok(None) };
        let parsed = value.get_ref().parse();
        parsed.map(Some).map_err(|why: String| self.at("this value is not known", &value.span(), &why))
    }

    fn rules(&self, names: &[Spanned<String>]) -> Result<Vec<String>, Told> {
        let known: Vec<&str> = registry::rules().map(|rule| rule.id).collect();
        let check = |name: &Spanned<String>| match registry::rule(name.get_ref()) {
            Some(rule) => Ok(rule.id.to_owned()),
            None => Err(self.unknown("rule", name.get_ref(), &name.span(), &known)),
        };
        names.iter().map(check).collect()
    }

    fn patterns(&self, patterns: &[Spanned<String>]) -> Result<Vec<String>, Told> {
        let check = |pattern: &Spanned<String>| match GitignoreBuilder::new("").add_line(None, pattern.get_ref()) {
            Ok(_) => Ok(pattern.get_ref().clone()),
            Err(error) => Err(self.at("this pattern cannot be read", &pattern.span(), &error.to_string())),
        };
        patterns.iter().map(check).collect()
    }

    fn expressions(&self, expressions: &[Spanned<String>]) -> Result<Vec<String>, Told> {
        let check = |expression: &Spanned<String>| {
            let read = UserNames::default().add_harmless_value(expression.get_ref());
            read.map(|()| expression.get_ref().clone())
                .map_err(|why| self.at("this expression cannot be followed", &expression.span(), &why))
        };
        expressions.iter().map(check).collect()
    }

    fn unknown(&self, what: &str, name: &str, span: &Range<usize>, known: &[&str]) -> Told {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if what == "rule" => "`stanch rules` lists all rules".to_owned(),
            None => format!("the settings are {}", known.join(", ")),
        };
        let told = Diagnostic::new(format!("unknown {what} `{name}` in {}", self.name.display()));
        Told(told.at(self.name.display().to_string(), self.text, span, format!("no {what} is called so")).help(help))
    }

    fn wrong(&self, error: &toml::de::Error) -> Told {
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        match error.span() {
            Some(span) => self.at("this cannot be read", &span, &message),
            None => Told(Diagnostic::new(format!("{}: {message}", self.name.display()))),
        }
    }

    fn at(&self, label: &str, span: &Range<usize>, why: &str) -> Told {
        let told = Diagnostic::new(format!("the settings in {} cannot be followed: {why}", self.name.display()));
        Told(told.at(self.name.display().to_string(), self.text, span, label))
    }
}

/// The name that was probably meant.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.replace('_', "-").to_lowercase();
    let scored = known.into_iter().map(|known| (strsim::damerau_levenshtein(&name, known), known));
    scored.min().filter(|(distance, known)| *distance <= 1 + known.len() / 4).map(|(_, known)| known)
}
