use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::front;
use crate::shared::{Shared, TableOracle};
use crate::spec::TableSpec;
use crate::stub::Fault;
use crate::tables::{Snapshot, TableState, Tables};
use crate::{Call, Engine, EngineError};

/// The embedded DynamoDB as an app meets it: an endpoint on loopback that answers any region and any credentials,
/// makes missing tables, and records every call.
///
/// It runs on a thread of its own until it is dropped. Its methods may be called from any thread; none of them waits
/// for the app, but for calls that are under way.
pub struct World {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// How a [`World`] starts.
pub struct WorldOptions {
    /// Where it listens; port 0 takes a free one. The first address is the endpoint.
    pub addresses: Vec<SocketAddr>,
    /// Tables that are there before the app starts. The app may create each of them once more, with its own schema.
    pub tables: Vec<TableSpec>,
    /// Asked for the schema of a table that a request misses.
    pub oracle: Arc<dyn TableOracle>,
}

impl Default for WorldOptions {
    /// One free port on loopback, no table, an oracle that knows nothing.
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            tables: Vec::new(),
            oracle: Arc::new(|_: &str, _: &str, _: &Value| None),
        }
    }
}

impl World {
    /// Makes the tables, binds the addresses and starts to answer.
    ///
    /// # Errors
    /// When an address is taken or a table's schema is refused.
    pub fn start(options: WorldOptions) -> Result<Self, EngineError> {
        let failed = |error: std::io::Error| EngineError::Failed(error.to_string());
        let engine = Engine::memory()?;
        let mut tables = Tables::new(engine.clone());
        options.tables.into_iter().try_for_each(|spec| tables.create(spec))?;
        let listen = |address: SocketAddr| {
            let listener = std::net::TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let listeners: Vec<_> = options.addresses.into_iter().map(listen).collect::<Result<_, _>>().map_err(failed)?;
        let addresses: Vec<_> = listeners.iter().map(|l| l.local_addr()).collect::<Result<_, _>>().map_err(failed)?;
        let inner = listen(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(failed)?;
        let shared = Arc::new(Shared::new(options.oracle, tables));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let front = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || {
                runtime.block_on(front::run(front, engine, listeners, inner, stopped));
                // Connections that an app keeps open must not delay the end.
                runtime.shutdown_timeout(Duration::from_millis(200));
            })
            .map_err(failed)?;
        Ok(Self { shared, addresses, stop: Some(stop), thread: Some(thread) })
    }

    /// The first address as a URL: `http://127.0.0.1:40001`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.addresses.first().map(|address| format!("http://{address}")).unwrap_or_default()
    }

    /// Every address it listens on.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The tables that are there now, by name.
    #[must_use]
    pub fn tables(&self) -> Vec<TableState> {
        self.shared.lock().tables.states()
    }

    /// Makes a table beforehand, as [`WorldOptions::tables`] does.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn create(&self, spec: TableSpec) -> Result<(), EngineError> {
        self.shared.lock_quiet().tables.create(spec)
    }

    /// Puts an item in typed JSON into a table, past the front: no call is recorded.
    ///
    /// # Errors
    /// DynamoDB's refusal, with the missing table or the misfitting key in its text.
    pub fn plant(&self, table: &str, item: &Value) -> Result<(), EngineError> {
        let mut state = self.shared.lock_quiet();
        state.tables.engine().put_item(table, item)?;
        state.tables.touched(table);
        Ok(())
    }

    /// The items of a table as they are now, past the front.
    ///
    /// # Errors
    /// DynamoDB's refusal.
    pub fn items(&self, table: &str) -> Result<Vec<Value>, EngineError> {
        self.shared.lock_quiet().tables.engine().items(table)
    }

    /// Remembers schemas and items as they are now.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn snapshot(&self) -> Result<Snapshot, EngineError> {
        self.shared.lock_quiet().tables.snapshot()
    }

    /// Brings items back to the snapshot, touching only tables that changed. What was learnt of schemas stays; a
    /// table that the snapshot does not know is emptied, one that is gone comes back.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), EngineError> {
        self.shared.lock_quiet().tables.restore(snapshot)
    }

    /// Begins a turn: an app whose routes disagree about a table's key gets, for a guessed table, the key that the
    /// requests from now on suggest.
    pub fn turn(&self) {
        self.shared.lock().tables.turn();
    }

    /// The app starts anew: it may create each table again.
    pub fn app_starts(&self) {
        self.shared.lock().tables.unclaim();
    }

    /// Answers calls that this fault meets with it, after the faults that were injected before.
    pub fn inject(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    /// Forgets all faults.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Ends each page of a `Query` or `Scan` of this probe after one item, as DynamoDB does after a megabyte; none for no
    /// probe.
    pub fn cut_pages(&self, probe: Option<u32>) {
        self.shared.lock().cut_pages = probe;
    }

    /// Number of calls seen so far; a call from now on has this sequence number or a higher one.
    #[must_use]
    pub fn call_count(&self) -> u64 {
        self.shared.lock().sequence
    }

    /// The calls from this sequence number on, in order, after waiting for those under way. They stay.
    #[must_use]
    pub fn calls_since(&self, sequence: u64) -> Vec<Call> {
        let state = self.shared.lock_quiet();
        state.calls.iter().filter(|call| call.sequence >= sequence).cloned().collect()
    }

    /// The calls that are kept and carry the number of that probe, in order.
    #[must_use]
    pub fn calls_of(&self, probe: u32) -> Vec<Call> {
        let state = self.shared.lock_quiet();
        state.calls.iter().filter(|call| call.probe == Some(probe)).cloned().collect()
    }

    /// Takes all calls that are kept, in order, after waiting for those under way.
    #[must_use]
    pub fn drain_calls(&self) -> Vec<Call> {
        self.shared.lock_quiet().calls.drain(..).collect()
    }

    /// How often each operation was called on each table, over the calls that are kept.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<(String, String), u32> {
        let mut tally = BTreeMap::new();
        for call in &self.shared.lock().calls {
            for table in &call.tables {
                *tally.entry((table.clone(), call.operation.clone())).or_default() += 1;
            }
        }
        tally
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by the panic hook; there is nothing to add while dropping.
            let _ended = thread.join();
        }
    }
}
