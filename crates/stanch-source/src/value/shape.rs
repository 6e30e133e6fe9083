/// What part of the sourced data a taint stands for, which says what its members are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    /// Members are as the whole.
    Opaque,
    /// The response of a read: `Item`, `Items`, `Responses`, `LastEvaluatedKey`.
    Read,
    /// The response of a write that returns attributes: `Attributes`.
    Written,
    /// Pages of a paginator, each a [`Shape::Read`].
    Pages,
    /// `Responses` of a batch or a transaction.
    Batch,
    /// A list of items.
    Items,
    /// Pairs of an item (`.items()`): the key is harmless.
    Pairs,
    Item,
    /// A value of one or more attributes.
    Attribute,
    /// A part of the request whose members are parameters.
    RequestPart,
    /// A caught exception: an object that no response can hold as it is.
    Exception,
    /// What an exception tells: its text, its response.
    ErrorText,
    /// Text that was made with what an exception tells: it has no members by name.
    Message,
    /// A mapping whose members are named sources: the environment, the configuration.
    Named,
}

/// Key of a write's response under which `ReturnValues` puts the attributes
/// (boto3's documentation of `UpdateItem`).
pub(crate) const WRITTEN_ATTRIBUTES: &str = "Attributes";
