use gpu_lstm::engine::kernels::Matrix;
use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

/// (M, K, N): ones, primes, exactly a tile of each variant, one past it; then large tiles of subgroups, of which some
/// rows and columns, or half of them, are past the end; the last three are as many tiles as a GPU takes large ones for.
pub(crate) const SHAPES: [(usize, usize, usize); 14] = [
    (1, 4, 4),
    (3, 8, 12),
    (37, 20, 44),
    (32, 32, 32),
    (33, 36, 36),
    (64, 64, 64),
    (65, 68, 68),
    (128, 16, 128),
    (250, 12, 116),
    (130, 12, 128),
    (128, 12, 132),
    (512, 16, 1024),
    (505, 20, 1012),
    (513, 36, 964),
];

#[test]
fn matches_its_twin_with_and_without_relu() {
    for (m, k, n) in SHAPES {
        let (a, b, bias) = (rounded(random(1, m * k)), rounded(random(2, k * n)), rounded(random(3, n)));
        for relu in [false, true] {
            let mut want = vec![0.0; m * n];
            reference::matmul_nn(m, k, n, &a, &b, Some(&bias), relu, &mut want);
            for device in devices() {
                let (a, b, bias) = (device.tensor([m, k], &a), device.tensor([k, n], &b), device.tensor([1, n], &bias));
                let out = device.nan([m, n]);
                device.run(|recorder, kernels| {
                    kernels.matmul_nn.record(
                        recorder,
                        &(&a).into(),
                        &(&b).into(),
                        &(&bias).into(),
                        relu,
                        &(&out).into(),
                    );
                });
                device.assert_parity(&format!("matmul_nn {m}x{k}x{n} relu={relu}"), &out, &want, sum_of(k));
            }
        }
    }
}

/// The row-wise text, whose strips are 128 columns, and beyond the number of rows it is for.
#[test]
fn few_rows_match_with_weights_that_have_an_image() {
    for (m, k, n) in [(1, 4, 4), (1, 36, 128), (2, 8, 132), (3, 520, 260), (4, 16, 12), (8, 20, 36), (9, 24, 40)] {
        // The second third of b's rows, as of the second of three LSTMs side by side.
        let (a, b, bias) = (rounded(random(1, m * k)), rounded(random(2, 3 * k * n)), rounded(random(3, n)));
        for relu in [false, true] {
            let mut want = vec![0.0; m * n];
            reference::matmul_nn(m, k, n, &a, &b[k * n..2 * k * n], Some(&bias), relu, &mut want);
            for device in devices() {
                let (a, bias) = (device.tensor([m, k], &a), device.tensor([1, n], &bias));
                let b = device.tensor([3, k, n], &b).with_image(&device.gpu);
                let (b, out) = (Matrix::from(&b).rows(k, k), device.nan([m, n]));
                device.run(|recorder, kernels| {
                    kernels.matmul_nn.record(recorder, &(&a).into(), &b, &(&bias).into(), relu, &(&out).into());
                });
                device.assert_parity(&format!("matmul_nn of an image {m}x{k}x{n} relu={relu}"), &out, &want, sum_of(k));
            }
        }
    }
}

#[test]
fn reads_and_writes_parts_of_wider_matrices() {
    let (m, k, n) = (5, 8, 12);
    let (wide_a, wide_b, wide_bias) = (rounded(random(1, m * 24)), rounded(random(2, 20 * n)), rounded(random(3, 32)));
    let a: Vec<f64> = (0..m).flat_map(|row| wide_a[row * 24 + 8..][..k].to_vec()).collect();
    let mut want = vec![0.0; m * n];
    reference::matmul_nn(m, k, n, &a, &wide_b[4 * n..12 * n], Some(&wide_bias[16..28]), false, &mut want);
    for device in devices() {
        let (a, b) = (device.tensor([m, 24], &wide_a), device.tensor([20, n], &wide_b));
        let bias = device.tensor([1, 32], &wide_bias);
        let out = device.tensor([m, 40], &vec![7.0; m * 40]);
        device.run(|recorder, kernels| {
            kernels.matmul_nn.record(
                recorder,
                &Matrix::from(&a).columns(8, k),
                &Matrix::from(&b).rows(4, k),
                &Matrix::from(&bias).columns(16, n),
                false,
                &Matrix::from(&out).columns(20, n),
            );
        });
        let mut expected = vec![7.0; m * 40];
        for row in 0..m {
            expected[row * 40 + 20..][..n].copy_from_slice(&want[row * n..][..n]);
        }
        device.assert_parity("matmul_nn of parts", &out, &expected, sum_of(k));
    }
}

/// Products of several sizes, the last in buffers of its own.
#[test]
fn products_of_the_same_buffers_share_a_dispatch() {
    let m = 70;
    let shapes = [(12, 36), (40, 132), (8, 4), (4, 64), (100, 24)];
    let of = |seed: u64, rows: usize, columns: usize| ([rows, columns], rounded(random(seed, rows * columns)));
    let a = shapes.map(|(k, _)| of(1, m, k));
    let b = shapes.map(|(k, n)| of(2, k, n));
    let bias = shapes.map(|(_, n)| of(3, 1, n));
    let outs = shapes.map(|(_, n)| ([m, n], vec![f64::NAN; m * n]));
    for device in devices() {
        let on_device = |tensors: &[([usize; 2], Vec<f64>)]| {
            let (last, others) = tensors.split_last().expect("five");
            [device.together(others), vec![device.tensor(last.0, &last.1)]].concat()
        };
        let [on_a, on_b, on_bias, outs] = [&a[..], &b, &bias, &outs].map(on_device);
        let product = |at: usize| [&on_a[at], &on_b[at], &on_bias[at], &outs[at]].map(Matrix::from);
        let products: Vec<_> = (0..shapes.len()).map(product).collect();
        device.run_in(2, |recorder, kernels| kernels.matmul_nn.record_all(recorder, &products, true));
        for (at, (k, n)) in shapes.into_iter().enumerate() {
            let mut want = vec![0.0; m * n];
            reference::matmul_nn(m, k, n, &a[at].1, &b[at].1, Some(&bias[at].1), true, &mut want);
            device.assert_parity(&format!("matmul_nn {m}x{k}x{n} beside others"), &outs[at], &want, sum_of(k));
        }
    }
}
