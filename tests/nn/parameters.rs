use gpu_lstm::engine::nn::{Array, Embedding, Linear, Lstm, LstmSizes, StateDict};

use crate::{Network, networks};

/// An embedding, an LSTM and a linear layer.
fn network() -> Network {
    let declare = |layout: &mut _| {
        let embedding = Embedding::new(layout, "embedding", &[50], 30);
        let lstm = Lstm::new(layout, "lstm", LstmSizes { layers: 2, ..LstmSizes::new(embedding.features(), 25) });
        Linear::new(layout, "head", lstm.features(), 50);
    };
    networks(declare).swap_remove(0).0
}

fn state(network: &Network) -> StateDict {
    network.parameters.state_dict().expect("it can be read")
}

/// Mean and standard deviation.
fn moments(values: &[f32]) -> (f64, f64) {
    let mean = values.iter().copied().map(f64::from).sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
    (mean, (squares / values.len() as f64).sqrt())
}

#[test]
fn names_shapes_and_initial_values_are_those_of_pytorch() {
    let (network, uniform) = (network(), 1.0 / 3f64.sqrt());
    let state = state(&network);
    // Name, shape, standard deviation; a bias of an LSTM is the sum of two.
    let lstm = 1.0 / 5.0;
    let expected: [(&str, &[usize], f64); 11] = [
        ("embedding.weight", &[50, 30], 1.0),
        ("head.bias", &[50], lstm * uniform),
        ("head.weight", &[50, 25], lstm * uniform),
        ("lstm.bias_hh_l0", &[100], 0.0),
        ("lstm.bias_hh_l1", &[100], 0.0),
        ("lstm.bias_ih_l0", &[100], lstm * uniform * 2f64.sqrt()),
        ("lstm.bias_ih_l1", &[100], lstm * uniform * 2f64.sqrt()),
        ("lstm.weight_hh_l0", &[100, 25], lstm * uniform),
        ("lstm.weight_hh_l1", &[100, 25], lstm * uniform),
        ("lstm.weight_ih_l0", &[100, 30], lstm * uniform),
        ("lstm.weight_ih_l1", &[100, 25], lstm * uniform),
    ];
    assert_eq!(state.len(), expected.len());
    for ((name, array), (wanted, shape, deviation)) in state.iter().zip(expected) {
        assert_eq!((name.as_str(), array.shape.as_slice()), (wanted, shape));
        let (mean, got) = moments(&array.values);
        // Four standard errors.
        let error = 4.0 * deviation / (array.values.len() as f64).sqrt();
        assert!(mean.abs() <= error && (got - deviation).abs() <= error, "{name}: {mean} {got}, not {deviation}");
        if name.contains("weight") && !name.contains("embedding") {
            assert!(array.values.iter().all(|value| value.abs() <= 0.2), "{name}");
        }
    }
    let values: usize = state.iter().filter(|(name, _)| !name.contains("bias_hh")).map(|(_, it)| it.values.len()).sum();
    assert_eq!(network.parameters.count(), values);
}

#[test]
fn a_state_dict_is_loaded_as_it_was_saved_and_both_biases_add_up() {
    let network = network();
    let before = network.device.read(&network.parameters.all);
    let mut state = state(&network);
    network.parameters.all.write(&network.device.gpu, &vec![9.0; before.len()]);
    network.parameters.load_state_dict(&state).expect("it fits");
    assert!(network.device.read(&network.parameters.all) == before, "the arena");

    let bias = state["lstm.bias_ih_l1"].values[30];
    state.get_mut("lstm.bias_hh_l1").expect("it is there").values[30] = 0.5;
    network.parameters.load_state_dict(&state).expect("it fits");
    assert_eq!(crate::parameters::state(&network)["lstm.bias_ih_l1"].values[30], bias + 0.5);
}

#[test]
fn another_state_dict_is_refused_and_changes_nothing() {
    let network = network();
    let (state, before) = (state(&network), network.device.read(&network.parameters.all));
    let mut cases = [state.clone(), state.clone(), state];
    cases[0].remove("head.bias");
    cases[1].insert("head.bias".into(), Array { shape: vec![49], values: vec![0.0; 49] });
    cases[2].insert("tail.bias".into(), Array { shape: vec![1], values: vec![0.0] });
    let messages =
        ["`head.bias` is missing", "`head.bias` has shape [49], expected [50]", "`tail.bias` does not belong"];
    for (state, message) in cases.iter().zip(messages) {
        let error = network.parameters.load_state_dict(state).expect_err("it does not fit").to_string();
        assert!(error.contains(message) && error.contains("build the network"), "{error}");
        assert!(network.device.read(&network.parameters.all) == before, "the arena");
    }
}

#[test]
#[should_panic(expected = "two tensors are called `head.weight`")]
fn a_name_is_given_once() {
    networks(|layout| [(); 2].map(|()| Linear::new(layout, "head", 3, 4)));
}
