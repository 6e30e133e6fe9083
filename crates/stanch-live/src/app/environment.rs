use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use stanch_secrets::Secret;

/// The SDK credentials the app is given. No engine verifies their signature; the secret is itself a canary.
#[derive(Clone, Debug)]
pub struct SdkCredentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Secret,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret,
    /// `AWS_SESSION_TOKEN`, if the app shall have one.
    pub session_token: Option<Secret>,
}

/// Where in the scratch directory things lie.
pub(crate) struct Layout<'a> {
    pub(crate) runner: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) temporary: &'a Path,
    pub(crate) config: &'a Path,
}

/// The whole environment of the app: what is allowed through, then ours, then what the caller adds.
///
/// Nothing else of the user's environment gets in: their real keys stand in it. Variable names of the SDK:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.
pub(crate) fn environment(
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    layout: &Layout<'_>,
    front: SocketAddr,
    stub: Option<SocketAddr>,
    credentials: &SdkCredentials,
    extra: &BTreeMap<String, String>,
) -> BTreeMap<OsString, OsString> {
    let mut all: BTreeMap<OsString, OsString> =
        inherited.into_iter().filter(|(name, _)| name.to_str().is_some_and(is_allowed)).collect();
    let mut set = |name: &str, value: &dyn AsRef<std::ffi::OsStr>| {
        all.insert(name.into(), value.as_ref().to_os_string());
    };
    set("HOME", &layout.home);
    set("TMPDIR", &layout.temporary);
    set("AWS_CONFIG_FILE", &layout.home.join("aws-config"));
    set("AWS_SHARED_CREDENTIALS_FILE", &layout.home.join("aws-credentials"));
    set("AWS_ACCESS_KEY_ID", &credentials.access_key_id.expose());
    set("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key.expose());
    if let Some(token) = &credentials.session_token {
        set("AWS_SESSION_TOKEN", &token.expose());
    }
    for name in ["AWS_DEFAULT_REGION", "AWS_REGION"] {
        set(name, &"us-east-1");
    }
    set("AWS_EC2_METADATA_DISABLED", &"true");
    // A service that does not answer shall not hold a request up: one attempt, no waiting.
    set("AWS_MAX_ATTEMPTS", &"1");
    set("AWS_RETRY_MODE", &"standard");
    set("AWS_ENDPOINT_URL_DYNAMODB", &format!("http://{front}"));
    set("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", &format!("http://{front}"));
    if let Some(stub) = stub {
        set("AWS_ENDPOINT_URL", &format!("http://{stub}"));
    }
    set("PYTHONPATH", &layout.runner);
    set("PYTHONDONTWRITEBYTECODE", &"1");
    set("PYTHONUNBUFFERED", &"1");
    set("PYTHONIOENCODING", &"utf-8:backslashreplace");
    for (name, value) in extra {
        all.insert(name.into(), value.into());
    }
    all.insert("STANCH_WATCH".into(), layout.config.into());
    all
}

/// Names that say how the machine speaks, and nothing about the user's accounts.
fn is_allowed(name: &str) -> bool {
    const ALLOWED: [&str; 12] = [
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TZDIR",
        "LOGNAME",
        "USER",
        "SHELL",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ];
    ALLOWED.contains(&name) || name.starts_with("LC_")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::net::SocketAddr;
    use std::path::Path;

    use stanch_secrets::Secret;

    use super::{Layout, SdkCredentials, environment};

    #[test]
    fn nothing_of_the_users_accounts_gets_in_and_the_callers_values_win() {
        let names =
            ["PATH", "LC_ALL", "AWS_PROFILE", "DATABASE_URL", "HTTPS_PROXY", "GITHUB_TOKEN", "HOME", "FLASK_ENV"];
        let inherited = names.map(|name| (OsString::from(name), OsString::from("theirs")));
        let layout = Layout {
            runner: Path::new("/r"),
            home: Path::new("/h"),
            temporary: Path::new("/t"),
            config: Path::new("/c"),
        };
        let credentials = SdkCredentials {
            access_key_id: Secret::new("id"),
            secret_access_key: Secret::new("secret"),
            session_token: None,
        };
        let extra = BTreeMap::from([("AWS_DEFAULT_REGION".to_owned(), "eu-west-1".to_owned())]);
        let front = SocketAddr::from(([127, 0, 0, 1], 4000));
        let all = environment(inherited, &layout, front, None, &credentials, &extra);
        let theirs: Vec<_> = all.iter().filter(|(_, value)| *value == "theirs").map(|(name, _)| name.clone()).collect();
        assert_eq!(theirs, ["LC_ALL", "PATH"]);
        assert_eq!(all.get(&OsString::from("AWS_DEFAULT_REGION")), Some(&OsString::from("eu-west-1")));
        assert!(!all.contains_key(&OsString::from("AWS_SESSION_TOKEN")));
    }
}
