//! Answers that the front gives without the engine: operations that the engine lacks, and faults that were asked for.

use serde_json::{Value, json};

/// A fault that the front answers with instead of asking the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Only for calls of this probe; none for any call.
    pub probe: Option<u32>,
    /// Only for this operation (`PutItem`); none for any that reads or writes items.
    pub operation: Option<String>,
    /// What is answered.
    pub kind: FaultKind,
    /// For how many calls; an SDK retries most faults, up to ten times by default.
    pub times: u32,
}

/// The faults that DynamoDB itself can answer with at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// `ThrottlingException`, HTTP 400.
    Throttled,
    /// `ProvisionedThroughputExceededException`, HTTP 400.
    ThroughputExceeded,
    /// `InternalServerError`, HTTP 500.
    Internal,
    /// `AccessDeniedException`, HTTP 400, with the role, the account and the table in its text as AWS gives them.
    Denied,
    /// `ExpiredTokenException`, HTTP 400.
    ExpiredToken,
    /// `ConditionalCheckFailedException`, HTTP 400: somebody else wrote in between.
    ConditionFailed,
    /// `ValidationException` about a name that is a word of DynamoDB's own, HTTP 400.
    ReservedWord,
}

impl Fault {
    /// Whether this call is meant.
    pub(crate) fn meets(&self, probe: Option<u32>, operation: &str) -> bool {
        self.times > 0
            && self.probe.is_none_or(|meant| Some(meant) == probe)
            && self.operation.as_deref().is_none_or(|meant| meant == operation)
    }
}

impl FaultKind {
    /// The exception's short name.
    #[must_use]
    pub const fn exception(self) -> &'static str {
        match self {
            Self::Throttled => "ThrottlingException",
            Self::ThroughputExceeded => "ProvisionedThroughputExceededException",
            Self::Internal => "InternalServerError",
            Self::Denied => "AccessDeniedException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::ConditionFailed => "ConditionalCheckFailedException",
            Self::ReservedWord => "ValidationException",
        }
    }

    /// HTTP status and body.
    pub(crate) fn answer(self, operation: &str, table: Option<&str>) -> (u16, Value) {
        let table = table.unwrap_or("*");
        let message = match self {
            Self::Throttled => "Rate of requests exceeds the allowed throughput.".to_owned(),
            Self::ThroughputExceeded => "The level of configured provisioned throughput for the table was exceeded. \
                 Consider increasing your provisioning level with the UpdateTable API."
                .to_owned(),
            Self::Internal => "Internal server error".to_owned(),
            Self::Denied => format!(
                "User: arn:aws:sts::000000000000:assumed-role/app/session is not authorized to perform: \
                 dynamodb:{operation} on resource: arn:aws:dynamodb:us-east-1:000000000000:table/{table}"
            ),
            Self::ExpiredToken => "The security token included in the request is expired".to_owned(),
            Self::ConditionFailed => "The conditional request failed".to_owned(),
            Self::ReservedWord => {
                let which = match operation {
                    "UpdateItem" => "UpdateExpression",
                    "Query" => "KeyConditionExpression",
                    "Scan" => "FilterExpression",
                    "PutItem" | "DeleteItem" => "ConditionExpression",
                    _ => "ProjectionExpression",
                };
                format!("Invalid {which}: Attribute name is a reserved keyword; reserved keyword: status")
            }
        };
        (if self == Self::Internal { 500 } else { 400 }, error(self.exception(), &message))
    }
}

/// An error body as DynamoDB writes it.
pub(crate) fn error(exception: &str, message: &str) -> Value {
    let service = match exception {
        "ValidationException" => "com.amazon.coral.validate",
        "AccessDeniedException" | "ThrottlingException" | "ExpiredTokenException" => "com.amazon.coral.service",
        _ => "com.amazonaws.dynamodb.v20120810",
    };
    json!({ "__type": format!("{service}#{exception}"), "message": message })
}

/// The answer to an operation that the engine lacks, none for those that it has and for words that are no operation.
/// Shapes after the DynamoDB API reference, each as an account without backups, replicas and exports answers.
pub(crate) fn stub(operation: &str, body: &Value, address: &str) -> Option<(u16, Value)> {
    let table = body["TableName"].as_str().unwrap_or("table");
    let arn = format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}");
    let answer = match operation {
        "DescribeEndpoints" => json!({ "Endpoints": [{ "Address": address, "CachePeriodInMinutes": 1440 }] }),
        "DescribeLimits" => json!({
            "AccountMaxReadCapacityUnits": 80000, "AccountMaxWriteCapacityUnits": 80000,
            "TableMaxReadCapacityUnits": 40000, "TableMaxWriteCapacityUnits": 40000,
        }),
        "DescribeContinuousBackups" => backups("DISABLED"),
        "UpdateContinuousBackups" => {
            let enabled = body["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true;
            backups(if enabled { "ENABLED" } else { "DISABLED" })
        }
        "ListBackups" => json!({ "BackupSummaries": [] }),
        "ListGlobalTables" => json!({ "GlobalTables": [] }),
        "ListExports" => json!({ "ExportSummaries": [] }),
        "ListImports" => json!({ "ImportSummaryList": [] }),
        "ListContributorInsights" => json!({ "ContributorInsightsSummaries": [] }),
        "DescribeContributorInsights" | "UpdateContributorInsights" => {
            json!({ "TableName": table, "ContributorInsightsStatus": "DISABLED" })
        }
        "DescribeKinesisStreamingDestination" => {
            json!({ "TableName": table, "KinesisDataStreamDestinations": [] })
        }
        "EnableKinesisStreamingDestination" | "DisableKinesisStreamingDestination" => json!({
            "TableName": table, "StreamArn": body["StreamArn"], "DestinationStatus": "ACTIVE",
        }),
        "CreateBackup" => {
            let name = body["BackupName"].as_str().unwrap_or("backup");
            json!({ "BackupDetails": {
                "BackupArn": format!("{arn}/backup/01500000000000-00000000"), "BackupName": name,
                "BackupStatus": "CREATING", "BackupType": "USER", "BackupCreationDateTime": 1_500_000_000.0,
            }})
        }
        "ExportTableToPointInTime" => json!({ "ExportDescription": {
            "ExportArn": format!("{arn}/export/01500000000000-00000000"), "ExportStatus": "IN_PROGRESS",
            "TableArn": arn, "S3Bucket": body["S3Bucket"],
        }}),
        "PutResourcePolicy" | "DeleteResourcePolicy" => json!({ "RevisionId": "1500000000000" }),
        "GetResourcePolicy" => {
            return Some((400, error("PolicyNotFoundException", "Resource-based policy not found for the resource")));
        }
        "DescribeTableReplicaAutoScaling" => {
            json!({ "TableAutoScalingDescription": { "TableName": table, "TableStatus": "ACTIVE", "Replicas": [] } })
        }
        _ => return None,
    };
    Some((200, answer))
}

fn backups(status: &str) -> Value {
    json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": status },
    }})
}
