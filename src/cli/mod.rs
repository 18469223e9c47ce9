//! The command line: arguments become a configuration, one command runs, its end becomes an exit code.

mod agreement;
mod args;
mod begun;
mod calibrate;
mod classifier;
mod closeups;
mod closing;
mod demo;
pub mod doctor;
mod earlier;
pub mod evaluate;
mod evaluate_args;
mod exit;
mod explain;
mod explaining;
mod explanations;
mod export;
mod familiar;
mod fault;
mod flags;
mod folder;
mod foreign;
mod headless;
mod import;
mod inputs;
mod interrupt;
mod judging;
mod labelled;
mod live;
mod masked;
mod networks;
mod outputs;
mod photos;
mod progress;
mod prototypes;
mod python;
mod say;
mod scenes;
mod setup;
mod train;
mod viewer;
mod window;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::args::{Cli, Command, DoctorArgs};
use self::evaluate_args::EvaluateCommand;
use self::exit::{Exit, exit_of};
use self::flags::Flags;
use crate::config::Config;
use crate::source::video::{is_address, without_secrets};

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(help_or_error) => {
            tell(&help_or_error);
            return u8::try_from(help_or_error.exit_code()).map_or(Exit::Usage.into(), ExitCode::from);
        }
    };
    start_log(&cli);
    match fault::caught(|| run(&cli)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let exit = exit_of(&error);
            if exit != Exit::Done {
                say::note(&format!("error: {error:#}"));
            }
            exit.into()
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Exit> {
    if let Some(Command::Window(args)) = &cli.command {
        return window::run(args);
    }
    interrupt::listen()?;
    let config = Config::load(cli.config.as_deref(), std::env::vars(), flags_of(cli.command.as_ref()).table())?;
    if cli.print_config {
        say::say(&config.to_toml()?)?;
        return Ok(Exit::Done);
    }
    match &cli.command {
        None => Err(exit::Usage("no command was given; lesionscope --help lists them".to_owned()).into()),
        Some(Command::Headless(args)) => headless::run(cli, args, config),
        Some(Command::Demo(args)) => demo::run(cli, args, config),
        Some(Command::Explain(args)) => explain::run(cli, args, config),
        Some(Command::Doctor(args)) => run_doctor(args, &config),
        Some(Command::Evaluate(args)) => scenes::run(cli, args, &config),
        Some(Command::Train(args)) => train::train(cli, config, args).map(|()| Exit::Done),
        Some(Command::Calibrate(args)) => calibrate::run(cli, args, &config),
        Some(Command::Import(args)) => import::run(args),
        Some(Command::Export(args)) => export::run(args),
        Some(Command::Live(args)) => live::run(cli, args, config),
        Some(Command::Window(args)) => window::run(args),
    }
}

/// Prints help, or what is wrong with the arguments; an address among them without its secrets.
fn tell(help_or_error: &clap::Error) {
    let secret = std::env::args().filter(|word| is_address(word)).max_by_key(String::len);
    match secret.filter(|_| help_or_error.use_stderr()) {
        Some(address) => {
            let text = help_or_error.render().to_string();
            say::note(text.replace(&address, &without_secrets(&address)).trim_end());
        }
        // Nobody reads: nothing to tell.
        None => help_or_error.print().unwrap_or_default(),
    }
}

/// The flags of a command that are settings.
fn flags_of(command: Option<&Command>) -> Flags {
    let mut flags = Flags::default();
    match command {
        Some(Command::Live(args)) => {
            flags.set("explain", "method", args.explain.clone());
            flags.set("explain", "contour", args.contour);
            flags.scan(&args.scan);
            flags.pace(&args.pace);
            flags.output(&args.output);
        }
        Some(Command::Headless(args)) => {
            flags.set("explain", "method", args.explain.clone());
            flags.set("explain", "contour", args.contour);
            flags.scan(&args.scan);
            flags.pace(&args.pace);
            flags.output(&args.output);
        }
        Some(Command::Explain(args)) => {
            flags.set("output", "name", Some("explain"));
            flags.set("explain", "contour", args.contour);
            flags.scan(&args.scan);
            flags.pace(&args.pace);
            flags.output(&args.output);
        }
        Some(Command::Demo(args)) => {
            flags.scan(&args.scan);
            flags.set("run", "frames", Some(args.frames));
            flags.set("output", "name", Some("demo"));
        }
        Some(Command::Evaluate(args)) => match &args.what {
            EvaluateCommand::Scenes(args) => {
                flags.scan(&args.scan);
                flags.pace(&args.pace);
            }
            EvaluateCommand::Photos(args) => flags.scan(&args.scan),
            EvaluateCommand::Closeups(_)
            | EvaluateCommand::Explanations(_)
            | EvaluateCommand::Networks(_)
            | EvaluateCommand::Detections { .. } => {}
        },
        Some(
            Command::Train(_)
            | Command::Doctor(_)
            | Command::Calibrate(_)
            | Command::Import(_)
            | Command::Export(_)
            | Command::Window(_),
        )
        | None => {}
    }
    flags
}

fn run_doctor(args: &DoctorArgs, config: &Config) -> anyhow::Result<Exit> {
    let request = doctor::DoctorRequest {
        camera: config.camera.clone(),
        recordings: config.output.project.clone().into(),
        json: args.json,
    };
    let code = doctor::run(&request, || classifier::model_report(&args.model))?;
    Ok(if code == ExitCode::SUCCESS { Exit::Done } else { Exit::Failed })
}

/// Sends the log to the standard error: warnings, with -v more, with -q errors only; LESIONSCOPE_LOG says it in detail.
fn start_log(cli: &Cli) {
    let level = match (cli.quiet, cli.verbose) {
        (true, _) => "error",
        (_, 0) => "lesionscope=warn,error",
        (_, 1) => "lesionscope=info,error",
        (_, 2) => "lesionscope=debug,info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("LESIONSCOPE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(colours);
    // The error would say that a log was started before, which is as well.
    log.without_time().try_init().ok();
}
