//! Everything that can go wrong outside a bug, with a message that names the next step.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Shapes and binding names that do not fit are bugs and panic instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No adapter, or none that fits the request.
    #[error("{0}")]
    NoAdapter(String),
    /// The driver refused to open the adapter.
    #[error("adapter \"{adapter}\" could not be opened; try another one (`gpu-lstm devices` lists them)")]
    OpenAdapter {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        source: wgpu::RequestDeviceError,
    },
    /// The device has too little memory for what was asked.
    #[error("out of memory on \"{adapter}\" ({what}); use a smaller --batch-size, --seq-len or model")]
    OutOfMemory {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        what: String,
    },
    /// The device stopped answering: driver reset, unplugged, or a time-out of the system.
    #[error(
        "the device was lost ({0}); what was saved is intact: run the command again with --resume, or choose another --adapter"
    )]
    DeviceLost(String),
    /// A request that this adapter's limits do not allow.
    #[error(
        "{what} needs {needed} bytes in one buffer, adapter \"{adapter}\" allows {allowed}; use a smaller --batch-size, --seq-len or model"
    )]
    TooLarge {
        /// Label of the buffer.
        what: String,
        /// Bytes asked for.
        needed: u64,
        /// Bytes a binding may have.
        allowed: u64,
        /// Name of the adapter.
        adapter: String,
    },
}
