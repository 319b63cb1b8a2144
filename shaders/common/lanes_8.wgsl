// Invocations that share a row: one vector of a processor.
const LANES = 8u;
