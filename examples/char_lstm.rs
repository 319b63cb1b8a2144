//! A character model: an LSTM learns any text file for a minute, and writes what it has learned so far as it goes.
//! `docs/engine.md` explains the code.
//!
//! ```sh
//! cargo run --release --example char_lstm -- docs/cli.md
//! ```

use std::{collections::BTreeSet, time::Duration, time::Instant};

use anyhow::Context as _;
use gpu_lstm::engine::gpu::{Gpu, Recorder, Tensor};
use gpu_lstm::engine::kernels::AdamwStep;
use gpu_lstm::engine::nn::{CrossEntropy, Embedding, Gradients, Layout, Linear};
use gpu_lstm::engine::nn::{Lstm, LstmSizes, Parameters, Sequences};
use gpu_lstm::engine::optimizer::Optimizer;
use rand::{SeedableRng as _, distr::Distribution as _, distr::weighted::WeightedIndex};
use rand_pcg::Pcg64;

const STEPS: usize = 32;
const LANES: usize = 16;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("usage: char_lstm TEXT_FILE")?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path} as text"))?;
    let vocabulary: Vec<char> = text.chars().collect::<BTreeSet<_>>().into_iter().collect();
    let ids: Vec<u32> = text.chars().filter_map(|it| vocabulary.binary_search(&it).ok()).map(|id| id as u32).collect();
    anyhow::ensure!(ids.len() >= STEPS * LANES, "{path} has {} characters; choose a text of 512 or more", ids.len());

    let gpu = Gpu::new(None)?;
    let mut layout = Layout::default();
    let embedding = Embedding::new(&mut layout, "embedding", &[vocabulary.len()], 32);
    let lstm = Lstm::new(&mut layout, "lstm", LstmSizes::new(embedding.features(), 128));
    let head = Linear::new(&mut layout, "head", lstm.features(), vocabulary.len());
    let parameters = Parameters::new(&gpu, layout, 1)?;
    let (p, g) = (&parameters, &Gradients::new(&parameters)?);

    let tokens = embedding.tokens(p, STEPS, LANES)?;
    let targets = Tensor::zeros(&gpu, "targets", [STEPS, LANES, 1])?;
    let mut r = Recorder::new(&gpu, "train");
    let embedded = embedding.forward(&mut r, p, &tokens)?;
    let hidden = lstm.forward(&mut r, p, &embedded, &Sequences::Continued)?;
    let logits = head.forward(&mut r, p, &hidden.output)?;
    let loss = CrossEntropy::new(vocabulary.len()).forward(&mut r, p, &logits.output, &targets)?;
    let dhidden = head.backward(&mut r, g, logits, loss.backward())?;
    let dembedded = lstm.backward(&mut r, g, hidden, dhidden)?;
    embedding.backward(&mut r, g, &tokens, &dembedded);
    let mut optimizer = Optimizer::new(&gpu, p.all.len())?;
    optimizer.record(&mut r, p.kernels(), &g.all, &p.all, 1.0);
    let train = r.finish()?;

    // One character at a time, from the state that the one before it left.
    let token = embedding.tokens(p, 1, 1)?;
    let mut r = Recorder::new(&gpu, "sample");
    let embedded = embedding.forward(&mut r, p, &token)?;
    let hidden = lstm.forward(&mut r, p, &embedded, &Sequences::Continued)?;
    let logits = head.forward(&mut r, p, &hidden.output)?;
    let sample = r.finish()?;

    let (begin, mut random, mut id) = (Instant::now(), Pcg64::seed_from_u64(1), ids[0]);
    for step in (1..).take_while(|_| begin.elapsed() < Duration::from_secs(60)) {
        // Lane n reads the text from its n-th part on, STEPS characters a step.
        let at = |row: usize| row % LANES * (ids.len() / LANES) + step as usize * STEPS + row / LANES;
        let batch = |ahead| (0..STEPS * LANES).map(|row| ids[(at(row) + ahead) % ids.len()]).collect::<Vec<_>>();
        tokens.write(&gpu, &batch(0));
        targets.write(&gpu, &batch(1));
        optimizer.set_step(&train, &AdamwStep { learning_rate: 4e-3, step, ..AdamwStep::default() });
        train.submit()?;
        if step % 250 == 0 {
            println!("\nstep {step}: {:.3} nats", loss.take_total(&gpu)? / (250 * STEPS * LANES) as f64);
            for _ in 0..200 {
                token.write(&gpu, &[id]);
                sample.submit()?;
                let logits = head.features().unpad(&logits.output.read(&gpu)?);
                id = WeightedIndex::new(logits.iter().map(|logit| (logit / 0.7).exp()))?.sample(&mut random) as u32;
                print!("{}", vocabulary[id as usize]);
            }
        }
    }
    Ok(())
}
