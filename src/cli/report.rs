//! `gpu-lstm report`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gpu_lstm::run_report::{FILE_NAME, Run, curves, page};
use gpu_lstm::train::LATEST_RUN;
use gpu_lstm::whole_file;

/// Writes learning curves and figures of runs as a web page
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gpu-lstm report                             runs/latest into runs/latest/report.html
  gpu-lstm report runs/a runs/b -o ab.html    both in one page
  gpu-lstm report runs/mine --svg curves.svg  the page, and the losses as a picture

`gpu-lstm train` writes the page of its run at each validation.")]
pub(super) struct Report {
    /// Run folders
    #[arg(value_name = "RUN", default_value = LATEST_RUN)]
    runs: Vec<PathBuf>,
    /// HTML file to write [default: RUN/report.html; of several runs report.html in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also the losses over the steps, as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let runs = self.runs.iter().map(|folder| Run::load(folder)).collect::<gpu_lstm::Result<Vec<Run>>>()?;
        let path = match (&self.output, &self.runs[..]) {
            (Some(path), _) => path.clone(),
            (None, [run]) => run.join(FILE_NAME),
            (None, _) => Path::new(FILE_NAME).into(),
        };
        let outputs: Vec<PathBuf> = [Some(&path), self.svg.as_ref()].into_iter().flatten().cloned().collect();
        whole_file::check_all(&outputs, &[])?;
        whole_file::write(&path, page(&runs, false).as_bytes())?;
        super::print(path.display())?;
        if let Some(path) = &self.svg {
            whole_file::write(path, curves(&runs).as_bytes())?;
            super::print(path.display())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
