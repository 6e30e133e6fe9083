//! A settings module that the app imports and that the repository does not hold, since it holds the keys.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use stanch_live::app::LaunchError;

use super::start::by_name;

/// Names of modules that are kept out of repositories.
const MODULES: [&str; 12] = [
    "config",
    "settings",
    "secrets_config",
    "credentials",
    "keys",
    "constants",
    "local_settings",
    "conf",
    "configuration",
    "my_config",
    "aws_config",
    "app_config",
];
/// Most files, and bytes of one, that are looked through for names.
const FILES: usize = 300;
const BYTES: u64 = 1024 * 1024;

/// Path and text of a module in place of the one that is missing; none where something else is wrong.
///
/// It sets every name that the project takes from the module: keys to canaries, everything else to what it is called.
pub(super) fn of(
    error: &LaunchError,
    project: &Path,
    mut secret: impl FnMut(&str) -> String,
) -> Option<(String, String)> {
    let LaunchError::MissingPackage { module, place, .. } = error else { return None };
    let name = module.split('.').next().filter(|name| MODULES.contains(name) && *name == module)?;
    let mut names = BTreeSet::new();
    let mut left = FILES;
    look(project, name, &mut names, &mut left, 0);
    let mut text = String::new();
    for wanted in &names {
        let is_key = stanch_secrets::names::key_kind(wanted).is_some();
        let value = if is_key { secret(wanted) } else { by_name(wanted) };
        let _ = writeln!(text, "{wanted} = {}", serde_json::Value::from(value));
    }
    // Beside the file that imports it, else at the top.
    let beside = place.as_ref().and_then(|place| place.path.rsplit_once('/')).map(|(directory, _)| directory);
    let directory = beside.filter(|directory| project.join(directory).is_dir()).unwrap_or_default();
    Some((format!("{directory}/{name}.py").trim_start_matches('/').to_owned(), text))
}

fn look(directory: &Path, module: &str, names: &mut BTreeSet<String>, left: &mut usize, depth: usize) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir()
            && depth < 4
            && !name.starts_with('.')
            && name != "node_modules"
            && !path.join("pyvenv.cfg").exists()
        {
            look(&path, module, names, left, depth + 1);
        } else if name.ends_with(".py") && *left > 0 && path.metadata().is_ok_and(|known| known.len() <= BYTES) {
            *left -= 1;
            let text = fs::read(&path).unwrap_or_default();
            collect(&String::from_utf8_lossy(&text), module, names);
        }
    }
}

/// Names that one file takes from the module: `module.NAME`, `from module import a, b`, and all names in capitals where it
/// takes everything.
fn collect(text: &str, module: &str, names: &mut BTreeSet<String>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut add = |name: &str| {
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(is_word);
        if is_name && names.len() < 500 {
            names.insert(name.to_owned());
        }
    };
    let dotted = format!("{module}.");
    for (at, _) in text.match_indices(&dotted) {
        let is_whole = text[..at].chars().next_back().is_none_or(|before| !is_word(before) && before != '.');
        if is_whole {
            add(text[at + dotted.len()..].split(|c: char| !is_word(c)).next().unwrap_or_default());
        }
    }
    let from = format!("from {module} import ");
    for (at, _) in text.match_indices(&from) {
        let list = &text[at + from.len()..];
        let list = match list.trim_start().strip_prefix('(') {
            Some(inside) => inside.split(')').next().unwrap_or_default(),
            None => list.lines().next().unwrap_or_default(),
        };
        if list.trim().starts_with('*') {
            let all = text.split(|c: char| !is_word(c));
            all.filter(|word| {
                word.len() > 2 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
            })
            .for_each(&mut add);
        } else {
            list.split(',').for_each(|part| add(part.split_whitespace().next().unwrap_or_default()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::collect;

    #[test]
    fn every_way_of_taking_a_name_is_seen() {
        let mut names = BTreeSet::new();
        collect("import config\nx = config.API_KEY + myconfig.NO\n", "config", &mut names);
        collect("from config import (\n    TABLE,\n    region as r,\n)\n", "config", &mut names);
        collect("from config import *\nconnect(SECRET_1, plain)\n", "config", &mut names);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["API_KEY", "SECRET_1", "TABLE", "region"]);
    }
}
