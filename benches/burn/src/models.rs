//! The workloads in burn, as its users would write them: stock modules, gradients from its tape, its AdamW.

use std::io::Write as _;
use std::time::Instant;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, DeviceKind, Int, Tensor, TensorData};
use gpu_lstm::engine::gpu::Gpu;

/// Inputs, hidden units and classes of workload S.
const SINGLE: [usize; 3] = [128, 128, 256];
/// Classes of the three streams of workload W, of inputs and outputs alike.
const VOCAB_SIZES: [usize; 3] = [501, 147, 50];

/// Workload S: one LSTM on dense inputs, one linear layer.
#[derive(Module, Debug)]
struct SingleLstm {
    lstm: Lstm,
    linear: Linear,
}

/// Workload W: three streams, two combined layers, a shared layer, three heads.
#[derive(Module, Debug)]
struct SeedNetwork {
    embeddings: Vec<Embedding>,
    streams: Vec<Lstm>,
    combined: Vec<Lstm>,
    shared: Linear,
    hidden: Vec<Linear>,
    outputs: Vec<Linear>,
}

impl SingleLstm {
    fn new(device: &Device) -> Self {
        let [inputs, units, classes] = SINGLE;
        let linear = LinearConfig::new(units, classes).init(device);
        Self { lstm: LstmConfig::new(inputs, units, true).init(device), linear }
    }

    /// `[B, T, 128]` to logits `[B · T, 256]`.
    fn logits(&self, input: Tensor<3>) -> Tensor<2> {
        self.linear.forward(self.lstm.forward(input, None).0).flatten(0, 1)
    }
}

impl SeedNetwork {
    fn new(device: &Device) -> Self {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        let lstm = |inputs, units| LstmConfig::new(inputs, units, true).init(device);
        Self {
            embeddings: VOCAB_SIZES.map(|classes| EmbeddingConfig::new(classes, 64).init(device)).into(),
            streams: VOCAB_SIZES.map(|_| lstm(64, 256)).into(),
            combined: vec![lstm(3 * 256, 512), lstm(512, 512)],
            shared: linear(512, 256),
            hidden: VOCAB_SIZES.map(|_| linear(256, 128)).into(),
            outputs: VOCAB_SIZES.map(|classes| linear(128, classes)).into(),
        }
    }

    /// Tokens `[B, T]` of each stream to logits `[B · T, V]` of each head.
    fn logits(&self, tokens: &[Tensor<2, Int>]) -> Vec<Tensor<2>> {
        let streams = self.embeddings.iter().zip(&self.streams).zip(tokens);
        let streams =
            streams.map(|((embedding, lstm), tokens)| lstm.forward(embedding.forward(tokens.clone()), None).0);
        let mut features = Tensor::cat(streams.collect(), 2);
        for lstm in &self.combined {
            features = lstm.forward(features, None).0;
        }
        let shared = relu(self.shared.forward(features));
        let heads = self.hidden.iter().zip(&self.outputs);
        heads.map(|(hidden, output)| output.forward(relu(hidden.forward(shared.clone()))).flatten(0, 1)).collect()
    }
}

/// A step that gives its loss: forward, backward, AdamW, and a wait for all of it.
fn trainer<M: Module + 'static>(device: Device, model: M, loss: impl Fn(&M) -> Tensor<1> + 'static) -> Step {
    let mut optimizer = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.01).init();
    let mut model = Some(model);
    Box::new(move || {
        let before = model.take().expect("it is put back");
        let loss = loss(&before);
        let gradients = GradientsParams::from_grads(loss.backward(), &before);
        model = Some(optimizer.step(1e-3, before, gradients));
        let loss = f64::from(loss.into_scalar::<f32>());
        device.sync().expect("it finishes");
        loss
    })
}

type Step = Box<dyn FnMut() -> f64>;

