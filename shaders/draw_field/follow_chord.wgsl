// The part of follow_event.wgsl that writes what sounds at a position, by recent_notes.

// How many notes sound at a position, and how long the first of them lasts.
fn write_sounding(row: u32, position: u32, column: u32) {
    var remaining = MAX_REMAINING;
    var count = 0u;
    for (var age = 0u; age < RECENT; age++) {
        let end = recent_notes[age].z;
        if end > position {
            remaining = min(remaining, end - position);
            count += 1u;
        }
    }
    set_context(row, column, select(0u, remaining, count > 0u));
    set_context(row, column + 1u, count);
}

// Which notes sound at a position, and which have ended since the onset before it; the lowest and the highest that sound,
// and the pitch of the same place in the chord of that onset. Notes of one onset lie together, the highest last.
fn write_pitches(row: u32, position: u32) {
    for (var column = SOUNDING; column < LAST; column++) {
        set_context(row, column, 0u);
    }
    let notes = recent_count(row);
    var before = 0u;
    var place = 0u;             // notes at the position
    for (var age = 0u; age < notes; age++) {
        let onset = recent_notes[age].y;
        before = max(before, select(0u, onset, onset < position));
        place += select(0u, 1u, onset == position);
    }
    var sounding = 0u;
    var ended = 0u;
    var lowest = 128u;
    var highest = 0u;
    var chord = 0u;             // notes at the onset before
    var oldest = 0u;            // the age of the first of them
    for (var age = 0u; age < notes; age++) {
        let note = recent_notes[age];
        if note.z > position {
            if sounding < SLOTS { set_context(row, SOUNDING + sounding, note.x + 1u); }
            sounding += 1u;
            lowest = min(lowest, note.x);
            highest = max(highest, note.x + 1u);
        } else if note.z > before {
            if ended < SLOTS { set_context(row, ENDED + ended, note.x + 1u); }
            ended += 1u;
        }
        if note.y == before && before < position {
            chord += 1u;
            oldest = age;
        }
    }
    set_context(row, VOICES, select(0u, lowest + 1u, sounding > 0u));
    set_context(row, VOICES + 1u, highest);
    let same_place = recent_notes[oldest - min(place, max(chord, 1u) - 1u)].x + 1u;
    set_context(row, VOICES + 2u, select(0u, same_place, chord > 0u));
    set_context(row, VOICES + 3u, min(place, CHORD_PLACES - 1u));
}

// How many notes have begun with the last one, itself among them.
fn chord_size(row: u32) -> u32 {
    let notes = recent_count(row);
    var size = 0u;
    for (var age = 0u; age < notes; age++) {
        size += u32(recent_notes[age].y == context_at(row, 3u));
    }
    return size;
}
