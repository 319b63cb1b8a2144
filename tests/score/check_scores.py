"""Opens scores in music21 and compares their notes with those expected; needs Python with music21.

Usage: check_scores.py FOLDER, which holds NAME.musicxml and NAME.txt: onset, pitch and length of each note in grid
ticks.
"""

import sys
from fractions import Fraction
from pathlib import Path

import music21

TICKS_PER_BEAT = 24


def ticks(quarters):
    return Fraction(quarters).limit_denominator(TICKS_PER_BEAT) * TICKS_PER_BEAT


def notes(score):
    """Onset, pitch and length of every note that sounds, in grid ticks; heads that are tied are one note."""
    found = []
    for part in score.parts:
        tied = {}
        for measure in part.getElementsByClass("Measure"):
            for voice in measure.voices or [measure]:
                for element in voice.notes:
                    begin, length = ticks(measure.offset + element.offset), ticks(element.quarterLength)
                    for head in element.notes if element.isChord else [element]:
                        tie = head.tie.type if head.tie else None
                        key = (head.pitch.midi, begin)
                        onset, before = tied.pop(key) if tie in ("stop", "continue") else (begin, 0)
                        if tie in ("start", "continue"):
                            tied[head.pitch.midi, begin + length] = (onset, before + length)
                        else:
                            found.append((onset, head.pitch.midi, before + length))
        assert not tied, f"ties without an end: {tied}"
    return sorted(found)


def main(folder):
    scores = sorted(Path(folder).glob("*.musicxml"))
    assert scores, f"no scores in {folder}"
    for score in scores:
        expected = sorted(tuple(map(int, line.split())) for line in score.with_suffix(".txt").read_text().splitlines())
        found = notes(music21.converter.parse(score, format="musicxml", forceSource=True))
        assert found == expected, f"{score}: {sorted(set(found) ^ set(expected))[:6]}"
    print(f"music21 reads {len(scores)} scores note by note")


main(sys.argv[1])
