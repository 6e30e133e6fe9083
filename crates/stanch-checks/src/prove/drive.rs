//! Drives one operation: asks, sees what the app looked for in vain, plants it, asks again; then asks wrongly on
//! purpose, as somebody else, and as nobody.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use stanch_api::ParameterLocation;
use stanch_dynamodb::{Snapshot, World};
use stanch_live::app::RunningApp;
use stanch_live::http::Client;
use stanch_live::stubs::ServiceStubs;
use stanch_secrets::names::key_kind;
use url::Url;

use super::demand::{self, Demand};
use super::hint;
use super::identity::{Caller, Identity};
use super::learn::{learn, learn_key};
use super::model;
use super::observation::Observation;
use super::operation::{Operation, Values, honest_value, is_proof};
use super::plant::Planter;
use super::provoke;
use super::stream;
use super::wrong::wrong_values;

/// Rounds of asking and planting at most: one for each layer of look-ups (key, then user, then record), and a few for
/// parameters that show only behind others.
const ROUNDS: usize = 8;
/// Items planted for one operation at most.
const ITEMS: usize = 32;
/// Everything that a probe needs.
pub(super) struct Driver<'d> {
    pub(super) client: &'d Client,
    pub(super) base: &'d Url,
    pub(super) world: &'d World,
    pub(super) stubs: &'d ServiceStubs,
    pub(super) app: &'d mut RunningApp,
    pub(super) planter: &'d mut Planter,
    /// The tables as they are before each probe.
    pub(super) clean: &'d Snapshot,
    /// What stands in the tables now, beside what `clean` has.
    pub(super) standing: BTreeSet<Demand>,
    /// Number of the last probe.
    pub(super) probes: u32,
    /// Whose cookies go along; none for nobody's.
    pub(super) identity: Option<&'d Identity>,
    /// Time that slow answers have taken.
    pub(super) waited: Duration,
}

/// How honest values are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Style<'i> {
    /// Texts that stand for their names.
    Text,
    /// The same as digits, where the route does not say otherwise.
    Digits,
    /// Texts, and no query but what says who asks: most queries are filters and page tokens that can be left out.
    Lean,
    /// Texts, and nothing that says who asks: what is sent is looked at, what is absent may be left alone.
    Bare,
    /// What the app gave this identity, texts for the rest.
    As(&'i Identity),
}

/// The values of a request, and what was planted for it.
pub(super) type Asked = (Values, BTreeSet<Demand>);

impl<'d> Driver<'d> {
    /// All probes of one operation on planted items. Stops early when the app no longer answers.
    ///
    /// Where it asks who is there and nothing planted lets anybody in, the honest requests are all: what is asked wrongly
    /// would meet the same closed door. It can follow by [`Self::vary`], from what comes back beside the observations.
    pub(super) async fn operate(&mut self, operation: &mut Operation) -> (Vec<Observation>, Option<Asked>) {
        self.planter.role = None;
        let mut seen = Vec::new();
        let mut planted = BTreeSet::new();
        let mut values = Values::default();
        let mut first: Option<Asked> = None;
        for (round, style) in
            [Style::Text, Style::Digits, Style::Lean, Style::Bare, Style::Text].into_iter().enumerate()
        {
            let is_new = match round {
                2 => operation.has_query(),
                3 => operation.asks_who(),
                4 => self.guess_field(operation),
                _ => true,
            };
            if !is_new {
                continue;
            }
            // Items that were looked for under values of another style are of no use under this one.
            planted = BTreeSet::new();
            values = Values::default();
            self.world.turn();
            self.settle(operation, style, &mut values, &mut planted, &mut seen).await;
            if seen.last().is_some_and(|last: &Observation| last.succeeded() || last.answer().is_none()) {
                break;
            }
            first.get_or_insert((values.clone(), planted.clone()));
        }
        if !seen.last().is_some_and(Observation::succeeded)
            && let Some(asked) = first.clone()
            && self.ask_in_roles(operation, &asked, &mut seen).await
        {
            first = None;
            (values, planted) = asked;
        }
        // Where nothing was answered with success, what is asked wrongly is what was asked first: with everything in it.
        if let Some(asked) = first.filter(|_| !seen.last().is_some_and(Observation::succeeded)) {
            (values, planted) = asked;
        }
        let is_refused = |one: &Observation| one.answer().is_some_and(|answer| matches!(answer.status, 401 | 403));
        if !seen.is_empty() && seen.iter().all(is_refused) {
            return (seen, Some((values, planted)));
        }
        if seen.last().is_none_or(|last| last.answer().is_some()) {
            self.vary(operation, &values, &planted, None, &mut seen).await;
        }
        (seen, None)
    }

