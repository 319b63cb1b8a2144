//! Generation: one step of the network per event, the state carried, the tokens never leaving the device in between.

use std::time::Instant;

use super::Model;
use super::activations::Activations;
use super::dropout::Dropouts;
use super::forward::{Carry, record_conditions, record_outputs, record_recurrence, record_upper_layers};
use super::inputs::Inputs;
use super::parameters::HeadColumns;
use crate::engine::gpu::{DispatchId, Gpu, Plan, Recorder, Tensor};
use crate::engine::kernels::{LookupDropout, Matrix, ROW_BY_ROW, first_rows};
use crate::error::Result;
use crate::model::kernels::{Draw, DrawBuffers, DrawRules, NextLookup, Pieces, SampleOptions};
use crate::music::candidates::{Bounds, WINDOW};
use crate::music::context::beginning;
use crate::music::events::{END, FIELDS, Field, Token, duration_ticks, offset_ticks};
use crate::music::melody::Melody;

/// Recorded steps for several pieces at once.
pub struct GenerationStep {
    model: Model,
    pieces: Pieces,
    /// One step without drawing: reading a primer.
    prefill: Plan,
    /// As many steps as fit into one submit, each with a draw per head.
    play: Plan,
    draws: Vec<DispatchId>,
    /// [events, B, F]
    history: Tensor<u32, 3>,
}

/// What the draws look up, in the order of [`DrawRules::new`]: what the heads are conditioned on, and the inputs of the
/// streams.
const CONDITIONS: usize = 0;
const INPUTS: usize = 1;

impl GenerationStep {
    /// Allocates and records. `pieces` is B; a call of [`GenerationStep::play`] draws `events` events of each.
    ///
    /// `options` and `allowed` have an entry for each of [`Field::ALL`]. The latter says of each class whether it may be drawn,
    /// with a mask for each piece or one for all; one of the classes must be. A field that the network does not predict has no
    /// mask.
    pub fn new(
        model: &Model,
        pieces: usize,
        events: usize,
        options: &[SampleOptions; FIELDS],
        allowed: &[Vec<Vec<bool>>; FIELDS],
        bounds: &Bounds,
    ) -> Result<Self> {
        Self::around(model, pieces, events, options, allowed, bounds, &Melody::default())
    }

