// The part of sample.wgsl that adds up weights in a fixed order, and draws by such sums: first each run of neighbouring
// classes, one run a lane, then the runs.

// The run of classes that a lane adds up.
fn run_start(lane: u32) -> u32 {
    return min(lane * ((params.vocab_size + LANES - 1u) / LANES), params.vocab_size);
}

fn run_end(lane: u32) -> u32 {
    return run_start(lane + 1u);
}

fn weight_sum(lane: u32) -> f32 {
    let end = run_end(lane);
    var sum = 0.0;
    for (var v = run_start(lane); v < end; v++) {
        sum += class_weights[v];
    }
    return total_of(sum, lane);
}

fn kept_sum(lane: u32) -> f32 {
    let end = run_end(lane);
    var sum = 0.0;
    for (var v = run_start(lane); v < end; v++) {
        sum += kept[v];
    }
    return total_of(sum, lane);
}

// The sum of the runs' sums, which stay in partials.
fn total_of(sum: f32, lane: u32) -> f32 {
    partials[lane] = sum;
    workgroupBarrier();
    if lane == 0u {
        var total = 0.0;
        for (var i = 0u; i < LANES; i++) {
            total += partials[i];
        }
        shared_f32 = total;
    }
    return workgroupUniformLoad(&shared_f32);
}

// The first class whose running sum of kept weights exceeds `goal`; partials has the sums of the runs, as kept_sum leaves them.
fn draw_class(row: u32, goal: f32) -> u32 {
    // Should rounding leave the goal out of reach, the last run and the last class that weigh anything stand in.
    var run = 0u;
    var before = 0.0;
    var running = 0.0;
    for (var i = 0u; i < LANES && running <= goal; i++) {
        if partials[i] > 0.0 {
            run = i;
            before = running;
            running += partials[i];
        }
    }
    let end = run_end(run);
    var choice = params.vocab_size;
    running = before;
    for (var v = run_start(run); v < end && running <= goal; v++) {
        if kept[v] > 0.0 {
            choice = v;
            running += kept[v];
        }
    }
    // Logits that are not finite weigh nothing; even then the class is an allowed one.
    if choice == params.vocab_size {
        choice = 0u;
        while choice + 1u < params.vocab_size && !may_be_drawn(row, choice) {
            choice += 1u;
        }
    }
    return choice;
}
