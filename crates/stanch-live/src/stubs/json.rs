//! Services of the JSON protocol.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use stanch_secrets::names::key_kind;

use super::{Ask, Reply, Shared, kms};

/// Seconds since 1970 that stand in answers, so that equal runs give equal bytes.
const WHEN: f64 = 1_700_000_000.0;

pub(super) fn answer(shared: &Shared, service: &str, operation: &str, ask: &Ask) -> (Reply, Option<String>) {
    let body: Value = serde_json::from_slice(&ask.body).unwrap_or(Value::Null);
    let resource = ["SecretId", "Name", "KeyId", "QueueUrl", "QueueName", "Username", "UserPoolId", "StreamName"]
        .into_iter()
        .find_map(|member| body[member].as_str())
        .map(str::to_owned);
    let answer = match service {
        "secretsmanager" => secret(shared, operation, &body, ask),
        "ssm" => parameter(shared, operation, &body, ask),
        "kms" => return (kms::answer(operation, &body, ask), resource),
        "sqs" => queue(operation, &body, ask),
        "cognito-idp" => pool(shared, operation, &body, ask),
        "cognito-identity" => identity(shared, operation, ask),
        "events" => json!({ "FailedEntryCount": 0, "Entries": per_entry(&body, |_| json!({ "EventId": ask.id() })) }),
        "kinesis" => json!({ "ShardId": "shardId-000000000000", "SequenceNumber": "1", "FailedRecordCount": 0,
            "Records": per_entry(&body, |_| json!({ "ShardId": "shardId-000000000000", "SequenceNumber": "1" })) }),
        "firehose" => json!({ "RecordId": ask.id(), "FailedPutCount": 0,
            "RequestResponses": per_entry(&body, |_| json!({ "RecordId": ask.id() })) }),
        "states" => json!({ "executionArn": ask.arn("states", "execution:stub:1"), "startDate": WHEN }),
        _ => json!({}),
    };
    (Reply::json(&answer), resource)
}

fn per_entry(body: &Value, entry: impl Fn(&Value) -> Value) -> Vec<Value> {
    body["Entries"].as_array().or_else(|| body["Records"].as_array()).into_iter().flatten().map(entry).collect()
}

/// A secret is what the app stored, else an object with the members that apps commonly read, each its own value.
fn secret(shared: &Shared, operation: &str, body: &Value, ask: &Ask) -> Value {
    let name = body["SecretId"].as_str().or_else(|| body["Name"].as_str()).unwrap_or("secret");
    let id = format!("secretsmanager:{name}");
    let arn = ask.arn("secretsmanager", &format!("secret:{name}"));
    let named = json!({ "ARN": arn, "Name": name, "VersionId": ask.id() });
    match operation {
        "GetSecretValue" => {
            let text = shared.kept(&id).map_or_else(
                || {
                    let members = ["password", "api_key", "apikey", "secret", "secret_key", "token", "key"];
                    let keys = members.map(|member| (member, shared.values.value(&format!("{id}#{member}"), true)));
                    let mut object: Map<String, Value> =
                        keys.into_iter().map(|(member, value)| (member.to_owned(), Value::from(value))).collect();
                    object.insert("username".to_owned(), "app".into());
                    object.insert("host".to_owned(), "127.0.0.1".into());
                    object.insert("port".to_owned(), 5432.into());
                    Value::Object(object).to_string()
                },
                |kept| String::from_utf8_lossy(&kept).into_owned(),
            );
            json!({ "ARN": arn, "Name": name, "VersionId": ask.id(), "SecretString": text,
                "VersionStages": ["AWSCURRENT"], "CreatedDate": WHEN })
        }
        "CreateSecret" | "PutSecretValue" | "UpdateSecret" => {
            if let Some(text) = body["SecretString"].as_str() {
                shared.keep(id, Bytes::copy_from_slice(text.as_bytes()));
            }
            named
        }
        "ListSecrets" => json!({ "SecretList": [] }),
        _ => named,
    }
}

