//! Dropout.

use super::{Gradients, Layout, Parameters};
use crate::engine::gpu::{DispatchId, Plan, Recorder, Tensor};

/// Sets values to 0 at random and scales the others up, with masks of its own. It is recorded into one plan; a plan that does
/// not train leaves it out.
#[derive(Clone, Debug)]
pub struct Dropout {
    probability: f32,
    number: u32,
    dispatches: Vec<DispatchId>,
}

impl Dropout {
    /// A dropout of each value with `probability`; 0 records nothing.
    ///
    /// # Panics
    /// If the probability is not in 0..1.
    pub fn new(layout: &mut Layout, probability: f32) -> Self {
        assert!((0.0..1.0).contains(&probability), "dropout probability {probability}");
        Self { probability, number: layout.next_dropout(), dispatches: Vec::new() }
    }

    /// Records the dropout of `values`, in place, and returns them.
    pub fn forward(&mut self, r: &mut Recorder, parameters: &Parameters, values: Tensor<f32, 3>) -> Tensor<f32, 3> {
        if self.probability > 0.0 {
            let seed = parameters.seed_of_dropout(self.number);
            self.dispatches.push(parameters.kernels().dropout.record(r, &values, self.probability, seed));
        }
        values
    }

    /// Records the dropout of the gradient of what [`Dropout::forward`] returned, in place: the same mask, in the same plan.
    pub fn backward(&mut self, r: &mut Recorder, gradients: &Gradients, doutput: Tensor<f32, 3>) -> Tensor<f32, 3> {
        self.forward(r, &gradients.parameters, doutput)
    }

    /// Chooses the masks of the next submit of the plan that this was recorded into. Each number has its own.
    pub fn set_step(&self, plan: &Plan, step: u32) {
        self.dispatches.iter().for_each(|&dispatch| plan.set_counter(dispatch, step));
    }
}
