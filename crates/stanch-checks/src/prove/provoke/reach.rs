//! Addresses: where the app calls the host that it is sent, an attacker chooses whom it asks.

use serde_json::json;
use stanch_api::ParameterLocation;
use stanch_findings::Evidence;
use stanch_live::Event;
use stanch_secrets::names::words;

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;
use crate::prove::sign::{Kind, Sign, Way};

/// The instance metadata service, whose credentials attackers are after.
const METADATA: &str = "169.254.169.254";
/// Parameters that are tried at most.
const PARAMETERS: usize = 4;

/// Words in the names of parameters that hold an address, and of those that hold a host.
const ADDRESSES: [&str; 19] = [
    "url", "uri", "link", "href", "src", "callback", "webhook", "hook", "image", "avatar", "picture", "photo", "feed",
    "fetch", "endpoint", "target", "site", "website", "import",
];
const HOSTS: [&str; 6] = ["host", "hostname", "domain", "server", "ip", "proxy"];

/// Sends the metadata service's address in each parameter that is named like one. A stand-in answers there over HTTP; any
/// other way in is refused, and the wall tells that it was tried.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Vec<Observation> {
    let mut seen = Vec::new();
    let named = |name: &str, list: &[&str]| words(name).iter().any(|word| list.contains(&word.as_str()));
    let parameters: Vec<(ParameterLocation, &str, String)> = honest
        .texts()
        .into_iter()
        .filter(|(location, ..)| *location != ParameterLocation::Header)
        .filter_map(|(location, name, _)| match () {
            () if named(name, &ADDRESSES) => {
                Some((location, name, format!("http://{METADATA}/latest/meta-data/iam/security-credentials/app-role")))
            }
            () if named(name, &HOSTS) => Some((location, name, METADATA.to_owned())),
            () => None,
        })
        .take(PARAMETERS)
        .collect();
    for (location, name, address) in parameters {
        let mut values = honest.values.clone();
        values.set(location, name, json!(address));
        let mut observation = driver.provoked(honest, &values).await;
        let sign = reached(&observation, name);
        observation.signs.extend(sign);
        seen.push(observation);
    }
    seen
}

fn reached(observation: &Observation, parameter: &str) -> Option<Sign> {
    let (text, source) = observation.events.iter().find_map(|event| match event {
        Event::Reached { address, source, .. } => {
            Some((format!("the app asked `{address}`, the instance metadata service, and was answered"), source))
        }
        Event::Refused { address, source, .. } if address.starts_with(METADATA) => {
            Some((format!("the app tried to connect to `{address}`, the instance metadata service"), source))
        }
        _ => None,
    })?;
    let evidence = Evidence { what: "outgoing connection".to_owned(), text };
    let mut sign = Sign::new(Kind::Reached, Way::Call, evidence);
    sign.keys = [parameter.to_owned()].into();
    sign.source = source.clone();
    Some(sign)
}
