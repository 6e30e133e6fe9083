use std::collections::HashMap;
use std::marker::PhantomData;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::condition::Expression;
use crate::item::Stored;
use crate::{Attribute, AttributeClass, Condition, Error, Item, ItemKey, Table, Value};

/// State of a write that has not said on what condition it happens. It cannot be sent.
pub struct Unconditioned(());

/// State of a write that can be sent.
pub struct Conditioned<I>(pub(crate) Option<Condition<I>>);

/// An update that returns nothing.
pub struct ReturnsNothing(());

/// An update that returns the attributes it changed, as they are after it (`UPDATED_NEW`).
pub struct ReturnsUpdated(());

/// Writes a whole item. See [`Table::put`].
#[must_use = "a write happens when it is sent"]
pub struct Put<I, S> {
    pub(crate) item: HashMap<String, AttributeValue>,
    pub(crate) state: S,
    of: PhantomData<fn() -> I>,
}

/// Removes an item. See [`Table::delete`].
#[must_use = "a write happens when it is sent"]
pub struct Delete<I, S> {
    pub(crate) key: ItemKey<I>,
    pub(crate) state: S,
}

/// Changes attributes of an item. See [`Table::update`].
#[must_use = "a write happens when it is sent"]
pub struct Update<I, S, R> {
    pub(crate) key: ItemKey<I>,
    pub(crate) steps: Vec<Step>,
    pub(crate) state: S,
    returns: PhantomData<fn() -> R>,
}

