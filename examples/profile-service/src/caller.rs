//! Who is calling: the owner of a live key.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::http::{HeaderMap, HeaderName};
use stanch_table::{Kind, PresentedKey, Table};

use crate::items::{ApiKey, KeyId, RateWindow, UserId};
use crate::refusal::Refusal;
use crate::scope::{Scope, Scopes};
use crate::service::{Service, now};

/// The header that keys arrive in.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// What our keys begin with, so that secret scanners and our own log filter know one.
pub const KEY_PREFIX: &str = "psk";

/// Who is calling: the owner of a live key.
pub struct Caller {
    /// The owner.
    pub owner: UserId,
    /// The key's name.
    pub key_id: KeyId,
    /// What the key may do.
    pub scopes: Scopes,
}

/// Takes the key's name out of the handler for the log.
#[derive(Clone, Default)]
pub struct LogKey(pub Arc<OnceLock<KeyId>>);

impl Caller {
    /// Finds the owner of the key in the header, counts the request against the key's rate and checks the scope.
    ///
    /// # Errors
    /// When there is no key (`missing` is answered), when it is malformed, unknown, revoked or expired (one answer
    /// for all), used too often, or lacks the scope.
    pub async fn identify(
        service: &Service,
        headers: &HeaderMap,
        extensions: &Extensions,
        scope: Scope,
        missing: Refusal,
    ) -> Result<Self, Refusal> {
        let mut presented = headers.get_all(KEY_HEADER).iter();
        let text = presented.next().filter(|text| !text.is_empty()).ok_or(missing)?;
        let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        if address.is_some_and(|address| service.guesses.are_exhausted(address)) {
            return Err(Refusal::RateLimited);
        }
        // Two keys in one request are none: which of them counts is what proxies and servers differ about.
        let text = presented.next().is_none().then_some(text).and_then(|text| text.to_str().ok());
        let caller = match text.and_then(|text| PresentedKey::parse(KEY_PREFIX, text)) {
            Some(key) => Self::find(service, &key).await?,
            None => None,
        };
        let Some(caller) = caller else {
            address.inspect(|address| service.guesses.count(*address));
            return Err(Refusal::InvalidKey);
        };
        extensions.get::<LogKey>().map(|log| log.0.set(caller.key_id.clone()));
        caller.count(service).await?;
        if caller.scopes.hold(scope) { Ok(caller) } else { Err(Refusal::Forbidden) }
    }

    async fn find(service: &Service, key: &PresentedKey) -> Result<Option<Self>, Refusal> {
        let digest = service.pepper.digest(key);
        let found: Option<ApiKey> = service.table.get_whole(&ApiKey::key(&digest)).await?;
        // The stored digest is compared again, in constant time: the look-up alone would trust the table's index.
        let live = found.filter(|found| found.digest == digest && now() < found.expires_at);
        Ok(live.map(|found| Self {
            owner: found.owner.into_revealed(),
            key_id: found.key_id,
            scopes: Scopes::from_stored(&found.scopes),
        }))
    }

    /// One atomic step both counts and decides, so that parallel requests cannot pass the limit together.
    async fn count(&self, service: &Service) -> Result<(), Refusal> {
        let minute = now() / 60;
        let counted = Table::update(&RateWindow::key(&self.key_id, &minute))
            .add(RateWindow::HITS, 1)
            .set_once(RateWindow::EXPIRES_AT, &((minute + 10) * 60))
            .when(RateWindow::HITS.is_absent().or(RateWindow::HITS.less_than(&service.rate_limit)))
            .send(&service.table)
            .await;
        match counted {
            Err(error) if error.kind() == Kind::ConditionFailed => Err(Refusal::RateLimited),
            other => Ok(other?),
        }
    }
}