    /// The same around a melody, which is in the network's key, see [`Melody::moved`].
    pub fn around(
        model: &Model,
        pieces: usize,
        events: usize,
        options: &[SampleOptions; FIELDS],
        allowed: &[Vec<Vec<bool>>; FIELDS],
        bounds: &Bounds,
        melody: &Melody,
    ) -> Result<Self> {
        let (gpu, config) = (&model.gpu, &model.config);
        let mut classes = [0; FIELDS];
        config.fields().for_each(|(head, field)| classes[field.index()] = config.output_vocab_sizes[head]);
        assert_eq!(
            allowed.each_ref().map(|masks| masks.first().map_or(0, Vec::len)),
            classes,
            "classes allowed or not"
        );
        let [offsets, _, durations, ..] = classes;
        let offset = |id: u32| if id == END { 0 } else { offset_ticks(id) };
        let ticks: Vec<u32> =
            (0..offsets as u32).map(offset).chain((0..durations as u32).map(duration_ticks)).collect();
        let lookups = [&model.condition_lookup, &model.input_lookup];
        let rules = DrawRules::around(gpu, allowed, &ticks, bounds, &lookups, melody)?;
        let (tables, pieces, inputs, activations, outputs, history) = gpu.catch_out_of_memory(|| {
            let tables = Tables::new(model)?;
            let state = Pieces::new(gpu, pieces, WINDOW, &beginning())?;
            let mut inputs = Inputs::new(gpu, 1, pieces, &[])?;
            inputs.context = state.context.clone();
            let mut activations = Activations::new(gpu, config, 1, pieces)?;
            let outputs = join(gpu, "outputs", [&mut activations.streams.gates, &mut activations.head_hidden])?;
            Ok((tables, state, inputs, activations, outputs, Tensor::zeros(gpu, "history", [events, pieces, FIELDS])?))
        })?;
        let model = if pieces.rows() <= ROW_BY_ROW { with_images(model) } else { model.clone() };
        let (kernels, music_kernels) = (&model.kernels, &model.music_kernels);

        let [candidates, score] = [&tables.candidates, &tables.score];
        let buffers = DrawBuffers {
            pieces: &pieces,
            rules: &rules,
            weights: &tables.all,
            candidates: config.matches.then_some([candidates, score]),
            outputs: &outputs,
            history: &history,
        };
        // What a head is conditioned on, but for the first, before its hidden layer is there; then the next event's input.
        let condition = |head: usize| {
            let (table, out) = (&tables.conditions, &activations.head_hidden);
            let blocks = if model.condition_lookup.rows == 0 { [0, 0] } else { [head, head + 1] };
            NextLookup { lookup: CONDITIONS, blocks, table, out, onto: true }
        };
        let (table, out) = (&tables.input_gates, &activations.streams.gates);
        let input = NextLookup { lookup: INPUTS, blocks: [0, model.input_lookup.blocks], table, out, onto: false };
        let body = |recorder: &mut Recorder, carry: Carry| {
            let streams = &activations.streams;
            record_recurrence(recorder, kernels, &model.parameters.named.streams, &inputs.reset, streams, carry);
            record_upper_layers(recorder, &model, &inputs.reset, &activations, carry, &mut Dropouts::off());
        };

        let mut begin = Recorder::new(gpu, "begin");
        let (lookup, off) = (&model.input_lookup, LookupDropout::OFF);
        kernels.embedding_forward.record(&mut begin, table, lookup, 0..lookup.blocks, &inputs.context, false, off, out);
        begin.finish()?.submit()?;
        let mut prefill = Recorder::new(gpu, "prefill");
        body(&mut prefill, Carry::Batch);
        music_kernels.draw_field.record(&mut prefill, &buffers, None, &input);
        let mut play = Recorder::new(gpu, "play");
        let mut draws = Vec::with_capacity(config.heads() * events);
        for event in 0..events {
            // Both plans leave the state in slot 1.
            let carry = match (events - event) % 2 {
                0 => Carry::Back,
                _ if event == 0 => Carry::Batch,
                _ => Carry::Forth,
            };
            body(&mut play, carry);
            record_conditions(&mut play, &model, 0..1, &inputs, &activations, &mut Dropouts::off());
            for ((head, field), logits) in config.fields().zip(&activations.logits) {
                record_outputs(&mut play, &model, head..head + 1, &activations);
                let HeadColumns { query, relative, .. } = HeadColumns::new(config, head);
                // However unlikely, the end keeps its probability: pieces that cannot end go on far too long.
                let exempt = (field == Field::Offset).then_some(END);
                let (options, ends) = (&options[field.index()], head + 1 == config.heads());
                let draw = Draw { field, ends, logits, query, relative, options, exempt, event };
                let next = if ends { input } else { condition(head + 1) };
                draws.push(music_kernels.draw_field.record(&mut play, &buffers, Some(&draw), &next));
            }
        }
        let (prefill, play) = (prefill.finish()?, play.finish()?);
        prefill.set_submits(1); // one event
        Ok(Self { model, pieces, prefill, play, draws, history })
    }

    /// Lets `token` follow in every piece, drawing nothing.
    pub fn prefill(&self, token: Token) -> Result<()> {
        self.pieces.tokens.write(&self.model.gpu, &token.repeat(self.pieces.rows()));
        self.prefill.submit()
    }

    /// Number of dispatches of an event.
    pub fn dispatches(&self) -> usize {
        self.model.config.heads() * self.play.len() / self.draws.len()
    }

    /// Draws the next events, [events, B, F], a column for each of [`Field::ALL`], 0 where the network does not predict it.
    /// `first` counts the events drawn before, and chooses the random numbers.
    pub fn play(&self, first: u32) -> Result<Vec<u32>> {
        for (number, &draw) in (self.model.config.heads() as u32 * first..).zip(&self.draws) {
            self.play.set_counter(draw, number);
        }
        let start = Instant::now();
        self.play.submit()?;
        let history = self.history.read(&self.model.gpu)?;
        self.play.cut_for(start.elapsed().as_secs_f64());
        Ok(history)
    }
}

