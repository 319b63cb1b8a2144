//! LSTM layers, one on top of the other.

mod layer;

use super::{Features, Gradients, Layout, Parameters};
use crate::engine::gpu::{Recorder, Tensor};
use crate::engine::kernels::LstmState;
use crate::error::Result;
use layer::Layer;

/// Sizes of an [`Lstm`].
#[derive(Clone, Copy, Debug)]
pub struct LstmSizes {
    /// What the input holds.
    pub input: Features,
    /// Units of each layer (H).
    pub hidden: usize,
    /// Layers, each of which reads the one below.
    pub layers: usize,
    /// Stacks of layers side by side, each of which reads its share of the blocks of the input.
    pub blocks: usize,
}

impl LstmSizes {
    /// One layer of `hidden` units.
    pub fn new(input: impl Into<Features>, hidden: usize) -> Self {
        Self { input: input.into(), hidden, layers: 1, blocks: 1 }
    }
}

/// One stack of LSTM layers, or several of one size side by side.
#[derive(Clone, Debug)]
pub struct Lstm {
    sizes: LstmSizes,
    layers: Vec<Layer>,
}

/// How the lanes of a batch begin.
#[derive(Clone, Debug)]
pub enum Sequences {
    /// In each run from a state of zeros.
    Separate,
    /// From the state that the run before left; before the first run that is zeros.
    Continued,
    /// As continued, but from zeros at each step and lane where this tensor, [T, B], is 1.
    Reset(Tensor<u32, 2>),
}

/// What an [`Lstm`] has recorded forward.
pub struct LstmPass {
    input: Tensor<f32, 3>,
    reset: Tensor<u32, 2>,
    layers: Vec<LstmState>,
    /// [T, B, blocks · padded H], of the upper layer.
    pub output: Tensor<f32, 3>,
}

impl Lstm {
    /// Adds the layers to a layout. Layer n has `name.weight_ih_ln`, `name.weight_hh_ln`, `name.bias_ih_ln` and
    /// `name.bias_hh_ln`; of several stacks, stack b is called `name.b`.
    ///
    /// # Panics
    /// If a size is 0, or the stacks cannot share the blocks of the input.
    pub fn new(layout: &mut Layout, name: &str, sizes: LstmSizes) -> Self {
        let LstmSizes { input, hidden, layers, blocks } = sizes;
        assert!(hidden > 0 && layers > 0 && blocks > 0, "{name}: {sizes:?}");
        assert!(input.blocks.is_multiple_of(blocks), "{name}: {blocks} stacks for {} blocks", input.blocks);
        let add_layer = |number| {
            let share = if number == 0 { Features { blocks: input.blocks / blocks, ..input } } else { hidden.into() };
            Layer::new(layout, name, number, share, sizes)
        };
        Self { sizes, layers: (0..layers).map(add_layer).collect() }
    }

    /// What the output holds.
    pub fn features(&self) -> Features {
        Features { blocks: self.sizes.blocks, size: self.sizes.hidden }
    }

    /// Records all layers for `input`, [T, B, input columns], as the stages "input products" and "recurrence".
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn forward(
        &self,
        r: &mut Recorder,
        parameters: &Parameters,
        input: &Tensor<f32, 3>,
        sequences: &Sequences,
    ) -> Result<LstmPass> {
        let [seq_len, batch_size, _] = input.shape();
        input.expect_shape([seq_len, batch_size, self.sizes.input.columns()]);
        let reset = match sequences {
            Sequences::Reset(reset) => reset.clone(),
            Sequences::Separate | Sequences::Continued => parameters.allocate("reset", [seq_len, batch_size])?,
        };
        let carried = !matches!(sequences, Sequences::Separate);
        let (mut output, mut layers) = (input.clone(), Vec::new());
        for layer in &self.layers {
            let state = layer.forward(r, parameters, &output, &reset, carried)?;
            output = state.output.clone();
            layers.push(state);
        }
        Ok(LstmPass { input: input.clone(), reset, layers, output })
    }

    /// Records the gradients of the parameters, and returns that of the input, from that of the output, as the stages
    /// "backward recurrence", "weight gradients" and "input gradients". None passes to the run before.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn backward(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        pass: LstmPass,
        doutput: Tensor<f32, 3>,
    ) -> Result<Tensor<f32, 3>> {
        let doutput = self.backward_upper(r, gradients, &pass, doutput)?;
        self.layers[0].backward(r, gradients, &pass.reset, (&pass.input, &pass.layers[0]), &doutput)?;
        self.layers[0].backward_to_input(r, gradients, &pass.input, &pass.layers[0])
    }

    /// [`Lstm::backward`] of the first layer of a network, whose input needs no gradient.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn backward_parameters(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        pass: LstmPass,
        doutput: Tensor<f32, 3>,
    ) -> Result<()> {
        let doutput = self.backward_upper(r, gradients, &pass, doutput)?;
        self.layers[0].backward(r, gradients, &pass.reset, (&pass.input, &pass.layers[0]), &doutput)
    }

    /// Records all layers but the lowest backward, and returns the gradient of that one's output.
    fn backward_upper(
        &self,
        r: &mut Recorder,
        gradients: &Gradients,
        pass: &LstmPass,
        mut doutput: Tensor<f32, 3>,
    ) -> Result<Tensor<f32, 3>> {
        for (number, layer) in self.layers.iter().enumerate().skip(1).rev() {
            let (input, state) = (&pass.layers[number - 1].output, &pass.layers[number]);
            layer.backward(r, gradients, &pass.reset, (input, state), &doutput)?;
            doutput = layer.backward_to_input(r, gradients, input, state)?;
        }
        Ok(doutput)
    }
}

impl LstmPass {
    /// The state after the last step: hidden and cell of each layer, [B, blocks · padded H] each. A continued run begins
    /// with it, so a program may read it to save it, and write it to restore it.
    pub fn carried(&self) -> Vec<[Tensor<f32, 2>; 2]> {
        let last = |slots: &Tensor<f32, 3>| {
            let [count, batch_size, units] = slots.shape();
            slots.slice("carried", (count - 1) * batch_size * units, [batch_size, units])
        };
        self.layers.iter().map(|state| [last(&state.hidden), last(&state.cell)]).collect()
    }
}
