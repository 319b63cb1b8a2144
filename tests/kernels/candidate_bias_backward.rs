use gpu_lstm::engine::kernels::{GatherIndex, gather_index};
use gpu_lstm::model::kernels::{CANDIDATE_SIZE, CandidateHead, SCORE_SIZE, candidate_rows};
use gpu_lstm::model::reference;
use gpu_lstm::music::candidates::{CANDIDATE_COLUMNS, CANDIDATE_ROWS, CANDIDATES};

use super::candidate_bias::Case;
use crate::common::device::{Device, devices, rounded};
use crate::common::numeric::random;
use crate::common::{assert_close, sum_of};

/// Checks the gradients of query, score and tables; those of the tables as `embedding_backward` adds them up.
fn check(device: &Device, case: &Case) {
    let (rows, stride) = (case.rows, 48);
    let dlogits = rounded(random(8, rows * case.classes));
    let [mut dtable, mut dscore, mut dquery] = [&case.table, &case.score, &case.query].map(|v| vec![f64::NAN; v.len()]);
    reference::candidate_bias_backward(
        case.classes,
        &case.of_head(),
        &case.table,
        &case.score,
        &case.query,
        &dlogits,
        &mut dtable,
        &mut dscore,
        &mut dquery,
    );

    let logits = device.tensor([1, rows, stride], &case.with_query(&case.logits, &case.query));
    let nan = vec![f64::NAN; case.query.len()];
    let on_device = device.tensor([1, rows, stride], &case.with_query(&dlogits, &nan));
    let candidates = device.upload([1, rows, CANDIDATE_COLUMNS], &case.all);
    let table = case.stacked(&case.table, CANDIDATE_ROWS * CANDIDATE_SIZE);
    let table = device.tensor([3 * CANDIDATE_ROWS, CANDIDATE_SIZE], &table);
    let score = device.tensor([1, 3 * SCORE_SIZE], &case.stacked(&case.score, SCORE_SIZE));
    let evidence = device.nan([1, rows, 3 * CANDIDATES * CANDIDATE_SIZE]);
    let scores = device.nan([1, rows, 3 * SCORE_SIZE]);
    let GatherIndex { starts, places } = gather_index(3 * CANDIDATE_ROWS, candidate_rows(&case.all));
    let (starts, places) = (device.upload([starts.len()], &starts), device.upload([places.len()], &places));
    let tables = device.nan([3 * CANDIDATE_ROWS, CANDIDATE_SIZE]);
    device.run(|recorder, kernels| {
        let music = &device.music_kernels;
        let (forward, backward) = (&music.candidate_bias, &music.candidate_bias_backward);
        let head = CandidateHead { head: case.head, query: Case::QUERY, logits: &logits };
        forward.record(recorder, &[head], &candidates, &table, &score, &evidence);
        let head = CandidateHead { logits: &on_device, ..head };
        backward.record(recorder, &[head], &candidates, &score, &evidence, &scores);
        kernels.embedding_backward.record(recorder, &evidence, &starts, &places, 0.0, &tables);
    });
    let what = |name: &str| format!("candidate_bias_backward.{name} {} {rows}", case.head);
    let worst = |name: &str, got: &[f32], want: &[f64], tolerance| {
        let worst = assert_close(&what(name), got, want, tolerance);
        println!("parity | {:?} | {} | {worst:.1e}", device.gpu.family(), what(name));
    };
    let got: Vec<f32> = device.read(&on_device);
    let columns = |first: usize, len: usize| -> Vec<f32> {
        got.chunks(stride).flat_map(|row| row[first..first + len].to_vec()).collect()
    };
    worst("dquery", &columns(Case::QUERY, CANDIDATE_SIZE), &dquery, sum_of(8));
    assert_eq!(columns(0, case.classes), dlogits.iter().map(|&d| d as f32).collect::<Vec<_>>(), "left as they are");
    let mut sums = vec![0.0_f32; CANDIDATE_SIZE + 1];
    for row in device.read(&scores).chunks(3 * SCORE_SIZE) {
        let of_head = &row[case.head * SCORE_SIZE..][..SCORE_SIZE];
        sums.iter_mut().zip(of_head).for_each(|(sum, value)| *sum += value);
        assert!(of_head[CANDIDATE_SIZE + 1..].iter().all(|&padding| padding == 0.0), "padding");
    }
    worst("dscore", &sums, &dscore, sum_of(8 * 6 * rows));
    let got = device.read(&tables);
    let of_head = &got[case.head * CANDIDATE_ROWS * CANDIDATE_SIZE..][..CANDIDATE_ROWS * CANDIDATE_SIZE];
    worst("dtable", of_head, &dtable, sum_of(8 * rows));
}

#[test]
fn gradients_are_those_of_its_twin() {
    for (head, rows) in [(1, 5), (2, 67), (0, 300)] {
        devices().iter().for_each(|device| check(device, &Case::new(head, rows)));
    }
}
