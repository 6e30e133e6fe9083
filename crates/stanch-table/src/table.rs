use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    TimeToLiveSpecification,
};

use crate::{Attribute, Connection, Error, Kind, Value};

/// The attribute that holds the composed partition key.
pub const PARTITION: &str = "pk";

/// The attribute that holds the composed sort key.
pub const SORT: &str = "sk";

/// One table that holds every kind of item of a service, told apart by how their keys are composed.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) connection: Connection,
    pub(crate) name: String,
}

impl Table {
    /// The table of this name. Nothing is sent.
    #[must_use]
    pub fn new(connection: Connection, name: impl Into<String>) -> Self {
        Self { connection, name: name.into() }
    }

    /// Whether DynamoDB answers and the table is active.
    ///
    /// # Errors
    /// When the table is missing or DynamoDB does not answer.
    pub async fn is_active(&self) -> Result<bool, Error> {
        let described = self.connection.client.describe_table().table_name(&self.name).send().await;
        let described = described.map_err(|error| Error::sdk("DescribeTable", &error))?;
        Ok(described.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active))
    }

    /// Makes the table when it is not there, billed by request, and lets items expire by `ttl`. For an emulator and for
    /// a first trial: a table to live with has its encryption and recovery declared in a template.
    ///
    /// # Errors
    /// When DynamoDB refuses, or the table is not active within a minute.
    pub async fn create_if_absent<I, C, T: Value>(&self, ttl: Attribute<I, C, T>) -> Result<(), Error> {
        match self.is_active().await {
            Ok(true) => return self.expire_by(ttl.name()).await,
            Ok(false) => {}
            Err(error) if error.kind() == Kind::Refused => self.create().await?,
            Err(error) => return Err(error),
        }
        for _ in 0..120 {
            if self.is_active().await? {
                return self.expire_by(ttl.name()).await;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Err(Error::not_active())
    }

    async fn create(&self) -> Result<(), Error> {
        let mut request =
            self.connection.client.create_table().table_name(&self.name).billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in [(PARTITION, KeyType::Hash), (SORT, KeyType::Range)] {
            let element = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
            let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            let (Ok(element), Ok(definition)) = (element, definition.build()) else { continue };
            request = request.key_schema(element).attribute_definitions(definition);
        }
        request.send().await.map(drop).map_err(|error| Error::sdk("CreateTable", &error))
    }

    async fn expire_by(&self, attribute: &'static str) -> Result<(), Error> {
        let client = &self.connection.client;
        let described = client.describe_time_to_live().table_name(&self.name).send().await;
        let described = described.map_err(|error| Error::sdk("DescribeTimeToLive", &error))?;
        let current = described.time_to_live_description().and_then(|description| description.attribute_name());
        if current == Some(attribute) {
            return Ok(());
        }
        let Ok(specification) = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build()
        else {
            return Ok(());
        };
        let sent = client.update_time_to_live().table_name(&self.name).time_to_live_specification(specification).send();
        sent.await.map(drop).map_err(|error| Error::sdk("UpdateTimeToLive", &error))
    }
}
