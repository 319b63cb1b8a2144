//! The whole network: every gradient, the state, the names.

use gpu_lstm::engine::reference::IGNORE;
use gpu_lstm::engine::reference::random::uniform;
use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::reference::network::{Batch, Dropout, State, StateDict, backward, forward, losses, parameters};
use gpu_lstm::music::candidates::CANDIDATE_COLUMNS;
use gpu_lstm::music::context::{CONTEXT_SIZE, POSITIONS, next_column};
use gpu_lstm::music::events::{FIELDS, Field, Token};

use crate::common::network::{candidates, random_batch, random_state_dict, small_config, with_other_fields};
use crate::common::numeric::{central_differences, random};
use crate::common::{DIFFERENCES, SAME_MATH, assert_all_zero, assert_close_f64};

fn random_state(config: &ModelConfig, batch_size: usize) -> State {
    let mut state = State::zeros(config, batch_size);
    for (layer, seed) in state.layers.iter_mut().zip(100..) {
        layer.hidden = random(seed, layer.hidden.len());
        layer.cell = random(seed + 50, layer.cell.len());
    }
    state
}

fn assert_every_gradient_is_right(config: ModelConfig, seed: u64, dropout: Dropout) {
    let mut state_dict = random_state_dict(&config, seed, 1.0);
    let batch = random_batch(&config, 2, 4, 3);
    let carried = random_state(&config, 3);
    let activations = forward(&config, &state_dict, &batch, &carried, dropout);
    let gradients = backward(&config, &state_dict, &batch, &activations, dropout);
    let names: Vec<_> = parameters(&config).into_iter().map(|(name, _)| name).collect();
    assert_eq!(gradients.len(), names.len());
    for name in names {
        let at = state_dict[&name].clone();
        let want = central_differences(&at, |at| {
            state_dict.insert(name.clone(), at.to_vec());
            let activations = forward(&config, &state_dict, &batch, &carried, dropout);
            losses(&config, &batch, &activations).iter().sum()
        });
        state_dict.insert(name.clone(), at);
        assert_close_f64(&name, &gradients[&name], &want, DIFFERENCES);
    }
}

#[test]
fn the_gradient_of_every_parameter_equals_central_differences() {
    assert_every_gradient_is_right(small_config(1), 1, Dropout::OFF);
    assert_every_gradient_is_right(small_config(2), 1, Dropout::OFF);
}

#[test]
fn with_dropout_too() {
    let dropout = Dropout { p: 0.3, lookup_p: 0.4, seed: 4, step: 10 };
    assert_every_gradient_is_right(small_config(2), 1, dropout);
}

#[test]
fn with_other_fields_too() {
    let dropout = Dropout { p: 0.3, lookup_p: 0.4, seed: 4, step: 10 };
    with_other_fields(&small_config(1))
        .into_iter()
        .for_each(|config| assert_every_gradient_is_right(config, 3, dropout));
}

#[test]
fn every_site_of_dropout_has_its_own_seed_and_the_step_as_counter() {
    let config = small_config(2);
    let state_dict = random_state_dict(&config, 1, 1.0);
    let batch = random_batch(&config, 2, 4, 3);
    let carried = random_state(&config, 3);
    let (p, seed, step) = (0.3, 4, 9);
    let dropout = Dropout { p, lookup_p: p, seed, step };
    let activations = forward(&config, &state_dict, &batch, &carried, dropout);
    let sites = ["embedding", "streams", "lstm_combined.output_l0", "lstm_combined.output_l1", "shared", "heads"];
    let heads = ["offset", "note", "duration"].map(|head| activations.get(&format!("head_{head}.hidden")).to_vec());
    let row =
        |row: usize| heads.iter().flat_map(move |head| head[row * config.head_size..][..config.head_size].to_vec());
    let heads: Vec<f64> = (0..12).flat_map(row).collect();
    for (site, name) in (0..).zip(sites) {
        let values = if name == "heads" { &heads } else { activations.get(name) };
        for (index, &value) in (0..).zip(values) {
            // The ReLU makes zeros of its own.
            if uniform(seed + site, step, index) < p {
                assert_eq!(value, 0.0, "{name}[{index}]");
            } else if !matches!(name, "shared" | "heads") {
                assert_ne!(value, 0.0, "{name}[{index}]");
            }
        }
        assert!(values.iter().any(|&value| value != 0.0), "{name}");
    }
}

