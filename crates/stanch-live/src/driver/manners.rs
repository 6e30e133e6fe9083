use stanch_api::Method;

use crate::openapi::Operation;

/// Words that name an effect which a request for reading must not have.
const DESTRUCTIVE: [&str; 29] = [
    "createdb",
    "initdb",
    "resetdb",
    "dropdb",
    "reset",
    "logout",
    "signout",
    "logoff",
    "delete",
    "remove",
    "destroy",
    "drop",
    "purge",
    "wipe",
    "erase",
    "truncate",
    "flush",
    "clear",
    "revoke",
    "shutdown",
    "restart",
    "reboot",
    "kill",
    "seed",
    "populate",
    "migrate",
    "unsubscribe",
    "deactivate",
    "disable",
];

/// Why a request that is called read-only is not sent all the same: its path or `operationId` names an effect, as
/// `GET /createdb` does. None for an operation that may be asked, and for methods that say themselves that they write.
#[must_use]
pub fn destructive(operation: &Operation) -> Option<String> {
    if !matches!(operation.method, Method::Get | Method::Head) {
        return None;
    }
    // Placeholders are values, not names: `/users/{delete_token}` deletes nothing.
    let segments = operation.path.split('/').filter(|segment| !segment.starts_with(['{', '<']));
    let words = segments.chain(operation.id.as_deref()).flat_map(words);
    words
        .into_iter()
        .find(|word| DESTRUCTIVE.contains(&word.as_str()))
        .map(|word| format!("its name says `{word}`, so asking may change or end something"))
}

/// `create-db`, `resetUsers`, `drop_all` in words, and joined neighbours for `create-db`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut previous_lower = false;
    for character in text.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && previous_lower) {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        previous_lower = character.is_lowercase();
    }
    let pairs: Vec<String> = words.windows(2).map(<[String]>::concat).collect();
    words.extend(pairs);
    words
}

#[cfg(test)]
mod tests {
    use stanch_api::Method;

    use super::destructive;
    use crate::openapi::Operation;

    #[test]
    fn effects_are_read_from_names_and_not_from_placeholders() {
        let get = |path: &str| Operation::undocumented(Method::Get, path);
        for path in ["/createdb", "/create-db", "/admin/reset", "/users/logout", "/api/deleteUser/{id}", "/drop_all"] {
            assert!(destructive(&get(path)).is_some(), "{path}");
        }
        for path in ["/users/{delete_token}", "/deleted-items", "/resettlement", "/cleared", "/users/<int:reset>"] {
            assert_eq!(destructive(&get(path)), None, "{path}");
        }
        assert_eq!(destructive(&Operation::undocumented(Method::Delete, "/delete")), None);
    }
}
