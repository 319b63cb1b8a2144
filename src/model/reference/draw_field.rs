//! What generation rules out. Twin of what `shaders/draw_field.wgsl` does beside its parts, which have twins of their own:
//! [`find_candidates`](super::find_candidates()), [`candidate_bias`](super::candidate_bias()),
//! [`relative_pitch`](super::relative_pitch()), [`KeptMelody`](super::KeptMelody), [`sample`](super::sample()),
//! [`follow_event`](super::follow_event()) and [`embedding_forward`](super::embedding_forward()).

use super::find_candidates::runs;
use crate::music::candidates::{Bounds, REPEAT_REACH, REPEAT_STEPS, figure_class};
use crate::music::events::{END, Field, Token};

/// The logit of a class that is ruled out.
const RULED_OUT: f64 = -30.0;

/// Sets the logits of `field` of the event after `events`, of which `drawn` has the fields before, to -30 where `bounds`
/// rule the class out, see [`candidates`](crate::music::candidates). Only the distances 1 to `window - 2` count.
pub fn draw_field(field: Field, window: usize, events: &[Token], drawn: &Token, bounds: &Bounds, logits: &mut [f64]) {
    if field == Field::Offset && events.len() < bounds.shortest as usize {
        logits[END as usize] = RULED_OUT;
    }
    if field == Field::Offset && chord_size(events) >= bounds.chord as usize {
        logits[0] = RULED_OUT;
    }
    if field != Field::Pitch {
        return;
    }
    let next = events.len();
    let tired = repeats(window, events) >= bounds.repeats as usize;
    for distance in 1..(window - 1).min(next.saturating_sub(1)) {
        let then = next - distance;
        let [_, _, run] = runs(events, distance);
        let too_often = (run + 1) / distance as u32 > bounds.rounds[figure_class(distance)];
        let repeats_again = tired && run + 1 >= REPEAT_STEPS && distance <= REPEAT_REACH;
        let pitch = i64::from(events[then][1]) + i64::from(events[next - 1][1]) - i64::from(events[then - 1][1]);
        let is_possible = run > 0 && drawn[0] == events[then][0] && (0..logits.len() as i64).contains(&pitch);
        if is_possible && (too_often || repeats_again) {
            logits[pitch as usize] = RULED_OUT;
        }
    }
}

/// Notes that have begun with the last one, itself among them.
fn chord_size(events: &[Token]) -> usize {
    let with_the_one_before = events.iter().rev().take_while(|event| event[0] == 0).count();
    (with_the_one_before + 1).min(events.len())
}

/// How many of the last events are repeats.
fn repeats(window: usize, events: &[Token]) -> usize {
    let is_repeat = |end: usize| {
        let distances = 1..(window - 1).min(end - 1).min(REPEAT_REACH + 1);
        distances.into_iter().any(|distance| runs(&events[..end], distance)[2] >= REPEAT_STEPS)
    };
    (events.len().saturating_sub(REPEAT_REACH) + 1..=events.len()).filter(|&end| is_repeat(end)).count()
}
