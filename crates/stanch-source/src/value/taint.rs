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
    Param {
        index: u16,
        path: Rc<[Key]>,
    },
    /// A parameter, or something made of one, in a call whose argument is tainted by nothing: all that is known is that
    /// it is not known. It is the parameter itself if there is its index.
    Unknown(Option<u16>),
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

    pub(crate) fn of(origin: Origin) -> Self {
        Self {
            origin,
            shape: Shape::Opaque,
            attributes: AttributeSet::all().into(),
            nested: true,
            trail: Trail::default(),
        }
    }

    /// Whether it taints with nothing that could leave.
    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self.origin, Origin::Unknown(_))
    }

    pub(crate) fn source(&self) -> Option<SourceId> {
        match self.origin {
            Origin::Source(source) => Some(source),
            Origin::Param { .. } | Origin::Unknown(_) => None,
        }
    }

    pub(crate) fn stepped(&self, func: FuncId, span: Span, note: Note) -> Self {
        if self.is_unknown() {
            return self.clone();
        }
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) func: FuncId,
    pub(crate) span: Span,
    pub(crate) note: Note,
}

#[derive(Debug)]
enum Link {
    Step {
        step: Step,
        before: Trail,
    },
    /// A way, and one that goes on from its end: through a function that was called.
    Through {
        before: Trail,
        after: Trail,
    },
}

/// A value's way so far. Ways are shared and joined in constant time, and end at a bounded length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    link: Option<Rc<Link>>,
    length: u16,
}

impl Trail {
    const LENGTH: u16 = 40;

    pub(crate) fn push(&self, func: FuncId, span: Span, note: Note) -> Self {
        // Templates have no places of their own.
        let same = match self.link.as_deref() {
            Some(Link::Step { step, .. }) => step.span == span && step.func == func,
            _ => false,
        };
        if same || span == Span::default() || self.length >= Self::LENGTH {
            return self.clone();
        }
        let link = Link::Step { step: Step { func, span, note }, before: self.clone() };
        Self { link: Some(Rc::new(link)), length: self.length + 1 }
    }

    /// This way, followed by the steps of `other`.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        if other.link.is_none() || self.length >= Self::LENGTH {
            return self.clone();
        }
        let link = Link::Through { before: self.clone(), after: other.clone() };
        Self { link: Some(Rc::new(link)), length: self.length + other.length }
    }

    /// Steps from first to last.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut open = vec![self];
        while let Some(trail) = open.pop() {
            match trail.link.as_deref() {
                None => {}
                Some(Link::Step { step, before }) => {
                    steps.push(*step);
                    open.push(before);
                }
                Some(Link::Through { before, after }) => {
                    open.push(before);
                    open.push(after);
                }
            }
        }
        steps.reverse();
        steps.dedup_by(|a, b| a.func == b.func && a.span == b.span);
        steps
    }
}
