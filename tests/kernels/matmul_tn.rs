use gpu_lstm::engine::gpu::Family;
use gpu_lstm::engine::kernels::Matrix;
use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

/// (M, K, N): K, the rows that are summed over, is any number, and beyond the chunk of 640, then of 8192; large tiles of
/// subgroups, of which some rows and columns, or half of them, are past the end; the last three are as many tiles as a GPU
/// takes large ones for.
const SHAPES: [(usize, usize, usize); 14] = [
    (4, 1, 4),
    (12, 3, 8),
    (44, 37, 20),
    (32, 32, 32),
    (36, 33, 36),
    (68, 640, 68),
    (8, 1283, 72),
    (116, 643, 252),
    (132, 643, 128),
    (128, 643, 132),
    (4, 8203, 8),
    (512, 16, 1024),
    (504, 19, 1012),
    (516, 33, 964),
];

#[test]
fn matches_its_twin_for_any_number_of_rows() {
    for (m, k, n) in SHAPES {
        let (a, b) = (rounded(random(1, k * m)), rounded(random(2, k * n)));
        let mut want = vec![0.0; m * n];
        reference::matmul_tn(k, m, n, &a, &b, false, &mut want);
        for device in devices() {
            let (a, b, out) = (device.tensor([k, m], &a), device.tensor([k, n], &b), device.nan([m, n]));
            device.run(|recorder, kernels| {
                kernels.matmul_tn.record(recorder, &(&a).into(), &(&b).into(), &(&out).into());
            });
            device.assert_parity(&format!("matmul_tn {m}x{k}x{n}"), &out, &want, sum_of(k));
        }
    }
}

#[test]
fn rows_past_the_end_do_not_count_even_if_they_are_not_numbers() {
    let (m, k, n) = (8, 5, 12);
    let (a, b) = (rounded(random(1, k * m)), rounded(random(2, k * n)));
    let mut want = vec![0.0; m * n];
    reference::matmul_tn(k, m, n, &a, &b, false, &mut want);
    let longer = |values: &[f64], columns: usize| [values, &vec![f64::NAN; 3 * columns]].concat();
    for device in devices() {
        let (a, b) = (device.tensor([k + 3, m], &longer(&a, m)), device.tensor([k + 3, n], &longer(&b, n)));
        let out = device.nan([m, n]);
        device.run(|recorder, kernels| {
            let (a, b) = (Matrix::from(&a).rows(0, k), Matrix::from(&b).rows(0, k));
            kernels.matmul_tn.record(recorder, &a, &b, &(&out).into());
        });
        device.assert_parity("matmul_tn before rows of NaN", &out, &want, sum_of(k));
    }
}

/// Products of several sizes, the last in buffers of its own, over more rows than a chunk of 640.
#[test]
fn products_of_the_same_buffers_share_a_dispatch() {
    let k = 650;
    let shapes = [(12, 36), (40, 132), (8, 4), (4, 64), (100, 24)];
    let of = |seed: u64, rows: usize, columns: usize| ([rows, columns], rounded(random(seed, rows * columns)));
    let a = shapes.map(|(m, _)| of(1, k, m));
    let b = shapes.map(|(_, n)| of(2, k, n));
    let outs = shapes.map(|(m, n)| ([m, n], vec![f64::NAN; m * n]));
    for device in devices() {
        let on_device = |tensors: &[([usize; 2], Vec<f64>)]| {
            let (last, others) = tensors.split_last().expect("five");
            [device.together(others), vec![device.tensor(last.0, &last.1)]].concat()
        };
        let [on_a, on_b, outs] = [&a[..], &b, &outs].map(on_device);
        let product = |at: usize| [&on_a[at], &on_b[at], &outs[at]].map(Matrix::from);
        let products: Vec<_> = (0..shapes.len()).map(product).collect();
        let dispatches = if device.gpu.family() == Family::WorkgroupTile { 2 } else { 4 };
        device.run_in(dispatches, |recorder, kernels| kernels.matmul_tn.record_all(recorder, &products));
        for (at, (m, n)) in shapes.into_iter().enumerate() {
            let mut want = vec![0.0; m * n];
            reference::matmul_tn(k, m, n, &a[at].1, &b[at].1, false, &mut want);
            device.assert_parity(&format!("matmul_tn {m}x{k}x{n} beside others"), &outs[at], &want, sum_of(k));
        }
    }
}
