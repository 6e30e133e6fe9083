use stanch_api::{AttributeClass, ParameterLocation, Route};
use stanch_findings::Rule;
use stanch_secrets::names::{KeyKind, key_kind, words};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

use crate::Defect;
use crate::call::{CallView, is_request};

/// A call that selects its item by what the client says, and what stands guard before the routes that reach it.
pub(crate) struct Selection<'f> {
    pub(crate) view: CallView<'f>,
    /// The ways of clients' ids into the key.
    flows: Vec<&'f Flow>,
    /// Routes that ask nobody who they are, by index.
    pub(crate) open: Vec<usize>,
    /// Routes that know that the caller is somebody, and never ask who.
    pub(crate) ownerless: Vec<usize>,
}

impl<'f> Selection<'f> {
    /// Every such call that a route reaches.
    pub(crate) fn all(facts: &'f SourceFacts) -> impl Iterator<Item = Self> {
        CallView::all(facts).filter_map(Self::of)
    }

    fn of(view: CallView<'f>) -> Option<Self> {
        if !matches!(view.call.operation.as_str(), "get_item" | "query" | "update_item" | "delete_item") {
            return None;
        }
        let into_key = || view.flows().filter(|flow| flow.sink.kind == SinkKind::Key);
        let (flows, credentials): (Vec<&Flow>, Vec<&Flow>) =
            into_key().filter(|flow| is_request(flow)).partition(|flow| is_client_id(flow));
        let reaches = |flows: &[&Flow], route| flows.iter().any(|flow| flow.routes.contains(&route));
        // A condition on the owner, or on a secret that the caller has to know, is the check.
        if view.call.compared.iter().any(|name| binds(name) && !view.key().contains(&name.as_str())) {
            return None;
        }
        // A look whether there is such an item gives nothing of it.
        if matches!(view.call.operation.as_str(), "get_item" | "query") && !view.leaves() {
            return None;
        }
        let (mut open, mut ownerless) = (Vec::new(), Vec::new());
        for (index, route) in view.routes().filter(|(index, _)| reaches(&flows, *index)) {
            // A credential in the key binds the item to whoever holds it.
            if reaches(&credentials, index) {
                continue;
            }
            let guards: Vec<_> = view.facts.guards_of(index).filter(|guard| guard.kind != "role").collect();
            // A login reads the account that the client names, and gives it to whoever knows the password.
            if view.call.operation != "update_item" && view.call.operation != "delete_item" && is_login(&view, route) {
                continue;
            }
            if guards.is_empty() {
                open.push(index);
            } else if guards.iter().all(|guard| guard.kind != "identity") {
                ownerless.push(index);
            }
        }
        Some(Self { view, flows, open, ownerless })
    }

    /// Whether another call is of the same kind, in the same function, on the same table and for the same open routes.
    pub(crate) fn does_the_same(&self, other: &Self) -> bool {
        let (own, others) = (&self.view.call, &other.view.call);
        own.operation == others.operation
            && own.table == others.table
            && own.place.path == others.place.path
            && own.place.symbol == others.place.symbol
            && self.open == other.open
    }

    pub(crate) fn writes(&self) -> bool {
        matches!(self.view.call.operation.as_str(), "update_item" | "delete_item")
    }

    pub(crate) fn holds_secrets(&self) -> bool {
        !self.view.attributes(AttributeClass::Secret).is_empty()
    }

    /// Attributes of the table that are somebody's own, secrets first.
    pub(crate) fn private(&self) -> Vec<&'f str> {
        let mut names = self.view.attributes(AttributeClass::Secret);
        names.extend(self.view.attributes(AttributeClass::Private));
        names.truncate(6);
        names
    }

    /// Whether table, key or route say that items belong to somebody.
    pub(crate) fn is_about_people(&self) -> bool {
        let table = self.view.table().map(|table| table.name.as_str());
        let rules = self.view.routes().map(|(_, route)| route.rule.as_str());
        let names = table.into_iter().chain(self.view.key()).chain(rules);
        names.into_iter().any(|name| words(name).iter().any(|word| PEOPLE.contains(&word.as_str())))
    }

    /// The defect of the call, for these of its routes.
    pub(crate) fn defect(&self, rule: &'static Rule, routes: &[usize]) -> Defect {
        let shown = self.flows.iter().find(|flow| routes.iter().any(|route| flow.routes.contains(route)));
        let mut defect = self.view.defect(rule, shown.copied());
        defect.endpoints = routes
            .iter()
            .filter_map(|index| self.view.facts.routes.get(*index))
            .flat_map(|route| route.methods.iter().map(|method| (route.rule.clone(), *method)))
            .collect();
        defect
    }
}

/// Words that say that an item is a person's, sorted.
const PEOPLE: [&str; 36] = [
    "account",
    "accounts",
    "booking",
    "bookings",
    "client",
    "clients",
    "contact",
    "contacts",
    "customer",
    "customers",
    "email",
    "employee",
    "employees",
    "invoice",
    "invoices",
    "member",
    "members",
    "message",
    "messages",
    "order",
    "orders",
    "patient",
    "patients",
    "payment",
    "payments",
    "person",
    "profile",
    "profiles",
    "student",
    "students",
    "subscriber",
    "transaction",
    "transactions",
    "user",
    "username",
    "users",
];

/// Whether a key comes from the client as the name of a thing, not as its credential.
fn is_client_id(flow: &Flow) -> bool {
    match &flow.source.kind {
        SourceKind::Request { location, name } => {
            !matches!(location, Some(ParameterLocation::Header | ParameterLocation::Cookie))
                && name.as_deref().is_none_or(|name| key_kind(name).is_none())
        }
        _ => false,
    }
}

fn is_login(view: &CallView<'_>, route: &Route) -> bool {
    let says = |name: &str| {
        words(name).iter().any(|word| matches!(word.as_str(), "login" | "signin" | "authenticate" | "logon"))
    };
    says(&route.rule)
        || view.call.place.symbol.as_deref().is_some_and(says)
        || route
            .parameters
            .iter()
            .any(|parameter| matches!(key_kind(&parameter.name), Some(KeyKind::Password | KeyKind::Pin)))
}

/// Whether a condition on the attribute ties the item to whoever calls.
fn binds(name: &str) -> bool {
    const OWNERS: [&str; 9] =
        ["account", "author", "caller", "creator", "customer", "owner", "tenant", "user", "username"];
    const DIGESTS: [&str; 2] = ["digest", "hash"];
    key_kind(name).is_some()
        || words(name).iter().any(|word| OWNERS.contains(&word.as_str()) || DIGESTS.contains(&word.as_str()))
}
