//! Names come again and again: what was found out about the last few hundred is kept, in each thread for itself.

use std::cell::RefCell;

use super::KeyKind;

/// Names that are kept; a newer one takes the place of another whose hash ends alike.
const KEPT: usize = 512;

type Known = Option<(Box<str>, Option<KeyKind>)>;

thread_local! {
    static KNOWN: RefCell<Vec<Known>> = RefCell::new(vec![None; KEPT]);
}

/// What `judge` says of the name, or said before.
pub(super) fn recall(name: &str, judge: fn(&str) -> Option<KeyKind>) -> Option<KeyKind> {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let place = usize::try_from(hash >> 32).unwrap_or(0) % KEPT;
    let known = |known: &RefCell<Vec<Known>>| match &known.borrow()[place] {
        Some((same, kind)) if **same == *name => Some(*kind),
        _ => None,
    };
    // While a thread ends its memory may be gone already.
    if let Ok(Some(kind)) = KNOWN.try_with(known) {
        return kind;
    }
    let kind = judge(name);
    let _ = KNOWN.try_with(|known| known.borrow_mut()[place] = Some((name.into(), kind)));
    kind
}
