//! Parameters and gradients on the device, each in one arena, and their state dicts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::{Entry, Layout, Slot};
use crate::engine::gpu::{Element, Gpu, Tensor};
use crate::engine::kernels::Kernels;
use crate::engine::reference::random::pcg;
use crate::error::{Error, Result};

/// A tensor on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sizes, outermost first; one or two of them.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Tensors by the names that `torch.nn` modules would give them.
pub type StateDict = BTreeMap<String, Array>;

/// The parameters of all layers of a [`Layout`], and the device that they lie on. Clones share the memory.
#[derive(Clone)]
pub struct Parameters {
    gpu: Gpu,
    kernels: Arc<Kernels>,
    entries: Arc<Vec<Entry>>,
    seed: u64,
    /// `[N]`, all values, padding and gaps of zeros included: what an optimizer updates.
    pub all: Tensor<f32, 1>,
}

impl Parameters {
    /// Allocates the parameters and initialises them as PyTorch's modules do, from a seed: tables of embeddings normal
    /// with standard deviation 1, all else uniform in ±1/√n with n the hidden size of an LSTM or the inputs of a linear
    /// layer. The bias of an LSTM is the sum of PyTorch's two.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn new(gpu: &Gpu, layout: Layout, seed: u64) -> Result<Self> {
        let all = gpu.catch_out_of_memory(|| Tensor::zeros(gpu, "parameters", [layout.len]))?;
        all.write(gpu, &layout.random(seed));
        let kernels = gpu.shared(Kernels::new);
        Ok(Self { gpu: gpu.clone(), kernels, entries: Arc::new(layout.entries), seed, all })
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The kernels of the device, for those that a program records itself.
    pub fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// Trainable values: without padding, and with one bias of each LSTM unit and gate.
    pub fn count(&self) -> usize {
        let trained = self.entries.iter().filter(|entry| !entry.redundant);
        trained.map(|entry| entry.shape.iter().product::<usize>()).sum()
    }

    /// Reads all parameters by PyTorch's names, in its shapes and order; waits for the device. Where PyTorch has two
    /// biases, `bias_ih` is their sum and `bias_hh` 0.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn state_dict(&self) -> Result<StateDict> {
        self.state_dict_of(&self.all)
    }

    /// Replaces all parameters by what [`Parameters::state_dict`] or PyTorch gave.
    ///
    /// # Errors
    /// If a tensor is missing, has another shape, or does not belong to this network; then nothing is replaced.
    pub fn load_state_dict(&self, state: &StateDict) -> Result<()> {
        let wrong = |name: &str, reason: String| {
            Err(Error::Config(format!("tensor `{name}` {reason}; build the network with the sizes of the state dict")))
        };
        let mut arena = vec![0.0; self.all.len()];
        for entry in self.entries.iter() {
            let Some(array) = state.get(&entry.name) else { return wrong(&entry.name, "is missing".into()) };
            if array.shape != entry.shape || array.values.len() != entry.shape.iter().product::<usize>() {
                return wrong(&entry.name, format!("has shape {:?}, expected {:?}", array.shape, entry.shape));
            }
            entry.indices().zip(&array.values).for_each(|(index, value)| arena[index] += value);
        }
        if let Some(name) = state.keys().find(|name| !self.entries.iter().any(|entry| entry.name == **name)) {
            return wrong(name, "does not belong to this network".into());
        }
        self.all.write(&self.gpu, &arena);
        Ok(())
    }

    fn state_dict_of(&self, all: &Tensor<f32, 1>) -> Result<StateDict> {
        let arena = all.read(&self.gpu)?;
        let array = |entry: &Entry| {
            let values = entry.indices().map(|index| if entry.redundant { 0.0 } else { arena[index] }).collect();
            Array { shape: entry.shape.clone(), values }
        };
        Ok(self.entries.iter().map(|entry| (entry.name.clone(), array(entry))).collect())
    }

    /// A parameter by its place.
    pub(super) fn tensor(&self, slot: &Slot) -> Tensor<f32, 3> {
        self.all.slice(&slot.label, slot.offset, slot.shape)
    }

    /// Memory for what a layer computes.
    pub(super) fn allocate<T: Element, const R: usize>(&self, label: &str, shape: [usize; R]) -> Result<Tensor<T, R>> {
        self.gpu.catch_out_of_memory(|| Tensor::zeros(&self.gpu, label, shape))
    }

    /// The seed of the masks of a dropout.
    pub(super) fn seed_of_dropout(&self, number: u32) -> u32 {
        pcg(number ^ pcg(self.seed as u32))
    }
}

/// The gradients of [`Parameters`], written by the `backward` of each layer.
pub struct Gradients {
    /// What these are the gradients of.
    pub(super) parameters: Parameters,
    /// `[N]`, all gradients, laid out as the parameters: what an optimizer reads.
    pub all: Tensor<f32, 1>,
}

impl Gradients {
    /// Allocates gradients of 0.
    ///
    /// # Errors
    /// If the adapter has too little memory.
    pub fn new(parameters: &Parameters) -> Result<Self> {
        let all = parameters.allocate("gradients", parameters.all.shape())?;
        Ok(Self { parameters: parameters.clone(), all })
    }

    /// Reads all gradients by the names of their parameters; waits for the device.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn state_dict(&self) -> Result<StateDict> {
        self.parameters.state_dict_of(&self.all)
    }

    /// A gradient by the place of its parameter.
    pub(super) fn tensor(&self, slot: &Slot) -> Tensor<f32, 3> {
        self.all.slice(&slot.label, slot.offset, slot.shape)
    }
}
