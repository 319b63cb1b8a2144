//! Workload S: one LSTM and one linear layer on dense inputs, recorded straight from the kernels.

use std::time::Instant;

use crate::engine::gpu::{Gpu, KernelTime, Plan, Recorder, Tensor};
use crate::engine::kernels::{AdamwDispatch, AdamwStep, Kernels, LstmState, Matrix};

use super::{Generation, Workload};
use crate::error::Result;
use crate::model::HostTime;

const INPUT_SIZE: usize = 128;
const HIDDEN_SIZE: usize = 128;
const CLASSES: usize = 256;

pub(super) struct SingleLstm {
    gpu: Gpu,
    plan: Plan,
    adamw: AdamwDispatch,
    input: Tensor<f32, 3>,
    values: Vec<f32>,
    totals: Tensor<f32, 1>,
    steps: u32,
    /// Since the last loss.
    queued: usize,
}

/// Weights and biases within one arena.
struct Weights {
    all: Tensor<f32, 1>,
    weight_ih: Tensor<f32, 2>,
    weight_hh: Tensor<f32, 3>,
    bias: Tensor<f32, 2>,
    linear: Tensor<f32, 2>,
    linear_bias: Tensor<f32, 2>,
}

impl Weights {
    fn new(gpu: &Gpu) -> Result<Self> {
        let gates = 4 * HIDDEN_SIZE;
        let sizes = [INPUT_SIZE * gates, HIDDEN_SIZE * gates, gates, HIDDEN_SIZE * CLASSES, CLASSES];
        let starts: Vec<usize> = (0..sizes.len()).map(|at| sizes[..at].iter().sum()).collect();
        let all = Tensor::zeros(gpu, "weights", [sizes.iter().sum()])?;
        Ok(Self {
            weight_ih: all.slice("weight_ih", starts[0], [INPUT_SIZE, gates]),
            weight_hh: all.slice("weight_hh", starts[1], [1, HIDDEN_SIZE, gates]),
            bias: all.slice("bias", starts[2], [1, gates]),
            linear: all.slice("linear", starts[3], [HIDDEN_SIZE, CLASSES]),
            linear_bias: all.slice("linear_bias", starts[4], [1, CLASSES]),
            all,
        })
    }
}

/// A hash of the position, in ±1.
fn noise(at: usize) -> f32 {
    (at as u32).wrapping_mul(2_654_435_761) as f32 / 2_f32.powi(31) - 1.0
}

impl SingleLstm {
    pub(super) fn new(gpu: &Gpu, (seq_len, batch_size): (usize, usize)) -> Result<Self> {
        let rows = seq_len * batch_size;
        let kernels = gpu.shared(Kernels::new);
        let (weights, gradients) = (Weights::new(gpu)?, Weights::new(gpu)?);
        let scale = 1.0 / (HIDDEN_SIZE as f32).sqrt();
        weights.all.write(gpu, &(0..weights.all.len()).map(|at| scale * noise(at)).collect::<Vec<_>>());

        let features = |size: usize| Tensor::<f32, 3>::zeros(gpu, "features", [seq_len, batch_size, size]);
        let slots = || Tensor::zeros(gpu, "slots", [seq_len + 1, batch_size, HIDDEN_SIZE]);
        let flat = |size: usize| Tensor::<f32, 1>::zeros(gpu, "flat", [size]);
        let input = features(INPUT_SIZE)?;
        let state = LstmState {
            gates: features(4 * HIDDEN_SIZE)?,
            hidden: slots()?,
            cell: slots()?,
            output: features(HIDDEN_SIZE)?,
        };
        let (logits, dlogits, doutput) = (features(CLASSES)?, features(CLASSES)?, features(HIDDEN_SIZE)?);
        let (losses, totals) = (features(3)?, flat(3)?);
        let targets: Vec<u32> = (0..3 * rows).map(|at| (at / 3 * 7 + 1) as u32 % CLASSES as u32).collect();
        let targets = Tensor::from_slice(gpu, "targets", [seq_len, batch_size, 3], &targets)?;
        let reset = Tensor::zeros(gpu, "reset", [seq_len, batch_size])?;
        let dcell = Tensor::zeros(gpu, "dcell", [batch_size, HIDDEN_SIZE])?;
        let moments = [flat(weights.all.len())?, flat(weights.all.len())?];
        let (partials, clip) = (flat(64)?, flat(2)?);

        let mut recorder = Recorder::new(gpu, "single LSTM");
        let r = &mut recorder;
        let m = |tensor: &Tensor<f32, 3>| Matrix::from(tensor);
        r.stage("input products");
        kernels.matmul_nn.record(
            r,
            &m(&input),
            &(&weights.weight_ih).into(),
            &(&weights.bias).into(),
            false,
            &m(&state.gates),
        );
        r.stage("recurrence");
        for step in 0..seq_len {
            kernels.lstm_step_forward.record(r, step, &weights.weight_hh, &reset, &state, false);
        }
        r.stage("heads and loss");
        let (linear, linear_bias) = ((&weights.linear).into(), (&weights.linear_bias).into());
        kernels.matmul_nn.record(r, &m(&state.output), &linear, &linear_bias, false, &m(&logits));
        kernels.softmax_cross_entropy.record(r, 0, CLASSES, 1.0 / rows as f32, &logits, &targets, &losses, &dlogits);
        kernels.loss_sum.record(r, &losses, &totals);
        kernels.matmul_nt.record(r, &m(&dlogits), &linear, &m(&doutput));
        kernels.matmul_tn.record(r, &m(&state.output), &m(&dlogits), &(&gradients.linear).into());
        kernels.column_sum.record(r, &dlogits, &gradients.linear_bias);
        r.stage("backward recurrence");
        for step in (0..seq_len).rev() {
            kernels.lstm_step_backward.record(r, step, &weights.weight_hh, &reset, &doutput, &state, &dcell);
        }
        r.stage("weight gradients");
        kernels.matmul_tn.record(r, &m(&input), &m(&state.gates), &(&gradients.weight_ih).into());
        kernels.matmul_tn.record(r, &m(&state.hidden).rows(0, rows), &m(&state.gates), &(&gradients.weight_hh).into());
        kernels.column_sum.record(r, &state.gates, &gradients.bias);
        r.stage("optimizer");
        kernels.sum_squares.record(r, &gradients.all, &partials);
        kernels.gradient_clip.record(r, &partials, 1.0, &clip);
        let adamw = kernels.adamw.record(r, &gradients.all, &clip, &weights.all, [&moments[0], &moments[1]]);

        let plan = recorder.finish()?;
        let values = (0..input.len()).map(noise).collect();
        Ok(Self { gpu: gpu.clone(), plan, adamw, input, values, totals, steps: 0, queued: 0 })
    }

    fn upload(&mut self) {
        self.steps += 1;
        self.queued += 1;
        let (learning_rate, weight_decay, step) = (1e-3, 0.01, self.steps);
        let adamw = AdamwStep { learning_rate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay, step };
        self.input.write(&self.gpu, &self.values);
        self.adamw.set_step(&self.plan, &adamw);
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
        let sum = f64::from(self.totals.read(&self.gpu)?[0]);
        self.totals.write(&self.gpu, &[0.0; 3]);
        Ok(sum / (std::mem::take(&mut self.queued).max(1) * self.events()) as f64)
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