#[test]
fn every_activation_is_listed_in_order_with_its_shape() {
    let config = small_config(2);
    let batch = random_batch(&config, 2, 4, 3);
    let state_dict = random_state_dict(&config, 1, 1.0);
    let carried = State::zeros(&config, 3);
    let activations = forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
    let got: Vec<_> = activations.iter().map(|(name, values)| (name, values.len())).collect();
    let mut want = vec![("embedding".to_owned(), 3 * 12 * 2)];
    let layer = |name: &str, n: usize, size: usize| {
        [("gates", 12 * 4), ("hidden", 15), ("cell", 15), ("output", 12)]
            .map(|(part, rows)| (format!("{name}.{part}_l{n}"), rows * size))
    };
    for stream in ["offset", "note", "duration"] {
        want.extend(layer(&format!("lstm_{stream}"), 0, 3));
    }
    want.push(("streams".into(), 12 * 9));
    want.extend(layer("lstm_combined", 0, 4));
    want.extend(layer("lstm_combined", 1, 4));
    want.push(("shared".into(), 12 * 5));
    for (stream, classes) in [("offset", 6), ("note", 5), ("duration", 3)] {
        want.push((format!("candidate_{stream}.query"), 12 * 32));
        if stream == "note" {
            want.push(("relative_note".into(), 12 * 300));
        }
        want.push((format!("head_{stream}.hidden"), 12 * 6));
        want.push((format!("head_{stream}.logits"), 12 * classes));
        want.push((format!("head_{stream}.losses"), 12));
        want.push((format!("head_{stream}.dlogits"), 12 * classes));
    }
    assert_eq!(got, want.iter().map(|(name, len)| (name.as_str(), *len)).collect::<Vec<_>>());
    assert!(activations.iter().all(|(_, values)| values.iter().all(|x| x.is_finite())));
}

#[test]
fn a_network_of_zeros_is_indifferent() {
    let config = ModelConfig { relative: false, ..small_config(1) };
    let mut batch = random_batch(&config, 2, 4, 3);
    let targets = |context: &[u32]| [context[0] % 3, context[1] % 3, context[2] % 3, IGNORE, IGNORE];
    batch.targets = batch.context.chunks(CONTEXT_SIZE).flat_map(targets).collect();
    let state_dict = random_state_dict(&config, 1, 0.0);
    let carried = State::zeros(&config, 3);
    let activations = forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
    let want = [6f64, 5.0, 3.0, 1.0, 1.0].map(f64::ln);
    assert_close_f64("losses", &losses(&config, &batch, &activations), &want, SAME_MATH);
}

#[test]
fn the_mean_is_over_the_events_that_have_a_target() {
    let config = ModelConfig { relative: false, ..small_config(1) };
    let mut batch = random_batch(&config, 2, 2, 2);
    let none = IGNORE;
    batch.targets = [[1, 1, 1, none, none], [1, 1, none, none, none], [none, 1, none, none, none], [none; 5]].concat();
    let state_dict = random_state_dict(&config, 1, 0.0);
    let carried = State::zeros(&config, 2);
    let activations = forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
    // Three events have something to predict.
    let want = [2.0 * 6f64.ln() / 3.0, 5f64.ln(), 3f64.ln() / 3.0, 0.0, 0.0];
    assert_close_f64("losses", &losses(&config, &batch, &activations), &want, SAME_MATH);
}

#[test]
fn a_batch_without_targets_has_neither_loss_nor_gradient() {
    let config = small_config(1);
    let mut batch = random_batch(&config, 2, 2, 2);
    batch.targets.fill(IGNORE);
    let state_dict = random_state_dict(&config, 1, 1.0);
    let carried = State::zeros(&config, 2);
    let activations = forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
    assert_eq!(losses(&config, &batch, &activations), [0.0; 5]);
    for (name, gradient) in backward(&config, &state_dict, &batch, &activations, Dropout::OFF) {
        assert_all_zero(&name, &gradient);
    }
}

fn logits(config: &ModelConfig, state_dict: &StateDict, batch: &Batch, carried: &mut State) -> [Vec<f64>; 3] {
    let activations = forward(config, state_dict, batch, carried, Dropout::OFF);
    *carried = State::after(config, batch.batch_size, &activations);
    ["offset", "note", "duration"].map(|stream| activations.get(&format!("head_{stream}.logits")).to_vec())
}

#[test]
fn one_step_at_a_time_equals_all_steps_at_once() {
    let config = small_config(2);
    let state_dict = random_state_dict(&config, 1, 1.0);
    let batch = random_batch(&config, 2, 6, 2);
    let (mut all, mut stepwise) = (random_state(&config, 2), random_state(&config, 2));
    let want = logits(&config, &state_dict, &batch, &mut all);
    let mut got = [vec![], vec![], vec![]];
    // Steps of 1, 2 and 3: the carried state must not know how long the batch before was.
    for (t, seq_len) in [(0, 1), (1, 2), (3, 3)] {
        let events = FIELDS * 2 * t..FIELDS * 2 * (t + seq_len);
        let part = Batch {
            seq_len,
            batch_size: 2,
            context: batch.context[CONTEXT_SIZE * 2 * t..CONTEXT_SIZE * 2 * (t + seq_len)].to_vec(),
            candidates: batch.candidates[CANDIDATE_COLUMNS * 2 * t..CANDIDATE_COLUMNS * 2 * (t + seq_len)].to_vec(),
            targets: batch.targets[events].to_vec(),
            reset: batch.reset[2 * t..2 * (t + seq_len)].to_vec(),
        };
        for (got, part) in got.iter_mut().zip(logits(&config, &state_dict, &part, &mut stepwise)) {
            got.extend(part);
        }
    }
    assert_eq!(got, want);
    assert_eq!(stepwise, all);
}

