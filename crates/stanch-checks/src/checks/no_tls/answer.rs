use std::net::IpAddr;

use stanch_findings::{Confidence, Severity};
use url::Host;

use super::CHECK;
use crate::Defect;
use crate::scan::view::OperationView;

/// An answer with success came without TLS, from another machine.
pub(crate) fn judge(view: &OperationView<'_>) -> Vec<Defect> {
    let Some(trial) = view.trials.iter().find(|trial| trial.succeeded()) else { return Vec::new() };
    let near = match view.api.base.host() {
        Some(Host::Ipv4(address)) => nearness(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => nearness(IpAddr::V6(address)),
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => Near::Here,
        Some(Host::Domain(name)) if !name.contains('.') => Near::Private,
        _ => Near::Far,
    };
    if view.api.base.scheme() != "http" || near == Near::Here {
        return Vec::new();
    }
    let mut defect = view.defect(&CHECK.rule);
    defect.confidence = Confidence::Proven;
    if near == Near::Private {
        defect.severity = Severity::Info;
    } else if !view.api.identities[0].credentials.is_empty() {
        defect.severity = Severity::High;
    }
    defect.message =
        "The API answers over plain HTTP: whoever is on the way reads keys and changes answers.".to_owned();
    defect.remediation = "Put TLS in front of it, and answer plain HTTP with a redirect or not at all.".to_owned();
    defect.reproduce = Some(view.reproduce(trial));
    vec![defect]
}

#[derive(PartialEq, Eq)]
enum Near {
    Here,
    Private,
    Far,
}

const fn nearness(address: IpAddr) -> Near {
    let private = match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    if address.is_loopback() || address.is_unspecified() {
        Near::Here
    } else if private {
        Near::Private
    } else {
        Near::Far
    }
}
