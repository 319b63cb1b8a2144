//! A rectangle within a tensor: what the matrix products read and write, and which products share a dispatch.

use super::jobs::{Run, runs};
use crate::engine::gpu::{Binding, Tensor};

/// Rows and columns of a row-major tensor, with the distance from row to row.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub(super) binding: Binding,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// First element.
    pub(super) offset: usize,
    /// Elements from row to row.
    pub(super) stride: usize,
}

impl<const RANK: usize> From<&Tensor<f32, RANK>> for Matrix {
    /// All of a tensor: the last dimension is the columns, the others together are the rows.
    fn from(tensor: &Tensor<f32, RANK>) -> Self {
        let columns = tensor.shape()[RANK - 1];
        assert!(columns.is_multiple_of(4), "{}: {columns} columns; matrices need a multiple of 4", tensor.label());
        Self { binding: tensor.into(), rows: tensor.len() / columns, columns, offset: 0, stride: columns }
    }
}

impl Matrix {
    /// `count` rows from row `first` on.
    ///
    /// # Panics
    /// If the matrix has fewer.
    #[track_caller]
    pub fn rows(&self, first: usize, count: usize) -> Self {
        assert!(first + count <= self.rows, "rows {first} + {count} of {}", self.rows);
        Self { rows: count, offset: self.offset + first * self.stride, ..self.clone() }
    }

    /// `count` columns from column `first` on.
    ///
    /// # Panics
    /// If the matrix has fewer, or a number is not a multiple of 4.
    #[track_caller]
    pub fn columns(&self, first: usize, count: usize) -> Self {
        assert!(first + count <= self.columns, "columns {first} + {count} of {}", self.columns);
        assert!(first.is_multiple_of(4) && count.is_multiple_of(4), "columns {first} + {count} are not multiples of 4");
        // An image has whole rows.
        let binding = self.binding.without_image();
        Self { binding, columns: count, offset: self.offset + first, ..self.clone() }
    }
}

/// Matrices that products read and write, by the dispatches that compute them: what these bind, and where the matrices lie in
/// that.
pub(super) fn by_dispatch<const N: usize>(products: &[[Matrix; N]]) -> Vec<([Binding; N], Vec<[Matrix; N]>)> {
    let tensors: Vec<_> =
        products.iter().map(|product| product.each_ref().map(|matrix| matrix.binding.clone())).collect();
    let placed = |Run { jobs, bindings }: Run<N>| {
        let place = |product: &[Matrix; N]| {
            std::array::from_fn(|at| {
                let matrix = &product[at];
                Matrix { offset: matrix.offset + matrix.binding.place_in(&bindings[at]), ..matrix.clone() }
            })
        };
        let matrices = products[jobs].iter().map(place).collect();
        (bindings, matrices)
    };
    runs(&tensors).into_iter().map(placed).collect()
}
