//! A network of the layers of `engine::nn`, trained beside `PyTorch`: the same text, initial values and hyperparameters.
//! `PyTorch` computes in f64, the kernels in f32.

use std::collections::BTreeSet;

use gpu_lstm::engine::gpu::{Gpu, Recorder, Tensor};
use gpu_lstm::engine::kernels::AdamwStep;
use gpu_lstm::engine::nn::{
    CrossEntropy, Embedding, Gradients, Layout, Linear, Lstm, LstmSizes, Parameters, Sequences,
};
use gpu_lstm::engine::optimizer::Optimizer;

use crate::Golden;
use crate::common::device::{devices, narrow};
use crate::common::numeric::wave;
use crate::common::{Tolerance, assert_close_f64};

const SEQ_LEN: usize = 7;
const LANES: usize = 3;

/// For f32 arithmetic beside f64: rounding of 6e-8 in each of some hundred operations one after the other, which AdamW
/// passes on from step to step.
const F32: Tolerance = Tolerance { abs: 1e-5, rel: 1e-5 };

/// Losses and gradient norms of as many steps as were recorded.
fn train(gpu: &Gpu, golden: &Golden) -> gpu_lstm::Result<[Vec<f64>; 2]> {
    let text: Vec<char> = golden.get::<String>("text").chars().collect();
    let vocabulary: Vec<char> = text.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let id = |place: usize| vocabulary.binary_search(&text[place % text.len()]).expect("it is in the text") as u32;

    let mut layout = Layout::default();
    let embedding = Embedding::new(&mut layout, "embedding", &[vocabulary.len()], 5);
    let lstm = Lstm::new(&mut layout, "lstm", LstmSizes { layers: 2, ..LstmSizes::new(5, 9) });
    let head = Linear::new(&mut layout, "head", lstm.features(), vocabulary.len());
    let parameters = Parameters::new(gpu, layout, 0)?;
    let mut state = parameters.state_dict()?;
    for (phase, name) in golden.get::<Vec<String>>("names").iter().enumerate() {
        if !name.contains("bias_hh") {
            let array = state.get_mut(name).expect("PyTorch's names are ours");
            array.values = narrow(&wave(phase as f64, array.values.len()));
        }
    }
    parameters.load_state_dict(&state)?;

    let (p, g) = (&parameters, &Gradients::new(&parameters)?);
    let tokens = embedding.tokens(p, SEQ_LEN, LANES)?;
    let targets = Tensor::zeros(gpu, "targets", [SEQ_LEN, LANES, 1])?;
    let mut recorder = Recorder::new(gpu, "characters");
    let r = &mut recorder;
    let embedded = embedding.forward(r, p, &tokens)?;
    let hidden = lstm.forward(r, p, &embedded, &Sequences::Continued)?;
    let logits = head.forward(r, p, &hidden.output)?;
    let loss = CrossEntropy::new(vocabulary.len()).forward(r, p, &logits.output, &targets)?;
    let dhidden = head.backward(r, g, logits, loss.backward())?;
    let dembedded = lstm.backward(r, g, hidden, dhidden)?;
    embedding.backward(r, g, &tokens, &dembedded);
    let mut optimizer = Optimizer::new(gpu, p.all.len())?;
    optimizer.record(r, p.kernels(), &g.all, &p.all, 0.5);
    let plan = recorder.finish()?;

    let adamw = AdamwStep { learning_rate: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.1, ..AdamwStep::default() };
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    for step in 0..golden.get::<Vec<f64>>("losses").len() {
        let places = (0..SEQ_LEN).flat_map(|t| (0..LANES).map(move |lane| (lane, step * SEQ_LEN + t)));
        let places: Vec<usize> = places.map(|(lane, at)| lane * (text.len() / LANES) + at).collect();
        tokens.write(gpu, &places.iter().map(|&place| id(place)).collect::<Vec<_>>());
        targets.write(gpu, &places.iter().map(|&place| id(place + 1)).collect::<Vec<_>>());
        optimizer.set_step(&plan, &AdamwStep { step: step as u32 + 1, ..adamw });
        plan.submit()?;
        losses.push(loss.take_total(gpu)? / (SEQ_LEN * LANES) as f64);
        norms.push(f64::from(optimizer.clip.read(gpu)?[0]));
    }
    Ok([losses, norms])
}

#[test]
fn a_character_model_trains_as_in_pytorch() {
    let golden = Golden::read("characters");
    for device in devices() {
        let [losses, norms] = train(&device.gpu, &golden).expect("it trains");
        for (what, got) in [("losses", losses), ("norms", norms)] {
            let worst = assert_close_f64(what, &got, &golden.get::<Vec<f64>>(what), F32);
            println!("parity | {:?} | characters {what} | {worst:.1e}", device.gpu.family());
        }
    }
}
