use stanch_secrets::names::words;

/// Words in the name of a decorator, dependency or function that lets only known callers through.
pub(super) const ACCESS: [&str; 34] = [
    "access",
    "admin",
    "auth",
    "authenticate",
    "authenticated",
    "authentication",
    "authorisation",
    "authorise",
    "authorised",
    "authorization",
    "authorize",
    "authorized",
    "authorizer",
    "cognito",
    "credentials",
    "jwt",
    "login",
    "oauth",
    "oauth2",
    "oidc",
    "owner",
    "ownership",
    "permission",
    "permissions",
    "protected",
    "restricted",
    "role",
    "roles",
    "scope",
    "scopes",
    "secured",
    "signature",
    "token",
    "verified",
];

/// What a function does to a credential when it decides about access.
pub(super) const VERBS: [&str; 14] = [
    "allow",
    "check",
    "decode",
    "enforce",
    "ensure",
    "has",
    "introspect",
    "is",
    "need",
    "needs",
    "require",
    "required",
    "validate",
    "verify",
];

/// Last parts of decorators that register or document a view, whatever the object they hang on is called.
pub(super) const REGISTERING: [&str; 22] = [
    "add_url_rule",
    "after_request",
    "arguments",
    "cross_origin",
    "delete",
    "doc",
    "errorhandler",
    "expect",
    "get",
    "head",
    "marshal_list_with",
    "marshal_with",
    "middleware",
    "options",
    "param",
    "patch",
    "post",
    "put",
    "response",
    "route",
    "schema",
    "wraps",
];

/// Words in the name of what says what a caller may do, beyond being somebody.
pub(super) const ROLES: [&str; 15] = [
    "admin",
    "administrator",
    "admins",
    "group",
    "groups",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "role",
    "roles",
    "scope",
    "scopes",
    "staff",
    "superuser",
];

/// Names under which frameworks and apps keep who the caller is.
pub(super) const IDENTITIES: [&str; 14] = [
    "current_account",
    "current_identity",
    "current_user",
    "current_user_id",
    "currentuser",
    "get_current_user",
    "get_jwt",
    "get_jwt_claims",
    "get_jwt_identity",
    "get_raw_jwt",
    "jwt_identity",
    "logged_in_user",
    "requestcontext",
    "token_claims",
];

/// Whether a name speaks of what callers may do.
pub(super) fn of_role(name: &str) -> bool {
    name.len() <= 64 && words(name).iter().any(|word| ROLES.contains(&word.as_str()))
}

/// Whether a name speaks of access.
pub(super) fn grants(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| ACCESS.contains(&word.as_str()))
        || name.contains("api_key")
        || name.to_ascii_lowercase().contains("apikey")
        || words.last().is_some_and(|word| word == "required") && words.len() > 1
}
