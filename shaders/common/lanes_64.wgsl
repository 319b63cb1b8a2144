// Invocations that share a row: two or more subgroups of a GPU.
const LANES = 64u;
