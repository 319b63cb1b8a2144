use gpu_lstm::engine::kernels::{IGNORE, LossHead};
use gpu_lstm::engine::reference;

use crate::common::device::{devices, narrow, rounded};
use crate::common::numeric::{random, random_ids};
use crate::common::{Tolerance, sum_of};

/// Column `head` of `heads` columns; the others hold `others`.
pub(crate) fn in_head<T: Copy>(head: usize, heads: usize, others: T, values: &[T]) -> Vec<T> {
    values.iter().flat_map(|&value| (0..heads).map(move |at| if at == head { value } else { others })).collect()
}

fn check((head, heads): (usize, usize), rows: usize, vocab_size: usize, range: f64, tolerance: Tolerance) {
    let stride = vocab_size.next_multiple_of(8);
    let logits = rounded(random(1, rows * vocab_size).iter().map(|value| value * range).collect());
    let mut targets = random_ids(2, rows, vocab_size as u32);
    targets.iter_mut().skip(1).step_by(4).for_each(|target| *target = IGNORE);
    let scale = 0.25;
    let (mut losses, mut dlogits) = (vec![0.0; rows], vec![0.0; rows * vocab_size]);
    reference::softmax_cross_entropy(vocab_size, &logits, &targets, scale, &mut losses, &mut dlogits);

    // The engine's rows are padded: with 5 before the kernel, with 0 after it.
    let pad = |values: &[f64], padding: f64| -> Vec<f64> {
        let row = |row: &[f64]| [row, &vec![padding; stride - vocab_size]].concat();
        values.chunks_exact(vocab_size).flat_map(row).collect()
    };
    for device in devices() {
        let logits = device.tensor([1, rows, stride], &pad(&logits, 5.0));
        let targets = device.upload([1, rows, heads], &in_head(head, heads, 0, &targets));
        let (got_losses, got_dlogits) =
            (device.tensor([1, rows, heads], &vec![9.0; heads * rows]), device.nan([1, rows, stride]));
        device.run(|recorder, kernels| {
            let kernel = &kernels.softmax_cross_entropy;
            let head = LossHead { column: head, vocab_size, logits: &logits, dlogits: Some(&got_dlogits) };
            kernel.record(recorder, &[head], scale as f32, &targets, &got_losses);
        });
        let want = in_head(head, heads, 9.0, &losses);
        let what = format!("{rows}x{vocab_size} ±{range} {head}/{heads}");
        device.assert_parity(&format!("softmax_cross_entropy.losses {what}"), &got_losses, &want, tolerance);
        device.assert_parity(
            &format!("softmax_cross_entropy.dlogits {what}"),
            &got_dlogits,
            &pad(&dlogits, 0.0),
            tolerance,
        );
    }
}

#[test]
fn matches_its_twin() {
    for (rows, vocab_size) in [(1, 2), (5, 7), (64, 8), (67, 130), (9, 501)] {
        for place in [(0, 1), (1, 3), (4, 5)] {
            check(place, rows, vocab_size, 3.0, sum_of(vocab_size));
        }
    }
}

#[test]
fn saturated_logits_stay_finite_and_match() {
    // At 1000 the power of a class is infinite unless the largest of all is subtracted.
    for (rows, vocab_size, scale) in [(5, 7, 100.0), (67, 130, 100.0), (67, 130, 1000.0)] {
        check((1, 3), rows, vocab_size, scale, sum_of(vocab_size));
    }
}

#[test]
fn heads_of_one_buffer_share_a_dispatch_and_losses_alone_need_no_gradient() {
    let (rows, scale) = (67, 0.25);
    let sizes = [7, 130, 12];
    let shapes = sizes.map(|size: usize| [1, rows, size.next_multiple_of(8)]);
    let logits: Vec<_> =
        (1..).zip(shapes).map(|(seed, shape)| (shape, rounded(random(seed, rows * shape[2])))).collect();
    let nan: Vec<_> = shapes.iter().map(|&shape| (shape, vec![f64::NAN; rows * shape[2]])).collect();
    let targets: Vec<u32> = (0..3 * rows).map(|at| (at * 31 % sizes[at % 3]) as u32).collect();
    for device in devices() {
        let (logits, dlogits) = (device.together(&logits), device.together(&nan));
        let targets = device.upload([1, rows, 3], &targets);
        let head = |column: usize| LossHead {
            column,
            vocab_size: sizes[column],
            logits: &logits[column],
            dlogits: Some(&dlogits[column]),
        };
        let heads = [0, 1, 2].map(head);
        let read = || dlogits.iter().flat_map(|dlogits| device.read(dlogits)).map(f32::to_bits).collect::<Vec<_>>();
        let [one_by_one, together, without] = [0; 3].map(|_| device.nan([1, rows, 3]));
        device.run_in(3, |recorder, kernels| {
            for head in heads {
                kernels.softmax_cross_entropy.record(recorder, &[head], scale, &targets, &one_by_one);
            }
        });
        let want = read();
        dlogits.iter().zip(&nan).for_each(|(dlogits, (_, nan))| dlogits.write(&device.gpu, &narrow(nan)));
        let kernel = &device.kernels.softmax_cross_entropy;
        device.run_in(1, |recorder, _| kernel.record(recorder, &heads, scale, &targets, &together));
        assert!(read() == want, "gradients");
        let heads = heads.map(|head| LossHead { dlogits: None, ..head });
        device.run_in(1, |recorder, _| kernel.record(recorder, &heads, scale, &targets, &without));
        let bits = |losses| device.read(losses).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert!(device.read(&one_by_one).iter().all(|loss| loss.is_finite()), "losses");
        assert_eq!(bits(&together), bits(&one_by_one), "losses of all heads");
        assert_eq!(bits(&without), bits(&one_by_one), "losses alone");
    }
}
