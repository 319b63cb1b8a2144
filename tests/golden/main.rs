//! The reference, and a network of `engine::nn`, against values that `PyTorch` computed in f64: `record.py` records them, and
//! says what they are.

#[path = "../common/mod.rs"]
mod common;

mod characters;
mod layers;
mod lstm;
mod model;
mod optimizer;

use common::{SAME_MATH, assert_close_f64};

/// A recorded file.
struct Golden(serde_json::Value);

impl Golden {
    fn read(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    fn get<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        T::deserialize(&self.0[key]).unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    #[track_caller]
    fn assert_equals(&self, key: &str, got: &[f64]) {
        assert_close_f64(key, got, &self.get::<Vec<f64>>(key), SAME_MATH);
    }
}

/// `[rows, columns]` to `[columns, rows]`: `PyTorch` stores weights `[out, in]`, products take `[in, out]`.
fn transposed(rows: usize, columns: usize, a: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), rows * columns);
    let element = |index: usize| a[index % rows * columns + index / rows];
    (0..a.len()).map(element).collect()
}