/// The parameters stay as they are while pieces are drawn, so the kernels for few rows may read images of them.
fn with_images(model: &Model) -> Model {
    let mut model = model.clone();
    let named = &mut model.parameters.named;
    let plain = named.clone();
    *named = named.map(|tensor| tensor.with_image(&model.gpu));
    // Rows of these are looked up, not multiplied.
    (named.embedding, named.condition) = (plain.embedding, plain.condition);
    (named.candidate, named.candidate_score) = (plain.candidate, plain.candidate_score);
    model
}

/// Puts two tensors into one buffer, which is returned; they are parts of it afterwards.
fn join(gpu: &Gpu, label: &str, [first, second]: [&mut Tensor<f32, 3>; 2]) -> Result<Tensor<f32, 1>> {
    let middle = first.len().next_multiple_of(64);
    let all = Tensor::zeros(gpu, label, [middle + second.len()])?;
    *first = all.slice(first.label(), 0, first.shape());
    *second = all.slice(second.label(), middle, second.shape());
    Ok(all)
}

/// The tables that draws look up, in one buffer.
struct Tables {
    all: Tensor<f32, 1>,
    conditions: Tensor<f32, 2>,
    candidates: Tensor<f32, 2>,
    score: Tensor<f32, 2>,
    input_gates: Tensor<f32, 2>,
}

impl Tables {
    fn new(model: &Model) -> Result<Self> {
        let (gpu, named) = (&model.gpu, &model.parameters.named);
        let copied = [&named.condition, &named.candidate, &named.candidate_score];
        let [_, rows, _] = named.embedding.shape();
        let [_, _, gates] = named.streams.weight_ih.shape();
        let mut end = 0;
        let places = copied.map(|tensor| {
            let at = end;
            end = (at + tensor.len()).next_multiple_of(64);
            at
        });
        let all = Tensor::zeros(gpu, "tables", [end + rows * gates])?;
        let [conditions, candidates, score] = std::array::from_fn(|index| {
            let (tensor, [_, rows, columns]) = (copied[index], copied[index].shape());
            let part = all.slice(tensor.label(), places[index], [rows, columns]);
            part.copy_from(gpu, &tensor.reshape([rows, columns]));
            part
        });
        let input_gates = all.slice("input gates", end, [rows, gates]);
        write_input_gates(model, &input_gates)?;
        Ok(Self { all, conditions, candidates, score, input_gates })
    }
}

/// The gates' input products for each row of the embedding tables, [V, 4H]. The products of a sum of rows are the sum of
/// their products, so an event looks them up and multiplies nothing. The bias is in the first table of each stream.
fn write_input_gates(model: &Model, products: &Tensor<f32, 2>) -> Result<()> {
    let (gpu, streams, tables) = (&model.gpu, &model.parameters.named.streams, &model.input_lookup.tables);
    let ([.., size], [_, gates_size]) = (model.parameters.named.embedding.shape(), products.shape());
    let no_bias = Matrix::from(&Tensor::<f32, 2>::zeros(gpu, "no bias", [1, gates_size])?);
    let embedding = Matrix::from(&model.parameters.named.embedding);
    let mut recorder = Recorder::new(gpu, "input gates");
    for (at, (table, first)) in tables.iter().zip(first_rows(tables).0).enumerate() {
        let is_first = at == 0 || tables[at - 1].block < table.block;
        let bias = Matrix::from(&streams.bias).columns(table.block * gates_size, gates_size);
        model.kernels.matmul_nn.record(
            &mut recorder,
            &embedding.rows(first, table.rows),
            &Matrix::from(&streams.weight_ih).rows(table.block * size, size),
            if is_first { &bias } else { &no_bias },
            false,
            &Matrix::from(products).rows(first, table.rows),
        );
    }
    recorder.finish()?.submit()
}
