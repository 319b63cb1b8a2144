//! Which fields of an event are learned besides offset, pitch and duration, when the user leaves that open.

use std::collections::BTreeMap;

use super::music::Songs;
use super::{TrainConfig, Watcher};
use crate::music::events::{Field, velocity_id};

/// Songs vary in a field when at least this share of their notes has another value than the most frequent one.
const VARIED: f64 = 0.05;

/// All fields of the run, in the order in which they are predicted; says why. With `from` they are those of that model.
pub(super) fn choose(config: &TrainConfig, songs: &Songs, watcher: &dyn Watcher) -> Vec<Field> {
    if config.from.is_some() && config.fields.is_none() {
        return config.model.fields.clone();
    }
    let mut fields = Field::CORE.to_vec();
    for field in [Field::Velocity, Field::Instrument] {
        let notes = songs.training.iter().flat_map(|song| &song.notes);
        let (kinds, share) = variety(notes.map(|note| match field {
            Field::Velocity => velocity_id(note.velocity),
            _ => note.instrument.into(),
        }));
        let is_chosen = config.fields.as_ref().map_or(share >= VARIED, |chosen| chosen.contains(&field));
        if is_chosen {
            fields.push(field);
        }
        if is_chosen || share > 0.0 {
            let verb = if is_chosen { "is learned" } else { "is not learned" };
            let name = field.name();
            let share = 100.0 * share;
            watcher.note(name, &format!("{verb}: {kinds} kinds, {share:.0} % of the notes unlike the most frequent"));
        }
    }
    Field::ORDER.into_iter().filter(|field| fields.contains(field)).collect()
}

/// How many values there are, and the share of those that are not the most frequent one.
fn variety(values: impl Iterator<Item = u32>) -> (usize, f64) {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let (all, most) = (counts.values().sum::<usize>(), counts.values().max().copied().unwrap_or(0));
    (counts.len(), (all - most) as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::midi::{Note, Song};
    use crate::train::Silent;

    fn songs(notes: Vec<Note>) -> Songs {
        let song = Song {
            name: String::new(),
            notes,
            tempo: None,
            time_signature: None,
            key_signature: None,
            seconds: 1.0,
            report: crate::music::midi::Report::default(),
        };
        Songs { training: vec![song], validation: Vec::new() }
    }

    #[test]
    fn fields_are_learned_where_the_songs_vary_or_where_asked_for() {
        let config = TrainConfig::default();
        let even: Vec<Note> = (0..100).map(|at| Note::new(12 * at, 60, 12)).collect();
        assert_eq!(choose(&config, &songs(even.clone()), &Silent), Field::CORE);
        let mut varied = even.clone();
        // Velocities of one class are the same loudness.
        varied[..50].iter_mut().for_each(|note| note.velocity += 1);
        varied[..4].iter_mut().for_each(|note| note.instrument = 40);
        assert_eq!(choose(&config, &songs(varied.clone()), &Silent), Field::CORE);
        varied[..5].iter_mut().for_each(|note| (note.instrument, note.velocity) = (40, 100));
        assert_eq!(choose(&config, &songs(varied.clone()), &Silent), Field::ORDER);
        let only = |fields: &[Field]| TrainConfig { fields: Some(fields.to_vec()), ..config.clone() };
        assert_eq!(choose(&only(&[]), &songs(varied), &Silent), Field::CORE);
        let [offset, pitch, duration] = Field::CORE;
        assert_eq!(
            choose(&only(&[Field::Velocity]), &songs(even), &Silent),
            [offset, pitch, duration, Field::Velocity]
        );
    }
}
