//! One host wrapper per shader, under the shader's name: `Params`, shape checks, and `record`, which appends the
//! dispatch to a plan.
//!
//! Wrappers know shapes, not models. Every feature dimension (the last one of a tensor) is a multiple of
//! [`FEATURE_ALIGNMENT`]; rows, time steps and batch sizes are any number. Shapes that do not fit are bugs and panic.

pub(crate) mod jobs;
mod lookup;
mod matrix;
mod variants;

mod adamw;
mod carry_state;
mod column_sum;
mod dropout;
mod embedding_backward;
mod embedding_forward;
mod gradient_clip;
mod loss_sum;
mod lstm_step_backward;
mod lstm_step_forward;
mod matmul_nn;
mod matmul_nt;
mod matmul_tn;
mod mean_squared_error;
mod relu_backward;
mod softmax_cross_entropy;
mod sum_squares;

use crate::engine::gpu::{Family, KernelSource};

pub use adamw::{AdamwDispatch, AdamwStep};
pub(crate) use embedding_backward::plain_place;
pub use embedding_backward::{GatherIndex, chosen_rows, gather_index};
pub(crate) use lookup::LOOKUP_ROWS;
pub use lookup::{DIFFERENCE_ROWS, Lookup, LookupDropout, Row, Table, first_rows};
pub use lstm_step_forward::LstmState;
pub use matrix::Matrix;
pub use softmax_cross_entropy::{IGNORE, LossHead};
pub(crate) use variants::RANDOM;
pub use variants::ROW_BY_ROW;

/// Feature dimensions are padded with zeros to a multiple of this, so that kernels load vectors of four and a subgroup
/// of eight lanes never straddles two LSTMs. Padding stays zero through forward, backward and optimizer.
pub const FEATURE_ALIGNMENT: usize = 8;

/// `size` rounded up to what a feature dimension is stored as.
pub const fn padded(size: usize) -> usize {
    size.next_multiple_of(FEATURE_ALIGNMENT)
}

/// Lists a set of kernels once: for each its module, which is its name, and its wrapper.
macro_rules! kernels {
    ($(#[$doc:meta])* $set:ident { $($name:ident: $wrapper:ident),* $(,)? }) => {
        $(#[$doc])*
        pub struct $set {
            $(#[doc = concat!("`shaders/", stringify!($name), ".wgsl`")] pub $name: $name::$wrapper),*
        }

        impl $set {
            /// Makes all kernels in the variants that suit the adapter; those with variants compile when first recorded.
            pub fn new(gpu: &$crate::engine::gpu::Gpu) -> Self {
                Self { $($name: $name::$wrapper::new(gpu)),* }
            }

            /// Text and parameters of every kernel as `family` runs it; the shader tests read them without a device.
            pub fn sources(family: $crate::engine::gpu::Family) -> Vec<$crate::engine::gpu::KernelSource> {
                vec![$($name::source(family)),*]
            }
        }
    };
}
pub(crate) use kernels;

kernels! {
    /// The kernels that any network may use, compiled for one device.
    Kernels {
    adamw: Adamw,
    carry_state: CarryState,
    column_sum: ColumnSum,
    dropout: Dropout,
    embedding_backward: EmbeddingBackward,
    embedding_forward: EmbeddingForward,
    gradient_clip: GradientClip,
    loss_sum: LossSum,
    lstm_step_backward: LstmStepBackward,
    lstm_step_forward: LstmStepForward,
    matmul_nn: MatmulNn,
    matmul_nt: MatmulNt,
    matmul_tn: MatmulTn,
    mean_squared_error: MeanSquaredError,
    relu_backward: ReluBackward,
    softmax_cross_entropy: SoftmaxCrossEntropy,
    sum_squares: SumSquares,
}}

/// Texts beside those of [`Kernels::sources`]: for few rows, for all steps of an LSTM, and with other tiles.
pub fn other_sources(family: Family) -> Vec<KernelSource> {
    let mut sources = Kernels::sources(family);
    let first = sources.len();
    sources.extend([lstm_step_forward::rowwise(), matmul_nn::rowwise()]);
    sources.extend([lstm_step_forward::all_steps(), lstm_step_backward::all_steps()]);
    sources.extend(sources.iter().flat_map(variants::other_tiles).collect::<Vec<_>>());
    sources.split_off(first)
}

/// `usize` to the `u32` that shaders count with.
///
/// # Panics
/// If the number does not fit, which buffer limits rule out.
pub(crate) fn u32_from(size: usize) -> u32 {
    u32::try_from(size).expect("sizes fit into 32 bits")
}

/// Workgroups for kernels that give each row one or more, spread over two dimensions when one is too small; the last ones may
/// have no row.
pub(crate) fn grid_of_rows(rows: usize) -> [usize; 2] {
    let layers = rows.div_ceil(32_768);
    [rows.div_ceil(layers), layers]
}

/// Workgroups for `len` invocations of an element-wise kernel, spread over two dimensions when one is too small.
fn grid_of(len: usize, workgroup_size: usize) -> [usize; 3] {
    let workgroups = len.div_ceil(workgroup_size);
    let [along, layers] = grid_of_rows(workgroups);
    [along, layers, 1]
}
