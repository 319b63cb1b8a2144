use gpu_lstm::engine::reference::random;
use gpu_lstm::model::kernels::{Draw, DrawRules, SampleOptions};
use gpu_lstm::model::reference;
use gpu_lstm::music::candidates::Bounds;
use gpu_lstm::music::events::{FIELDS, Field};

use super::draw_field::{Drawing, all_classes, plain};
use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::random;

const ROWS: usize = 50;

/// No filter, temperature 1.
const ALL: SampleOptions = SampleOptions { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, seed: 11 };

/// The classes drawn from `logits` `[ROWS, V]` with the counters 0 to 3, none exempt.
fn draw(device: &Device, logits: &[f64], allowed: &[bool], options: &SampleOptions) -> Vec<u32> {
    draw_exempt(device, logits, allowed, None, options)
}

/// The same with a class that the filters leave alone.
fn draw_exempt(
    device: &Device,
    logits: &[f64],
    allowed: &[bool],
    exempt: Option<u32>,
    options: &SampleOptions,
) -> Vec<u32> {
    let vocab_size = allowed.len();
    let stride = vocab_size.next_multiple_of(8);
    // What pads a row would win every draw if it were read.
    let row = |row: &[f64]| [row, &vec![1e9; stride - vocab_size]].concat();
    let padded: Vec<f64> = logits.chunks_exact(vocab_size).flat_map(row).collect();
    let logits = device.tensor([1, ROWS, stride], &padded);
    let mut classes = all_classes();
    classes[Field::Duration.index()] = vec![allowed.to_vec()];
    let drawing = Drawing::new(device, ROWS, 2, 4, &classes, &Bounds::NONE);
    let mut all = Vec::new();
    for event in 0..4 {
        let draw = Draw { exempt, event, ..plain(Field::Duration, &logits, options) };
        all.extend(drawing.draw(&draw, event as u32));
    }
    let history = device.read(&drawing.history);
    assert!(
        history.chunks_exact(FIELDS).all(|row| row[..2] == [77, 77] && row[3..] == [77, 77]),
        "other fields are left alone"
    );
    assert_eq!(
        history.into_iter().skip(2).step_by(FIELDS).collect::<Vec<u32>>(),
        all,
        "tokens are those of the last event"
    );
    all
}

/// The same by the twin.
fn draw_reference(logits: &[f64], allowed: &[bool], exempt: Option<u32>, options: &SampleOptions) -> Vec<u32> {
    let SampleOptions { temperature, top_k, top_p, min_p, seed } = *options;
    let [temperature, top_p, min_p] = [temperature, top_p, min_p].map(f64::from);
    let exempt = exempt.map(|class| class as usize);
    let twin = |counter: u32, row: usize| {
        let uniform = random::uniform(seed, counter, row as u32);
        let row = &logits[row * allowed.len()..][..allowed.len()];
        reference::sample(row, allowed, exempt, temperature, top_k as usize, top_p, min_p, uniform) as u32
    };
    (0..4).flat_map(|counter| (0..ROWS).map(move |row| twin(counter, row))).collect()
}

/// Every filter alone and together.
const FILTERS: [(f32, u32, f32, f32); 12] = [
    (1.0, 0, 1.0, 0.0),
    (0.0, 0, 1.0, 0.0),
    (0.0, 3, 0.5, 0.5),
    (0.7, 5, 1.0, 0.0),
    (1.0, 1, 1.0, 0.0),
    (1.3, 0, 0.8, 0.0),
    (1.0, 0, 0.999, 0.0),
    (1.0, 0, 1.0, 0.1),
    (1.0, 0, 1.0, 1.0),
    (0.9, 20, 0.9, 0.02),
    (1.0, 40, 1.0, 0.3),
    (50.0, 300, 0.99, 0.0),
];

