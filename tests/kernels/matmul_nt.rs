use gpu_lstm::engine::kernels::Matrix;
use gpu_lstm::engine::reference;

use super::matmul_nn::SHAPES;
use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

#[test]
fn matches_its_twin() {
    for (m, k, n) in SHAPES {
        let (a, b) = (rounded(random(1, m * k)), rounded(random(2, n * k)));
        let mut want = vec![0.0; m * n];
        reference::matmul_nt(m, n, k, &a, &b, &mut want);
        for device in devices() {
            let (a, b, out) = (device.tensor([m, k], &a), device.tensor([n, k], &b), device.nan([m, n]));
            device.run(|recorder, kernels| {
                kernels.matmul_nt.record(recorder, &(&a).into(), &(&b).into(), &(&out).into());
            });
            device.assert_parity(&format!("matmul_nt {m}x{k}x{n}"), &out, &want, sum_of(k));
        }
    }
}

#[test]
fn reads_and_writes_parts_of_wider_matrices() {
    let (m, k, n) = (5, 8, 12);
    let (wide_a, wide_b) = (rounded(random(1, m * 24)), rounded(random(2, 20 * k)));
    let a: Vec<f64> = (0..m).flat_map(|row| wide_a[row * 24 + 8..][..k].to_vec()).collect();
    let mut want = vec![0.0; m * n];
    reference::matmul_nt(m, n, k, &a, &wide_b[4 * k..16 * k], &mut want);
    for device in devices() {
        let (a, b) = (device.tensor([m, 24], &wide_a), device.tensor([20, k], &wide_b));
        let out = device.tensor([m, 40], &vec![7.0; m * 40]);
        device.run(|recorder, kernels| {
            let (a, b) = (Matrix::from(&a).columns(8, k), Matrix::from(&b).rows(4, n));
            kernels.matmul_nt.record(recorder, &a, &b, &Matrix::from(&out).columns(20, n));
        });
        let mut expected = vec![7.0; m * 40];
        for row in 0..m {
            expected[row * 40 + 20..][..n].copy_from_slice(&want[row * n..][..n]);
        }
        device.assert_parity("matmul_nt of parts", &out, &expected, sum_of(k));
    }
}

/// Products of several sizes, the last in buffers of its own.
#[test]
fn products_of_the_same_buffers_share_a_dispatch() {
    let m = 70;
    let shapes = [(12, 36), (40, 132), (8, 4), (4, 64), (100, 24)];
    let of = |seed: u64, rows: usize, columns: usize| ([rows, columns], rounded(random(seed, rows * columns)));
    let a = shapes.map(|(k, _)| of(1, m, k));
    let b = shapes.map(|(k, n)| of(2, n, k));
    let outs = shapes.map(|(_, n)| ([m, n], vec![f64::NAN; m * n]));
    for device in devices() {
        let on_device = |tensors: &[([usize; 2], Vec<f64>)]| {
            let (last, others) = tensors.split_last().expect("five");
            [device.together(others), vec![device.tensor(last.0, &last.1)]].concat()
        };
        let [on_a, on_b, outs] = [&a[..], &b, &outs].map(on_device);
        let product = |at: usize| [&on_a[at], &on_b[at], &outs[at]].map(Matrix::from);
        let products: Vec<_> = (0..shapes.len()).map(product).collect();
        device.run_in(2, |recorder, kernels| kernels.matmul_nt.record_all(recorder, &products));
        for (at, (k, n)) in shapes.into_iter().enumerate() {
            let mut want = vec![0.0; m * n];
            reference::matmul_nt(m, n, k, &a[at].1, &b[at].1, &mut want);
            device.assert_parity(&format!("matmul_nt {m}x{k}x{n} beside others"), &outs[at], &want, sum_of(k));
        }
    }
}
