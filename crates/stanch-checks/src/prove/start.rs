//! What the app needs to start: variables it reads, filled with values that name nothing real.

use std::collections::BTreeMap;

use stanch_live::app::LaunchError;
use stanch_source::SourceFacts;

/// Variables that the runner sets itself, for every app.
const OWN: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HOME",
    "PATH",
    "PYTHONPATH",
    "USER",
    "VIRTUAL_ENV",
];

/// Whether a variable is the runner's: an endpoint that the code names or the user gives is not the embedded one.
fn is_own(name: &str) -> bool {
    OWN.contains(&name) || name.starts_with("AWS_ENDPOINT_URL")
}

/// A value for each variable that the code reads and has no default for. The user's own (`given`) win.
///
/// A table's name is made of its variable's (`USERS_TABLE` is `users-table`), so that a table is called the same in
/// every run. Everything else gets a text that says what it is; what the code uses as a secret gets the given one.
pub(super) fn environment(
    facts: &SourceFacts,
    given: &BTreeMap<String, String>,
    mut secret: impl FnMut(&str) -> String,
) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for read in &facts.environment {
        let name = read.name.as_str();
        if is_own(name) || read.default.is_some() || environment.contains_key(name) {
            continue;
        }
        let used_as = |word: &str| read.used_as.contains(word);
        let lower = name.to_ascii_lowercase();
        let value = if used_as("table") || lower.contains("table") {
            table_name(name)
        } else if used_as("secret") || stanch_secrets::names::key_kind(name).is_some() {
            secret(name)
        } else if used_as("region") || lower.contains("region") {
            "us-east-1".to_owned()
        } else if read.required {
            // An endpoint is redirected whatever it is; anything else needs a text to go on with.
            if used_as("endpoint") { "http://localhost:8000".to_owned() } else { by_name(name) }
        } else {
            // An optional variable switches something on; the app's own default is the honest start.
            continue;
        };
        environment.insert(name.to_owned(), value);
    }
    let given = given.iter().filter(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL"));
    environment.extend(given.map(|(name, value)| (name.clone(), value.clone())));
    environment
}

/// Gives a value to each variable that the app lacked when it did not start; tells whether there was one.
pub(super) fn fill_missing(
    error: &LaunchError,
    environment: &mut BTreeMap<String, String>,
    mut secret: impl FnMut(&str) -> String,
) -> bool {
    // A switch is off unless the app insists on it.
    const SWITCHES: [&str; 6] = ["IS_", "DEBUG", "TEST", "FLASK_", "ENABLE", "USE_"];
    let missing: Vec<&str> = match error {
        LaunchError::MissingVariable { name, .. } => vec![name],
        LaunchError::Import { unset, .. } => unset.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let is_switch = |name: &str| missing.len() > 1 && SWITCHES.iter().any(|start| name.starts_with(start));
    let wanted = missing.iter().filter(|name| !is_own(name) && !is_switch(name));
    let wanted: Vec<&str> = wanted.copied().filter(|name| !environment.contains_key(*name)).collect();
    for name in &wanted {
        let is_key = stanch_secrets::names::key_kind(name).is_some();
        let value = if is_key { secret(name) } else { by_name(name) };
        environment.insert((*name).to_owned(), value);
    }
    !wanted.is_empty()
}

/// A value that fits what a variable is called.
pub(super) fn by_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(&["table"]) => table_name(name),
        () if has(&["region"]) => "us-east-1".to_owned(),
        () if has(&["sqlalchemy", "database_u", "db_u"]) => "sqlite://".to_owned(),
        () if has(&["level"]) => "INFO".to_owned(),
        () if has(&["algorithm"]) => "HS256".to_owned(),
        () if has(&["debug", "enable"]) => "0".to_owned(),
        () if has(&["origin"]) => "*".to_owned(),
        () if has(&["email", "sender"]) => "user@example.com".to_owned(),
        () if lower.ends_with("host") => "localhost".to_owned(),
        () if lower.ends_with("_arn") => format!("arn:aws:service:us-east-1:000000000000:{}", lower.replace('_', "-")),
        () if has(&["url", "endpoint", "uri"]) => "http://localhost:8000".to_owned(),
        () if has(&["port"]) => "8080".to_owned(),
        () if has(&["ttl", "timeout", "seconds", "minutes", "hours", "days", "limit", "size", "count", "expir"]) => {
            "60".to_owned()
        }
        () => lower.replace('_', "-"),
    }
}

/// What a table of the facts is called at run time: one that is known by its variable has the name that the variable
/// is given.
pub(super) fn runtime_name(name: &str) -> String {
    if name.starts_with('$') { table_name(name) } else { name.to_owned() }
}

/// The name of a table that is known by its variable only. DynamoDB takes 3 to 255 of `a-z`, `A-Z`, `0-9`, `_`, `-`,
/// `.` (Amazon DynamoDB Developer Guide, "Naming rules").
fn table_name(variable: &str) -> String {
    let name: String = variable
        .trim_start_matches('$')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    if name.len() < 3 { format!("{name}-table") } else { name }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stanch_api::SourcePlace;
    use stanch_source::{EnvironmentRead, SourceFacts};

    use super::environment;

    fn read(name: &str, default: Option<&str>, required: bool) -> EnvironmentRead {
        EnvironmentRead {
            name: name.to_owned(),
            default: default.map(str::to_owned),
            required,
            used_as: std::collections::BTreeSet::new(),
            place: SourcePlace::line("app.py", 1),
        }
    }

    #[test]
    fn what_the_code_needs_is_there_and_what_it_can_do_without_is_not() {
        let facts = SourceFacts {
            environment: vec![
                read("USERS_TABLE", None, true),
                read("JWT_SECRET_KEY", None, false),
                read("IS_OFFLINE", None, false),
                read("STAGE", Some("dev"), false),
            ],
            ..SourceFacts::default()
        };
        let given = BTreeMap::from([("STAGE".to_owned(), "test".to_owned())]);
        let made = environment(&facts, &given, |_| "made-up".to_owned());
        let expected = [("JWT_SECRET_KEY", "made-up"), ("STAGE", "test"), ("USERS_TABLE", "users-table")];
        assert_eq!(made, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }
}
