//! Flags that are settings. The table of settings says what each does and what is allowed; here they are only named.

use std::marker::PhantomData;

use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use toml::Value;

use crate::config::SettingsLayer;
use crate::settings::{self, Setting};

/// A flag that is a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// Its name, without the dashes.
    pub(crate) name: &'static str,
    /// Section and key of the setting.
    pub(crate) setting: &'static str,
    /// What stands for its value in the help.
    pub(crate) value: &'static str,
}

/// Flags that stand together in the help.
pub(crate) trait FlagGroup {
    /// Over them.
    const HEADING: Option<&'static str>;
    /// All of them.
    const FLAGS: &'static [Flag];
}

/// The settings that were made by flags of a group.
#[derive(Debug)]
pub(crate) struct SettingFlags<G> {
    layers: Vec<SettingsLayer>,
    group: PhantomData<G>,
}

impl<G> SettingFlags<G> {
    /// One layer a flag that was given.
    pub(crate) fn layers(&self) -> &[SettingsLayer] {
        &self.layers
    }
}

impl<G: FlagGroup> Args for SettingFlags<G> {
    fn augment_args(command: Command) -> Command {
        let known = G::FLAGS.iter().filter_map(|flag| Some((flag, settings::named(flag.setting)?)));
        command.args(known.map(|(flag, setting)| arg(flag, setting).help_heading(G::HEADING)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<G: FlagGroup> FromArgMatches for SettingFlags<G> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let layers = G::FLAGS.iter().filter_map(|flag| layer(flag, matches)).collect();
        Ok(SettingFlags { layers, group: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn arg(flag: &Flag, setting: &Setting) -> Arg {
    let arg = Arg::new(flag.name).long(flag.name).help(help(setting));
    match setting.value {
        Value::Boolean(_) => arg.action(ArgAction::SetTrue),
        Value::Array(_) => arg.action(ArgAction::Append).value_name(flag.value),
        // What is no number, or none that is allowed, is reported with all other settings.
        _ => arg.allow_negative_numbers(true).value_name(flag.value),
    }
}

fn help(setting: &Setting) -> String {
    let mut help = setting.about.trim_end_matches('.').to_owned();
    if !setting.note.is_empty() {
        help += &format!(" [allowed: {}]", setting.note);
    }
    match &setting.value {
        Value::Boolean(_) | Value::Array(_) => help,
        Value::String(word) => format!("{help} [default: {word}]"),
        value => format!("{help} [default: {value}]"),
    }
}

/// The setting that a flag makes, if it was given.
fn layer(flag: &Flag, matches: &ArgMatches) -> Option<SettingsLayer> {
    let setting = settings::named(flag.setting)?;
    let value = if setting.value.is_bool() {
        matches.get_flag(flag.name).then_some(Value::Boolean(true))?
    } else {
        let texts: Vec<&str> = matches.get_many::<String>(flag.name)?.map(String::as_str).collect();
        setting.read(&texts.join(","))
    };
    Some(SettingsLayer::new(format!("--{}", flag.name), flag.setting, value))
}