#[test]
fn draws_the_classes_of_its_twin() {
    let masks: [fn(usize) -> bool; 3] = [|class| class % 3 == 0, |class| class >= 100, |class| class == 5];
    for vocab_size in [1, 2, 7, 64, 130, 501, 512] {
        let logits = rounded(random(1, ROWS * vocab_size).iter().map(|value| 4.0 * value).collect());
        // Each filter on all classes, and with one of the masks.
        let cases = FILTERS.iter().zip(masks.iter().cycle()).flat_map(|(filter, mask)| {
            let masked: Vec<bool> = (0..vocab_size).map(mask).collect();
            [(filter, vec![true; vocab_size]), (filter, masked)]
        });
        for (&(temperature, top_k, top_p, min_p), allowed) in cases.filter(|(_, allowed)| allowed.contains(&true)) {
            let options = SampleOptions { temperature, top_k, top_p, min_p, ..ALL };
            assert_parity(&logits, &allowed, None, &options);
            // In some rows likely, in others not; some masks allow it.
            assert_parity(&logits, &allowed, Some(3 * vocab_size as u32 / 4), &options);
        }
    }
}

/// That the kernel draws what its twin draws.
fn assert_parity(logits: &[f64], allowed: &[bool], exempt: Option<u32>, options: &SampleOptions) {
    let want = draw_reference(logits, allowed, exempt, options);
    for device in devices() {
        let got = draw_exempt(device, logits, allowed, exempt, options);
        let what = format!("V {}, exempt {exempt:?}, {options:?}", allowed.len());
        assert!(got.iter().all(|&class| allowed[class as usize]), "{what}: a class that is not allowed");
        // A draw within a rounding error of a boundary may fall on its other side.
        let different = got.iter().zip(&want).filter(|(got, want)| got != want).count();
        assert!(different <= 1, "{what}: {different} of {} draws differ", want.len());
    }
}

#[test]
fn an_exempt_class_far_above_or_below_the_others_is_drawn_as_by_its_twin() {
    let random = rounded(random(2, 130 * ROWS).iter().map(|value| 4.0 * value).collect());
    for logit in [-300.0, -20.0, 8.0, 20.0, 60.0, 300.0] {
        let mut logits = random.clone();
        logits.iter_mut().skip(129).step_by(130).for_each(|end| *end = logit);
        for (temperature, top_k, top_p, min_p) in FILTERS {
            let options = SampleOptions { temperature, top_k, top_p, min_p, ..ALL };
            assert_parity(&logits, &[true; 130], Some(129), &options);
        }
    }
}

#[test]
fn draws_follow_the_probabilities() {
    let probabilities: [f64; 4] = [0.5, 0.3, 0.15, 0.05];
    let logits = probabilities.map(f64::ln).repeat(ROWS);
    for device in devices() {
        let drawn = draw(device, &logits, &[true; 4], &SampleOptions { seed: 3, ..ALL });
        for (class, probability) in (0..).zip(probabilities) {
            assert_share(&drawn, class, probability);
        }
    }
}

/// That `class` has its share of the draws, within four standard deviations.
fn assert_share(drawn: &[u32], class: u32, probability: f64) {
    let count = drawn.iter().filter(|&&token| token == class).count() as f64;
    let (expected, draws) = (probability * drawn.len() as f64, drawn.len() as f64);
    let deviation = (draws * probability * (1.0 - probability)).sqrt();
    assert!((count - expected).abs() <= 4.0 * deviation, "class {class}: {count} of {draws}, expected {expected}");
}

#[test]
fn no_filter_changes_the_share_of_the_exempt_class() {
    // The first has 0.526 of what the exempt one leaves. At temperature 1/2 all are squared and divided by the sum, 0.3458.
    let probabilities: [f64; 5] = [0.5, 0.28, 0.1, 0.07, 0.05];
    let logits = probabilities.map(f64::ln).repeat(ROWS);
    let filters = [
        (SampleOptions { top_p: 0.5, ..ALL }, [0.95, 0.0, 0.0, 0.0, 0.05]),
        (SampleOptions { top_p: 0.55, ..ALL }, [0.95 * 0.5 / 0.78, 0.95 * 0.28 / 0.78, 0.0, 0.0, 0.05]),
        (SampleOptions { top_k: 1, ..ALL }, [0.95, 0.0, 0.0, 0.0, 0.05]),
        (SampleOptions { min_p: 0.9, ..ALL }, [0.95, 0.0, 0.0, 0.0, 0.05]),
        (SampleOptions { top_k: 1, temperature: 0.5, ..ALL }, [1.0 - 0.0025 / 0.3458, 0.0, 0.0, 0.0, 0.0025 / 0.3458]),
    ];
    for (options, shares) in filters {
        for device in devices() {
            let with_seed =
                |seed| draw_exempt(device, &logits, &[true; 5], Some(4), &SampleOptions { seed, ..options });
            let drawn: Vec<u32> = (0..40).flat_map(with_seed).collect();
            for (class, share) in (0..).zip(shares) {
                assert_share(&drawn, class, share);
            }
        }
    }
}

