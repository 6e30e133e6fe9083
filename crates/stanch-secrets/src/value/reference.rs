//! Values that say where the key is.

pub(super) fn is_reference(value: &str) -> bool {
    const STARTS: &[&str] = &[
        "${",
        "$(",
        "{{",
        "%(",
        "<%",
        "#{",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!ImportValue",
        "!Join",
        "!vault",
        "!secret",
        "arn:",
        "env:",
        "env.",
        "ssm:",
        "vault:",
        "op://",
        "file:",
        "/run/secrets/",
        "/etc/",
        "projects/",
        "ENC[",
        "ENC(",
        "$ANSIBLE_VAULT",
        "secretsmanager:",
        "awssm:",
        "gcpsm:",
        "azurekeyvault:",
        "keyring:",
        "$env:",
        "@Microsoft.KeyVault",
        "sops:",
    ];
    let all = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let value = value.strip_prefix('\\').unwrap_or(value);
    // The quotes of a shell inside those of the file.
    let value = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value);
    STARTS.iter().any(|start| value.starts_with(start))
        || value
            .strip_prefix('$')
            .map(|rest| rest.split(['/', ':', '[']).next().unwrap_or(rest))
            .is_some_and(|rest| all(rest) || rest.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
        || (value.starts_with('{') && value.ends_with('}') && !value.contains('"'))
        // `#DB_PASSWORD#` and the like of deployment tools, and the arguments and loop variables of batch files.
        || value
            .strip_prefix(['#', '@', '%'])
            .map(|rest| rest.trim_end_matches(['#', '@']))
            .is_some_and(|rest| rest.contains('_') && !rest.starts_with('_') && all(rest))
        || value.len() <= 4 && value.starts_with('%') && value.bytes().skip(1).all(|byte| byte != b' ')
        || value
            .strip_prefix('%')
            .and_then(|rest| rest.strip_suffix('%'))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        || (value.contains("${") && value.contains('}'))
        || has_fields(value)
        || ["Optional[", "Union[", "Literal[", "List[", "Dict["].iter().any(|start| value.starts_with(start))
        || value.contains("secrets.")
        || value.contains("process.env")
        || value.contains("os.environ")
}

/// Whether names in braces stand for parts of the value: `{email}/{datestamp}/auto`.
fn has_fields(value: &str) -> bool {
    let mut rest = value;
    let mut fields = 0;
    while let Some((_, inside)) = rest.split_once('{') {
        let Some((name, behind)) = inside.split_once('}') else { return false };
        let word = name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'));
        if !word {
            return false;
        }
        fields += 1;
        rest = behind;
    }
    fields > 1
}
