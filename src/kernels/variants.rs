//! Which text a kernel is made of on which family of adapters.
//!
//! Five kernels do nearly all the work, and no single tiling of them suits every machine. Each has a portable text in
//! `shaders/` and, in a folder named after the family, one with the same contract:
//!
//! | family | how a tile is shared | texts |
//! |---|---|---|
//! | `Portable` | every invocation keeps 8 by 8 values in registers | `shaders/*.wgsl` |
//! | `Subgroup8` | eight lanes keep 32 by 32 values and spread loads by shuffles | `shaders/subgroup8/*.wgsl` |

use crate::gpu::{Family, KernelSource, ParamsLayout};

pub(super) const ACTIVATION: &str = include_str!("../../shaders/common/activation.wgsl");
pub(super) const LSTM_CELL: &str = include_str!("../../shaders/common/lstm_cell.wgsl");
pub(super) const RANDOM: &str = include_str!("../../shaders/common/random.wgsl");
const SUBGROUP_TILE: &str = include_str!("../../shaders/common/subgroup_tile.wgsl");

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
        Family::Subgroup8 => vec![variants.subgroup8, SUBGROUP_TILE],
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
