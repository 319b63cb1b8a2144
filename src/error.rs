//! Everything that can go wrong outside a bug, with a message that names the next step.

use std::path::PathBuf;

use crate::paths::shown;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Shapes and binding names that do not fit are bugs and panic instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that could not be opened, read or listed.
    #[error("cannot read {}; check that it exists and that you may read it", shown(path))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that holds no music we can read.
    #[error(
        "{} cannot be read as MIDI: {reason}; open it in a MIDI editor and export it again, or choose another file",
        shown(path)
    )]
    Midi {
        /// The file, or the name it was read under.
        path: PathBuf,
        /// Why, as a clause.
        reason: String,
    },
    /// A folder without any MIDI file.
    #[error(
        "no MIDI files in {}; put some there (.mid, .midi, .kar or .rmi, subfolders are searched) or name another folder",
        shown(path)
    )]
    NoMidiFiles {
        /// The folder.
        path: PathBuf,
    },
    /// A folder with MIDI files of which none could be read.
    #[error(
        "none of the {files} MIDI files in {} could be read (first: {first}); add files that play in a MIDI player or name another folder",
        shown(path)
    )]
    NothingReadable {
        /// The folder.
        path: PathBuf,
        /// How many files were tried.
        files: usize,
        /// Name and reason of the first that failed.
        first: String,
    },
    /// Too few different songs to hold some back for validation.
    #[error(
        "{songs} song(s) with {distinct} different one(s) cannot be split into training and validation; \
         add at least one more piece, name a folder of its own with --validation, or let near-copies count as different with \
         --keep-duplicates (`gpu-lstm inspect` lists them)"
    )]
    TooFewSongs {
        /// Songs given.
        songs: usize,
        /// Songs of which none is a copy or near-copy of another.
        distinct: usize,
    },
    /// A validation share outside 0..1.
    #[error("a validation share of {0} is not possible; choose a number above 0 and below 1, such as 0.1")]
    ValidationShare(f64),
    /// Too few pieces or notes to say how well two sides can be told apart.
    #[error(
        "the {side} music has {excerpts} excerpt(s) of 64 notes from {pieces} different piece(s), and 20 from 4 are needed; \
         add pieces (`gpu-lstm generate --count` writes several) or longer ones"
    )]
    TooLittleMusic {
        /// Generated or human.
        side: &'static str,
        /// Different pieces of 64 notes or more.
        pieces: usize,
        /// Excerpts of all of them.
        excerpts: usize,
    },
    /// A SoundFont that cannot be used.
    #[error(
        "{} cannot be used as a SoundFont: {reason}; name another .sf2 file with --soundfont, or play the built-in piano \
         with --soundfont piano",
        path.display()
    )]
    SoundFont {
        /// The file.
        path: PathBuf,
        /// Why, as a clause.
        reason: String,
    },
    /// A piece that would fill too much memory as sound.
    #[error("{} lasts {minutes:.0} minutes, and {allowed} are rendered at most; cut it in a MIDI editor", path.display())]
    TooLong {
        /// The file, or the name it was read under.
        path: PathBuf,
        /// Its length.
        minutes: f64,
        /// The longest length.
        allowed: u32,
    },
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
    /// A size or hyperparameter that makes no sense.
    #[error("{0}")]
    Config(String),
    /// A file or folder that could not be written, made or renamed.
    #[error("cannot write {}; check that you may write there and that the disk has room", shown(path))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file for which the disk has no room.
    #[error(
        "there is no room for {}; about {kib} KiB must be free on its disk. What was there is as it was: free some room, then \
         run the command again, a training run with --resume",
        shown(path)
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// Its size in units of 1024 bytes.
        kib: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// A place to which nothing can be written, found before any work.
    #[error("cannot write to {}: {reason}", shown(path))]
    Output {
        /// The file or folder.
        path: PathBuf,
        /// Why, as a clause, and what to do.
        reason: String,
    },
    /// A file that is no checkpoint of this program, or a damaged one.
    #[error("{} cannot be used: {reason}; choose another file, or train anew with `gpu-lstm train`", shown(path))]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why, as a clause.
        reason: String,
    },
    /// No model where one was named.
    #[error(
        "{} does not exist; train a model first (`gpu-lstm train`) or name another one (`gpu-lstm models` lists those that come along)",
        path.display()
    )]
    NoModel {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Nothing to resume.
    #[error(
        "there is no run to resume in {} (no state.safetensors); name its folder with --run, or start one without --resume",
        shown(path)
    )]
    NoRun {
        /// The run folder.
        path: PathBuf,
    },
    /// A new run would replace another one.
    #[error(
        "{} already holds a run; continue it with --resume, name another folder with --run, or replace it with --overwrite",
        shown(path)
    )]
    RunExists {
        /// The run folder.
        path: PathBuf,
    },
    /// Two processes in one run folder.
    #[error("another process is training in {}; wait for it to end, or name another folder with --run", shown(path))]
    RunBusy {
        /// The run folder.
        path: PathBuf,
    },
    /// A resumed run found other music than it began with.
    #[error(
        "the music in {} is not what this run began with; restore the files, or start a new run without --resume",
        shown(folder)
    )]
    CorpusChanged {
        /// The folder of the corpus.
        folder: PathBuf,
    },
    /// Training went out of bounds.
    #[error(
        "the {what} is not finite at step {step}, so the run was stopped; files saved before that are as they were. \
         Start anew with a lower --learning-rate (it was {learning_rate}), a longer --warmup-steps or a lower --max-grad-norm"
    )]
    Diverged {
        /// What was not finite.
        what: &'static str,
        /// Steps run so far.
        step: u64,
        /// The peak learning rate of the run.
        learning_rate: f64,
    },
}
