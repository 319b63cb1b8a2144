//! A rectangle within a tensor: what the matrix products read and write, and which products share a dispatch.

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

/// Products that one dispatch has room for.
const JOBS: usize = 8;

/// Runs of products of which one dispatch computes each: their matrices lie in the same buffers, and those in the first
/// place have the same number of rows.
pub(super) fn runs<const N: usize>(products: &[[Matrix; N]]) -> impl Iterator<Item = &[[Matrix; N]]> {
    let together = |one: &[Matrix; N], next: &[Matrix; N]| {
        let mut pairs = one.iter().zip(next);
        one[0].rows == next[0].rows && pairs.all(|(one, next)| one.binding.shares_buffer(&next.binding))
    };
    products.chunk_by(together).flat_map(|run| run.chunks(JOBS))
}

/// The bindings of a run of products, and where their matrices lie in those.
pub(super) fn bind<const N: usize>(run: &[[Matrix; N]]) -> ([Binding; N], Vec<[Matrix; N]>) {
    let bindings: [Binding; N] =
        std::array::from_fn(|place| Binding::spanning(run.iter().map(|product| &product[place].binding)));
    let placed = |place: usize, matrix: &Matrix| {
        let offset = matrix.offset + matrix.binding.place_in(&bindings[place]);
        Matrix { offset, ..matrix.clone() }
    };
    let matrices = run.iter().map(|product| std::array::from_fn(|place| placed(place, &product[place]))).collect();
    (bindings, matrices)
}
