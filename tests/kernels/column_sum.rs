use gpu_lstm::engine::gpu::Tensor;
use gpu_lstm::engine::kernels::Matrix;
use gpu_lstm::engine::reference;

use crate::common::device::{devices, rounded};
use crate::common::numeric::random;
use crate::common::sum_of;

#[test]
fn matches_its_twin() {
    for (rows, columns) in [(1, 4), (7, 8), (101, 36), (640, 132), (1025, 12)] {
        let a = rounded(random(1, rows * columns));
        let mut want = vec![0.0; columns];
        reference::column_sum(rows, columns, &a, &mut want);
        for device in devices() {
            let (a, out) = (device.tensor([rows, columns], &a), device.nan([columns]));
            device.run(|recorder, kernels| kernels.column_sum.record(recorder, &(&a).into(), &(&out).into()));
            device.assert_parity(&format!("column_sum {rows}x{columns}"), &out, &want, sum_of(rows));
        }
    }
}

/// There is room for eight sums, of six buffers.
#[test]
fn sums_share_a_dispatch() {
    let shapes = [(1, 4), (70, 68), (3, 132), (640, 8), (33, 40), (2, 4), (9, 4), (2, 8), (5, 12), (7, 16)];
    let a: Vec<_> = (1..).zip(shapes).map(|(seed, (m, n))| ([m, n], rounded(random(seed, m * n)))).collect();
    let outs: Vec<_> = shapes.iter().map(|&(_, n)| ([1, n], vec![f64::NAN; n])).collect();
    for device in devices() {
        let apart = |some: &[([usize; 2], Vec<f64>)]| -> Vec<_> {
            some.iter().map(|(shape, values)| device.tensor(*shape, values)).collect()
        };
        let (front, back) = a.split_at(3);
        for (on_device, dispatches) in [
            (device.together(&a), 2),
            (apart(&a), 2),
            ([device.together(front), apart(back)].concat(), 2),
            ([apart(back), device.together(front)].concat(), 2),
        ] {
            let outs = device.together(&outs);
            let of = |on_device: &Tensor<f32, 2>| a.iter().position(|(shape, _)| *shape == on_device.shape());
            let places: Vec<_> = on_device.iter().map(|tensor| of(tensor).expect("its shape")).collect();
            let sums: Vec<_> = on_device.iter().zip(&places).map(|(a, &at)| [a, &outs[at]].map(Matrix::from)).collect();
            device.run_in(dispatches, |recorder, kernels| kernels.column_sum.record_all(recorder, &sums));
            for (([rows, columns], a), out) in a.iter().zip(&outs) {
                let mut want = vec![0.0; *columns];
                reference::column_sum(*rows, *columns, a, &mut want);
                device.assert_parity(&format!("column_sum {rows}x{columns} beside others"), out, &want, sum_of(*rows));
            }
        }
    }
}

#[test]
#[should_panic(expected = "too many to add up")]
fn more_rows_than_the_software_adapter_loops_over_are_refused() {
    let device = &devices()[0];
    let (a, out) = (device.nan([2_000_000, 4]), device.nan([4]));
    device.run(|recorder, kernels| kernels.column_sum.record(recorder, &(&a).into(), &(&out).into()));
}