#[test]
fn a_song_that_begins_does_not_depend_on_the_one_before() {
    let config = small_config(2);
    let state_dict = random_state_dict(&config, 1, 1.0);
    let mut batch = random_batch(&config, 2, 4, 2);
    batch.reset = vec![1, 0, 0, 0, 0, 1, 0, 0];
    let [fresh, _, _] = logits(&config, &state_dict, &batch, &mut State::zeros(&config, 2));
    let [late, _, _] = logits(&config, &state_dict, &batch, &mut random_state(&config, 2));
    for t in 0..4 {
        let lane = |b: usize| (t * 2 + b) * 6..(t * 2 + b + 1) * 6;
        assert_eq!(fresh[lane(0)], late[lane(0)], "lane 0 begins at once, step {t}");
        let same = fresh[lane(1)] == late[lane(1)];
        assert_eq!(same, t >= 2, "lane 1 begins at step 2, step {t}");
    }
}

#[test]
#[should_panic(expected = "the state dict has no `shared.bias`")]
fn a_missing_parameter_is_named() {
    let config = small_config(1);
    let mut state_dict = random_state_dict(&config, 1, 1.0);
    state_dict.remove("shared.bias");
    let batch = random_batch(&config, 2, 1, 1);
    let carried = State::zeros(&config, 1);
    forward(&config, &state_dict, &batch, &carried, Dropout::OFF);
}

/// By the chain rule: whatever an event may be, candidates and references included, one outcome of all is certain.
#[test]
fn the_probabilities_of_all_outcomes_of_an_event_sum_to_one() {
    let [all, one] = with_other_fields(&small_config(1));
    [small_config(2), all, one].iter().for_each(assert_outcomes_sum_to_one);
}

fn assert_outcomes_sum_to_one(config: &ModelConfig) {
    let state_dict = random_state_dict(config, 1, 1.0);
    let mut outcomes = vec![[IGNORE; FIELDS]];
    for (head, field) in config.fields() {
        let with = |event: &Token, id: u32| {
            let mut event = *event;
            event[field.index()] = id;
            event
        };
        let ids = 0..config.output_vocab_sizes[head] as u32;
        outcomes = outcomes.iter().flat_map(|event| ids.clone().map(move |id| with(event, id))).collect();
    }
    // The same event with each outcome, in lanes of their own. What a head is conditioned on depends on the fields before its own.
    let one = random_batch(config, 7, 1, 1);
    let of_head = CANDIDATE_COLUMNS / 3;
    let drawn = |seed: u32| candidates(config, u64::from(seed), 1);
    let known = |id: u32| if id == IGNORE { 0 } else { id };
    let (mut context, mut found) = (Vec::new(), Vec::new());
    for event in &outcomes {
        let mut columns = one.context.clone();
        let [offset, pitch, ..] = event.map(known);
        let [last, next] = POSITIONS;
        columns[next] = columns[last] + 17 * offset;
        Field::ALL.iter().for_each(|&field| columns[next_column(field)] = known(event[field.index()]));
        context.extend(columns);
        found.extend(&one.candidates[..of_head]);
        found.extend(&drawn(1000 + offset)[of_head..2 * of_head]);
        found.extend(&drawn(2000 + 100 * offset + pitch)[2 * of_head..]);
    }
    let batch_size = outcomes.len();
    let (targets, reset) = (outcomes.concat(), vec![0; batch_size]);
    let batch = Batch { seq_len: 1, batch_size, context, candidates: found, targets, reset };
    let state = random_state(config, 1);
    let mut carried = State::zeros(config, batch_size);
    for (all, layer) in carried.layers.iter_mut().zip(&state.layers) {
        (all.hidden, all.cell) = (layer.hidden.repeat(batch_size), layer.cell.repeat(batch_size));
    }
    let activations = forward(config, &state_dict, &batch, &carried, Dropout::OFF);
    let of_field = |field: &Field| activations.get(&format!("head_{}.losses", field.name())).to_vec();
    let losses: Vec<Vec<f64>> = config.fields.iter().map(of_field).collect();
    let nats = |lane: usize| losses.iter().map(|losses| losses[lane]).sum::<f64>();
    let total: f64 = (0..batch_size).map(|lane| (-nats(lane)).exp()).sum();
    assert_close_f64(&format!("probabilities of {:?}", config.fields), &[total], &[1.0], SAME_MATH);
}
