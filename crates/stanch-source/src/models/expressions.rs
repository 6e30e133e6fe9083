use stanch_api::AttributeSet;

/// The attributes that a projection expression lets through, aliases resolved. A path into a map stands for its
/// top-level attribute. A placeholder that nothing resolves makes the set unknown, so all.
pub(super) fn projected(expression: &str, aliases: &[(String, String)]) -> AttributeSet {
    let mut set = Vec::new();
    for path in expression.split(',') {
        let path = path.trim();
        if path.is_empty() {
            continue;
        }
        match top_level(path, aliases) {
            Some(name) => set.push(name),
            None => return AttributeSet::all(),
        }
    }
    if set.is_empty() { AttributeSet::all() } else { AttributeSet::only(set) }
}

/// The columns of a PartiQL `SELECT`; everything where the statement is another or names none.
pub(super) fn columns(statement: &str) -> AttributeSet {
    let upper = statement.to_ascii_uppercase();
    let (Some(0), Some(end)) = (upper.find("SELECT "), upper.find(" FROM ")) else { return AttributeSet::all() };
    projected(&statement.get("SELECT ".len()..end).unwrap_or_default().replace('"', ""), &[])
}

/// The top-level attribute of a document path.
pub(super) fn top_level(path: &str, aliases: &[(String, String)]) -> Option<String> {
    let name = path.split(['.', '[']).next().unwrap_or_default();
    if name.starts_with('#') {
        return aliases.iter().find(|(alias, _)| alias == name).map(|(_, name)| name.clone());
    }
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    plain.then(|| name.to_owned())
}

/// Attributes that a key condition in text form names: what stands before `=` or `BETWEEN` and in `begins_with(`.
pub(super) fn attribute_names(condition: &str, aliases: &[(String, String)]) -> Vec<String> {
    let words = condition.split(|c: char| c.is_whitespace() || matches!(c, '=' | '(' | ')' | ',' | '<' | '>'));
    let mut names = Vec::new();
    for word in words.filter(|word| !word.is_empty() && !word.starts_with(':')) {
        let keyword = ["and", "between", "begins_with"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
        if !keyword {
            names.extend(top_level(word, aliases).filter(|name| !names.contains(name)));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{attribute_names, projected};
    use stanch_api::AttributeSet;

    #[test]
    fn aliases_and_paths() {
        let aliases = [("#s".to_owned(), "status".to_owned())];
        assert_eq!(
            projected("id, #s, profile.name, tags[0]", &aliases),
            AttributeSet::only(["id", "status", "profile", "tags"])
        );
        assert_eq!(projected("id, #unknown", &aliases), AttributeSet::all());
        assert_eq!(attribute_names("pk = :p AND begins_with(#s, :x)", &aliases), ["pk", "status"]);
    }
}
