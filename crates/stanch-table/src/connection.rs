use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Region;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Bounds on every operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts in all, the first included. Retries wait with exponential back-off and jitter.
    pub attempts: u32,
    /// For a connection to stand.
    pub connect: Duration,
    /// For one attempt, from sending to the whole answer.
    pub attempt: Duration,
    /// For the operation with all its attempts.
    pub operation: Duration,
    /// Longest wait between two attempts.
    pub backoff: Duration,
}

impl Default for Limits {
    /// Three attempts within five seconds: a web request should not wait longer for one item.
    fn default() -> Self {
        Self {
            attempts: 3,
            connect: Duration::from_secs(1),
            attempt: Duration::from_secs(2),
            operation: Duration::from_secs(5),
            backoff: Duration::from_secs(1),
        }
    }
}

/// A way to DynamoDB: Amazon's, or an emulator's. Cheap to clone.
#[derive(Clone)]
pub struct Connection {
    pub(crate) client: Client,
}

impl Connection {
    /// Connects as the AWS environment says: `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`, and
    /// credentials from variables, profile, web identity, container or instance role.
    pub async fn from_env(limits: Limits) -> Self {
        let shared = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
        Self::with(aws_sdk_dynamodb::config::Builder::from(&shared), limits)
    }

    /// Connects to an emulator on this machine, such as the embedded engine, with credentials that stand for nothing.
    #[must_use]
    pub fn local(endpoint: &str, limits: Limits) -> Self {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client())
            .region(Region::from_static("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new("local", "local", None, None, "local"));
        Self::with(config, limits)
    }

    fn with(config: aws_sdk_dynamodb::config::Builder, limits: Limits) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(limits.attempts)
            .with_initial_backoff(Duration::from_millis(50))
            .with_max_backoff(limits.backoff);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.attempt)
            .operation_attempt_timeout(limits.attempt)
            .operation_timeout(limits.operation)
            .build();
        Self { client: Client::from_conf(config.retry_config(retries).timeout_config(timeouts).build()) }
    }
}

/// The SDK's client on rustls with ring, the one cryptography library of the workspace.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}
