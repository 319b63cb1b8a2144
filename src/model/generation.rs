//! Generation: one step of the network per event, the state carried, the tokens never leaving the device in between.

use super::Model;
use super::activations::{Activations, Inputs};
use super::dropout::Dropouts;
use super::forward::{Carry, record_conditions, record_logits, record_recurrence, record_upper_layers};
use crate::candidates::{FIGURE_CLASSES, WINDOW};
use crate::error::Result;
use crate::events::{BOS, END, Token, duration_ticks, offset_ticks};
use crate::features::{CONTEXT_SIZE, first_rows};
use crate::gpu::{DispatchId, Plan, Recorder, Tensor};
use crate::kernels::{
    LookupDropout, Matrix, RECENT_SIZE, ROW_BY_ROW, SampleOptions, allowed_classes, match_memory_size,
};

/// Recorded steps for several pieces at once.
pub struct GenerationStep {
    model: Model,
    /// [1, B, 3], the event that is drawn.
    tokens: Tensor<u32, 3>,
    /// One step without drawing: reading a primer.
    listen: Plan,
    /// As many steps as fit into one submit, each with a draw per head.
    play: Plan,
    draws: Vec<DispatchId>,
    /// [events, B, 3]
    history: Tensor<u32, 3>,
}

impl GenerationStep {
    /// Allocates and records. `pieces` is B; a call of [`GenerationStep::play`] draws `events` events of each.
    ///
    /// `allowed` says of each class of each head whether it may be drawn; one of them must be. `most_rounds` is how often a
    /// figure may be repeated, by [`figure_class`](crate::candidates::figure_class).
    pub fn new(
        model: &Model,
        pieces: usize,
        events: usize,
        options: &[SampleOptions; 3],
        allowed: &[Vec<bool>; 3],
        most_rounds: &[u32; FIGURE_CLASSES],
    ) -> Result<Self> {
        let (gpu, kernels, config) = (&model.gpu, &model.kernels, &model.config);
        let (model, inputs, activations, tokens, recent, memory, history) = gpu.catch_out_of_memory(|| {
            // The parameters stay as they are while pieces are drawn, so the kernels for few rows may read images of them.
            let mut model = model.clone();
            if pieces <= ROW_BY_ROW {
                let named = &mut model.parameters.named;
                let plain = named.clone();
                *named = named.map(|tensor| tensor.with_image(gpu));
                // Rows of these are looked up, not multiplied.
                (named.embedding, named.condition) = (plain.embedding, plain.condition);
                (named.candidate, named.candidate_score) = (plain.candidate, plain.candidate_score);
            }
            let tokens = Tensor::zeros(gpu, "tokens", [1, pieces, 3])?;
            let recent = Tensor::zeros(gpu, "recent", [pieces, RECENT_SIZE])?;
            let memory = Tensor::zeros(gpu, "memory", [pieces, match_memory_size(WINDOW)])?;
            let history = Tensor::zeros(gpu, "history", [events, pieces, 3])?;
            let activations = Activations::new(gpu, config, 1, pieces)?;
            Ok((model, Inputs::new(gpu, 1, pieces)?, activations, tokens, recent, memory, history))
        })?;
        assert_eq!(allowed.each_ref().map(Vec::len), config.output_vocab_sizes, "classes allowed or not");
        let allowed: Vec<_> = allowed.iter().map(|mask| allowed_classes(gpu, mask)).collect::<Result<_>>()?;
        let beginning: [u32; CONTEXT_SIZE] = std::array::from_fn(|column| BOS.get(column).copied().unwrap_or(0));
        inputs.context.write(gpu, &beginning.repeat(pieces));
        let [offsets, _, durations] = config.output_vocab_sizes;
        let offset = |id: u32| if id == END { 0 } else { offset_ticks(id) };
        let ticks: Vec<u32> =
            (0..offsets as u32).map(offset).chain((0..durations as u32).map(duration_ticks)).collect();
        let ticks = Tensor::from_slice(gpu, "ticks", [ticks.len()], &ticks)?;
        let most_rounds = Tensor::from_slice(gpu, "most_rounds", [FIGURE_CLASSES], most_rounds)?;
        let follow = |recorder: &mut Recorder, head: usize| {
            kernels.follow_event.record(recorder, head, &tokens, &ticks, offsets, &recent, &inputs.context);
            if config.matches {
                let next = (head + 1) % 3;
                kernels.find_candidates.record(recorder, next, &tokens, &memory, &inputs.candidates, &most_rounds);
            }
        };

        let table = gpu.catch_out_of_memory(|| input_gates(&model))?;
        let body = |recorder: &mut Recorder, carry: Carry| {
            let streams = &activations.streams;
            recorder.stage("embedding");
            let (lookup, context, off) = (&model.input_lookup, &inputs.context, LookupDropout::OFF);
            kernels.embedding_forward.record(recorder, &table, lookup, 0..3, context, false, off, &streams.gates);
            record_recurrence(recorder, kernels, &model.parameters.named.streams, &inputs.reset, streams, carry);
            record_upper_layers(recorder, &model, &inputs.reset, &activations, carry, &mut Dropouts::off());
        };

        let mut listen = Recorder::new(gpu, "listen");
        body(&mut listen, Carry::Batch);
        (0..3).for_each(|head| follow(&mut listen, head));
        let mut play = Recorder::new(gpu, "play");
        let mut draws = Vec::with_capacity(3 * events);
        for event in 0..events {
            // Both plans leave the state in slot 1.
            let carry = match (events - event) % 2 {
                0 => Carry::Back,
                _ if event == 0 => Carry::Batch,
                _ => Carry::Forth,
            };
            body(&mut play, carry);
            for (head, logits) in activations.logits.iter().enumerate() {
                record_conditions(&mut play, &model, head..head + 1, &inputs, &activations, &mut Dropouts::off());
                record_logits(&mut play, &model, head, &inputs, &activations);
                let (sample, options, allowed) = (&kernels.sample, &options[head], &allowed[head]);
                // However unlikely, the end keeps its probability: pieces that cannot end go on far too long.
                let exempt = (head == 0).then_some(END);
                draws.push(sample.record(&mut play, head, allowed, exempt, options, logits, &tokens, &history, event));
                follow(&mut play, head);
            }
        }
        let (listen, play) = (listen.finish()?, play.finish()?);
        Ok(Self { model, tokens, listen, play, draws, history })
    }

