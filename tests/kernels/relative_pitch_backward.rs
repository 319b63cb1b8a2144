use gpu_lstm::model::kernels::{RELATIVE_SIZE, RELATIVE_STRIDE};
use gpu_lstm::model::reference;
use gpu_lstm::music::context::CONTEXT_SIZE;

use super::relative_pitch::{contexts, with_relative};
use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::random;
use crate::common::{assert_close, sum_of};

fn check(device: &Device, rows: usize, pitches: usize) {
    let padded = pitches.next_multiple_of(8);
    let width = RELATIVE_STRIDE - 1;
    let (context, dlogits) = (contexts(rows), rounded(random(1, rows * pitches)));
    let (mut want, mut drelative) = (dlogits.clone(), vec![f64::NAN; rows * 4 * width]);
    reference::relative_pitch_backward(&context, &mut want, &mut drelative);
    let on_device = with_relative(pitches, padded, &dlogits, &vec![f64::NAN; drelative.len()]);
    let on_device = device.tensor([1, rows, padded + RELATIVE_SIZE], &on_device);
    let context = device.upload([1, rows, CONTEXT_SIZE], &context);
    device.run_music(|recorder, kernels| {
        kernels.relative_pitch_backward.record(recorder, &context, pitches, padded, &on_device);
    });
    let (mut got, mut got_relative) = (Vec::new(), Vec::new());
    for row in device.read(&on_device).chunks(padded + RELATIVE_SIZE) {
        got.extend_from_slice(&row[..pitches]);
        for reference in row[padded..].chunks(RELATIVE_STRIDE) {
            got_relative.extend_from_slice(&reference[..width]);
            assert_eq!(reference[width], 0.0, "the unused column");
        }
    }
    let parity = |what: &str, got: &[f32], want: &[f64]| {
        let worst = assert_close(what, got, want, sum_of(pitches));
        println!("parity | {:?} | {what} {rows} {pitches} | {worst:.1e}", device.gpu.family());
    };
    parity("relative_pitch_backward.dlogits", &got, &want);
    parity("relative_pitch_backward.drelative", &got_relative, &drelative);
}

#[test]
fn gradients_are_those_of_its_twin() {
    for (rows, pitches) in [(4, 128), (31, 5), (200, 128), (7, 77)] {
        devices().iter().for_each(|device| check(device, rows, pitches));
    }
}