    /// Asks once for each role that the source names, with items of that role, where the app forbids what it found items
    /// for. The role stays for the rest of the operation; tells whether one of them was let in.
    async fn ask_in_roles(
        &mut self,
        operation: &mut Operation,
        (values, planted): &Asked,
        seen: &mut Vec<Observation>,
    ) -> bool {
        let forbids = |one: &Observation| {
            one.answer().is_some_and(|answer| matches!(answer.status, 401 | 403))
                && one.calls.iter().any(|call| call.items > 0)
        };
        if !seen.iter().any(forbids) {
            return false;
        }
        for role in self.planter.roles.clone() {
            self.planter.role = Some(role);
            self.prepare(planted);
            let observation = self.probe(operation, values).await;
            let is_let_in = observation.succeeded();
            learn(operation, &observation);
            seen.push(observation);
            if is_let_in {
                return true;
            }
        }
        self.planter.role = None;
        false
    }

    /// All probes of one operation as somebody whom the app knows, whose things `clean` holds. `other` is the stranger.
    pub(super) async fn operate_as(
        &mut self,
        operation: &mut Operation,
        identity: &'d Identity,
        other: &'d Identity,
    ) -> Vec<Observation> {
        self.identity = Some(identity);
        let mut seen: Vec<Observation> = Vec::new();
        let tries = if operation.asks_authorization() { identity.authorizations() } else { Vec::new() };
        for attempt in 0..tries.len().max(1) {
            let mut planted = BTreeSet::new();
            let mut values = Values::default();
            if let Some((scheme, credential)) = tries.get(attempt) {
                values.scheme = *scheme;
                values.set(ParameterLocation::Header, "authorization", json!(credential));
            }
            self.settle(operation, Style::As(identity), &mut values, &mut planted, &mut seen).await;
            let refused = seen.last().is_some_and(|last| last.answer().is_some() && !last.succeeded());
            if refused && self.guess_field(operation) {
                self.settle(operation, Style::As(identity), &mut values, &mut planted, &mut seen).await;
            }
            let Some(last) = seen.last() else { break };
            if last.answer().is_none() {
                break;
            }
            if last.succeeded() {
                self.vary(operation, &values, &planted, Some(other), &mut seen).await;
                break;
            }
            if operation.has_query() {
                let (mut lean, mut planted) = (operation.lean(), BTreeSet::new());
                let mut values = values.without(|location, _| location == ParameterLocation::Query);
                self.settle(&mut lean, Style::As(identity), &mut values, &mut planted, &mut seen).await;
                if seen.last().is_some_and(Observation::succeeded) {
                    self.vary(&mut lean, &values, &planted, Some(other), &mut seen).await;
                    break;
                }
            }
        }
        seen
    }

    /// The same again, as others, and wrongly.
    pub(super) async fn vary(
        &mut self,
        operation: &mut Operation,
        values: &Values,
        planted: &BTreeSet<Demand>,
        other: Option<&'d Identity>,
        seen: &mut Vec<Observation>,
    ) {
        let reached = seen.last().is_some_and(Observation::succeeded);
        let owner = self.identity;
        operation.settle();
        // The same again on what the last one left behind: some leaks show on duplicates only. What left nothing behind
        // is asked again below, by each who provokes.
        let request = operation.request(values);
        if !(owner.is_none() && seen.last().is_some_and(|last| last.left_all_alone() && last.is_of(&request))) {
            seen.push(self.probe(operation, values).await);
        }
        if reached && (operation.asks_who() || owner.is_some_and(Identity::has_cookies)) {
            self.identity = other;
            self.ask_as_stranger(operation, values, planted, other, seen).await;
            self.identity = None;
            self.prepare(planted);
            let nobody = self.probe(operation, &values.without(is_proof)).await;
            seen.push(Observation { caller: Caller::Nobody, ..nobody });
            self.identity = owner;
        }
        for wrong in wrong_values(operation, values) {
            self.prepare(planted);
            let observation = self.probe(operation, &wrong).await;
            let is_new = |demand: &Demand| !planted.contains(demand);
            let missed: Vec<Demand> =
                observation.calls.iter().flat_map(demand::of_call).filter(is_new).take(ITEMS).collect();
            seen.push(observation);
            // A wrong value may lead where no honest one does; what is looked for there shall be found.
            if !missed.is_empty() {
                self.prepare(&planted.iter().cloned().chain(missed).collect());
                seen.push(self.probe(operation, &wrong).await);
            }
        }
        provoke::all(self, operation, values, planted, seen).await;
    }

