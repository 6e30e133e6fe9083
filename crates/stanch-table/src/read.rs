use aws_sdk_dynamodb::types::AttributeValue;

use crate::condition::Expression;
use crate::item::Stored;
use crate::{Binding, Error, Item, ItemKey, PARTITION, Page, PageSize, Partition, SORT, Sealer, Table, View};

impl Table {
    /// Reads the public attributes of one item; none when it is not there. Strongly consistent, so that a write just
    /// acknowledged is seen.
    ///
    /// # Errors
    /// When DynamoDB fails or the stored item is not of its declared form.
    pub async fn get<I: Item>(&self, key: &ItemKey<I>) -> Result<Option<I::Public>, Error> {
        self.get_view(key).await
    }

    /// Reads every declared attribute of one item, private and key attributes included: for deciding on it, not for
    /// answering it, for which it has no `Serialize`.
    ///
    /// # Errors
    /// As [`Table::get`].
    pub async fn get_whole<I: Item>(&self, key: &ItemKey<I>) -> Result<Option<I>, Error> {
        self.get_view(key).await
    }

    async fn get_view<I, V: View<I>>(&self, key: &ItemKey<I>) -> Result<Option<V>, Error> {
        let mut expression = Expression::default();
        // The partition key is always there, so an item that has none of the optional attributes is not taken for none.
        let projection = expression.projection(&[&[PARTITION], V::ATTRIBUTES].concat());
        let sent = self
            .connection
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .projection_expression(projection)
            .set_expression_attribute_names(expression.names())
            .consistent_read(true)
            .send();
        let answer = sent.await.map_err(|error| Error::sdk("GetItem", &error))?;
        let view = answer.item.map(|item| V::read(&Stored(item))).transpose();
        view.map_err(|malformed| Error::malformed("GetItem", malformed))
    }

    /// Reads a page of the public attributes of a partition's items, in order of their sort keys. `token` is the
    /// [`Page::next`] of the page before, as the client sent it back.
    ///
    /// # Errors
    /// [`crate::Kind::BadToken`] when the token does not open for this caller and route; else as [`Table::get`].
    pub async fn query<I: Item>(
        &self,
        partition: &Partition<I>,
        size: PageSize,
        sealer: &Sealer,
        binding: Binding<'_>,
        token: Option<&str>,
    ) -> Result<Page<I::Public>, Error> {
        let start = token.map(|token| sealer.open(binding, token)).transpose()?;
        // A token of this caller for this route can hold no other sort key than one of this kind.
        let start = start.filter(|sort| sort.starts_with(partition.sort_prefix));
        if token.is_some() && start.is_none() {
            return Err(Error::bad_token());
        }
        let mut expression = Expression::default();
        let projection = expression.projection(<I::Public as View<I>>::ATTRIBUTES);
        let condition = format!(
            "{} = {} AND begins_with({}, {})",
            expression.name(PARTITION),
            expression.value(AttributeValue::S(partition.partition.clone())),
            expression.name(SORT),
            expression.value(AttributeValue::S(partition.sort_prefix.to_owned())),
        );
        let key = start.map(|sort| ItemKey::<I>::composed(partition.partition.clone(), sort).attributes());
        let sent = self
            .connection
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression(condition)
            .projection_expression(projection)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .set_exclusive_start_key(key)
            .limit(i32::from(size.get()))
            .consistent_read(true)
            .send();
        let answer = sent.await.map_err(|error| Error::sdk("Query", &error))?;
        let next = match answer.last_evaluated_key.as_ref().and_then(|key| key.get(SORT)) {
            Some(AttributeValue::S(sort)) => Some(sealer.seal(binding, sort)?),
            _ => None,
        };
        let items = answer.items.unwrap_or_default().into_iter().map(|item| I::Public::read(&Stored(item)));
        let items = items.collect::<Result<_, _>>().map_err(|malformed| Error::malformed("Query", malformed))?;
        Ok(Page { items, next })
    }
}
