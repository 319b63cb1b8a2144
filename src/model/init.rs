//! Initial values of the parameters, as PyTorch's modules choose them, from a seed.

use rand::{RngExt as _, SeedableRng};
use rand_pcg::Pcg64;

use super::state_dict::{Array, StateDict, names_and_shapes};
use crate::model::config::ModelConfig;
use crate::music::candidates::CANDIDATE_TABLES;

/// Added to the forget gate's bias, so that a new LSTM keeps its cell (Jozefowicz et al., "An Empirical Exploration of
/// Recurrent Network Architectures", 2015).
const FORGET_BIAS: f32 = 1.0;

/// A state dict with random values; the same seed gives the same values on every machine.
///
/// Embeddings are normal with standard deviation 1; conditions, the tables of the candidates and relative pitch 0 (they add
/// to something that is not); everything else uniform in ±1/√n with n the hidden size of an LSTM or the input size of a
/// linear layer.
pub fn random_state(config: &ModelConfig, seed: u64) -> StateDict {
    let mut random = Pcg64::seed_from_u64(seed);
    let shapes = names_and_shapes(config);
    let input_size_of = |bias: &str| {
        let weight = bias.replace("bias", "weight");
        shapes.iter().find(|(name, _)| *name == weight).map_or(1, |(_, shape)| shape[1])
    };
    let mut state = StateDict::new();
    for (name, shape) in &shapes {
        let len = shape.iter().product();
        let mut values: Vec<f32> = if name.starts_with("embedding") {
            (0..len).map(|_| normal(&mut random)).collect()
        } else if is_zero(name) {
            vec![0.0; len]
        } else {
            let fan = match name.contains("_l") && name.starts_with("lstm") {
                true => shape[0] / 4,
                false => shape.get(1).copied().unwrap_or_else(|| input_size_of(name)),
            };
            let bound = 1.0 / (fan as f32).sqrt();
            (0..len).map(|_| random.random_range(-bound..bound)).collect()
        };
        if name.contains("bias_ih") {
            let hidden_size = len / 4;
            values[hidden_size..2 * hidden_size].iter_mut().for_each(|value| *value += FORGET_BIAS);
        }
        state.insert(name.clone(), Array { shape: shape.clone(), values });
    }
    state
}

fn is_zero(name: &str) -> bool {
    let is_table = name.starts_with("candidate") && CANDIDATE_TABLES.iter().any(|(table, _)| name.contains(table));
    name.starts_with("condition") || name.starts_with("relative") || is_table
}

/// A normal draw by the method of Box and Muller.
fn normal(random: &mut Pcg64) -> f32 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    ((-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
}
