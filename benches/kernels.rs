//! One group per kernel, under the kernel's name; ids are shapes, those of a step of the seed's network (T = 100,
//! B = 64). `cargo bench --bench kernels -- matmul` runs some of them, `-- --test` each once.
//!
//! Throughput is in elements: for products a multiplication and an addition count as one element each, so Gelem/s is
//! GFLOP/s; for the others an element is a value that is read or written. A bench compares with the run before it.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use gpu_lstm::engine::gpu::{Element, Family, Gpu, Recorder, Tensor};
use gpu_lstm::engine::kernels::{
    GatherIndex, Kernels, Lookup, LookupDropout, LossHead, LstmState, Table, chosen_rows, gather_index,
};
use gpu_lstm::model::kernels::{
    CANDIDATE_SIZE, CandidateHead, Draw, DrawBuffers, DrawRules, MusicKernels, NextLookup, Pieces, RELATIVE_SIZE,
    SCORE_SIZE, SampleOptions,
};
use gpu_lstm::music::candidates::{Bounds, CANDIDATE_COLUMNS, CANDIDATE_ROWS, CANDIDATES, WINDOW};
use gpu_lstm::music::context::CONTEXT_SIZE;
use gpu_lstm::music::events::{FIELDS, Field};

struct Bench<'a> {
    criterion: &'a mut Criterion,
    gpu: Gpu,
    kernels: Kernels,
    music_kernels: MusicKernels,
    /// Variant names stand behind the shape: all that the adapter runs are compared in one run.
    family: String,
}

