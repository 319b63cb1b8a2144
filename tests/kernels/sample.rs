use gpu_lstm::gpu::Recorder;
use gpu_lstm::kernels::SampleOptions;
use gpu_lstm::reference;

use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::random;

const ROWS: usize = 50;

/// The classes drawn from `logits` `[ROWS, vocab_size]` with the counters 0 to 3.
fn draw(device: &Device, logits: &[f64], vocab_size: usize, options: &SampleOptions) -> Vec<u32> {
    let stride = vocab_size.next_multiple_of(8);
    // What pads a row would win every draw if it were read.
    let row = |row: &[f64]| [row, &vec![1e9; stride - vocab_size]].concat();
    let padded: Vec<f64> = logits.chunks_exact(vocab_size).flat_map(row).collect();
    let logits = device.tensor([1, ROWS, stride], &padded);
    let tokens = device.upload([1, ROWS, 3], &[77; 3 * ROWS]);
    let history = device.upload([4, ROWS, 3], &[77; 12 * ROWS]);
    let mut recorder = Recorder::new(&device.gpu, "test");
    let kernel = &device.kernels.sample;
    let dispatches: Vec<_> = (0..4)
        .map(|event| kernel.record(&mut recorder, 2, vocab_size, options, &logits, &tokens, &history, event))
        .collect();
    let plan = recorder.finish().expect("a plan");
    for (counter, dispatch) in (0..).zip(&dispatches) {
        dispatch.set_counter(&plan, counter);
    }
    plan.submit().expect("it runs");
    let history = device.read(&history);
    assert_eq!(device.read(&tokens), history[9 * ROWS..], "tokens are those of the last event");
    assert!(history.chunks_exact(3).all(|row| row[..2] == [77, 77]), "other heads are left alone");
    history.iter().skip(2).step_by(3).copied().collect()
}

#[test]
fn draws_the_classes_of_its_twin() {
    for vocab_size in [2, 7, 130, 501] {
        let logits = rounded(random(1, ROWS * vocab_size).iter().map(|value| 4.0 * value).collect());
        for (temperature, top_k, top_p, min_p) in [
            (1.0, 0, 1.0, 0.0),
            (0.0, 0, 1.0, 0.0),
            (0.7, 5, 1.0, 0.0),
            (1.3, 0, 0.8, 0.0),
            (1.0, 0, 1.0, 0.1),
            (0.9, 20, 0.9, 0.02),
        ] {
            let options = SampleOptions { temperature, top_k, top_p, min_p, seed: 11 };
            for device in devices() {
                let got = draw(device, &logits, vocab_size, &options);
                let twin = |counter: u32, row: usize| {
                    let uniform = reference::random::uniform(11, counter, row as u32);
                    let row = &logits[row * vocab_size..][..vocab_size];
                    let [temperature, top_p, min_p] = [temperature, top_p, min_p].map(f64::from);
                    reference::sample(row, temperature, top_k as usize, top_p, min_p, uniform) as u32
                };
                let want: Vec<u32> = (0..4).flat_map(|counter| (0..ROWS).map(move |row| twin(counter, row))).collect();
                // A draw within a rounding error of a boundary may fall on its other side.
                let different = got.iter().zip(&want).filter(|(got, want)| got != want).count();
                assert!(different <= 1, "{different} of {} draws differ: V {vocab_size}, {options:?}", want.len());
            }
        }
    }
}

#[test]
fn draws_follow_the_probabilities() {
    let probabilities: [f64; 4] = [0.5, 0.3, 0.15, 0.05];
    let logits = probabilities.map(f64::ln).repeat(ROWS);
    let options = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 3 };
    for device in devices() {
        let drawn = draw(device, &logits, 4, &options);
        for (class, probability) in (0..).zip(probabilities) {
            let count = drawn.iter().filter(|&&token| token == class).count() as f64;
            let (expected, draws) = (probability * drawn.len() as f64, drawn.len() as f64);
            let deviation = (draws * probability * (1.0 - probability)).sqrt();
            assert!(
                (count - expected).abs() <= 4.0 * deviation,
                "class {class}: {count} of {draws}, expected {expected}"
            );
        }
    }
}

#[test]
fn among_equals_the_lower_index_counts_as_more_probable() {
    let logits = vec![0.0; 7 * ROWS];
    let options = SampleOptions { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 3 };
    for device in devices() {
        assert!(draw(device, &logits, 7, &options).iter().all(|&class| class == 0));
        let drawn = draw(device, &logits, 7, &SampleOptions { temperature: 1.0, top_k: 2, ..options });
        assert!(drawn.contains(&0) && drawn.contains(&1) && drawn.iter().all(|&class| class < 2), "{drawn:?}");
    }
}
