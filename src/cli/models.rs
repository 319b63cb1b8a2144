//! `gpu-lstm models`

use std::process::ExitCode;

use clap::Args;
use gpu_lstm::checkpoint::Shipped;
use gpu_lstm::model::state_dict::parameter_count;

/// Lists the models that come along with the program
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm models
  gpu-lstm generate chorales                    music from one of them
  gpu-lstm train my_midi --from piano           start from one of them")]
pub(super) struct Models {}

impl Models {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        for shipped in Shipped::all() {
            let file = shipped.load()?;
            let training = &file.training;
            super::print(format_args!("{:<10} {}", shipped.name, shipped.about))?;
            super::print(format_args!(
                "           {} songs, {} notes; {} parameters; {:.3} nats per event on held-out songs",
                training.songs,
                training.notes,
                parameter_count(&file.config),
                training.validation_nats
            ))?;
        }
        if Shipped::all().is_empty() {
            eprintln!("this program was built without models; build it with the feature `models`, or train one");
        }
        Ok(ExitCode::SUCCESS)
    }
}
