//! The fully connected layer.

use super::layout::{Initial, Layout, Slot};
use super::{Features, Gradients, Parameters};
use crate::engine::gpu::{Recorder, Tensor};
use crate::engine::kernels::{Matrix, padded};
use crate::error::Result;

/// `output = input · weightᵀ + bias`, then `ReLU` on request.
#[derive(Clone, Debug)]
pub struct Linear {
    input: Features,
    output: usize,
    weight: Slot,
    bias: Slot,
    relu: bool,
}

/// What a [`Linear`] has recorded forward.
pub struct LinearPass {
    input: Tensor<f32, 3>,
    /// [T, B, padded outputs]
    pub output: Tensor<f32, 3>,
}

impl Linear {
    /// Adds the layer to a layout; its tensors are `name.weight` and `name.bias`.
    pub fn new(layout: &mut Layout, name: &str, input: impl Into<Features>, output: usize) -> Self {
        let (input, columns) = (input.into(), padded(output));
        let weight = layout.slot(format!("{name}.weight"), [1, input.columns(), columns]);
        let bias = layout.slot(format!("{name}.bias"), [1, 1, columns]);
        let (inputs, first_weight, first_bias) = (input.values(), weight.offset, bias.offset);
        layout.push(weight.label.clone(), vec![output, inputs], Initial::Uniform(inputs), move |row, value| {
            first_weight + input.column(value) * columns + row
        });
        layout.push(bias.label.clone(), vec![output], Initial::Uniform(inputs), move |row, _| first_bias + row);
        Self { input, output, weight, bias, relu: false }
    }

    /// The same layer with a `ReLU` behind it.
    pub fn with_relu(self) -> Self {
        Self { relu: true, ..self }
    }

    /// What the output holds.
    pub fn features(&self) -> Features {
        self.output.into()
    }

    /// Records the output of `input`, [T, B, padded inputs].
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn forward(&self, r: &mut Recorder, parameters: &Parameters, input: &Tensor<f32, 3>) -> Result<LinearPass> {
        let [seq_len, batch_size, _] = input.shape();
        input.expect_shape([seq_len, batch_size, self.input.columns()]);
        let output = parameters.allocate(&self.weight.label, [seq_len, batch_size, padded(self.output)])?;
        let (weight, bias) = (&parameters.tensor(&self.weight), &parameters.tensor(&self.bias));
        let kernel = &parameters.kernels().matmul_nn;
        kernel.record(r, &input.into(), &weight.into(), &bias.into(), self.relu, &Matrix::from(&output));
        Ok(LinearPass { input: input.clone(), output })
    }

    /// Records the gradients of the parameters, and returns that of the input, from that of the output.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn backward(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        pass: LinearPass,
        doutput: Tensor<f32, 3>,
    ) -> Result<Tensor<f32, 3>> {
        let parameters = &gradients.parameters;
        let dinput = parameters.allocate("gradient of an input", pass.input.shape())?;
        let weight = &parameters.tensor(&self.weight);
        self.backward_parameters(r, gradients, pass, doutput.clone());
        parameters.kernels().matmul_nt.record(r, &(&doutput).into(), &weight.into(), &(&dinput).into());
        Ok(dinput)
    }

    /// [`Linear::backward`] of the first layer of a network, whose input needs no gradient.
    pub fn backward_parameters(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        pass: LinearPass,
        doutput: Tensor<f32, 3>,
    ) {
        let kernels = gradients.parameters.kernels();
        if self.relu {
            kernels.relu_backward.record(r, 0.0, &pass.output, &doutput);
        }
        let dweight = &gradients.tensor(&self.weight);
        kernels.matmul_tn.record(r, &(&pass.input).into(), &(&doutput).into(), &dweight.into());
        kernels.column_sum.record(r, &(&doutput).into(), &(&gradients.tensor(&self.bias)).into());
    }
}
