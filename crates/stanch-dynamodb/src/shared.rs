//! What the front and its owner share: the tables, the faults that were asked for, and the calls so far.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Call;
use crate::spec::TableSpec;
use crate::stub::Fault;
use crate::tables::Tables;

/// Knows tables that are not there yet.
pub trait TableOracle: Send + Sync {
    /// The schema of the table that this request misses, none when nothing is known. A spec of
    /// [`crate::Origin::Guessed`] is bettered by what the request says.
    fn table(&self, name: &str, operation: &str, request: &Value) -> Option<TableSpec>;
}

impl<F: Fn(&str, &str, &Value) -> Option<TableSpec> + Send + Sync> TableOracle for F {
    fn table(&self, name: &str, operation: &str, request: &Value) -> Option<TableSpec> {
        self(name, operation, request)
    }
}

/// Calls kept in memory; of more only the newest stay.
const CALLS_KEPT: usize = 20_000;

pub(crate) struct Shared {
    pub(crate) oracle: Arc<dyn TableOracle>,
    state: Mutex<State>,
    quiet: Condvar,
}

pub(crate) struct State {
    pub(crate) tables: Tables,
    pub(crate) faults: Vec<Fault>,
    /// The probe whose pages hold one item each.
    pub(crate) cut_pages: Option<u32>,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) sequence: u64,
    under_way: u32,
}

impl Shared {
    pub(crate) fn new(oracle: Arc<dyn TableOracle>, tables: Tables) -> Self {
        let state =
            State { tables, faults: Vec::new(), cut_pages: None, calls: VecDeque::new(), sequence: 0, under_way: 0 };
        Self { oracle, state: Mutex::new(state), quiet: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state when no call is under way, or after a second of waiting for that: a call that the app never ends
    /// must not stop the run.
    pub(crate) fn lock_quiet(&self) -> MutexGuard<'_, State> {
        let until = Instant::now() + Duration::from_secs(1);
        let mut state = self.lock();
        while state.under_way > 0 {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            state = self.quiet.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    pub(crate) fn call_begins(&self) -> UnderWay<'_> {
        self.lock().under_way += 1;
        UnderWay(self)
    }

    /// Records a call and gives it its place in the order.
    pub(crate) fn record(&self, mut call: Call) -> u64 {
        let mut state = self.lock();
        call.sequence = state.sequence;
        state.sequence += 1;
        if state.calls.len() == CALLS_KEPT {
            state.calls.pop_front();
        }
        state.calls.push_back(call);
        state.sequence
    }
}

/// A call that is under way for as long as this lives: a client that goes away ends it too.
pub(crate) struct UnderWay<'s>(&'s Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0 {
            self.0.quiet.notify_all();
        }
    }
}
