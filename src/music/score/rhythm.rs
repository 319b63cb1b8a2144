//! Lengths as note values: where triplets lie in a bar, and how a length is divided into tied values.

use super::metre::{Frame, Metre, VALUES, Value};

/// A span of the bar that is a triplet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Triplet {
    /// Grid ticks from the beginning of the bar.
    pub(super) start: u32,
    /// Grid ticks of its three units, which are two outside of it.
    pub(super) span: u32,
}

/// A value at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// Grid ticks from the beginning of the bar.
    pub(super) start: u32,
    /// Its length in grid ticks.
    pub(super) ticks: u32,
    pub(super) value: Value,
    pub(super) triplet: Option<Triplet>,
}

/// The triplets of a voice in a bar. `cuts` are the ticks at which anything begins or ends, in ascending order.
pub(super) fn triplets(cuts: &[u32], metre: Metre) -> Vec<Triplet> {
    let span = metre.triplet_span();
    let mut found = Vec::new();
    for start in (0..metre.bar_ticks()).step_by(span as usize) {
        find(cuts, start, span, &mut found);
    }
    found
}

/// Finds the triplets from `start` on within `span`, which is three times a power of two.
fn find(cuts: &[u32], start: u32, span: u32, found: &mut Vec<Triplet>) {
    let inside = || cuts.iter().filter(|&&cut| cut > start && cut < start + span).map(|cut| cut - start);
    if inside().all(|cut| cut.is_multiple_of(3)) {
        return;
    }
    let half = span / 2;
    let whole = span.is_multiple_of(2) && !inside().any(|cut| cut == half) && {
        let both = inside().any(|cut| cut < half) && inside().any(|cut| cut > half);
        inside().all(|cut| cut.is_multiple_of(span / 3))
            || (both && span.is_multiple_of(6) && inside().all(|cut| cut.is_multiple_of(span / 6)))
    };
    if whole || span <= 3 {
        found.push(Triplet { start, span });
    } else {
        find(cuts, start, half, found);
        find(cuts, start + half, half, found);
    }
}

/// The values from `start` to `end`, to be tied where they are notes.
pub(super) fn values(start: u32, end: u32, is_rest: bool, triplets: &[Triplet], metre: Metre) -> Vec<Placed> {
    let mut placed = Vec::new();
    let mut at = start;
    while at < end {
        let within = triplets.iter().find(|triplet| triplet.start <= at && at < triplet.start + triplet.span);
        if let Some(&triplet) = within {
            let until = end.min(triplet.start + triplet.span);
            let nominal = |tick: u32| 3 * (tick - triplet.start);
            for (from, to, value) in divide(&Frame::triplet(triplet.span), nominal(at), nominal(until), is_rest) {
                let start = triplet.start + from / 3;
                placed.push(Placed { start, ticks: (to - from) / 3, value, triplet: Some(triplet) });
            }
            at = until;
        } else {
            let next = triplets.iter().map(|triplet| triplet.start).find(|&start| start > at);
            let until = next.map_or(end, |next| end.min(next));
            for (from, to, value) in divide(&Frame::bar(metre), 2 * at, 2 * until, is_rest) {
                placed.push(Placed { start: from / 2, ticks: (to - from) / 2, value, triplet: None });
            }
            at = until;
        }
    }
    placed
}

/// The fewest values that fill a length, as half ticks from and to, and value; among as few, with the fewest dots.
fn divide(frame: &Frame, start: u32, end: u32, is_rest: bool) -> Vec<(u32, u32, Value)> {
    let step = frame.shortest();
    let places = ((end - start) / step) as usize;
    // The cheapest way to each place: its cost, and the last value of it with where that begins.
    let mut ways: Vec<Option<(u32, u32, Value)>> = vec![None; places + 1];
    for place in 1..=places {
        let to = start + place as u32 * step;
        let lengths = VALUES.into_iter().flat_map(|(plain, _)| [plain, plain + plain / 2]);
        for length in lengths.filter(|length| length.is_multiple_of(step)) {
            let Some(from) = to.checked_sub(length).filter(|&from| from >= start) else { continue };
            let before = (from - start) / step;
            let cost = match (before, &ways[before as usize]) {
                (0, _) => 0,
                (_, Some((cost, ..))) => *cost,
                _ => continue,
            };
            let Some(value) = frame.value(from, to, is_rest) else { continue };
            let cost = cost + 10 + u32::from(value.dotted);
            if ways[place].as_ref().is_none_or(|(least, ..)| cost < *least) {
                ways[place] = Some((cost, from, value));
            }
        }
    }
    let mut values = Vec::new();
    let mut to = end;
    while to > start {
        let (_, from, value) = ways[((to - start) / step) as usize].expect("the shortest value fits everywhere");
        values.push((from, to, value));
        to = from;
    }
    values.reverse();
    values
}
