//! Which text a kernel is made of on which family of adapters.
//!
//! Five kernels do nearly all the work, and no single tiling of them suits every machine. Each has a portable text in
//! `shaders/` and, in a folder named after the family, one with the same contract:
//!
//! | family | how a tile is shared | texts |
//! |---|---|---|
//! | `Portable` | every invocation keeps up to 64 values in registers | `shaders/*.wgsl` |
//! | `WorkgroupTile` | 64 or 256 invocations compute a tile from slices in workgroup memory | `shaders/workgroup_tile/*.wgsl` |
//! | `Subgroup8` | eight lanes keep a tile and spread loads by shuffles | `shaders/subgroup8/*.wgsl` |
//!
//! A tile is 64 by 64 values, or 32 by 32 of smaller products, from one text: of the matrix products in `WorkgroupTile`, of all
//! five kernels in `Subgroup8`. There the forward kernels have 8 by 32 values for few rows, too. On every family, generation
//! runs the texts in `shaders/rowwise/` for up to three rows, one to a workgroup, where the weights have an image. On GPUs,
//! small LSTMs run all steps of a batch in one dispatch, by the texts in `shaders/all_steps/`.

use std::sync::LazyLock;

use crate::engine::gpu::{Binding, Family, Gpu, Kernel, KernelSource, ParamsLayout, STRIP};

pub(super) const ACTIVATION: &str = include_str!("../../../shaders/common/activation.wgsl");
pub(super) const LSTM_CELL: &str = include_str!("../../../shaders/common/lstm_cell.wgsl");
pub(crate) const RANDOM: &str = include_str!("../../../shaders/common/random.wgsl");
const SUBGROUP: &str = include_str!("../../../shaders/common/subgroup_tile.wgsl");
const SUBGROUP_64: &str = include_str!("../../../shaders/common/subgroup_tile_64.wgsl");
const SUBGROUP_32: &str = include_str!("../../../shaders/common/subgroup_tile_32.wgsl");
const SUBGROUP_8: &str = include_str!("../../../shaders/common/subgroup_tile_8.wgsl");
pub(super) const WORKGROUP: &str = include_str!("../../../shaders/common/workgroup_tile.wgsl");
const WORKGROUP_64: &str = include_str!("../../../shaders/common/workgroup_tile_64.wgsl");
pub(super) const WORKGROUP_32: &str = include_str!("../../../shaders/common/workgroup_tile_32.wgsl");
pub(super) const WORKGROUP_STEP: &str = include_str!("../../../shaders/common/workgroup_step.wgsl");
const STRIP_PRODUCT: &str = include_str!("../../../shaders/common/strip.wgsl");

const LANES_8: &str = include_str!("../../../shaders/common/lanes_8.wgsl");
const LANES_64: &str = include_str!("../../../shaders/common/lanes_64.wgsl");

/// How many invocations share a row in kernels that go row by row, and the text that declares it.
pub(super) fn lanes(family: Family) -> (usize, &'static str) {
    match family {
        Family::WorkgroupTile => (64, LANES_64),
        Family::Portable | Family::Subgroup8 => (8, LANES_8),
    }
}

/// Products of at most this many rows take the low tile where there is one.
const FEW_ROWS: usize = 8;

/// The large tile is for products of at least this many of them, and where it computes at most a quarter more, past the
/// edges, than the medium one. Four give work to the two cores that this was measured on.
const MIN_WORKGROUPS: usize = 4;

/// The same on a GPU: about as many as a large one has processors. Not measured on a GPU.
const MIN_WORKGROUPS_OF_GPU: usize = 128;

/// Products of at most this many rows are computed row by row: each row reads all weights again, but from an image.
pub const ROW_BY_ROW: usize = 3;

/// Units of the largest LSTM whose steps are one dispatch. Its weights, which every workgroup reads again in each step, are
/// 256 KiB: they stay in the caches of a large GPU, and a step of a small batch has too little work to fill it. On a
/// processor a dispatch is cheap, and workgroups that compute a few rows each would read more than tiles do. Not measured
/// on a GPU.
const MOST_UNITS_OF_ALL_STEPS: usize = 128;

/// Batch rows of a workgroup that computes all steps.
const ROWS_OF_ALL_STEPS: usize = 4;

/// The texts of a kernel that has one for each family.
pub(super) struct Variants {
    pub(super) portable: &'static str,
    /// The kernel, then what it needs of this family alone.
    pub(super) workgroup_tile: &'static [&'static str],
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
        Family::WorkgroupTile => variants.workgroup_tile.to_vec(),
        Family::Subgroup8 => vec![variants.subgroup8, SUBGROUP, SUBGROUP_32],
    };
    parts.extend(common);
    KernelSource { name, parts, params }
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

/// An LSTM step whose text computes all steps, for the adapters that run it.
pub(super) fn all_steps(gpu: &Gpu, source: KernelSource) -> Option<Tiled> {
    let tile = [ROWS_OF_ALL_STEPS, MOST_UNITS_OF_ALL_STEPS];
    (gpu.family() == Family::WorkgroupTile).then(|| Tiled::new(gpu, source, tile))
}

