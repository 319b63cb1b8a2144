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
//! The forward kernels of `Subgroup8` also come with a tile of 8 rows, for generating a few pieces at a time.

use crate::gpu::{Family, Gpu, Kernel, KernelSource, ParamsLayout};

pub(super) const ACTIVATION: &str = include_str!("../../shaders/common/activation.wgsl");
pub(super) const LSTM_CELL: &str = include_str!("../../shaders/common/lstm_cell.wgsl");
pub(super) const RANDOM: &str = include_str!("../../shaders/common/random.wgsl");
const SPREAD: &str = include_str!("../../shaders/common/subgroup_spread.wgsl");
const TILE_32: &str = include_str!("../../shaders/common/subgroup_tile_32.wgsl");
const TILE_8: &str = include_str!("../../shaders/common/subgroup_tile_8.wgsl");

/// Products of at most this many rows take the low tile where there is one.
const FEW_ROWS: usize = 8;

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

/// A kernel with a tile for many rows, and one for few where the family has it.
pub(super) struct ByRows {
    many: Kernel,
    few: Option<Kernel>,
    tile_rows: usize,
}

impl ByRows {
    /// `tile_rows` is the height of the tile in the text of `source`.
    pub(super) fn new(gpu: &Gpu, source: &KernelSource, tile_rows: usize) -> Self {
        let few = few_rows(source).map(|source| Kernel::new(gpu, &source));
        Self { many: Kernel::new(gpu, source), few, tile_rows }
    }

    /// The kernel for `rows` rows, and the rows of its workgroups.
    pub(super) fn choose(&self, rows: usize) -> (&Kernel, usize) {
        match &self.few {
            Some(few) if rows <= FEW_ROWS => (few, FEW_ROWS),
            _ => (&self.many, self.tile_rows),
        }
    }
}

/// The same text with the low tile.
fn few_rows(source: &KernelSource) -> Option<KernelSource> {
    let lower = |part: &'static str| if part == TILE_32 { TILE_8 } else { part };
    let parts: Vec<&'static str> = source.parts.iter().map(|part| lower(part)).collect();
    (parts != source.parts).then(|| KernelSource { parts, ..source.clone() })
}
