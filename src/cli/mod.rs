//! The command line: arguments become a configuration, one command runs, its end becomes an exit code.

mod args;
mod doctor;
mod evaluate;
mod exit;
mod explain;
mod fault;
mod flags;
mod globals;
mod interrupt;
mod labelled;
mod models;
mod paths;
mod progress;
mod run;
mod say;
mod sessions;
mod setting_flags;
mod setup;
mod written;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::args::{Cli, Command};
use self::exit::{Exit, exit_of};
use self::globals::{Globals, typed};
use self::models::{calibrate, export, import, train};
use self::run::{demo, headless, live, window};
use self::sessions::{export_session, forget, replay, report};
use crate::config::{Config, SettingsLayer};
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
    start_log(&cli.globals);
    match fault::caught(|| run_command(&cli)) {
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

fn run_command(cli: &Cli) -> anyhow::Result<Exit> {
    if let Some(Command::Window(args)) = &cli.command {
        return window::run(args);
    }
    interrupt::listen()?;
    let globals = &cli.globals;
    let config =
        Config::load(globals.config.as_deref(), variables(), cli.command.as_ref().map(layers).unwrap_or_default())?;
    if globals.print_config {
        say::say(&config.to_toml()?)?;
        return Ok(Exit::Done);
    }
    match &cli.command {
        None => Err(exit::Usage("no command was given; lesionscope --help lists them".to_owned()).into()),
        Some(Command::Headless(args)) => headless::run(globals, args, config),
        Some(Command::Demo(args)) => demo::run(globals, args, config),
        Some(Command::Explain(args)) => explain::run(globals, args, config),
        Some(Command::Doctor(args)) => doctor::run(args, &config),
        Some(Command::Report(args)) => report::run(globals, args, &config),
        Some(Command::Evaluate(args)) => evaluate::run(globals, args, &config),
        Some(Command::Train(args)) => train::train(globals, config, args).map(|()| Exit::Done),
        Some(Command::Calibrate(args)) => calibrate::run(globals, args, &config),
        Some(Command::Import(args)) => import::run(globals, args),
        Some(Command::Export(args)) => export::run(globals, args),
        Some(Command::ExportSession(args)) => export_session::run(globals, args),
        Some(Command::Forget(args)) => forget::run(args),
        Some(Command::Replay(args)) => replay::run(globals, args, &config),
        Some(Command::Live(args)) => live::run(globals, args, config),
        Some(Command::Window(args)) => window::run(args),
    }
}

/// The environment; what is no text is read as nearly as it can be.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

/// Prints help, or what is wrong with the arguments; an address among them without its secrets.
fn tell(help_or_error: &clap::Error) {
    let secret = typed().into_iter().filter(|word| is_address(word)).max_by_key(String::len);
    match secret.filter(|_| help_or_error.use_stderr()) {
        Some(address) => {
            let text = help_or_error.render().to_string();
            say::note(text.replace(&address, &without_secrets(&address)).trim_end());
        }
        // Nobody reads: nothing to tell.
        None => help_or_error.print().unwrap_or_default(),
    }
}

/// The settings that the flags of a command make.
fn layers(command: &Command) -> Vec<SettingsLayer> {
    match command {
        Command::Live(args) => args.layers(),
        Command::Headless(args) => args.layers(),
        Command::Explain(args) => args.layers(),
        Command::Demo(args) => args.layers(),
        Command::Evaluate(args) => args.layers(),
        Command::Train(args) => args.settings.layers().to_vec(),
        Command::ExportSession(_)
        | Command::Forget(_)
        | Command::Replay(_)
        | Command::Report(_)
        | Command::Doctor(_)
        | Command::Calibrate(_)
        | Command::Import(_)
        | Command::Export(_)
        | Command::Window(_) => Vec::new(),
    }
}

/// Sends the log to the standard error: warnings, with -v more, with -q errors only; LESIONSCOPE_LOG says it in detail.
fn start_log(globals: &Globals) {
    let level = match (globals.quiet, globals.verbose) {
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
