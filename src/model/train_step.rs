//! A training step as one recorded plan: forward, loss, backward, optimizer.

use std::time::{Duration, Instant};

use super::activations::{ActivationGradients, Activations};
use super::backward::record_backward;
use super::dropout::{Dropouts, condition_site};
use super::forward::{record_forward, record_loss};
use super::inputs::{GatherSize, Inputs};
use super::{Arena, Model};
use crate::engine::gpu::{Gpu, KernelTime, Plan, Recorder, Submission, Tensor};
use crate::engine::kernels::{AdamwStep, Lookup, LookupDropout, chosen_rows, gather_index, padded};
use crate::engine::optimizer::Optimizer;
use crate::error::{Error, Result};
use crate::model::config::ModelConfig;
use crate::model::kernels::candidate_rows;
use crate::music::candidates::{CANDIDATE_ROWS, CANDIDATE_TABLES, CANDIDATES};
use crate::music::context::CONTEXT_SIZE;
use crate::music::dataset::Batch;
use crate::music::events::{FIELDS, Field};

/// What the dataset writes where there is nothing to predict is what the shader leaves out.
const _: () = assert!(crate::music::dataset::IGNORE == crate::engine::kernels::IGNORE);

/// What a plan is recorded for.
#[derive(Clone, Copy, Debug)]
pub struct TrainStepOptions {
    /// Time steps of a batch (T).
    pub seq_len: usize,
    /// Lanes of a batch (B).
    pub batch_size: usize,
    /// Probability of a value to be dropped; 0 leaves dropout out.
    pub dropout: f32,
    /// Probability that training drops a row of the history: a field of one of the last 8 events.
    pub last_dropout: f32,
    /// Seed of the dropout masks.
    pub seed: u32,
    /// Largest global norm of the gradients; 0 leaves them as they are.
    pub max_grad_norm: f32,
}

/// A step that was queued.
#[derive(Clone, Debug)]
pub struct QueuedStep {
    /// What that took.
    pub host: HostTime,
    /// To be waited for.
    pub submission: Submission,
}

/// What the host spends on queueing a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostTime {
    /// Places sorted by the rows that they chose.
    pub sorting: Duration,
    /// Inputs written.
    pub writing: Duration,
    /// The command buffer recorded and submitted.
    pub submitting: Duration,
}

/// The recorded step with all its buffers.
pub struct TrainStep {
    model: Model,
    options: TrainStepOptions,
    plan: Plan,
    dropouts: Dropouts,
    /// What goes in.
    pub inputs: Inputs,
    /// What the forward pass leaves; the gates hold their gradients after a step.
    pub activations: Activations,
    /// What the backward pass leaves.
    pub gradients: ActivationGradients,
    /// Gradients of the parameters, in their layout.
    parameter_gradients: Arena,
    /// Moments and norm.
    pub optimizer: Optimizer,
}

impl TrainStep {
    /// Allocates the buffers and records the plan.
    pub fn new(model: &Model, options: TrainStepOptions) -> Result<Self> {
        let TrainStepOptions { seq_len, batch_size, .. } = options;
        check_rows(&model.gpu, seq_len, batch_size)?;
        let (gpu, kernels, config) = (&model.gpu, &model.kernels, &model.config);
        let (inputs, activations, gradients, dparameters, mut optimizer) = gpu.catch_out_of_memory(|| {
            let activations = Activations::new(gpu, config, seq_len, batch_size)?;
            let gradients = ActivationGradients::new(gpu, config, &activations)?;
            let rows = seq_len * batch_size;
            let of_candidates =
                if config.matches { Field::CORE.len() * CANDIDATES * CANDIDATE_TABLES.len() * rows } else { 0 };
            let sizes = [
                GatherSize::of_lookup(&model.input_lookup, rows),
                GatherSize::of_lookup(&model.condition_lookup, rows),
                GatherSize { rows: Field::CORE.len() * CANDIDATE_ROWS, most: of_candidates },
            ];
            let inputs = Inputs::new(gpu, seq_len, batch_size, &sizes)?;
            let dparameters = Arena::zeros(gpu, "gradients", config)?;
            let optimizer = Optimizer::new(gpu, dparameters.all.len())?;
            Ok((inputs, activations, gradients, dparameters, optimizer))
        })?;

        let mut recorder = Recorder::new(gpu, "train step");
        let mut dropouts = Dropouts::new(options.dropout, options.last_dropout, options.seed);
        let (r, sites) = (&mut recorder, &mut dropouts);
        record_forward(r, model, &inputs, &activations, sites);
        record_loss(r, model, &inputs, &activations, Some(&gradients.dlogits));
        record_backward(r, model, &inputs, &activations, &gradients, &dparameters.named, sites);
        r.stage("optimizer");
        optimizer.record(r, kernels, &dparameters.all, &model.parameters.all, options.max_grad_norm);
        let plan = recorder.finish()?;
        let model = model.clone();
        let parameter_gradients = dparameters;
        Ok(Self { model, options, plan, dropouts, inputs, activations, gradients, parameter_gradients, optimizer })
    }

