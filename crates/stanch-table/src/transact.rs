use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete as SdkDelete, Put as SdkPut, TransactWriteItem, Update as SdkUpdate};

use crate::condition::Expression;
use crate::{Conditioned, Delete, Error, Item, Kind, Put, ReturnsNothing, Table, Update};

/// Several writes of one table that happen together or not at all. Each has said its condition.
#[must_use = "a transaction happens when it is sent"]
#[derive(Default)]
pub struct Transaction {
    writes: Vec<Write>,
}

enum Write {
    Put(aws_sdk_dynamodb::types::builders::PutBuilder),
    Delete(aws_sdk_dynamodb::types::builders::DeleteBuilder),
    Update(aws_sdk_dynamodb::types::builders::UpdateBuilder),
}

impl Transaction {
    /// An empty transaction.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the writing of an item.
    pub fn put<I: Item>(mut self, put: Put<I, Conditioned<I>>) -> Self {
        let mut expression = Expression::default();
        let condition = put.state.0.map(|condition| condition.render(&mut expression));
        self.writes.push(Write::Put(
            SdkPut::builder()
                .set_item(Some(put.item))
                .set_condition_expression(condition)
                .set_expression_attribute_names(expression.names())
                .set_expression_attribute_values(expression.values()),
        ));
        self
    }

    /// Adds the removal of an item.
    pub fn delete<I: Item>(mut self, delete: Delete<I, Conditioned<I>>) -> Self {
        let mut expression = Expression::default();
        let condition = delete.state.0.map(|condition| condition.render(&mut expression));
        self.writes.push(Write::Delete(
            SdkDelete::builder()
                .set_key(Some(delete.key.attributes()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(expression.names())
                .set_expression_attribute_values(expression.values()),
        ));
        self
    }

    /// Adds the change of an item.
    pub fn update<I: Item>(mut self, update: Update<I, Conditioned<I>, ReturnsNothing>) -> Self {
        let mut expression = Expression::default();
        let text = Update::<I, Conditioned<I>, ReturnsNothing>::expression(&update.steps, &mut expression);
        let condition = update.state.0.map(|condition| condition.render(&mut expression));
        self.writes.push(Write::Update(
            SdkUpdate::builder()
                .set_key(Some(update.key.attributes()))
                .update_expression(text)
                .set_condition_expression(condition)
                .set_expression_attribute_names(expression.names())
                .set_expression_attribute_values(expression.values()),
        ));
        self
    }

    /// Sends all writes. The SDK adds a token, so that a retry after a lost answer does not write twice.
    ///
    /// # Errors
    /// [`Kind::ConditionFailed`] when one of the conditions does not hold; nothing was written then.
    pub async fn send(self, table: &Table) -> Result<(), Error> {
        let mut request = table.connection.client.transact_write_items();
        for write in self.writes {
            let item = TransactWriteItem::builder();
            let item = match write {
                Write::Put(put) => put.table_name(&table.name).build().map(|put| item.put(put)),
                Write::Delete(delete) => delete.table_name(&table.name).build().map(|delete| item.delete(delete)),
                Write::Update(update) => update.table_name(&table.name).build().map(|update| item.update(update)),
            };
            let item = item.map_err(|error| {
                let error: SdkError<TransactWriteItemsError, _> = SdkError::construction_failure(error);
                Error::sdk("TransactWriteItems", &error)
            })?;
            request = request.transact_items(item.build());
        }
        request.send().await.map(drop).map_err(|error| cancelled(&error))
    }
}

/// A cancelled transaction says per write why; a condition that failed decides, since no retry mends it.
fn cancelled(
    error: &SdkError<TransactWriteItemsError, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
) -> Error {
    let told = Error::sdk("TransactWriteItems", error);
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return told;
    };
    let has = |wanted: &str| cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some(wanted));
    if has("ConditionalCheckFailed") {
        told.with_kind(Kind::ConditionFailed)
    } else if has("TransactionConflict") || has("ThrottlingError") || has("ProvisionedThroughputExceeded") {
        told.with_kind(Kind::Busy)
    } else {
        told
    }
}
