//! A long plan is cut into submits that no system takes for a hang.

mod common;

use common::device::devices;
use common::numeric::random;
use gpu_lstm::engine::gpu::Recorder;

#[test]
fn a_plan_that_is_cut_gives_the_same_bits() {
    let (rows, size, layers) = (5, 16, 7);
    for device in devices() {
        let weight = device.tensor([size, size], &random(1, size * size));
        let bias = device.tensor([1, size], &random(2, size));
        let values = device.tensor([rows, size], &random(3, rows * size));
        let outputs: Vec<_> = (0..layers).map(|_| device.nan([rows, size])).collect();
        let mut recorder = Recorder::new(&device.gpu, "layers");
        let mut input = &values;
        for output in &outputs {
            let matmul = &device.kernels.matmul_nn;
            matmul.record(&mut recorder, &input.into(), &(&weight).into(), &(&bias).into(), true, &output.into());
            input = output;
        }
        let plan = recorder.finish().expect("a plan");
        let bits = |submits: usize| {
            // What another run left must not stand in for a dispatch that is missing.
            outputs.iter().for_each(|output| output.write(&device.gpu, &vec![f32::NAN; rows * size]));
            plan.set_submits(submits);
            plan.submit().expect("it runs");
            device.read(&outputs[layers - 1]).into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let whole = bits(1);
        assert!(whole.iter().any(|&bits| bits != 0), "something comes out");
        for submits in [2, 3, 7, 100] {
            assert_eq!(bits(submits), whole, "{submits} submits");
        }
    }
}

#[test]
fn a_run_of_a_second_is_cut_in_four() {
    let device = &devices()[0];
    let tensor = device.tensor([1, 8], &[0.0; 8]);
    let mut recorder = Recorder::new(&device.gpu, "one");
    device.kernels.matmul_nn.record(
        &mut recorder,
        &(&tensor).into(),
        &(&device.tensor([8, 8], &[0.0; 64])).into(),
        &(&tensor).into(),
        false,
        &(&device.nan([1, 8])).into(),
    );
    let plan = recorder.finish().expect("a plan");
    for (seconds, submits) in [(0.0, 1), (0.3, 1), (0.31, 2), (1.0, 4)] {
        plan.cut_for(seconds);
        assert_eq!(plan.submits(), submits, "{seconds} s");
    }
}
