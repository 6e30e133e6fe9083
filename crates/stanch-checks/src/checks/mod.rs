//! One folder a check, sorted.

pub(crate) mod account_enumeration;
pub(crate) mod environment_in_log;
pub(crate) mod environment_in_response;
pub(crate) mod error_in_response;
pub(crate) mod expression_injection;
pub(crate) mod hardcoded_key;
pub(crate) mod item_in_prompt;
pub(crate) mod item_in_response;
pub(crate) mod jwt_weakness;
pub(crate) mod key_echoed;
pub(crate) mod key_in_log;
pub(crate) mod key_in_page_token;
pub(crate) mod key_in_response;
pub(crate) mod key_in_url;
pub(crate) mod mass_assignment;
pub(crate) mod missing_owner_check;
pub(crate) mod no_rate_limit;
pub(crate) mod partiql_injection;
pub(crate) mod request_in_log;
pub(crate) mod ssrf;
pub(crate) mod traceback_in_response;
pub(crate) mod unsafe_deserialisation;
pub(crate) mod write_returns_item;
