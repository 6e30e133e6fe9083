use std::hash::{Hash, Hasher};
use std::rc::Rc;

use stanch_api::AttributeSet;

use super::{FuncId, Key, Shape};
use crate::ir::{Span, Sym};

/// A source, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceId(pub(crate) u32);

/// Where a taint comes from: a source, or a parameter of the function that is being summarised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    Source(SourceId),
    Param { index: u16, path: Rc<[Key]> },
}

/// One taint of a value. Equality leaves the way aside, so that the solver comes to rest.
#[derive(Clone, Debug)]
pub(crate) struct Taint {
    pub(crate) origin: Origin,
    pub(crate) shape: Shape,
    /// Attributes that are still there; of a parameter: that are let through.
    pub(crate) attributes: Rc<AttributeSet>,
    pub(crate) nested: bool,
    pub(crate) trail: Trail,
}

impl Taint {
    pub(crate) fn same_kind(&self, other: &Self) -> bool {
        self.shape == other.shape && self.origin == other.origin
    }

    pub(crate) fn source(&self) -> Option<SourceId> {
        match self.origin {
            Origin::Source(source) => Some(source),
            Origin::Param { .. } => None,
        }
    }

    pub(crate) fn stepped(&self, func: FuncId, span: Span, note: Note) -> Self {
        Self { trail: self.trail.push(func, span, note), ..self.clone() }
    }
}

impl PartialEq for Taint {
    fn eq(&self, other: &Self) -> bool {
        self.same_kind(other) && self.nested == other.nested && self.attributes == other.attributes
    }
}

impl Eq for Taint {}

impl Hash for Taint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.origin.hash(state);
        self.shape.hash(state);
        self.nested.hash(state);
        self.attributes.hash(state);
    }
}

/// What happened at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Source,
    Assigned(Sym),
    Passed,
    Returned,
    Removed(Sym),
}

/// One step of a value's way.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) func: FuncId,
    pub(crate) span: Span,
    pub(crate) note: Note,
    length: u8,
    before: Trail,
}

/// A value's way so far, the last step first. Ways are shared, and end at a bounded length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Option<Rc<Step>>);

impl Trail {
    const LENGTH: u8 = 24;

    pub(crate) fn push(&self, func: FuncId, span: Span, note: Note) -> Self {
        let length = self.0.as_ref().map_or(0, |step| step.length);
        // Templates have no places of their own.
        let placeless = span == Span::default();
        if placeless || length >= Self::LENGTH || self.0.as_ref().is_some_and(|step| step.span == span && step.func == func) {
            return self.clone();
        }
        Self(Some(Rc::new(Step { func, span, note, length: length + 1, before: self.clone() })))
    }

    /// Steps from first to last.
    pub(crate) fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut next = self;
        while let Some(step) = &next.0 {
            steps.push(&**step);
            next = &step.before;
        }
        steps.reverse();
        steps
    }

    /// This way, followed by the steps of `other`.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        other.steps().into_iter().fold(self.clone(), |trail, step| trail.push(step.func, step.span, step.note))
    }
}