impl Bench<'_> {
    /// Times what `record` appends; `elements` are done by one run of it.
    fn run(&mut self, name: &str, shape: &str, elements: usize, record: impl FnOnce(&mut Recorder, &Kernels)) {
        let mut recorder = Recorder::new(&self.gpu, "bench");
        record(&mut recorder, &self.kernels);
        self.time(name, shape, elements, recorder);
    }

    /// The same with the kernels of the network alone.
    fn run_music(
        &mut self,
        name: &str,
        shape: &str,
        elements: usize,
        record: impl FnOnce(&mut Recorder, &MusicKernels),
    ) {
        let mut recorder = Recorder::new(&self.gpu, "bench");
        record(&mut recorder, &self.music_kernels);
        self.time(name, shape, elements, recorder);
    }

    fn time(&mut self, name: &str, shape: &str, elements: usize, recorder: Recorder) {
        let plan = recorder.finish().expect("the plan fits");
        let mut group = self.criterion.benchmark_group(name);
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
        group.throughput(Throughput::Elements(elements as u64));
        group.bench_function(format!("{shape} {}", self.family), |bencher| {
            bencher.iter(|| {
                plan.submit().expect("it runs");
                self.gpu.wait().expect("it finishes");
            });
        });
    }

    fn zeros<T: Element, const R: usize>(&self, shape: [usize; R]) -> Tensor<T, R> {
        Tensor::zeros(&self.gpu, "bench", shape).expect("it fits")
    }

    /// Values in ±1, so that nothing is denormal or saturated.
    fn values<const R: usize>(&self, shape: [usize; R]) -> Tensor<f32, R> {
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|i: usize| (i * 7919 % 1000) as f32 / 500.0 - 1.0).collect();
        Tensor::from_slice(&self.gpu, "bench", shape, &values).expect("it fits")
    }

    fn matrix_products(&mut self) {
        for (m, k, n) in [(6400, 64, 1024), (6400, 768, 2048), (64, 512, 2048)] {
            let (a, b, bias, out) = (self.values([m, k]), self.values([k, n]), self.values([1, n]), self.zeros([m, n]));
            let (shape, flops) = (format!("{m}x{k}x{n}"), 2 * m * k * n);
            self.run("matmul_nn", &shape, flops, |recorder, kernels| {
                kernels.matmul_nn.record(recorder, &(&a).into(), &(&b).into(), &(&bias).into(), false, &(&out).into());
            });
            self.run("matmul_nt", &shape, flops, |recorder, kernels| {
                kernels.matmul_nt.record(recorder, &(&out).into(), &(&b).into(), &(&a).into());
            });
            self.run("matmul_tn", &shape, flops, |recorder, kernels| {
                kernels.matmul_tn.record(recorder, &(&a).into(), &(&out).into(), &(&b).into());
            });
        }
    }

    /// One row, as in generating one piece; the weights have an image.
    fn one_row(&mut self) {
        let (k, n, size) = (768, 2048, 512);
        let (a, b, bias, out) = (self.values([1, k]), self.values([k, n]), self.values([1, n]), self.zeros([1, n]));
        let b = b.with_image(&self.gpu);
        self.run("matmul_nn", &format!("1x{k}x{n} of an image"), 2 * k * n, |recorder, kernels| {
            kernels.matmul_nn.record(recorder, &(&a).into(), &(&b).into(), &(&bias).into(), false, &(&out).into());
        });
        let slots = |slots: usize| self.values([slots, 1, size]);
        let state = LstmState {
            gates: self.values([1, 1, 4 * size]),
            hidden: slots(2),
            cell: slots(2),
            output: self.zeros([1, 1, size]),
        };
        let (weight_hh, reset) = (self.values([1, size, 4 * size]).with_image(&self.gpu), self.zeros([1, 1]));
        self.run("lstm_step_forward", "one row of 512 of an image", 8 * size * size, |recorder, kernels| {
            kernels.lstm_step_forward.record(recorder, 0, &weight_hh, &reset, &state, false);
        });
    }

    fn lstm_steps(&mut self) {
        let (steps, batch_size) = (10, 64);
        for (blocks, hidden_size) in [(3, 256), (1, 512), (1, 128)] {
            let units = blocks * hidden_size;
            let state = LstmState {
                gates: self.values([steps, batch_size, 4 * units]),
                hidden: self.values([steps + 1, batch_size, units]),
                cell: self.values([steps + 1, batch_size, units]),
                output: self.zeros([steps, batch_size, units]),
            };
            let weight_hh = self.values([blocks, hidden_size, 4 * hidden_size]);
            let (reset, doutput) = (self.zeros([steps, batch_size]), self.values([steps, batch_size, units]));
            let dcell = self.zeros([batch_size, units]);
            let shape = format!("{steps} steps of {blocks}x{hidden_size}");
            let flops = steps * 2 * batch_size * units * 4 * hidden_size;
            self.run("lstm_step_forward", &shape, flops, |recorder, kernels| {
                kernels.lstm_step_forward.record_all(recorder, &weight_hh, &reset, &state);
            });
            self.run("lstm_step_backward", &shape, flops, |recorder, kernels| {
                kernels.lstm_step_backward.record_all(recorder, &weight_hh, &reset, &doutput, &state, &dcell);
            });
            self.run("carry_state", &shape, 4 * batch_size * units, |recorder, kernels| {
                kernels.carry_state.record(recorder, &reset, &state);
            });
        }
    }

    fn layers(&mut self) {
        let (seq_len, batch_size, size, vocab_size) = (100, 64, 64, 128);
        let rows = seq_len * batch_size;
        let ids: Vec<u32> = (0..CONTEXT_SIZE * rows).map(|i| (i * 31 % vocab_size) as u32).collect();
        let targets =
            Tensor::from_slice(&self.gpu, "targets", [seq_len, batch_size, 3], &ids[..3 * rows]).expect("fits");
        let context =
            Tensor::from_slice(&self.gpu, "context", [seq_len, batch_size, CONTEXT_SIZE], &ids).expect("it fits");
        let tables = [0, 1, 2].map(|block| Table::new(String::new(), block, vocab_size, block..block + 1));
        let lookup = Lookup::new(&self.gpu, 3, tables.to_vec()).expect("it fits");
        let table = self.values([3 * vocab_size, size]);
        let embedded = self.zeros([seq_len, batch_size, 3 * size]);
        self.run("embedding_forward", "6400x3x64", 2 * embedded.len(), |recorder, kernels| {
            kernels.embedding_forward.record(
                recorder,
                &table,
                &lookup,
                0..3,
                &context,
                false,
                LookupDropout::OFF,
                &embedded,
            );
        });
        let GatherIndex { starts, places } =
            gather_index(3 * vocab_size, chosen_rows(&ids, CONTEXT_SIZE, &lookup, LookupDropout::OFF, 0));
        let starts = Tensor::from_slice(&self.gpu, "starts", [starts.len()], &starts).expect("it fits");
        let places = Tensor::from_slice(&self.gpu, "places", [places.len()], &places).expect("it fits");
        self.run("embedding_backward", "6400x3x64", embedded.len(), |recorder, kernels| {
            kernels.embedding_backward.record(recorder, &embedded, &starts, &places, 0.0, &table);
        });

        let logits = self.values([seq_len, batch_size, vocab_size]);
        let (losses, dlogits) = (self.zeros([seq_len, batch_size, 3]), self.zeros(logits.shape()));
        self.run("softmax_cross_entropy", "6400x128", 2 * logits.len(), |recorder, kernels| {
            let kernel = &kernels.softmax_cross_entropy;
            let head = LossHead { column: 0, vocab_size, logits: &logits, dlogits: Some(&dlogits) };
            kernel.record(recorder, &[head], 1.0, &targets, &losses);
        });
        self.run("mean_squared_error", "6400x128", 3 * logits.len(), |recorder, kernels| {
            kernels.mean_squared_error.record(recorder, 0, vocab_size, 1.0, &logits, &logits, &losses, &dlogits);
        });
        self.logits(&context);
        let totals = self.zeros([3]);
        self.run("loss_sum", "6400x3", losses.len(), |recorder, kernels| {
            kernels.loss_sum.record(recorder, &losses, &totals);
        });

        let (wide, dwide) = (self.values([rows, 512]), self.values([rows, 512]));
        let bias = self.zeros([512]);
        self.run("column_sum", "6400x512", wide.len(), |recorder, kernels| {
            kernels.column_sum.record(recorder, &(&wide).into(), &(&bias).into());
        });
        self.run("relu_backward", "6400x512", 3 * wide.len(), |recorder, kernels| {
            kernels.relu_backward.record(recorder, 0.0, &wide, &dwide);
        });
        self.run("dropout", "6400x512", 2 * wide.len(), |recorder, kernels| {
            kernels.dropout.record(recorder, &wide, 0.2, 1);
        });
    }

    /// What is added to logits, and its gradients, in the shapes of the default network.
    fn logits(&mut self, context: &Tensor<u32, 3>) {
        let [seq_len, batch_size, _] = context.shape();
        let (rows, query, relative) = (seq_len * batch_size, 128, 128 + CANDIDATE_SIZE);
        let columns = relative + RELATIVE_SIZE;
        let (logits, dlogits) =
            (self.values([seq_len, batch_size, columns]), self.values([seq_len, batch_size, columns]));
        let (table, score) = (self.values([3 * CANDIDATE_ROWS, CANDIDATE_SIZE]), self.values([1, 3 * SCORE_SIZE]));
        let candidate = |at: usize| {
            if at.is_multiple_of(2) { (1 + at / 2 % 8 + at / 48 % 40) as u32 } else { (at * 31 % 9) as u32 }
        };
        let values: Vec<u32> = (0..CANDIDATE_COLUMNS * rows).map(candidate).collect();
        let candidates = Tensor::from_slice(&self.gpu, "bench", [seq_len, batch_size, CANDIDATE_COLUMNS], &values);
        let candidates = candidates.expect("it fits");
        let evidence = self.zeros([seq_len, batch_size, 3 * CANDIDATES * CANDIDATE_SIZE]);
        let dscore = self.zeros([seq_len, batch_size, 3 * SCORE_SIZE]);
        self.run_music("candidate_bias", "6400x8x32", rows * 8 * 32, |recorder, kernels| {
            let head = CandidateHead { head: 1, query, logits: &logits };
            kernels.candidate_bias.record(recorder, &[head], &candidates, &table, &score, &evidence);
        });
        self.run_music("candidate_bias_backward", "6400x8x32", rows * 8 * 32, |recorder, kernels| {
            let head = CandidateHead { head: 1, query, logits: &dlogits };
            kernels.candidate_bias_backward.record(recorder, &[head], &candidates, &score, &evidence, &dscore);
        });
        self.run_music("relative_pitch", "6400x128", rows * 128, |recorder, kernels| {
            kernels.relative_pitch.record(recorder, context, 128, relative, &logits);
        });
        self.run_music("relative_pitch_backward", "6400x304", rows * RELATIVE_SIZE, |recorder, kernels| {
            kernels.relative_pitch_backward.record(recorder, context, 128, relative, &dlogits);
        });
    }

    fn optimizer(&mut self) {
        let len = 6_000_000;
        let (gradients, parameters) = (self.values([len]), self.values([len]));
        let (first, second) = (self.values([len]), self.zeros([len]));
        let (partials, clip) = (self.zeros([64]), self.zeros([2]));
        self.run("sum_squares", "6M", len, |recorder, kernels| {
            kernels.sum_squares.record(recorder, &gradients, &partials);
        });
        self.run("gradient_clip", "64", 64, |recorder, kernels| {
            kernels.gradient_clip.record(recorder, &partials, 1.0, &clip);
        });
        self.run("adamw", "6M", 7 * len, |recorder, kernels| {
            kernels.adamw.record(recorder, &gradients, &clip, &parameters, [&first, &second]);
        });
    }

    fn sampling(&mut self) {
        let all = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 1 };
        let (lookup, beginning) = (Lookup::new(&self.gpu, 3, Vec::new()).expect("it fits"), [0; CONTEXT_SIZE]);
        let nothing: Tensor<f32, 1> = self.zeros([4096]);
        let outputs: Tensor<f32, 1> = self.zeros([64]);
        let (table, out) = (nothing.slice("table", 0, [1, 64]), nothing.slice("out", 0, [1, 1, 64]));
        let next = NextLookup { lookup: 0, blocks: [0, 0], table: &table, out: &out, onto: false };
        for (rows, vocab_size) in [(1, 128), (64, 128), (64, 501)] {
            // Falling probabilities, as a trained network has them.
            let row: Vec<f32> = (0..504).map(|class| -0.3 * (class * 37 % 101) as f32).collect();
            let logits = Tensor::from_slice(&self.gpu, "bench", [1, rows, 504], &row.repeat(rows)).expect("it fits");
            let pieces = Pieces::new(&self.gpu, rows, WINDOW, &beginning).expect("it fits");
            let allowed = [130, vocab_size, 128, 32, 128].map(|size| vec![vec![true; size]]);
            let rules = DrawRules::new(&self.gpu, &allowed, &[1; 258], &Bounds::NONE, &[&lookup]).expect("it fits");
            let history = self.zeros([1, rows, FIELDS]);
            let buffers = DrawBuffers {
                pieces: &pieces,
                rules: &rules,
                weights: &nothing,
                candidates: None,
                outputs: &outputs,
                history: &history,
            };
            for (filter, options) in [
                ("all", all),
                ("top-p 0.95", SampleOptions { top_p: 0.95, ..all }),
                ("top-k 40", SampleOptions { top_k: 40, ..all }),
            ] {
                let (logits, options) = (&logits, &options);
                let (field, ends) = (Field::Pitch, false);
                let draw = Draw { field, ends, logits, query: None, relative: None, options, exempt: None, event: 0 };
                self.run_music("draw_field", &format!("{rows}x{vocab_size} {filter}"), rows, |recorder, kernels| {
                    kernels.draw_field.record(recorder, &buffers, Some(&draw), &next);
                });
            }
            // An event that is given joins those before: after a while the window is full.
            self.run_music("draw_field", &format!("{rows}x{vocab_size} given"), rows, |recorder, kernels| {
                kernels.draw_field.record(recorder, &buffers, None, &next);
            });
        }
    }
}

fn main() {
    let gpu = Gpu::new(None).unwrap_or_else(|error| panic!("benches need an adapter: {error}"));
    println!("adapter: {}", gpu.describe());
    let mut criterion = Criterion::default().configure_from_args();
    for gpu in Family::ALL.into_iter().filter_map(|family| gpu.with_family(family)) {
        let family = format!("{:?}", gpu.family());
        let (kernels, music_kernels) = (Kernels::new(&gpu), MusicKernels::new(&gpu));
        let mut bench = Bench { criterion: &mut criterion, gpu, kernels, music_kernels, family };
        bench.matrix_products();
        bench.one_row();
        bench.lstm_steps();
        bench.layers();
        bench.optimizer();
        bench.sampling();
    }
    criterion.final_summary();
}
