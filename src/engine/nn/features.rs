//! The last dimension of a tensor, and how it is padded.

use crate::engine::kernels::padded;

/// What the last dimension of a tensor holds: `blocks` of `size` values side by side, each padded with zeros to a multiple
/// of 8. A plain size is one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Blocks.
    pub blocks: usize,
    /// Values of a block, without padding.
    pub size: usize,
}

impl From<usize> for Features {
    fn from(size: usize) -> Self {
        Self { blocks: 1, size }
    }
}

impl Features {
    /// Values of a row, without padding.
    pub fn values(self) -> usize {
        self.blocks * self.size
    }

    /// Columns of a row in a tensor: the values and their padding.
    pub fn columns(self) -> usize {
        self.blocks * padded(self.size)
    }

    /// The column of value `value` of a row.
    pub fn column(self, value: usize) -> usize {
        value / self.size * padded(self.size) + value % self.size
    }

    /// Rows of values, one after the other, as a tensor stores them.
    ///
    /// # Panics
    /// If the last row is not complete.
    pub fn pad(self, values: &[f32]) -> Vec<f32> {
        assert!(values.len().is_multiple_of(self.values()), "{} values for rows of {}", values.len(), self.values());
        let mut columns = vec![0.0; values.len() / self.values() * self.columns()];
        for (padded, row) in columns.chunks_exact_mut(self.columns()).zip(values.chunks_exact(self.values())) {
            row.iter().enumerate().for_each(|(at, &value)| padded[self.column(at)] = value);
        }
        columns
    }

    /// What a tensor stores, without the padding: the opposite of [`Features::pad`].
    ///
    /// # Panics
    /// If the last row is not complete.
    pub fn unpad(self, columns: &[f32]) -> Vec<f32> {
        assert!(
            columns.len().is_multiple_of(self.columns()),
            "{} values for rows of {}",
            columns.len(),
            self.columns()
        );
        let rows = columns.chunks_exact(self.columns());
        rows.flat_map(|row| (0..self.values()).map(|value| row[self.column(value)])).collect()
    }
}