/// Whether all of `steps` are one dispatch where the adapter runs such a text, whose loops together must not run more often
/// than those of an invocation may.
pub(super) fn fits_all_steps(gpu: &Gpu, steps: usize, hidden_size: usize) -> bool {
    steps > 1 && hidden_size <= MOST_UNITS_OF_ALL_STEPS && steps * (hidden_size / 8 + 9) <= gpu.loop_budget()
}

/// A kernel, compiled when it is first recorded, and the rows and columns of the product that one workgroup computes.
pub(super) struct Tiled {
    pub(super) kernel: LazyLock<Kernel, Box<dyn FnOnce() -> Kernel + Send>>,
    rows: usize,
    columns: usize,
}

impl Tiled {
    fn new(gpu: &Gpu, source: KernelSource, [rows, columns]: [usize; 2]) -> Self {
        let gpu = gpu.clone();
        Self { kernel: LazyLock::new(Box::new(move || Kernel::new(&gpu, &source))), rows, columns }
    }

    /// Workgroups for a product of `rows` by `columns`: `[x, y]`.
    pub(super) fn grid(&self, [rows, columns]: [usize; 2]) -> [usize; 2] {
        [columns.div_ceil(self.columns), rows.div_ceil(self.rows)]
    }

    /// Workgroups for products of several sizes: as many as the largest needs, for each of them.
    pub(super) fn grid_of_all(&self, sizes: &[[usize; 2]]) -> [usize; 3] {
        let most = sizes.iter().map(|&size| self.grid(size)).reduce(|[x, y], next| [x.max(next[0]), y.max(next[1])]);
        let [x, y] = most.expect("a product");
        [x, y, sizes.len()]
    }

    /// Workgroups that have work.
    fn workgroups(&self, sizes: &[[usize; 2]]) -> usize {
        sizes.iter().map(|&size| self.grid(size).iter().product::<usize>()).sum()
    }

    /// Multiplications per inner step, those past the edges included.
    fn area(&self, sizes: &[[usize; 2]]) -> usize {
        self.workgroups(sizes) * self.rows * self.columns
    }
}

/// The texts of a product by its size.
pub(super) struct Tiles {
    medium: Tiled,
    large: Option<Tiled>,
    min_workgroups: usize,
    few_rows: Option<Tiled>,
    rowwise: Option<Tiled>,
}

impl Tiles {
    /// `portable` and `workgroup` are the tiles of the texts of these families, the latter of a text that has one size of tile.
    pub(super) fn new(gpu: &Gpu, source: KernelSource, portable: [usize; 2], workgroup: [usize; 2]) -> Self {
        let large = match gpu.family() {
            Family::Portable => None,
            Family::WorkgroupTile => source.parts.contains(&WORKGROUP_32).then_some(WORKGROUP_64),
            Family::Subgroup8 => Some(SUBGROUP_64),
        };
        let (medium, min_workgroups) = match gpu.family() {
            Family::Portable => (portable, 0),
            Family::WorkgroupTile => (workgroup, MIN_WORKGROUPS_OF_GPU),
            Family::Subgroup8 => ([32, 32], MIN_WORKGROUPS),
        };
        let large = large.map(|tile| Tiled::new(gpu, with_tile(&source, tile), [64, 64]));
        Self { medium: Tiled::new(gpu, source, medium), large, min_workgroups, few_rows: None, rowwise: None }
    }

    /// Adds the texts for few rows: that of a low tile, where the family has tiles, and that for single rows.
    pub(super) fn with_few_rows(self, gpu: &Gpu, source: &KernelSource, rowwise: KernelSource) -> Self {
        let low = || Tiled::new(gpu, with_tile(source, SUBGROUP_8), [FEW_ROWS, 32]);
        let few_rows = (gpu.family() == Family::Subgroup8).then(low);
        Self { few_rows, rowwise: Some(Tiled::new(gpu, rowwise, [1, STRIP])), ..self }
    }

    /// The kernel for products of these rows and columns, side by side, with `weights`.
    pub(super) fn choose(&self, sizes: &[[usize; 2]], weights: &Binding) -> &Tiled {
        let fits = |large: &&Tiled| {
            large.workgroups(sizes) >= self.min_workgroups && 4 * large.area(sizes) <= 5 * self.medium.area(sizes)
        };
        let rows = sizes.iter().map(|[rows, _]| *rows).max().expect("a product");
        match self {
            Self { rowwise: Some(tiled), .. } if rows <= ROW_BY_ROW && weights.has_image() => tiled,
            Self { few_rows: Some(tiled), .. } if rows <= FEW_ROWS => tiled,
            _ => self.large.as_ref().filter(fits).unwrap_or(&self.medium),
        }
    }
}

/// The same text with each other tile, if it has one.
pub(super) fn other_tiles(source: &KernelSource) -> Vec<KernelSource> {
    let tiles = |part: &&str| match *part {
        SUBGROUP_32 => &[SUBGROUP_64, SUBGROUP_8][..],
        WORKGROUP_32 => &[WORKGROUP_64],
        _ => &[],
    };
    source.parts.iter().flat_map(tiles).map(|tile| with_tile(source, tile)).collect()
}

/// The same text with another tile.
fn with_tile(source: &KernelSource, tile: &'static str) -> KernelSource {
    let medium = [SUBGROUP_32, WORKGROUP_32];
    let parts = source.parts.iter().map(|&part| if medium.contains(&part) { tile } else { part }).collect();
    KernelSource { parts, ..source.clone() }
}
