//! Names of packages, and which of their versions belong together.

use super::requirements::Requirement;

/// Modules whose package is called otherwise on `PyPI`.
const OTHER: [(&str, &str); 26] = [
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyOpenSSL"),
    ("PIL", "Pillow"),
    ("apig_wsgi", "apig-wsgi"),
    ("attr", "attrs"),
    ("aws_lambda_powertools", "aws-lambda-powertools[all]"),
    ("awsgi", "aws-wsgi"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python-headless"),
    ("dateutil", "python-dateutil"),
    ("decouple", "python-decouple"),
    ("dotenv", "python-dotenv"),
    ("environ", "django-environ"),
    ("flask_lambda", "flask-lambda"),
    ("flask_restplus", "flask-restx"),
    ("jose", "python-jose"),
    ("jwt", "PyJWT"),
    ("magic", "python-magic"),
    ("multipart", "python-multipart"),
    ("nacl", "PyNaCl"),
    ("pkg_resources", "'setuptools<81'"),
    ("psycopg2", "psycopg2-binary"),
    ("serverless_wsgi", "serverless-wsgi"),
    ("sklearn", "scikit-learn"),
    ("ulid", "python-ulid"),
    ("yaml", "PyYAML"),
];

/// Modules of well-known packages that apps use without listing them. No other name is ever asked of an index: a
/// module that is only missing from the repository must not bring in a stranger's package of the same name.
const KNOWN: [&str; 40] = [
    "aioboto3",
    "apig_wsgi",
    "authlib",
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "awsgi",
    "bcrypt",
    "boto3",
    "botocore",
    "chalice",
    "cryptography",
    "dateutil",
    "decouple",
    "dotenv",
    "email_validator",
    "fastapi",
    "flask",
    "flask_bcrypt",
    "flask_cors",
    "flask_jwt_extended",
    "flask_lambda",
    "flask_login",
    "flask_restful",
    "flask_restx",
    "flask_wtf",
    "httpx",
    "jose",
    "jwt",
    "mangum",
    "marshmallow",
    "multipart",
    "passlib",
    "pydantic",
    "pydantic_settings",
    "pynamodb",
    "requests",
    "serverless_wsgi",
    "simplejson",
    "uvicorn",
    "wtforms",
];

/// The name under which `PyPI` has a module.
pub(super) fn package_of(module: &str) -> String {
    let top = top(module);
    let other = OTHER.iter().find(|(name, _)| *name == top);
    other.map_or_else(|| top.replace('_', "-"), |(_, package)| (*package).to_owned())
}

/// The package of a well-known module, to be installed without having been asked for.
pub(super) fn known(module: &str) -> Option<String> {
    KNOWN.contains(&top(module)).then(|| package_of(module))
}

fn top(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// The newest version of the same major one, which is what a pin was written against; for `0.x` of the same minor one.
/// The SDK and what only it uses stay free: they keep their interface, and old ones do not run on a new Python.
pub(super) fn same_major(one: &Requirement) -> String {
    const FREE: [&str; 9] = [
        "boto3",
        "botocore",
        "s3transfer",
        "urllib3",
        "certifi",
        "cffi",
        "cryptography",
        "greenlet",
        "typing-extensions",
    ];
    let key = one.name.split('[').next().unwrap_or_default().to_ascii_lowercase().replace('_', "-");
    let version = one.versions.strip_prefix("==").map(str::trim).filter(|_| !FREE.contains(&key.as_str()));
    let range = version.and_then(|version| {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
        let major = parts.next()??;
        let minor = parts.next().flatten().unwrap_or(0);
        Some(if major == 0 { format!(">=0.{minor},<0.{}", minor + 1) } else { format!(">={major},<{}", major + 1) })
    });
    Requirement { versions: range.unwrap_or_default(), ..one.clone() }.text(true)
}

/// Versions of the years before Flask 2.1 and pydantic 2, for packages that name no versions and no longer fit the
/// newest ones.
pub(super) fn of_older_days(broken: &[String]) -> Vec<String> {
    const WEB: [&str; 5] = ["flask<2.1", "werkzeug<2.1", "jinja2<3.1", "itsdangerous<2.1", "markupsafe<2.1"];
    let has = |names: &[&str]| broken.iter().any(|module| names.iter().any(|name| module.starts_with(name)));
    let mut packages = Vec::new();
    if has(&["flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous"]) {
        packages.extend(WEB);
    }
    if has(&["wtforms", "flask_wtf"]) {
        packages.push("wtforms<3");
    }
    if has(&["pydantic", "fastapi"]) {
        packages.extend(["pydantic<2", "fastapi<0.100"]);
    }
    if has(&["jwt"]) {
        packages.push("PyJWT<2");
    }
    if has(&["marshmallow"]) {
        packages.push("marshmallow<4");
    }
    packages.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::requirements::Requirement;
    use super::{known, same_major};

    #[test]
    fn a_pin_becomes_its_major_version_and_only_well_known_modules_become_packages() {
        let of = |name: &str, versions: &str| {
            same_major(&Requirement { name: name.to_owned(), versions: versions.to_owned(), marker: String::new() })
        };
        assert_eq!(of("Flask", "==1.1.2"), "Flask>=1,<2");
        assert_eq!(of("fastapi", "==0.77.1"), "fastapi>=0.77,<0.78");
        assert_eq!(of("boto3", "==1.4.7"), "boto3");
        assert_eq!(of("moto[all]", ">=4"), "moto[all]");
        assert_eq!(known("jwt.api").as_deref(), Some("PyJWT"));
        assert_eq!(known("config"), None);
    }
}
