// Of a draw without a melody: an adapter that computes on the processor would run what no piece needs.

const HAS_MELODY = false;
