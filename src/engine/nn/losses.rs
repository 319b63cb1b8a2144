//! What training makes small.

use super::Parameters;
use crate::engine::gpu::{Gpu, Recorder, Tensor};
use crate::engine::kernels::{LossHead, padded};
use crate::error::Result;

/// Softmax cross-entropy in nats.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy {
    classes: usize,
}

/// The mean over the values of a row of their squared errors.
#[derive(Clone, Copy, Debug)]
pub struct MeanSquaredError {
    size: usize,
}

/// What a loss has recorded: the loss of each row, and the gradient of their mean over all T · B rows.
pub struct Loss {
    /// [T, B, 1], of the last run.
    pub losses: Tensor<f32, 3>,
    totals: Tensor<f32, 1>,
    gradient: Tensor<f32, 3>,
}

impl CrossEntropy {
    /// Of `classes` logits.
    pub fn new(classes: usize) -> Self {
        Self { classes }
    }

    /// Records the losses of `logits`, [T, B, padded classes], and their gradient. `targets`, [T, B, 1], are classes, or
    /// [`IGNORE`](super::IGNORE) where loss and gradient are 0; such a row counts in the mean.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn forward(
        self,
        r: &mut Recorder,
        parameters: &Parameters,
        logits: &Tensor<f32, 3>,
        targets: &Tensor<u32, 3>,
    ) -> Result<Loss> {
        let (loss, scale) = Loss::new(parameters, logits, self.classes)?;
        let kernel = &parameters.kernels().softmax_cross_entropy;
        let dlogits = Some(&loss.gradient);
        let head = LossHead { column: 0, vocab_size: self.classes, logits, dlogits };
        kernel.record(r, &[head], scale, targets, &loss.losses);
        loss.record_sum(r, parameters);
        Ok(loss)
    }
}

impl MeanSquaredError {
    /// Of rows of `size` values.
    pub fn new(size: usize) -> Self {
        Self { size }
    }

    /// Records the losses of a `prediction` and their gradient; `prediction` and `targets` are [T, B, padded size].
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn forward(
        self,
        r: &mut Recorder,
        parameters: &Parameters,
        prediction: &Tensor<f32, 3>,
        targets: &Tensor<f32, 3>,
    ) -> Result<Loss> {
        let (loss, scale) = Loss::new(parameters, prediction, self.size)?;
        let kernel = &parameters.kernels().mean_squared_error;
        kernel.record(r, 0, self.size, scale, prediction, targets, &loss.losses, &loss.gradient);
        loss.record_sum(r, parameters);
        Ok(loss)
    }
}

impl Loss {
    /// Allocates what belongs to an output of `size` values a row, and says what its gradients are scaled by.
    fn new(parameters: &Parameters, output: &Tensor<f32, 3>, size: usize) -> Result<(Self, f32)> {
        let [seq_len, batch_size, _] = output.shape();
        output.expect_shape([seq_len, batch_size, padded(size)]);
        let loss = Self {
            losses: parameters.allocate("losses", [seq_len, batch_size, 1])?,
            totals: parameters.allocate("totals", [1])?,
            gradient: parameters.allocate("gradient of the loss", output.shape())?,
        };
        Ok((loss, 1.0 / (seq_len * batch_size) as f32))
    }

    fn record_sum(&self, r: &mut Recorder, parameters: &Parameters) {
        parameters.kernels().loss_sum.record(r, &self.losses, &self.totals);
    }

    /// The gradient of what the loss was recorded of; the kernel of the losses computes it.
    pub fn backward(&self) -> Tensor<f32, 3> {
        self.gradient.clone()
    }

    /// The sum of the losses of all rows of all runs since the last call; waits for the device.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn take_total(&self, gpu: &Gpu) -> Result<f64> {
        let total = self.totals.read(gpu)?[0];
        self.totals.write(gpu, &[0.0]);
        Ok(f64::from(total))
    }
}
