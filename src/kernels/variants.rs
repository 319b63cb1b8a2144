//! Which text a kernel is made of on which family of adapters.
//!
//! Five kernels do nearly all the work, and no single tiling of them suits every machine. Each has a portable text in
//! `shaders/` and, in a folder named after the family, one with the same contract:
//!
//! | family | how a tile is shared | texts |
//! |---|---|---|
//! | `Portable` | every invocation keeps up to 64 values in registers | `shaders/*.wgsl` |
//! | `Subgroup8` | eight lanes keep 32 by 32 values and spread loads by shuffles | `shaders/subgroup8/*.wgsl` |
//!
//! The forward kernels also have texts for few rows, which generation runs: `Subgroup8` has a tile of 8 rows, and every
//! family the texts in `shaders/rowwise/`, one row to a workgroup, where the weights have an image.

use crate::gpu::{Binding, Family, Gpu, Kernel, KernelSource, ParamsLayout, STRIP};

pub(super) const ACTIVATION: &str = include_str!("../../shaders/common/activation.wgsl");
pub(super) const LSTM_CELL: &str = include_str!("../../shaders/common/lstm_cell.wgsl");
pub(super) const RANDOM: &str = include_str!("../../shaders/common/random.wgsl");
const SPREAD: &str = include_str!("../../shaders/common/subgroup_spread.wgsl");
const TILE_32: &str = include_str!("../../shaders/common/subgroup_tile_32.wgsl");
const TILE_8: &str = include_str!("../../shaders/common/subgroup_tile_8.wgsl");
const STRIP_PRODUCT: &str = include_str!("../../shaders/common/strip.wgsl");

/// Products of at most this many rows take the low tile where there is one.
const FEW_ROWS: usize = 8;

/// Products of at most this many rows are computed row by row: each row reads all weights again, but from an image.
pub const ROW_BY_ROW: usize = 3;

/// The texts of a kernel that has one for subgroups of eight.
pub(super) struct Variants {
    pub(super) portable: &'static str,
    pub(super) subgroup8: &'static str,
}

/// A kernel with variants: the text for `family`, then the shared functions it needs.
pub(super) fn choose(
    name: &'static str,
    family: Family,
    variants: &Variants,
    common: &[&'static str],
    params: ParamsLayout,
) -> KernelSource {
    let mut parts = match family {
        Family::Portable => vec![variants.portable],
        Family::Subgroup8 => vec![variants.subgroup8, TILE_32, SPREAD],
    };
    parts.extend(common);
    KernelSource { name, parts, params }
}

/// Rows and columns of the product that one workgroup of a matrix kernel computes.
pub(super) fn tile_size(family: Family) -> usize {
    match family {
        Family::Portable => 64,
        Family::Subgroup8 => 32,
    }
}

/// A kernel of a product that goes row by row, for weights that have an image.
pub(super) fn rowwise(
    name: &'static str,
    text: &'static str,
    common: &[&'static str],
    params: ParamsLayout,
) -> KernelSource {
    KernelSource { name, parts: [&[text, STRIP_PRODUCT], common].concat(), params }
}

/// A kernel, and the rows and columns of the product that one workgroup of it computes.
pub(super) struct Tiled {
    pub(super) kernel: Kernel,
    rows: usize,
    columns: usize,
}

impl Tiled {
    /// Workgroups for a product of `rows` by `columns`: `[x, y]`.
    pub(super) fn grid(&self, rows: usize, columns: usize) -> [usize; 2] {
        [columns.div_ceil(self.columns), rows.div_ceil(self.rows)]
    }
}

/// The texts of a product by its number of rows.
pub(super) struct ByRows {
    many: Tiled,
    few: Option<Tiled>,
    rowwise: Tiled,
}

impl ByRows {
    /// `rows` and `columns` are the size of the tile in the text of `source`.
    pub(super) fn new(gpu: &Gpu, source: &KernelSource, [rows, columns]: [usize; 2], rowwise: &KernelSource) -> Self {
        let tiled = |source: &KernelSource, rows, columns| Tiled { kernel: Kernel::new(gpu, source), rows, columns };
        Self {
            many: tiled(source, rows, columns),
            few: few_rows(source).map(|source| tiled(&source, FEW_ROWS, columns)),
            rowwise: tiled(rowwise, 1, STRIP),
        }
    }

    /// The kernel for `rows` rows times `weights`.
    pub(super) fn choose(&self, rows: usize, weights: &Binding) -> &Tiled {
        match &self.few {
            _ if rows <= ROW_BY_ROW && weights.has_image() => &self.rowwise,
            Some(few) if rows <= FEW_ROWS => few,
            _ => &self.many,
        }
    }
}

/// The same text with the low tile.
fn few_rows(source: &KernelSource) -> Option<KernelSource> {
    let lower = |part: &'static str| if part == TILE_32 { TILE_8 } else { part };
    let parts: Vec<&'static str> = source.parts.iter().map(|part| lower(part)).collect();
    (parts != source.parts).then(|| KernelSource { parts, ..source.clone() })
}
