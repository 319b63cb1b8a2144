use gpu_lstm::engine::nn::{CrossEntropy, IGNORE, MeanSquaredError};
use gpu_lstm::engine::reference;

use crate::common::device::rounded;
use crate::common::numeric::{random, random_ids};
use crate::common::{assert_close, assert_close_f64, sum_of};
use crate::{BATCH_SIZE, ROWS, SEQ_LEN, networks};

#[test]
fn cross_entropy() {
    let classes = 37;
    let logits = rounded(random(1, ROWS * classes));
    let mut targets = random_ids(2, ROWS, classes as u32);
    targets[3] = IGNORE;
    let (mut losses, mut dlogits) = (vec![0.0; ROWS], vec![0.0; ROWS * classes]);
    reference::softmax_cross_entropy(classes, &logits, &targets, 1.0 / ROWS as f64, &mut losses, &mut dlogits);
    for (network, ()) in networks(|_| ()) {
        let (logits, targets) =
            (network.input(classes.into(), &logits), network.device.upload([SEQ_LEN, BATCH_SIZE, 1], &targets));
        let (plan, loss) =
            network.record(|r| CrossEntropy::new(classes).forward(r, &network.parameters, &logits, &targets));
        plan.submit().expect("it runs");
        plan.submit().expect("it runs");
        assert_close("losses", &network.device.read(&loss.losses), &losses, sum_of(classes));
        network.assert_holds("dlogits", &loss.backward(), classes.into(), &dlogits, sum_of(classes));
        let twice = 2.0 * losses.iter().sum::<f64>();
        let total = || loss.take_total(&network.device.gpu).expect("it can be read");
        assert_close_f64("total", &[total()], &[twice], sum_of(2 * ROWS));
        assert_eq!(total(), 0.0);
    }
}

#[test]
fn mean_squared_error() {
    let size = 13;
    let (prediction, targets) = (rounded(random(1, ROWS * size)), rounded(random(2, ROWS * size)));
    let (mut losses, mut dprediction) = (vec![0.0; ROWS], vec![0.0; ROWS * size]);
    let scale = 1.0 / ROWS as f64;
    reference::mean_squared_error(size, &prediction, &targets, scale, &mut losses, &mut dprediction);
    for (network, ()) in networks(|_| ()) {
        let [prediction, targets] = [&prediction, &targets].map(|values| network.input(size.into(), values));
        let (plan, loss) =
            network.record(|r| MeanSquaredError::new(size).forward(r, &network.parameters, &prediction, &targets));
        plan.submit().expect("it runs");
        assert_close("losses", &network.device.read(&loss.losses), &losses, sum_of(size));
        network.assert_holds("dprediction", &loss.backward(), size.into(), &dprediction, sum_of(size));
        let total = loss.take_total(&network.device.gpu).expect("it can be read");
        assert_close_f64("total", &[total], &[losses.iter().sum()], sum_of(ROWS));
    }
}
