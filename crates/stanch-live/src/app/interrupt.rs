use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

/// The plan's exit code for "interrupted".
const INTERRUPTED: i32 = 130;

/// The signal that came, 0 for none. Set by the handler, so that one that comes before anybody waits is not lost.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Catches SIGINT and SIGTERM from here on; again and again does no more.
///
/// `impatient` lets a second one end the program at once. Not for a program that another one waits for: Ctrl-C reaches
/// both, and the waiter hands it on.
pub fn listen_for_interrupts(impatient: bool) {
    CAME.get_or_init(|| {
        let came = Arc::new(AtomicUsize::new(0));
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            if impatient {
                // In this order: the first signal finds the second action not armed yet.
                let _ = signal_hook::flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&armed));
                let _ = signal_hook::flag::register(signal, Arc::clone(&armed));
            }
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
    listen_for_interrupts(true);
    loop {
        let came = CAME.get().map_or(0, |came| came.load(Ordering::SeqCst));
        if came != 0 {
            return i32::try_from(came).unwrap_or(SIGINT);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
