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
            device.run(|recorder, kernels| kernels.column_sum.record(recorder, &a, &out));
            device.assert_parity(&format!("column_sum {rows}x{columns}"), &out, &want, sum_of(rows));
        }
    }
}

#[test]
#[should_panic(expected = "too many to add up")]
fn more_rows_than_the_software_adapter_loops_over_are_refused() {
    let device = &devices()[0];
    let (a, out) = (device.nan([2_000_000, 4]), device.nan([4]));
    device.run(|recorder, kernels| kernels.column_sum.record(recorder, &a, &out));
}
