use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use stanch_api::{Method, SourcePlace};
use stanch_findings::{Confidence, Evidence, Finding, FlowStep, Place, Rule, Severity, fingerprint};

use crate::exposure::Exposure;
use crate::{FlowView, registry};

/// One sight of a defect, by one oracle. Sights of the same defect are joined into one finding.
#[derive(Clone, Debug)]
pub struct Defect {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// Severity of this one.
    pub severity: Severity,
    /// How sure this sight makes it.
    pub confidence: Confidence,
    /// The line where the value leaves, if it is known.
    pub source: Option<SourcePlace>,
    /// Endpoints by which it shows.
    pub endpoints: BTreeSet<(String, Method)>,
    /// Attributes, log lines and resources.
    pub others: BTreeSet<Place>,
    /// What happens and what an attacker does with it.
    pub message: String,
    /// The way from source to sink.
    pub flow: Vec<FlowStep>,
    /// What was seen, masked.
    pub evidence: Vec<Evidence>,
    /// A command line that shows it again.
    pub reproduce: Option<String>,
    /// What to do.
    pub remediation: String,
    /// What stands for the source line in the fingerprint, where the line itself holds a key, or where no line is known
    /// and one endpoint shows several defects of the rule.
    pub identity: Option<String>,
}

impl Defect {
    /// A defect that is a flow: its line, endpoints, attributes and steps filled in, the words left to the check.
    pub(crate) fn of_flow(rule: &'static Rule, view: &FlowView<'_>) -> Self {
        let exposure = Exposure::of(view);
        let attributes = exposure.secret.iter().chain(&exposure.private).filter_map(|name| {
            Some(Place::Attribute { table: exposure.table?.name.clone(), name: (*name).to_owned() })
        });
        Self {
            rule,
            severity: rule.severity,
            // Code that no route is seen to reach may be dead, or reached in a way that was not seen.
            confidence: if view.flow.routes.is_empty() { Confidence::Suspected } else { Confidence::Likely },
            source: Some(view.flow.sink.place.clone()),
            endpoints: view
                .routes()
                .flat_map(|route| route.methods.iter().map(|method| (route.rule.clone(), *method)))
                .collect(),
            others: attributes.collect(),
            message: String::new(),
            flow: view
                .flow
                .steps
                .iter()
                .map(|(place, note)| FlowStep { place: place.clone(), note: note.clone() })
                .collect(),
            evidence: Vec::new(),
            reproduce: None,
            remediation: String::new(),
            identity: None,
        }
    }

    /// Whether both are sights of one defect: the same rule at the same line, or, where no line is known, at a common
    /// endpoint.
    fn is_same(&self, other: &Self) -> bool {
        self.rule.id == other.rule.id
            && match (&self.source, &other.source) {
                (Some(a), Some(b)) => a.path == b.path && a.line == b.line,
                (None, None) => {
                    self.identity == other.identity
                        && self.endpoints.iter().any(|endpoint| other.endpoints.contains(endpoint))
                }
                _ => false,
            }
    }

    /// A defect of which only the line is known, everything else left to be filled in.
    pub(crate) fn bare(rule: &'static Rule, source: Option<SourcePlace>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: Confidence::Suspected,
            source,
            endpoints: BTreeSet::new(),
            others: BTreeSet::new(),
            message: String::new(),
            flow: Vec::new(),
            evidence: Vec::new(),
            reproduce: None,
            remediation: String::new(),
            identity: None,
        }
    }

    /// Its line, or its endpoints where no line is known.
    fn spots(&self) -> Vec<Spot> {
        match &self.source {
            Some(place) => vec![Spot::Line(place.path.clone(), place.line)],
            None => self.endpoints.iter().map(|(route, method)| Spot::Endpoint(route.clone(), *method)).collect(),
        }
    }

    /// Takes another sight of the same defect in. What the surer of both says goes before what the other one says; where
    /// one is proven and the other is not, only what was seen counts for its endpoints and attributes.
    fn absorb(&mut self, mut other: Self) {
        let rank = |defect: &Self| (defect.confidence, defect.severity);
        let proven = |defect: &Self| defect.confidence == Confidence::Proven;
        let says_more = (other.severity, other.flow.len()) > (self.severity, self.flow.len());
        if rank(&other) > rank(self) || other.confidence == self.confidence && says_more {
            std::mem::swap(self, &mut other);
        }
        let seen_only = proven(self) && !proven(&other);
        if !seen_only {
            self.endpoints.extend(other.endpoints);
            self.others.extend(other.others);
        }
        for (own, others) in [(&mut self.message, other.message), (&mut self.remediation, other.remediation)] {
            if own.is_empty() {
                *own = others;
            }
        }
        if self.flow.is_empty() {
            self.flow = other.flow;
        }
        // The audit's place knows columns and the end of the statement, a live one the line only.
        if seen_only || self.source.is_none() {
            self.source = other.source.or(self.source.take());
        }
        self.severity = self.severity.max(other.severity);
        self.evidence.extend(other.evidence);
        self.reproduce = self.reproduce.take().or(other.reproduce);
        self.identity = self.identity.take().or(other.identity);
    }
}

