use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use stanch_secrets::redact::{RedactOptions, RedactSummary, stream};
use stanch_secrets::{Detector, Secret};

use crate::cli::RedactArgs;
use crate::config;
use crate::exit;
use crate::project::Project;
use crate::talk::Talk;

/// `stanch redact [FILE]`. The names of keys in the settings of the working directory count here too.
pub(crate) fn run(args: &RedactArgs, talk: &Talk) -> anyhow::Result<u8> {
    let own = args.rules.as_deref().map(|file| rules(file, talk)).transpose()?;
    let mut options = RedactOptions::default();
    options.by_name = !args.no_names;
    let settings = config::load(&Project::of(&[PathBuf::from(".")])?, None)?;
    options.names = settings.names();
    if let Some(detector) = &own {
        options.detector = Some(detector);
    }
    if let Some(file) = &args.known_keys {
        options = options.with_known_keys(&known_keys(file)?);
    }
    let result = match args.file.as_deref().filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let input = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
            copy(input, &options)
        }
        None => copy(io::stdin().lock(), &options),
    };
    match result {
        Ok(summary) => talk.say(&told(&summary)),
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(anyhow::Error::new(error).context("the text cannot be copied")),
    }
    Ok(exit::CLEAN)
}

fn copy(input: impl Read, options: &RedactOptions<'_>) -> io::Result<RedactSummary> {
    let mut stdout = io::stdout().lock();
    let summary = stream(input, &mut stdout, options)?;
    stdout.flush()?;
    Ok(summary)
}

/// The built-in formats and those of the user's rule file; says which of its rules cannot be used.
fn rules(file: &Path, talk: &Talk) -> anyhow::Result<Detector> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (detector, left_out) =
        Detector::with_gitleaks_rules(&text).with_context(|| format!("{} holds no rules", file.display()))?;
    for left in left_out {
        talk.say(&format!("rule `{}` of {} is left out: {}", left.rule, file.display(), left.reason));
    }
    Ok(detector)
}

/// One key a line; empty lines and those that begin with `#` hold none.
fn known_keys(file: &Path) -> anyhow::Result<Vec<Secret>> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let keys = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(keys.map(Secret::new).collect())
}

/// `3 keys masked: 2 password, 1 token`.
fn told(summary: &RedactSummary) -> String {
    let total: u64 = summary.masked.values().sum();
    let kinds: Vec<String> = summary.masked.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let keys = if total == 1 { "key" } else { "keys" };
    match kinds.is_empty() {
        true => format!("no key masked in {} bytes", summary.bytes),
        false => format!("{total} {keys} masked: {}", kinds.join(", ")),
    }
}
