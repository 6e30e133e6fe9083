//! Values that stand-ins of other AWS services hand to the app: secrets and parameters, canaries as well.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use stanch_live::canary::{CanaryBook, CanaryClass};
use stanch_live::stubs::StubValues;

use super::plant::Planter;

/// Which values were handed out. The stand-ins answer on a thread of their own, so they derive each value from the seed
/// and leave its name here; the values are the same as those of the run's own book.
pub(super) struct Services {
    seed: String,
    handed_out: Arc<Mutex<BTreeSet<(String, bool)>>>,
}

impl Services {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed: seed.to_string(), handed_out: Arc::default() }
    }

    /// What the stand-ins ask for values.
    pub(super) fn values(&self) -> Arc<dyn StubValues> {
        let (seed, handed_out) = (self.seed.clone(), Arc::clone(&self.handed_out));
        Arc::new(move |name: &str, is_key: bool| {
            handed_out.lock().unwrap_or_else(PoisonError::into_inner).insert((name.to_owned(), is_key));
            CanaryBook::new(&seed).setting(name, class(is_key)).expose().to_owned()
        })
    }

    /// Lets the search know all values that were handed out so far, but for those that are made for whoever asks: they
    /// are like keys that the app makes.
    pub(super) fn enter_into(&self, planter: &mut Planter) {
        for (name, is_key) in self.handed_out.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if !name.starts_with(TOKENS) {
                planter.know_setting(name, class(*is_key));
            }
        }
    }
}

/// Tokens that a user pool gives to the user who logs in.
const TOKENS: &str = "cognito-idp:";

const fn class(is_key: bool) -> CanaryClass {
    if is_key { CanaryClass::Secret } else { CanaryClass::Ordinary }
}