fn single_lstm(device: &Device, [batch_size, seq_len]: [usize; 2]) -> Step {
    let [inputs, _, classes] = SINGLE;
    let rows = batch_size * seq_len;
    // A hash of the position, in ±1.
    let noise = |at: usize| (at as u32).wrapping_mul(2_654_435_761) as f32 / 2_f32.powi(31) - 1.0;
    let values: Vec<f32> = (0..rows * inputs).map(noise).collect();
    let targets: Vec<i32> = (0..rows).map(|at| ((7 * at + 1) % classes) as i32).collect();
    let input = Tensor::<3>::from_data(TensorData::new(values, [batch_size, seq_len, inputs]), device);
    let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [rows]), device);
    let cross_entropy = CrossEntropyLossConfig::new().init(device);
    let loss = move |model: &SingleLstm| cross_entropy.forward(model.logits(input.clone()), targets.clone());
    trainer(device.clone(), SingleLstm::new(device), loss)
}

fn seed_network(device: &Device, [batch_size, seq_len]: [usize; 2]) -> Step {
    let rows = batch_size * seq_len;
    // Skewed tokens, and targets that follow from them.
    let mut state = 1_u32;
    let mut token = |classes: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let share = f64::from(state) / f64::from(u32::MAX);
        (share * share * (classes - 1) as f64) as i32
    };
    let streams = VOCAB_SIZES.map(|classes| (0..rows).map(|_| token(classes)).collect::<Vec<i32>>());
    let targets: Vec<Tensor<1, Int>> = streams
        .iter()
        .zip(VOCAB_SIZES)
        .map(|(tokens, classes)| tokens.iter().map(|token| (7 * token + 1) % classes as i32).collect::<Vec<i32>>())
        .map(|targets| Tensor::from_data(TensorData::new(targets, [rows]), device))
        .collect();
    let tokens: Vec<Tensor<2, Int>> = streams
        .into_iter()
        .map(|tokens| Tensor::from_data(TensorData::new(tokens, [batch_size, seq_len]), device))
        .collect();
    let cross_entropy = CrossEntropyLossConfig::new().init(device);
    let loss = move |model: &SeedNetwork| {
        let heads = model.logits(&tokens).into_iter().zip(&targets);
        let losses = heads.map(|(logits, targets)| cross_entropy.forward(logits, targets.clone()));
        losses.reduce(|sum, loss| sum + loss).expect("three heads")
    };
    trainer(device.clone(), SeedNetwork::new(device), loss)
}

/// Answers each line of standard input with a step, as `cargo bench --bench train_step -- --serve` does.
pub(crate) fn serve(backend: &str, workload: &str, small: bool) {
    let size = match workload {
        _ if small => [4, 4],
        "S" => [32, 64],
        "W10" => [64, 10],
        _ => [64, 100],
    };
    let mut served = None;
    for _ in std::io::stdin().lines() {
        let start = Instant::now();
        let (step, adapter) = served.get_or_insert_with(|| {
            let (device, adapter) = device(backend);
            let make = if workload == "S" { single_lstm } else { seed_network };
            (make(&device.autodiff(), size), adapter)
        });
        let loss = step();
        println!("{}\t{loss}\t{}\t{adapter}", start.elapsed().as_secs_f64(), size[0] * size[1]);
        std::io::stdout().flush().expect("somebody listens");
    }
}

/// A device and the name of what it runs on: for `wgpu` the adapter that gpu-lstm chooses.
fn device(backend: &str) -> (Device, String) {
    if backend == "flex" {
        return (Device::flex(), "processor".into());
    }
    let wanted = Gpu::new(None).unwrap_or_else(|error| panic!("{error}")).describe();
    let numbered = [DeviceKind::DiscreteGpu, DeviceKind::IntegratedGpu, DeviceKind::VirtualGpu];
    let kinds = numbered.into_iter().flat_map(|kind| (0..4).map(kind));
    let found = [DeviceKind::DefaultDevice, DeviceKind::Cpu].into_iter().chain(kinds).find_map(|kind| {
        let (device, setup) = Device::wgpu_options().device_kind(kind).init_with_setup().ok()?;
        let info = setup.adapter.get_info();
        let name = format!("{} ({}, {} {})", info.name, info.backend, info.driver, info.driver_info);
        (name == wanted).then_some((device, name))
    });
    found.unwrap_or_else(|| panic!("burn does not find {wanted}"))
}
