// Draws a field of the next event of each piece, or takes one that is given, and prepares what comes next; the token never
// visits the host. One workgroup works for one piece, in this order, each step in a file of its own:
//
//     find_candidates    what followed where the piece has played the same before, and what is ruled out
//     keep_melody        where notes are given, what they leave to be drawn, and which draws stand for them
//     sample             the logits with what candidates and intervals add to them; a class is drawn by its probability
//     follow_event       what the fields that follow are conditioned on
//     remember           after the last field: the event joins those that candidates are found by
//     look_up            rows of tables: what conditions the next head, or the input of the next time step
//
// Where an event is given, all of its fields are followed at once and nothing is drawn. Fields have the numbers of `Field` in
// src/music/events: offset, pitch, duration, velocity, instrument. Only the first three have candidates.
// state: tokens [R, 5], then from params.context on context [R, 73], from params.candidates on those of the last draw,
// [R, 8, 2], from params.recent on [R, 97], from params.memory on [R, 6 + 7 W] and from params.kept on [R, 130], each as
// its file says; all 0 is the beginning, but for the context. constants: see src/model/kernels/draw_rules.rs.
// history: [events, R, 5], what was drawn. Twin: src/model/reference/draw_field.rs

struct Params {
    field: u32,             // to draw
    ends: u32,              // 1: it is the last one of the event
    given: u32,             // 1: all fields are in tokens
    context: u32,           // first elements in state
    candidates: u32,
    recent: u32,
    memory: u32,
    kept: u32,
    window: u32,            // W, events that are remembered, at most 4096
    vocab_size: u32,        // V
    stride: u32,            // values from row to row of logits
    query: u32,             // columns of logits, multiples of 4; 0: there is none
    relative: u32,
    table: u32,             // vectors in weights: tables and scores of the candidates
    score: u32,
    allowed: u32,           // in constants: [V], 0 or 1
    allowed_stride: u32,    // from piece to piece; 0: the same for all
    ticks: u32,             // of each offset, then of each duration
    offsets: u32,           // number of offsets
    limits: u32,            // [27], see find_candidates.wgsl
    melody: u32,            // [melody_notes, 4], see melody_notes.wgsl
    melody_notes: u32,
    voice: u32,
    pitches: u32,           // as allowed, but of the pitches whatever the field
    pitches_stride: u32,
    temperature: f32,
    top_k: u32,             // 0: all
    top_p: f32,             // 1: all
    min_p: f32,             // 0: all
    exempt: u32,            // class that the filters leave alone; V or more: none
    seed: u32,
    counter: u32,
    first_history: u32,     // first row of history to write
    features: u32,          // in constants: [F, 6] and [blocks + 1], see look_up.wgsl
    starts: u32,
    first_block: u32,
    end_block: u32,
    lookup_table: u32,      // vectors in weights
    lookup_size: u32,       // vectors of a row
    out: u32,               // vectors in outputs
    out_stride: u32,        // vectors from piece to piece
    onto: u32,              // 1: added to what outputs hold, then ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> history: array<u32>;
@group(0) @binding(3) var<storage, read> constants: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> logits: array<f32>;                // [R, stride]
@group(0) @binding(6) var<storage, read_write> outputs: array<vec4<f32>>;

const LANES = 64u;
const FIELDS = 5u;
const CORE = 3u;                // offset, pitch, duration

@compute @workgroup_size(LANES)
fn draw_field(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = workgroup.x;
    let given = params.given == 1u;
    if !given {
        find_candidates(row, lane);
        if HAS_MELODY && params.field < 2u { look_at_melody(row, lane); }
        var choice = sample(row, lane);
        if lane == 0u {
            if HAS_MELODY { choice = keep_melody(row, choice); }
            state[FIELDS * row + params.field] = choice;
            history[FIELDS * (params.first_history + row) + params.field] = choice;
        }
        workgroupBarrier();
        storageBarrier();
    }
    for (var field = select(params.field, 0u, given); field < select(params.field + 1u, FIELDS, given); field++) {
        follow_event(row, field, select(params.ends == 1u, field == FIELDS - 1u, given), lane);
    }
    if given || params.ends == 1u {
        remember(row, lane);
    }
    look_up(row, lane);
}

// Token of a field that is drawn already, or of the last event.
fn token(row: u32, field: u32) -> u32 {
    return state[FIELDS * row + field];
}

fn context_at(row: u32, column: u32) -> u32 {
    return state[params.context + CONTEXT_SIZE * row + column];
}

fn set_context(row: u32, column: u32, number: u32) {
    state[params.context + CONTEXT_SIZE * row + column] = number;
}
