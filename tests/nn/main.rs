//! The layers of `engine::nn` against the f64 twins of their kernels, in every variant that the adapter runs; their state
//! dicts and initial values. Sizes fill no tile. `tests/golden` trains a network of them beside PyTorch.

#[path = "../common/mod.rs"]
mod common;

mod dropout;
mod embedding;
mod features;
mod linear;
mod losses;
mod lstm;
mod parameters;

use gpu_lstm::engine::gpu::{Plan, Recorder, Tensor};
use gpu_lstm::engine::nn::{Features, Gradients, Layout, Parameters, StateDict};

use common::device::{Device, devices};
use common::{Tolerance, assert_close};

/// Steps and lanes of a batch.
const SEQ_LEN: usize = 5;
const BATCH_SIZE: usize = 19;
const ROWS: usize = SEQ_LEN * BATCH_SIZE;

/// Parameters and gradients of one layer on one device.
struct Network {
    device: &'static Device,
    parameters: Parameters,
    gradients: Gradients,
}

/// One for each variant. The layer is the same in all of them.
fn networks<L>(declare: impl Fn(&mut Layout) -> L) -> Vec<(Network, L)> {
    let network = |device: &'static Device| {
        let mut layout = Layout::default();
        let layer = declare(&mut layout);
        let parameters = Parameters::new(&device.gpu, layout, 7).expect("parameters fit");
        let gradients = Gradients::new(&parameters).expect("gradients fit");
        // What is left unwritten is noticed.
        gradients.all.write(&device.gpu, &vec![f32::NAN; gradients.all.len()]);
        (Network { device, parameters, gradients }, layer)
    };
    devices().iter().map(network).collect()
}

impl Network {
    fn record<R>(&self, record: impl FnOnce(&mut Recorder) -> gpu_lstm::Result<R>) -> (Plan, R) {
        let mut recorder = Recorder::new(&self.device.gpu, "test");
        let recorded = record(&mut recorder).expect("the buffers fit");
        (recorder.finish().expect("a plan"), recorded)
    }

    /// A tensor [T, B, columns] of rows without padding.
    fn input(&self, features: Features, values: &[f64]) -> Tensor<f32, 3> {
        let columns = features.pad(&common::device::narrow(values));
        self.device.upload([SEQ_LEN, BATCH_SIZE, features.columns()], &columns)
    }

    /// Compares what a tensor holds, whose padding must be 0.
    #[track_caller]
    fn assert_holds(&self, what: &str, got: &Tensor<f32, 3>, features: Features, want: &[f64], tolerance: Tolerance) {
        let columns = self.device.read(got);
        let values = features.unpad(&columns);
        assert_eq!(features.pad(&values), columns, "{what}: padding");
        assert_close(what, &values, want, tolerance);
    }

    fn gradients(&self) -> StateDict {
        self.gradients.state_dict().expect("they can be read")
    }

    /// A parameter in PyTorch's order.
    fn parameter(&self, name: &str) -> Vec<f64> {
        let state = self.parameters.state_dict().expect("it can be read");
        state[name].values.iter().copied().map(f64::from).collect()
    }
}

/// `[rows, columns]` to `[columns, rows]`.
fn transposed(rows: usize, columns: usize, a: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), rows * columns);
    (0..a.len()).map(|at| a[at % rows * columns + at / rows]).collect()
}
