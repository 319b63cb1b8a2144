//! Whole training steps of two fixed workloads, and generation.
//!
//! `cargo bench --bench train_step` prints tables, `-- --json` one JSON object per workload, `-- --test` runs each
//! workload once at a small size. `-- W` or `-- S` runs one of them; `-- --portable` leaves out the adapter's variants.

use std::time::{Duration, Instant};

use gpu_lstm::config::ModelConfig;
use gpu_lstm::dataset::Batch;
use gpu_lstm::gpu::{Gpu, StageTime};
use gpu_lstm::kernels::AdamwStep;
use gpu_lstm::model::{Model, TrainStep, TrainStepOptions, random_state};

/// A network and a batch.
struct Workload {
    name: &'static str,
    config: ModelConfig,
    seq_len: usize,
    batch_size: usize,
}

fn workloads(small: bool) -> [Workload; 2] {
    let seed_size = ModelConfig {
        input_vocab_sizes: [501, 147, 50],
        output_vocab_sizes: [501, 147, 50],
        embedding_size: 64,
        stream_size: 256,
        combined_size: 512,
        combined_layers: 2,
        shared_size: 256,
        head_size: 128,
    };
    // The workload of one LSTM, as the peers were measured: three streams of 8 stand for its embedding.
    let one_lstm = ModelConfig {
        input_vocab_sizes: [8, 256, 8],
        output_vocab_sizes: [8, 256, 8],
        embedding_size: 8,
        stream_size: 8,
        combined_size: 128,
        combined_layers: 1,
        shared_size: 8,
        head_size: 8,
    };
    let length = |full: usize| if small { 4 } else { full };
    [
        Workload { name: "W", config: seed_size, seq_len: length(100), batch_size: if small { 4 } else { 64 } },
        Workload { name: "S", config: one_lstm, seq_len: length(64), batch_size: if small { 4 } else { 32 } },
    ]
}
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let gpu = Gpu::new(None).expect("an adapter");
    let gpu = if has("--portable") { gpu.portable() } else { gpu };
    for w in workloads(has("--test")) {
        if (has("W") || has("S")) && !has(w.name) {
            continue;
        }
        let t0 = Instant::now();
        let model = Model::new(&gpu, &w.config, &random_state(&w.config, 1)).expect("fits");
        let step = TrainStep::new(
            &model,
            TrainStepOptions {
                seq_len: w.seq_len,
                batch_size: w.batch_size,
                dropout: 0.0,
                seed: 1,
                max_grad_norm: 1.0,
            },
        )
        .expect("fits");
        let rows = w.seq_len * w.batch_size;
        let mut x = 1u32;
        let mut next = |v: usize| {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            (x as usize % v) as u32
        };
        let tokens: Vec<u32> = (0..rows)
            .flat_map(|_| {
                [
                    next(w.config.input_vocab_sizes[0]),
                    next(w.config.input_vocab_sizes[1]),
                    next(w.config.input_vocab_sizes[2]),
                ]
            })
            .collect();
        let targets =
            tokens.iter().enumerate().map(|(i, &t)| (7 * t + 1) % w.config.output_vocab_sizes[i % 3] as u32).collect();
        let batch = Batch {
            seq_len: w.seq_len,
            batch_size: w.batch_size,
            tokens,
            targets,
            reset: vec![0; rows],
            notes: rows,
            events: rows,
        };
        let mut n = 0;
        let mut adamw = || {
            n += 1;
            AdamwStep { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, step: n }
        };
        step.run(&batch, &adamw()).unwrap();
        println!(
            "{} loss {:?} first {:?}",
            w.name,
            step.take_losses().unwrap().iter().sum::<f64>() / rows as f64,
            t0.elapsed()
        );
        let mut times = vec![];
        for _ in 0..3 {
            let t = Instant::now();
            step.run(&batch, &adamw()).unwrap();
            let h = t.elapsed();
            let l = step.take_losses().unwrap();
            times.push(t.elapsed());
            println!("  {:?} host {h:?} loss {}", t.elapsed(), l.iter().sum::<f64>() / rows as f64);
        }
        for s in step.profile(&batch, &adamw()).unwrap().unwrap() {
            println!("  {:20} {:9.1} ms {}", s.stage, s.milliseconds, s.dispatches);
        }
    }
}