pub(crate) enum Step {
    Set(&'static str, AttributeValue),
    SetOnce(&'static str, AttributeValue),
    Remove(&'static str),
    Add(&'static str, u64),
}

impl Table {
    /// Writes a whole item. On which condition has to be said before it can be sent.
    pub fn put<I: Item>(key: &ItemKey<I>, item: &I) -> Put<I, Unconditioned> {
        let mut stored = Stored(key.attributes());
        item.write(&mut stored);
        Put { item: stored.0, state: Unconditioned(()), of: PhantomData }
    }

    /// Removes an item. On which condition has to be said before it can be sent.
    pub fn delete<I: Item>(key: &ItemKey<I>) -> Delete<I, Unconditioned> {
        Delete { key: key.clone(), state: Unconditioned(()) }
    }

    /// Changes attributes of an item. On which condition has to be said before it can be sent.
    pub fn update<I: Item>(key: &ItemKey<I>) -> Update<I, Unconditioned, ReturnsNothing> {
        Update { key: key.clone(), steps: Vec::new(), state: Unconditioned(()), returns: PhantomData }
    }
}

/// The three ways from an unconditioned write to one that can be sent.
macro_rules! conditions {
    ($write:ident, [$($parameter:ident),*], [$($kept:ident),*]) => {
        impl<I: Item $(, $parameter)*> $write<I, Unconditioned $(, $parameter)*> {
            /// The write happens where the condition holds, else it fails with [`crate::Kind::ConditionFailed`].
            pub fn when(self, condition: Condition<I>) -> $write<I, Conditioned<I> $(, $parameter)*> {
                $write { state: Conditioned(Some(condition)), $($kept: self.$kept),* }
            }

            /// The write happens whatever is stored. The reason stands in the code for its readers.
            pub fn unconditionally(self, reason: &'static str) -> $write<I, Conditioned<I> $(, $parameter)*> {
                debug_assert!(!reason.is_empty(), "the reason is missing");
                $write { state: Conditioned(None), $($kept: self.$kept),* }
            }
        }
    };
}

conditions!(Put, [], [item, of]);
conditions!(Delete, [], [key]);
conditions!(Update, [R], [key, steps, returns]);

impl<I: Item, S, R> Update<I, S, R> {
    /// Sets an attribute; a value that is stored as none removes it.
    pub fn set<C, T: Value>(mut self, attribute: Attribute<I, C, T>, value: &T) -> Self {
        self.steps.push(match value.to_stored() {
            Some(value) => Step::Set(attribute.name(), value),
            None => Step::Remove(attribute.name()),
        });
        self
    }

    /// Sets an attribute where the item lacks it.
    pub fn set_once<C, T: Value>(mut self, attribute: Attribute<I, C, T>, value: &T) -> Self {
        self.steps.extend(value.to_stored().map(|value| Step::SetOnce(attribute.name(), value)));
        self
    }

    /// Adds to a number atomically; a missing one counts as zero.
    pub fn add<C>(mut self, attribute: Attribute<I, C, u64>, amount: u64) -> Self {
        self.steps.push(Step::Add(attribute.name(), amount));
        self
    }
}

impl<I: Item, S> Update<I, S, ReturnsNothing> {
    /// Returns the attributes it changed, as they are after it. The whole item is never returned by a write.
    pub fn returning_updated(self) -> Update<I, S, ReturnsUpdated> {
        Update { key: self.key, steps: self.steps, state: self.state, returns: PhantomData }
    }
}

/// The attributes that an update changed.
pub struct Updated<I> {
    stored: Stored,
    of: PhantomData<fn() -> I>,
}

impl<I> Updated<I> {
    /// One of them: plain when it is public, wrapped when it is private. A key does not come back from a write.
    ///
    /// # Errors
    /// When the update did not change the attribute.
    pub fn get<C: AttributeClass, T: Value>(&self, attribute: Attribute<I, C, T>) -> Result<C::Returned<T>, Error> {
        self.stored.take(attribute.name()).map_err(|malformed| Error::malformed("UpdateItem", malformed))
    }
}

impl<I: Item> Put<I, Conditioned<I>> {
    /// Sends the write.
    ///
    /// # Errors
    /// When the condition does not hold or DynamoDB fails.
    pub async fn send(self, table: &Table) -> Result<(), Error> {
        let mut expression = Expression::default();
        let condition = self.state.0.map(|condition| condition.render(&mut expression));
        let sent = table
            .connection
            .client
            .put_item()
            .table_name(&table.name)
            .set_item(Some(self.item))
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .send();
        sent.await.map(drop).map_err(|error| Error::sdk("PutItem", &error))
    }
}

impl<I: Item> Delete<I, Conditioned<I>> {
    /// Sends the write.
    ///
    /// # Errors
    /// When the condition does not hold or DynamoDB fails.
    pub async fn send(self, table: &Table) -> Result<(), Error> {
        let mut expression = Expression::default();
        let condition = self.state.0.map(|condition| condition.render(&mut expression));
        let sent = table
            .connection
            .client
            .delete_item()
            .table_name(&table.name)
            .set_key(Some(self.key.attributes()))
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .send();
        sent.await.map(drop).map_err(|error| Error::sdk("DeleteItem", &error))
    }
}

impl<I: Item, R> Update<I, Conditioned<I>, R> {
    /// The update expression, its clauses in the order that DynamoDB documents.
    pub(crate) fn expression(steps: &[Step], expression: &mut Expression) -> String {
        let (mut set, mut remove, mut add) = (Vec::new(), Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Set(name, value) => {
                    set.push(format!("{} = {}", expression.name(name), expression.value(value.clone())));
                }
                Step::SetOnce(name, value) => {
                    let (name, value) = (expression.name(name), expression.value(value.clone()));
                    set.push(format!("{name} = if_not_exists({name}, {value})"));
                }
                Step::Remove(name) => remove.push(expression.name(name)),
                Step::Add(name, amount) => {
                    let value = expression.value(AttributeValue::N(amount.to_string()));
                    add.push(format!("{} {value}", expression.name(name)));
                }
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove), ("ADD", add)];
        let written = clauses.iter().filter(|(_, steps)| !steps.is_empty());
        written.map(|(word, steps)| format!("{word} {}", steps.join(", "))).collect::<Vec<_>>().join(" ")
    }

    async fn sent(self, table: &Table, returns: ReturnValue) -> Result<Stored, Error> {
        let mut expression = Expression::default();
        let update = Self::expression(&self.steps, &mut expression);
        let condition = self.state.0.map(|condition| condition.render(&mut expression));
        let sent = table
            .connection
            .client
            .update_item()
            .table_name(&table.name)
            .set_key(Some(self.key.attributes()))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values(returns)
            .send();
        let answer = sent.await.map_err(|error| Error::sdk("UpdateItem", &error))?;
        Ok(Stored(answer.attributes.unwrap_or_default()))
    }
}

impl<I: Item> Update<I, Conditioned<I>, ReturnsNothing> {
    /// Sends the write.
    ///
    /// # Errors
    /// When the condition does not hold or DynamoDB fails.
    pub async fn send(self, table: &Table) -> Result<(), Error> {
        self.sent(table, ReturnValue::None).await.map(drop)
    }
}

impl<I: Item> Update<I, Conditioned<I>, ReturnsUpdated> {
    /// Sends the write and returns what it changed.
    ///
    /// # Errors
    /// When the condition does not hold or DynamoDB fails.
    pub async fn send(self, table: &Table) -> Result<Updated<I>, Error> {
        let stored = self.sent(table, ReturnValue::UpdatedNew).await?;
        Ok(Updated { stored, of: PhantomData })
    }
}
