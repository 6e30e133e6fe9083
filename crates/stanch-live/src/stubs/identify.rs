//! Which service and operation a request means. AWS has four ways of saying it: a target header, a form with an
//! action, a path, and a path of Smithy's own protocol.

use hyper::Method;

use super::{Ask, metadata};

pub(super) struct Target {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) region: String,
    pub(super) protocol: Protocol,
}

pub(super) enum Protocol {
    /// Operation in `X-Amz-Target`, JSON body.
    Json,
    /// Operation in the field `Action` of a form; the other fields.
    Query(Vec<(String, String)>),
    /// Smithy RPC v2 with CBOR.
    Cbor,
    /// Operation in method and path.
    Rest,
    /// No service of the SDK's own: whoever reaches the address asks by path.
    Metadata,
}

/// Prefixes of `X-Amz-Target`, for requests that are not signed.
const TARGETS: [(&str, &str); 13] = [
    ("AWSCognitoIdentityProviderService", "cognito-idp"),
    ("AWSCognitoIdentityService", "cognito-identity"),
    ("AmazonSQS", "sqs"),
    ("TrentService", "kms"),
    ("secretsmanager", "secretsmanager"),
    ("AmazonSSM", "ssm"),
    ("Logs_", "logs"),
    ("AWSEvents", "events"),
    ("AWSStepFunctions", "states"),
    ("Kinesis_", "kinesis"),
    ("Firehose_", "firehose"),
    ("Comprehend_", "comprehend"),
    ("RekognitionService", "rekognition"),
];

/// API versions of the form protocol, for requests that are not signed.
const VERSIONS: [(&str, &str); 5] =
    [("2011-06-15", "sts"), ("2010-03-31", "sns"), ("2010-12-01", "ses"), ("2012-11-05", "sqs"), ("2010-05-08", "iam")];

pub(super) fn identify(ask: &Ask) -> Target {
    if metadata::is_meant(ask) {
        let (service, region) = ("metadata".to_owned(), "us-east-1".to_owned());
        return Target { service, operation: ask.method.to_string(), region, protocol: Protocol::Metadata };
    }
    let (scope_region, scope_service) = scope(ask);
    let region = scope_region.unwrap_or_else(|| "us-east-1".to_owned());
    let named = |told: Option<&str>| {
        scope_service.clone().or_else(|| told.map(str::to_owned)).unwrap_or_else(|| "unknown".to_owned())
    };
    if let Some(target) = ask.header("x-amz-target") {
        let told = TARGETS.iter().find(|(prefix, _)| target.starts_with(prefix)).map(|(_, service)| *service);
        let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
        return Target { service: named(told), operation, region, protocol: Protocol::Json };
    }
    let mut parts = ask.path.split('/');
    if let (Some("service"), Some(service), Some("operation"), Some(operation)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        return Target {
            service: named(Some(service)),
            operation: operation.to_owned(),
            region,
            protocol: Protocol::Cbor,
        };
    }
    let is_form = ask.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form: Vec<(String, String)> = if is_form {
        url::form_urlencoded::parse(&ask.body).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
    } else {
        ask.query.clone()
    };
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    if let Some(operation) = field("Action") {
        let version = field("Version").unwrap_or_default();
        let told = VERSIONS.iter().find(|(known, _)| *known == version).map(|(_, service)| *service);
        return Target { service: named(told), operation, region, protocol: Protocol::Query(form) };
    }
    // Only S3 is commonly asked without a signature and without a name.
    let service = named(Some("s3"));
    let operation = if service == "s3" { s3_operation(ask).to_owned() } else { rest_operation(&service, ask) };
    Target { service, operation, region, protocol: Protocol::Rest }
}

/// Region and service of the signature: `Credential=ID/20260101/eu-west-1/s3/aws4_request`.
fn scope(ask: &Ask) -> (Option<String>, Option<String>) {
    let header = ask.header("authorization").and_then(|text| text.split("Credential=").nth(1));
    let Some(credential) = header.or_else(|| ask.query("X-Amz-Credential")) else { return (None, None) };
    let mut parts = credential.split([',', ' ']).next().unwrap_or("").split('/').skip(2);
    let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    (part(), part())
}

fn s3_operation(ask: &Ask) -> &'static str {
    let has = |name: &str| ask.query(name).is_some();
    let on_object = ask.path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match (&ask.method, on_object) {
        (&Method::GET, _) if ask.path.is_empty() => "ListBuckets",
        (&Method::GET, true) => "GetObject",
        (&Method::GET, false) if has("location") => "GetBucketLocation",
        (&Method::GET, false) => "ListObjectsV2",
        (&Method::HEAD, true) => "HeadObject",
        (&Method::HEAD, false) => "HeadBucket",
        (&Method::PUT, true) if has("partNumber") => "UploadPart",
        (&Method::PUT, true) if ask.header("x-amz-copy-source").is_some() => "CopyObject",
        (&Method::PUT, true) => "PutObject",
        (&Method::PUT, false) => "CreateBucket",
        (&Method::POST, true) if has("uploads") => "CreateMultipartUpload",
        (&Method::POST, true) => "CompleteMultipartUpload",
        (&Method::POST, false) if has("delete") => "DeleteObjects",
        (&Method::DELETE, true) => "DeleteObject",
        (&Method::DELETE, false) => "DeleteBucket",
        _ => "Other",
    }
}

fn rest_operation(service: &str, ask: &Ask) -> String {
    let last = ask.path.rsplit('/').next().unwrap_or_default();
    let name = match (service, last) {
        ("bedrock", "invoke") => "InvokeModel",
        ("bedrock", "converse") => "Converse",
        ("bedrock", "invoke-with-response-stream") => "InvokeModelWithResponseStream",
        ("bedrock", "converse-stream") => "ConverseStream",
        ("ses", "outbound-emails") => "SendEmail",
        ("lambda", "invocations") => "Invoke",
        ("polly", "speech") => "SynthesizeSpeech",
        _ => return format!("{} /{}", ask.method, ask.path),
    };
    name.to_owned()
}