fn parameter(shared: &Shared, operation: &str, body: &Value, ask: &Ask) -> Value {
    // Only a name says what a parameter is: decryption is asked for out of habit, and many hold a table's name.
    let one = |name: &str| {
        let is_key = key_kind(name.rsplit('/').next().unwrap_or(name)).is_some();
        json!({ "Name": name, "Type": if is_key { "SecureString" } else { "String" }, "Version": 1,
            "Value": shared.kept_or_value(&format!("ssm:{name}"), is_key), "LastModifiedDate": WHEN,
            "ARN": ask.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))), "DataType": "text" })
    };
    match operation {
        "GetParameter" => json!({ "Parameter": one(body["Name"].as_str().unwrap_or("parameter")) }),
        "GetParameters" => {
            let names = body["Names"].as_array().into_iter().flatten().filter_map(Value::as_str);
            json!({ "Parameters": names.map(one).collect::<Vec<_>>(), "InvalidParameters": [] })
        }
        "GetParametersByPath" | "DescribeParameters" => json!({ "Parameters": [] }),
        "PutParameter" => {
            if let (Some(name), Some(value)) = (body["Name"].as_str(), body["Value"].as_str()) {
                shared.keep(format!("ssm:{name}"), Bytes::copy_from_slice(value.as_bytes()));
            }
            json!({ "Version": 1, "Tier": "Standard" })
        }
        _ => json!({}),
    }
}

fn queue(operation: &str, body: &Value, ask: &Ask) -> Value {
    let url = |name: &str| format!("https://sqs.{}.amazonaws.com/000000000000/{name}", ask.region);
    match operation {
        "SendMessage" => json!({ "MessageId": ask.id() }),
        "SendMessageBatch" | "DeleteMessageBatch" => {
            let done = per_entry(body, |entry| json!({ "Id": entry["Id"], "MessageId": ask.id() }));
            json!({ "Successful": done, "Failed": [] })
        }
        "GetQueueUrl" | "CreateQueue" => json!({ "QueueUrl": url(body["QueueName"].as_str().unwrap_or("queue")) }),
        "ListQueues" => json!({ "QueueUrls": [] }),
        "GetQueueAttributes" => json!({ "Attributes": {
            "ApproximateNumberOfMessages": "0", "QueueArn": ask.arn("sqs", "queue"),
        }}),
        _ => json!({}),
    }
}

fn pool(shared: &Shared, operation: &str, body: &Value, ask: &Ask) -> Value {
    let user = body["Username"].as_str().or_else(|| body["AuthParameters"]["USERNAME"].as_str()).unwrap_or("user");
    let attributes = json!([{ "Name": "sub", "Value": ask.id() }, { "Name": "email", "Value": "user@example.com" }]);
    match operation {
        "InitiateAuth" | "AdminInitiateAuth" | "RespondToAuthChallenge" | "AdminRespondToAuthChallenge" => {
            let token = |kind: &str| shared.values.value(&format!("cognito-idp:{user}#{kind}"), true);
            json!({ "ChallengeParameters": {}, "AuthenticationResult": {
                "AccessToken": token("access"), "IdToken": token("id"), "RefreshToken": token("refresh"),
                "ExpiresIn": 3600, "TokenType": "Bearer",
            }})
        }
        "SignUp" => json!({ "UserConfirmed": true, "UserSub": ask.id() }),
        "GetUser" => json!({ "Username": user, "UserAttributes": attributes }),
        "AdminGetUser" => json!({ "Username": user, "UserAttributes": attributes, "Enabled": true,
            "UserStatus": "CONFIRMED" }),
        "AdminCreateUser" => json!({ "User": { "Username": user, "Attributes": attributes, "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD" } }),
        "ListUsers" => json!({ "Users": [] }),
        _ => json!({}),
    }
}

fn identity(shared: &Shared, operation: &str, ask: &Ask) -> Value {
    let id = format!("{}:{}", ask.region, ask.id());
    match operation {
        "GetCredentialsForIdentity" => json!({ "IdentityId": id, "Credentials": {
            "AccessKeyId": shared.values.value("cognito-identity:AccessKeyId", false),
            "SecretKey": shared.values.value("cognito-identity:SecretKey", true),
            "SessionToken": shared.values.value("cognito-identity:SessionToken", true), "Expiration": 4_000_000_000_u64,
        }}),
        "GetOpenIdToken" | "GetOpenIdTokenForDeveloperIdentity" => {
            json!({ "IdentityId": id, "Token": shared.values.value("cognito-identity:Token", true) })
        }
        _ => json!({ "IdentityId": id }),
    }
}
