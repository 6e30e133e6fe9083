//! Services of the form protocol, which answer in XML.

use std::fmt::Write as _;

use super::{Ask, Reply, Shared};

pub(super) fn answer(
    shared: &Shared,
    service: &str,
    operation: &str,
    form: &[(String, String)],
    ask: &Ask,
) -> (Reply, Option<String>) {
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let resource = ["TopicArn", "TargetArn", "PhoneNumber", "QueueUrl", "QueueName", "RoleArn", "Name", "Source"]
        .into_iter()
        .find_map(field)
        .map(str::to_owned);
    let result = match (service, operation) {
        ("sns", "Publish") | ("ses" | "email", "SendEmail" | "SendRawEmail" | "SendTemplatedEmail") => {
            element("MessageId", &ask.id())
        }
        ("sns", "CreateTopic") => element("TopicArn", &ask.arn("sns", field("Name").unwrap_or("topic"))),
        ("sns", "Subscribe") => {
            let topic = field("TopicArn").unwrap_or("arn:aws:sns:us-east-1:000000000000:topic");
            element("SubscriptionArn", &format!("{topic}:{}", ask.id()))
        }
        ("sns", "CreatePlatformEndpoint") => element("EndpointArn", &ask.arn("sns", "endpoint/GCM/app/1")),
        ("sns", "PublishBatch") => {
            let ids = form.iter().filter(|(key, _)| key.ends_with(".Id"));
            let members: String =
                ids.map(|(_, id)| member(&(element("Id", id) + &element("MessageId", &ask.id())))).collect();
            format!("<Successful>{members}</Successful><Failed/>")
        }
        ("sts", "GetCallerIdentity") => {
            let arn = "arn:aws:sts::000000000000:assumed-role/app/session";
            element("Arn", arn) + &element("UserId", "AROASTANCH:session") + &element("Account", "000000000000")
        }
        (
            "sts",
            "AssumeRole"
            | "AssumeRoleWithWebIdentity"
            | "AssumeRoleWithSAML"
            | "GetSessionToken"
            | "GetFederationToken",
        ) => credentials(shared, field("RoleArn")),
        ("sqs", "SendMessage") => element("MessageId", &ask.id()),
        ("sqs", "GetQueueUrl" | "CreateQueue") => {
            let name = field("QueueName").unwrap_or("queue");
            element("QueueUrl", &format!("https://sqs.{}.amazonaws.com/000000000000/{name}", ask.region))
        }
        ("iam", "GetUser" | "CreateUser") => format!("<User>{}</User>", user(field("UserName"))),
        ("iam", "ListUsers") => format!("<Users>{}</Users><IsTruncated>false</IsTruncated>", member(&user(None))),
        ("iam", "CreateAccessKey") => {
            let value = |name: &str, is_key| shared.values.value(&format!("iam:{name}"), is_key);
            let key = element("UserName", field("UserName").unwrap_or("app"))
                + &element("AccessKeyId", &value("AccessKeyId", false))
                + &element("SecretAccessKey", &value("SecretAccessKey", true))
                + &element("Status", "Active");
            format!("<AccessKey>{key}</AccessKey>")
        }
        // A list without elements, under the name that the operation has for it: ListTopics gives Topics.
        (_, list) => match list.strip_prefix("List").map(name_only) {
            Some(name) if !name.is_empty() => format!("<{name}></{name}>"),
            _ => String::new(),
        },
    };
    let mut text = String::new();
    let id = element("RequestId", &ask.id());
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<{operation}Response><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata>{id}</ResponseMetadata></{operation}Response>",
        operation = name_only(operation),
    );
    (Reply::new(200, "text/xml", text), resource)
}

fn user(name: Option<&str>) -> String {
    let name = name.unwrap_or("app");
    let arn = format!("arn:aws:iam::000000000000:user/{name}");
    let user = element("UserName", name) + &element("Arn", &arn) + &element("UserId", "AIDASTANCH");
    format!("{user}<Path>/</Path><CreateDate>2023-11-14T22:13:20Z</CreateDate>")
}

fn credentials(shared: &Shared, role: Option<&str>) -> String {
    let value = |name: &str, is_key| shared.values.value(&format!("sts:{name}"), is_key);
    let role = role.unwrap_or("arn:aws:iam::000000000000:role/app");
    let fields = element("AccessKeyId", &value("AccessKeyId", false))
        + &element("SecretAccessKey", &value("SecretAccessKey", true))
        + &element("SessionToken", &value("SessionToken", true))
        + &element("Expiration", "2096-10-02T07:06:40Z");
    let user = element("Arn", &format!("{role}/session")) + &element("AssumedRoleId", "AROASTANCH:session");
    format!("<Credentials>{fields}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>")
}

pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

fn member(inner: &str) -> String {
    format!("<member>{inner}</member>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// An operation's name goes into element names, so nothing but letters and digits may.
fn name_only(operation: &str) -> String {
    operation.chars().filter(char::is_ascii_alphanumeric).collect()
}