    /// Queues one step on `batch` and returns without waiting for it.
    ///
    /// # Panics
    /// If the batch has another size than the plan.
    pub fn run(&self, batch: &Batch, adamw: &AdamwStep) -> Result<QueuedStep> {
        let mut host = self.upload(batch, adamw);
        let start = Instant::now();
        let submission = self.plan.queue()?;
        host.submitting = start.elapsed();
        Ok(QueuedStep { host, submission })
    }

    /// Like [`TrainStep::run`], but waits and returns the time of each kernel of each stage, where the adapter has timestamps.
    pub fn profile(&self, batch: &Batch, adamw: &AdamwStep) -> Result<Option<Vec<KernelTime>>> {
        self.upload(batch, adamw);
        self.plan.profile()
    }

    fn upload(&self, batch: &Batch, adamw: &AdamwStep) -> HostTime {
        let start = Instant::now();
        let context = batch.context();
        let of_lookup = |lookup: &Lookup, dropout: LookupDropout| {
            gather_index(lookup.rows, chosen_rows(&context, CONTEXT_SIZE, lookup, dropout, adamw.step))
        };
        let of_conditions = self.dropouts.of_lookups(condition_site(&self.model.config));
        let candidates: &[u32] = if self.model.config.matches { &batch.candidates } else { &[] };
        let indices = [
            of_lookup(&self.model.input_lookup, LookupDropout::OFF),
            of_lookup(&self.model.condition_lookup, of_conditions),
            gather_index(Field::CORE.len() * CANDIDATE_ROWS, candidate_rows(candidates)),
        ];
        let sorted = Instant::now();
        self.inputs.write(&self.model.gpu, batch, &context, &indices);
        self.dropouts.set_counter(&self.plan, adamw.step);
        self.optimizer.set_step(&self.plan, adamw);
        HostTime { sorting: sorted - start, writing: sorted.elapsed(), ..HostTime::default() }
    }

    /// Cuts steps into short submits, going by the `seconds` that one takes, see [`Plan::cut_for`].
    pub fn cut_for(&self, seconds: f64) {
        self.plan.cut_for(seconds);
    }

    /// Number of dispatches of a step.
    pub fn dispatches(&self) -> usize {
        self.plan.len()
    }

    /// Sums of the losses of each of [`Field::ALL`], in nats, since the last call. Waits for the device.
    pub fn take_losses(&self) -> Result<[f64; FIELDS]> {
        let totals = self.activations.totals.read(&self.model.gpu)?;
        self.activations.totals.write(&self.model.gpu, &[0.0; FIELDS]);
        Ok(std::array::from_fn(|field| f64::from(totals[field])))
    }

    /// The state that the next batch begins with: hidden and cell of each layer, [B, U] each.
    pub fn carried_state(&self) -> Result<Vec<Vec<f32>>> {
        self.state_slots().iter().map(|slot| slot.read(&self.model.gpu)).collect()
    }

    /// Sets what [`TrainStep::carried_state`] returned.
    ///
    /// # Panics
    /// If the sizes are not those of this plan.
    pub fn set_carried_state(&self, values: &[Vec<f32>]) {
        let slots = self.state_slots();
        assert_eq!(slots.len(), values.len(), "number of carried states");
        for (slot, values) in slots.iter().zip(values) {
            slot.write(&self.model.gpu, values);
        }
    }

    /// The slots after the last step, which a batch carries to slot 0 as it begins.
    fn state_slots(&self) -> Vec<Tensor<f32, 2>> {
        let last = |tensor: &Tensor<f32, 3>| {
            let [_, batch_size, units] = tensor.shape();
            tensor.slice("carried", self.options.seq_len * batch_size * units, [batch_size, units])
        };
        self.activations.layers().flat_map(|state| [last(&state.hidden), last(&state.cell)]).collect()
    }

    /// The gradients of the parameters of the last step, by the parameters' names.
    pub fn parameter_gradients(&self) -> &Arena {
        &self.parameter_gradients
    }
}

/// Shapes of what [`TrainStep::carried_state`] returns, [B, U] each.
pub fn carried_shapes(config: &ModelConfig, batch_size: usize) -> Vec<[usize; 2]> {
    let layers = std::iter::once(config.streams().count() * padded(config.stream_size))
        .chain(std::iter::repeat_n(padded(config.combined_size), config.combined_layers));
    layers.flat_map(|units| [[batch_size, units]; 2]).collect()
}

/// Refuses batches of no rows, and those whose sums over all rows would come near the loop budget of the adapter.
pub(super) fn check_rows(gpu: &Gpu, seq_len: usize, batch_size: usize) -> Result<()> {
    let rows = seq_len.saturating_mul(batch_size);
    if seq_len == 0 || batch_size == 0 {
        return Err(Error::Config("--seq-len and --batch-size must be at least 1".into()));
    }
    let most = gpu.loop_budget();
    if rows > most {
        return Err(Error::Config(format!(
            "--seq-len {seq_len} times --batch-size {batch_size} is {rows} rows; adapter \"{}\" runs at most {most}",
            gpu.name()
        )));
    }
    Ok(())
}
