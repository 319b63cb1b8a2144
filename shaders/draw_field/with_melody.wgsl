// Of a draw around a melody.

const HAS_MELODY = true;
