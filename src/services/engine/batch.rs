//! How much goes into one request.

use super::{Backend, Kind, Step};

/// How much of a kind goes into one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many items at most.
    pub count: usize,
    /// How many bytes at most; one item may be larger.
    pub bytes: u64,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            count: usize::MAX,
            bytes: u64::MAX,
        }
    }
}

/// Divides a step into as many as its kind needs, in order.
pub(super) fn divided<B: Backend>(backend: &B, step: Step<B::Kind>) -> Vec<Step<B::Kind>> {
    let limit = backend.limit(step.kind);
    let (mut steps, mut items, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
    for item in step.items {
        let own = backend.bytes(step.kind, &item);
        let is_full = items.len() >= limit.count.max(1) || bytes.saturating_add(own) > limit.bytes;
        if is_full && !items.is_empty() {
            let items = std::mem::take(&mut items);
            steps.push(Step {
                is_shared: step.is_shared,
                ..Step::many(step.kind, items)
            });
            bytes = 0;
        }
        bytes = bytes.saturating_add(own);
        items.push(item);
    }
    if !items.is_empty() {
        steps.push(Step {
            kind: step.kind,
            items,
            is_shared: step.is_shared,
        });
    }
    steps
}

/// Returns the two halves of a step; nothing for a step of one item.
pub(super) fn halves<K: Kind>(step: &Step<K>) -> Option<[Step<K>; 2]> {
    let (first, second) = step.items.split_at_checked(step.items.len() / 2)?;
    let half = |items: &[String]| Step::many(step.kind, items.to_vec());
    (!first.is_empty()).then(|| [half(first), half(second)])
}
