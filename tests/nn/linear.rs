use gpu_lstm::engine::nn::{Features, Linear};
use gpu_lstm::engine::reference::{column_sum, matmul_nn, matmul_nt, matmul_tn, relu_backward};

use crate::common::device::rounded;
use crate::common::numeric::random;
use crate::common::{assert_close, sum_of};
use crate::{ROWS, networks, transposed};

#[test]
fn forward_and_backward_with_and_without_relu() {
    let (input, outputs) = (Features { blocks: 3, size: 5 }, 37);
    let inputs = input.values();
    let (x, doutput) = (rounded(random(1, ROWS * inputs)), rounded(random(2, ROWS * outputs)));
    for relu in [false, true] {
        for (network, layer) in networks(|layout| Linear::new(layout, "layer", input, outputs)) {
            let layer = if relu { layer.with_relu() } else { layer };
            assert_eq!(layer.features(), outputs.into());
            let x_tensor = network.input(input, &x);
            let given = network.input(outputs.into(), &doutput);
            let (plan, (output, dinput)) = network.record(|r| {
                let pass = layer.forward(r, &network.parameters, &x_tensor)?;
                let output = pass.output.clone();
                Ok((output, layer.backward(r, &network.gradients, pass, given)?))
            });
            plan.submit().expect("it runs");

            let weight = transposed(outputs, inputs, &network.parameter("layer.weight"));
            let mut want = vec![0.0; ROWS * outputs];
            let bias = network.parameter("layer.bias");
            matmul_nn(ROWS, inputs, outputs, &x, &weight, Some(&bias), relu, &mut want);
            network.assert_holds("output", &output, outputs.into(), &want, sum_of(inputs));

            let mut dwant = doutput.clone();
            if relu {
                relu_backward(0.0, &want, &mut dwant);
            }
            let mut dx = vec![0.0; ROWS * inputs];
            matmul_nt(ROWS, inputs, outputs, &dwant, &weight, &mut dx);
            network.assert_holds("dinput", &dinput, input, &dx, sum_of(outputs));
            let (mut dweight, mut dbias) = (vec![0.0; inputs * outputs], vec![0.0; outputs]);
            matmul_tn(ROWS, outputs, inputs, &dwant, &x, false, &mut dweight);
            column_sum(ROWS, outputs, &dwant, &mut dbias);
            let gradients = network.gradients();
            assert_close("dweight", &gradients["layer.weight"].values, &dweight, sum_of(ROWS));
            assert_close("dbias", &gradients["layer.bias"].values, &dbias, sum_of(ROWS));
        }
    }
}
