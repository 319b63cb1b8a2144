use gpu_lstm::model::kernels::{RELATIVE_SIZE, RELATIVE_STRIDE};
use gpu_lstm::model::reference;
use gpu_lstm::music::context::{CONTEXT_SIZE, LAST, LAST_EVENTS, NEXT, VOICES};

use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::{random, random_ids};
use crate::common::{POINTWISE, assert_close};

/// Contexts with references anywhere or none; a third of the events have an offset of 0.
pub(crate) fn contexts(rows: usize) -> Vec<u32> {
    let mut contexts = random_ids(3, CONTEXT_SIZE * rows, 90);
    for (row, context) in contexts.chunks_exact_mut(CONTEXT_SIZE).enumerate() {
        let numbers = random_ids(row as u64, 4, 129);
        let references = [LAST + LAST_EVENTS, VOICES, VOICES + 1, VOICES + 2];
        references.iter().zip(numbers).for_each(|(&column, pitch)| context[column] = pitch);
        context[references[row % 5 % 4]] = 0;
        context[NEXT] = row as u32 % 3;
    }
    contexts
}

/// `values` of the pitches, NaN where nothing may be read, and what is predicted at intervals, with its unused columns NaN.
pub(crate) fn with_relative(pitches: usize, padded: usize, values: &[f64], relative: &[f64]) -> Vec<f64> {
    let row = |(values, relative): (&[f64], &[f64])| {
        let mut row = [values, &vec![f64::NAN; padded - pitches]].concat();
        relative.chunks(RELATIVE_STRIDE - 1).for_each(|reference| row.extend(reference.iter().chain([&f64::NAN])));
        row
    };
    values.chunks(pitches).zip(relative.chunks(4 * (RELATIVE_STRIDE - 1))).flat_map(row).collect()
}

fn check(device: &Device, rows: usize, pitches: usize) {
    let padded = pitches.next_multiple_of(8);
    let (context, logits) = (contexts(rows), rounded(random(1, rows * pitches)));
    let relative = rounded(random(2, rows * 4 * (RELATIVE_STRIDE - 1)));
    let mut want = logits.clone();
    reference::relative_pitch(&context, &relative, &mut want);
    let on_device = with_relative(pitches, padded, &logits, &relative);
    let on_device = device.tensor([1, rows, padded + RELATIVE_SIZE], &on_device);
    let context = device.upload([1, rows, CONTEXT_SIZE], &context);
    device
        .run_music(|recorder, kernels| kernels.relative_pitch.record(recorder, &context, pitches, padded, &on_device));
    let got: Vec<f32> =
        device.read(&on_device).chunks(padded + RELATIVE_SIZE).flat_map(|row| row[..pitches].to_vec()).collect();
    let worst = assert_close("relative_pitch", &got, &want, POINTWISE);
    println!("parity | {:?} | relative_pitch {rows} {pitches} | {worst:.1e}", device.gpu.family());
    assert!(want.contains(&-30.0) && want.iter().any(|&logit| logit > -30.0), "some are ruled out, some are not");
}

#[test]
fn adds_what_its_twin_adds() {
    // The last has more rows than one dimension of a dispatch.
    for (rows, pitches) in [(4, 128), (31, 5), (200, 128), (7, 77), (32_769, 5)] {
        devices().iter().for_each(|device| check(device, rows, pitches));
    }
}
