use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A rate of requests and an end of time.
///
/// A token bucket that holds a quarter of a second's worth, so that a short pause is made up for and a burst stays
/// short.
#[derive(Debug)]
pub struct Pace {
    rate: Option<f64>,
    end: Option<Instant>,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Pace {
    /// `rate` in requests a second; `max_time` from now on.
    #[must_use]
    pub fn new(rate: Option<f64>, max_time: Option<Duration>) -> Self {
        let now = Instant::now();
        let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0);
        Self {
            rate,
            end: max_time.and_then(|time| now.checked_add(time)),
            bucket: Mutex::new(Bucket { tokens: 1.0, filled: now }),
        }
    }

    /// Whether the time is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Waits until the next request may be sent; false if that is after the end.
    pub async fn wait(&self) -> bool {
        let due = self.due();
        if self.end.is_some_and(|end| due >= end) {
            return false;
        }
        tokio::time::sleep_until(due).await;
        true
    }

    /// Takes a token and says when it becomes valid.
    fn due(&self) -> Instant {
        let now = Instant::now();
        let Some(rate) = self.rate else { return now };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.duration_since(bucket.filled).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + gained).min((rate / 4.0).max(1.0)) - 1.0;
        bucket.filled = now;
        if bucket.tokens >= 0.0 { now } else { now + Duration::from_secs_f64((-bucket.tokens / rate).min(3600.0)) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[tokio::test]
    async fn the_rate_holds_and_time_ends() {
        let pace = Pace::new(Some(100.0), Some(Duration::from_millis(400)));
        let start = Instant::now();
        let mut sent = 0;
        while pace.wait().await {
            sent += 1;
        }
        // 40 in 0.4 s, and the one token that the bucket starts with.
        assert!((20..=41).contains(&sent), "{sent}");
        assert!(start.elapsed() < Duration::from_secs(2) && (pace.is_over() || sent > 38));
    }
}