    /// Asks for the owner's things with the credentials of somebody else, whose own things are planted where they are
    /// looked for.
    async fn ask_as_stranger(
        &mut self,
        operation: &Operation,
        values: &Values,
        planted: &BTreeSet<Demand>,
        other: Option<&Identity>,
        seen: &mut Vec<Observation>,
    ) {
        let mut theirs = values.clone();
        let mut planted = planted.clone();
        let proofs = operation.parameters().filter(|(location, name, _)| is_proof(*location, name));
        for (location, name, converter) in proofs {
            let known = other.and_then(|other| match name {
                "authorization" => other
                    .authorizations()
                    .into_iter()
                    .find_map(|(scheme, credential)| (scheme == values.scheme).then(|| json!(credential))),
                _ => other.value(location, name, &operation.rule),
            });
            let value = known.unwrap_or_else(|| honest_value(converter, name, &self.planter.shared(1, name)));
            theirs.set(location, name, value);
        }
        for _ in 0..ROUNDS {
            self.prepare(&planted);
            let observation = self.probe(operation, &theirs).await;
            let new: Vec<Demand> = observation
                .calls
                .iter()
                .flat_map(demand::of_call)
                .filter(|demand| !planted.contains(demand))
                .map(|demand| Demand { person: 1, ..demand })
                .filter(|demand| other.is_none() && planted.len() < ITEMS && !planted.contains(demand))
                .collect();
            seen.push(Observation { caller: Caller::Stranger, ..observation });
            if new.is_empty() {
                return;
            }
            planted.extend(new);
        }
    }

    /// Asks until nothing new is learnt.
    pub(super) async fn settle(
        &mut self,
        operation: &mut Operation,
        style: Style<'_>,
        values: &mut Values,
        planted: &mut BTreeSet<Demand>,
        seen: &mut Vec<Observation>,
    ) {
        let identity = if let Style::As(identity) = style { Some(identity) } else { None };
        for _ in 0..ROUNDS {
            self.planter.fill(operation, style, 0, values);
            if identity.is_none() {
                planted.extend(self.planter.looked_up_before(operation, values));
            }
            self.prepare(planted);
            let observation = self.probe(operation, values).await;
            let mut learnt = learn(operation, &observation);
            let streamed = stream::demands(operation, self.world);
            for demand in streamed.into_iter().chain(observation.calls.iter().flat_map(demand::of_call)) {
                if planted.len() < ITEMS && !planted.contains(&demand) {
                    self.adopt(operation, &demand, identity, values);
                    self.planter.note_look_up(operation, values, &demand);
                    planted.insert(demand);
                    learnt = true;
                }
            }
            for call in &observation.calls {
                learnt |= learn_key(self.world, operation, call);
            }
            if !observation.succeeded() {
                learnt |= model::learn(self.planter, &observation);
                learnt |= observation.answer().is_some_and(|answer| hint::follow(answer, operation, values));
            }
            let answered = observation.answer().is_some();
            seen.push(observation);
            if !learnt || !answered {
                break;
            }
        }
    }

    /// Puts a field into a body of which the app looks at no single field but takes whatever comes; tells whether the
    /// operation has such a body.
    fn guess_field(&self, operation: &mut Operation) -> bool {
        if !operation.takes_body() || operation.has_body() {
            return false;
        }
        let name = self.planter.usual_field(&operation.rule);
        operation.confirm(ParameterLocation::Json, &name);
        true
    }

    /// Lets parameters that bear the name of an attribute of a planted item take its value, so that a password that is
    /// compared with the stored one is the stored one.
    pub(super) fn adopt(
        &mut self,
        operation: &Operation,
        demand: &Demand,
        identity: Option<&Identity>,
        values: &mut Values,
    ) {
        let item = self.planter.item(self.world, demand);
        for (location, name, _) in operation.parameters() {
            let is_known = identity.is_some_and(|known| known.value(location, name, &operation.rule).is_some());
            // What a path names is what is looked for; a password in it is compared like any other.
            let is_place = location == ParameterLocation::Path && key_kind(name).is_none();
            if is_known || demand.values.contains_key(name) || is_place {
                continue;
            }
            if let Some(text) = item.get(name).and_then(|value| value.get("S")).and_then(Value::as_str) {
                values.set(location, name, json!(text));
            }
        }
    }

    /// Puts the tables back and plants what was asked for.
    pub(super) fn prepare(&mut self, planted: &BTreeSet<Demand>) {
        // A table that could not be put back shows in what the app answers, not in what is proven.
        let _ = self.world.restore(self.clean);
        for demand in planted {
            self.planter.plant(self.world, demand);
        }
        self.standing.clone_from(planted);
    }
}
