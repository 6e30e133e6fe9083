use super::CHECK;
use crate::Defect;
use crate::scan::view::{OperationView, Trial};

/// Texts that an exception's own message is known by: what comes before a capture, and what it names.
const SIGNS: [(&str, &str); 16] = [
    ("An error occurred (", "an error of the AWS SDK (botocore's `ClientError`)"),
    ("botocore.exceptions.", "an error of the AWS SDK"),
    ("ProvisionedThroughputExceededException", "an error of DynamoDB"),
    ("One or more parameter values were invalid: ", "DynamoDB's own refusal"),
    ("The provided key element does not match the schema", "DynamoDB's own refusal"),
    ("Invalid KeyConditionExpression: ", "DynamoDB's own refusal of an expression"),
    ("Invalid FilterExpression: ", "DynamoDB's own refusal of an expression"),
    ("(sqlite3.", "an error of the database driver"),
    ("psycopg2.", "an error of the database driver"),
    ("pymysql.err.", "an error of the database driver"),
    ("sqlalchemy.exc.", "an error of SQLAlchemy"),
    ("SQLITE_ERROR", "an error of the database"),
    ("SQLSTATE[", "an error of the database"),
    ("SequelizeDatabaseError", "an error of the database"),
    ("MongoServerError", "an error of the database"),
    ("[SQL: ", "the SQL text of SQLAlchemy's error"),
];

/// An answer holds the text of an exception that was meant for a log.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    view.own_trials().find_map(|trial| in_trial(view, trial)).into_iter().collect()
}

fn in_trial(view: &OperationView<'_>, trial: &Trial) -> Option<Defect> {
    let answer = trial.answer()?;
    let text = String::from_utf8_lossy(&answer.body);
    // A page that explains such errors answers 200; so do APIs that put every error into a 200. The SDK's own
    // sentence with an operation in it is told apart by that operation.
    let (sign, what) = SIGNS.iter().find(|(sign, _)| text.contains(sign))?;
    let raised = answer.status >= 400 || text.contains(") when calling the ");
    if !raised || sign == &"An error occurred (" && !text.contains(") when calling the ") {
        return None;
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.message = format!(
        "{} answers {} with {what}. Such texts name tables, keys, accounts and regions and quote the request; an attacker \
         provokes them on purpose to learn the schema.",
        view.label(),
        answer.status,
    );
    defect.remediation =
        "Answer with a fixed message and an id of your own, and keep the exception for the log: in Flask \
                          `logger.exception('request %s failed', request_id)` in an error handler for `ClientError`."
            .to_owned();
    defect.evidence = view.quote(&text, sign);
    defect.reproduce = Some(view.reproduce(trial));
    Some(defect)
}
