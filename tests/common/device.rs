//! The device under test, and tensors on it.

use std::sync::{Arc, OnceLock};

use gpu_lstm::engine::gpu::{Element, Family, Gpu, Recorder, Tensor};
use gpu_lstm::engine::kernels::Kernels;
use gpu_lstm::model::kernels::MusicKernels;

/// A device with its kernels.
pub struct Device {
    pub gpu: Gpu,
    pub kernels: Arc<Kernels>,
    pub music_kernels: Arc<MusicKernels>,
}

/// The adapter in the variants that it runs best, then in all others that it runs. Panics without an adapter: a test that
/// did not run must not look like one that passed.
pub fn devices() -> &'static [Device] {
    static DEVICES: OnceLock<Vec<Device>> = OnceLock::new();
    DEVICES.get_or_init(|| {
        let gpu = Gpu::new(None).unwrap_or_else(|error| panic!("GPU tests need an adapter: {error}"));
        let device =
            |gpu: Gpu| Device { kernels: gpu.shared(Kernels::new), music_kernels: gpu.shared(MusicKernels::new), gpu };
        let others = Family::ALL.into_iter().filter(|&family| family != gpu.family());
        let others = others.filter_map(|family| gpu.with_family(family)).map(device);
        std::iter::once(device(gpu.clone())).chain(others).collect()
    })
}

impl Device {
    /// A tensor of f64 values, rounded.
    pub fn tensor<const R: usize>(&self, shape: [usize; R], values: &[f64]) -> Tensor<f32, R> {
        self.upload(shape, &narrow(values))
    }

    /// A tensor of any element.
    pub fn upload<T: Element, const R: usize>(&self, shape: [usize; R], values: &[T]) -> Tensor<T, R> {
        Tensor::from_slice(&self.gpu, "test", shape, values).expect("the tensor fits")
    }

    /// Tensors in one buffer.
    pub fn together<const R: usize>(&self, tensors: &[([usize; R], Vec<f64>)]) -> Vec<Tensor<f32, R>> {
        let shapes: Vec<_> = tensors.iter().map(|(shape, _)| *shape).collect();
        let made = Tensor::zeros_together(&self.gpu, "test", &shapes).expect("the tensors fit");
        made.iter().zip(tensors).for_each(|(tensor, (_, values))| tensor.write(&self.gpu, &narrow(values)));
        made
    }

    /// An output that no kernel has written yet: all NaN, so that what is left unwritten is noticed.
    pub fn nan<const R: usize>(&self, shape: [usize; R]) -> Tensor<f32, R> {
        self.upload(shape, &vec![f32::NAN; shape.iter().product()])
    }

    /// Records and runs dispatches.
    pub fn run(&self, record: impl FnOnce(&mut Recorder, &Kernels)) {
        self.run_plan(|recorder| record(recorder, &self.kernels));
    }

    /// Records and runs dispatches of the kernels of the network alone.
    pub fn run_music(&self, record: impl FnOnce(&mut Recorder, &MusicKernels)) {
        self.run_plan(|recorder| record(recorder, &self.music_kernels));
    }

    /// Records and runs dispatches, and asserts how many there are.
    #[track_caller]
    pub fn run_in(&self, dispatches: usize, record: impl FnOnce(&mut Recorder, &Kernels)) {
        assert_eq!(self.run_plan(|recorder| record(recorder, &self.kernels)), dispatches, "dispatches");
    }

    /// Returns the number of dispatches.
    fn run_plan(&self, record: impl FnOnce(&mut Recorder)) -> usize {
        let mut recorder = Recorder::new(&self.gpu, "test");
        record(&mut recorder);
        let plan = recorder.finish().expect("the plan fits");
        plan.submit().expect("the plan runs");
        plan.len()
    }

    /// Reads a tensor back.
    pub fn read<T: Element, const R: usize>(&self, tensor: &Tensor<T, R>) -> Vec<T> {
        tensor.read(&self.gpu).expect("the tensor can be read")
    }

    /// Compares an output with its twin and prints a line of the parity table (`cargo test --test kernels -- --nocapture`).
    #[track_caller]
    pub fn assert_parity<const R: usize>(
        &self,
        what: &str,
        got: &Tensor<f32, R>,
        want: &[f64],
        tolerance: super::Tolerance,
    ) {
        let worst = super::assert_close(what, &self.read(got), want, tolerance);
        println!("parity | {:?} | {what} | {worst:.1e}", self.gpu.family());
    }
}

/// To f32.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// Rounded to f32 and back: what a kernel and its twin are both fed, so that a tolerance measures the kernel alone.
pub fn rounded(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| f64::from(value as f32)).collect()
}

/// Gate blocks i, f, g, o of `[rows, 4H]` to the engine's order: the four gates of a unit side by side.
pub fn interleave(values: &[f64], hidden_size: usize) -> Vec<f64> {
    let row = |row: &[f64]| -> Vec<f64> { (0..4 * hidden_size).map(|at| row[at % 4 * hidden_size + at / 4]).collect() };
    values.chunks_exact(4 * hidden_size).flat_map(row).collect()
}

/// PyTorch's `[4H, I]` to the engine's `[I, 4H]`.
pub fn engine_weight(values: &[f64], hidden_size: usize, input_size: usize) -> Vec<f64> {
    let at = |input: usize, column: usize| values[(column % 4 * hidden_size + column / 4) * input_size + input];
    (0..input_size).flat_map(|input| (0..4 * hidden_size).map(move |column| at(input, column))).collect()
}

/// `[rows, size]` of several blocks to the blocks side by side.
pub fn side_by_side(blocks: &[Vec<f64>], size: usize) -> Vec<f64> {
    let rows = blocks[0].len() / size;
    (0..rows).flat_map(|row| blocks.iter().flat_map(move |block| &block[row * size..][..size])).copied().collect()
}
