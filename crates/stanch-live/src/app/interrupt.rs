use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

/// The signal that came, 0 for none. Set by the handler, so that one that comes before anybody waits is not lost.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Catches SIGINT and SIGTERM from here on; again and again does no more.
pub fn listen_for_interrupts() {
    CAME.get_or_init(|| {
        let came = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            if let Ok(number) = usize::try_from(signal) {
                // Fails for signals that nobody may catch, which these are not.
                let _ = signal_hook::flag::register_usize(signal, Arc::clone(&came), number);
            }
        }
        came
    });
}

/// Ends when SIGINT or SIGTERM has come since [`listen_for_interrupts`], with its number. What runs beside it is then to
/// be dropped: a [`super::RunningApp`] takes its processes and its directory with it.
pub async fn interrupted() -> i32 {
    listen_for_interrupts();
    loop {
        let came = CAME.get().map_or(0, |came| came.load(Ordering::SeqCst));
        if came != 0 {
            return i32::try_from(came).unwrap_or(SIGINT);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
