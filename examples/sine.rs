//! Regression on dense inputs: an LSTM predicts the next value of sine waves of any frequency and phase.
//!
//! ```sh
//! cargo run --release --example sine
//! ```

use gpu_lstm::engine::gpu::{Gpu, Recorder, Tensor};
use gpu_lstm::engine::kernels::AdamwStep;
use gpu_lstm::engine::nn::{
    Features, Gradients, Layout, Linear, Lstm, LstmSizes, MeanSquaredError, Parameters, Sequences,
};
use gpu_lstm::engine::optimizer::Optimizer;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

const STEPS: usize = 40;
const LANES: usize = 16;

fn main() -> anyhow::Result<()> {
    let (gpu, value) = (Gpu::new(None)?, Features::from(1));
    let mut layout = Layout::default();
    let lstm = Lstm::new(&mut layout, "lstm", LstmSizes::new(value, 32));
    let head = Linear::new(&mut layout, "head", lstm.features(), 1);
    let parameters = Parameters::new(&gpu, layout, 1)?;
    let (p, g) = (&parameters, &Gradients::new(&parameters)?);

    // Rows of one value are stored as rows of eight columns: see Features::pad.
    let input = Tensor::zeros(&gpu, "input", [STEPS, LANES, value.columns()])?;
    let targets = Tensor::zeros(&gpu, "targets", input.shape())?;
    let mut r = Recorder::new(&gpu, "train");
    let hidden = lstm.forward(&mut r, p, &input, &Sequences::Separate)?;
    let pass = head.forward(&mut r, p, &hidden.output)?;
    let prediction = pass.output.clone();
    let loss = MeanSquaredError::new(1).forward(&mut r, p, &prediction, &targets)?;
    let dhidden = head.backward(&mut r, g, pass, loss.backward())?;
    lstm.backward_parameters(&mut r, g, hidden, dhidden)?;
    let mut optimizer = Optimizer::new(&gpu, p.all.len())?;
    optimizer.record(&mut r, p.kernels(), &g.all, &p.all, 1.0);
    let plan = r.finish()?;

    let mut random = Pcg64::seed_from_u64(1);
    for step in 1..=1000 {
        let waves: Vec<[f32; 2]> = (0..LANES).map(|_| [random.random_range(0.1..1.0), random.random()]).collect();
        let wave = |time: usize, lane: usize| (waves[lane][0] * time as f32 + 6.3 * waves[lane][1]).sin();
        let batch = |ahead| (0..STEPS * LANES).map(|row| wave(row / LANES + ahead, row % LANES)).collect::<Vec<_>>();
        input.write(&gpu, &value.pad(&batch(0)));
        targets.write(&gpu, &value.pad(&batch(1)));
        optimizer.set_step(&plan, &AdamwStep { learning_rate: 5e-3, step, ..AdamwStep::default() });
        plan.submit()?;
        if step % 100 == 0 {
            let error = (loss.take_total(&gpu)? / (100 * STEPS * LANES) as f64).sqrt();
            let predicted = value.unpad(&prediction.read(&gpu)?)[(STEPS - 1) * LANES];
            println!("step {step}: error {error:.4}; a wave ends at {:.3}, predicted {predicted:.3}", wave(STEPS, 0));
        }
    }
    Ok(())
}
