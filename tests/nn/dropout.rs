use gpu_lstm::engine::nn::Dropout;
use gpu_lstm::engine::reference::{self, random::pcg};

use crate::common::POINTWISE;
use crate::common::device::rounded;
use crate::common::numeric::random;
use crate::{ROWS, networks};

/// Of `networks`.
const SEED: u32 = 7;

#[test]
fn each_step_has_a_mask_which_is_the_same_forward_and_backward() {
    let (size, p) = (16, 0.3f32);
    let (values, doutput) = (rounded(random(1, ROWS * size)), rounded(random(2, ROWS * size)));
    for (network, mut layers) in networks(|layout| [(); 2].map(|()| Dropout::new(layout, p))) {
        let given = [&values, &doutput].map(|values| [(); 2].map(|()| network.input(size.into(), values)));
        let (plan, outputs) = network.record(|r| {
            let [inputs, gradients] = given.clone();
            Ok([0, 1].map(|at| {
                let output = layers[at].forward(r, &network.parameters, inputs[at].clone());
                [output, layers[at].backward(r, &network.gradients, gradients[at].clone())]
            }))
        });
        for step in [1, 2] {
            for (tensors, values) in given.iter().zip([&values, &doutput]) {
                tensors
                    .iter()
                    .for_each(|tensor| tensor.write(&network.device.gpu, &crate::common::device::narrow(values)));
            }
            layers.iter().for_each(|layer| layer.set_step(&plan, step));
            plan.submit().expect("it runs");
            for (number, [output, dinput]) in (1..).zip(&outputs) {
                for (what, got, values) in [("output", output, &values), ("dinput", dinput, &doutput)] {
                    let mut want = values.clone();
                    reference::dropout(&mut want, f64::from(p), pcg(number ^ pcg(SEED)), step);
                    network.assert_holds(&format!("{what} {number} {step}"), got, size.into(), &want, POINTWISE);
                }
            }
        }
    }
}

#[test]
fn none_records_nothing() {
    let (network, mut layer) = networks(|layout| Dropout::new(layout, 0.0)).swap_remove(0);
    let values = network.input(8.into(), &vec![1.0; ROWS * 8]);
    let (plan, _) = network.record(|r| Ok(layer.forward(r, &network.parameters, values)));
    assert!(plan.is_empty());
}