#[test]
fn among_equals_the_lower_index_counts_as_more_probable() {
    for vocab_size in [7, 501] {
        let logits = vec![0.0; vocab_size * ROWS];
        let allowed: Vec<bool> = (0..vocab_size).map(|class| class != 1).collect();
        for device in devices() {
            let drawn = |options| draw(device, &logits, &allowed, &options);
            assert!(drawn(SampleOptions { temperature: 0.0, ..ALL }).iter().all(|&class| class == 0));
            let first_three = SampleOptions { top_k: 3, ..ALL };
            // Three classes and a half of another: the fourth has less than the share before it, the fifth has not.
            let first_four = SampleOptions { top_p: 3.5 / (vocab_size - 1) as f32, ..ALL };
            for (options, kept) in [(first_three, &[0, 2, 3][..]), (first_four, &[0, 2, 3, 4])] {
                let drawn = drawn(options);
                assert!(kept.iter().all(|class| drawn.contains(class)), "{kept:?}: {drawn:?}");
                assert!(drawn.iter().all(|class| kept.contains(class)), "{kept:?}: {drawn:?}");
            }
        }
    }
}

#[test]
fn the_most_likely_of_all_is_found_among_nearly_equal_ones() {
    // One unit in the last place above the others: too little to change exp.
    let logits: Vec<f64> = (0..7 * ROWS).map(|at| if at % 7 == 4 { 0.1_f32.next_up() } else { 0.1 }.into()).collect();
    for device in devices() {
        let drawn = draw(device, &logits, &[true; 7], &SampleOptions { temperature: 0.0, ..ALL });
        assert!(drawn.iter().all(|&class| class == 4), "{drawn:?}");
    }
}

#[test]
fn extreme_logits_temperatures_and_a_network_gone_wrong_still_give_an_allowed_class() {
    let allowed: Vec<bool> = (0..130).map(|class| (40..90).contains(&class)).collect();
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3e38, -3e38, 0.0];
    for (logit, other) in values.into_iter().flat_map(|logit| [(logit, 1.0), (logit, logit)]) {
        let logits: Vec<f64> = (0..130 * ROWS).map(|at| if at % 2 == 0 { logit } else { other }).collect();
        for (temperature, top_k, top_p, min_p) in [(1e-6, 0, 1.0, 0.0), (1.0, 5, 0.9, 0.1), (1e6, 0, 1.0, 0.5)] {
            let options = SampleOptions { temperature, top_k, top_p, min_p, ..ALL };
            for (device, exempt) in devices().iter().flat_map(|device| [(device, None), (device, Some(50))]) {
                let drawn = draw_exempt(device, &logits, &allowed, exempt, &options);
                let what = format!("{logit}, {other}, exempt {exempt:?}, {options:?}");
                assert!(drawn.iter().all(|class| (40..90).contains(class)), "{what}: {drawn:?}");
            }
        }
    }
}

#[test]
fn a_mask_that_allows_nothing_is_refused() {
    let mut classes = all_classes();
    classes[Field::Pitch.index()] = vec![vec![true; 5], vec![false; 5]];
    let error = DrawRules::new(&devices()[0].gpu, &classes, &[], &Bounds::NONE, &[]).expect_err("nothing to draw");
    assert!(error.to_string().contains("allow at least one"), "{error}");
}
