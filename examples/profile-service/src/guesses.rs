//! A bound on trying keys.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::service::now;

/// Counts, per client and minute, presented keys that are none.
///
/// A key has 256 random bits and is not guessed; what this bounds is the load that guessing makes. It lives in memory:
/// each process counts for itself, and behind a proxy all clients have the proxy's address, so the limit is set there
/// (`--guess-limit 0` turns this one off).
#[derive(Debug)]
pub struct Guesses {
    limit: u32,
    counted: Mutex<(u64, BTreeMap<IpAddr, u32>)>,
}

/// Addresses counted in a minute; further ones are let through, which bounds the memory.
const ADDRESSES: usize = 10_000;

impl Guesses {
    /// So many in a minute; 0 for no limit.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Self { limit, counted: Mutex::new((0, BTreeMap::new())) }
    }

    /// Whether this address has used up its minute.
    pub fn are_exhausted(&self, address: IpAddr) -> bool {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let exhausted = counted.1.get(&one_client(address)).is_some_and(|count| *count >= self.limit);
        self.limit > 0 && counted.0 == now() / 60 && exhausted
    }

    /// Counts one.
    pub fn count(&self, address: IpAddr) {
        let address = one_client(address);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now() / 60;
        if counted.0 != minute {
            *counted = (minute, BTreeMap::new());
        }
        if counted.1.len() < ADDRESSES || counted.1.contains_key(&address) {
            *counted.1.entry(address).or_default() += 1;
        }
    }
}

/// What one client commands: an IPv4 address, or the /64 that a host gets of IPv6 (RFC 6177), in which it may take a
/// new address for every request.
fn one_client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::Guesses;

    #[test]
    fn an_address_is_stopped_and_no_other() {
        let (one, other) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let guesses = Guesses::new(2);
        // Four, so that the turn of a minute in between still leaves two in one minute.
        for _ in 0..4 {
            guesses.count(one);
        }
        assert!(guesses.are_exhausted(one));
        assert!(!guesses.are_exhausted(other));
        let of_one_host = |host| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, host));
        (1..=4).for_each(|host| guesses.count(of_one_host(host)));
        assert!(guesses.are_exhausted(of_one_host(9)));
        assert!(!guesses.are_exhausted(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 8, 0, 0, 0, 1))));
        let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        assert!(guesses.are_exhausted(mapped));
        let unlimited = Guesses::new(0);
        unlimited.count(one);
        assert!(!unlimited.are_exhausted(one));
    }
}
