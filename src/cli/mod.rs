//! To come.

pub mod evaluate;
pub mod train;

use std::process::ExitCode;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    #[derive(clap::Parser)]
    struct Temp {
        #[command(flatten)]
        a: train::TrainArgs,
    }
    use clap::Parser as _;
    let t = Temp::parse();
    let s = crate::train::run::TrainSettings { epochs: 30, draws: 20000, batch: 64, rate: 0.002, weight_decay: 0.05, seed: 1 };
    if let Err(e) = train::train(s, &t.a) {
        say(&format!("error: {e:#}"));
    }
    ExitCode::SUCCESS
}

#[allow(clippy::print_stdout, reason = "the command line is where the program speaks")]
fn say(line: &str) {
    println!("{line}");
}