    /// Lets `token` follow in every piece, drawing nothing.
    pub fn listen(&self, token: Token) -> Result<()> {
        let pieces = self.history.shape()[1];
        self.tokens.write(&self.model.gpu, &token.repeat(pieces));
        self.listen.submit()
    }

    /// Draws the next events, [events, B, 3]. `first` counts the events drawn before, and chooses the random numbers.
    pub fn play(&self, first: u32) -> Result<Vec<u32>> {
        for (number, &draw) in (3 * first..).zip(&self.draws) {
            self.play.set_counter(draw, number);
        }
        self.play.submit()?;
        self.history.read(&self.model.gpu)
    }
}

/// The gates' input products for each row of the embedding tables, [V, 4H]. The products of a sum of rows are the sum of
/// their products, so an event looks them up and multiplies nothing. The bias is in the first table of each stream.
fn input_gates(model: &Model) -> Result<Tensor<f32, 2>> {
    let (gpu, streams, tables) = (&model.gpu, &model.parameters.named.streams, &model.input_lookup.tables);
    let ([_, rows, size], [.., gates_size]) = (model.parameters.named.embedding.shape(), streams.weight_ih.shape());
    let products = Tensor::zeros(gpu, "input gates", [rows, gates_size])?;
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
            &Matrix::from(&products).rows(first, table.rows),
        );
    }
    recorder.finish()?.submit()?;
    Ok(products)
}
