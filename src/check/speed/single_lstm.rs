//! Workload S: one LSTM and one linear layer on dense inputs, of the layers that any network may use.

use std::time::Instant;

use super::{Generation, Workload};
use crate::engine::gpu::{Gpu, KernelTime, Plan, Recorder, Tensor};
use crate::engine::kernels::AdamwStep;
use crate::engine::nn::{CrossEntropy, Gradients, Layout, Linear, Loss, Lstm, LstmSizes, Parameters, Sequences};
use crate::engine::optimizer::Optimizer;
use crate::error::Result;
use crate::model::HostTime;

const INPUT_SIZE: usize = 128;
const HIDDEN_SIZE: usize = 128;
const CLASSES: usize = 256;

pub(super) struct SingleLstm {
    gpu: Gpu,
    plan: Plan,
    optimizer: Optimizer,
    input: Tensor<f32, 3>,
    values: Vec<f32>,
    loss: Loss,
    steps: u32,
    /// Since the last loss.
    queued: usize,
}

/// A hash of the position, in ±1.
fn noise(at: usize) -> f32 {
    (at as u32).wrapping_mul(2_654_435_761) as f32 / 2_f32.powi(31) - 1.0
}

impl SingleLstm {
    pub(super) fn new(gpu: &Gpu, (seq_len, batch_size): (usize, usize)) -> Result<Self> {
        let mut layout = Layout::default();
        let lstm = Lstm::new(&mut layout, "lstm", LstmSizes::new(INPUT_SIZE, HIDDEN_SIZE));
        let linear = Linear::new(&mut layout, "linear", lstm.features(), CLASSES);
        let parameters = Parameters::new(gpu, layout, 0)?;
        let gradients = Gradients::new(&parameters)?;
        let scale = 1.0 / (HIDDEN_SIZE as f32).sqrt();
        parameters.all.write(gpu, &(0..parameters.all.len()).map(|at| scale * noise(at)).collect::<Vec<_>>());

        let input = Tensor::zeros(gpu, "input", [seq_len, batch_size, INPUT_SIZE])?;
        let targets: Vec<u32> = (0..seq_len * batch_size).map(|at| (at * 7 + 1) as u32 % CLASSES as u32).collect();
        let targets = Tensor::from_slice(gpu, "targets", [seq_len, batch_size, 1], &targets)?;

        let mut recorder = Recorder::new(gpu, "single LSTM");
        let (r, p, g) = (&mut recorder, &parameters, &gradients);
        let hidden = lstm.forward(r, p, &input, &Sequences::Separate)?;
        r.stage("heads and loss");
        let logits = linear.forward(r, p, &hidden.output)?;
        let loss = CrossEntropy::new(CLASSES).forward(r, p, &logits.output, &targets)?;
        let dhidden = linear.backward(r, g, logits, loss.backward())?;
        lstm.backward_parameters(r, g, hidden, dhidden)?;
        r.stage("optimizer");
        let mut optimizer = Optimizer::new(gpu, p.all.len())?;
        optimizer.record(r, p.kernels(), &g.all, &p.all, 1.0);

        let plan = recorder.finish()?;
        let values = (0..input.len()).map(noise).collect();
        Ok(Self { gpu: gpu.clone(), plan, optimizer, input, values, loss, steps: 0, queued: 0 })
    }

    fn upload(&mut self) {
        self.steps += 1;
        self.queued += 1;
        self.input.write(&self.gpu, &self.values);
        self.optimizer.set_step(&self.plan, &AdamwStep { step: self.steps, ..AdamwStep::default() });
    }
}

impl Workload for SingleLstm {
    fn queue(&mut self) -> Result<HostTime> {
        let start = Instant::now();
        self.upload();
        let writing = start.elapsed();
        self.plan.submit()?;
        Ok(HostTime { writing, submitting: start.elapsed() - writing, ..HostTime::default() })
    }

    fn loss(&mut self) -> Result<f64> {
        let total = self.loss.take_total(&self.gpu)?;
        Ok(total / (std::mem::take(&mut self.queued).max(1) * self.events()) as f64)
    }

    fn cut_for(&self, seconds: f64) {
        self.plan.cut_for(seconds);
    }

    fn profile(&mut self) -> Result<Option<Vec<KernelTime>>> {
        self.upload();
        self.plan.profile()
    }

    fn events(&self) -> usize {
        let [seq_len, batch_size, _] = self.input.shape();
        seq_len * batch_size
    }

    fn dispatches(&self) -> usize {
        self.plan.len()
    }

    fn generation(&self) -> Result<Vec<Generation>> {
        Ok(Vec::new())
    }
}
