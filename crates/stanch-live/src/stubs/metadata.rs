//! The metadata services of instances, containers and pods: what they answer to whoever reaches their address, with
//! credentials that open nothing.
//!
//! Shapes after the EC2 user guide ("Instance metadata"), the ECS developer guide ("Task IAM role") and the EKS user guide
//! ("Pod identities"); an SDK takes them as they are.

use hyper::Method;
use serde_json::{Value, json};

use super::{Ask, Reply, Shared};

/// The role that every service names.
const ROLE: &str = "app-role";

/// Addresses of EC2, ECS and EKS, as they stand in `Host`.
const HOSTS: [&str; 4] = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]"];

/// Whether a request is meant for one of them: it was led here from their address.
pub(super) fn is_meant(ask: &Ask) -> bool {
    let host = ask.header("host").unwrap_or_default();
    HOSTS.iter().any(|known| host.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

/// The answer, with the path it was asked for as what it is about.
pub(super) fn answer(shared: &Shared, ask: &Ask) -> (Reply, Option<String>) {
    const CREDENTIALS: &str = "latest/meta-data/iam/security-credentials/";
    let text = |text: &str| Reply::new(200, "text/plain", text.to_owned());
    let path = ask.path.trim_end_matches('/');
    let reply = match path {
        "latest/api/token" if ask.method == Method::PUT => text(&format!("token-{}", ask.id())),
        "" | "latest" => text("dynamic\nmeta-data\nuser-data"),
        "latest/meta-data" => text("ami-id\nhostname\niam/\ninstance-id\nlocal-ipv4\nplacement/"),
        "latest/meta-data/iam" => text("info\nsecurity-credentials/"),
        "latest/meta-data/iam/security-credentials" => text(ROLE),
        "latest/meta-data/placement/region" => text("us-east-1"),
        "latest/meta-data/placement/availability-zone" => text("us-east-1a"),
        "latest/meta-data/instance-id" => text("i-00000000000000000"),
        "latest/dynamic/instance-identity/document" => Reply::json(&json!({
            "accountId": "000000000000", "region": "us-east-1", "instanceId": "i-00000000000000000",
            "instanceType": "t3.micro", "availabilityZone": "us-east-1a",
        })),
        "latest/user-data" => text("#!/bin/sh\n"),
        _ if ask.path.starts_with(CREDENTIALS) => {
            let mut all = credentials(shared);
            all["Code"] = "Success".into();
            all["Type"] = "AWS-HMAC".into();
            all["LastUpdated"] = "2023-11-14T22:13:20Z".into();
            Reply::json(&all)
        }
        // `/v2/credentials/<id>` of ECS, `/v1/credentials` of EKS.
        _ if path.split('/').nth(1) == Some("credentials") => {
            let mut all = credentials(shared);
            all["RoleArn"] = format!("arn:aws:iam::000000000000:role/{ROLE}").into();
            all["AccountId"] = "000000000000".into();
            Reply::json(&all)
        }
        _ => Reply::new(404, "text/plain", "Not Found"),
    };
    (reply, Some(format!("/{}", ask.path)))
}

fn credentials(shared: &Shared) -> Value {
    let value = |name: &str| shared.values.value(&format!("metadata:{name}"), true);
    json!({
        "AccessKeyId": value("AccessKeyId"), "SecretAccessKey": value("SecretAccessKey"), "Token": value("Token"),
        "Expiration": "2096-10-02T07:06:40Z",
    })
}
