//! The parameters of all layers on paper: names, places in one arena, and initial values. No device is needed for it.

use rand::{RngExt as _, SeedableRng as _};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// What the layers of a network append their parameters to; [`Parameters::new`](super::Parameters::new) allocates them.
#[derive(Default)]
pub struct Layout {
    pub(super) entries: Vec<Entry>,
    /// Values of the arena.
    pub(super) len: usize,
    dropouts: u32,
}

/// A place in the arena.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) label: String,
    /// First element, a multiple of 64 so that the slot can be bound on its own.
    pub(super) offset: usize,
    /// Padded shape.
    pub(super) shape: [usize; 3],
}

/// A tensor as PyTorch has it, and where its elements lie in the arena.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// Row and column to arena index; a vector has one column.
    pub(super) index: Box<dyn Fn(usize, usize) -> usize + Send + Sync>,
    pub(super) initial: Initial,
    /// The second bias of an LSTM: added to the first on loading, 0 on saving.
    pub(super) redundant: bool,
}

/// Random initial values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Initial {
    /// Normal, standard deviation 1.
    Normal,
    /// Uniform in ±1/√n with this n.
    Uniform(usize),
}

impl Layout {
    /// Reserves a place behind those reserved before.
    pub(super) fn slot(&mut self, label: String, shape: [usize; 3]) -> Slot {
        let offset = self.len;
        self.len = (offset + shape.iter().product::<usize>()).next_multiple_of(64);
        Slot { label, offset, shape }
    }

    /// Adds a tensor that lies in reserved places.
    ///
    /// # Panics
    /// If another has its name.
    #[track_caller]
    pub(super) fn push(
        &mut self,
        name: String,
        shape: Vec<usize>,
        initial: Initial,
        index: impl Fn(usize, usize) -> usize + Send + Sync + 'static,
    ) -> &mut Entry {
        assert!(self.entries.iter().all(|entry| entry.name != name), "two tensors are called `{name}`");
        self.entries.push(Entry { name, shape, index: Box::new(index), initial, redundant: false });
        self.entries.last_mut().expect("just pushed")
    }

    /// A number of its own for each dropout.
    pub(super) fn next_dropout(&mut self) -> u32 {
        self.dropouts += 1;
        self.dropouts
    }

    /// Initial values of the arena; the same seed gives the same values on every machine.
    pub(super) fn random(&self, seed: u64) -> Vec<f32> {
        let mut random = Pcg64::seed_from_u64(seed);
        let mut arena = vec![0.0; self.len];
        for entry in &self.entries {
            for index in entry.indices() {
                arena[index] += match entry.initial {
                    Initial::Normal => random.sample::<f32, _>(StandardNormal),
                    Initial::Uniform(n) => random.random_range(-1.0..1.0) / (n as f32).sqrt(),
                };
            }
        }
        arena
    }
}

impl Entry {
    /// Arena indices in the row-major order of the PyTorch tensor.
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> {
        let columns = self.shape.get(1).copied().unwrap_or(1);
        (0..self.shape[0]).flat_map(move |row| (0..columns).map(move |column| (self.index)(row, column)))
    }
}
