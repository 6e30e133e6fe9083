//! How a call is answered: by a fault that was asked for, a stub, or the engine, with tables made and bettered on the
//! way.

use hyper::StatusCode;
use serde_json::Value;

use crate::exchange::{Answer, Question};
use crate::forward::Forwarder;
use crate::observe::{error_kind, seen};
use crate::request::{self, TableUse};
use crate::shared::Shared;
use crate::{Call, EngineError, Outcome, stub};

/// How often a request is sent again after a table was made or bettered for it. A batch may need one round for what
/// is missing and one for each wrong schema.
const ROUNDS: usize = 6;

/// Answers and records; the number is the call's place in the order.
pub(crate) async fn answer(question: Question, shared: &Shared, forwarder: &Forwarder, address: &str) -> (Answer, u64) {
    let mut call = Call {
        sequence: 0,
        probe: question.probe,
        tables: request::tables(&question.operation, &question.json),
        index: question.json["IndexName"].as_str().map(str::to_owned),
        asked: request::asked(&question.json),
        written: request::written(&question.operation, &question.json),
        returned: std::collections::BTreeSet::new(),
        items: 0,
        guessed: Vec::new(),
        outcome: Outcome::Done,
        operation: question.operation.clone(),
        request: Value::Null,
    };
    let answer = match aside(&question, &call, shared, address) {
        Some((answer, outcome)) => {
            call.outcome = outcome;
            answer
        }
        None => {
            let short = shortened(&question, shared);
            ask_engine(short.as_ref().unwrap_or(&question), shared, forwarder, &mut call).await
        }
    };
    if question.body.len() <= Call::REQUEST_LIMIT {
        call.request = question.json;
    }
    let sequence = shared.record(call);
    (answer, sequence)
}

/// An answer that needs no forwarding: fault, stub, or CreateTable of a table that was made beforehand.
fn aside(question: &Question, call: &Call, shared: &Shared, address: &str) -> Option<(Answer, Outcome)> {
    let operation = question.operation.as_str();
    let of_status = |(status, body): (u16, Value)| {
        Answer::json(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), &body)
    };
    let mut state = shared.lock();
    let touches_items = !request::uses(operation, &question.json).is_empty();
    let meets = |fault: &&mut crate::Fault| {
        fault.meets(question.probe, operation) && (touches_items || fault.operation.is_some())
    };
    if let Some(fault) = state.faults.iter_mut().find(meets) {
        fault.times -= 1;
        let answer = of_status(fault.kind.answer(operation, call.tables.first().map(String::as_str)));
        return Some((answer, Outcome::Injected(fault.kind.exception().to_owned())));
    }
    if let Some(answer) = stub::stub(operation, &question.json, address) {
        return Some((of_status(answer), Outcome::Stubbed));
    }
    let name = question.json["TableName"].as_str().filter(|_| operation == "CreateTable")?;
    if !state.tables.is_ours(name) {
        return None;
    }
    let created = create_again(&mut state.tables, name, &question.json);
    Some(match created {
        Ok(body) => (Answer::json(StatusCode::OK, &body), Outcome::Done),
        Err(EngineError::Refused { kind, message }) => {
            (of_status((400, stub::error(&kind, &message))), Outcome::Failed(kind))
        }
        Err(other) => {
            let body = stub::error("SerializationException", &other.to_string());
            (of_status((400, body)), Outcome::Failed("SerializationException".to_owned()))
        }
    })
}

/// Lets the app create a table that was made beforehand, as on a fresh account: its own schema counts from now on,
/// and what was planted stays as far as it fits.
fn create_again(tables: &mut crate::tables::Tables, name: &str, request: &Value) -> Result<Value, EngineError> {
    let items = tables.withdraw(name)?;
    match tables.engine().create_table(request.clone()) {
        Ok(answer) => {
            tables.created(request);
            tables.fill(name, &items);
            Ok(answer)
        }
        Err(refused) => {
            tables.put_back(name, &items)?;
            Err(refused)
        }
    }
}

/// The question with pages of one item, where that was asked for.
fn shortened(question: &Question, shared: &Shared) -> Option<Question> {
    let asked = question.probe.is_some() && shared.lock().cut_pages == question.probe;
    if !asked || !matches!(question.operation.as_str(), "Query" | "Scan") {
        return None;
    }
    let mut json = question.json.clone();
    json.as_object_mut()?.insert("Limit".to_owned(), Value::from(1));
    Some(Question {
        probe: question.probe,
        target: question.target.clone(),
        operation: question.operation.clone(),
        body: bytes::Bytes::from(json.to_string()),
        json,
    })
}

async fn ask_engine(question: &Question, shared: &Shared, forwarder: &Forwarder, call: &mut Call) -> Answer {
    let uses = request::uses(&question.operation, &question.json);
    shared.lock().tables.learn(&uses);
    let mut answer = forwarder.forward(question).await;
    for _ in 0..ROUNDS {
        if answer.status.is_success() || !better(question, shared, &uses, &answer, call) {
            break;
        }
        answer = forwarder.forward(question).await;
    }
    let mut json: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    // The engine keeps attributes in hash order, another one in each process; equal runs must show equal answers.
    if json.is_object() {
        json.sort_all_objects();
        answer = Answer::json(answer.status, &json).checked(answer.checksum.is_some());
    }
    let seen = seen(&json);
    call.returned = seen.returned;
    call.items = seen.items;
    if answer.status.is_success() {
        note_change(question, shared, call);
    } else {
        call.outcome = Outcome::Failed(error_kind(&json).unwrap_or("UnknownError").to_owned());
    }
    answer
}

/// Makes or betters tables so that the refused request may succeed; false when nothing could be done.
fn better(question: &Question, shared: &Shared, uses: &[TableUse], refused: &Answer, call: &mut Call) -> bool {
    let refused: Value = serde_json::from_slice(&refused.body).unwrap_or(Value::Null);
    let mut changed = Vec::new();
    match error_kind(&refused) {
        Some("ResourceNotFoundException") => {
            for name in &call.tables {
                if shared.lock().tables.spec(name).is_some() {
                    continue;
                }
                // The oracle is asked without the lock, since it is not ours and may take its time.
                let told = shared.oracle.table(name, &question.operation, &question.json);
                // Asking whether a table is there is no use of it: many apps ask first and then create it.
                let wanted = told.is_some() || !uses.is_empty();
                if wanted && is_possible(&question.operation) && shared.lock().tables.guess(name, told) {
                    changed.push(name.clone());
                }
            }
        }
        Some("ValidationException" | "TransactionCanceledException") => {
            let mut state = shared.lock();
            for name in &call.tables {
                if state.tables.revise(name) {
                    changed.push(name.clone());
                }
            }
        }
        _ => {}
    }
    let any = !changed.is_empty();
    call.guessed.extend(changed.into_iter().filter(|name| !call.guessed.contains(name)).collect::<Vec<_>>());
    any
}

/// Whether a missing table may be made for this operation: not for those that end or alter one.
fn is_possible(operation: &str) -> bool {
    !matches!(operation, "DeleteTable" | "UpdateTable" | "CreateTable")
}

fn note_change(question: &Question, shared: &Shared, call: &Call) {
    let mut state = shared.lock();
    let name = question.json["TableName"].as_str().unwrap_or_default();
    match question.operation.as_str() {
        "CreateTable" => state.tables.created(&question.json),
        "DeleteTable" => state.tables.deleted(name),
        "UpdateTable" => state.tables.altered(name),
        operation if request::writes(operation, &question.json) => {
            call.tables.iter().for_each(|table| state.tables.touched(table));
        }
        _ => {}
    }
}
