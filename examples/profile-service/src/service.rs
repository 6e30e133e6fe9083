//! What every route works with.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stanch_table::{Pepper, Sealer, Table};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use crate::guesses::Guesses;
use crate::settings::Bounds;
use crate::store::Store;

/// What every route works with.
pub struct Service {
    /// The one table.
    pub table: Table,
    /// Goes into every digest.
    pub pepper: Pepper,
    /// Seals page tokens.
    pub sealer: Sealer,
    /// Requests that one key may make in a minute.
    pub rate_limit: u64,
    /// Bounds how often one address may try keys that are none.
    pub guesses: Guesses,
    /// Places at the store, see [`crate::edge::admit`].
    pub places: Semaphore,
    ready: Mutex<Option<(Instant, bool)>>,
}

/// The service as handlers share it.
pub type Shared = Arc<Service>;

/// How long a page token opens.
const PAGE_TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How long an answer on readiness stands, so that asking for it costs DynamoDB nothing.
const READINESS_STANDS: Duration = Duration::from_secs(1);

impl Service {
    /// A service on a store.
    #[must_use]
    pub fn new(store: Store, bounds: Bounds) -> Shared {
        let Store { table, pepper, bears, .. } = store;
        let sealer = Sealer::new(&pepper, PAGE_TOKEN_LIFETIME);
        Arc::new(Self {
            table,
            pepper,
            sealer,
            rate_limit: bounds.rate_limit,
            guesses: Guesses::new(bounds.guess_limit),
            places: Semaphore::new(bounds.at_once.unwrap_or(bears).into()),
            ready: Mutex::new(None),
        })
    }

    /// Whether the table answers.
    pub async fn is_ready(&self) -> bool {
        let mut ready = self.ready.lock().await;
        if let Some((_, answer)) = ready.filter(|(asked, _)| asked.elapsed() < READINESS_STANDS) {
            return answer;
        }
        let answer = self.table.is_active().await.unwrap_or(false);
        *ready = Some((Instant::now(), answer));
        answer
    }
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