/// Joins sights into findings, each defect once, in the order of a report.
pub(crate) fn join(defects: Vec<Defect>, texts: &SourceTexts) -> Vec<Finding> {
    let mut joined: Vec<Defect> = Vec::new();
    let mut by_source: BTreeMap<(&str, String, u32), usize> = BTreeMap::new();
    for defect in defects {
        let key = defect.source.as_ref().map(|place| (defect.rule.id, place.path.clone(), place.line));
        let index = match &key {
            Some(key) => by_source.get(key).copied(),
            None => joined.iter().position(|known| known.is_same(&defect)),
        };
        match index {
            Some(index) => joined[index].absorb(defect),
            None => {
                if let Some(key) = key {
                    by_source.insert(key, joined.len());
                }
                joined.push(defect);
            }
        }
    }
    drop_superseded(&mut joined);
    // Equal lines of one function are told apart by their order, so the fingerprints are given out in that order.
    joined.sort_by(|a, b| (a.rule.id, &a.source, &a.endpoints).cmp(&(b.rule.id, &b.source, &b.endpoints)));
    let mut seen: BTreeMap<(&str, String, Option<String>, String), usize> = BTreeMap::new();
    let mut findings: Vec<Finding> = joined
        .into_iter()
        .map(|defect| {
            let fingerprint = match (&defect.source, defect.endpoints.first()) {
                (Some(place), _) => {
                    let text = defect.identity.clone().unwrap_or_else(|| texts.line(&place.path, place.line));
                    // Folded as the fingerprint folds it: lines that differ in their indent alone are equal to it.
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    let key = (defect.rule.id, place.path.clone(), place.symbol.clone(), text.clone());
                    let occurrence = seen.entry(key).and_modify(|count| *count += 1).or_insert(0);
                    fingerprint::of_source(defect.rule.id, &place.path, place.symbol.as_deref(), &text, *occurrence)
                }
                (None, _) if defect.endpoints.is_empty() && defect.identity.is_some() => {
                    let text = defect.identity.clone().unwrap_or_default();
                    let key = (defect.rule.id, String::new(), None, text.clone());
                    let occurrence = seen.entry(key).and_modify(|count| *count += 1).or_insert(0);
                    fingerprint::of_source(defect.rule.id, "", None, &text, *occurrence)
                }
                (None, Some((route, method))) => {
                    let apart = defect.identity.as_ref().map(|identity| format!("{route}\n{identity}"));
                    fingerprint::of_endpoint(defect.rule.id, method.as_str(), apart.as_ref().unwrap_or(route))
                }
                (None, None) => fingerprint::of_endpoint(defect.rule.id, "", ""),
            };
            finding(defect, fingerprint)
        })
        .collect();
    findings.sort_by(Finding::order);
    findings
}

/// Leaves out what another finding says better: a whole item that leaves where a key in it is already named. What is
/// surer than the other is kept: a proof does not give way to what is only likely.
fn drop_superseded(defects: &mut Vec<Defect>) {
    let mut covered: BTreeMap<(&str, Spot), Confidence> = BTreeMap::new();
    for check in registry::CHECKS.iter().filter(|check| !check.supersedes.is_empty()) {
        for defect in defects.iter().filter(|defect| defect.rule.id == check.rule.id) {
            for spot in defect.spots() {
                for rule in check.supersedes {
                    let by = covered.entry((*rule, spot.clone())).or_insert(defect.confidence);
                    *by = defect.confidence.max(*by);
                }
            }
        }
    }
    let is_covered = |defect: &Defect| {
        let by = defect.spots().into_iter().filter_map(|spot| covered.get(&(defect.rule.id, spot)).copied()).max();
        by.is_some_and(|by| by >= defect.confidence)
    };
    defects.retain(|defect| !is_covered(defect));
}

/// Where a defect is looked for when another may say it better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Line(String, u32),
    Endpoint(String, Method),
}

/// Excerpts shown of one defect.
const EVIDENCE: usize = 3;

fn finding(mut defect: Defect, fingerprint: String) -> Finding {
    let mut places: Vec<Place> = defect.source.into_iter().map(Place::Source).collect();
    places.extend(defect.endpoints.into_iter().map(|(route, method)| Place::Endpoint { method, route }));
    places.extend(defect.others);
    let mut known = BTreeSet::new();
    // One sight of a kind is enough: the same body with other input shows nothing more.
    defect.evidence.retain(|evidence| known.insert(evidence.what.clone()));
    defect.evidence.truncate(EVIDENCE);
    Finding {
        rule: defect.rule,
        severity: defect.severity,
        confidence: defect.confidence,
        message: defect.message,
        places,
        flow: defect.flow,
        evidence: defect.evidence,
        reproduce: defect.reproduce,
        fix: None,
        remediation: defect.remediation,
        suppressed: None,
        fingerprint,
    }
}

/// The text of source files, read when asked for and kept.
#[derive(Debug)]
pub struct SourceTexts {
    root: PathBuf,
    files: RefCell<BTreeMap<String, Vec<String>>>,
}

impl SourceTexts {
    /// Texts of the files below a project root.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: RefCell::default() }
    }

    /// Takes the text of a file that is given rather than read from the disk, by its path below the root.
    #[must_use]
    pub fn with(self, given: Option<&(PathBuf, Vec<u8>)>) -> Self {
        if let Some((path, bytes)) = given {
            let absolute = self.root.join(path);
            let relative = absolute.strip_prefix(&self.root).unwrap_or(&absolute);
            let relative: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            let lines = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
            self.files.borrow_mut().insert(relative.join("/"), lines);
        }
        self
    }

    /// One line, counted from 1, empty where there is none.
    #[must_use]
    pub fn line(&self, path: &str, line: u32) -> String {
        let mut files = self.files.borrow_mut();
        let lines = files.entry(path.to_owned()).or_insert_with(|| {
            let bytes = std::fs::read(self.root.join(path)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
        });
        lines.get((line as usize).saturating_sub(1)).cloned().unwrap_or_default()
    }
}
